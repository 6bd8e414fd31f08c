/**
 * Parser of the wire format: one uncompressed little-endian NIfTI-1 file per volume, one channel, affine in the sform.
 * Header offsets follow the nifti1.h structure (https://nifti.nimh.nih.gov/pub/dist/src/niftilib/nifti1.h).
 */

import { makeGrid } from "./grid.js";

/**
 * @typedef {object} Volume
 * @property {Int16Array|Uint8Array|Uint16Array} data stored voxels in file order (first axis fastest), never rearranged
 * @property {number} slope value = stored * slope + intercept
 * @property {number} intercept
 * @property {import("./grid.js").Grid} grid how to walk the stored voxels in patient directions
 * @property {number} bytes size in memory
 */

const HEADER_BYTES = 348;
const VOXEL_TYPES = {
  2: Uint8Array,
  4: Int16Array,
  16: Float32Array,
  512: Uint16Array,
};

/** Raised for bytes that are not a volume in the wire format. */
export class WireError extends Error {}

/**
 * Read one volume. The voxels are a view on `buffer` where the type allows it: nothing is copied.
 * @param {ArrayBuffer} buffer
 * @returns {Volume}
 */
export function parseNifti(buffer) {
  if (buffer.byteLength < HEADER_BYTES + 4) throw new WireError("the file is shorter than a NIfTI-1 header");
  const view = new DataView(buffer);
  if (view.getInt32(0, true) !== HEADER_BYTES) throw new WireError("not a little-endian NIfTI-1 file");
  const magic = String.fromCharCode(...new Uint8Array(buffer, 344, 3));
  if (magic !== "n+1") throw new WireError("not a single-file NIfTI-1 volume");

  const dims = readDims(view);
  const Voxels = VOXEL_TYPES[view.getInt16(70, true)];
  if (!Voxels) throw new WireError(`voxel type ${view.getInt16(70, true)} is not part of the wire format`);
  if (view.getInt16(254, true) <= 0) throw new WireError("the file carries no sform affine");

  const offset = view.getFloat32(108, true);
  const count = dims[0] * dims[1] * dims[2];
  const end = offset + count * Voxels.BYTES_PER_ELEMENT;
  if (buffer.byteLength < end) throw new WireError("the file ends before its last voxel");
  const aligned = offset % Voxels.BYTES_PER_ELEMENT === 0;
  const stored = aligned ? new Voxels(buffer, offset, count) : new Voxels(buffer.slice(offset, end));

  const declared = view.getFloat32(112, true);
  // A slope of 0 means "no scaling" in NIfTI-1.
  const scaled = Number.isFinite(declared) && declared !== 0;
  const slope = scaled ? declared : 1;
  const intercept = scaled ? view.getFloat32(116, true) : 0;
  const whole = stored instanceof Float32Array ? toInt16(stored, slope, intercept) : { data: stored, slope, intercept };
  return { ...whole, grid: makeGrid(dims, readAffine(view)), bytes: whole.data.byteLength };
}

function readDims(view) {
  const rank = view.getInt16(40, true);
  const size = (axis) => (axis <= rank ? view.getInt16(40 + 2 * axis, true) : 1);
  for (let axis = 4; axis <= rank; axis++) {
    if (size(axis) > 1) throw new WireError("more than three dimensions");
  }
  const dims = [size(1), size(2), size(3)];
  if (rank < 2 || rank > 7 || dims.some((n) => n < 1)) throw new WireError("the dimensions make no volume");
  return dims;
}

function readAffine(view) {
  return [0, 1, 2].map((row) => [0, 1, 2, 3].map((column) => view.getFloat32(280 + 16 * row + 4 * column, true)));
}

/** Fractions are kept to 1 in 65,534 of their range, so that one display path with a look-up table serves all volumes. */
function toInt16(stored, slope, intercept) {
  let low = Infinity;
  let high = -Infinity;
  for (let i = 0; i < stored.length; i++) {
    if (stored[i] < low) low = stored[i];
    if (stored[i] > high) high = stored[i];
  }
  if (!Number.isFinite(low) || !Number.isFinite(high)) throw new WireError("the voxels are not all finite numbers");
  const step = (high - low) / 65534 || 1;
  const data = new Int16Array(stored.length);
  for (let i = 0; i < stored.length; i++) data[i] = Math.round((stored[i] - low) / step) - 32767;
  return { data, slope: slope * step, intercept: slope * (low + 32767 * step) + intercept };
}
