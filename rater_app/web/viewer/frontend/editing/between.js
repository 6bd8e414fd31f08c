/** Filling the slices between those that were drawn: shape-based interpolation (Raya and Udupa, IEEE Trans Med Imaging 9, 1990). */

import { PLANES } from "../grid.js";
import { squaredDistances } from "./distance.js";
import { ElementList } from "./element_list.js";
import { axesOf, boxOf, marked, sizesOf, visitBox, widen, workingBox } from "./regions.js";
import { runsOf, slicesOf } from "./runs.js";

/** Of the two distances: where they cancel out, the voxel belongs to the label, and float32 spacings must not decide it. */
const TIE = 1e-6;

/**
 * Voxels that join a label over the slices that lack it: between two slices with the label the signed distance to its border is
 * taken to change evenly. Only gaps are filled, nothing beyond the first and last slice; other labels in them are given too.
 * Shapes that do not overlap may leave the middle empty, and separate pieces are joined with whatever lies over them.
 * @param {{data: Uint8Array|Uint16Array, grid: import("../grid.js").Grid}} mask
 * @param {number} label
 * @param {string} planeName slices are counted along its `through` axis
 * @returns {Uint32Array} stored elements to set to the label
 */
export function interpolateSlices(mask, label, planeName) {
  const { grid } = mask;
  const found = new ElementList();
  const runs = runsOf(mask, label, workingBox(grid, null));
  const drawn = runs === null ? [] : slicesOf(runs, grid, PLANES[planeName].through);
  for (let pair = 0; pair + 1 < drawn.length; pair++) {
    if (drawn[pair + 1] - drawn[pair] > 1) fillGap(mask, label, planeName, drawn[pair], drawn[pair + 1], found);
  }
  return found.toArray();
}

function fillGap(mask, label, planeName, first, last, found) {
  const { grid } = mask;
  const { through } = PLANES[planeName];
  const [one, other] = [first, last].map((slice) => boxOf(mask, label, workingBox(grid, planeName, slice)));
  const joint = {
    low: one.low.map((value, axis) => Math.min(value, other.low[axis])),
    high: one.high.map((value, axis) => Math.max(value, other.high[axis])),
  };
  // Outside of both boxes both distances are above 0. One more voxel around: there lies what is nearest outside.
  const room = widen(joint, [1, 1, 1], workingBox(grid, null));
  const at = (slice) => {
    const box = { low: [...room.low], high: [...room.high] };
    box.low[through] = box.high[through] = slice;
    return box;
  };
  const [start, end] = [first, last].map((slice) => signedDistances(mask, label, planeName, at(slice)));
  for (let slice = first + 1; slice < last; slice++) {
    const share = (slice - first) / (last - first);
    let place = 0;
    visitBox(grid, at(slice), (element) => {
      const [before, after] = [(1 - share) * start[place], share * end[place]];
      if (before + after <= TIE * Math.abs(before)) found.push(element);
      place++;
    });
  }
}

/** Distance in mm to the border of a label in one slice, below zero inside. */
function signedDistances({ grid, data }, label, planeName, box) {
  const sizes = sizesOf(box);
  const axes = axesOf(planeName);
  const inside = marked(grid, box, (element) => data[element] === label);
  const toInside = squaredDistances(sizes, grid.spacingMm, inside, axes);
  const toOutside = squaredDistances(sizes, grid.spacingMm, inside.map((mark) => 1 - mark), axes);
  return toInside.map((squared, place) => (inside[place] ? -Math.sqrt(toOutside[place]) : Math.sqrt(squared)));
}
