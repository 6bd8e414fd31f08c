/** Small random masks in random axis orders, the same at every run, and plain walks over them to check the tools against. */

import { elementAt, makeGrid } from "../grid.js";

/** Numbers from 0 up to, and not including, 1. @returns {() => number} */
export function seeded(seed) {
  let state = seed;
  return () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
}

/** A grid of the given patient dimensions and spacing, stored in any order and direction. */
export function gridOf(dims, spacing, random) {
  const order = [0, 1, 2].sort(() => random() - 0.5);
  const affine = [0, 1, 2].map(() => [0, 0, 0, 10 * random()]);
  order.forEach((axis, stored) => (affine[axis][stored] = (random() < 0.5 ? -1 : 1) * spacing[axis]));
  return makeGrid(order.map((axis) => dims[axis]), affine);
}

/** A mask of a few labels; `fill` is the share of voxels that have one. */
export function randomMask(random, { most = 7, fill = 0.5, labels = 2, Labels = Uint8Array } = {}) {
  const dims = [0, 1, 2].map(() => 1 + Math.floor(most * random()));
  const spacing = [0, 1, 2].map(() => 0.5 + 2 * random());
  const grid = gridOf(dims, spacing, random);
  const data = Labels.from({ length: dims[0] * dims[1] * dims[2] }, () => (random() < fill ? 1 + Math.floor(labels * random()) : 0));
  return { grid, data };
}

/** Every voxel of a volume: patient index and stored element. */
export function voxelsOf({ dims, ...grid }) {
  const voxels = [];
  for (let z = 0; z < dims[2]; z++) {
    for (let y = 0; y < dims[1]; y++) {
      for (let x = 0; x < dims[0]; x++) voxels.push({ index: [x, y, z], element: elementAt({ dims, ...grid }, [x, y, z]) });
    }
  }
  return voxels;
}

/** Squared distance in mm along the voxel axes. */
export function squaredMm({ spacingMm }, one, other) {
  return one.reduce((sum, value, axis) => sum + ((value - other[axis]) * spacingMm[axis]) ** 2, 0);
}

/** Stored elements that hang together with a first one, found by going on until nothing is added. */
export function connected(voxels, first, isPart, corners) {
  const isBeside = (one, other) => {
    const steps = one.map((value, axis) => Math.abs(value - other[axis]));
    return corners ? Math.max(...steps) === 1 : steps[0] + steps[1] + steps[2] === 1;
  };
  const found = new Set([first]);
  for (let before = 0; before !== found.size; ) {
    before = found.size;
    for (const voxel of voxels) {
      if (!found.has(voxel) && isPart(voxel) && [...found].some((one) => isBeside(one.index, voxel.index))) found.add(voxel);
    }
  }
  return found;
}

export const sorted = (elements) => [...elements].sort((a, b) => a - b);
