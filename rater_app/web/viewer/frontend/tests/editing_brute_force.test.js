/** The correcting tools against slow and plain ways to the same result, on small random masks stored in random orders. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { interpolateSlices } from "../editing/between.js";
import { strokeVoxels } from "../editing/brush.js";
import { floodFill } from "../editing/fill.js";
import { holes } from "../editing/holes.js";
import { island, islandsSmallerThan, otherIslands } from "../editing/islands.js";
import { grow, shrink } from "../editing/margin.js";
import { polygonVoxels } from "../editing/polygon.js";
import { PLANES, toPixel } from "../grid.js";
import { connected, randomMask, seeded, sorted, squaredMm, voxelsOf } from "./random_masks.js";

const WAYS = [null, "axial", "coronal", "sagittal"];
const RIM = 1 + 1e-6;

/** Call `check(mask, planeName, slice, voxels)` for random masks in 3D and in a slice of each plane; `voxels` are those of the slice. */
function forRandomMasks(seed, rounds, options, check) {
  const random = seeded(seed);
  for (let round = 0; round < rounds; round++) {
    const mask = randomMask(random, { ...options, Labels: round % 2 ? Uint16Array : Uint8Array });
    for (const plane of WAYS) {
      const through = plane && PLANES[plane].through;
      const slice = plane ? Math.floor(random() * mask.grid.dims[through]) : undefined;
      const voxels = voxelsOf(mask.grid).filter(({ index }) => plane === null || index[through] === slice);
      check(mask, plane, slice, voxels, random);
    }
  }
}

const elementsOf = (voxels) => sorted([...voxels].map(({ element }) => element));

test("growing and shrinking", () => {
  forRandomMasks(1, 60, { fill: 0.4 }, (mask, plane, slice, voxels, random) => {
    const { grid, data } = mask;
    // Now and then exactly a distance that occurs.
    const margin = random() < 0.4 ? grid.spacingMm[Math.floor(3 * random())] * (1 + Math.floor(2 * random())) : 0.3 + 4 * random();
    const isNear = ({ index }, test) => voxels.some((other) => test(other) && squaredMm(grid, index, other.index) <= (margin * RIM) ** 2);
    const isLabel = ({ element }) => data[element] === 1;
    const grown = voxels.filter((voxel) => !isLabel(voxel) && isNear(voxel, isLabel));
    const shrunk = voxels.filter((voxel) => isLabel(voxel) && isNear(voxel, (other) => !isLabel(other)));
    assert.deepEqual(sorted(grow(mask, 1, margin, plane, slice)), elementsOf(grown));
    assert.deepEqual(sorted(shrink(mask, 1, margin, plane, slice)), elementsOf(shrunk));
  });
});

test("islands and fills", () => {
  forRandomMasks(2, 40, { fill: 0.35, most: 6 }, (mask, plane, slice, voxels, random) => {
    const { data } = mask;
    const first = voxels[Math.floor(random() * voxels.length)];
    const isSame = ({ element }) => data[element] === data[first.element];
    const filled = elementsOf(connected(voxels, first, isSame, false));
    assert.deepEqual(sorted(floodFill(mask, first.index, plane)), filled);
    assert.equal(floodFill(mask, first.index, plane, { most: filled.length }).length, filled.length);
    assert.equal(floodFill(mask, first.index, plane, { most: filled.length - 1 }), null);
    const accept = (element) => element % 3 !== 0;
    const accepted = accept(first.element) ? connected(voxels, first, (voxel) => isSame(voxel) && accept(voxel.element), false) : [];
    assert.deepEqual(sorted(floodFill(mask, first.index, plane, { accept })), elementsOf(accepted));

    const piece = data[first.element] === 0 ? [] : elementsOf(connected(voxels, first, isSame, true));
    assert.deepEqual(sorted(island(mask, first.index, plane)), piece);
    if (plane !== null) return;
    const others = data[first.element] === 0 ? [] : elementsOf(voxels.filter(isSame)).filter((element) => !piece.includes(element));
    assert.deepEqual(sorted(otherIslands(mask, first.index)), others);
  });
});

test("small islands", () => {
  const random = seeded(3);
  for (let round = 0; round < 40; round++) {
    const mask = randomMask(random, { fill: 0.25, most: 6 });
    const { grid, data } = mask;
    const voxels = voxelsOf(grid);
    const voxelMm3 = grid.spacingMm[0] * grid.spacingMm[1] * grid.spacingMm[2];
    const volume = random() * 6 * voxelMm3;
    const isLabel = ({ element }) => data[element] === 2;
    const small = voxels.filter((voxel) => isLabel(voxel) && connected(voxels, voxel, isLabel, true).size * voxelMm3 < volume);
    assert.deepEqual(sorted(islandsSmallerThan(mask, 2, volume)), elementsOf(small));
    // An island of exactly that volume stays.
    assert.deepEqual(islandsSmallerThan(mask, 2, voxelMm3).length, 0);
  }
});

