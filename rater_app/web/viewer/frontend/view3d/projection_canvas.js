/** Three projections of a mask side by side on one canvas, in one scale. */

import { drawAnnotation, drawPicture, obliqueChip } from "../draw.js";
import { HOME_VIEW, place } from "../view.js";
import { DIRECTIONS, paintProjection, projectMask } from "./projections.js";

/** Share of a part of the canvas that the largest view fills; the rest is for letters. */
const FILLED = 0.8;

/**
 * Parts of a canvas, one for each view: in a row where the canvas is wide, else two above and one below.
 * @param {number[]} size of the canvas in pixels
 * @returns {number[][]} left, top, width, height
 */
export function partsOf([width, height]) {
  if (width > 1.8 * height) return [0, 1, 2].map((n) => [(n * width) / 3, 0, width / 3, height]);
  const [w, h] = [width / 2, height / 2];
  return [[0, 0, w, h], [w, 0, w, h], [0, h, w, h]];
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {number} ratio canvas pixels per CSS pixel
 * @param {import("../nifti.js").Volume} mask
 * @param {{table: Uint32Array, isVisible: (label: number) => boolean}} looks
 */
export function drawProjections(canvas, ratio, mask, looks) {
  const ctx = canvas.getContext("2d");
  ctx.clearRect(0, 0, canvas.width, canvas.height);
  const views = Object.keys(DIRECTIONS).map((name) => ({ ...DIRECTIONS[name], seen: projectMask(mask, name, looks.isVisible) }));
  if (!views[0].seen) return;
  const parts = partsOf([canvas.width, canvas.height]);
  const placed = views.map(({ seen }, n) => place(HOME_VIEW, parts[n].slice(2), [seen.width, seen.height], seen.spacingMm));
  const pxPerMm = FILLED * Math.min(...placed.map((placement) => placement.pxPerMm));
  views.forEach((view, n) => {
    ctx.save();
    ctx.translate(parts[n][0], parts[n][1]);
    const zoom = pxPerMm / placed[n].pxPerMm;
    drawView(ctx, view, { size: parts[n].slice(2), ratio, zoom, chip: obliqueChip(mask.grid), table: looks.table });
    ctx.restore();
  });
}

function drawView(ctx, { seen, plane, title }, { size, ratio, zoom, chip, table }) {
  const picture = document.createElement("canvas");
  [picture.width, picture.height] = [seen.width, seen.height];
  const inner = picture.getContext("2d");
  const image = inner.createImageData(seen.width, seen.height);
  paintProjection(seen, table, new Uint32Array(image.data.buffer));
  inner.putImageData(image, 0, 0);
  const placement = place({ ...HOME_VIEW, zoom }, size, [seen.width, seen.height], seen.spacingMm);
  drawPicture(ctx, picture, placement, { smooth: false });
  drawAnnotation(ctx, {
    size,
    ratio,
    letters: plane.letters,
    caption: title,
    slice: "",
    chip,
    pxPerMm: placement.pxPerMm,
    inset: 0,
  });
}
