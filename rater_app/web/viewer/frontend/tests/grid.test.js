import assert from "node:assert/strict";
import { test } from "node:test";

import { availablePlanes, cornerDistanceMm, describeMm, elementAt, fromPixel, makeGrid, PLANES, toIndex, toMm, toPixel } from "../grid.js";
import { parseNifti } from "../nifti.js";
import { paintSlice, walkSlice } from "../slices.js";
import { fixtureBytes, fixtureIndex, noFixtures } from "./wire.js";

const RAS = [[2, 0, 0, -10], [0, 3, 0, -20], [0, 0, 4, -30]];
const LPS = [[-2, 0, 0, 10], [0, -3, 0, 20], [0, 0, 4, -30]];

test("a volume stored to the left and posterior is walked backwards", () => {
  const grid = makeGrid([5, 6, 7], LPS);
  assert.deepEqual(grid.dims, [5, 6, 7]);
  assert.deepEqual(grid.strides, [-1, -5, 30]);
  assert.equal(grid.origin, 4 + 25);
  // The stored voxel (0, 0, 0) is the one furthest right and anterior: patient index (4, 5, 0) at (10, 20, -30) mm.
  assert.equal(elementAt(grid, [4, 5, 0]), 0);
  assert.deepEqual(toMm(grid, [4, 5, 0]), [10, 20, -30]);
});

test("patient right is on the left of axial and coronal images, anterior up or left, superior up", () => {
  const grid = makeGrid([5, 6, 7], RAS);
  // The voxel furthest right, anterior and superior is the first column and row wherever these directions are shown.
  const corner = [4, 5, 6];
  for (const plane of Object.values(PLANES)) assert.deepEqual(toPixel(grid, plane, corner), [0, 0], plane.name);
  assert.deepEqual(Object.values(PLANES).map((plane) => Object.values(plane.letters).join("")), ["RLAP", "RLSI", "APSI"]);
});

test("pixels and voxels are inverse to each other, and stay inside the volume", () => {
  const grid = makeGrid([5, 6, 7], LPS);
  for (const plane of Object.values(PLANES)) {
    const index = [1, 2, 3];
    const [column, row] = toPixel(grid, plane, index);
    assert.deepEqual(fromPixel(grid, plane, column + 0.9, row + 0.1, index), index);
    const outside = fromPixel(grid, plane, -3, 99, index);
    assert.equal(outside[plane.across], grid.dims[plane.across] - 1);
    assert.equal(outside[plane.down], 0);
  }
});

test("millimetres and indices are inverse to each other for an oblique grid", () => {
  const [c, s] = [Math.cos(0.3), Math.sin(0.3)];
  const grid = makeGrid([4, 4, 4], [[0, -2 * s, 3 * c, 5], [0, 2 * c, 3 * s, 6], [1.5, 0, 0, 7]]);
  const index = [1.25, -2, 3.5];
  toIndex(grid, toMm(grid, index)).forEach((n, axis) => assert.ok(Math.abs(n - index[axis]) < 1e-9));
  assert.ok(Math.abs(grid.obliqueDeg - (0.3 * 180) / Math.PI) < 1e-6);
});

test("a straight volume is not oblique", () => assert.equal(makeGrid([2, 3, 4], LPS).obliqueDeg, 0));

test("a flat image is shown in its own plane only", () => {
  assert.deepEqual(availablePlanes(makeGrid([8, 8, 1], RAS)), ["axial"]);
  assert.deepEqual(availablePlanes(makeGrid([8, 1, 8], RAS)), ["coronal"]);
  assert.deepEqual(availablePlanes(makeGrid([1, 8, 8], RAS)), ["sagittal"]);
  assert.deepEqual(availablePlanes(makeGrid([8, 8, 8], RAS)), ["axial", "coronal", "sagittal"]);
});

test("grids are compared by their corners, whatever the stored order", () => {
  const one = makeGrid([5, 6, 7], [[2, 0, 0, -10], [0, 3, 0, -20], [0, 0, 4, -30]]);
  const flipped = makeGrid([5, 6, 7], [[-2, 0, 0, -2], [0, -3, 0, -5], [0, 0, 4, -30]]);
  assert.equal(cornerDistanceMm(one, flipped), 0);
  assert.equal(cornerDistanceMm(one, makeGrid([5, 6, 7], [[2, 0, 0, -9], [0, 3, 0, -20], [0, 0, 4, -30]])), 1);
  assert.equal(cornerDistanceMm(one, makeGrid([5, 6, 8], RAS)), Infinity);
});

test("positions are written with the patient's directions", () => {
  assert.equal(describeMm([12.34, -5, 0]), "R 12.3  P 5.0  S 0.0");
});

test("slices of all 48 axis orders and of oblique volumes show the same picture", { skip: noFixtures }, () => {
  const { orders, canonical } = fixtureIndex();
  assert.equal(orders.filter((order) => order.oblique === 0).length, 48);
  assert.equal(orders.filter((order) => order.oblique > 0).length, 48);
  const [nx, ny] = canonical.dims;
  const value = (x, y, z) => canonical.values[x + nx * (y + ny * z)];
  const identity = Uint32Array.from({ length: 65536 }, (_, i) => i);
  for (const { file, oblique } of orders) {
    const { data, grid } = parseNifti(fixtureBytes(file));
    assert.deepEqual(grid.dims, canonical.dims, file);
    assert.ok(Math.abs(grid.obliqueDeg - oblique) < 0.01, `${file}: ${grid.obliqueDeg}`);
    grid.spacingMm.forEach((mm, axis) => assert.ok(Math.abs(mm - canonical.spacing_mm[axis]) < 1e-5, file));
    for (const plane of Object.values(PLANES)) {
      for (let slice = 0; slice < grid.dims[plane.through]; slice++) {
        const walk = walkSlice(grid, plane.name, slice);
        const pixels = new Uint32Array(walk.width * walk.height);
        paintSlice(data, walk, identity, pixels);
        for (let row = 0; row < walk.height; row++) {
          for (let column = 0; column < walk.width; column++) {
            // Radiological display: columns and rows run against the RAS+ directions.
            const index = [0, 0, 0];
            index[plane.across] = walk.width - 1 - column;
            index[plane.down] = walk.height - 1 - row;
            index[plane.through] = slice;
            assert.equal(pixels[row * walk.width + column], value(...index), `${file} ${plane.name} ${index}`);
          }
        }
      }
    }
  }
});
