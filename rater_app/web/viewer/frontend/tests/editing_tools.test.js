import assert from "node:assert/strict";
import { test } from "node:test";

import { interpolateSlices } from "../editing/between.js";
import { squaredDistances } from "../editing/distance.js";
import { differences } from "../editing/actions.js";
import { floodFill } from "../editing/fill.js";
import { holes } from "../editing/holes.js";
import { island, islandsSmallerThan, otherIslands } from "../editing/islands.js";
import { grow, shrink } from "../editing/margin.js";
import { copySlice } from "../editing/neighbour.js";
import { polygonVoxels } from "../editing/polygon.js";
import { rangeTest } from "../editing/range.js";
import { elementAt, makeGrid, PLANES, toMm } from "../grid.js";
import { parseNifti } from "../nifti.js";
import { after, at, seen, stroke } from "./drawn_masks.js";
import { fixtureBytes, fixtureIndex, noFixtures, wireBytes } from "./wire.js";

test("the brush is round in millimetres on voxels that are not", () => {
  const mask = seen([Array(7).fill("...........").join(" ")], [1, 2, 1]);
  const found = stroke(mask.grid, "axial", at(mask, 5, 3, 0), at(mask, 5, 3, 0), 4);
  // 4 mm are four columns and two rows; at one row (2 mm) off, sqrt(16 - 4) = 3.46 mm.
  assert.deepEqual(after(mask, found, 1), ["........... .....1..... ..1111111.. .111111111. ..1111111.. .....1..... ..........."]);
});

test("a brush smaller than a voxel paints one, and never outside", () => {
  const { grid } = seen(["..... ..... ....."], [4, 4, 4]);
  assert.deepEqual([...stroke(grid, "axial", [2.4, 1, 0], [2.4, 1, 0], 0.5)], [elementAt(grid, [2, 1, 0])]);
  assert.equal(stroke(grid, "axial", [9, 1, 0], [9, 1, 0], 2).size, 0);
  assert.equal(stroke(grid, null, [-3, 1, 0], [-3, 1, 0], 13).size, 3);
});

test("a fast stroke leaves no gaps: the way between two points is painted", () => {
  const mask = seen([Array(5).fill(".........").join(" ")]);
  const found = stroke(mask.grid, "axial", at(mask, 1, 2, 0), at(mask, 7, 2, 0), 1);
  assert.deepEqual(after(mask, found, 1), ["......... .1111111. 111111111 .1111111. ........."]);
});

test("a ball reaches through slices as far as its radius, a disc does not leave its slice", () => {
  const grid = makeGrid([21, 21, 11], [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 4, 0]]);
  const slices = (found) => new Set([...found].map((element) => Math.floor(element / 441)));
  assert.deepEqual([...slices(stroke(grid, null, [10, 10, 5], [10, 10, 5], 8))].sort((a, b) => a - b), [3, 4, 5, 6, 7]);
  assert.deepEqual([...slices(stroke(grid, "axial", [10, 10, 5], [10, 10, 5], 8))], [5]);
});

test("a ball is what brute force says it is, for random places, radii and strokes", () => {
  let seed = 99;
  const random = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
  for (let round = 0; round < 60; round++) {
    const dims = [7, 6, 5];
    const spacing = [0.6 + random(), 0.6 + random(), 1 + 3 * random()];
    const grid = makeGrid(dims, [[-spacing[0], 0, 0, 3], [0, 0, spacing[1], 1], [0, spacing[2], 0, 2]]);
    const [from, to] = [0, 1].map(() => grid.dims.map((n) => random() * (n - 1)));
    const radius = 0.3 + 3 * random();
    const wanted = new Set([elementAt(grid, to.map(Math.round))]);
    const mm = (index) => index.map((value, axis) => value * grid.spacingMm[axis]);
    for (let x = 0; x < grid.dims[0]; x++) {
      for (let y = 0; y < grid.dims[1]; y++) {
        for (let z = 0; z < grid.dims[2]; z++) {
          const [p, a, b] = [mm([x, y, z]), mm(from), mm(to)];
          const way = b.map((v, i) => v - a[i]);
          const length2 = way.reduce((sum, v) => sum + v * v, 0);
          const t = Math.min(1, Math.max(0, p.reduce((sum, v, i) => sum + (v - a[i]) * way[i], 0) / length2));
          if (Math.hypot(...p.map((v, i) => v - a[i] - t * way[i])) <= radius * (1 + 1e-6)) wanted.add(elementAt(grid, [x, y, z]));
        }
      }
    }
    assert.deepEqual([...stroke(grid, null, from, to, radius)].sort((m, n) => m - n), [...wanted].sort((m, n) => m - n));
  }
});

