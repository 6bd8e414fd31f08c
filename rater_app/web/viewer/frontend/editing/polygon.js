/** The inside of an outline that was drawn on a slice. */

import { PLANES } from "../grid.js";

/**
 * Voxels whose centres lie inside an outline, by the even-odd rule: where it crosses itself, the part enclosed twice is outside.
 * @param {import("../grid.js").Grid} grid
 * @param {string} planeName
 * @param {number} slice patient index along the plane's `through` axis
 * @param {number[][]} points columns and rows on screen with fractions; a voxel's centre lies at + 0.5. The last joins the first.
 * @returns {Uint32Array} stored elements
 */
export function polygonVoxels(grid, planeName, slice, points) {
  const plane = PLANES[planeName];
  const [width, height] = [grid.dims[plane.across], grid.dims[plane.down]];
  const found = [];
  const rows = points.map(([, row]) => row);
  const top = Math.max(0, Math.floor(Math.min(...minMax(rows))));
  const bottom = Math.min(height - 1, Math.ceil(Math.max(...minMax(rows))));
  for (let row = top; row <= bottom; row++) {
    const crossings = crossingsOf(points, row + 0.5);
    for (let pair = 0; pair + 1 < crossings.length; pair += 2) {
      // Columns whose centre lies from one crossing up to, and not including, the next.
      const first = Math.max(0, Math.ceil(crossings[pair] - 0.5));
      const last = Math.min(width - 1, Math.ceil(crossings[pair + 1] - 0.5) - 1);
      for (let column = first; column <= last; column++) {
        found.push(
          grid.origin +
            slice * grid.strides[plane.through] +
            (width - 1 - column) * grid.strides[plane.across] +
            (height - 1 - row) * grid.strides[plane.down],
        );
      }
    }
  }
  return Uint32Array.from(found);
}

/** Columns where the outline crosses a line of constant row, from left to right. */
function crossingsOf(points, row) {
  const crossings = [];
  for (let i = 0; i < points.length; i++) {
    const [x1, y1] = points[i];
    const [x2, y2] = points[(i + 1) % points.length];
    // A corner on the line belongs to one of its two sides only.
    if (y1 <= row !== y2 <= row) crossings.push(x1 + ((row - y1) / (y2 - y1)) * (x2 - x1));
  }
  return crossings.sort((a, b) => a - b);
}

function minMax(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}
