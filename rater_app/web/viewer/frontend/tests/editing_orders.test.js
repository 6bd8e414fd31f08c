/** Every correcting tool on a mask that nibabel wrote in 48 axis orders, straight and oblique, against what SciPy finds on the plain one. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { interpolateSlices } from "../editing/between.js";
import { strokeVoxels } from "../editing/brush.js";
import { floodFill } from "../editing/fill.js";
import { holes } from "../editing/holes.js";
import { island, islandsSmallerThan, otherIslands } from "../editing/islands.js";
import { grow, shrink } from "../editing/margin.js";
import { copySlice } from "../editing/neighbour.js";
import { polygonVoxels } from "../editing/polygon.js";
import { rangeTest } from "../editing/range.js";
import { PLANES, toIndex } from "../grid.js";
import { parseNifti } from "../nifti.js";
import { fixtureBytes, fixtureIndex, noFixtures } from "./wire.js";

const skip = { skip: noFixtures };

/** What the tests know of a stored element comes from nibabel's affine, not from our grid. */
class StoredOrder {
  constructor({ file, stored_dims, stored_affine, mm_to_canonical }, canonical) {
    Object.assign(this, { file, canonical, dims: stored_dims, affine: stored_affine, toCanonical: mm_to_canonical });
    this.mask = parseNifti(fixtureBytes(file));
  }

  /** RAS+ mm of a stored element. */
  mmOf(element) {
    const [ni, nj] = this.dims;
    return apply(this.affine, [element % ni, Math.floor(element / ni) % nj, Math.floor(element / (ni * nj))]);
  }

  indexOf(element) {
    return apply(this.toCanonical, this.mmOf(element)).map(Math.round);
  }

  /** Places of stored elements in the plain mask, x fastest. */
  places(elements) {
    const [nx, ny] = this.canonical.dims;
    return [...elements].map((element) => this.indexOf(element)).map(([x, y, z]) => x + nx * (y + ny * z)).sort((a, b) => a - b);
  }
}

function apply(affine, point) {
  return [0, 1, 2].map((row) => affine[row][0] * point[0] + affine[row][1] * point[1] + affine[row][2] * point[2] + affine[row][3]);
}

function orders() {
  const { masks } = fixtureIndex();
  assert.equal(masks.orders.length, 96);
  return masks.orders.map((order) => new StoredOrder(order, masks.canonical));
}

function strokeOf(grid, plane, from, to, radius) {
  const found = new Set();
  strokeVoxels(grid, plane, from, to, radius, (element) => found.add(element));
  return found;
}

test("margins, islands, holes, fills and slices in between are what SciPy says", skip, () => {
  const { expected } = fixtureIndex().masks;
  const one = expected["at label 1"];
  const tools = {
    grow: (mask) => grow(mask, 1, 1.5, null),
    "grow far": (mask) => grow(mask, 9, 5, null),
    "grow axial": (mask) => grow(mask, 3, 2, "axial", 2),
    "grow coronal": (mask) => grow(mask, 3, 4, "coronal", 3),
    shrink: (mask) => shrink(mask, 1, 1, null),
    "shrink sagittal": (mask) => shrink(mask, 3, 1.5, "sagittal", 6),
    island: (mask) => island(mask, one, null),
    "other islands": (mask) => otherIslands(mask, one),
    "island sagittal": (mask) => island(mask, one, "sagittal"),
    "small islands": (mask) => islandsSmallerThan(mask, 2, 40),
    holes: (mask) => holes(mask, 3, null),
    "holes coronal": (mask) => holes(mask, 3, "coronal", 3),
    "between axial": (mask) => interpolateSlices(mask, 1, "axial"),
    "between coronal": (mask) => interpolateSlices(mask, 2, "coronal"),
    fill: (mask) => floodFill(mask, one, null),
    "fill sagittal": (mask) => floodFill(mask, expected["at background"], "sagittal"),
  };
  assert.deepEqual(Object.keys(tools).sort(), Object.keys(expected).filter((name) => !name.startsWith("at ")).sort());
  for (const order of orders()) {
    const before = order.mask.data.slice();
    for (const [name, use] of Object.entries(tools)) {
      const found = use(order.mask);
      assert.ok(found instanceof Uint32Array, name);
      assert.deepEqual(order.places(found), expected[name], `${name} in ${order.file}`);
    }
    assert.deepEqual(order.mask.data, before, "a tool never writes");
  }
});