test("holes", () => {
  let count = 0;
  forRandomMasks(4, 80, { fill: 0.85, labels: 1, most: 7 }, (mask, plane, slice, voxels, random) => {
    const { grid, data } = mask;
    voxels.forEach(({ element }) => random() < 0.1 && (data[element] = 2));
    // A way out leads to the edge of the volume, along axes that have one.
    const axes = [0, 1, 2].filter((axis) => grid.dims[axis] > 1 && (plane === null || axis !== PLANES[plane].through));
    const isEdge = ({ index }) => axes.some((axis) => index[axis] === 0 || index[axis] === grid.dims[axis] - 1);
    const isOpen = ({ element }) => data[element] !== 1;
    const enclosed = voxels.filter((voxel) => data[voxel.element] === 0 && ![...connected(voxels, voxel, isOpen, false)].some(isEdge));
    const isThere = voxels.some(({ element }) => data[element] === 1);
    const expected = isThere ? elementsOf(enclosed) : [];
    assert.deepEqual(sorted(holes({ grid, data }, 1, plane, slice)), expected, `${plane} ${grid.dims}`);
    count += expected.length;
  });
  assert.ok(count > 50, "the masks had holes");
});

test("slices in between", () => {
  const random = seeded(5);
  let count = 0;
  for (let round = 0; round < 40; round++) {
    const mask = randomMask(random, { fill: 0.5, most: 7 });
    for (const plane of ["axial", "coronal", "sagittal"]) {
      const { through } = PLANES[plane];
      const { grid } = mask;
      const data = mask.data.slice();
      const voxels = voxelsOf(grid);
      voxels.forEach(({ index, element }) => index[through] % 3 !== 1 && data[element] === 1 && (data[element] = 0));
      const isLabel = ({ element }) => data[element] === 1;
      const inSlice = (slice) => voxels.filter(({ index }) => index[through] === slice);
      const drawn = [...Array(grid.dims[through]).keys()].filter((slice) => inSlice(slice).some(isLabel));
      const signed = (index, slice) => {
        const here = inSlice(slice);
        const at = index.map((value, axis) => (axis === through ? slice : value));
        const isIn = isLabel(here.find((voxel) => voxel.index.every((value, axis) => value === at[axis])));
        const others = here.filter((voxel) => isLabel(voxel) !== isIn).map((voxel) => Math.sqrt(squaredMm(grid, at, voxel.index)));
        return (isIn ? -1 : 1) * Math.min(...others);
      };
      const expected = voxels.filter(({ index }) => {
        const [before, after] = [drawn.findLast((slice) => slice < index[through]), drawn.find((slice) => slice > index[through])];
        if (drawn.includes(index[through]) || before === undefined || after === undefined) return false;
        const share = (index[through] - before) / (after - before);
        return (1 - share) * signed(index, before) + share * signed(index, after) <= 1e-9;
      });
      assert.deepEqual(sorted(interpolateSlices({ grid, data }, 1, plane)), elementsOf(expected));
      count += expected.length;
    }
  }
  assert.ok(count > 100, "there were gaps");
});

test("the brush, as disc and as ball", () => {
  forRandomMasks(6, 80, { most: 9 }, (mask, plane, _, __, random) => {
    const { grid } = mask;
    const through = plane ? PLANES[plane].through : -1;
    const place = () => grid.dims.map((n) => Math.floor(8 * (random() * (n + 2) - 1.5)) / 8);
    const to = place();
    const from = random() < 0.3 ? to : place();
    const radius = random() < 0.3 ? grid.spacingMm[0] : 0.2 + 4 * random();
    const length2 = squaredMm(grid, from.map((value, axis) => (axis === through ? to[axis] : value)), to);
    const isNear = (index) => {
      const inPlane = (one) => one.map((value, axis) => (axis === through ? 0 : value * grid.spacingMm[axis]));
      const [p, a, b] = [inPlane(index), inPlane(from), inPlane(to)];
      const along = length2 > 0 ? p.reduce((sum, mm, axis) => sum + (mm - a[axis]) * (b[axis] - a[axis]), 0) / length2 : 0;
      const t = Math.min(1, Math.max(0, along));
      return Math.hypot(...p.map((mm, axis) => mm - a[axis] - t * (b[axis] - a[axis]))) <= radius * RIM;
    };
    const under = to.map(Math.round);
    const expected = voxelsOf(grid).filter(
      ({ index }) => index.every((value, axis) => value === under[axis]) || ((plane === null || index[through] === under[through]) && isNear(index)),
    );
    const found = new Set();
    strokeVoxels(grid, plane, from, to, radius, (element) => found.add(element));
    assert.deepEqual(sorted(found), elementsOf(expected), `${plane} from ${from} to ${to} radius ${radius}`);
  });
});

test("outlines, by a ray to another side", () => {
  forRandomMasks(7, 60, { most: 9 }, (mask, plane, slice, voxels, random) => {
    if (plane === null) return;
    const { grid } = mask;
    const points = Array.from({ length: Math.floor(9 * random()) }, () => [random() * 12 - 1.5, random() * 12 - 1.5]);
    // Straight down from the centre, where the tool looks along the rows.
    const isInside = ([column, row]) => {
      let crossings = 0;
      points.forEach(([x1, y1], i) => {
        const [x2, y2] = points[(i + 1) % points.length];
        if (x1 > column !== x2 > column && y1 + ((column - x1) / (x2 - x1)) * (y2 - y1) > row) crossings++;
      });
      return crossings % 2 === 1;
    };
    const expected = voxels.filter(({ index }) => isInside(toPixel(grid, PLANES[plane], index).map((pixel) => pixel + 0.5)));
    assert.deepEqual(sorted(polygonVoxels(grid, plane, slice, points)), elementsOf(expected));
  });
});
