/** The labels of a mask: their names, and the colours they are drawn in. */

/** @typedef {{value: number, name: string, color: string}} Label */

/** Neutral names of the two masks of a case; the page may give others, never a model's. */
export function maskNames({ mask, second_mask: second }) {
  return [mask?.name ?? "Mask A", second?.name ?? "Mask B"];
}

/** How a mask is drawn over the image. */
export const MASK_STYLES = [
  { name: "both", title: "Both" },
  { name: "outline", title: "Outline" },
  { name: "fill", title: "Fill" },
  { name: "pattern", title: "Pattern" },
];

/** Colours for labels that nobody named; from the palette of Okabe and Ito, safe for colour-blind readers. */
const SPARE_COLORS = ["#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7"];

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

/**
 * How the labels of a case are drawn. A hidden label has no colour.
 * @typedef {object} Looks
 * @property {Uint32Array} table
 * @property {(label: number) => string|undefined} colorOf
 * @property {(label: number) => number} patternOf place in the list of labels: each has a pattern of its own
 * @property {(label: number) => boolean} isVisible
 */

/**
 * @param {Label[]} labels
 * @param {Set<number>} hidden
 * @returns {Looks}
 */
export function looksOf(labels, hidden) {
  const visible = labels.filter(({ value }) => !hidden.has(value));
  const colors = new Map(visible.map(({ value, color }) => [value, color]));
  const places = new Map(labels.map(({ value }, place) => [value, place]));
  return {
    table: colorTable(visible),
    colorOf: (label) => colors.get(label),
    patternOf: (label) => places.get(label) ?? 0,
    isVisible: (label) => colors.has(label),
  };
}
