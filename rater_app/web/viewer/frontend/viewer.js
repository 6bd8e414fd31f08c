/** The viewer of one case: its state, and the commands that change it. */

import { CaseVolumes } from "./case.js";
import { commandsOf, gesturesOf } from "./commands.js";
import { contentsOf } from "./contents.js";
import { availablePlanes, PLANES, toPixel } from "./grid.js";
import { HelpOverlay } from "./help.js";
import { layoutsFor } from "./layout.js";
import { colorTable, completeLabels } from "./masks.js";
import { Panel } from "./panel.js";
import { attachGestures } from "./pointer.js";
import { loadPreferences } from "./preferences.js";
import { Stage } from "./stage.js";
import { summarise } from "./summary.js";
import { Tones } from "./tones.js";
import { HOME_VIEW } from "./view.js";

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
    /** The tool that the main button works with; null moves the crosshair. @type {import("./pointer.js").PointerTool|null} */
    this.pointerTool = null;
    /** The case that was drawn with its mask: only then is there something to judge. */
    this.shownCase = null;
    this.spaceHeld = false;

    this.panel = new Panel(root, (action, amount) => this.command(action, amount));
    this.help = new HelpOverlay(root, () => this.focus());
    this.stage = new Stage(this.panel.stage, this);
    this.commands = commandsOf(this);
    const host = gesturesOf(this);
    for (const tile of this.tiles) attachGestures(tile, host);
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
    const centre = mask && contentsOf(mask).centre;
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
    const present = this.volumes.mask ? contentsOf(this.volumes.mask).labels : [];
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

  get tiles() {
    return this.stage.tiles;
  }

  /** Deal planes and channels to the tiles anew, and draw. */
  arrange() {
    if (!this.planes.includes(this.plane)) this.plane = this.planes[0];
    this.stage.arrange();
  }

  /** Draw in the next animation frame. */
  redraw() {
    this.stage.redraw();
  }

  /** The stage has drawn. */
  drawn() {
    const { volumes } = this;
    if (this.tiles.some((tile) => tile.placement) && (volumes.mask || !this.data.mask)) this.shownCase = this.data.case;
    this.#tellPage();
    this.panel.update(summarise(this));
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
      mask: { shown: this.maskShown, ...this.maskStyle, present: volumes?.mask ? contentsOf(volumes.mask).labels : null },
      crosshair: this.crosshair,
      views: structuredClone(this.views),
      loaded: { images: volumes?.images.map(Boolean) ?? [], mask: Boolean(volumes?.mask) },
      problems: volumes ? Object.fromEntries(volumes.problems) : {},
      helpOpen: this.help.open,
      stepCostsMs: [...this.stage.stepCostsMs],
      fetchCount: this.store.fetchCount,
    };
  }

  destroy() {
    this.volumes?.close();
    this.stage.destroy();
    this.panel.destroy();
    delete document.documentElement.dataset.case;
    this.data = null;
  }
}
