/** The correcting tools where a volume, a label or a number ends. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { interpolateSlices } from "../editing/between.js";
import { strokeVoxels } from "../editing/brush.js";
import { ElementList } from "../editing/element_list.js";
import { floodFill } from "../editing/fill.js";
import { holes } from "../editing/holes.js";
import { island, islandsSmallerThan, otherIslands } from "../editing/islands.js";
import { grow, shrink } from "../editing/margin.js";
import { copySlice } from "../editing/neighbour.js";
import { polygonVoxels } from "../editing/polygon.js";
import { rangeTest } from "../editing/range.js";
import { elementAt, makeGrid, PLANES } from "../grid.js";
import { voxelsOf } from "./random_masks.js";

const PLANE_NAMES = Object.keys(PLANES);

/** A slice of a volume of one slice, drawn as on screen; the volume is thin along the plane's through axis. */
function flat(planeName, drawing, Labels = Uint8Array) {
  const rows = drawing.trim().split(/\s+/);
  const plane = PLANES[planeName];
  const dims = [1, 1, 1];
  dims[plane.across] = rows[0].length;
  dims[plane.down] = rows.length;
  const grid = makeGrid(dims, [[-1, 0, 0, 0], [0, 1, 0, 0], [0, 0, -1, 0]]);
  const mask = { grid, data: new Labels(rows.length * rows[0].length) };
  for (const { element, column, row } of screenOf(mask, plane)) mask.data[element] = rows[row][column] === "." ? 0 : Number(rows[row][column]);
  return mask;
}

function screenOf({ grid }, plane) {
  return voxelsOf(grid).map(({ index, element }) => ({
    element,
    column: grid.dims[plane.across] - 1 - index[plane.across],
    row: grid.dims[plane.down] - 1 - index[plane.down],
  }));
}

/** The drawing after some elements were set to a label. */
function drawn(mask, planeName, elements, label) {
  const data = mask.data.slice();
  elements.forEach((element) => (data[element] = label));
  const rows = [];
  for (const { element, column, row } of screenOf(mask, PLANES[planeName])) (rows[row] ??= [])[column] = data[element] || ".";
  return rows.map((row) => row.join("")).join(" ");
}

const indexAt = (mask, planeName, column, row) => {
  const plane = PLANES[planeName];
  const index = [0, 0, 0];
  index[plane.across] = mask.grid.dims[plane.across] - 1 - column;
  index[plane.down] = mask.grid.dims[plane.down] - 1 - row;
  return index;
};

test("a volume of one slice is corrected in 3D as in its plane", () => {
  for (const planeName of PLANE_NAMES) {
    for (const [way, slice] of [[planeName, 0], [null, undefined]]) {
      const mask = flat(planeName, "....... .111... .1.1.2. .111... .......");
      const see = (elements, label) => drawn(mask, planeName, elements, label);
      assert.equal(see(holes(mask, 1, way, slice), 1), "....... .111... .111.2. .111... .......");
      assert.equal(see(grow(mask, 2, 1, way, slice), 2), "....... .111.2. .1.1222 .111.2. .......");
      assert.equal(see(shrink(mask, 1, 1, way, slice), 0), "....... ....... .....2. ....... .......");
      assert.equal(see(floodFill(mask, indexAt(mask, planeName, 2, 2), way), 3), "....... .111... .131.2. .111... .......");
      assert.equal(see(island(mask, indexAt(mask, planeName, 5, 2), way), 4), "....... .111... .1.1.4. .111... .......");
      const painted = new Set();
      const at = indexAt(mask, planeName, 4, 4);
      strokeVoxels(mask.grid, way, at, at, 1, (element) => painted.add(element));
      assert.equal(see(painted, 5), "....... .111... .1.1.2. .1115.. ...555.");
    }
    assert.equal(interpolateSlices(flat(planeName, "111 111"), 1, planeName).length, 0);
  }
});

