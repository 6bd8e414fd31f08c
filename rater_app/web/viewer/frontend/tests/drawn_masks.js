/** Masks drawn as text, for tests of the tools that correct them. */

import { strokeVoxels } from "../editing/brush.js";
import { elementAt } from "../grid.js";
import { parseNifti } from "../nifti.js";
import { wireBytes } from "./wire.js";

/**
 * A mask as it is seen on an axial screen, one text a slice: rows from anterior to posterior, columns from the patient's right to the left.
 * Spacing in mm along x, y, z.
 */
export function seen(slices, spacing = [1, 1, 1], Labels = Uint8Array) {
  const rows = slices.map((slice) => slice.trim().split(/\s+/));
  const dims = [rows[0][0].length, rows[0].length, rows.length];
  const affine = [[spacing[0], 0, 0, 0], [0, spacing[1], 0, 0], [0, 0, spacing[2], 0]];
  const mask = parseNifti(wireBytes(new Labels(dims[0] * dims[1] * dims[2]), dims, { affine }));
  rows.forEach((lines, z) =>
    lines.forEach((line, row) =>
      [...line].forEach((digit, column) => {
        mask.data[elementAt(mask.grid, [dims[0] - 1 - column, dims[1] - 1 - row, z])] = digit === "." ? 0 : Number(digit);
      }),
    ),
  );
  return mask;
}

/** The text of each slice after setting elements to a label (or labels). */
export function after(mask, elements, label) {
  const data = mask.data.slice();
  [...elements].forEach((element, i) => (data[element] = typeof label === "number" ? label : label[i]));
  const [nx, ny, nz] = mask.grid.dims;
  return Array.from({ length: nz }, (_, z) =>
    Array.from({ length: ny }, (_, row) =>
      Array.from({ length: nx }, (_, column) => data[elementAt(mask.grid, [nx - 1 - column, ny - 1 - row, z])] || ".").join(""),
    ).join(" "),
  );
}

/** Patient index of a column and row of an axial slice. */
export const at = (mask, column, row, z) => [mask.grid.dims[0] - 1 - column, mask.grid.dims[1] - 1 - row, z];

/** Stored elements that a stroke of the brush visits. */
export function stroke(grid, plane, from, to, radius) {
  const found = new Set();
  strokeVoxels(grid, plane, from, to, radius, (element) => found.add(element));
  return found;
}
