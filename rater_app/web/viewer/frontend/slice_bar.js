/** The bar at the right edge of a tile: along the plane's slices, where the mask is, what was seen, and the present slice. */

import { contentsOf } from "./contents.js";
import { PLANES } from "./grid.js";

/** CSS pixels. */
export const BAR_PX = 12;
const EDGE_PX = 2;
/** A finger is wider than the bar: it may land this far from the edge. */
const TOUCH_PX = 36;
const LEAST_HEIGHT_PX = 48;
const FRAMED_PX = 8;

/** Pixels as little-endian ABGR: the track, the mask whatever its labels, and what was seen. */
const TRACK = 0xc8241c18;
const MASK = 0xffc9bfb4;
const SEEN = 0xffffd47f;
const MARKER = "#ffffff";
const RIM = "rgba(0, 0, 0, 0.85)";

/**
 * Slices that a row of the bar stands for; slice n - 1 is at the top, as ArrowUp goes there.
 * @param {number} row from the top
 * @param {number} rows no more than there are slices
 * @param {number} slices
 * @returns {number[]} lowest and highest slice
 */
export function slicesOfRow(row, rows, slices) {
  const first = Math.floor((row * slices) / rows);
  const last = Math.min(slices, Math.ceil(((row + 1) * slices) / rows)) - 1;
  return [slices - 1 - last, slices - 1 - first];
}

/** Slice at a place on the bar: 0 is its top, 1 its bottom; beyond its ends the last slice there. */
export function sliceAt(place, slices) {
  return slices - 1 - Math.min(slices - 1, Math.max(0, Math.floor(place * slices)));
}

/**
 * Paint mask and seen slices of a bar; fewer slices than the bar is high have one row each, and are stretched when drawn.
 * @param {Uint32Array} pixels width * rows
 * @param {number} width
 * @param {number} rows
 * @param {{slices: number, amounts: Uint32Array|null, seen: Uint8Array|null, line: number}} shown labelled voxels and
 *   flags of each slice; thickness of the line of seen slices
 */
export function paintBar(pixels, width, rows, { slices, amounts, seen, line }) {
  let most = 0;
  if (amounts) for (const amount of amounts) if (amount > most) most = amount;
  const room = width - line - 1;
  for (let row = 0; row < rows; row++) {
    const [low, high] = slicesOfRow(row, rows, slices);
    let amount = 0;
    // A row of several slices was seen when all of them were, and shows the most of what they hold.
    let all = seen !== null;
    for (let slice = low; slice <= high; slice++) {
      if (amounts && amounts[slice] > amount) amount = amounts[slice];
      if (seen && !seen[slice]) all = false;
    }
    // One labelled voxel must be found too: no slice with mask is drawn narrower than a sixth of the bar.
    const reach = amount === 0 ? 0 : Math.max(Math.ceil(room / 6), Math.round((room * amount) / most));
    const start = row * width;
    pixels.fill(TRACK, start, start + width);
    pixels.fill(MASK, start + width - reach, start + width);
    if (all) pixels.fill(SEEN, start, start + line);
  }
}

/** The painted bar of one tile, kept until something in it changes. */
class BarPicture {
  constructor() {
    this.canvas = document.createElement("canvas");
    this.ctx = this.canvas.getContext("2d", { willReadFrequently: true });
    this.key = [];
  }

  refresh(key, width, rows, shown) {
    if (this.key.length === key.length && this.key.every((part, i) => part === key[i])) return;
    this.key = key;
    if (this.canvas.width !== width || this.canvas.height !== rows || !this.image) {
      this.canvas.width = width;
      this.canvas.height = rows;
      this.image = this.ctx.createImageData(width, rows);
      this.pixels = new Uint32Array(this.image.data.buffer);
    }
    paintBar(this.pixels, width, rows, shown);
    this.ctx.putImageData(this.image, 0, 0);
  }
}

