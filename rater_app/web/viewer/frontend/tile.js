/** One tile of the stage: a canvas that shows one plane of one channel, and redraws only what changed. */

import { contentsOf } from "./contents.js";
import { drawAnnotation, drawBorders, drawCrosshair, drawNotice, drawPicture, obliqueChip } from "./draw.js";
import { PLANES, toPixel } from "./grid.js";
import { drawHatches, Hatching, labelRuns } from "./patterns.js";
import { boxAround, boxWith, copyLabels, labelBorders, paintLabels, paintSlice, walkSlice } from "./slices.js";
import { place } from "./view.js";

const BORDER_PX = 1.75;
/** Sharper than this gains nothing that a reader can see, and costs time on a machine without a GPU. */
const MOST_PIXEL_RATIO = 2;

/** A canvas of the size of a slice, with its pixels at hand; kept and reused from slice to slice. */
class SlicePicture {
  constructor() {
    this.canvas = document.createElement("canvas");
    this.ctx = this.canvas.getContext("2d", { willReadFrequently: true });
    this.key = [];
  }

  /**
   * Repaint when `key` differs from the last one.
   * @param {unknown[]} key
   * @param {number} width
   * @param {number} height
   * @param {(pixels: Uint32Array, box: import("./slices.js").Box) => void} paint
   * @param {import("./slices.js").Box|null} [box] where there is something; outside of it, and of the box before, nothing is touched
   */
  refresh(key, width, height, paint, box = { left: 0, top: 0, right: width - 1, bottom: height - 1 }) {
    if (this.key.length === key.length && this.key.every((part, i) => part === key[i])) return;
    if (this.canvas.width !== width || this.canvas.height !== height || !this.image) {
      this.canvas.width = width;
      this.canvas.height = height;
      this.image = this.ctx.createImageData(width, height);
      this.pixels = new Uint32Array(this.image.data.buffer);
      this.box = null;
    }
    const touched = boxAround(box, this.box);
    if (touched) {
      paint(this.pixels, touched);
      this.ctx.putImageData(this.image, 0, 0, touched.left, touched.top, touched.right - touched.left + 1, touched.bottom - touched.top + 1);
    }
    Object.assign(this, { key, box: box && { ...box } });
  }
}

/** The labels of one slice of a mask, and their borders; kept until another slice is cut. */
export class MaskCut {
  constructor() {
    this.labels = new Uint16Array(0);
    this.mask = null;
    /** Rises whenever the labels of the cut become others. */
    this.stamp = 0;
  }

  refresh(mask, plane, slice) {
    const version = mask.version ?? 0;
    if (this.mask === mask && this.plane === plane && this.slice === slice && (this.version === version || this.#follow(version))) return;
    this.stamp++;
    Object.assign(this, { mask, version, plane, slice, known: null, knownRuns: null });
    const walk = walkSlice(mask.grid, plane.name, slice);
    [this.width, this.height] = [walk.width, walk.height];
    if (this.labels.length !== walk.width * walk.height) this.labels = new Uint16Array(walk.width * walk.height);
    this.box = copyLabels(mask.data, walk, this.labels, this.#room(contentsOf(mask)));
  }

  /** The part of the slice that may hold labels: most of a large mask is not worth reading. */
  #room(contents) {
    const { plane, slice, width, height } = this;
    if (contents.perSlice[plane.through][slice] === 0) return null;
    const [columns, rows] = [plane.across, plane.down].map((axis) => contents.rangeAlong(axis));
    return { left: width - 1 - columns[1], right: width - 1 - columns[0], top: height - 1 - rows[1], bottom: height - 1 - rows[0] };
  }

  /**
   * Take over the voxels that were changed in place: cutting a large mask anew takes longer than a stroke of the brush may.
   * @returns {boolean} false when they are not known one by one
   */
  #follow(version) {
    const { mask, plane, slice, width, height } = this;
    const contents = contentsOf(mask);
    if (contents.version !== version) return false;
    let changed = false;
    const isKnown = contents.visitChanges(this.version, (element) => {
      if (contents.indexAlong(plane.through, element) !== slice) return;
      const column = width - 1 - contents.indexAlong(plane.across, element);
      const row = height - 1 - contents.indexAlong(plane.down, element);
      this.labels[row * width + column] = mask.data[element];
      this.box = boxWith(this.box, column, row);
      changed = true;
    });
    if (changed) {
      this.stamp++;
      this.known = this.knownRuns = null;
    }
    this.version = version;
    return isKnown;
  }

  /** Borders are found only when somebody looks at outlines. */
  get borders() {
    this.known ??= labelBorders(this.labels, this.width, this.height, this.box);
    return this.known;
  }

  /** Rows of voxels are found only when somebody looks at patterns. */
  get runs() {
    this.knownRuns ??= labelRuns(this.labels, this.width, this.box);
    return this.knownRuns;
  }
}

const hatching = new Hatching();

/**
 * What a tile is given to draw.
 * @typedef {object} Frame
 * @property {import("./grid.js").Grid|null} grid of the case; null while nothing is loaded
 * @property {import("./nifti.js").Volume|null} image
 * @property {{lut: Uint32Array, version: number}|null} tone
 * @property {{image: import("./nifti.js").Volume, tone: {lut: Uint32Array, version: number}, opacity: number}|null} blend laid over the image
 * @property {boolean} smooth whether voxels are interpolated
 * @property {import("./nifti.js").Volume|null} mask null when absent or hidden
 * @property {import("./masks.js").Looks} colors
 * @property {{style: string, opacity: number}} maskStyle
 * @property {number[]} position patient index
 * @property {import("./view.js").View} view
 * @property {boolean} crosshair
 * @property {string} caption what is shown, beside the name of the plane
 * @property {string} notice shown when there is no image
 * @property {(tile: Tile) => number} insetOf canvas pixels at the right edge that letters keep out of
 * @property {import("./stage.js").Overlay[]} overlays drawn over image, mask and crosshair
 */

/** One plane of one channel on a canvas. */
export class Tile {
  /** @param {HTMLElement} stage */
  constructor(stage) {
    this.canvas = document.createElement("canvas");
    this.canvas.className = "tile";
    this.canvas.setAttribute("aria-hidden", "true");
    this.ctx = this.canvas.getContext("2d", { alpha: false });
    this.picture = new SlicePicture();
    this.upper = new SlicePicture();
    this.fill = new SlicePicture();
    this.cut = new MaskCut();
    this.ratio = 1;
    /** @type {import("./layout.js").TileContent|null} */
    this.content = null;
    this.placement = null;
    stage.append(this.canvas);
  }

