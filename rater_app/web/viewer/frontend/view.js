/** Zoom and pan of one plane: pure arithmetic between canvas pixels and voxels on screen. */

/** @typedef {{zoom: number, panMm: number[]}} View zoom 1 fits the slice; pan is the slice point at the canvas centre, from the slice's centre */

/**
 * Where a slice lies on a canvas.
 * @typedef {{left: number, top: number, perColumn: number, perRow: number, pxPerMm: number}} Placement
 */

export const HOME_VIEW = Object.freeze({ zoom: 1, panMm: Object.freeze([0, 0]) });
const MIN_ZOOM = 0.5;
const MAX_ZOOM = 24;
/** Canvas pixels of one wheel notch in every current browser lie above this; touchpads send less per event. */
const NOTCH_PX = 40;

/**
 * Voxels keep their true proportions: one scale in pixels per millimetre for both directions.
 * @param {View} view
 * @param {number[]} canvas width and height in pixels
 * @param {number[]} size columns and rows of the slice
 * @param {number[]} spacingMm of a column and a row
 * @returns {Placement}
 */
export function place(view, canvas, size, spacingMm) {
  const extent = [size[0] * spacingMm[0], size[1] * spacingMm[1]];
  const pxPerMm = Math.min(canvas[0] / extent[0], canvas[1] / extent[1]) * view.zoom;
  return {
    left: canvas[0] / 2 - (extent[0] / 2 + view.panMm[0]) * pxPerMm,
    top: canvas[1] / 2 - (extent[1] / 2 + view.panMm[1]) * pxPerMm,
    perColumn: spacingMm[0] * pxPerMm,
    perRow: spacingMm[1] * pxPerMm,
    pxPerMm,
  };
}

/** Column and row (with fractions) under a canvas point. */
export function pixelUnder(placement, x, y) {
  return [(x - placement.left) / placement.perColumn, (y - placement.top) / placement.perRow];
}

/** Canvas point of a column and row. */
export function pointOf(placement, column, row) {
  return [placement.left + column * placement.perColumn, placement.top + row * placement.perRow];
}

/**
 * Zoom by a factor; what lies under the given canvas point stays there.
 * @param {View} view
 * @param {number} factor
 * @param {number[]} point canvas pixels
 * @param {number[]} canvas width and height in pixels
 * @param {number} pxPerMm of the present placement
 * @returns {View}
 */
export function zoomAt(view, factor, point, canvas, pxPerMm) {
  const zoom = Math.min(MAX_ZOOM, Math.max(MIN_ZOOM, view.zoom * factor));
  const shrink = 1 - view.zoom / zoom;
  const panMm = [0, 1].map((axis) => view.panMm[axis] + ((point[axis] - canvas[axis] / 2) / pxPerMm) * shrink);
  return { zoom, panMm };
}

/** View after dragging the slice by canvas pixels. */
export function panBy(view, dx, dy, pxPerMm) {
  return { zoom: view.zoom, panMm: [view.panMm[0] - dx / pxPerMm, view.panMm[1] - dy / pxPerMm] };
}

/**
 * Slice steps of a wheel event: one per notch of a mouse wheel, and small movements of a touchpad added up.
 * Turning the wheel towards oneself goes to the next slice below.
 * @param {number} rest pixels left over from earlier events
 * @param {number} delta `deltaY` of the event
 * @param {number} mode `deltaMode` of the event: pixels, lines or pages
 * @returns {{steps: number, rest: number}}
 */
export function wheelSteps(rest, delta, mode) {
  const pixels = delta * [1, 40, 400][mode];
  if (Math.abs(pixels) >= NOTCH_PX) return { steps: -Math.sign(pixels) * Math.max(1, Math.round(Math.abs(pixels) / 120)), rest: 0 };
  const sum = Math.sign(rest) === -Math.sign(pixels) ? pixels : rest + pixels;
  const notches = Math.trunc(sum / NOTCH_PX);
  return { steps: notches === 0 ? 0 : -notches, rest: sum - notches * NOTCH_PX };
}

/** Zoom of a wheel event with Ctrl; pinching a touchpad sends such events with much smaller steps than a wheel. */
export function zoomFactor(delta) {
  const amount = Math.abs(delta) < NOTCH_PX ? delta / 100 : Math.sign(delta) / 4;
  return Math.exp(-amount);
}

/**
 * A round length for the scale bar, about a fifth of the canvas.
 * @param {number} widthPx
 * @param {number} pxPerMm
 * @returns {number} millimetres
 */
export function scaleBarMm(widthPx, pxPerMm) {
  const wanted = widthPx / 5 / pxPerMm;
  const power = 10 ** Math.floor(Math.log10(wanted));
  return [5, 2, 1].find((digit) => digit * power <= wanted) * power;
}
