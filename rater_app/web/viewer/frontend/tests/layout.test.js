import assert from "node:assert/strict";
import { test } from "node:test";

import { freshPair, layoutsFor, LAYOUTS, MOST_TILES, nextOf, pairWith, tilesFor } from "../layout.js";

const ALL_PLANES = ["axial", "coronal", "sagittal"];

test("layouts that make no sense for a case are not offered", () => {
  assert.deepEqual(layoutsFor(ALL_PLANES, 4), ["planes", "single", "channels", "pair", "3d"]);
  assert.deepEqual(layoutsFor(ALL_PLANES, 1), ["planes", "single", "3d"]);
  assert.deepEqual(layoutsFor(["axial"], 1), ["single"]);
  assert.deepEqual(layoutsFor(["axial"], 2, true), ["single", "channels", "compare"]);
});

test("tiles of each layout", () => {
  const shown = { planes: ALL_PLANES, plane: "coronal", channel: 1, pair: [1, 3], data: { channels: Array(5) } };
  const short = (layout) => tilesFor(layout, shown).map(({ plane, channel, mask }) => `${plane} ${channel} ${mask}`);
  assert.deepEqual(short("planes"), ["axial 1 first", "coronal 1 first", "sagittal 1 first"]);
  assert.deepEqual(short("3d"), short("planes"));
  assert.deepEqual(short("single"), ["coronal 1 first"]);
  assert.deepEqual(short("channels"), [0, 1, 2, 3].map((channel) => `coronal ${channel} first`));
  assert.deepEqual(short("pair"), [1, 3].flatMap((channel) => ALL_PLANES.map((plane) => `${plane} ${channel} first`)));
  assert.deepEqual(short("compare"), ["coronal 1 first", "coronal 1 second"]);
  for (const { name } of LAYOUTS) assert.ok(tilesFor(name, shown).length <= MOST_TILES);
});

test("in the pair, a channel takes the row of the one that was shown before it", () => {
  assert.deepEqual(pairWith([0, 1], 0, 2, 4), [2, 1]);
  assert.deepEqual(pairWith([0, 1], 1, 2, 4), [0, 2]);
  assert.deepEqual(pairWith([0, 1], 0, 1, 4), [0, 1], "a channel of the other row only becomes the one that keys act on");
  assert.deepEqual(pairWith([0, 1], 3, 2, 4), [2, 3], "a pair without the shown channel starts anew");
  assert.deepEqual(freshPair(3, 4), [3, 0]);
});

test("cycling starts again after the last, and at the first for an unknown name", () => {
  assert.equal(nextOf(["a", "b"], "b"), "a");
  assert.equal(nextOf(["a", "b"], "custom"), "a");
});
