/** What a mask holds, and the colours it is drawn in. */

/** @typedef {{value: number, name: string, color: string}} Label */
/** @typedef {{labels: number[], centre: number[]|null}} MaskSummary sorted labels; patient index, null for an empty mask */

/** How a mask is drawn over the image. */
export const MASK_STYLES = [
  { name: "both", title: "Both" },
  { name: "outline", title: "Outline" },
  { name: "fill", title: "Fill" },
];

/** Colours for labels that nobody named; from the palette of Okabe and Ito, safe for colour-blind readers. */
const SPARE_COLORS = ["#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7"];

const summaries = new WeakMap();

/**
 * Labels in a mask and a labelled voxel near its centre of mass; taken once per volume.
 * @param {import("./nifti.js").Volume} volume
 * @returns {MaskSummary}
 */
export function summariseMask(volume) {
  if (!summaries.has(volume)) summaries.set(volume, computeSummary(volume));
  return summaries.get(volume);
}

function computeSummary(volume) {
  const { grid } = volume;
  const present = new Set();
  const sums = [0, 0, 0];
  let count = 0;
  visitLabelled(volume, (i, j, k, label) => {
    present.add(label);
    sums[0] += i;
    sums[1] += j;
    sums[2] += k;
    count++;
  });
  if (count === 0) return { labels: [], centre: null };
  // The centre of mass of a ring or of two lesions lies outside the mask: take the labelled voxel next to it.
  const mean = sums.map((sum) => sum / count);
  const spacing = storedAxes(grid).map((axis) => grid.spacingMm[axis]);
  let nearest = Infinity;
  let stored = null;
  visitLabelled(volume, (i, j, k) => {
    const distance = ((i - mean[0]) * spacing[0]) ** 2 + ((j - mean[1]) * spacing[1]) ** 2 + ((k - mean[2]) * spacing[2]) ** 2;
    if (distance < nearest) {
      nearest = distance;
      stored = [i, j, k];
    }
  });
  const centre = [0, 0, 0];
  storedAxes(grid).forEach((axis, place) => {
    centre[axis] = grid.strides[axis] < 0 ? grid.dims[axis] - 1 - stored[place] : stored[place];
  });
  return { labels: [...present].sort((a, b) => a - b), centre };
}

/** Patient axes from the fastest stored one to the slowest. */
function storedAxes(grid) {
  // An axis of one voxel can share its stride with the next one: it comes first, whatever its number.
  return [0, 1, 2].sort((a, b) => Math.abs(grid.strides[a]) - Math.abs(grid.strides[b]) || grid.dims[a] - grid.dims[b]);
}

/** Call `visit(i, j, k, label)` with the stored position of each labelled voxel. */
function visitLabelled({ data, grid }, visit) {
  const [ni, nj, nk] = storedAxes(grid).map((axis) => grid.dims[axis]);
  let element = 0;
  for (let k = 0; k < nk; k++) {
    for (let j = 0; j < nj; j++) {
      for (let i = 0; i < ni; i++, element++) {
        if (data[element] !== 0) visit(i, j, k, data[element]);
      }
    }
  }
}

/**
 * Named labels, with a neutral name and a spare colour for those that the mask holds and nobody named.
 * @param {Label[]} named
 * @param {number[]} present
 * @returns {Label[]}
 */
export function completeLabels(named, present) {
  const known = new Set(named.map((label) => label.value));
  const missing = present.filter((value) => !known.has(value));
  return [...named, ...missing.map((value) => ({ value, name: `label ${value}`, color: SPARE_COLORS[value % SPARE_COLORS.length] }))];
}

/**
 * Red, green and blue of a colour written as #rrggbb or #rgb.
 * @param {string} color
 * @returns {number[]}
 */
export function parseColor(color) {
  const hex = color.replace("#", "");
  const long = hex.length === 3 ? [...hex].map((digit) => digit + digit).join("") : hex;
  const value = Number.parseInt(long.slice(0, 6), 16);
  return Number.isNaN(value) ? [255, 255, 255] : [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

/**
 * Look-up table from label to pixel for the filled mask; opacity is applied when the slice is drawn.
 * @param {Label[]} labels
 * @returns {Uint32Array} 65,536 entries; background is transparent
 */
export function colorTable(labels) {
  const table = new Uint32Array(65536);
  for (const { value, color } of labels) {
    const [red, green, blue] = parseColor(color);
    table[value] = (0xff000000 | (blue << 16) | (green << 8) | red) >>> 0;
  }
  return table;
}
