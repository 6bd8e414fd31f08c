/** Islands: connected pieces of a label. Voxels that share a side, an edge or a corner belong together. */

import { elementAt, PLANES } from "../grid.js";
import { axesOf, boxOf, elementsWhere, marked, placeIn, reach, sizesOf, workingBox } from "./regions.js";

const NONE = new Uint32Array(0);

/**
 * The island at an index.
 * @param {{data: Uint8Array|Uint16Array, grid: import("../grid.js").Grid}} mask
 * @param {number[]} index patient index
 * @param {string|null} planeName stay in this plane's slice; null for the whole volume
 * @returns {Uint32Array} stored elements; none where there is no label
 */
export function island(mask, index, planeName) {
  const piece = pieceAt(mask, index, planeName);
  return piece ? elementsWhere(mask.grid, piece.box, (place) => piece.isIn[place] === 1) : NONE;
}

/**
 * Every voxel of the label at an index that is not in the island there.
 * @param {{data: Uint8Array|Uint16Array, grid: import("../grid.js").Grid}} mask
 * @param {number[]} index
 * @returns {Uint32Array}
 */
export function otherIslands(mask, index) {
  const piece = pieceAt(mask, index, null);
  if (!piece) return NONE;
  return elementsWhere(mask.grid, piece.box, (place, element) => mask.data[element] === piece.label && piece.isIn[place] === 0);
}

/**
 * Every voxel of the islands of a label that are smaller than a volume.
 * @param {{data: Uint8Array|Uint16Array, grid: import("../grid.js").Grid}} mask
 * @param {number} label
 * @param {number} volumeMm3
 * @returns {Uint32Array}
 */
export function islandsSmallerThan(mask, label, volumeMm3) {
  const { grid, data } = mask;
  const box = boxOf(mask, label, workingBox(grid, null));
  if (box === null) return NONE;
  const sizes = sizesOf(box);
  const open = marked(grid, box, (element) => data[element] === label);
  const small = new Uint8Array(open.length);
  const voxelMm3 = grid.spacingMm.reduce((product, mm) => product * mm, 1);
  for (let place = 0; place < open.length; place++) {
    if (!open[place]) continue;
    const piece = reach(sizes, open, [place], [0, 1, 2], true);
    if (piece.length * voxelMm3 < volumeMm3) for (const one of piece) small[one] = 1;
  }
  return elementsWhere(grid, box, (place) => small[place] === 1);
}

function pieceAt(mask, index, planeName) {
  const { grid, data } = mask;
  const label = data[elementAt(grid, index)];
  if (label === 0) return null;
  const box = boxOf(mask, label, workingBox(grid, planeName, planeName && index[PLANES[planeName].through]));
  const open = marked(grid, box, (element) => data[element] === label);
  const isIn = new Uint8Array(open.length);
  for (const place of reach(sizesOf(box), open, [placeIn(box, index)], axesOf(planeName), true)) isIn[place] = 1;
  return { label, box, isIn };
}
