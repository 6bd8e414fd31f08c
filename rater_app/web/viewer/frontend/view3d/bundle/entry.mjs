/** What the 3D tile takes from NiiVue; everything else may fall away in the bundle. */

export { Niivue, NVImage } from "@niivue/niivue";