test("filling stays within the label, the slice and what is accepted", () => {
  const mask = seen(["11111 1...1 1.2.1 1...1 11111", "..... ..... ..... ..... ....."]);
  const flat = floodFill(mask, at(mask, 1, 1, 0), "axial");
  assert.deepEqual(after(mask, flat, 3), ["11111 13331 13231 13331 11111", "..... ..... ..... ..... ....."]);
  assert.equal(floodFill(mask, at(mask, 1, 1, 0), null).length, 8 + 25);
  const left = elementAt(mask.grid, at(mask, 1, 2, 0));
  assert.equal(floodFill(mask, at(mask, 1, 1, 0), "axial", { accept: (element) => element !== left }).length, 7);
  assert.equal(floodFill(mask, at(mask, 1, 1, 0), "axial", { accept: () => false }).length, 0);
  assert.equal(floodFill(mask, at(mask, 1, 1, 0), "axial", { most: 7 }), null);
  assert.equal(floodFill(mask, at(mask, 1, 1, 0), "axial", { most: 8 }).length, 8);
});

test("an outline holds the voxels whose centres are inside", () => {
  const mask = seen(["...... ...... ...... ......"]);
  const triangle = polygonVoxels(mask.grid, "axial", 0, [[0, 0], [6, 0], [0, 4]]);
  // At row r + 0.5 the side lies at column 6 - 1.5 (r + 0.5).
  assert.deepEqual(after(mask, triangle, 1), ["11111. 1111.. 11.... 1....."]);
  const bow = polygonVoxels(mask.grid, "axial", 0, [[0, 0], [6, 4], [6, 0], [0, 4]]);
  assert.deepEqual(after(mask, bow, 1), ["1....1 11..11 11..11 1....1"]);
  assert.equal(polygonVoxels(mask.grid, "axial", 0, [[-9, -9], [99, -9], [99, 99], [-9, 99]]).length, 24);
});

test("only voxels between two intensities, in the image's units, both ends included", () => {
  const image = parseNifti(wireBytes(Int16Array.of(-3, 0, 4, 9), [4, 1, 1], { slope: 0.5, intercept: 10 }));
  const accept = rangeTest(image, 10, 12, image.grid);
  assert.deepEqual([0, 1, 2, 3].map(accept), [false, true, true, false]);
});

test("intensities are looked up under the voxel, however image and mask are stored", { skip: noFixtures }, () => {
  const { orders } = fixtureIndex();
  const first = parseNifti(fixtureBytes(orders[0].file));
  for (const { file } of orders.filter(({ oblique }) => oblique === 0)) {
    const image = parseNifti(fixtureBytes(file));
    for (const wanted of [1, 17, 60]) {
      const accept = rangeTest(image, wanted, wanted, first.grid);
      const found = [...first.data.keys()].filter(accept);
      assert.deepEqual(found.map((element) => first.data[element]), [wanted], file);
    }
  }
});

test("distances are those of brute force", () => {
  let seed = 5;
  const random = () => (seed = (seed * 1103515245 + 12345) % 2147483648) / 2147483648;
  for (let round = 0; round < 30; round++) {
    const sizes = [1 + Math.floor(random() * 6), 1 + Math.floor(random() * 6), 1 + Math.floor(random() * 5)];
    const spacing = [0.5 + random(), 0.5 + random(), 0.5 + 4 * random()];
    const marks = Uint8Array.from({ length: sizes[0] * sizes[1] * sizes[2] }, () => (random() < 0.15 ? 1 : 0));
    const place = (n) => [n % sizes[0], Math.floor(n / sizes[0]) % sizes[1], Math.floor(n / (sizes[0] * sizes[1]))];
    const found = squaredDistances(sizes, spacing, marks, [0, 1, 2]);
    marks.forEach((_, n) => {
      let nearest = Infinity;
      marks.forEach((mark, m) => {
        if (mark) nearest = Math.min(nearest, place(n).reduce((sum, v, axis) => sum + ((v - place(m)[axis]) * spacing[axis]) ** 2, 0));
      });
      assert.ok(found[n] === nearest || Math.abs(found[n] - nearest) < 1e-9, `${n}: ${found[n]} ${nearest}`);
    });
  }
});

