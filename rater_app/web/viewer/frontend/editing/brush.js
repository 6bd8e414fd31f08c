/** The brush: round in millimetres, whatever the size of the voxels. */

import { PLANES } from "../grid.js";

/** A voxel on the rim counts: spacings are float32, and an exact hit must not hang on their last digit. */
const RIM = 1 + 1e-6;

/**
 * Visit every voxel whose centre lies within a radius of the stretch that the pointer went, and always the voxel under its end (which
 * may be visited twice). Distances are taken along the voxel axes with the true spacing.
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
  const nearest = to.map(Math.round);
  if (nearest.every((value, axis) => value >= 0 && value < dims[axis])) {
    visit(origin + nearest[0] * strides[0] + nearest[1] * strides[1] + nearest[2] * strides[2]);
  }
  // A disc lies in its slice: nothing is measured along the axis through it.
  const start = to.map((_, axis) => (axis === through ? nearest[axis] : from[axis]));
  const [wayX, wayY, wayZ] = to.map((value, axis) => (axis === through ? 0 : (value - from[axis]) * spacingMm[axis]));
  const length2 = wayX * wayX + wayY * wayY + wayZ * wayZ;
  const limit = (radiusMm * RIM) ** 2;
  // Rows are cut a little beyond the limit; the distance decides.
  const reach = radiusMm * RIM * RIM;
  const [low, high] = boundsOf(dims, spacingMm, start, to, reach, through);
  const part = new Float64Array(2);
  for (let z = low[2]; z <= high[2]; z++) {
    const dz = (z - start[2]) * spacingMm[2];
    part[0] = 0;
    part[1] = 1;
    if (!narrow(part, dz, wayZ, reach)) continue;
    const [begin, end] = part;
    for (let y = low[1]; y <= high[1]; y++) {
      const dy = (y - start[1]) * spacingMm[1];
      part[0] = begin;
      part[1] = end;
      if (!narrow(part, dy, wayY, reach)) continue;
      // Only this part of the stretch comes near the row.
      const [one, other] = [part[0] * wayX, part[1] * wayX];
      const first = Math.max(low[0], Math.ceil((Math.min(one, other) - reach) / spacingMm[0] + start[0]));
      const last = Math.min(high[0], Math.floor((Math.max(one, other) + reach) / spacingMm[0] + start[0]));
      let element = origin + z * strides[2] + y * strides[1] + first * strides[0];
      for (let x = first; x <= last; x++, element += strides[0]) {
        const dx = (x - start[0]) * spacingMm[0];
        // Place of the nearest point on the stretch, from 0 at its start to 1 at its end.
        let t = length2 > 0 ? (dx * wayX + dy * wayY + dz * wayZ) / length2 : 0;
        t = t < 0 ? 0 : t > 1 ? 1 : t;
        const [ex, ey, ez] = [dx - t * wayX, dy - t * wayY, dz - t * wayZ];
        if (ex * ex + ey * ey + ez * ez <= limit) visit(element);
      }
    }
  }
}

/** First and last voxels along each axis that the brush can reach, within the volume. */
function boundsOf(dims, spacingMm, start, to, reachMm, through) {
  const low = [0, 0, 0];
  const high = [0, 0, 0];
  for (let axis = 0; axis < 3; axis++) {
    const reach = axis === through ? 0 : reachMm / spacingMm[axis];
    const end = axis === through ? start[axis] : to[axis];
    low[axis] = Math.max(0, Math.ceil(Math.min(start[axis], end) - reach));
    high[axis] = Math.min(dims[axis] - 1, Math.floor(Math.max(start[axis], end) + reach));
  }
  return [low, high];
}

/** Keep the part of a stretch (from part[0] to part[1]) that comes within reach of an offset along one axis. */
function narrow(part, offset, way, reach) {
  if (way === 0) return Math.abs(offset) <= reach;
  const [one, other] = [(offset - reach) / way, (offset + reach) / way];
  part[0] = Math.max(part[0], Math.min(one, other));
  part[1] = Math.min(part[1], Math.max(one, other));
  return part[0] <= part[1];
}
