/** Growing and shrinking a label by a margin in millimetres: exact Euclidean distances between voxel centres, with the true spacing. */

import { ElementList } from "./element_list.js";
import { widen, workingBox } from "./regions.js";
import { frameOf, gapsOf, rowElement, runsOf } from "./runs.js";

/** A voxel at exactly the margin counts: spacings are float32, and it must not hang on their last digit. */
const RIM = 1 + 1e-6;
const NONE = new Uint32Array(0);

/**
 * Voxels within a margin of a label, whatever label they have.
 * @param {{data: Uint8Array|Uint16Array, grid: import("../grid.js").Grid}} mask
 * @param {number} label
 * @param {number} marginMm
 * @param {string|null} planeName work in this plane's slice only; null for the whole volume
 * @param {number} [slice]
 * @returns {Uint32Array} stored elements to set to the label
 */
export function grow(mask, label, marginMm, planeName, slice) {
  const { grid } = mask;
  const within = workingBox(grid, planeName, slice);
  const runs = marginMm > 0 ? runsOf(mask, label, within) : null;
  if (runs === null) return NONE;
  const reach = grid.spacingMm.map((mm) => Math.floor((marginMm * RIM) / mm));
  const room = frameOf(grid, widen(boxOfFrame(grid, runs.frame), reach, within), runs.frame.axes);
  return withinMargin(mask, label, marginMm, runs, room, null);
}

/**
 * Voxels of a label within a margin of what is not the label. A label that the edge of the volume cuts goes on beyond it: it does
 * not shrink from there.
 * @param {{data: Uint8Array|Uint16Array, grid: import("../grid.js").Grid}} mask
 * @param {number} label
 * @param {number} marginMm
 * @param {string|null} planeName
 * @param {number} [slice]
 * @returns {Uint32Array} stored elements to set to 0
 */
export function shrink(mask, label, marginMm, planeName, slice) {
  const { grid } = mask;
  const within = workingBox(grid, planeName, slice);
  const runs = marginMm > 0 ? runsOf(mask, label, within) : null;
  if (runs === null) return NONE;
  // What is nearest to a voxel of the label lies in the label's box or in the layer around it.
  const around = frameOf(grid, widen(boxOfFrame(grid, runs.frame), [1, 1, 1], within), runs.frame.axes);
  return withinMargin(mask, label, marginMm, gapsOf(runs, around), runs.frame, runs);
}

function boxOfFrame({ dims, strides }, { axes, sizes, start }) {
  const low = [0, 0, 0];
  axes.forEach((axis, place) => (low[axis] = strides[axis] < 0 ? dims[axis] - sizes[place] - start[place] : start[place]));
  const high = [0, 0, 0];
  axes.forEach((axis, place) => (high[axis] = low[axis] + sizes[place] - 1));
  return { low, high };
}

/**
 * Voxels of a box within a margin of some runs. Each row of it is covered by the rows around, whose runs are widened by what
 * their distance leaves of the margin (Pythagoras).
 * @param {import("./runs.js").Runs} runs
 * @param {import("./runs.js").Frame} room the box, with the axes of `runs`
 * @param {import("./runs.js").Runs|null} target the label's runs in this box where voxels of the label are wanted; null for all others
 * @returns {Uint32Array}
 */
function withinMargin({ data, grid }, label, marginMm, runs, room, target) {
  const [width, height, depth] = room.sizes;
  const cover = coverOf(runs, room, grid, marginMm);
  const found = new ElementList();
  // How many runs begin, less how many have ended: above 0 there is cover.
  const turns = new Int32Array(width + 1);
  for (let row = 0; row < height * depth; row++) {
    let [low, high] = [0, width - 1];
    if (target !== null) {
      if (target.first[row] === target.first[row + 1]) continue;
      low = target.from[target.first[row]];
      high = target.to[target.first[row + 1] - 1];
    }
    if (!cover(row, low, high, turns)) continue;
    let runsHere = 0;
    let element = rowElement(room, row) + low * room.steps[0];
    for (let at = low; at <= high; at++, element += room.steps[0]) {
      runsHere += turns[at];
      if (runsHere > 0 && (data[element] === label) === (target !== null)) found.push(element);
    }
    turns.fill(0);
  }
  return found.toArray();
}

/**
 * @returns {(row: number, low: number, high: number, turns: Int32Array) => boolean} notes in `turns` where the cover of a row of the box
 *   begins and ends between two positions; false where there is none
 */
function coverOf({ frame, first, from, to }, room, grid, marginMm) {
  const height = room.sizes[1];
  const [, rows, layers] = frame.sizes;
  const [shift, rowShift, layerShift] = frame.start.map((value, place) => value - room.start[place]);
  const spacing = frame.axes.map((axis) => grid.spacingMm[axis]);
  // However large the margin, nothing lies further away than the boxes are long.
  const reach = spacing.map((mm, place) => Math.min(Math.floor((marginMm * RIM) / mm), Math.max(frame.sizes[place], room.sizes[place])));
  const [, reachRows, reachLayers] = reach;
  const widths = widthsOf(marginMm, spacing, reach);
  return (row, low, high, turns) => {
    const down = (row % height) - rowShift;
    const layer = Math.floor(row / height) - layerShift;
    const [lastLayer, lastRow] = [Math.min(layers - 1, layer + reachLayers), Math.min(rows - 1, down + reachRows)];
    let isCovered = false;
    for (let k = Math.max(0, layer - reachLayers); k <= lastLayer; k++) {
      const widthsHere = (reachRows + 1) * Math.abs(k - layer);
      for (let j = Math.max(0, down - reachRows); j <= lastRow; j++) {
        const by = widths[widthsHere + Math.abs(j - down)];
        if (by < 0) continue;
        const end = first[j + rows * k + 1];
        for (let run = first[j + rows * k]; run < end; run++) {
          const begin = from[run] + shift - by;
          const last = to[run] + shift + by;
          if (last < low || begin > high) continue;
          turns[begin < low ? low : begin]++;
          turns[last < high ? last + 1 : high + 1]--;
          isCovered = true;
        }
      }
    }
    return isCovered;
  };
}

/** Voxels by which a run reaches further in a row so many rows and layers away; -1 where it does not reach. */
function widthsOf(marginMm, spacing, [reach, reachRows, reachLayers]) {
  const widths = new Int32Array((reachRows + 1) * (reachLayers + 1));
  for (let k = 0; k <= reachLayers; k++) {
    for (let j = 0; j <= reachRows; j++) {
      const left = (marginMm * RIM) ** 2 - (j * spacing[1]) ** 2 - (k * spacing[2]) ** 2;
      widths[j + (reachRows + 1) * k] = left < 0 ? -1 : Math.min(reach, Math.floor(Math.sqrt(left) / spacing[0]));
    }
  }
  return widths;
}
