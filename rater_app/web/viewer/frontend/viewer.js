/** The viewer of one case: its state, the commands that change it, and the drawing once per animation frame. */

import { CaseVolumes } from "./case.js";
import { commandsOf, gesturesOf } from "./commands.js";
import { availablePlanes, PLANES, toPixel } from "./grid.js";
import { HelpOverlay } from "./help.js";
import { layoutsFor, MOST_TILES, tilesFor } from "./layout.js";
import { colorTable, completeLabels, summariseMask } from "./masks.js";
import { Panel } from "./panel.js";
import { attachGestures } from "./pointer.js";
import { loadPreferences } from "./preferences.js";
import { summarise } from "./summary.js";
import { Tile } from "./tile.js";
import { Tones } from "./tones.js";
import { HOME_VIEW } from "./view.js";

const KEPT_COSTS = 500;

/** @typedef {{case: string, channels: {name: string, url: string}[], mask: {url: string}|null, labels: import("./masks.js").Label[],
 *   prefetch: string[], ct: boolean, height: number, rating_keys: number}} ViewerData */

export class Viewer {
  /**
   * @param {HTMLElement} root empty element that the viewer fills
   * @param {import("./store.js").VolumeStore} store
   */
  constructor(root, store) {
    this.root = root;
    this.store = store;
    const preferences = loadPreferences();
    this.tones = new Tones(preferences);
    this.layout = preferences.layout ?? "planes";
    this.maskStyle = { style: preferences.maskStyle ?? "both", opacity: preferences.opacity ?? 0.35 };
    this.maskShown = true;
    this.crosshair = true;
    this.plane = "axial";
    this.channel = 0;
    this.position = [0, 0, 0];
    this.views = {};
    /** @type {ViewerData|null} */
    this.data = null;
    this.volumes = null;
    this.labels = [];
    this.stepCostsMs = [];
    /** The case that was drawn with its mask: only then is there something to judge. */
    this.shownCase = null;
    this.spaceHeld = false;

    this.panel = new Panel(root, (action, amount) => this.command(action, amount));
    this.help = new HelpOverlay(root, () => this.focus());
    this.tiles = Array.from({ length: MOST_TILES }, () => new Tile(this.panel.stage));
    this.commands = commandsOf(this);
    for (const tile of this.tiles) attachGestures(tile, gesturesOf(this));
    this.resizes = new ResizeObserver(() => this.#resized());
    this.resizes.observe(this.panel.stage);
  }

  /**
   * Take new data. The same case keeps position, zoom, window and mask display; a new case starts at its mask.
   * The state changes at once; volumes that arrive later for a case that has gone are ignored.
   * @param {ViewerData} data
   */
  update(data) {
    const before = this.data;
    this.data = data;
    this.root.style.height = `${data.height}px`;
    this.tones.use(data.ct);
    const sources = (given) => JSON.stringify([given?.case, given?.channels, given?.mask]);
    if (sources(before) !== sources(data)) this.#open(before?.case !== data.case);
    else this.volumes.lookAhead(data.prefetch);
    this.#refreshLabels();
    this.#tellPage();
    this.arrange();
  }

  get isShown() {
    return this.data !== null && this.shownCase === this.data.case;
  }

  /** The style sheet of the page keeps the form shut while there is nothing to judge. */
  #tellPage() {
    document.documentElement.dataset.case = this.isShown ? "shown" : "loading";
  }

  #open(isNewCase) {
    this.volumes?.close();
    this.volumes = new CaseVolumes(this.store, this.data, (what) => this.#arrived(what));
    if (isNewCase) {
      const name = this.channelName;
      // Readers go on with the channel that they had, where the next case has one of that name.
      this.channel = Math.max(0, this.data.channels.findIndex((channel) => channel.name === name));
      this.placed = "nowhere";
      this.views = {};
      this.maskShown = true;
    }
    this.channel = Math.min(this.channel, this.data.channels.length - 1);
    this.channelName = this.data.channels[this.channel]?.name;
    this.volumes.start(this.channel);
  }

