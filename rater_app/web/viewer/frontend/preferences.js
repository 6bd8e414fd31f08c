/** Display habits kept in the browser, for each reader: never anything about a case, a mask or a rating. */

import { validKeys } from "./key_settings.js";
import { LAYOUTS } from "./layout.js";
import { MASK_STYLES } from "./masks.js";
import { validWindows } from "./tones.js";

const KEY = "viewer-display";
/** Habits that change many times a second (a slider, a window drag) are written once things have calmed down. */
const WRITE_MS = 400;

const oneOf = (rows) => (value) => rows.some((row) => row.name === value);
const isBoolean = (value) => typeof value === "boolean";
const isOpacity = (value) => Number.isFinite(value) && value >= 0.05 && value <= 1;
const isRecord = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const VALID = {
  layouts: (value) => isRecord(value) && Object.values(value).every(oneOf(LAYOUTS)),
  opacity: isOpacity,
  maskStyle: oneOf(MASK_STYLES),
  smooth: isBoolean,
  blend: (value) => isRecord(value) && (value.channel === null || typeof value.channel === "string") && isOpacity(value.opacity),
  windows: isRecord,
  keys: isRecord,
  brush: (value) => isRecord(value) && value.radiusMm > 0 && value.radiusMm <= 100 && isBoolean(value.ball),
};

/**
 * @typedef {object} Habits
 * @property {Record<string, string>} [layouts] by what is to be done: judging, comparing, correcting
 * @property {number} [opacity] of the mask
 * @property {string} [maskStyle]
 * @property {boolean} [smooth]
 * @property {{channel: string|null, opacity: number}} [blend] name of the channel laid over the first
 * @property {import("./tones.js").KeptWindows} [windows] by kind of image and channel name
 * @property {{radiusMm: number, ball: boolean}} [brush] for correcting
 * @property {Record<string, string>} [keys] own keys, as `key_settings.js` makes them
 */

export class Preferences {
  /** @param {string} reader opaque name of who reads, as the server gives it; workstations are shared */
  constructor(reader = "") {
    this.name = reader ? `${KEY}:${reader}` : KEY;
    /** @type {Habits} */
    this.habits = this.#read();
    this.unwritten = {};
    this.timer = null;
    // A page that goes takes its timers along.
    this.leave = () => this.write();
    globalThis.addEventListener?.("pagehide", this.leave);
  }

  /** @param {Habits} changed kept from now on, merged into what is kept */
  keep(changed) {
    Object.assign(this.habits, changed);
    Object.assign(this.unwritten, changed);
    this.timer ??= setTimeout(() => this.write(), WRITE_MS);
  }

  /** Write now what has changed. */
  write() {
    clearTimeout(this.timer);
    this.timer = null;
    if (Object.keys(this.unwritten).length === 0) return;
    try {
      // Another tab may have kept something else meanwhile.
      globalThis.localStorage.setItem(this.name, JSON.stringify({ ...this.#read(), ...this.unwritten }));
    } catch {
      // A browser in private mode may refuse: the habit then lasts as long as the page.
    }
    this.unwritten = {};
  }

  /** Write what has changed, for the last time. */
  close() {
    this.write();
    globalThis.removeEventListener?.("pagehide", this.leave);
  }

  #read() {
    try {
      const kept = JSON.parse(globalThis.localStorage.getItem(this.name) ?? "{}");
      // Whatever else lies there came from another version or another hand.
      const habits = Object.fromEntries(Object.entries(kept).filter(([name, value]) => VALID[name]?.(value)));
      if (habits.windows) habits.windows = validWindows(habits.windows);
      if (habits.keys) habits.keys = validKeys(habits.keys);
      return habits;
    } catch {
      return {};
    }
  }
}
