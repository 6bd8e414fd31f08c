/** The stage: the tiles, what each of them shows, and the drawing once per animation frame. */

import { blendedChannel } from "./display.js";
import { PLANES } from "./grid.js";
import { MOST_TILES, tilesFor } from "./layout.js";
import { maskNames } from "./masks.js";
import { Tile } from "./tile.js";
import { View3DPlace } from "./view3d_place.js";

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
    this.view3d = new View3DPlace(element);
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
    this.view3d.update(this.viewer);
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
    const which = this.#whichMask(tile);
    tile.draw({
      grid: volumes.grid,
      image,
      tone: image && viewer.tones.toneOf(name, image),
      blend: this.#blendOver(channel),
      smooth: viewer.smooth,
      mask: viewer.maskShown ? (which === "second" ? volumes.secondMask : volumes.mask) : null,
      colors: viewer.colors,
      maskStyle: viewer.maskStyle,
      position: viewer.position,
      view: viewer.viewOf(plane),
      crosshair: viewer.crosshair,
      caption: this.#caption(channel, which),
      notice: volumes.problems.has(channel) ? "" : `Loading ${name} …`,
      insetOf: (shown) => viewer.bar.insetOf(shown),
      overlays: this.overlays,
    });
    tile.canvas.classList.toggle("active", this.#isActive(tile));
  }

  /** Of several tiles, the one that keys act on is marked. */
  #isActive({ content: { plane, channel } }) {
    const { viewer } = this;
    const layout = viewer.shownLayout;
    if (layout === "channels") return channel === viewer.channel;
    if (layout === "pair") return plane === viewer.plane && channel === viewer.channel;
    return (layout === "planes" || layout === "3d") && plane === viewer.plane;
  }

  /** Holding a key swaps the two masks of a case. */
  #whichMask(tile) {
    if (!this.viewer.data.second_mask || !this.viewer.flicker) return tile.content.mask;
    return tile.content.mask === "first" ? "second" : "first";
  }

  #blendOver(channel) {
    const { viewer } = this;
    const upper = blendedChannel(viewer);
    const image = upper === channel ? null : viewer.volumes.images[upper];
    if (!image) return null;
    return { image, tone: viewer.tones.warmToneOf(viewer.data.channels[upper].name, image), opacity: viewer.blend.opacity };
  }

  #caption(channel, which) {
    const { data } = this.viewer;
    const { channels } = data;
    const upper = blendedChannel(this.viewer);
    const parts = [upper >= 0 && upper !== channel ? `${channels[channel].name} + ${channels[upper].name}` : channels[channel].name];
    // One mask needs no name; of two, each tile says which one it shows. While one is corrected, the other is the exception.
    const isPlain = data.editing && which === "first" && this.viewer.shownLayout !== "compare";
    if (data.second_mask && !isPlain) parts.push(maskNames(data)[which === "second" ? 1 : 0]);
    return parts.join(" · ");
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
    this.view3d.destroy();
    if (this.frame) cancelAnimationFrame(this.frame);
    this.frame = null;
  }
}