test("slices across a flat volume are single rows, and tools work in them", () => {
  const mask = flat("axial", "..... 1.1.1 .....");
  assert.equal(drawn(mask, "axial", holes(mask, 1, "coronal", 1), 1), "..... 11111 .....");
  assert.equal(drawn(mask, "axial", grow(mask, 1, 1, "coronal", 1), 1), "..... 11111 .....");
  assert.equal(drawn(mask, "axial", interpolateSlices(mask, 1, "sagittal"), 1), "..... 11111 .....");
});

test("the edge of the volume: no way for shrinking, a way out for holes", () => {
  for (const planeName of PLANE_NAMES) {
    const mask = flat(planeName, "111.. 1.1.. .11..");
    assert.equal(drawn(mask, planeName, shrink(mask, 1, 1, planeName, 0), 0), "1.... ..... .....");
    assert.equal(holes(mask, 1, planeName, 0).length, 1, "a corner of voxels is no way out");
    assert.equal(holes(flat(planeName, "111.. 1.1.. 1.1.."), 1, planeName, 0).length, 0, "the edge is");
    const full = flat(planeName, "111 111");
    assert.equal(shrink(full, 1, 50, planeName, 0).length, 0, "nothing outside to shrink from");
    assert.equal(grow(full, 1, 50, null).length, 0);
    assert.equal(grow(flat(planeName, "1.. ..2"), 1, 1e6, null).length, 5);
  }
});

test("a label that is not there, and an empty mask", () => {
  for (const drawing of ["... ...", ".2. .2."]) {
    const mask = flat("axial", drawing);
    for (const way of [null, "axial"]) {
      const slice = way ? 0 : undefined;
      for (const found of [grow(mask, 1, 2, way, slice), shrink(mask, 1, 2, way, slice), holes(mask, 1, way, slice), island(mask, [0, 0, 0], way)]) {
        assert.ok(found instanceof Uint32Array);
        assert.equal(found.length, 0);
      }
    }
    assert.equal(interpolateSlices(mask, 1, "axial").length, 0);
    assert.equal(islandsSmallerThan(mask, 1, 1e9).length, 0);
    assert.equal(otherIslands(mask, [0, 0, 0]).length, 0);
    assert.equal(copySlice(mask, "sagittal", 0, 1, 1).elements.length, 0);
  }
});

test("margins of nothing, and below nothing, change nothing", () => {
  const mask = flat("axial", "... .1. ...");
  for (const margin of [0, -2, NaN]) {
    assert.equal(grow(mask, 1, margin, null).length, 0);
    assert.equal(shrink(mask, 1, margin, null).length, 0);
  }
});

test("a float32 spacing does not take an exact hit away", () => {
  const spacing = Math.fround(0.7);
  const grid = makeGrid([301, 3, 3], [[spacing, 0, 0, 0], [0, spacing, 0, 0], [0, 0, spacing, 0]]);
  const mask = { grid, data: new Uint8Array(301 * 9) };
  mask.data[elementAt(grid, [150, 1, 1])] = 1;
  const reached = (elements) => Math.max(...[...elements].map((element) => Math.abs((element % 301) - 150)));
  for (const voxels of [1, 3, 10, 100]) {
    // 0.7 mm as the reader chooses it is a little more, or less, than the header's.
    const radius = voxels * 0.7;
    const painted = new Set();
    strokeVoxels(grid, null, [150, 1, 1], [150, 1, 1], radius, (element) => painted.add(element));
    assert.equal(reached(painted), voxels);
    assert.equal(reached(grow(mask, 1, radius, null)), voxels);
  }
});

test("16-bit labels beyond 255 are told from those with the same low byte", () => {
  const mask = flat("axial", "..... ..... .....", Uint16Array);
  const at = (column, row) => elementAt(mask.grid, indexAt(mask, "axial", column, row));
  mask.data[at(1, 1)] = 700;
  mask.data[at(2, 1)] = 700 - 512;
  assert.equal(island(mask, indexAt(mask, "axial", 1, 1), null).length, 1);
  assert.equal(grow(mask, 700, 1, "axial", 0).length, 4);
  assert.equal(floodFill(mask, indexAt(mask, "axial", 2, 1), null).length, 1);
  const { elements, labels } = copySlice(mask, "sagittal", 3, 2, 700);
  assert.deepEqual([[...elements], [...labels], labels.constructor], [[at(2, 1)], [700], Uint16Array]);
});

