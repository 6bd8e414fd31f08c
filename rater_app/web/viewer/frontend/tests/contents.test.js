import assert from "node:assert/strict";
import { test } from "node:test";

import { contentsOf, MaskContents } from "../contents.js";
import { elementAt } from "../grid.js";
import { parseNifti } from "../nifti.js";
import { fixtureBytes, fixtureIndex, noFixtures, wireBytes } from "./wire.js";

const LPI = [[-1, 0, 0, 0], [0, -1, 0, 0], [0, 0, -1, 0]];

/** A mask of 5 x 4 x 3 voxels with a label at some patient indices. */
function maskWith(points, affine) {
  const voxels = new Uint8Array(60);
  const { grid } = parseNifti(wireBytes(voxels, [5, 4, 3], { affine }));
  for (const [label, index] of points) voxels[elementAt(grid, index)] = label;
  return parseNifti(wireBytes(voxels, [5, 4, 3], { affine }));
}

test("labels in a mask and its centre, whatever the stored direction", () => {
  for (const affine of [undefined, LPI]) {
    const { labels, centre } = contentsOf(maskWith([[3, [1, 1, 1]], [1, [2, 1, 1]], [3, [3, 1, 1]]], affine));
    assert.deepEqual(labels, [1, 3]);
    assert.deepEqual(centre, [2, 1, 1]);
  }
});

test("between two lesions the centre is taken to a labelled voxel", () => {
  const points = [[1, [0, 0, 0]], [1, [1, 0, 0]], [1, [4, 0, 0]]];
  assert.deepEqual(contentsOf(maskWith(points)).centre, [1, 0, 0]);
});

test("a flat mask has a centre too", () => {
  const mask = parseNifti(wireBytes(Uint8Array.of(0, 0, 0, 0, 0, 2), [3, 2, 1]));
  assert.deepEqual(contentsOf(mask).labels, [2]);
  assert.deepEqual(contentsOf(mask).centre, [2, 1, 0]);
});

test("an empty mask has no centre", () => {
  assert.deepEqual(contentsOf(maskWith([])).labels, []);
  assert.equal(contentsOf(maskWith([])).centre, null);
});

test("labelled voxels are counted slice by slice along the patient's axes", () => {
  for (const affine of [undefined, LPI]) {
    const { perSlice } = contentsOf(maskWith([[3, [1, 1, 1]], [1, [2, 1, 1]], [3, [4, 3, 0]]], affine));
    assert.deepEqual(perSlice.map((counts) => [...counts]), [[0, 1, 1, 0, 1], [0, 2, 0, 1], [1, 2, 0]]);
  }
});

test("contents follow every change, in all 48 axis orders", { skip: noFixtures }, () => {
  for (const { file } of fixtureIndex().orders) {
    const { grid, data } = parseNifti(fixtureBytes(file));
    const mask = { grid, data: Uint8Array.from(data, (value) => value % 4) };
    const contents = contentsOf(mask);
    contents.centre;
    let random = 7;
    for (let step = 0; step < 200; step++) {
      random = (random * 1103515245 + 12345) % 2147483648;
      const element = random % mask.data.length;
      const after = (random >> 8) % 4;
      contents.change(element, mask.data[element], after);
      mask.data[element] = after;
    }
    const anew = new MaskContents(mask);
    assert.deepEqual(contents.labels, anew.labels, file);
    assert.deepEqual(contents.perSlice, anew.perSlice, file);
    assert.deepEqual(contents.centre, anew.centre, file);
  }
});

test("changes since a version are told one by one, with their places, in all 48 axis orders", { skip: noFixtures }, () => {
  for (const { file } of fixtureIndex().orders) {
    const { grid, data } = parseNifti(fixtureBytes(file));
    const contents = new MaskContents({ grid, data: new Uint8Array(data.length) });
    const [first, ...rest] = [[0, 0, 0], [1, 2, 1], grid.dims.map((n) => n - 1), [1, 0, 2]];
    contents.change(elementAt(grid, first), 0, 1);
    const { version } = contents;
    for (const index of rest) contents.change(elementAt(grid, index), 0, 2);
    const told = [];
    assert.equal(contents.visitChanges(version, (element) => told.push([0, 1, 2].map((axis) => contents.indexAlong(axis, element)))), true);
    assert.deepEqual(told, rest, file);
  }
});

test("changes of long ago are not known", () => {
  const contents = new MaskContents(maskWith([]));
  for (let n = 0; n <= 1 << 16; n++) contents.change(n % 60, n % 2, 1 - (n % 2));
  assert.equal(contents.visitChanges(0, () => assert.fail("nothing is to be told")), false);
  let told = 0;
  assert.equal(contents.visitChanges(1, () => told++), true);
  assert.equal(told, 1 << 16);
});