test("growing and shrinking by a margin in millimetres", () => {
  const mask = seen(["....... ....... ...1... ....... ......."], [1, 2, 1]);
  assert.deepEqual(after(mask, grow(mask, 1, 2, "axial", 0), 1), ["....... ...1... .11111. ...1... ......."]);
  assert.equal(grow(mask, 2, 2, "axial", 0).length, 0);
  const block = seen(["....... .11111. .11111. .11111. ......."]);
  assert.deepEqual(after(block, shrink(block, 1, 1, "axial", 0), 0), ["....... ....... ..111.. ....... ......."]);
  assert.equal(shrink(block, 1, 0.9, "axial", 0).length, 0);
});

test("a label that the edge of the volume cuts does not shrink from there", () => {
  const mask = seen(["111.. 111.. 111.."]);
  assert.deepEqual(after(mask, shrink(mask, 1, 1, "axial", 0), 0), ["11... 11... 11..."]);
});

test("growing in 3D keeps to the true distance between slices", () => {
  const mask = seen(["... ... ...", "... .1. ...", "... ... ..."], [1, 1, 3]);
  assert.deepEqual(after(mask, grow(mask, 1, 2.9, null), 1), ["... ... ...", "111 111 111", "... ... ..."]);
  assert.deepEqual(after(mask, grow(mask, 1, 3, null), 1), ["... .1. ...", "111 111 111", "... .1. ..."]);
});

test("an island is what hangs together, also over corners", () => {
  const mask = seen(["11.... ..1... .....1 ....1.", "...... ...1.. ...... .....2"]);
  assert.deepEqual(after(mask, island(mask, at(mask, 0, 0, 0), "axial"), 9)[0], "99.... ..9... .....1 ....1.");
  assert.deepEqual(after(mask, island(mask, at(mask, 0, 0, 0), null), 9), ["99.... ..9... .....1 ....1.", "...... ...9.. ...... .....2"]);
  assert.equal(island(mask, at(mask, 3, 3, 0), null).length, 0);
  assert.deepEqual(after(mask, otherIslands(mask, at(mask, 0, 0, 0)), 0), ["11.... ..1... ...... ......", "...... ...1.. ...... .....2"]);
});

test("small islands are told by their volume", () => {
  const mask = seen(["11..1 ..... 1...."], [1, 1, 2]);
  assert.deepEqual(after(mask, islandsSmallerThan(mask, 1, 4), 0), ["11... ..... ....."]);
  assert.deepEqual(after(mask, islandsSmallerThan(mask, 1, 2), 0), ["11..1 ..... 1...."]);
});

test("holes are enclosed background; other labels and bays stay", () => {
  const mask = seen(["111111 1..111 1121.. 111111"]);
  assert.deepEqual(after(mask, holes(mask, 1, "axial", 0), 1), ["111111 111111 1121.. 111111"]);
  const through = seen(["111 1.1 111", "111 1.1 111", "111 111 111"]);
  assert.equal(holes(through, 1, null).length, 0);
  assert.deepEqual(after(through, holes(through, 1, "axial", 1), 1), ["111 1.1 111", "111 111 111", "111 111 111"]);
});

test("slices in between change evenly from one shape to the other", () => {
  const narrow = "......... ......... ....1.... ......... .........";
  const wide = "......... ..11111.. ..11111.. ..11111.. .........";
  const empty = "......... ......... ......... ......... .........";
  const mask = seen([narrow, empty, empty, wide, empty]);
  const [first, second, third, fourth, fifth] = after(mask, interpolateSlices(mask, 1, "axial"), 1);
  assert.equal(first, narrow);
  assert.equal(second, "......... ......... ...111... ......... .........");
  assert.equal(third, "......... ...111... ..11111.. ...111... .........");
  assert.equal(fourth, wide);
  assert.equal(fifth, empty);
});

test("the same shape on both sides is the same in between; without a gap nothing is filled", () => {
  const shape = "..... .111. .1... .....";
  const empty = "..... ..... ..... .....";
  const mask = seen([empty, shape, empty, empty, shape]);
  assert.deepEqual(after(mask, interpolateSlices(mask, 1, "axial"), 1), [empty, shape, shape, shape, shape]);
  const full = seen([shape, shape]);
  assert.equal(interpolateSlices(full, 1, "axial").length, 0);
  assert.equal(interpolateSlices(full, 2, "axial").length, 0);
});

test("the label of the slice beside is taken over; other labels give way only to it", () => {
  const mask = seen(["11.. .1.2", "..22 2..."]);
  const { elements, labels } = copySlice(mask, "axial", 0, 1, 2);
  assert.deepEqual(after(mask, elements, labels), ["11.. .1.2", ".... ...2"]);
  const one = copySlice(mask, "axial", 0, 1, 1);
  assert.deepEqual(after(mask, one.elements, one.labels), ["11.. .1.2", "1122 21.."]);
});

