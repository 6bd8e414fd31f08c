/** Walking a mask in stored elements: boxes, neighbours, and the part of the volume that a tool works in. */

import { contentsOf } from "../contents.js";
import { PLANES } from "../grid.js";

/**
 * A box of the volume in patient indices, ends included; one slice thick for tools that work in a plane.
 * @typedef {{low: number[], high: number[]}} Box
 */

/** The whole volume, or one slice of it. @returns {Box} */
export function workingBox(grid, planeName, slice) {
  const low = [0, 0, 0];
  const high = grid.dims.map((n) => n - 1);
  if (planeName !== null) {
    const { through } = PLANES[planeName];
    low[through] = high[through] = slice;
  }
  return { low, high };
}

/** The part of a box where there are labels at all; null when there are none. @returns {Box|null} */
export function labelledBox(mask, { low, high }) {
  const box = { low: [...low], high: [...high] };
  contentsOf(mask).perSlice.forEach((counts, axis) => {
    while (box.low[axis] <= box.high[axis] && counts[box.low[axis]] === 0) box.low[axis]++;
    while (box.high[axis] >= box.low[axis] && counts[box.high[axis]] === 0) box.high[axis]--;
  });
  return box.low.every((value, axis) => value <= box.high[axis]) ? box : null;
}

/** The smallest box within another that holds every voxel of a label; null when there is none. @returns {Box|null} */
export function boxOf(mask, label, within) {
  const { grid, data } = mask;
  const labelled = labelledBox(mask, within);
  if (labelled === null) return null;
  const low = [Infinity, Infinity, Infinity];
  const high = [-1, -1, -1];
  visitBox(grid, labelled, (element, x, y, z) => {
    if (data[element] !== label) return;
    if (x < low[0]) low[0] = x;
    if (x > high[0]) high[0] = x;
    if (y < low[1]) low[1] = y;
    if (y > high[1]) high[1] = y;
    if (z < low[2]) low[2] = z;
    if (z > high[2]) high[2] = z;
  });
  return high[0] < 0 ? null : { low, high };
}

/** A box that reaches further by whole voxels along each axis, kept inside another one. */
export function widen(box, by, within) {
  return {
    low: box.low.map((value, axis) => Math.max(within.low[axis], value - by[axis])),
    high: box.high.map((value, axis) => Math.min(within.high[axis], value + by[axis])),
  };
}

/** Call `visit(element, x, y, z)` for each voxel of a box. */
export function visitBox({ origin, strides }, { low, high }, visit) {
  for (let z = low[2]; z <= high[2]; z++) {
    for (let y = low[1]; y <= high[1]; y++) {
      let element = origin + z * strides[2] + y * strides[1] + low[0] * strides[0];
      for (let x = low[0]; x <= high[0]; x++, element += strides[0]) visit(element, x, y, z);
    }
  }
}

export function sizesOf({ low, high }) {
  return high.map((value, axis) => value - low[axis] + 1);
}

/** Axes that a tool moves along: those of the plane, or all. */
export function axesOf(planeName) {
  return planeName === null ? [0, 1, 2] : [PLANES[planeName].across, PLANES[planeName].down];
}

/** An array of a box with ones where a test holds; the array is walked as `visitBox` walks. */
export function marked(grid, box, test) {
  const [nx, ny, nz] = sizesOf(box);
  const marks = new Uint8Array(nx * ny * nz);
  let place = 0;
  visitBox(grid, box, (element) => {
    marks[place++] = test(element) ? 1 : 0;
  });
  return marks;
}
