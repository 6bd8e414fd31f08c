/** Drawing one tile: image, mask, crosshair and annotations on a 2D canvas. All coordinates are canvas pixels. */

import { RUN, TOP, BOTTOM, LEFT, RIGHT, START_CONCAVE, END_CONCAVE } from "./slices.js";
import { pointOf, scaleBarMm } from "./view.js";

const TEXT = "#e6e9ee";
const QUIET_TEXT = "#a9b1bd";
const CROSSHAIR = "rgba(120, 220, 255, 0.75)";

/**
 * Draw a slice picture where the placement says. Masks keep hard voxel edges, images are smoothed.
 * @param {CanvasRenderingContext2D} ctx
 * @param {HTMLCanvasElement} picture
 * @param {import("./view.js").Placement} placement
 * @param {{smooth: boolean, alpha?: number, box?: import("./slices.js").Box}} options `box` is the part that is not transparent
 */
export function drawPicture(ctx, picture, { left, top, perColumn, perRow }, { smooth, alpha = 1, box }) {
  ctx.imageSmoothingEnabled = smooth;
  ctx.globalAlpha = alpha;
  // A voxel more all round: the edge of what is drawn must be a transparent one.
  const [x, y] = box ? [Math.max(0, box.left - 1), Math.max(0, box.top - 1)] : [0, 0];
  const width = (box ? Math.min(picture.width, box.right + 2) : picture.width) - x;
  const height = (box ? Math.min(picture.height, box.bottom + 2) : picture.height) - y;
  ctx.drawImage(picture, x, y, width, height, left + x * perColumn, top + y * perRow, width * perColumn, height * perRow);
  ctx.globalAlpha = 1;
}

/**
 * Draw the borders of the labels as bars inside each label, on whole canvas pixels: crisp at any zoom, and never
 * thinner than `thickness`, however small the voxels are.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Map<number, number[]>} borders as `labelBorders` gives them
 * @param {(label: number) => string|undefined} colorOf undefined leaves the label out
 * @param {import("./view.js").Placement} placement
 * @param {number} thickness canvas pixels
 * @param {number} alpha
 */
export function drawBorders(ctx, borders, colorOf, placement, thickness, alpha) {
  const { left, top, perColumn, perRow } = placement;
  ctx.globalAlpha = alpha;
  for (const [label, runs] of borders) {
    const color = colorOf(label);
    if (color === undefined) continue;
    ctx.fillStyle = color;
    for (let run = 0; run < runs.length; run += RUN) {
      const side = runs[run];
      const ends = runs[run + 4];
      const before = ends & START_CONCAVE ? thickness : 0;
      const after = ends & END_CONCAVE ? thickness : 0;
      if (side === TOP || side === BOTTOM) {
        const x = Math.round(left + runs[run + 1] * perColumn);
        const end = Math.round(left + (runs[run + 1] + runs[run + 3]) * perColumn);
        const y = Math.round(top + (runs[run + 2] + (side === BOTTOM ? 1 : 0)) * perRow) - (side === BOTTOM ? thickness : 0);
        ctx.fillRect(x - before, y, end - x + before + after, thickness);
      } else if (side === LEFT || side === RIGHT) {
        const y = Math.round(top + runs[run + 2] * perRow);
        const end = Math.round(top + (runs[run + 2] + runs[run + 3]) * perRow);
        const x = Math.round(left + (runs[run + 1] + (side === RIGHT ? 1 : 0)) * perColumn) - (side === RIGHT ? thickness : 0);
        ctx.fillRect(x, y - before, thickness, end - y + before + after);
      }
    }
  }
  ctx.globalAlpha = 1;
}

/** Lines through the middle of a voxel, with a gap that leaves the voxel itself free. */
export function drawCrosshair(ctx, placement, pixel, size, ratio) {
  const [x, y] = pointOf(placement, pixel[0] + 0.5, pixel[1] + 0.5).map(Math.round);
  const gap = Math.round(Math.max(10 * ratio, placement.perColumn, placement.perRow));
  const line = Math.max(1, Math.round(ratio));
  ctx.fillStyle = CROSSHAIR;
  ctx.fillRect(0, y, Math.max(0, x - gap), line);
  ctx.fillRect(x + gap, y, Math.max(0, size[0] - x - gap), line);
  ctx.fillRect(x, 0, line, Math.max(0, y - gap));
  ctx.fillRect(x, y + gap, line, Math.max(0, size[1] - y - gap));
}

