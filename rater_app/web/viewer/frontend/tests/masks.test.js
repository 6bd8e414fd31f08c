import assert from "node:assert/strict";
import { test } from "node:test";

import { elementAt } from "../grid.js";
import { colorTable, completeLabels, parseColor, summariseMask } from "../masks.js";
import { parseNifti } from "../nifti.js";
import { wireBytes } from "./wire.js";

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
    const { labels, centre } = summariseMask(maskWith([[3, [1, 1, 1]], [1, [2, 1, 1]], [3, [3, 1, 1]]], affine));
    assert.deepEqual(labels, [1, 3]);
    assert.deepEqual(centre, [2, 1, 1]);
  }
});

test("between two lesions the centre is taken to a labelled voxel", () => {
  const points = [[1, [0, 0, 0]], [1, [1, 0, 0]], [1, [4, 0, 0]]];
  assert.deepEqual(summariseMask(maskWith(points)).centre, [1, 0, 0]);
});

test("a flat mask has a centre too", () => {
  const mask = parseNifti(wireBytes(Uint8Array.of(0, 0, 0, 0, 0, 2), [3, 2, 1]));
  assert.deepEqual(summariseMask(mask), { labels: [2], centre: [2, 1, 0] });
});

test("an empty mask has no centre", () => {
  assert.deepEqual(summariseMask(maskWith([])), { labels: [], centre: null });
});

test("labels that nobody named still get a name and a colour", () => {
  const named = [{ value: 1, name: "liver", color: "#009e73" }];
  const all = completeLabels(named, [1, 7]);
  assert.deepEqual(all.map((label) => label.name), ["liver", "label 7"]);
  assert.match(all[1].color, /^#[0-9a-f]{6}$/);
});

test("colours become pixels, background stays transparent", () => {
  assert.deepEqual(parseColor("#d55e00"), [213, 94, 0]);
  assert.deepEqual(parseColor("#fa0"), [255, 170, 0]);
  assert.deepEqual(parseColor("no colour"), [255, 255, 255]);
  const table = colorTable([{ value: 2, name: "", color: "#d55e00" }]);
  assert.deepEqual([...new Uint8Array(table.buffer, 8, 4)], [213, 94, 0, 255]);
  assert.equal(table[0], 0);
});