test("differences to the candidate bring it back", () => {
  const candidate = seen(["12. ..3"]);
  const mask = seen(["1.2 3.3"]);
  const { elements, labels } = differences(mask, candidate);
  assert.deepEqual(after(mask, elements, labels), ["12. ..3"]);
  assert.throws(() => differences(mask, seen(["1"])));
});

test("a 16-bit mask keeps its numbers", () => {
  const mask = seen(["9.9 ..."], [1, 1, 1], Uint16Array);
  mask.data[0] = 700;
  assert.equal(island(mask, at(mask, 2, 1, 0), "axial").length, 1);
  const { labels } = copySlice(seen(["1", "."], [1, 1, 1], Uint16Array), "axial", 0, 1, 1);
  assert.ok(labels instanceof Uint16Array);
});

test("every tool does the same in all 48 axis orders, straight and oblique", { skip: noFixtures }, () => {
  const { orders, canonical } = fixtureIndex();
  const [nx, ny, nz] = canonical.dims;
  // A ring in two slices with a hole, a neighbour of another label, and a gap: something to do for every tool.
  const labelOf = ([x, y, z]) => (z === 1 ? 0 : x === 1 && y === 1 ? 0 : x <= 2 && y <= 2 ? 1 : x === nx - 1 && y === ny - 1 ? 2 : 0);
  const tools = {
    disc: ({ mask }) => [...stroke(mask.grid, "coronal", [1, 2, 1], [2.4, 2, 1.2], 1.6)],
    ball: ({ mask }) => [...stroke(mask.grid, null, [1, 2, 1], [2.4, 1, 1.2], 2.1)],
    fill: ({ mask }) => [...floodFill(mask, [1, 1, 0], null)],
    "fill in a plane": ({ mask }) => [...floodFill(mask, [3, 3, 0], "sagittal")],
    outline: ({ mask }) => [...polygonVoxels(mask.grid, "sagittal", 2, [[0.2, 0.2], [3.8, 0.4], [1.6, 2.8]])],
    grow: ({ mask }) => [...grow(mask, 2, 1.6, null)],
    shrink: ({ mask }) => [...shrink(mask, 1, 1.2, "axial", 0)],
    island: ({ mask }) => [...island(mask, [0, 0, 0], null)],
    holes: ({ mask }) => [...holes(mask, 1, "axial", 2)],
    between: ({ mask }) => [...interpolateSlices(mask, 1, "axial")],
    copy: ({ mask }) => [...copySlice(mask, "coronal", 0, 3, 1).elements],
  };
  const expected = new Map();
  for (const { file } of orders) {
    const { grid, data } = parseNifti(fixtureBytes(file));
    const mask = { grid, data: new Uint8Array(data.length) };
    const indexOf = new Map();
    for (let z = 0; z < nz; z++) {
      for (let y = 0; y < ny; y++) {
        for (let x = 0; x < nx; x++) {
          const element = elementAt(grid, [x, y, z]);
          indexOf.set(element, `${x} ${y} ${z}`);
          mask.data[element] = labelOf([x, y, z]);
        }
      }
    }
    for (const [name, use] of Object.entries(tools)) {
      const found = [...new Set(use({ mask }))].map((element) => indexOf.get(element)).sort();
      assert.ok(found.length > 0, name);
      if (!expected.has(name)) expected.set(name, found);
      assert.deepEqual(found, expected.get(name), `${name} in ${file}`);
    }
  }
});

test("what the brush paints lies where it was aimed at, in patient millimetres", { skip: noFixtures }, () => {
  for (const { file, marked } of fixtureIndex().orders) {
    const { grid } = parseNifti(fixtureBytes(file));
    const found = stroke(grid, null, marked.index, marked.index, 0.9);
    assert.equal(found.size, 1, file);
    const { data } = parseNifti(fixtureBytes(file));
    assert.equal(data[[...found][0]], marked.value, file);
    toMm(grid, marked.index).forEach((mm, axis) => assert.ok(Math.abs(mm - marked.mm[axis]) < 1e-4, file));
  }
});

test("a flat volume can be corrected in its plane", () => {
  const mask = seen(["..... .111. .1.1. .111. ....."]);
  const { through } = PLANES.axial;
  assert.equal(mask.grid.dims[through], 1);
  assert.equal(holes(mask, 1, "axial", 0).length, 1);
  assert.equal(grow(mask, 1, 1, null).length, 13);
});