function write(ctx, text, x, y, align, baseline, color) {
  ctx.textAlign = align;
  ctx.textBaseline = baseline;
  // A dark rim keeps the text legible over bright tissue.
  ctx.strokeStyle = "rgba(0, 0, 0, 0.85)";
  ctx.strokeText(text, x, y);
  ctx.fillStyle = color;
  ctx.fillText(text, x, y);
}

/**
 * Letters of the patient directions, caption, slice number, oblique chip and scale bar.
 * @param {CanvasRenderingContext2D} ctx
 * @param {{size: number[], ratio: number, letters: Record<string, string>, caption: string, slice: string, chip: string,
 *   pxPerMm: number, inset: number}} annotation `inset` is what the right edge is needed for otherwise
 */
export function drawAnnotation(ctx, { size, ratio, letters, caption, slice, chip, pxPerMm, inset }) {
  const [width, height] = size;
  const edge = 6 * ratio;
  ctx.lineWidth = 3 * ratio;
  ctx.lineJoin = "round";
  ctx.font = `600 ${Math.round(14 * ratio)}px system-ui, sans-serif`;
  write(ctx, letters.left, edge, height / 2, "left", "middle", TEXT);
  write(ctx, letters.right, width - inset - edge, height / 2, "right", "middle", TEXT);
  write(ctx, letters.top, width / 2, edge, "center", "top", TEXT);
  write(ctx, letters.bottom, width / 2, height - edge, "center", "bottom", TEXT);
  ctx.font = `${Math.round(12 * ratio)}px system-ui, sans-serif`;
  write(ctx, caption, edge, edge, "left", "top", QUIET_TEXT);
  write(ctx, slice, edge, height - edge, "left", "bottom", QUIET_TEXT);
  if (chip) drawChip(ctx, chip, width - inset - edge, { edge, middle: width / 2, ratio });
  drawScaleBar(ctx, [width - inset, height], ratio, pxPerMm);
}

/** Rounding of a header turns a volume by less than this. */
const LEAST_OBLIQUE_DEG = 0.5;

/** Says that the voxels of a volume lie at an angle to the patient; empty where they do not. */
export function obliqueChip({ obliqueDeg }) {
  return obliqueDeg >= LEAST_OBLIQUE_DEG ? `oblique ${Math.round(obliqueDeg)}°` : "";
}

/** A word of caution in a corner, or a line lower where it would cover the letter in the middle; its dark ground keeps it legible over bright tissue. */
function drawChip(ctx, text, right, { edge, middle, ratio }) {
  const width = ctx.measureText(text).width + 8 * ratio;
  const top = right - width < middle + 12 * ratio ? edge + 20 * ratio : edge;
  ctx.fillStyle = "rgba(0, 0, 0, 0.8)";
  ctx.fillRect(right - width, top - 2 * ratio, width, 18 * ratio);
  ctx.textAlign = "right";
  ctx.textBaseline = "top";
  ctx.fillStyle = "#ffd27a";
  ctx.fillText(text, right - 4 * ratio, top);
}

function drawScaleBar(ctx, [width, height], ratio, pxPerMm) {
  const lengthMm = scaleBarMm(width, pxPerMm);
  const length = Math.round(lengthMm * pxPerMm);
  const edge = Math.round(8 * ratio);
  const thick = Math.max(2, Math.round(2 * ratio));
  const rim = Math.round(ratio);
  ctx.fillStyle = "rgba(0, 0, 0, 0.85)";
  ctx.fillRect(width - edge - length - rim, height - edge - thick - rim, length + 2 * rim, thick + 2 * rim);
  ctx.fillStyle = QUIET_TEXT;
  ctx.fillRect(width - edge - length, height - edge - thick, length, thick);
  const label = lengthMm >= 10 ? `${lengthMm / 10} cm` : `${Number(lengthMm.toPrecision(1))} mm`;
  write(ctx, label, width - edge, height - edge - thick - 3 * ratio, "right", "bottom", QUIET_TEXT);
}

/** A sentence in the middle of a tile that has nothing to show yet. */
export function drawNotice(ctx, text, [width, height], ratio) {
  ctx.font = `${Math.round(13 * ratio)}px system-ui, sans-serif`;
  ctx.lineWidth = 3 * ratio;
  write(ctx, text, width / 2, height / 2, "center", "middle", QUIET_TEXT);
}