  #arrived(what) {
    const { grid, mask } = this.volumes;
    if (what === "mask") this.#refreshLabels();
    if (grid && mask && this.placed !== "by hand" && this.placed !== "mask") this.goToMask();
    else if (grid && this.placed === "nowhere") {
      this.position = grid.dims.map((n) => Math.floor((n - 1) / 2));
      this.placed = "middle";
    }
    this.arrange();
  }

  /** Put the crosshair on the mask's centre, or on the volume's where there is no mask. */
  goToMask() {
    const { grid, mask } = this.volumes;
    const centre = mask && summariseMask(mask).centre;
    this.position = centre ?? grid.dims.map((n) => Math.floor((n - 1) / 2));
    this.placed = "mask";
    for (const plane of Object.keys(this.views)) this.views[plane] = { zoom: this.views[plane].zoom, panMm: this.#panTo(plane) };
  }

  /** Pan that brings the crosshair to the middle of a zoomed plane; none at zoom 1. */
  #panTo(planeName) {
    if (this.viewOf(planeName).zoom <= 1) return [0, 0];
    const { grid } = this.volumes;
    const plane = PLANES[planeName];
    const pixel = toPixel(grid, plane, this.position);
    return [plane.across, plane.down].map((axis, i) => (pixel[i] + 0.5 - grid.dims[axis] / 2) * grid.spacingMm[axis]);
  }

  #refreshLabels() {
    const present = this.volumes.mask ? summariseMask(this.volumes.mask).labels : [];
    const labels = completeLabels(this.data.labels, present);
    if (JSON.stringify(labels) === JSON.stringify(this.labels) && this.colors) return;
    this.labels = labels;
    const byValue = new Map(labels.map(({ value, color }) => [value, color]));
    this.colors = { table: colorTable(labels), colorOf: (value) => byValue.get(value) };
  }

  get planes() {
    return this.volumes?.grid ? availablePlanes(this.volumes.grid) : Object.keys(PLANES);
  }

  get layouts() {
    return layoutsFor(this.planes, this.data?.channels.length ?? 0);
  }

  /** The layout in use: the chosen one, or a single plane where the case does not allow it. */
  get shownLayout() {
    return this.layouts.includes(this.layout) ? this.layout : "single";
  }

  get image() {
    return this.volumes?.images[this.channel] ?? null;
  }

  /** Deal planes and channels to the tiles. */
  arrange() {
    if (!this.planes.includes(this.plane)) this.plane = this.planes[0];
    const contents = tilesFor(this.shownLayout, {
      planes: this.planes, plane: this.plane, channel: this.channel, channels: this.data.channels.length,
    });
    const arrangement = JSON.stringify([this.shownLayout, contents]);
    if (arrangement !== this.arrangement) {
      this.arrangement = arrangement;
      this.panel.stage.dataset.layout = this.shownLayout;
      this.panel.stage.dataset.tiles = String(contents.length);
      this.tiles.forEach((tile, index) => tile.show(contents[index] ?? null));
      this.#measure();
    }
    this.redraw();
  }

  #measure() {
    for (const tile of this.tiles) if (tile.content) tile.measure();
  }

  /** A canvas that changes its size loses its picture: draw at once, not a frame later. */
  #resized() {
    if (!this.data) return;
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
    if (!this.data) return;
    const started = performance.now();
    const { volumes } = this;
    for (const tile of this.tiles) {
      if (!tile.content) continue;
      const { plane, channel } = tile.content;
      const image = volumes.images[channel];
      const name = this.data.channels[channel]?.name ?? "";
      tile.draw({
        grid: volumes.grid,
        image,
        tone: image && this.tones.toneOf(name, image),
        mask: this.maskShown ? volumes.mask : null,
        colors: this.colors,
        maskStyle: this.maskStyle,
        position: this.position,
        view: this.viewOf(plane),
        crosshair: this.crosshair,
        channelName: name,
        notice: volumes.problems.has(channel) ? "" : `Loading ${name} …`,
      });
      tile.canvas.classList.toggle("active", this.shownLayout === "planes" && plane === this.plane);
    }
    if (this.tiles.some((tile) => tile.placement) && (volumes.mask || !this.data.mask)) this.shownCase = this.data.case;
    this.#tellPage();
    this.panel.update(summarise(this));
    this.stepCostsMs.push(performance.now() - started);
    if (this.stepCostsMs.length > KEPT_COSTS) this.stepCostsMs.shift();
  }

  /** Zoom and pan of a plane. */
  viewOf(plane) {
    return this.views[plane] ?? HOME_VIEW;
  }

  /** Carry out a command of the keyboard or the panel; without a case there is nothing to command. */
  command(action, amount) {
    if (!this.data) return;
    this.commands[action](amount);
    this.arrange();
  }

  /** Move the crosshair; the reader has taken over, so a mask that arrives late no longer moves it. */
  moveTo(position) {
    this.position = position;
    this.placed = "by hand";
  }

  /** Give the keyboard to the viewer. */
  focus() {
    this.root.focus({ preventScroll: true });
  }

  /** What is shown, for tests and for error reports. */
  getState() {
    const { volumes, image, position } = this;
    return {
      case: this.data?.case ?? null,
      channel: this.channel,
      channelName: this.channelName ?? null,
      position: [...position],
      slices: Object.fromEntries(Object.values(PLANES).map((plane) => [plane.name, position[plane.through]])),
      plane: this.plane,
      planes: this.planes,
      layout: this.shownLayout,
      window: image ? this.tones.windowOf(this.channelName, image) : null,
      preset: this.tones.presetOf(this.channelName),
      mask: { shown: this.maskShown, ...this.maskStyle, present: volumes?.mask ? summariseMask(volumes.mask).labels : null },
      crosshair: this.crosshair,
      views: structuredClone(this.views),
      loaded: { images: volumes?.images.map(Boolean) ?? [], mask: Boolean(volumes?.mask) },
      problems: volumes ? Object.fromEntries(volumes.problems) : {},
      helpOpen: this.help.open,
      stepCostsMs: [...this.stepCostsMs],
      fetchCount: this.store.fetchCount,
    };
  }

  destroy() {
    this.volumes?.close();
    this.resizes.disconnect();
    this.panel.destroy();
    delete document.documentElement.dataset.case;
    if (this.frame) cancelAnimationFrame(this.frame);
    this.data = null;
  }
}
