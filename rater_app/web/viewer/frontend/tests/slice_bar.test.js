import assert from "node:assert/strict";
import { test } from "node:test";

import { BAR_PX, paintBar, sliceAt, SliceBar, slicesOfRow } from "../slice_bar.js";

test("the last slice is at the top, the first one at the bottom", () => {
  assert.equal(sliceAt(0, 20), 19);
  assert.equal(sliceAt(0.5, 20), 9);
  assert.equal(sliceAt(0.999, 20), 0);
  assert.equal(sliceAt(-3, 20), 19);
  assert.equal(sliceAt(7, 20), 0);
});

test("a place on the bar and the row drawn there mean the same slice", () => {
  for (const [rows, slices] of [[20, 20], [100, 155], [100, 512]]) {
    for (let row = 0; row < rows; row++) {
      const [low, high] = slicesOfRow(row, rows, slices);
      const slice = sliceAt((row + 0.5) / rows, slices);
      assert.ok(low <= slice && slice <= high);
    }
  }
});

test("where there are more slices than rows, every slice has a row", () => {
  for (const [rows, slices] of [[100, 101], [100, 512], [64, 155]]) {
    const found = new Set();
    let lowest = slices;
    for (let row = 0; row < rows; row++) {
      const [low, high] = slicesOfRow(row, rows, slices);
      assert.ok(high >= lowest - 1 && low <= high);
      for (let slice = low; slice <= high; slice++) found.add(slice);
      lowest = low;
    }
    assert.equal(found.size, slices);
  }
});

/** Colours of a painted bar, row by row, from left to right. */
function painted(shown, rows = 4, width = 15) {
  const pixels = new Uint32Array(rows * width);
  paintBar(pixels, width, rows, { line: 2, seen: null, amounts: null, ...shown });
  return Array.from({ length: rows }, (_, row) => [...pixels.subarray(row * width, (row + 1) * width)]);
}

test("the mask is as wide as it is large in the slice, and one voxel is still seen", () => {
  const rows = painted({ slices: 4, amounts: Uint32Array.of(0, 1, 600, 1200) });
  const track = rows[3][0];
  const wide = rows.map((row) => row.filter((color) => color !== track).length);
  assert.deepEqual(wide, [12, 6, 2, 0]);
});

test("an empty mask paints nothing", () => {
  const rows = painted({ slices: 4, amounts: new Uint32Array(4) });
  assert.equal(new Set(rows.flat()).size, 1);
});

test("slices seen have a line, a row of several only when all were", () => {
  const one = painted({ slices: 4, seen: Uint8Array.of(1, 0, 0, 1) });
  const track = one[1][0];
  assert.deepEqual(one.map((row) => row[1] !== track), [true, false, false, true]);
  assert.equal(one[0][2], track);
  const two = painted({ slices: 8, seen: Uint8Array.of(1, 1, 0, 1, 1, 0, 1, 1) });
  assert.deepEqual(two.map((row) => row[0] !== track), [true, false, false, true]);
});

/** A bar over one axial tile of 400 x 300 canvas pixels. */
function barOver(slices, changed = {}) {
  const viewer = {
    position: [1, 2, 3],
    volumes: { grid: { dims: [10, 10, slices] }, mask: null },
    arranged: 0,
    moveTo: (position) => (viewer.position = position),
    arrange: () => viewer.arranged++,
  };
  const tile = { content: { plane: "axial" }, placement: {}, ratio: 2, size: [400, 300], ...changed };
  return { bar: new SliceBar(viewer), viewer, tile };
}

test("presses at the right edge belong to the bar", () => {
  const { bar, tile } = barOver(20);
  assert.equal(bar.covers(tile, [399, 10]), true);
  assert.equal(bar.covers(tile, [400 - 2 * BAR_PX, 299]), true);
  assert.equal(bar.covers(tile, [360, 10]), false);
  assert.equal(bar.isNear(tile, [360, 10]), true);
  assert.equal(bar.isNear(tile, [300, 10]), false);
});

test("no bar for a single slice, a tile without image, or a tiny one", () => {
  for (const [slices, changed] of [[1, {}], [20, { placement: null }], [20, { size: [400, 90] }]]) {
    const { bar, tile } = barOver(slices, changed);
    assert.equal(bar.covers(tile, [395, 10]), false);
    assert.equal(bar.isNear(tile, [395, 10]), false);
  }
});

test("a press goes to the slice there, and the other axes stay", () => {
  const { bar, viewer, tile } = barOver(20);
  bar.go(tile, [395, 4]);
  assert.deepEqual(viewer.position, [1, 2, 19]);
  bar.go(tile, [395, 5]);
  assert.equal(viewer.arranged, 1, "the same slice is not drawn again");
  bar.go(tile, [395, 1000]);
  assert.deepEqual(viewer.position, [1, 2, 0]);
});

test("a finger beside the bar scrolls from the present slice", () => {
  const { bar, viewer, tile } = barOver(20);
  const scroll = bar.startScroll(tile);
  scroll(-29.2);
  assert.equal(viewer.position[2], 5);
  scroll(0);
  assert.equal(viewer.position[2], 3);
  scroll(2000);
  assert.equal(viewer.position[2], 0);
});
