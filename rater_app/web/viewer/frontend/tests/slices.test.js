import assert from "node:assert/strict";
import { test } from "node:test";

import { makeGrid } from "../grid.js";
import { BOTTOM, copyLabels, END_CONCAVE, labelBorders, LEFT, paintLabels, RIGHT, RUN, START_CONCAVE, TOP, walkSlice } from "../slices.js";

/** Borders of a drawn mask as sorted lines "label side column row length ends". */
function bordersOf(drawing) {
  const rows = drawing.trim().split("\n").map((line) => line.trim());
  const labels = Uint16Array.from(rows.join(""), (character) => (character === "." ? 0 : Number(character)));
  const found = [];
  const [width, height] = [rows[0].length, rows.length];
  const box = copyLabels(labels, { start: 0, across: 1, down: width, width, height }, new Uint16Array(labels.length));
  for (const [label, runs] of labelBorders(labels, width, height, box)) {
    for (let i = 0; i < runs.length; i += RUN) found.push([label, ...runs.slice(i, i + RUN)].join(" "));
  }
  return found.sort();
}

test("one voxel has four sides of its own", () => {
  const drawing = `
    ...
    .1.
    ...`;
  assert.deepEqual(bordersOf(drawing), [`1 ${TOP} 1 1 1 0`, `1 ${BOTTOM} 1 1 1 0`, `1 ${LEFT} 1 1 1 0`, `1 ${RIGHT} 1 1 1 0`].sort());
});

test("straight sides are joined to one run, also at the rim of the image", () => {
  const drawing = `
    222
    222`;
  assert.deepEqual(bordersOf(drawing), [`2 ${TOP} 0 0 3 0`, `2 ${BOTTOM} 0 1 3 0`, `2 ${LEFT} 0 0 2 0`, `2 ${RIGHT} 2 0 2 0`].sort());
});

test("an inward corner prolongs the two lines that meet there", () => {
  const drawing = `
    1..
    11.`;
  assert.deepEqual(
    bordersOf(drawing),
    [
      `1 ${TOP} 0 0 1 0`,
      `1 ${TOP} 1 1 1 ${START_CONCAVE}`,
      `1 ${BOTTOM} 0 1 2 0`,
      `1 ${LEFT} 0 0 2 0`,
      `1 ${RIGHT} 0 0 1 ${END_CONCAVE}`,
      `1 ${RIGHT} 1 1 1 0`,
    ].sort(),
  );
});

test("labels that touch each keep a line on their own side", () => {
  assert.deepEqual(
    bordersOf("12"),
    [`1 ${TOP} 0 0 1 0`, `1 ${BOTTOM} 0 0 1 0`, `1 ${LEFT} 0 0 1 0`, `1 ${RIGHT} 0 0 1 0`,
      `2 ${TOP} 1 0 1 0`, `2 ${BOTTOM} 1 0 1 0`, `2 ${LEFT} 1 0 1 0`, `2 ${RIGHT} 1 0 1 0`].sort(),
  );
});

test("the length of all borders is the perimeter in voxel sides", () => {
  // A ring: 12 sides outside, 4 inside.
  const drawing = `
    333
    3.3
    333`;
  const total = bordersOf(drawing).reduce((sum, line) => sum + Number(line.split(" ")[4]), 0);
  assert.equal(total, 16);
});

test("the box of the labels is found", () => {
  const labels = Uint16Array.from("000000120030000000", Number);
  const walk = { start: 0, across: 1, down: 6, width: 6, height: 3 };
  assert.deepEqual(copyLabels(labels, walk, new Uint16Array(18)), { left: 0, top: 1, right: 4, bottom: 1 });
});

test("labels are painted in their colours", () => {
  const pixels = new Uint32Array(3).fill(7);
  const table = Uint32Array.of(0, 0xff0000ff, 0xff00ff00);
  paintLabels(Uint16Array.of(0, 2, 1), table, pixels, 3, { left: 0, top: 0, right: 2, bottom: 0 });
  assert.deepEqual([...pixels], [0, 0xff00ff00, 0xff0000ff]);
});

test("only the box is painted", () => {
  const pixels = new Uint32Array(6).fill(7);
  paintLabels(Uint16Array.of(1, 1, 1, 1, 0, 1), Uint32Array.of(0, 5), pixels, 3, { left: 1, top: 0, right: 2, bottom: 1 });
  assert.deepEqual([...pixels], [7, 5, 5, 7, 0, 5]);
});

test("nothing is read outside of the box that may hold labels", () => {
  const walk = { start: 0, across: 1, down: 3, width: 3, height: 2 };
  const labels = new Uint16Array(6).fill(9);
  const data = Uint8Array.of(1, 2, 3, 4, 5, 6);
  assert.deepEqual(copyLabels(data, walk, labels, { left: 1, top: 1, right: 2, bottom: 1 }), { left: 1, top: 1, right: 2, bottom: 1 });
  assert.deepEqual([...labels], [0, 0, 0, 0, 5, 6]);
  assert.equal(copyLabels(data, walk, labels, null), null);
  assert.deepEqual([...labels], [0, 0, 0, 0, 0, 0]);
});

test("labels of a slice come in display order, and an empty slice says so", () => {
  const grid = makeGrid([2, 2, 2], [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]);
  const data = Uint8Array.of(0, 0, 0, 0, 1, 2, 3, 4);
  const labels = new Uint16Array(4);
  assert.equal(copyLabels(data, walkSlice(grid, "axial", 0), labels), null);
  assert.deepEqual(copyLabels(data, walkSlice(grid, "axial", 1), labels), { left: 0, top: 0, right: 1, bottom: 1 });
  // Stored 1 2 / 3 4 from left-posterior; on screen right-anterior comes first.
  assert.deepEqual([...labels], [4, 3, 2, 1]);
});
