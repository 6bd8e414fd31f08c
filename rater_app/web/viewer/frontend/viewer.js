/** The viewer of one case: its state, and the commands that change it. */

import { CaseVolumes } from "./case.js";
import { commandsOf, gesturesOf } from "./commands.js";
import { contentsOf } from "./contents.js";
import { chosenLayout, useHabits } from "./display.js";
import { availablePlanes, PLANES, toPixel } from "./grid.js";
import { HelpOverlay } from "./help.js";
import { describeKeys } from "./keyboard.js";
import { freshPair, layoutsFor } from "./layout.js";
import { completeLabels, looksOf } from "./masks.js";
import { Panel } from "./panel.js";
import { attachGestures } from "./pointer.js";
import { attachReadingAids } from "./reading_aids.js";
import { Stage } from "./stage.js";
import { stateOf } from "./state.js";
import { summarise } from "./summary.js";
import { HOME_VIEW } from "./view.js";

/** @typedef {{case: string, reader?: string, channels: {name: string, url: string}[], mask: {url: string, name?: string}|null,
 *   second_mask?: {url: string, name?: string}|null, labels: import("./masks.js").Label[], prefetch: string[], ct: boolean, height: number,
 *   rating_keys: number, log?: {url: string, stage: string}|null, editing?: import("./editing/editor.js").Editing|null}} ViewerData */

export class Viewer {
  /**
   * @param {HTMLElement} root empty element that the viewer fills
   * @param {import("./store.js").VolumeStore} store
   */
  constructor(root, store) {
    this.root = root;
    this.store = store;
    useHabits(this, "");
    this.maskShown = true;
    /** Labels that the reader does not want to see; a new case shows all. */
    this.hidden = new Set();
    /** The second mask stands in for the first one while a key is held. */
    this.flicker = false;
    this.shows3d = false;
    this.crosshair = true;
    this.plane = "axial";
    this.channel = 0;
    /** Channels of the layout "pair": above and below. */
    this.pair = [0, 1];
    this.position = [0, 0, 0];
    this.views = {};
    /** @type {ViewerData|null} */
    this.data = null;
    this.volumes = null;
    this.labels = [];
    /** The tool that the main button works with; null moves the crosshair. @type {import("./pointer.js").PointerTool|null} */
    this.pointerTool = null;
    /** The tool of a pen's eraser end, while a mask is corrected. @type {import("./pointer.js").PointerTool|null} */
    this.eraser = null;
    /** The case that was drawn with its mask: only then is there something to judge. */
    this.shownCase = null;
    this.spaceHeld = false;

    this.panel = new Panel(root, (action, amount) => this.command(action, amount));
    this.help = new HelpOverlay(root, this);
    this.stage = new Stage(this.panel.stage, this);
    /** Those who want to know what the reader does. @type {Set<(name: string, detail?: unknown) => void>} */
    this.listeners = new Set();
    this.aids = attachReadingAids(this);
    this.commands = commandsOf(this);
    this.gestures = gesturesOf(this);
    for (const tile of this.tiles) attachGestures(tile, this.gestures);
  }

  /**
   * Take new data. The same case keeps position, zoom, window and mask display; a new case starts at its mask.
   * The state changes at once; volumes that arrive later for a case that has gone are ignored.
   * @param {ViewerData} data
   */
  update(data) {
    const before = this.data;
    this.aids.begin(data);
    this.data = data;
    this.root.style.height = `${data.height}px`;
    if (data.reader !== before?.reader) this.#welcome(data.reader);
    this.tones.use(data.ct);
    const sources = (given) => JSON.stringify([given?.case, given?.channels, given?.mask?.url, given?.second_mask?.url]);
    if (sources(before) !== sources(data)) {
      this.shownCase = null;
      this.#open(before?.case !== data.case);
    } else this.volumes.lookAhead(data.prefetch);
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

  #welcome(reader) {
    useHabits(this, reader);
    this.tellKeys();
  }

  /** Keep the description for screen readers in step with the keys in force. */
  tellKeys() {
    const description = this.root.querySelector("#viewer-keys");
    if (description) description.textContent = describeKeys(this.keyOptions);
  }

