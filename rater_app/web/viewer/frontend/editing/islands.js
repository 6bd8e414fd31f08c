/** Islands: connected pieces of a label. Voxels that share a side, an edge or a corner belong together (8 neighbours in a slice, 26 in 3D). */

import { elementAt, PLANES } from "../grid.js";
import { piecesOf } from "./pieces.js";
import { workingBox } from "./regions.js";
import { elementsOf, runAt, runsOf } from "./runs.js";

const NONE = new Uint32Array(0);

/**
 * The island at an index.
 * @param {{data: Uint8Array|Uint16Array, grid: import("../grid.js").Grid}} mask
 * @param {number[]} index patient index
 * @param {string|null} planeName stay in this plane's slice; null for the whole volume
 * @returns {Uint32Array} stored elements; none where there is no label
 */
export function island(mask, index, planeName) {
  const found = islandsOf(mask, index, planeName);
  return found ? elementsOf(found.runs, (run) => found.pieces[run] === found.here) : NONE;
}

/**
 * Every voxel of the label at an index that is not in the island there.
 * @param {{data: Uint8Array|Uint16Array, grid: import("../grid.js").Grid}} mask
 * @param {number[]} index
 * @returns {Uint32Array}
 */
export function otherIslands(mask, index) {
  const found = islandsOf(mask, index, null);
  return found ? elementsOf(found.runs, (run) => found.pieces[run] !== found.here) : NONE;
}

/**
 * Every voxel of the islands of a label that are smaller than a volume.
 * @param {{data: Uint8Array|Uint16Array, grid: import("../grid.js").Grid}} mask
 * @param {number} label
 * @param {number} volumeMm3
 * @returns {Uint32Array}
 */
export function islandsSmallerThan(mask, label, volumeMm3) {
  const { grid } = mask;
  const runs = runsOf(mask, label, workingBox(grid, null));
  if (runs === null) return NONE;
  const pieces = piecesOf(runs, true);
  const voxels = new Uint32Array(pieces.length);
  pieces.forEach((piece, run) => (voxels[piece] += runs.to[run] - runs.from[run] + 1));
  // Header spacings are float32: an island of exactly that volume must not go for their last digit.
  const fewest = (volumeMm3 / grid.spacingMm.reduce((product, mm) => product * mm, 1)) * (1 - 1e-6);
  return elementsOf(runs, (run) => voxels[pieces[run]] < fewest);
}

/** The runs of the label at an index, the piece of each, and which piece is there; null where there is no label. */
function islandsOf(mask, index, planeName) {
  const { grid, data } = mask;
  const label = data[elementAt(grid, index)];
  if (label === 0) return null;
  const runs = runsOf(mask, label, workingBox(grid, planeName, planeName && index[PLANES[planeName].through]));
  const pieces = piecesOf(runs, true);
  return { runs, pieces, here: pieces[runAt(runs, grid, index)] };
}
