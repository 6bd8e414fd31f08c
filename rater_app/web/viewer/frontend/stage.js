/** The stage: the tiles, what each of them shows, and the drawing once per animation frame. */

import { PLANES } from "./grid.js";
import { MOST_TILES, tilesFor } from "./layout.js";
import { Tile } from "./tile.js";

const KEPT_COSTS = 500;

/**
 * Draws something of its own over a tile, in canvas pixels.
 * @callback Overlay
 * @param {CanvasRenderingContext2D} ctx
 * @param {Tile} tile
 */

export class Stage {
  /**
   * @param {HTMLElement} element
   * @param {import("./viewer.js").Viewer} viewer
   */
  constructor(element, viewer) {
    this.element = element;
    this.viewer = viewer;
    this.tiles = Array.from({ length: MOST_TILES }, () => new Tile(element));
    /** @type {Overlay[]} */
    this.overlays = [];
    this.stepCostsMs = [];
    this.frame = null;
    this.resizes = new ResizeObserver(() => this.#resized());
    this.resizes.observe(element);
  }

  /** Tiles that show something. */
  get shown() {
    return this.tiles.filter((tile) => tile.content);
  }

  /** Deal planes and channels to the tiles. */
  arrange() {
    const { viewer } = this;
    const contents = tilesFor(viewer.shownLayout, viewer);
    const arrangement = JSON.stringify([viewer.shownLayout, contents]);
    if (arrangement !== this.arrangement) {
      this.arrangement = arrangement;
      this.element.dataset.layout = viewer.shownLayout;
      this.element.dataset.tiles = String(contents.length);
      this.tiles.forEach((tile, index) => tile.show(contents[index] ?? null));
      this.#measure();
    }
    this.redraw();
  }

  #measure() {
    for (const tile of this.shown) tile.measure();
  }

  /** A canvas that changes its size loses its picture: draw at once, not a frame later. */
  #resized() {
    if (!this.viewer.data) return;
    this.#measure();
    cancelAnimationFrame(this.frame);
    this.#draw();
  }

  /** Ask for a drawing in the next animation frame; further calls before it cost nothing. */
  redraw() {
    this.frame ??= requestAnimationFrame(() => this.#draw());
  }

  #draw() {
    this.frame = null;
    if (!this.viewer.data) return;
    const started = performance.now();
    for (const tile of this.shown) this.#drawTile(tile);
    this.viewer.drawn();
    this.stepCostsMs.push(performance.now() - started);
    if (this.stepCostsMs.length > KEPT_COSTS) this.stepCostsMs.shift();
  }

  #drawTile(tile) {
    const { viewer } = this;
    const { volumes } = viewer;
    const { plane, channel } = tile.content;
    const image = volumes.images[channel];
    const name = viewer.data.channels[channel]?.name ?? "";
    tile.draw({
      grid: volumes.grid,
      image,
      tone: image && viewer.tones.toneOf(name, image),
      mask: viewer.maskShown ? volumes.mask : null,
      colors: viewer.colors,
      maskStyle: viewer.maskStyle,
      position: viewer.position,
      view: viewer.viewOf(plane),
      crosshair: viewer.crosshair,
      channelName: name,
      notice: volumes.problems.has(channel) ? "" : `Loading ${name} …`,
      overlays: this.overlays,
    });
    tile.canvas.classList.toggle("active", viewer.shownLayout === "planes" && plane === viewer.plane);
  }

  /** The tile of a plane that was dealt first. */
  tileOf(plane) {
    return this.shown.find((tile) => tile.content.plane === plane) ?? null;
  }

  /** Slice that a tile shows. */
  sliceOf(tile) {
    return this.viewer.position[PLANES[tile.content.plane].through];
  }

  destroy() {
    this.resizes.disconnect();
    if (this.frame) cancelAnimationFrame(this.frame);
    this.frame = null;
  }
}
