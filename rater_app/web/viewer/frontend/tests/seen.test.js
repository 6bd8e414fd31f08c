import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import { Seen } from "../seen.js";

afterEach(() => delete globalThis.document);

test("slices that were seen, as stretches", () => {
  const seen = new Seen();
  for (const slice of [5, 0, 1, 2, 1, 9]) seen.add("axial", slice, 10);
  assert.deepEqual(seen.ranges("axial"), [[0, 2], [5, 5], [9, 9]]);
  assert.deepEqual(seen.ranges("coronal"), []);
  assert.equal(seen.count("axial"), 5);
  assert.equal(seen.count("coronal"), 0);
  assert.equal(seen.flags("coronal"), null);
});

test("the version rises with news only", () => {
  const seen = new Seen();
  seen.begin("K7QF");
  seen.add("axial", 3, 10);
  const { version } = seen;
  seen.add("axial", 3, 10);
  seen.add("axial", 10, 10);
  seen.add("axial", -1, 10);
  seen.begin("K7QF");
  assert.equal(seen.version, version);
  seen.add("axial", 4, 10);
  assert.ok(seen.version > version);
});

test("another reading starts with nothing seen", () => {
  const seen = new Seen();
  seen.begin("K7QF");
  seen.add("axial", 3, 10);
  seen.begin("QX22");
  assert.equal(seen.count("axial"), 0);
  assert.deepEqual(seen.ranges("axial"), []);
});

/** A viewer that shows the third of six axial slices. */
const viewerWith = (volumes) => ({ volumes: { grid: { dims: [4, 5, 6] }, hasMasks: true, ...volumes }, stage: { sliceOf: () => 2 } });
const TILE = { content: { plane: "axial" } };

test("what a visible page draws is seen", () => {
  globalThis.document = { visibilityState: "visible" };
  const seen = new Seen();
  seen.drawn(viewerWith({}), TILE);
  assert.deepEqual(seen.ranges("axial"), [[2, 2]]);
  assert.equal(seen.flags("axial").length, 6);
});

test("nothing is seen on a hidden page, or before the mask is here", () => {
  const seen = new Seen();
  globalThis.document = { visibilityState: "hidden" };
  seen.drawn(viewerWith({}), TILE);
  globalThis.document = { visibilityState: "visible" };
  seen.drawn(viewerWith({ hasMasks: false }), TILE);
  assert.equal(seen.version, 0);
});
