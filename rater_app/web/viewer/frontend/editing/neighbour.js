/** Taking a label over from the slice beside. */

import { PLANES } from "../grid.js";
import { visitBox, workingBox } from "./regions.js";

/**
 * Changes that make a label in one slice look as in another. Only this label is set, and cleared to 0; other labels give way where it is set.
 * Nothing changes where there is no slice to take it from.
 * @param {{data: Uint8Array|Uint16Array, grid: import("../grid.js").Grid}} mask
 * @param {string} planeName
 * @param {number} from slice to take it from
 * @param {number} to slice to change
 * @param {number} label
 * @returns {{elements: Uint32Array, labels: Uint8Array|Uint16Array}}
 */
export function copySlice({ data, grid }, planeName, from, to, label) {
  const { through } = PLANES[planeName];
  const isSlice = (slice) => slice >= 0 && slice < grid.dims[through];
  if (!isSlice(from) || !isSlice(to)) return { elements: new Uint32Array(0), labels: new data.constructor(0) };
  const step = (from - to) * grid.strides[through];
  const elements = [];
  const labels = [];
  visitBox(grid, workingBox(grid, planeName, to), (element) => {
    const wanted = data[element + step] === label;
    if (wanted === (data[element] === label)) return;
    elements.push(element);
    labels.push(wanted ? label : 0);
  });
  return { elements: Uint32Array.from(elements), labels: data.constructor.from(labels) };
}
