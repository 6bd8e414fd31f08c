import assert from "node:assert/strict";
import { test } from "node:test";

import { parseNifti } from "../nifti.js";
import { describeMask, EMPTY } from "../view3d/sentences.js";
import { FIRST_VIEW, turned, viewAfterKey, zoomed } from "../view3d/turning.js";
import { wireBytes } from "./wire.js";

const FRONT = { azimuth: 180, elevation: 0, zoom: 1 };

test("turning goes round, tilting stops at the poles", () => {
  assert.equal(turned(FRONT, 200, 0).azimuth, 20);
  assert.equal(turned(FRONT, -200, 0).azimuth, 340);
  assert.equal(turned(FRONT, 0, 200).elevation, 90);
  assert.equal(turned(FRONT, 0, -200).elevation, -90);
});

test("zooming has its limits", () => {
  assert.equal(zoomed(FRONT, 100).zoom, 6);
  assert.equal(zoomed(FRONT, -100).zoom, 0.4);
});

test("arrows turn, plus and minus zoom, Home goes back, other keys are not taken", () => {
  assert.equal(viewAfterKey(FRONT, "ArrowRight").azimuth, 190);
  assert.equal(viewAfterKey(FRONT, "ArrowUp").elevation, -10);
  assert.ok(viewAfterKey(FRONT, "+").zoom > 1);
  assert.ok(viewAfterKey(FRONT, "-").zoom < 1);
  assert.deepEqual(viewAfterKey(FRONT, "Home"), FIRST_VIEW);
  assert.equal(viewAfterKey(FRONT, "v"), null);
});

test("the mask in words: structures by size, in millilitres, also of slanted voxels", () => {
  const mask = parseNifti(wireBytes(Uint8Array.of(1, 2, 2, 0), [4, 1, 1], { affine: [[10, 5, 0, 0], [0, 10, 0, 0], [0, 0, 123.4, 0]] }));
  const nameOf = (label) => ["", "core", "oedema"][label];
  assert.equal(describeMask(mask, () => true, nameOf), "The mask in 3D: oedema 25 ml, core 12 ml.");
  assert.equal(describeMask(mask, (label) => label === 1, nameOf), "The mask in 3D: core 12 ml.");
  assert.equal(describeMask(mask, () => false, nameOf), "All structures of the mask are hidden.");
});

test("an empty mask, and one of many structures", () => {
  const empty = parseNifti(wireBytes(new Uint8Array(4), [4, 1, 1]));
  assert.equal(describeMask(empty, () => true, String), EMPTY);
  const many = parseNifti(wireBytes(Uint8Array.from({ length: 14 }, (_, n) => n + 1), [14, 1, 1]));
  assert.match(describeMask(many, () => true, String), /, and 4 smaller structures\.$/);
});
