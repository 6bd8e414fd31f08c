import assert from "node:assert/strict";
import { test } from "node:test";

import { contentsOf } from "../contents.js";
import { MaskEdits } from "../editing/edits.js";
import { PLANES } from "../grid.js";
import { parseNifti } from "../nifti.js";
import { MaskCut } from "../tile.js";
import { fixtureBytes, fixtureIndex, noFixtures } from "./wire.js";

test("a cut that follows the brush shows what a new one shows, in all axis orders", { skip: noFixtures }, () => {
  let seed = 3;
  const random = (n) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
  for (const { file } of fixtureIndex().orders) {
    const { grid, data } = parseNifti(fixtureBytes(file));
    const mask = { grid, data: Uint8Array.from(data, (value) => value % 3) };
    const edits = new MaskEdits(mask);
    const cuts = Object.values(PLANES).map((plane) => ({ plane, slice: random(grid.dims[plane.through]), cut: new MaskCut() }));
    for (let step = 0; step < 12; step++) {
      for (const { plane, slice, cut } of cuts) {
        cut.refresh(mask, plane, slice);
        const anew = new MaskCut();
        anew.refresh({ ...mask, version: 0 }, plane, slice);
        assert.deepEqual(cut.labels, anew.labels, `${file} ${plane.name}`);
        if (anew.box) {
          assert.ok(cut.box.left <= anew.box.left && cut.box.right >= anew.box.right && cut.box.top <= anew.box.top && cut.box.bottom >= anew.box.bottom);
        }
      }
      edits.apply("brush", Array.from({ length: 1 + random(9) }, () => random(mask.data.length)), random(3));
      if (step % 4 === 3) edits.undo();
    }
  }
});

test("a picture is painted anew only when its slice was changed", () => {
  const grid = { dims: [2, 2, 3], strides: [1, 2, 4], origin: 0, spacingMm: [1, 1, 1] };
  const mask = { grid, data: new Uint8Array(12) };
  const edits = new MaskEdits(mask);
  const cut = new MaskCut();
  cut.refresh(mask, PLANES.axial, 1);
  const before = cut.stamp;
  edits.apply("brush", [0], 1);
  cut.refresh(mask, PLANES.axial, 1);
  assert.equal(cut.stamp, before);
  edits.apply("brush", [5], 1);
  cut.refresh(mask, PLANES.axial, 1);
  assert.equal(cut.stamp, before + 1);
  assert.deepEqual([...cut.labels], [0, 0, 1, 0]);
  assert.equal(contentsOf(mask).total, 2);
});
