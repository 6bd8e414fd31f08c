import assert from "node:assert/strict";
import { test } from "node:test";

import { MaskContents } from "../contents.js";
import { MaskEdits } from "../editing/edits.js";
import { parseNifti } from "../nifti.js";
import { wireBytes } from "./wire.js";

const mask = (voxels) => parseNifti(wireBytes(voxels, [voxels.length, 1, 1]));
const row = (edits) => [...edits.mask.data].join("");

test("a step changes, is taken back and made again", () => {
  const edits = new MaskEdits(mask(Uint8Array.of(0, 1, 1, 2, 0)));
  edits.apply("brush", [0, 1, 2], 3);
  edits.apply("eraser", [2, 3], 0);
  assert.equal(row(edits), "33000");
  edits.undo();
  assert.equal(row(edits), "33320");
  edits.undo();
  assert.equal(row(edits), "01120");
  assert.equal(edits.undo(), null);
  edits.redo();
  edits.redo();
  assert.equal(row(edits), "33000");
  assert.equal(edits.redo(), null);
});

test("a new step ends what could be made again", () => {
  const edits = new MaskEdits(mask(Uint8Array.of(0, 0, 0)));
  edits.apply("brush", [0], 1);
  edits.undo();
  edits.apply("brush", [1], 1);
  assert.equal(edits.canRedo, false);
  edits.undo();
  assert.equal(row(edits), "000");
});

test("a voxel that one step changed twice goes back to what it was first", () => {
  const edits = new MaskEdits(mask(Uint8Array.of(7, 0)));
  const stroke = edits.begin("brush");
  stroke.set(0, 1);
  stroke.set(0, 2);
  stroke.end();
  assert.equal(row(edits), "20");
  edits.undo();
  assert.equal(row(edits), "70");
  edits.redo();
  assert.equal(row(edits), "20");
});

test("protected labels stay, whatever the tool; a step of nothing is none", () => {
  const edits = new MaskEdits(mask(Uint8Array.of(2, 0, 1)));
  edits.protectedLabels.add(2);
  edits.apply("brush", [0, 1], 1);
  assert.equal(row(edits), "211");
  assert.equal(edits.apply("eraser", [0], 0), null);
  assert.equal(edits.apply("brush", [1, 2], 1), null);
  assert.equal(edits.done.length, 1);
});

test("a stroke that is called off leaves no trace", () => {
  const edits = new MaskEdits(mask(Uint8Array.of(0, 1, 2)));
  const stroke = edits.begin("brush");
  stroke.set(0, 3);
  stroke.set(2, 3);
  stroke.cancel();
  assert.equal(row(edits), "012");
  assert.equal(edits.canUndo, false);
  assert.deepEqual(edits.contents.labels, [1, 2]);
});

test("a copy of the mask can be had as it was before the stroke under way", () => {
  const edits = new MaskEdits(mask(Uint8Array.of(7, 0, 3)));
  const stroke = edits.begin("brush");
  stroke.set(0, 1);
  stroke.set(0, 2);
  stroke.set(1, 2);
  const copy = edits.mask.data.slice();
  stroke.takeFrom(copy);
  assert.deepEqual([...copy], [7, 0, 3]);
  assert.equal(row(edits), "223");
});

test("protection is of the label that is there, not of the one that comes", () => {
  const edits = new MaskEdits(mask(Uint8Array.of(0, 1)));
  edits.protectedLabels.add(2);
  edits.apply("brush", [0, 1], 2);
  assert.equal(row(edits), "22");
});

test("steps that are taken back make room", () => {
  const edits = new MaskEdits(mask(new Uint8Array(40)), undefined, 60);
  for (let i = 0; i < 10; i++) {
    edits.apply("brush", [i], 1);
    edits.undo();
  }
  for (let i = 0; i < 10; i++) edits.apply("brush", [i], 1);
  assert.equal(edits.done.length, 10);
});

test("random edits: undoing all gives the first mask, redoing all the last, and the contents always tell the truth", () => {
  let seed = 12345;
  const random = (n) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
  const first = Uint16Array.from({ length: 600 }, () => random(5));
  const edits = new MaskEdits(parseNifti(wireBytes(Uint16Array.from(first), [10, 12, 5])));
  for (let step = 0; step < 60; step++) {
    if (random(4) === 0) edits.undo();
    else if (random(5) === 0) edits.redo();
    else edits.apply("brush", Array.from({ length: 1 + random(90) }, () => random(600)), random(5) * 200);
  }
  while (edits.canRedo) edits.redo();
  const last = Uint16Array.from(edits.mask.data);
  while (edits.undo());
  assert.deepEqual(Uint16Array.from(edits.mask.data), first);
  assert.deepEqual(edits.contents.perSlice, new MaskContents(edits.mask).perSlice);
  while (edits.redo());
  assert.deepEqual(Uint16Array.from(edits.mask.data), last);
  assert.deepEqual(edits.contents.labels, new MaskContents(edits.mask).labels);
});

test("the oldest steps go when they take too much memory; the mask keeps them", () => {
  const edits = new MaskEdits(mask(new Uint8Array(100)), undefined, 200);
  for (let i = 0; i < 100; i++) edits.apply("brush", [i], 1);
  assert.equal(edits.done.length, Math.floor(200 / 6));
  while (edits.undo());
  assert.equal(edits.mask.data.reduce((sum, label) => sum + label, 0), 100 - Math.floor(200 / 6));
});

test("every step is told, with its way", () => {
  const told = [];
  const edits = new MaskEdits(mask(Uint8Array.of(0, 0)), (step, way) => told.push([step.tool, way, step.elements.length]));
  edits.apply("fill", [0, 1], 4);
  edits.undo();
  edits.redo();
  assert.deepEqual(told, [["fill", "done", 2], ["fill", "undone", 2], ["fill", "done", 2]]);
});

test("the mask is drawn anew after every change", () => {
  const edits = new MaskEdits(mask(Uint8Array.of(0, 0)));
  const versions = [edits.mask.version];
  edits.apply("brush", [0], 1);
  versions.push(edits.mask.version);
  edits.undo();
  versions.push(edits.mask.version);
  assert.equal(new Set(versions).size, 3);
});
