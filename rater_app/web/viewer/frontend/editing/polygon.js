/** The inside of an outline that was drawn on a slice. */

import { walkSlice } from "../slices.js";
import { ElementList } from "./element_list.js";

/**
 * Voxels whose centres lie inside an outline, by the even-odd rule: where it crosses itself, the part enclosed twice is outside.
 * @param {import("../grid.js").Grid} grid
 * @param {string} planeName
 * @param {number} slice patient index along the plane's `through` axis
 * @param {number[][]} points columns and rows on screen with fractions; a voxel's centre lies at + 0.5. The last joins the first.
 * @returns {Uint32Array} stored elements
 */
export function polygonVoxels(grid, planeName, slice, points) {
  const walk = walkSlice(grid, planeName, slice);
  const found = new ElementList();
  crossingsOf(points, walk.height).forEach((crossings, row) => {
    crossings.sort((a, b) => a - b);
    for (let pair = 0; pair + 1 < crossings.length; pair += 2) {
      // Columns whose centre lies from one crossing up to, and not including, the next.
      const first = Math.max(0, Math.ceil(crossings[pair] - 0.5));
      const last = Math.min(walk.width - 1, Math.ceil(crossings[pair + 1] - 0.5) - 1);
      for (let column = first; column <= last; column++) found.push(walk.start + row * walk.down + column * walk.across);
    }
  });
  return found.toArray();
}

/** Columns where the outline crosses the middle of each row. */
function crossingsOf(points, height) {
  const crossings = Array.from({ length: height }, () => []);
  for (let i = 0; i < points.length; i++) {
    const [x1, y1] = points[i];
    const [x2, y2] = points[(i + 1) % points.length];
    // A corner in the middle of a row belongs to one of its two sides only: the end further down is left out.
    const first = Math.max(0, Math.ceil(Math.min(y1, y2) - 0.5));
    const last = Math.min(height - 1, Math.ceil(Math.max(y1, y2) - 0.5) - 1);
    for (let row = first; row <= last; row++) crossings[row].push(x1 + ((row + 0.5 - y1) / (y2 - y1)) * (x2 - x1));
  }
  return crossings;
}
