/** Display habits kept in the browser between cases: never anything about a study, a case or a rating. */

import { LAYOUTS } from "./layout.js";
import { MASK_STYLES } from "./masks.js";
import { CT_PRESETS, MR_PRESETS } from "./windows.js";

const KEY = "viewer-display";

const oneOf = (rows) => (value) => rows.some((row) => row.name === value);
const VALID = {
  layout: oneOf(LAYOUTS),
  opacity: (value) => Number.isFinite(value) && value >= 0.05 && value <= 1,
  maskStyle: oneOf(MASK_STYLES),
  mrPreset: oneOf(MR_PRESETS),
  ctPreset: oneOf(CT_PRESETS),
};

/**
 * @typedef {object} Preferences
 * @property {string} [layout]
 * @property {number} [opacity]
 * @property {string} [maskStyle]
 * @property {string} [mrPreset]
 * @property {string} [ctPreset]
 */

/** @returns {Preferences} empty where the browser keeps nothing */
export function loadPreferences() {
  try {
    const kept = JSON.parse(globalThis.localStorage.getItem(KEY) ?? "{}");
    // Whatever else lies there came from another version or another hand.
    return Object.fromEntries(Object.entries(kept).filter(([name, value]) => VALID[name]?.(value)));
  } catch {
    return {};
  }
}

/** @param {Preferences} changed merged into what is kept */
export function savePreferences(changed) {
  try {
    globalThis.localStorage.setItem(KEY, JSON.stringify({ ...loadPreferences(), ...changed }));
  } catch {
    // A browser in private mode may refuse: the habit then lasts as long as the page.
  }
}
