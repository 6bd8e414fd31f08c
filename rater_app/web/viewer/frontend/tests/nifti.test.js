import assert from "node:assert/strict";
import { test } from "node:test";

import { elementAt, toIndex, toMm } from "../grid.js";
import { parseNifti, WireError } from "../nifti.js";
import { fixtureBytes, fixtureIndex, noFixtures, wireBytes } from "./wire.js";

test("int16 voxels are a view on the bytes, with slope and intercept", () => {
  const bytes = wireBytes(Int16Array.of(-5, 0, 7, 32767), [2, 2, 1], { slope: 0.5, intercept: -10 });
  const volume = parseNifti(bytes);
  assert.equal(volume.data.buffer, bytes);
  assert.deepEqual([...volume.data], [-5, 0, 7, 32767]);
  assert.deepEqual([volume.slope, volume.intercept], [0.5, -10]);
});

test("a slope of 0 means unscaled", () => {
  const volume = parseNifti(wireBytes(Uint8Array.of(1, 2), [2, 1, 1], { slope: 0, intercept: 9 }));
  assert.deepEqual([volume.slope, volume.intercept], [1, 0]);
});

test("float voxels keep their values to the 65,534th part of their range", () => {
  const wanted = [-3.25, 0, 1.5, 12.75];
  const { data, slope, intercept } = parseNifti(wireBytes(Float32Array.from(wanted), [4, 1, 1]));
  wanted.forEach((value, i) => assert.ok(Math.abs(data[i] * slope + intercept - value) <= 16 / 65534));
});

for (const [what, spoil] of [
  ["a file that ends too early", (bytes) => bytes.slice(0, bytes.byteLength - 1)],
  ["a header alone", (bytes) => bytes.slice(0, 100)],
  ["gzip bytes", () => Uint8Array.from({ length: 400 }, (_, i) => [0x1f, 0x8b][i] ?? 0).buffer],
  ["four dimensions", (bytes) => (new DataView(bytes).setInt16(40, 4, true), new DataView(bytes).setInt16(48, 3, true), bytes)],
  ["an unknown voxel type", (bytes) => (new DataView(bytes).setInt16(70, 64, true), bytes)],
  ["a volume without sform", (bytes) => (new DataView(bytes).setInt16(254, 0, true), bytes)],
]) {
  test(`refused: ${what}`, () => {
    assert.throws(() => parseNifti(spoil(wireBytes(Int16Array.of(1, 2), [2, 1, 1]))), WireError);
  });
}

test("every type and scaling that nibabel writes is read as nibabel reads it", { skip: noFixtures }, () => {
  const { types } = fixtureIndex();
  assert.ok(types.length >= 5);
  for (const { file, dims, values, tolerance } of types) {
    const volume = parseNifti(fixtureBytes(file));
    assert.deepEqual(volume.grid.dims, dims, file);
    values.forEach((value, i) => assert.ok(Math.abs(volume.data[i] * volume.slope + volume.intercept - value) <= tolerance, `${file} ${i}`));
  }
});

test("millimetres of a marked voxel agree with nibabel for every axis order and for oblique volumes", { skip: noFixtures }, () => {
  for (const { file, marked } of fixtureIndex().orders) {
    const { data, grid } = parseNifti(fixtureBytes(file));
    assert.equal(data[elementAt(grid, marked.index)], marked.value, file);
    toMm(grid, marked.index).forEach((mm, axis) => assert.ok(Math.abs(mm - marked.mm[axis]) < 1e-3, `${file}: ${mm}`));
    toIndex(grid, marked.mm).forEach((n, axis) => assert.ok(Math.abs(n - marked.index[axis]) < 1e-4, `${file}: ${n}`));
  }
});
