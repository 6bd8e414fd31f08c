/** Taking a label over from the slice beside. */

import { visitBox, workingBox } from "./regions.js";
import { PLANES } from "../grid.js";

/**
 * Changes that make a label in one slice look as in another. Only this label is set, and cleared to 0; other labels give way where it is set.
 * @param {{data: Uint8Array|Uint16Array, grid: import("../grid.js").Grid}} mask
 * @param {string} planeName
 * @param {number} from slice to take it from
 * @param {number} to slice to change
 * @param {number} label
 * @returns {{elements: Uint32Array, labels: Uint8Array|Uint16Array}}
 */
export function copySlice({ data, grid }, planeName, from, to, label) {
  const step = (from - to) * grid.strides[PLANES[planeName].through];
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
