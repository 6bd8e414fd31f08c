/**
 * The adapter behind which NiiVue stays. It draws a block of the mask and nothing else: no files, no keys, no mouse, no
 * coordinates are asked of it.
 */

import { parseColor } from "../masks.js";
import { cutBlock, niftiOf } from "./block.js";

const SHADING = 0.6;
const OPTIONS = {
  logLevel: "silent",
  loadingText: "",
  backColor: [0, 0, 0, 1],
  sliceType: 4, // the 3D rendering
  // Its own listeners would open dropped files, answer letters, and show an alert at "?".
  interactive: false,
  dragAndDropEnabled: false,
  isResizeCanvas: false,
  isOrientCube: true,
};

/** Alpha 0 hides a label. */
function lookUpTable(labels, { colorOf, isVisible }) {
  const colors = [[0, 0, 0], ...labels.map((label) => parseColor(colorOf(label) ?? ""))];
  const [R, G, B] = [0, 1, 2].map((part) => colors.map((color) => color[part]));
  return { R, G, B, A: [0, ...labels.map((label) => (isVisible(label) ? 255 : 0))], I: colors.map((_, code) => code) };
}

/**
 * What is drawn: colour of each label as #rrggbb, and which labels are shown.
 * @typedef {{colorOf: (label: number) => string|undefined, isVisible: (label: number) => boolean}} Looks
 */

/**
 * Open NiiVue on a canvas of its own.
 * @param {{Niivue: Function, NVImage: Function}} library the bundle
 * @param {HTMLCanvasElement} canvas its size in pixels is the caller's affair
 * @param {() => void} onLost called when the computer takes the context away
 */
export async function openNiivue({ Niivue, NVImage }, canvas, onLost) {
  const niivue = new Niivue(OPTIONS);
  let dead = false;
  let looks = null;
  let labels = [];
  let updates = 0;
  canvas.addEventListener("webglcontextlost", () => {
    if (!dead) onLost();
  });
  const opened = {
    /** Draw another mask, or another state of it. */
    async update(mask) {
      const update = ++updates;
      const block = dead ? null : cutBlock(mask);
      const image = block && (await NVImage.new(niftiOf(block), "mask.nii"));
      if (dead || update !== updates) return;
      while (niivue.volumes.length > 0) niivue.removeVolumeByIndex(0);
      if (!image) return;
      labels = block.labels;
      image.setColormapLabel(lookUpTable(labels, looks));
      niivue.addVolume(image);
      await niivue.setVolumeRenderIllumination(SHADING);
    },
    /** @param {Looks} changed */
    setLooks(changed) {
      looks = changed;
      if (dead || niivue.volumes.length === 0) return;
      niivue.volumes[0].setColormapLabel(lookUpTable(labels, looks));
      niivue.updateGLVolume();
    },
    resize() {
      if (!dead) niivue.drawScene();
    },
    /** @param {import("./turning.js").View} view */
    turnTo({ azimuth, elevation, zoom }) {
      if (dead) return;
      niivue.scene.volScaleMultiplier = zoom;
      niivue.setRenderAzimuthElevation(azimuth, elevation);
    },
    /** Free the context too: browsers keep only some sixteen, and NiiVue's clean-up leaves it. */
    close() {
      if (dead) return;
      // Freeing a context fires "webglcontextlost": whoever hears of it must find this marked dead.
      dead = true;
      niivue.cleanup();
      canvas.getContext("webgl2")?.getExtension("WEBGL_lose_context")?.loseContext();
    },
  };
  try {
    await niivue.attachToCanvas(canvas, true);
  } catch (problem) {
    opened.close();
    throw problem;
  }
  return opened;
}