  get keyOptions() {
    return { correcting: this.correcting, custom: this.preferences.habits.keys ?? {} };
  }

  /** Whether the editor is on, and its keys with it. */
  get correcting() {
    return this.isCorrecting ?? false;
  }

  set correcting(correcting) {
    this.isCorrecting = correcting;
    this.tellKeys();
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
      this.hidden = new Set();
    }
    this.channel = Math.min(this.channel, this.data.channels.length - 1);
    if (isNewCase || this.pair.some((channel) => channel >= this.data.channels.length)) {
      this.pair = freshPair(this.channel, this.data.channels.length);
    }
    this.channelName = this.data.channels[this.channel]?.name;
    this.volumes.start(this.channel);
  }

  #arrived(what) {
    const { grid, masks, hasMasks } = this.volumes;
    if (what === "mask" || what === "second") this.#refreshLabels();
    if (grid && hasMasks && masks.length && this.placed !== "by hand" && this.placed !== "mask") this.goToMask();
    else if (grid && this.placed === "nowhere") {
      this.position = grid.dims.map((n) => Math.floor((n - 1) / 2));
      this.placed = "middle";
    }
    this.arrange();
  }

  /** Put the crosshair on the mask's centre, or on the volume's where there is no mask. */
  goToMask() {
    const { grid, masks } = this.volumes;
    const centre = masks.map((mask) => contentsOf(mask).centre).find(Boolean);
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
    const labels = completeLabels(this.data.labels, this.present ?? []);
    const known = JSON.stringify([labels, [...this.hidden]]);
    if (known === this.knownLooks) return;
    this.knownLooks = known;
    this.labels = labels;
    this.colors = looksOf(labels, this.hidden);
  }

  /** Labels in the masks of the case, sorted; null while unknown. */
  get present() {
    const { masks } = this.volumes ?? {};
    if (!masks?.length || !this.volumes.hasMasks) return null;
    return [...new Set(masks.flatMap((mask) => contentsOf(mask).labels))].sort((a, b) => a - b);
  }

  get planes() {
    return this.volumes?.grid ? availablePlanes(this.volumes.grid) : Object.keys(PLANES);
  }

  get layouts() {
    return layoutsFor(this.planes, this.data?.channels.length ?? 0, Boolean(this.data?.second_mask));
  }

  /** The layout in use: the chosen one, or a single plane where the case does not allow it. */
  get shownLayout() {
    // While a mask is corrected, the mask as it came lies aside, for a look.
    const wanted = chosenLayout(this);
    return this.layouts.includes(wanted) ? wanted : "single";
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

  /** The mask was changed in place. */
  maskChanged() {
    this.#refreshLabels();
    this.redraw();
  }

  /** Fetch the mask anew: the reader took another state of it. */
  reloadMask() {
    return this.volumes.reloadMask();
  }

  /** The stage has drawn. */
  drawn() {
    const { volumes } = this;
    if (this.tiles.some((tile) => tile.placement) && volumes.hasMasks) this.shownCase = this.data.case;
    this.#tellPage();
    this.panel.update(summarise(this));
    this.onDrawn?.();
  }

  /** Zoom and pan of a plane. */
  viewOf(plane) {
    return this.views[plane] ?? HOME_VIEW;
  }

  /** Carry out a command of the keyboard or the panel; without a case there is nothing to command. */
  command(action, amount) {
    if (!this.data || !this.commands[action]) return;
    this.commands[action](amount);
    this.#refreshLabels();
    this.arrange();
  }

  /** Tell the listeners what the reader did. */
  notice(name, detail) {
    for (const listener of this.listeners) listener(name, detail);
  }

  /** Close what is open, or else go back to the crosshair. */
  escape() {
    if (!this.panel.closeMenu()) this.pointerTool = null;
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
    return stateOf(this);
  }

  destroy() {
    this.aids.destroy();
    this.preferences.close();
    this.volumes?.close();
    this.stage.destroy();
    this.panel.destroy();
    delete document.documentElement.dataset.case;
    this.data = null;
  }
}
