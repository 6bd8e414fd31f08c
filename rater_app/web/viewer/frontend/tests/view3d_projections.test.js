import assert from "node:assert/strict";
import { test } from "node:test";

import { elementAt, PLANES, toPixel } from "../grid.js";
import { colorTable } from "../masks.js";
import { parseNifti } from "../nifti.js";
import { partsOf } from "../view3d/projection_canvas.js";
import { DIRECTIONS, paintProjection, projectMask } from "../view3d/projections.js";
import { fixtureBytes, fixtureIndex, noFixtures, wireBytes } from "./wire.js";

/** A mask of 5 x 4 x 3 voxels of 1 x 2 x 3 mm with labels at some patient indices. */
function maskWith(points, Voxels = Uint8Array) {
  const affine = [[1, 0, 0, 0], [0, 2, 0, 0], [0, 0, 3, 0]];
  const voxels = new Voxels(60);
  const { grid } = parseNifti(wireBytes(voxels, [5, 4, 3], { affine }));
  for (const [label, index] of points) voxels[elementAt(grid, index)] = label;
  return parseNifti(wireBytes(voxels, [5, 4, 3], { affine }));
}

/** Rows of a projection as digits. */
const drawn = ({ width, height, label }) => Array.from({ length: height }, (_, row) => label.slice(row * width, (row + 1) * width).join(""));

/** The same ray by ray: walk from the eye until a visible label is met. */
function projectSlowly({ data, grid }, { plane, nearIsHigh }, isVisible) {
  const [columns, rows] = [grid.dims[plane.across], grid.dims[plane.down]];
  const n = grid.dims[plane.through];
  const met = Array.from({ length: rows }, () => Array(columns).fill(0));
  const walk = (x, y) => {
    for (let step = 0; step < n; step++) {
      const index = [0, 0, 0];
      index[plane.across] = x;
      index[plane.down] = y;
      index[plane.through] = nearIsHigh ? n - 1 - step : step;
      const label = data[elementAt(grid, index)];
      if (label === 0 || !isVisible(label)) continue;
      const [column, row] = toPixel(grid, plane, index);
      met[row][column] = label;
      return;
    }
  };
  for (let x = 0; x < columns; x++) for (let y = 0; y < rows; y++) walk(x, y);
  return met;
}

test("the nearest label is seen: from the front, from the left, from the feet", () => {
  // Along each axis, in this order from its low end: label 1, then label 2.
  const cases = { anterior: [[2, 0, 1], [2, 3, 1], 2], left: [[0, 2, 1], [4, 2, 1], 1], inferior: [[2, 2, 0], [2, 2, 2], 1] };
  for (const [direction, [low, high, nearest]] of Object.entries(cases)) {
    const mask = maskWith([[1, low], [2, high]]);
    assert.deepEqual([...projectMask(mask, direction).label], [nearest], direction);
    assert.deepEqual([...projectMask(mask, direction, (label) => label !== nearest).label], [3 - nearest], direction);
  }
});

test("right is on the left of the views from the front and from below, anterior on the left of the one from the left", () => {
  const mask = maskWith([[1, [4, 3, 2]], [2, [0, 0, 0]]]);
  assert.deepEqual(drawn(projectMask(mask, "anterior")), ["10000", "00000", "00002"]);
  assert.deepEqual(drawn(projectMask(mask, "left")), ["1000", "0000", "0002"]);
  assert.deepEqual(drawn(projectMask(mask, "inferior")), ["10000", "00000", "00000", "00002"]);
  const letters = Object.values(DIRECTIONS).map(({ plane }) => plane.letters.left + plane.letters.top);
  assert.deepEqual(letters, ["RS", "AS", "RA"]);
});

test("depth is in millimetres from the nearest labelled slice, and nothing is infinitely far", () => {
  const mask = maskWith([[1, [0, 3, 0]], [1, [1, 1, 0]], [1, [3, 3, 0]]]);
  assert.deepEqual([...projectMask(mask, "anterior").depth], [0, Infinity, 4, 0]);
});

test("a projection holds the labelled part alone, and says where that lies in its plane", () => {
  const mask = maskWith([[7, [3, 1, 2]], [7, [2, 1, 1]]]);
  const { width, height, left, top, spacingMm } = projectMask(mask, "anterior");
  assert.deepEqual([width, height, left, top], [2, 2, ...toPixel(mask.grid, PLANES.coronal, [3, 1, 2])]);
  assert.deepEqual(spacingMm, [1, 3]);
});

test("an empty mask gives no projection; one with all labels hidden an empty one", () => {
  assert.equal(projectMask(maskWith([]), "left"), null);
  assert.deepEqual([...projectMask(maskWith([[1, [0, 0, 0]]]), "left", () => false).label], [0]);
});

test("labels above 255 are seen too", () => {
  assert.deepEqual([...projectMask(maskWith([[4711, [1, 1, 1]]], Uint16Array), "inferior").label], [4711]);
});

test("projections agree with a walk along each ray, in all 48 axis orders", { skip: noFixtures }, () => {
  for (const { file } of fixtureIndex().orders) {
    const { grid, data } = parseNifti(fixtureBytes(file));
    const mask = { grid, data: Uint8Array.from(data, (value) => (value % 5 === 0 ? 1 + (value % 3) : 0)) };
    const isVisible = (label) => label !== 3;
    for (const [name, direction] of Object.entries(DIRECTIONS)) {
      const { width, height, left, top, label } = projectMask(mask, name, isVisible);
      const whole = projectSlowly(mask, direction, isVisible);
      const part = whole.slice(top, top + height).flatMap((row) => row.slice(left, left + width));
      assert.deepEqual([...label], part, `${file} ${name}`);
      const seen = whole.flat().filter((n) => n > 0).length;
      assert.equal(part.filter((n) => n > 0).length, seen, `${file} ${name}`);
    }
  }
});

test("farther surfaces are darker, and the background is clear", () => {
  const mask = maskWith([[1, [4, 3, 0]], [1, [2, 0, 0]]]);
  const projection = projectMask(mask, "anterior");
  const pixels = new Uint32Array(projection.width * projection.height);
  paintProjection(projection, colorTable([{ value: 1, color: "#80ff00" }]), pixels);
  const [near, nothing, far] = pixels;
  assert.equal(nothing, 0);
  assert.equal(near, 0xff00ff80);
  assert.equal(far >>> 24, 0xff);
  assert.ok((far & 0xff) < 0x50);
});

test("a wide tile has the views in a row, another one in two rows", () => {
  assert.deepEqual(partsOf([900, 300]), [[0, 0, 300, 300], [300, 0, 300, 300], [600, 0, 300, 300]]);
  assert.deepEqual(partsOf([400, 400]), [[0, 0, 200, 200], [200, 0, 200, 200], [0, 200, 200, 200]]);
});
