/** Cutting slices out of a volume in display orientation, and the borders of the labels in a slice. */

import { PLANES } from "./grid.js";

/**
 * How to walk the stored array along one slice.
 * @typedef {{start: number, across: number, down: number, width: number, height: number}} Walk
 */

/**
 * @param {import("./grid.js").Grid} grid
 * @param {string} planeName
 * @param {number} slice patient index along the plane's `through` axis
 * @returns {Walk}
 */
export function walkSlice(grid, planeName, slice) {
  const plane = PLANES[planeName];
  const width = grid.dims[plane.across];
  const height = grid.dims[plane.down];
  return {
    start:
      grid.origin +
      slice * grid.strides[plane.through] +
      (width - 1) * grid.strides[plane.across] +
      (height - 1) * grid.strides[plane.down],
    across: -grid.strides[plane.across],
    down: -grid.strides[plane.down],
    width,
    height,
  };
}

/**
 * Write one slice as pixels.
 * @param {Int16Array|Uint8Array|Uint16Array} data
 * @param {Walk} walk
 * @param {Uint32Array} lut pixel of each stored value; indexed by the value's low 16 bits
 * @param {Uint32Array} pixels width * height, row by row
 */
export function paintSlice(data, walk, lut, pixels) {
  const { start, across, down, width, height } = walk;
  let pixel = 0;
  for (let row = 0; row < height; row++) {
    let element = start + row * down;
    for (let column = 0; column < width; column++) {
      pixels[pixel++] = lut[data[element] & 0xffff];
      element += across;
    }
  }
}

/**
 * The part of a slice that holds labels; right and bottom are the last column and row.
 * @typedef {{left: number, top: number, right: number, bottom: number}} Box
 */

/**
 * Copy the labels of one slice.
 * @param {Uint8Array|Uint16Array} data
 * @param {Walk} walk
 * @param {Uint16Array} labels width * height, row by row
 * @param {Box|null} [within] outside of this box there are no labels; nothing is read there
 * @returns {Box|null} where the labels lie; null when there are none
 */
export function copyLabels(data, walk, labels, within = { left: 0, top: 0, right: walk.width - 1, bottom: walk.height - 1 }) {
  const { start, across, down, width } = walk;
  labels.fill(0);
  if (within === null) return null;
  let [left, top, right, bottom] = [width, -1, -1, -1];
  for (let row = within.top; row <= within.bottom; row++) {
    let element = start + row * down + within.left * across;
    let pixel = row * width + within.left;
    let first = -1;
    let last = -1;
    for (let column = within.left; column <= within.right; column++) {
      const label = data[element];
      labels[pixel++] = label;
      if (label !== 0) {
        if (first < 0) first = column;
        last = column;
      }
      element += across;
    }
    if (last < 0) continue;
    if (top < 0) top = row;
    bottom = row;
    if (first < left) left = first;
    if (last > right) right = last;
  }
  return top < 0 ? null : { left, top, right, bottom };
}

/** A box that holds a voxel, too. @param {Box|null} box @returns {Box} */
export function boxWith(box, column, row) {
  if (!box) return { left: column, top: row, right: column, bottom: row };
  if (column < box.left) box.left = column;
  if (column > box.right) box.right = column;
  if (row < box.top) box.top = row;
  if (row > box.bottom) box.bottom = row;
  return box;
}

/** The smallest box that holds two others. @param {Box|null} one @param {Box|null} other @returns {Box|null} */
export function boxAround(one, other) {
  if (!one || !other) return one ?? other;
  return {
    left: Math.min(one.left, other.left),
    top: Math.min(one.top, other.top),
    right: Math.max(one.right, other.right),
    bottom: Math.max(one.bottom, other.bottom),
  };
}

/**
 * Write labels as pixels.
 * @param {Uint16Array} labels
 * @param {Uint32Array} table pixel of each label
 * @param {Uint32Array} pixels
 * @param {number} width
 * @param {Box} box the part to write
 */
export function paintLabels(labels, table, pixels, width, { left, top, right, bottom }) {
  for (let row = top; row <= bottom; row++) {
    for (let i = row * width + left, end = row * width + right; i <= end; i++) pixels[i] = table[labels[i]];
  }
}

/** Sides of a voxel on screen, in the order used by `labelBorders`. */
export const TOP = 0;
export const BOTTOM = 1;
export const LEFT = 2;
export const RIGHT = 3;

/** Numbers per run in the lists of `labelBorders`: side, column, row, length, ends. */
export const RUN = 5;
/** Bits of a run's `ends`: the border turns inwards there, so the line is drawn on by its own thickness. */
export const START_CONCAVE = 1;
export const END_CONCAVE = 2;

/**
 * Straight stretches of border of each label: the sides of its voxels that face another label, the background or the
 * edge of the image, joined to runs. They are drawn inside the label, so two labels that touch both keep their line.
 * @param {Uint16Array} labels width * height, row by row
 * @param {number} width
 * @param {number} height
 * @param {Box} box where the labels lie
 * @returns {Map<number, number[]>} label -> side, column, row, length, ends, side, column, ...
 */
export function labelBorders(labels, width, height, box) {
  const borders = new Map();
  // Lines are rows for the top and bottom sides and columns for the left and right ones.
  const scan = (side, horizontal, neighbour, rim) => {
    const [step, lineStep] = horizontal ? [1, width] : [width, 1];
    const [firstLine, lastLine] = horizontal ? [box.top, box.bottom] : [box.left, box.right];
    const [from, to] = horizontal ? [box.left, box.right + 1] : [box.top, box.bottom + 1];
    for (let line = firstLine; line <= lastLine; line++) {
      const isRim = line === rim;
      let at = from;
      while (at < to) {
        const first = line * lineStep + at * step;
        const label = labels[first];
        if (label === 0 || !(isRim || labels[first + neighbour] !== label)) {
          at++;
          continue;
        }
        let end = at + 1;
        for (let element = first + step; end < to; end++, element += step) {
          if (labels[element] !== label || !(isRim || labels[element + neighbour] !== label)) break;
        }
        const concaveStart = at > from && labels[first - step] === label ? START_CONCAVE : 0;
        const concaveEnd = end < to && labels[line * lineStep + end * step] === label ? END_CONCAVE : 0;
        if (!borders.has(label)) borders.set(label, []);
        borders.get(label).push(side, horizontal ? at : line, horizontal ? line : at, end - at, concaveStart | concaveEnd);
        at = end;
      }
    }
  };
  scan(TOP, true, -width, 0);
  scan(BOTTOM, true, width, height - 1);
  scan(LEFT, false, -1, 0);
  scan(RIGHT, false, 1, width - 1);
  return borders;
}
