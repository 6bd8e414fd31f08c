/**
 * The labelled part of a mask as a volume of its own: what the 3D library is given. A tumour fills some per cent of its
 * image, so a block costs a small part of the memory and time of the whole, and no mask is too large for a graphics card.
 */

import { contentsOf } from "../contents.js";
import { elementAt } from "../grid.js";

/** Longest side of a block in voxels; a larger box is thinned. Textures of this size work on every WebGL2 device. */
const LONGEST_SIDE = 256;
/** Empty voxels around the labels, so that surfaces close. */
const MARGIN = 2;
const HEADER_BYTES = 352;

/**
 * @typedef {object} Block
 * @property {Uint8Array|Uint16Array} data code of each voxel, 0 for none; x runs fastest, from the patient's left
 * @property {number[]} dims
 * @property {number[][]} affine 3 rows of 4: block index to RAS+ millimetres
 * @property {number[]} labels label of code 1, 2, ...
 */

/**
 * First and last labelled slice along x, y and z.
 * @param {import("../nifti.js").Volume} mask
 * @returns {number[][]|null} null for an empty mask
 */
export function labelledBox(mask) {
  const { total, perSlice } = contentsOf(mask);
  if (total === 0) return null;
  return perSlice.map((counts) => [counts.findIndex((n) => n > 0), counts.findLastIndex((n) => n > 0)]);
}

/**
 * Cut the labelled part out of a mask. A thinned voxel takes the first label in it, so thin structures stay whole.
 * @param {import("../nifti.js").Volume} mask
 * @param {number} [longestSide]
 * @returns {Block|null} null for an empty mask
 */
export function cutBlock(mask, longestSide = LONGEST_SIDE) {
  const box = labelledBox(mask);
  if (!box) return null;
  const { data, grid } = mask;
  const { labels } = contentsOf(mask);
  const codes = new Uint16Array(65536);
  labels.forEach((label, place) => (codes[label] = place + 1));

  const inner = longestSide - 2 * MARGIN;
  const steps = box.map(([first, last]) => Math.ceil((last - first + 1) / inner));
  const dims = box.map(([first, last], axis) => Math.ceil((last - first + 1) / steps[axis]) + 2 * MARGIN);
  const cut = new (labels.length < 256 ? Uint8Array : Uint16Array)(dims[0] * dims[1] * dims[2]);
  const [[x0, x1], [y0, y1], [z0, z1]] = box;
  for (let z = z0; z <= z1; z++) {
    for (let y = y0; y <= y1; y++) {
      const row = dims[0] * (dims[1] * (MARGIN + Math.floor((z - z0) / steps[2])) + MARGIN + Math.floor((y - y0) / steps[1]));
      let element = elementAt(grid, [x0, y, z]);
      for (let x = x0; x <= x1; x++, element += grid.strides[0]) {
        const code = codes[data[element]];
        if (code === 0) continue;
        const place = row + MARGIN + Math.floor((x - x0) / steps[0]);
        if (cut[place] === 0) cut[place] = code;
      }
    }
  }
  return { data: cut, dims, affine: blockAffine(grid, box, steps), labels };
}

/** The centre of block voxel i is that of the `step` stored voxels in it. */
function blockAffine(grid, box, steps) {
  const start = box.map(([first], axis) => first - MARGIN * steps[axis] + (steps[axis] - 1) / 2);
  return grid.affine.map((row) => [
    ...steps.map((step, axis) => row[axis] * step),
    row[0] * start[0] + row[1] * start[1] + row[2] * start[2] + row[3],
  ]);
}

/**
 * A block as a NIfTI-1 file.
 * @param {Block} block
 * @returns {ArrayBuffer}
 */
export function niftiOf({ data, dims, affine }) {
  const buffer = new ArrayBuffer(HEADER_BYTES + data.byteLength);
  const view = new DataView(buffer);
  view.setInt32(0, 348, true);
  [3, ...dims, 1, 1, 1, 1].forEach((n, place) => view.setInt16(40 + 2 * place, n, true));
  const wide = data instanceof Uint16Array;
  view.setInt16(70, wide ? 512 : 2, true);
  view.setInt16(72, wide ? 16 : 8, true);
  view.setFloat32(76, 1, true);
  for (const axis of [0, 1, 2]) view.setFloat32(80 + 4 * axis, Math.hypot(...affine.map((row) => row[axis])), true);
  view.setFloat32(108, HEADER_BYTES, true);
  view.setFloat32(112, 1, true);
  view.setInt16(254, 1, true);
  affine.forEach((row, r) => row.forEach((value, c) => view.setFloat32(280 + 16 * r + 4 * c, value, true)));
  [..."n+1"].forEach((character, place) => view.setUint8(344 + place, character.charCodeAt(0)));
  new Uint8Array(buffer).set(new Uint8Array(data.buffer), HEADER_BYTES);
  return buffer;
}
