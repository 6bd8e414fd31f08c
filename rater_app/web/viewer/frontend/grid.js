/**
 * The geometry of a volume: stored axis order and flips on one side, patient directions on the other.
 *
 * All positions in the viewer are *patient indices* (x, y, z): whole voxels counted from the patient's left, posterior and
 * inferior end (the RAS+ directions of NIfTI). The stored array is never rearranged; `strides` and `origin` walk it.
 */

/**
 * @typedef {object} Grid
 * @property {number[]} dims voxels along x (to the right), y (to anterior), z (to superior)
 * @property {number[]} strides stored elements to the next voxel along x, y, z; negative where the stored axis is flipped
 * @property {number} origin stored element of patient index (0, 0, 0)
 * @property {number[][]} affine 3 rows of 4: patient index to RAS+ millimetres
 * @property {number[]} spacingMm
 * @property {number} obliqueDeg largest angle between a voxel axis and the patient axis it stands for
 */

/**
 * @typedef {object} Plane
 * @property {string} name
 * @property {string} title
 * @property {number} across patient axis that runs along the screen's rows, always from its high end to its low end
 * @property {number} down patient axis that runs down the screen, always from its high end to its low end
 * @property {number} through patient axis that the slices are counted along
 * @property {{left: string, right: string, top: string, bottom: string}} letters
 */

/**
 * Radiological display: the patient's right is on the image's left (axial, coronal), anterior is up (axial) or left (sagittal).
 * With that convention every screen direction runs against its RAS+ axis, which keeps the arithmetic the same everywhere.
 * @type {Record<string, Plane>}
 */
export const PLANES = {
  axial: { name: "axial", title: "Axial", across: 0, down: 1, through: 2, letters: { left: "R", right: "L", top: "A", bottom: "P" } },
  coronal: { name: "coronal", title: "Coronal", across: 0, down: 2, through: 1, letters: { left: "R", right: "L", top: "S", bottom: "I" } },
  sagittal: { name: "sagittal", title: "Sagittal", across: 1, down: 2, through: 0, letters: { left: "A", right: "P", top: "S", bottom: "I" } },
};

const AXIS_ORDERS = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/**
 * @param {number[]} stored dimensions in file order
 * @param {number[][]} affine 3 rows of 4: stored index to RAS+ millimetres
 * @returns {Grid}
 */
export function makeGrid(stored, affine) {
  const length = [0, 1, 2].map((axis) => Math.hypot(affine[0][axis], affine[1][axis], affine[2][axis]));
  if (length.some((mm) => !(mm > 0))) throw new Error("the affine has a voxel axis of no length");
  const cosine = (world, axis) => affine[world][axis] / length[axis];
  // order[world] is the stored axis that stands for that patient axis: the assignment with the largest sum of cosines.
  const agreement = (order) => order.reduce((sum, axis, world) => sum + Math.abs(cosine(world, axis)), 0);
  const order = AXIS_ORDERS.reduce((best, next) => (agreement(next) > agreement(best) + 1e-9 ? next : best));

  const elementStride = [1, stored[0], stored[0] * stored[1]];
  const dims = order.map((axis) => stored[axis]);
  const signs = order.map((axis, world) => (cosine(world, axis) < 0 ? -1 : 1));
  const strides = order.map((axis, world) => signs[world] * elementStride[axis]);
  const origin = order.reduce((sum, axis, world) => sum + (signs[world] < 0 ? (stored[axis] - 1) * elementStride[axis] : 0), 0);
  const rows = [0, 1, 2].map((row) => {
    const columns = order.map((axis, world) => signs[world] * affine[row][axis]);
    const shift = order.reduce((sum, axis, world) => sum + (signs[world] < 0 ? (stored[axis] - 1) * affine[row][axis] : 0), 0);
    return [...columns, affine[row][3] + shift];
  });
  const angle = (axis, world) => (Math.acos(Math.min(1, Math.abs(cosine(world, axis)))) * 180) / Math.PI;
  return {
    dims,
    strides,
    origin,
    affine: rows,
    spacingMm: order.map((axis) => length[axis]),
    obliqueDeg: Math.max(...order.map(angle)),
  };
}

/**
 * @param {Grid} grid
 * @param {number[]} index patient index, fractions allowed
 * @returns {number[]} RAS+ millimetres
 */
export function toMm(grid, index) {
  return grid.affine.map((row) => row[0] * index[0] + row[1] * index[1] + row[2] * index[2] + row[3]);
}

/**
 * @param {Grid} grid
 * @param {number[]} mm RAS+ millimetres
 * @returns {number[]} patient index, not rounded
 */
export function toIndex(grid, mm) {
  const [[a, b, c, p], [d, e, f, q], [g, h, i, r]] = grid.affine;
  const [x, y, z] = [mm[0] - p, mm[1] - q, mm[2] - r];
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  return [
    ((e * i - f * h) * x + (c * h - b * i) * y + (b * f - c * e) * z) / determinant,
    ((f * g - d * i) * x + (a * i - c * g) * y + (c * d - a * f) * z) / determinant,
    ((d * h - e * g) * x + (b * g - a * h) * y + (a * e - b * d) * z) / determinant,
  ];
}

/** Stored element of a patient index. */
export function elementAt(grid, index) {
  return grid.origin + index[0] * grid.strides[0] + index[1] * grid.strides[1] + index[2] * grid.strides[2];
}

/**
 * Planes that can be shown: all three, or the single one that a 2D image lies in.
 * @param {Grid} grid
 * @returns {string[]} names of planes
 */
export function availablePlanes(grid) {
  const names = Object.keys(PLANES);
  const thin = [0, 1, 2].filter((axis) => grid.dims[axis] === 1);
  return thin.length === 1 ? names.filter((name) => PLANES[name].through === thin[0]) : names;
}

/** Voxel column and row on screen of a patient index in a plane. */
export function toPixel(grid, plane, index) {
  return [grid.dims[plane.across] - 1 - index[plane.across], grid.dims[plane.down] - 1 - index[plane.down]];
}

/** Patient index of a voxel column and row on screen; the third coordinate is taken from `index`. Kept inside the volume. */
export function fromPixel(grid, plane, column, row, index) {
  const clamp = (value, axis) => Math.min(grid.dims[axis] - 1, Math.max(0, value));
  const next = [...index];
  next[plane.across] = clamp(grid.dims[plane.across] - 1 - Math.floor(column), plane.across);
  next[plane.down] = clamp(grid.dims[plane.down] - 1 - Math.floor(row), plane.down);
  return next;
}

/**
 * Largest distance between the corners of two volumes, or Infinity when their sizes differ.
 * @param {Grid} one
 * @param {Grid} other
 * @returns {number} millimetres
 */
export function cornerDistanceMm(one, other) {
  if (one.dims.some((n, axis) => n !== other.dims[axis])) return Infinity;
  let largest = 0;
  for (let corner = 0; corner < 8; corner++) {
    const index = one.dims.map((n, axis) => ((corner >> axis) & 1) * (n - 1));
    const [a, b] = [toMm(one, index), toMm(other, index)];
    largest = Math.max(largest, Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]));
  }
  return largest;
}

/**
 * Millimetres as a radiologist reads them: "R 12.3 A 4.0 I 22.1".
 * @param {number[]} mm RAS+ millimetres
 * @returns {string}
 */
export function describeMm(mm) {
  const letters = ["RL", "AP", "SI"];
  return mm.map((value, axis) => `${letters[axis][value < 0 ? 1 : 0]} ${Math.abs(value).toFixed(1)}`).join("  ");
}
