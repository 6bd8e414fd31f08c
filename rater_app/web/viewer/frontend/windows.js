/** Window and level: from intensities to grey. A window is the range [low, high] of intensities drawn from black to white. */

import { GREYS } from "./color_maps.js";

/** @typedef {{low: number, high: number}} Window */

/**
 * Presets for CT in Hounsfield units as width and level, the values found on clinical workstations.
 * @type {{name: string, title: string, width: number, level: number}[]}
 */
export const CT_PRESETS = [
  { name: "abdomen", title: "Abdomen", width: 400, level: 40 },
  { name: "brain", title: "Brain", width: 80, level: 40 },
  { name: "lung", title: "Lung", width: 1500, level: -600 },
  { name: "bone", title: "Bone", width: 1800, level: 400 },
];

/**
 * Presets for MR: percentiles of the voxels that are not background, because MR intensities have no unit.
 * @type {{name: string, title: string, percentiles: number[]}[]}
 */
export const MR_PRESETS = [
  { name: "auto", title: "Auto", percentiles: [1, 99] },
  { name: "wide", title: "Wide", percentiles: [0, 100] },
  { name: "narrow", title: "Narrow", percentiles: [5, 95] },
];

/** Presets for a kind of image. */
export const presetsFor = (ct) => (ct ? CT_PRESETS : MR_PRESETS);

const HISTOGRAM_VOXELS = 2_000_000;
const summaries = new WeakMap();

/**
 * Counts of the stored values, background left out; taken once per volume, from every nth voxel of a large one.
 * The background is the most frequent stored value when it fills more than a tenth of the volume (air, or a removed skull).
 */
function summarise(volume) {
  if (summaries.has(volume)) return summaries.get(volume);
  const { data } = volume;
  const base = data instanceof Int16Array ? -32768 : 0;
  const counts = new Uint32Array(65536);
  // An odd step that shares no small factor with usual row lengths, so that no column is favoured.
  const step = data.length > HISTOGRAM_VOXELS ? 2 * Math.floor(data.length / HISTOGRAM_VOXELS / 2) + 1 : 1;
  let total = 0;
  for (let i = 0; i < data.length; i += step, total++) counts[data[i] - base]++;
  let mode = 0;
  for (let i = 1; i < counts.length; i++) if (counts[i] > counts[mode]) mode = i;
  if (counts[mode] > total / 10 && counts[mode] < total) {
    total -= counts[mode];
    counts[mode] = 0;
  }
  const summary = { counts, base, total, known: new Map() };
  summaries.set(volume, summary);
  return summary;
}

/**
 * Intensity below which the given share of the voxels (background left out) lies.
 * @param {import("./nifti.js").Volume} volume
 * @param {number} percent 0 to 100
 * @returns {number}
 */
export function percentile(volume, percent) {
  const { counts, base, total, known } = summarise(volume);
  if (known.has(percent)) return known.get(percent);
  const rank = Math.max(1, Math.ceil((percent / 100) * total));
  let seen = 0;
  let bin = 0;
  while (bin < counts.length - 1 && seen + counts[bin] < rank) seen += counts[bin++];
  const value = (bin + base) * volume.slope + volume.intercept;
  known.set(percent, value);
  return value;
}

/**
 * @param {import("./nifti.js").Volume} volume
 * @param {string} name a name out of CT_PRESETS or MR_PRESETS
 * @returns {Window}
 */
export function presetWindow(volume, name) {
  const ct = CT_PRESETS.find((preset) => preset.name === name);
  if (ct) return { low: ct.level - ct.width / 2, high: ct.level + ct.width / 2 };
  const mr = MR_PRESETS.find((preset) => preset.name === name) ?? MR_PRESETS[0];
  const [a, b] = mr.percentiles.map((percent) => percentile(volume, percent));
  const [low, high] = [Math.min(a, b), Math.max(a, b)];
  return { low, high: high > low ? high : low + 1 };
}

/**
 * Fill a look-up table: pixel of each stored value. The table is indexed by the low 16 bits of the value.
 * @param {import("./nifti.js").Volume} volume
 * @param {Window} window
 * @param {Uint32Array} lut 65,536 entries, reused
 * @param {Uint32Array} [colors] 256 pixels from the window's low end to its high end
 */
export function fillLut(volume, window, lut, colors = GREYS) {
  const { slope, intercept } = volume;
  const gain = 255 / Math.max(1e-12, window.high - window.low);
  const [first, last] = volume.data instanceof Int16Array ? [-32768, 32767] : [0, volume.data instanceof Uint8Array ? 255 : 65535];
  for (let stored = first; stored <= last; stored++) {
    const wanted = (stored * slope + intercept - window.low) * gain;
    lut[stored & 0xffff] = colors[wanted <= 0 ? 0 : wanted >= 255 ? 255 : Math.round(wanted)];
  }
}

/**
 * Window after a drag: to the right is wider, upwards is brighter.
 * @param {Window} window at the start of the drag
 * @param {number} dx pixels to the right
 * @param {number} dy pixels downwards
 * @returns {Window}
 */
export function dragWindow(window, dx, dy) {
  const width = window.high - window.low;
  const level = (window.high + window.low) / 2 + (dy / 300) * width;
  const wider = width * Math.exp(dx / 200);
  return { low: level - wider / 2, high: level + wider / 2 };
}

/** A window in units of another one, so that a window set by hand carries over to an image of another intensity scale. */
export function relativeWindow(window, unit) {
  const scale = unit.high - unit.low;
  return { low: (window.low - unit.low) / scale, high: (window.high - unit.low) / scale };
}

/** The inverse of `relativeWindow`. */
export function absoluteWindow(relative, unit) {
  const scale = unit.high - unit.low;
  return { low: unit.low + relative.low * scale, high: unit.low + relative.high * scale };
}

/** A window as it is written on workstations. */
export function describeWindow(window) {
  const width = window.high - window.low;
  const digits = width >= 20 ? 0 : width >= 2 ? 1 : 3;
  return `W ${width.toFixed(digits)}  L ${((window.high + window.low) / 2).toFixed(digits)}`;
}
