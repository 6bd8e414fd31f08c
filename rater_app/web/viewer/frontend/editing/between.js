/** Filling the slices between those that were drawn: shape-based interpolation (Raya and Udupa, IEEE Trans Med Imaging 9, 1990). */

import { PLANES } from "../grid.js";
import { squaredDistances } from "./distance.js";
import { axesOf, boxOf, elementsWhere, marked, sizesOf, widen, workingBox } from "./regions.js";

/**
 * Voxels that join a label over the slices that lack it: between two slices with the label the signed distance to its border is
 * taken to change evenly. Shapes that do not overlap may leave the middle empty.
 * @param {{data: Uint8Array|Uint16Array, grid: import("../grid.js").Grid}} mask
 * @param {number} label
 * @param {string} planeName slices are counted along its `through` axis
 * @returns {Uint32Array} stored elements to set to the label
 */
export function interpolateSlices(mask, label, planeName) {
  const { grid } = mask;
  const { through } = PLANES[planeName];
  const whole = boxOf(mask, label, workingBox(grid, null));
  if (whole === null) return new Uint32Array(0);
  const room = widen(whole, [1, 1, 1], workingBox(grid, null));
  const drawn = [];
  for (let slice = whole.low[through]; slice <= whole.high[through]; slice++) {
    if (boxOf(mask, label, workingBox(grid, planeName, slice))) drawn.push(slice);
  }
  const parts = [];
  for (let pair = 0; pair + 1 < drawn.length; pair++) {
    if (drawn[pair + 1] - drawn[pair] > 1) parts.push(...fillGap(mask, label, planeName, room, drawn[pair], drawn[pair + 1]));
  }
  return Uint32Array.from(parts.flatMap((part) => [...part]));
}

function fillGap(mask, label, planeName, room, first, last) {
  const { grid, data } = mask;
  const { through } = PLANES[planeName];
  const at = (slice) => ({ low: room.low.map((v, axis) => (axis === through ? slice : v)), high: room.high.map((v, axis) => (axis === through ? slice : v)) });
  const [start, end] = [first, last].map((slice) => signedDistances(mask, label, planeName, at(slice)));
  const parts = [];
  for (let slice = first + 1; slice < last; slice++) {
    const t = (slice - first) / (last - first);
    parts.push(elementsWhere(grid, at(slice), (place, element) => data[element] !== label && (1 - t) * start[place] + t * end[place] <= 0));
  }
  return parts;
}

/** Distance in mm to the border of a label in one slice, below zero inside. */
function signedDistances({ grid, data }, label, planeName, box) {
  const sizes = sizesOf(box);
  const inside = marked(grid, box, (element) => data[element] === label);
  const outside = inside.map((mark) => 1 - mark);
  const axes = axesOf(planeName);
  const toInside = squaredDistances(sizes, grid.spacingMm, inside, axes);
  const toOutside = squaredDistances(sizes, grid.spacingMm, outside, axes);
  return toInside.map((squared, place) => (inside[place] ? -Math.sqrt(toOutside[place]) : Math.sqrt(squared)));
}
