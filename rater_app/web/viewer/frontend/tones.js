/** The window of each channel, and the look-up tables made from it. */

import { GREYS, WARM } from "./color_maps.js";
import { absoluteWindow, fillLut, presetsFor, presetWindow, relativeWindow } from "./windows.js";

/**
 * How a channel is shown: a preset by name, or "custom" with a window set by hand.
 * @typedef {{preset: string, custom: import("./windows.js").Window|null}} ChosenWindow
 * @typedef {{mr: Record<string, ChosenWindow>, ct: Record<string, ChosenWindow>}} KeptWindows by channel name
 */

/** More channel names than one reader meets; what is kept must not grow for ever. */
const MOST_KEPT = 60;

function isSound(chosen, ct) {
  if (chosen?.preset !== "custom") return presetsFor(ct).some((preset) => preset.name === chosen?.preset);
  const { low, high } = chosen.custom ?? {};
  return Number.isFinite(low) && Number.isFinite(high) && low < high;
}

/** The windows out of something kept that may be used. */
export function validWindows(kept) {
  const soundOf = (kind) => Object.fromEntries(Object.entries(kept?.[kind] ?? {}).filter(([, chosen]) => isSound(chosen, kind === "ct")));
  return { mr: soundOf("mr"), ct: soundOf("ct") };
}

/** Windows are kept by channel name, so that the next case opens with the window that the reader chose for that channel. */
export class Tones {
  /**
   * @param {KeptWindows} [kept] from earlier sessions
   * @param {(windows: KeptWindows) => void} [onChange] called with all windows when one was chosen
   */
  constructor(kept, onChange = () => {}) {
    this.ct = false;
    const { mr, ct } = validWindows(kept);
    /** @type {Map<string, ChosenWindow>[]} */
    this.chosenOf = { mr: new Map(Object.entries(mr)), ct: new Map(Object.entries(ct)) };
    this.onChange = onChange;
    this.tables = new Map();
    this.version = 0;
  }

  /** Presets of the present kind of image. */
  get presets() {
    return presetsFor(this.ct);
  }

  get chosen() {
    return this.chosenOf[this.ct ? "ct" : "mr"];
  }

  /** @param {boolean} ct whether intensities are Hounsfield units */
  use(ct) {
    this.ct = ct;
  }

  /** Name of a channel's preset, or "custom". */
  presetOf(name) {
    return this.chosen.get(name)?.preset ?? this.presets[0].name;
  }

  choosePreset(name, preset) {
    this.#choose(name, { preset, custom: null });
  }

  /** Set a window by hand. For MR it is remembered in units of the automatic window: intensities have no unit there. */
  chooseWindow(name, volume, window) {
    const custom = this.ct ? window : relativeWindow(window, presetWindow(volume, "auto"));
    this.#choose(name, { preset: "custom", custom });
  }

  /** @returns {import("./windows.js").Window} */
  windowOf(name, volume) {
    const custom = this.chosen.get(name)?.custom;
    if (!custom) return presetWindow(volume, this.presetOf(name));
    return this.ct ? custom : absoluteWindow(custom, presetWindow(volume, "auto"));
  }

  forget(name) {
    if (this.chosen.delete(name)) this.#tell();
  }

  #choose(name, chosen) {
    // Set anew, the name comes last: the channels that nobody shows any more are the first to go.
    this.chosen.delete(name);
    this.chosen.set(name, chosen);
    if (this.chosen.size > MOST_KEPT) this.chosen.delete(this.chosen.keys().next().value);
    this.#tell();
  }

  #tell() {
    this.onChange({ mr: Object.fromEntries(this.chosenOf.mr), ct: Object.fromEntries(this.chosenOf.ct) });
  }

  /** Grey look-up table of a channel; `version` changes with its content. */
  toneOf(name, volume) {
    return this.#tableOf(name, volume, GREYS);
  }

  /** Look-up table in warm colours, for a channel that lies over another one. */
  warmToneOf(name, volume) {
    return this.#tableOf(name, volume, WARM);
  }

  #tableOf(name, volume, colors) {
    const { low, high } = this.windowOf(name, volume);
    const key = `${colors === WARM ? "warm" : "grey"} ${name}`;
    let table = this.tables.get(key);
    if (!table) {
      table = { lut: new Uint32Array(65536), version: 0, volume: null, low: 0, high: 0 };
      this.tables.set(key, table);
    }
    if (table.volume !== volume || table.low !== low || table.high !== high) {
      fillLut(volume, { low, high }, table.lut, colors);
      Object.assign(table, { volume, low, high, version: ++this.version });
    }
    return table;
  }
}
