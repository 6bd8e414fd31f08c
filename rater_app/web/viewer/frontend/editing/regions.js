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
function labelledBox(mask, { low, high }) {
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

/**
 * Voxels of a box that can be reached from some of them, as ones in an array of the box (x fastest).
 * @param {number[]} sizes of the box
 * @param {Uint8Array} open ones where one may go; set to 0 where the walk has been
 * @param {number[]} seeds places in the array
 * @param {number[]} axes those that the walk may move along
 * @param {boolean} corners whether voxels that share an edge or a corner are neighbours too
 * @returns {number[]} places that were reached
 */
export function reach(sizes, open, seeds, axes, corners) {
  const strides = [1, sizes[0], sizes[0] * sizes[1]];
  const moves = movesOf(axes, corners);
  const reached = [];
  const waiting = [];
  const take = (place) => {
    open[place] = 0;
    waiting.push(place);
    reached.push(place);
  };
  for (const seed of seeds) if (open[seed]) take(seed);
  while (waiting.length > 0) {
    const place = waiting.pop();
    const x = place % sizes[0];
    const y = Math.floor(place / sizes[0]) % sizes[1];
    const z = Math.floor(place / strides[2]);
    for (const [dx, dy, dz] of moves) {
      const [u, v, w] = [x + dx, y + dy, z + dz];
      if (u < 0 || v < 0 || w < 0 || u >= sizes[0] || v >= sizes[1] || w >= sizes[2]) continue;
      const next = place + dx + dy * strides[1] + dz * strides[2];
      if (open[next]) take(next);
    }
  }
  return reached;
}

function movesOf(axes, corners) {
  const moves = [];
  const steps = [0, 1, 2].map((axis) => (axes.includes(axis) ? [-1, 0, 1] : [0]));
  for (const dx of steps[0]) {
    for (const dy of steps[1]) {
      for (const dz of steps[2]) {
        const length = Math.abs(dx) + Math.abs(dy) + Math.abs(dz);
        if (length === 1 || (corners && length > 1)) moves.push([dx, dy, dz]);
      }
    }
  }
  return moves;
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

/** Stored elements of a box where the array of the box passes a test. @returns {Uint32Array} */
export function elementsWhere(grid, box, test) {
  const found = [];
  let place = 0;
  visitBox(grid, box, (element) => {
    if (test(place++, element)) found.push(element);
  });
  return Uint32Array.from(found);
}

/** Place of a patient index in the array of a box. */
export function placeIn(box, index) {
  const [nx, ny] = sizesOf(box);
  const [x, y, z] = index.map((value, axis) => value - box.low[axis]);
  return x + nx * (y + ny * z);
}