test("the brush paints around the millimetre that was aimed at", skip, () => {
  const { canonical, orders: entries } = fixtureIndex().masks;
  const half = canonical.spacing_mm.map((mm) => mm / 2);
  for (const [number, order] of orders().entries()) {
    const { grid } = order.mask;
    const aimed = entries[number].marked_mm;
    const at = toIndex(grid, aimed);
    for (const [plane, radius] of [["axial", 1.6], ["coronal", 1.6], ["sagittal", 1.6], [null, 1.2]]) {
      const found = [...strokeOf(grid, plane, at, at, radius)];
      assert.ok(found.length > 1, "more than the voxel itself");
      const centroid = [0, 1, 2].map((axis) => found.reduce((sum, element) => sum + order.mmOf(element)[axis], 0) / found.length);
      const off = centroid.map((mm, axis) => mm - aimed[axis]);
      assert.ok(Math.hypot(...off) < Math.min(...half), `${order.file} ${plane}: ${off}`);
    }
    assert.equal(order.mask.data[[...strokeOf(grid, null, at, at, 0.1)][0]], 9, order.file);
  }
});

test("a stroke paints the voxels near its way, by nibabel's millimetres", skip, () => {
  const { dims, spacing_mm: spacing } = fixtureIndex().masks.canonical;
  const [from, to, radius] = [[7.3, 0.6, 4.8], [2.2, 5.1, 3.4], 2.4];
  const near = ([x, y, z], through) => {
    const offset = [x, y, z].map((value, axis) => (axis === through ? 0 : (value - from[axis]) * spacing[axis]));
    const way = to.map((value, axis) => (axis === through ? 0 : (value - from[axis]) * spacing[axis]));
    const along = offset.reduce((sum, mm, axis) => sum + mm * way[axis], 0) / way.reduce((sum, mm) => sum + mm * mm, 0);
    const t = Math.min(1, Math.max(0, along));
    return Math.hypot(...offset.map((mm, axis) => mm - t * way[axis])) <= radius;
  };
  const [nx, ny, nz] = dims;
  for (const plane of [null, "axial", "coronal", "sagittal"]) {
    const through = plane ? PLANES[plane].through : -1;
    const expected = [];
    for (let place = 0; place < nx * ny * nz; place++) {
      const index = [place % nx, Math.floor(place / nx) % ny, Math.floor(place / (nx * ny))];
      if (plane && index[through] !== Math.round(to[through])) continue;
      if (near(index, through)) expected.push(place);
    }
    for (const order of orders()) {
      assert.deepEqual(order.places(strokeOf(order.mask.grid, plane, from, to, radius)), expected, `${order.file} ${plane}`);
    }
  }
});

test("an outline on screen takes the patient's voxels under it", skip, () => {
  // On screen the first column is the patient's right (or anterior), the first row anterior (or superior).
  const corner = [[0, 0], [2.4, 0], [2.4, 1.6], [0, 1.6]];
  const expected = {
    axial: [[8, 7, 4], [8, 6, 4], [7, 7, 4], [7, 6, 4]],
    coronal: [[8, 4, 6], [8, 4, 5], [7, 4, 6], [7, 4, 5]],
    sagittal: [[4, 7, 6], [4, 7, 5], [4, 6, 6], [4, 6, 5]],
  };
  const text = (indices) => indices.map((index) => index.join(" ")).sort();
  for (const order of orders()) {
    for (const [plane, indices] of Object.entries(expected)) {
      const found = polygonVoxels(order.mask.grid, plane, 4, corner);
      assert.deepEqual(text([...found].map((element) => order.indexOf(element))), text(indices), `${order.file} ${plane}`);
    }
  }
});

test("a copied slice is the label of the slice beside, in place", skip, () => {
  const all = orders();
  const plain = all.find(({ file }) => file === "mask_RAS_0.nii");
  const [nx, ny] = plain.canonical.dims;
  const labelAt = ([x, y, z]) => plain.mask.data[x + nx * (y + ny * z)];
  for (const [plane, from, to, label] of [["axial", 1, 2, 1], ["coronal", 6, 7, 2], ["sagittal", 3, 4, 3]]) {
    const { through } = PLANES[plane];
    for (const order of all) {
      const { elements, labels } = copySlice(order.mask, plane, from, to, label);
      assert.equal(labels.constructor, order.mask.data.constructor);
      const changed = order.mask.data.slice();
      elements.forEach((element, i) => (changed[element] = labels[i]));
      let differ = 0;
      for (let element = 0; element < changed.length; element++) {
        const index = order.indexOf(element);
        const beside = index.map((value, axis) => (axis === through ? from : value));
        const before = labelAt(index);
        const wanted = index[through] !== to ? before : labelAt(beside) === label ? label : before === label ? 0 : before;
        assert.equal(changed[element], wanted, `${order.file} ${plane} ${index}`);
        differ += wanted === before ? 0 : 1;
      }
      assert.ok(differ > 3);
      assert.equal(elements.length, differ, "only what changes is told");
    }
  }
});

test("intensities are looked up under the voxel, for every pair of stored orders", skip, () => {
  const images = fixtureIndex().orders.filter(({ oblique }) => oblique === 0).map(({ file }) => parseNifti(fixtureBytes(file)));
  for (const image of images) {
    for (const { grid, data } of images) {
      const accept = rangeTest(image, 20, 23, grid);
      assert.deepEqual([...data.keys()].filter(accept).map((element) => data[element]).sort(), [20, 21, 22, 23]);
    }
  }
});
