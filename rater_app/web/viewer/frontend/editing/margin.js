/** Growing and shrinking a label by a margin in millimetres, between voxel centres. */

import { squaredDistances } from "./distance.js";
import { axesOf, boxOf, elementsWhere, marked, sizesOf, widen, workingBox } from "./regions.js";

const RIM = 1 + 1e-6;

/**
 * Voxels within a margin of a label.
 * @param {{data: Uint8Array|Uint16Array, grid: import("../grid.js").Grid}} mask
 * @param {number} label
 * @param {number} marginMm
 * @param {string|null} planeName work in this plane's slice only; null for the whole volume
 * @param {number} [slice]
 * @returns {Uint32Array} stored elements to set to the label
 */
export function grow(mask, label, marginMm, planeName, slice) {
  const { grid, data } = mask;
  const within = workingBox(grid, planeName, slice);
  const tight = boxOf(mask, label, within);
  if (tight === null) return new Uint32Array(0);
  const box = widen(tight, grid.spacingMm.map((mm) => Math.floor((marginMm * RIM) / mm)), within);
  const squared = squaredDistances(sizesOf(box), grid.spacingMm, marked(grid, box, (element) => data[element] === label), axesOf(planeName));
  const limit = (marginMm * RIM) ** 2;
  return elementsWhere(grid, box, (place, element) => data[element] !== label && squared[place] <= limit);
}

/**
 * Voxels of a label within a margin of what is not the label. A label that the edge of the volume cuts goes on beyond it: it does
 * not shrink from there.
 * @param {{data: Uint8Array|Uint16Array, grid: import("../grid.js").Grid}} mask
 * @param {number} label
 * @param {number} marginMm
 * @param {string|null} planeName
 * @param {number} [slice]
 * @returns {Uint32Array} stored elements to set to 0
 */
export function shrink(mask, label, marginMm, planeName, slice) {
  const { grid, data } = mask;
  const within = workingBox(grid, planeName, slice);
  const tight = boxOf(mask, label, within);
  if (tight === null) return new Uint32Array(0);
  // The nearest voxel outside lies in the label's box or in the layer around it.
  const box = widen(tight, [1, 1, 1], within);
  const squared = squaredDistances(sizesOf(box), grid.spacingMm, marked(grid, box, (element) => data[element] !== label), axesOf(planeName));
  const limit = (marginMm * RIM) ** 2;
  return elementsWhere(grid, box, (place, element) => data[element] === label && squared[place] <= limit);
}
