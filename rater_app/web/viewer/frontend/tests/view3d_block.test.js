import assert from "node:assert/strict";
import { test } from "node:test";

import { elementAt, toMm } from "../grid.js";
import { parseNifti } from "../nifti.js";
import { cutBlock, labelledBox, niftiOf } from "../view3d/block.js";
import { fixtureBytes, fixtureIndex, noFixtures, wireBytes } from "./wire.js";

function maskOf(voxels, dims, affine) {
  return parseNifti(wireBytes(voxels, dims, { affine }));
}

/** Places and labels of a block, read back from its file: label and millimetres. */
function readBack(block) {
  const { data, grid } = parseNifti(niftiOf(block));
  const found = [];
  for (let z = 0; z < grid.dims[2]; z++) {
    for (let y = 0; y < grid.dims[1]; y++) {
      for (let x = 0; x < grid.dims[0]; x++) {
        const code = data[elementAt(grid, [x, y, z])];
        if (code > 0) found.push([block.labels[code - 1], ...toMm(grid, [x, y, z]).map((mm) => Math.round(mm * 1000) / 1000)]);
      }
    }
  }
  return found;
}

test("labels keep their place in the patient, in all 48 axis orders and oblique", { skip: noFixtures }, () => {
  for (const { file, marked } of fixtureIndex().orders) {
    const { grid, data } = parseNifti(fixtureBytes(file));
    const mask = { grid, data: Uint16Array.from(data, (value) => (value === marked.value ? 300 : 0)) };
    const [[label, ...mm]] = readBack(cutBlock(mask));
    assert.equal(label, 300);
    mm.forEach((value, axis) => assert.ok(Math.abs(value - marked.mm[axis]) < 1e-3, `${file}: ${mm} for ${marked.mm}`));
  }
});

test("the block is the labelled part with an empty rim; the mask itself is not touched", () => {
  const voxels = new Uint8Array(60);
  voxels[1 + 5 * (2 + 4 * 1)] = 2;
  voxels[3 + 5 * (2 + 4 * 1)] = 9;
  const mask = maskOf(voxels, [5, 4, 3]);
  const before = [...mask.data];
  const block = cutBlock(mask);
  assert.deepEqual(labelledBox(mask), [[1, 3], [2, 2], [1, 1]]);
  assert.deepEqual(block.dims, [7, 5, 5]);
  assert.deepEqual(block.labels, [2, 9]);
  assert.deepEqual(readBack(block), [[2, 1, 2, 1], [9, 3, 2, 1]]);
  assert.deepEqual([...mask.data], before);
});

test("a long mask is thinned, and a single voxel in it is kept", () => {
  const voxels = new Uint8Array(100);
  voxels[0] = voxels[99] = 1;
  voxels[41] = 2;
  const block = cutBlock(maskOf(voxels, [100, 1, 1], [[2, 0, 0, 10], [0, 1, 0, 0], [0, 0, 1, 0]]), 29);
  assert.deepEqual(block.dims, [29, 5, 5]);
  // Blocks of four voxels of 2 mm: their centres lie 3 mm from the centre of their first voxel.
  assert.deepEqual(readBack(block), [[1, 13, 0, 0], [2, 10 + 2 * 40 + 3, 0, 0], [1, 10 + 2 * 96 + 3, 0, 0]]);
});

test("more labels than a byte holds", () => {
  const mask = maskOf(Uint16Array.from({ length: 300 }, (_, n) => 1000 + n), [300, 1, 1]);
  const block = cutBlock(mask, 1000);
  assert.ok(block.data instanceof Uint16Array);
  assert.deepEqual(readBack(block).map(([label]) => label), [...mask.data]);
});

test("an empty mask has no block", () => {
  assert.equal(cutBlock(maskOf(new Uint8Array(8), [2, 2, 2])), null);
});