test("strokes and outlines outside of the volume paint only what lies inside", () => {
  const { grid } = flat("axial", ".... .... ....");
  const painted = (way, from, to, radius) => {
    const found = new Set();
    strokeVoxels(grid, way, from, to, radius, (element) => found.add(element));
    return found.size;
  };
  assert.equal(painted("axial", [-9, 1, 0], [20, 1, 0], 0.5), 4, "across it");
  assert.equal(painted("axial", [0, 0, 7], [3, 2, 7], 5), 0, "another slice");
  assert.equal(painted("axial", [-9, -9, 0], [-5, 1, 0], 2), 0);
  assert.equal(painted(null, [0, 0, 40], [0, 0, 40], 39), 0);
  for (const points of [[], [[1, 1]], [[0, 0], [4, 3]], [[-9, -9], [-5, -9], [-5, -5]]]) {
    assert.equal(polygonVoxels(grid, "axial", 0, points).length, 0);
  }
  assert.equal(polygonVoxels(grid, "axial", 0, [[1, 1], [3, 1], [3, 2], [1, 2], [1, 1]]).length, 2, "closed by hand");
});

test("an outline of a hundred thousand points", () => {
  const grid = makeGrid([200, 200, 1], [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]);
  const points = Array.from({ length: 100000 }, (_, i) => [100 + 50 * Math.cos(i / 15915.5), 100 + 50 * Math.sin(i / 15915.5)]);
  const found = polygonVoxels(grid, "axial", 0, points);
  assert.ok(Math.abs(found.length - Math.PI * 2500) < 40, `${found.length}`);
});

test("there is no slice beside the first and the last", () => {
  const mask = flat("axial", "12 21");
  for (const [from, to] of [[-1, 0], [2, 1], [0, -1], [0, 2]]) assert.equal(copySlice(mask, "sagittal", from, to, 1).elements.length, 0);
});

test("shapes that do not overlap may leave the middle empty; nothing is filled beyond the ends", () => {
  const grid = makeGrid([12, 3, 7], [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]);
  const mask = { grid, data: new Uint8Array(12 * 21) };
  mask.data[elementAt(grid, [1, 1, 1])] = 1;
  mask.data[elementAt(grid, [10, 1, 5])] = 1;
  assert.equal(interpolateSlices(mask, 1, "axial").length, 0);
  const over = { grid, data: mask.data.slice() };
  over.data[elementAt(grid, [1, 1, 5])] = 1;
  over.data[elementAt(grid, [1, 1, 3])] = 2;
  const slices = [...interpolateSlices(over, 1, "axial")].map((element) => [element % 12, Math.floor(element / 36)]);
  assert.deepEqual(slices, [[1, 2], [1, 3], [1, 4]], "another label in the gap is given too");
});

test("a range in the image's units: negative slopes, fractions, open ends and turned bounds", () => {
  const grid = makeGrid([5, 1, 1], [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]);
  const accepted = (image, low, high) => [0, 1, 2, 3, 4].filter(rangeTest({ grid, ...image }, low, high, grid));
  const stored = Int16Array.of(-2, -1, 0, 1, 2);
  assert.deepEqual(accepted({ data: stored, slope: -2, intercept: 1 }, 1, 3), [1, 2]);
  assert.deepEqual(accepted({ data: stored, slope: Math.fround(0.1), intercept: 0 }, -0.1, 0.1), [1, 2, 3]);
  assert.deepEqual(accepted({ data: stored, slope: 1, intercept: 0 }, -Infinity, 0), [0, 1, 2]);
  assert.deepEqual(accepted({ data: stored, slope: 1, intercept: 0 }, 1, -1), [1, 2, 3]);
  assert.deepEqual(accepted({ data: stored, slope: 1, intercept: 0 }, 0.2, 0.8), []);
});

test("a list of elements grows and keeps them", () => {
  const list = new ElementList(1);
  for (let element = 0; element < 1000; element++) list.push(element * 4000000);
  assert.equal(list.toArray()[999], 3996000000);
  assert.equal(list.pop(), 3996000000);
  assert.equal(list.toArray().length, 999);
});
