/**
 * A label as runs: unbroken stretches of its voxels along the rows of the stored array. An organ of millions of voxels is some ten
 * thousand runs, which is what makes margins, islands and holes of a whole CT quick, and keeps them from filling the memory.
 */

import { ElementList } from "./element_list.js";
import { labelledBox } from "./regions.js";

/**
 * A box of the volume as it is stored: along a row, from row to row, from layer to layer.
 * @typedef {object} Frame
 * @property {number[]} axes patient axes of these three directions
 * @property {number[]} sizes voxels along them
 * @property {number[]} steps stored elements to the next voxel along them; never negative, as stored directions are followed
 * @property {number[]} start stored position of the first voxel along them
 */

/**
 * @typedef {object} Runs
 * @property {Frame} frame
 * @property {Uint32Array} first the first run of each row, row by row and layer by layer, with the number of runs at the end
 * @property {Uint32Array} from position of each run's first voxel in its row
 * @property {Uint32Array} to position of its last voxel
 */

/**
 * @param {import("../grid.js").Grid} grid
 * @param {{low: number[], high: number[]}} box patient indices, ends included
 * @param {number[]} [axes] of another frame that this one is to be compared with
 * @returns {Frame}
 */
export function frameOf({ dims, strides }, { low, high }, axes) {
  // Neighbours in memory make the rows; not so along an axis of one voxel, where each row would be a run of its own.
  const isThin = (axis) => (high[axis] === low[axis] ? 1 : 0);
  axes ??= [0, 1, 2].sort((a, b) => isThin(a) - isThin(b) || Math.abs(strides[a]) - Math.abs(strides[b]));
  return {
    axes,
    sizes: axes.map((axis) => high[axis] - low[axis] + 1),
    steps: axes.map((axis) => Math.abs(strides[axis])),
    start: axes.map((axis) => (strides[axis] < 0 ? dims[axis] - 1 - high[axis] : low[axis])),
  };
}

/** Stored element of the first voxel of a row. */
export function rowElement({ sizes, steps, start }, row) {
  const down = row % sizes[1];
  return start[0] * steps[0] + (start[1] + down) * steps[1] + (start[2] + (row - down) / sizes[1]) * steps[2];
}

/**
 * The runs of a label in a box of the volume.
 * @param {{data: Uint8Array|Uint16Array, grid: import("../grid.js").Grid}} mask
 * @param {number} label
 * @param {{low: number[], high: number[]}} box patient indices, ends included
 * @returns {Runs|null} null where the label is not
 */
export function runsOf(mask, label, box) {
  const room = label === 0 ? box : labelledBox(mask, box);
  if (room === null) return null;
  const { data } = mask;
  const frame = frameOf(mask.grid, room);
  const [width, height, depth] = frame.sizes;
  const step = frame.steps[0];
  const first = new Uint32Array(height * depth + 1);
  const [from, to] = [new ElementList(), new ElementList()];
  for (let row = 0; row < height * depth; row++) {
    let element = rowElement(frame, row);
    let inside = false;
    for (let at = 0; at < width; at++, element += step) {
      if ((data[element] === label) === inside) continue;
      if (inside) to.push(at - 1);
      else from.push(at);
      inside = !inside;
    }
    if (inside) to.push(width - 1);
    first[row + 1] = from.length;
  }
  return from.length === 0 ? null : { frame, first, from: from.toArray(), to: to.toArray() };
}

/**
 * The runs of all that is not the label, in a box around its runs.
 * @param {Runs} runs
 * @param {Frame} frame with the axes of `runs`, and around them
 * @returns {Runs}
 */
export function gapsOf(runs, frame) {
  const [shift, rowShift, layerShift] = runs.frame.start.map((value, place) => value - frame.start[place]);
  const [width, height, depth] = frame.sizes;
  const [, rows, layers] = runs.frame.sizes;
  const first = new Uint32Array(height * depth + 1);
  const [from, to] = [new ElementList(), new ElementList()];
  for (let row = 0; row < height * depth; row++) {
    const [down, layer] = [(row % height) - rowShift, Math.floor(row / height) - layerShift];
    let open = 0;
    if (down >= 0 && down < rows && layer >= 0 && layer < layers) {
      const source = down + rows * layer;
      for (let run = runs.first[source]; run < runs.first[source + 1]; run++) {
        if (runs.from[run] + shift > open) {
          from.push(open);
          to.push(runs.from[run] + shift - 1);
        }
        open = runs.to[run] + shift + 1;
      }
    }
    if (open < width) {
      from.push(open);
      to.push(width - 1);
    }
    first[row + 1] = from.length;
  }
  return { frame, first, from: from.toArray(), to: to.toArray() };
}

/**
 * Call `visit(run, row)` for each run.
 * @param {Runs} runs
 * @param {(run: number, row: number) => void} visit
 */
export function visitRuns({ first }, visit) {
  for (let row = 0; row + 1 < first.length; row++) for (let run = first[row]; run < first[row + 1]; run++) visit(run, row);
}

/**
 * Stored elements of some of the runs.
 * @param {Runs} runs
 * @param {(run: number) => boolean} keep
 * @returns {Uint32Array}
 */
export function elementsOf(runs, keep) {
  const { frame, from, to } = runs;
  let count = 0;
  for (let run = 0; run < from.length; run++) if (keep(run)) count += to[run] - from[run] + 1;
  const elements = new Uint32Array(count);
  let next = 0;
  visitRuns(runs, (run, row) => {
    if (!keep(run)) return;
    const start = rowElement(frame, row);
    for (let at = from[run]; at <= to[run]; at++) elements[next++] = start + at * frame.steps[0];
  });
  return elements;
}

/**
 * The run that holds a patient index.
 * @param {Runs} runs
 * @param {import("../grid.js").Grid} grid
 * @param {number[]} index
 * @returns {number} -1 where there is none
 */
export function runAt({ frame, first, from, to }, { dims, strides }, index) {
  const [at, down, layer] = frame.axes.map((axis, place) => (strides[axis] < 0 ? dims[axis] - 1 - index[axis] : index[axis]) - frame.start[place]);
  if ([at, down, layer].some((value, place) => value < 0 || value >= frame.sizes[place])) return -1;
  const row = down + frame.sizes[1] * layer;
  for (let run = first[row]; run < first[row + 1]; run++) if (from[run] <= at && at <= to[run]) return run;
  return -1;
}

/**
 * Slices along a patient axis that the runs lie in.
 * @param {Runs} runs
 * @param {import("../grid.js").Grid} grid
 * @param {number} axis
 * @returns {number[]} patient indices, from low to high
 */
export function slicesOf(runs, { dims, strides }, axis) {
  const { frame, from, to } = runs;
  const place = frame.axes.indexOf(axis);
  const holds = new Uint8Array(frame.sizes[place]);
  visitRuns(runs, (run, row) => {
    if (place === 0) holds.fill(1, from[run], to[run] + 1);
    else holds[place === 1 ? row % frame.sizes[1] : Math.floor(row / frame.sizes[1])] = 1;
  });
  const slices = [];
  holds.forEach((is, at) => {
    const stored = frame.start[place] + at;
    if (is) slices.push(strides[axis] < 0 ? dims[axis] - 1 - stored : stored);
  });
  return slices.sort((a, b) => a - b);
}
