/** The window of each channel, and the look-up table made from it. */

import { absoluteWindow, fillLut, presetsFor, presetWindow, relativeWindow } from "./windows.js";

/** Windows are kept by channel name, so that the next case opens with the window that the reader chose for that channel. */
export class Tones {
  /** @param {import("./preferences.js").Preferences} preferences */
  constructor(preferences) {
    this.ct = false;
    this.defaults = { mr: preferences.mrPreset, ct: preferences.ctPreset };
    /** @type {Map<string, {preset: string, custom: import("./windows.js").Window|null}>} */
    this.chosen = new Map();
    this.tables = new Map();
    this.version = 0;
  }

  /** Presets of the present kind of image. */
  get presets() {
    return presetsFor(this.ct);
  }

  /** @param {boolean} ct whether intensities are Hounsfield units */
  use(ct) {
    if (this.ct === ct) return;
    this.ct = ct;
    this.chosen.clear();
  }

  /** Name of a channel's preset, or "custom". */
  presetOf(name) {
    return this.chosen.get(name)?.preset ?? this.#defaultPreset();
  }

  #defaultPreset() {
    const wanted = this.ct ? this.defaults.ct : this.defaults.mr;
    return this.presets.some((preset) => preset.name === wanted) ? wanted : this.presets[0].name;
  }

  /** @param {string} preset also what channels without a choice of their own start with */
  choosePreset(name, preset) {
    this.chosen.set(name, { preset, custom: null });
  }

  /** Set a window by hand. For MR it is remembered in units of the automatic window: intensities have no unit there. */
  chooseWindow(name, volume, window) {
    const custom = this.ct ? window : relativeWindow(window, presetWindow(volume, "auto"));
    this.chosen.set(name, { preset: "custom", custom });
  }

  /** @returns {import("./windows.js").Window} */
  windowOf(name, volume) {
    const custom = this.chosen.get(name)?.custom;
    if (!custom) return presetWindow(volume, this.presetOf(name));
    return this.ct ? custom : absoluteWindow(custom, presetWindow(volume, "auto"));
  }

  forget(name) {
    this.chosen.delete(name);
  }

  /** Look-up table of a channel; `version` changes with its content. */
  toneOf(name, volume) {
    const { low, high } = this.windowOf(name, volume);
    let table = this.tables.get(name);
    if (!table) {
      table = { lut: new Uint32Array(65536), version: 0, volume: null, low: 0, high: 0 };
      this.tables.set(name, table);
    }
    if (table.volume !== volume || table.low !== low || table.high !== high) {
      fillLut(volume, { low, high }, table.lut);
      Object.assign(table, { volume, low, high, version: ++this.version });
    }
    return table;
  }
}
