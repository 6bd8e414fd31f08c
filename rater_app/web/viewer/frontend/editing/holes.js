/** Holes: background that a label encloses. */

import { ElementList } from "./element_list.js";
import { PLANES } from "../grid.js";
import { piecesOf } from "./pieces.js";
import { workingBox } from "./regions.js";
import { gapsOf, rowElement, runsOf, visitRuns } from "./runs.js";

/**
 * Background that cannot reach the outside without crossing the label; the way out leads through sides of voxels, and through other
 * labels too. Other labels inside stay as they are. The edge of the volume is outside: a bay that ends there is no hole. A volume of one
 * slice has no way out through its faces, so the holes of its 3D are those of its slice.
 * @param {{data: Uint8Array|Uint16Array, grid: import("../grid.js").Grid}} mask
 * @param {number} label
 * @param {string|null} planeName holes of this plane's slice; null for those of the whole volume
 * @param {number} [slice]
 * @returns {Uint32Array} stored elements to set to the label
 */
export function holes(mask, label, planeName, slice) {
  const { grid, data } = mask;
  const runs = runsOf(mask, label, workingBox(grid, planeName, slice));
  if (runs === null) return new Uint32Array(0);
  const gaps = gapsOf(runs, runs.frame);
  const pieces = piecesOf(gaps, false);
  const isOutside = new Uint8Array(pieces.length);
  const isWayOut = runs.frame.axes.map((axis) => grid.dims[axis] > 1 && (planeName === null || axis !== PLANES[planeName].through));
  visitRuns(gaps, (run, row) => {
    if (isOnRim(gaps, run, row, isWayOut)) isOutside[pieces[run]] = 1;
  });
  const found = new ElementList();
  visitRuns(gaps, (run, row) => {
    if (isOutside[pieces[run]]) return;
    const start = rowElement(gaps.frame, row);
    for (let at = gaps.from[run]; at <= gaps.to[run]; at++) {
      const element = start + at * gaps.frame.steps[0];
      if (data[element] === 0) found.push(element);
    }
  });
  return found.toArray();
}

/** Whether a run touches the rim of its box: beyond it there is no label, so it is outside. */
function isOnRim({ frame, from, to }, run, row, isWayOut) {
  const [width, height, depth] = frame.sizes;
  const down = row % height;
  const layer = (row - down) / height;
  return (
    (isWayOut[0] && (from[run] === 0 || to[run] === width - 1)) ||
    (isWayOut[1] && (down === 0 || down === height - 1)) ||
    (isWayOut[2] && (layer === 0 || layer === depth - 1))
  );
}
