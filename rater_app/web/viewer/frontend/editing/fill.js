/** Filling the region under the pointer. */

import { elementAt, PLANES } from "../grid.js";
import { ElementList } from "./element_list.js";
import { workingBox } from "./regions.js";
import { frameOf, rowElement } from "./runs.js";

/**
 * The connected region of voxels that hold the same label as the one at an index: neighbours share a side. It is walked in whole stretches of
 * a row, each of which opens those that touch it in the rows around.
 * @param {{data: Uint8Array|Uint16Array, grid: import("../grid.js").Grid}} mask
 * @param {number[]} index patient index
 * @param {string|null} planeName stay in this plane's slice; null for the whole volume
 * @param {{accept?: (element: number) => boolean, most?: number}} [options] voxels that may be filled; null is returned beyond `most`
 * @returns {Uint32Array|null}
 */
export function floodFill({ data, grid }, index, planeName, { accept, most = Infinity } = {}) {
  const frame = frameOf(grid, workingBox(grid, planeName, planeName && index[PLANES[planeName].through]));
  const [width, height, depth] = frame.sizes;
  const [step] = frame.steps;
  const layerSize = width * height;
  const base = rowElement(frame, 0);
  const label = data[elementAt(grid, index)];
  // Places in the frame: 1 where the walk has been, or where nothing is to be filled.
  const closed = new Uint8Array(layerSize * depth);
  const isOpen = (place, element) => {
    if (closed[place]) return false;
    if (data[element] === label && (!accept || accept(element))) return true;
    closed[place] = 1;
    return false;
  };
  const found = new ElementList();
  const waiting = new ElementList();
  /** Open the stretches of a row that touch the voxels from `first` to `last` in the row beside. */
  const look = (first, last, element) => {
    let wasOpen = false;
    for (let place = first; place <= last; place++, element += step) {
      const open = isOpen(place, element);
      if (open && !wasOpen) waiting.push(place);
      wasOpen = open;
    }
  };
  const [at, down, layer] = frame.axes.map((axis, i) => (grid.strides[axis] < 0 ? grid.dims[axis] - 1 - index[axis] : index[axis]) - frame.start[i]);
  waiting.push(at + width * (down + height * layer));
  while (waiting.length > 0) {
    const place = waiting.pop();
    const row = Math.floor(place / width);
    const k = Math.floor(row / height);
    const j = row - k * height;
    const rowStart = row * width;
    const rowBase = base + j * frame.steps[1] + k * frame.steps[2];
    if (!isOpen(place, rowBase + (place - rowStart) * step)) continue;
    let [first, last] = [place, place];
    while (first > rowStart && isOpen(first - 1, rowBase + (first - 1 - rowStart) * step)) first--;
    while (last < rowStart + width - 1 && isOpen(last + 1, rowBase + (last + 1 - rowStart) * step)) last++;
    if (found.length + last - first + 1 > most) return null;
    const start = rowBase + (first - rowStart) * step;
    for (let one = first, element = start; one <= last; one++, element += step) {
      closed[one] = 1;
      found.push(element);
    }
    if (j > 0) look(first - width, last - width, start - frame.steps[1]);
    if (j + 1 < height) look(first + width, last + width, start + frame.steps[1]);
    if (k > 0) look(first - layerSize, last - layerSize, start - frame.steps[2]);
    if (k + 1 < depth) look(first + layerSize, last + layerSize, start + frame.steps[2]);
  }
  return found.toArray();
}
