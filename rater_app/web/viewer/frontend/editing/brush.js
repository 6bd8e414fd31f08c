/** The brush: round in millimetres, whatever the size of the voxels. */

import { PLANES } from "../grid.js";

/** A voxel on the rim counts: spacings are float32, and an exact hit must not hang on their last digit. */
const RIM = 1 + 1e-6;

/**
 * Visit every voxel whose centre lies within a radius of the stretch that the pointer went, and always the voxel under its end.
 * Distances are taken along the voxel axes with the true spacing.
 * @param {import("../grid.js").Grid} grid
 * @param {string|null} planeName the disc lies in this plane's slice at `to`; null paints a ball
 * @param {number[]} from patient index with fractions; whole numbers are voxel centres
 * @param {number[]} to
 * @param {number} radiusMm
 * @param {(element: number) => void} visit
 */
export function strokeVoxels(grid, planeName, from, to, radiusMm, visit) {
  const { dims, strides, origin, spacingMm } = grid;
  const through = planeName === null ? -1 : PLANES[planeName].through;
  const start = to.map((value, axis) => (axis === through ? 0 : from[axis]));
  const way = to.map((value, axis) => (axis === through ? 0 : (value - from[axis]) * spacingMm[axis]));
  const length2 = way[0] ** 2 + way[1] ** 2 + way[2] ** 2;
  const limit = (radiusMm * RIM) ** 2;
  const low = [0, 0, 0];
  const high = [0, 0, 0];
  for (let axis = 0; axis < 3; axis++) {
    const reach = radiusMm / spacingMm[axis];
    if (axis === through) low[axis] = high[axis] = Math.round(to[axis]);
    else {
      low[axis] = Math.ceil(Math.min(from[axis], to[axis]) - reach - 1e-6);
      high[axis] = Math.floor(Math.max(from[axis], to[axis]) + reach + 1e-6);
    }
    low[axis] = Math.max(0, low[axis]);
    high[axis] = Math.min(dims[axis] - 1, high[axis]);
  }
  const nearest = to.map(Math.round);
  if (nearest.every((value, axis) => value >= 0 && value < dims[axis])) {
    visit(origin + nearest[0] * strides[0] + nearest[1] * strides[1] + nearest[2] * strides[2]);
  }
  for (let z = low[2]; z <= high[2]; z++) {
    const dz = through === 2 ? 0 : (z - start[2]) * spacingMm[2];
    for (let y = low[1]; y <= high[1]; y++) {
      const dy = through === 1 ? 0 : (y - start[1]) * spacingMm[1];
      let element = origin + z * strides[2] + y * strides[1] + low[0] * strides[0];
      for (let x = low[0]; x <= high[0]; x++, element += strides[0]) {
        const dx = through === 0 ? 0 : (x - start[0]) * spacingMm[0];
        // Place of the nearest point on the stretch, from 0 at its start to 1 at its end.
        let t = length2 > 0 ? (dx * way[0] + dy * way[1] + dz * way[2]) / length2 : 0;
        t = t < 0 ? 0 : t > 1 ? 1 : t;
        const distance2 = (dx - t * way[0]) ** 2 + (dy - t * way[1]) ** 2 + (dz - t * way[2]) ** 2;
        if (distance2 <= limit) visit(element);
      }
    }
  }
}
