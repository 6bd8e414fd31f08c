/** Display habits kept in the browser between cases: never anything about a study, a case or a rating. */

const KEY = "viewer-display";

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
    return kept && typeof kept === "object" ? kept : {};
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
