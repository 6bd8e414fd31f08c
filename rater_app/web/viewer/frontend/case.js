/** The volumes of one case: what is here, what is on its way, what went wrong. */

import { cornerDistanceMm } from "./grid.js";

/** Channels and mask may differ by rounding of their headers, not by more. */
const SAME_GRID_MM = 0.5;

/** Loads the shown channel first, then the masks, then the other channels, then what the next case needs. */
export class CaseVolumes {
  /**
   * @param {import("./store.js").VolumeStore} store
   * @param {{channels: {name: string, url: string}[], mask: {url: string}|null, second_mask?: {url: string}|null, prefetch: string[]}} data
   * @param {(what: number|"mask"|"second") => void} onChange a channel (by number) or a mask arrived or failed
   */
  constructor(store, data, onChange) {
    this.store = store;
    this.data = data;
    this.onChange = onChange;
    /** @type {(import("./nifti.js").Volume|null)[]} */
    this.images = data.channels.map(() => null);
    /** @type {import("./nifti.js").Volume|null} */
    this.mask = null;
    /** The mask that the first one is compared with. @type {import("./nifti.js").Volume|null} */
    this.secondMask = null;
    /** @type {Map<number|"mask"|"second", string>} reasons, for people */
    this.problems = new Map();
    this.alive = true;
    this.complete = false;
  }

  /** Grid of the case: that of the first volume that came. */
  get grid() {
    return (this.images.find((image) => image) ?? this.masks[0])?.grid ?? null;
  }

  /** Masks that are here. */
  get masks() {
    return [this.mask, this.secondMask].filter(Boolean);
  }

  /** Whether every mask of the case is here: only then is there something to judge. */
  get hasMasks() {
    return Boolean((this.mask || !this.data.mask) && (this.secondMask || !this.data.second_mask));
  }

  /** @param {number} channel the one to show first */
  async start(channel) {
    // One after the other: inflating a large image and its mask side by side makes the reader wait longer for both.
    await this.want(channel);
    await Promise.all([this.#load("mask"), this.#load("second")]);
    for (let index = 0; index < this.images.length && this.alive; index++) await this.want(index);
    this.complete = true;
    await this.lookAhead();
  }

  /** Fetch what the next case will ask for, once everything of this one is here. */
  async lookAhead(urls = this.data.prefetch) {
    this.data = { ...this.data, prefetch: urls };
    for (const url of urls) {
      if (!this.alive || !this.complete) return;
      // A failed look-ahead is no news: the case itself will ask again.
      await this.store.load(url).catch(() => null);
    }
  }

  /** Load a channel now, whatever else is waiting. */
  want(channel) {
    return this.images[channel] || this.problems.has(channel) ? Promise.resolve() : this.#load(channel);
  }

  /** Ask again for everything that failed. */
  async retry() {
    const failed = [...this.problems.keys()];
    this.problems.clear();
    for (const what of failed) this.onChange(what);
    await Promise.all(failed.map((what) => this.#load(what)));
  }

  /** Load the mask again, whatever is here. */
  reloadMask() {
    this.problems.delete("mask");
    return this.#load("mask");
  }

  /** No more calls to `onChange`; running requests still end in the store. */
  close() {
    this.alive = false;
  }

  async #load(what) {
    const { mask, second_mask: second, channels } = this.data;
    const url = { mask, second, ...channels }[what]?.url;
    if (!url) return;
    try {
      const volume = await this.store.load(url);
      if (!this.alive) return;
      const { grid } = this;
      if (grid && cornerDistanceMm(grid, volume.grid) > SAME_GRID_MM) throw new Error("it does not lie on the grid of this case");
      if (what === "mask") this.mask = volume;
      else if (what === "second") this.secondMask = volume;
      else this.images[what] = volume;
    } catch (error) {
      if (!this.alive) return;
      this.problems.set(what, error.message);
    }
    this.onChange(what);
  }
}