  /** @param {import("./layout.js").TileContent|null} content null hides the tile */
  show(content) {
    this.content = content;
    this.canvas.hidden = content === null;
  }

  /** Take the canvas size from the page. */
  measure() {
    this.ratio = Math.min(MOST_PIXEL_RATIO, globalThis.devicePixelRatio || 1);
    const width = Math.max(1, Math.round(this.canvas.clientWidth * this.ratio));
    const height = Math.max(1, Math.round(this.canvas.clientHeight * this.ratio));
    if (this.canvas.width !== width) this.canvas.width = width;
    if (this.canvas.height !== height) this.canvas.height = height;
  }

  get size() {
    return [this.canvas.width, this.canvas.height];
  }

  /** Canvas pixels of a mouse event. */
  pointOf(event) {
    const box = this.canvas.getBoundingClientRect();
    return [
      ((event.clientX - box.left) * this.canvas.width) / Math.max(1, box.width),
      ((event.clientY - box.top) * this.canvas.height) / Math.max(1, box.height),
    ];
  }

  /** @param {Frame} frame */
  draw(frame) {
    const { ctx, size, ratio } = this;
    ctx.fillStyle = "#000";
    ctx.fillRect(0, 0, size[0], size[1]);
    this.placement = null;
    if (!frame.grid || !frame.image) {
      drawNotice(ctx, frame.notice, size, ratio);
      return;
    }
    const { grid } = frame;
    const plane = PLANES[this.content.plane];
    const slice = frame.position[plane.through];
    const across = [grid.dims[plane.across], grid.dims[plane.down]];
    const spacing = [grid.spacingMm[plane.across], grid.spacingMm[plane.down]];
    this.placement = place(frame.view, size, across, spacing);

    this.#drawImage(this.picture, frame, plane, slice, frame.smooth);
    if (frame.blend) this.#drawImage(this.upper, frame.blend, plane, slice, frame.smooth);
    if (frame.mask) this.#drawMask(frame, plane, slice);
    if (frame.crosshair) drawCrosshair(ctx, this.placement, toPixel(grid, plane, frame.position), size, ratio);
    for (const overlay of frame.overlays) overlay(ctx, this);
    drawAnnotation(ctx, {
      size,
      ratio,
      letters: plane.letters,
      caption: `${plane.title} · ${frame.caption}`,
      slice: `${slice + 1} / ${grid.dims[plane.through]}`,
      chip: obliqueChip(grid),
      pxPerMm: this.placement.pxPerMm,
      inset: frame.insetOf(this),
    });
  }

  #drawImage(picture, { image, tone, opacity }, plane, slice, smooth) {
    const walk = walkSlice(image.grid, plane.name, slice);
    picture.refresh([image, plane, slice, tone.version], walk.width, walk.height, (pixels) => paintSlice(image.data, walk, tone.lut, pixels));
    drawPicture(this.ctx, picture.canvas, this.placement, { smooth, alpha: opacity });
  }

  #drawMask({ mask, colors, maskStyle }, plane, slice) {
    const { cut } = this;
    cut.refresh(mask, plane, slice);
    if (!cut.box) return;
    // Lines stay strong while the fill is faint; only the lowest third of the slider fades them.
    const lineAlpha = Math.min(1, maskStyle.opacity * 3);
    if (maskStyle.style === "pattern") {
      drawHatches(this.ctx, cut.runs, colors, this.placement, { hatching, ratio: this.ratio, alpha: lineAlpha });
    } else if (maskStyle.style !== "outline") {
      const paint = (pixels, box) => paintLabels(cut.labels, colors.table, pixels, cut.width, box);
      this.fill.refresh([cut.stamp, colors.table], cut.width, cut.height, paint, cut.box);
      drawPicture(this.ctx, this.fill.canvas, this.placement, { smooth: false, alpha: maskStyle.opacity, box: cut.box });
    }
    if (maskStyle.style !== "fill") {
      const thickness = Math.max(1, Math.round(BORDER_PX * this.ratio));
      drawBorders(this.ctx, cut.borders, colors.colorOf, this.placement, thickness, lineAlpha);
    }
  }
}
