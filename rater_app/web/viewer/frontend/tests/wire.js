/** Small volumes in the wire format for tests, and the fixtures that nibabel wrote where a folder of them is given. */

import { readFileSync } from "node:fs";
import { join } from "node:path";

const CODES = new Map([[Uint8Array, 2], [Int16Array, 4], [Float32Array, 16], [Uint16Array, 512]]);

/** Bytes of a NIfTI-1 file with the given voxels. */
export function wireBytes(voxels, dims, { affine = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]], slope = 0, intercept = 0 } = {}) {
  const buffer = new ArrayBuffer(352 + voxels.byteLength);
  const view = new DataView(buffer);
  view.setInt32(0, 348, true);
  view.setInt16(40, 3, true);
  dims.forEach((n, axis) => view.setInt16(42 + 2 * axis, n, true));
  view.setInt16(70, CODES.get(voxels.constructor), true);
  view.setInt16(72, 8 * voxels.BYTES_PER_ELEMENT, true);
  view.setFloat32(108, 352, true);
  view.setFloat32(112, slope, true);
  view.setFloat32(116, intercept, true);
  view.setInt16(254, 1, true);
  affine.forEach((row, r) => row.forEach((value, c) => view.setFloat32(280 + 16 * r + 4 * c, value, true)));
  [..."n+1"].forEach((character, i) => view.setUint8(344 + i, character.charCodeAt(0)));
  new Uint8Array(buffer).set(new Uint8Array(voxels.buffer, voxels.byteOffset, voxels.byteLength), 352);
  return buffer;
}

const folder = process.env.VIEWER_FIXTURES;

/** Reason for skipping tests that need fixtures, or false. */
export const noFixtures = folder ? false : "VIEWER_FIXTURES names no folder; tests/web/test_viewer_modules.py writes one";

/** List of the fixtures: file, expected geometry and values. */
export const fixtureIndex = () => JSON.parse(readFileSync(join(folder, "index.json"), "utf8"));

/** Bytes of one fixture. */
export function fixtureBytes(name) {
  const file = readFileSync(join(folder, name));
  return file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength);
}
