/** Filling the region under the pointer. */

import { elementAt, PLANES } from "../grid.js";

/**
 * The connected region of voxels that hold the same label as the one at an index: neighbours share a side.
 * @param {{data: Uint8Array|Uint16Array, grid: import("../grid.js").Grid}} mask
 * @param {number[]} index patient index
 * @param {string|null} planeName stay in this plane's slice; null for the whole volume
 * @param {{accept?: (element: number) => boolean, most?: number}} [options] voxels that may be filled; null is returned beyond `most`
 * @returns {Uint32Array|null}
 */
export function floodFill({ data, grid }, index, planeName, { accept = () => true, most = Infinity } = {}) {
  const { dims, strides } = grid;
  const axes = planeName === null ? [0, 1, 2] : [PLANES[planeName].across, PLANES[planeName].down];
  const first = elementAt(grid, index);
  const label = data[first];
  if (!accept(first)) return new Uint32Array(0);
  const been = new Uint8Array(data.length);
  const found = [first];
  const waiting = [first, ...index];
  been[first] = 1;
  while (waiting.length > 0) {
    const at = [0, 0, 0];
    [at[2], at[1], at[0]] = [waiting.pop(), waiting.pop(), waiting.pop()];
    const element = waiting.pop();
    for (const axis of axes) {
      for (const step of [-1, 1]) {
        const moved = at[axis] + step;
        if (moved < 0 || moved >= dims[axis]) continue;
        const next = element + step * strides[axis];
        if (been[next] || data[next] !== label || !accept(next)) continue;
        been[next] = 1;
        if (found.push(next) > most) return null;
        waiting.push(next, axis === 0 ? moved : at[0], axis === 1 ? moved : at[1], axis === 2 ? moved : at[2]);
      }
    }
  }
  return Uint32Array.from(found);
}