/** Draws the bars, and takes the presses on them. */
export class SliceBar {
  /** @param {import("./viewer.js").Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    /** @type {WeakMap<import("./tile.js").Tile, BarPicture>} */
    this.pictures = new WeakMap();
    /** @type {import("./stage.js").Overlay} */
    this.overlay = (ctx, tile) => this.#draw(ctx, tile);
  }

  /**
   * Where a tile's bar lies, in canvas pixels; null where there is none.
   * @returns {{left: number, top: number, width: number, rows: number, slices: number, through: number}|null}
   */
  boxOf(tile) {
    const { grid } = this.viewer.volumes ?? {};
    if (!grid || !tile.placement) return null;
    const { through } = PLANES[tile.content.plane];
    const { ratio } = tile;
    const [width, height] = tile.size;
    const slices = grid.dims[through];
    if (slices < 2 || height < LEAST_HEIGHT_PX * ratio) return null;
    const edge = Math.round(EDGE_PX * ratio);
    const wide = Math.round(BAR_PX * ratio);
    return { left: width - edge - wide, top: edge, width: wide, rows: height - 2 * edge, slices, through };
  }

  /** Canvas pixels at the right edge that the bar needs. */
  insetOf(tile) {
    const box = this.boxOf(tile);
    return box ? tile.size[0] - box.left : 0;
  }

  /** Whether a point lies on the bar; the strip between bar and edge counts. */
  covers(tile, point) {
    const box = this.boxOf(tile);
    return box !== null && point[0] >= box.left && point[0] <= tile.size[0];
  }

  /** Whether a finger at this point means the bar. */
  isNear(tile, point) {
    return this.boxOf(tile) !== null && point[0] >= tile.size[0] - TOUCH_PX * tile.ratio;
  }

  /** Show the slice at a point of the bar. */
  go(tile, point) {
    const box = this.boxOf(tile);
    if (box) this.#show(box, sliceAt((point[1] - box.top) / box.rows, box.slices));
  }

  /**
   * Scroll by a finger's way from where it started: it need not hit the present slice.
   * @returns {(dy: number) => void} takes the canvas pixels since the start
   */
  startScroll(tile) {
    const box = this.boxOf(tile);
    const start = box && this.viewer.position[box.through];
    return (dy) => {
      if (!box) return;
      const wanted = start - Math.round((dy * box.slices) / box.rows);
      this.#show(box, Math.min(box.slices - 1, Math.max(0, wanted)));
    };
  }

  #show({ through }, slice) {
    const { viewer } = this;
    if (viewer.position[through] === slice) return;
    const position = [...viewer.position];
    position[through] = slice;
    viewer.moveTo(position);
    viewer.arrange();
  }

  #draw(ctx, tile) {
    const box = this.boxOf(tile);
    if (!box) return;
    const { viewer } = this;
    const mask = tile.content.mask === "second" ? viewer.volumes.secondMask : viewer.volumes.mask;
    const contents = mask && contentsOf(mask);
    const { plane } = tile.content;
    let picture = this.pictures.get(tile);
    if (!picture) this.pictures.set(tile, (picture = new BarPicture()));
    const rows = Math.min(box.rows, box.slices);
    const key = [contents, contents?.version, plane, viewer.seen.reading, viewer.seen.count(plane), box.width, rows, box.slices];
    picture.refresh(key, box.width, rows, {
      slices: box.slices,
      amounts: contents?.perSlice[box.through] ?? null,
      seen: viewer.seen.flags(plane),
      line: Math.max(2, Math.round(2.5 * tile.ratio)),
    });
    ctx.imageSmoothingEnabled = false;
    ctx.drawImage(picture.canvas, box.left, box.top, box.width, box.rows);
    this.#drawMarker(ctx, box, tile.ratio);
  }

  /** A bright mark over the present slice; a frame where slices are so high that it would hide what the bar says of them. */
  #drawMarker(ctx, { left, top, width, rows, slices, through }, ratio) {
    const high = rows / slices;
    const middle = top + (slices - 0.5 - this.viewer.position[through]) * high;
    const thick = Math.max(Math.round(3 * ratio), Math.round(high));
    const y = Math.min(top + rows - thick, Math.max(top, Math.round(middle - thick / 2)));
    const line = Math.max(1, Math.round(1.5 * ratio));
    const mark = (color, out) => {
      const box = [left - line - out, y - out, width + 2 * (line + out), thick + 2 * out];
      if (thick > FRAMED_PX * ratio) frame(ctx, color, box, line + 2 * out);
      else {
        ctx.fillStyle = color;
        ctx.fillRect(...box);
      }
    };
    mark(RIM, Math.max(1, Math.round(ratio)));
    mark(MARKER, 0);
  }
}

/** The inner rim of a rectangle. */
function frame(ctx, color, [left, top, width, height], line) {
  ctx.strokeStyle = color;
  ctx.lineWidth = line;
  ctx.lineJoin = "miter";
  ctx.strokeRect(left + line / 2, top + line / 2, width - line, height - line);
}
