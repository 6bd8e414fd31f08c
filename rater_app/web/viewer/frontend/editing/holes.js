/** Holes: background that a label encloses. */

import { axesOf, boxOf, elementsWhere, marked, reach, sizesOf, workingBox } from "./regions.js";

/**
 * Background that cannot reach the outside without crossing the label; the way out leads through sides of voxels, and through other labels
 * too. Other labels inside stay as they are.
 * @param {{data: Uint8Array|Uint16Array, grid: import("../grid.js").Grid}} mask
 * @param {number} label
 * @param {string|null} planeName holes of this plane's slice; null for those of the whole volume
 * @param {number} [slice]
 * @returns {Uint32Array} stored elements to set to the label
 */
export function holes(mask, label, planeName, slice) {
  const { grid, data } = mask;
  const box = boxOf(mask, label, workingBox(grid, planeName, slice));
  if (box === null) return new Uint32Array(0);
  const sizes = sizesOf(box);
  const axes = axesOf(planeName);
  const open = marked(grid, box, (element) => data[element] !== label);
  // What is not the label on the rim of its box is outside: beyond the box there is no label.
  reach(sizes, open, rimOf(sizes, axes), axes, false);
  return elementsWhere(grid, box, (place, element) => open[place] === 1 && data[element] === 0);
}

function rimOf(sizes, axes) {
  const rim = [];
  let place = 0;
  for (let z = 0; z < sizes[2]; z++) {
    for (let y = 0; y < sizes[1]; y++) {
      for (let x = 0; x < sizes[0]; x++, place++) {
        const at = [x, y, z];
        if (axes.some((axis) => at[axis] === 0 || at[axis] === sizes[axis] - 1)) rim.push(place);
      }
    }
  }
  return rim;
}
