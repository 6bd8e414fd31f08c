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
 * Copy the labels of one slice.
 * @param {Uint8Array|Uint16Array} data
 * @param {Walk} walk
 * @param {Uint16Array} labels width * height, row by row
 * @returns {boolean} whether any voxel is labelled
 */
export function copyLabels(data, walk, labels) {
  const { start, across, down, width, height } = walk;
  let pixel = 0;
  let seen = 0;
  for (let row = 0; row < height; row++) {
    let element = start + row * down;
    for (let column = 0; column < width; column++) {
      const label = data[element];
      labels[pixel++] = label;
      seen |= label;
      element += across;
    }
  }
  return seen !== 0;
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
 * @returns {Map<number, number[]>} label -> side, column, row, length, ends, side, column, ...
 */
export function labelBorders(labels, width, height) {
  const borders = new Map();
  const scan = (side, lines, length, lineStep, step, neighbour, isRim) => {
    for (let line = 0; line < lines; line++) {
      const rim = isRim(line);
      let at = 0;
      while (at < length) {
        const first = line * lineStep + at * step;
        const label = labels[first];
        if (label === 0 || !(rim || labels[first + neighbour] !== label)) {
          at++;
          continue;
        }
        let end = at + 1;
        for (let element = first + step; end < length; end++, element += step) {
          if (labels[element] !== label || !(rim || labels[element + neighbour] !== label)) break;
        }
        const concaveStart = at > 0 && labels[first - step] === label ? START_CONCAVE : 0;
        const concaveEnd = end < length && labels[line * lineStep + end * step] === label ? END_CONCAVE : 0;
        if (!borders.has(label)) borders.set(label, []);
        const horizontal = side === TOP || side === BOTTOM;
        borders.get(label).push(side, horizontal ? at : line, horizontal ? line : at, end - at, concaveStart | concaveEnd);
        at = end;
      }
    }
  };
  scan(TOP, height, width, width, 1, -width, (line) => line === 0);
  scan(BOTTOM, height, width, width, 1, width, (line) => line === height - 1);
  scan(LEFT, width, height, 1, width, -1, (line) => line === 0);
  scan(RIGHT, width, height, 1, width, 1, (line) => line === width - 1);
  return borders;
}
