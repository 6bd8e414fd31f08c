/** The key table is data: the viewer acts on it, the help overlay and the description for screen readers are made from it. */

/**
 * @typedef {object} Key
 * @property {string[]} keys values of `KeyboardEvent.key`; letters in lower case
 * @property {string} shown how the key is written for people
 * @property {string} action command of the viewer
 * @property {number} [amount] argument of the command
 * @property {string} help
 */

const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

/** @type {Key[]} */
export const KEYS = [
  { keys: DIGITS, shown: "1 … 9", action: "channel", help: "show a channel" },
  { keys: ["0", "f"], shown: "0 or F", action: "channels-layout", help: "all channels of one plane, and back" },
  { keys: ["v"], shown: "V", action: "next-layout", help: "next layout" },
  { keys: ["x"], shown: "X", action: "next-plane", help: "next plane" },
  { keys: ["ArrowUp"], shown: "↑", action: "step", amount: 1, help: "next slice" },
  { keys: ["ArrowDown"], shown: "↓", action: "step", amount: -1, help: "previous slice" },
  { keys: ["PageUp"], shown: "Page ↑", action: "step", amount: 10, help: "ten slices on" },
  { keys: ["PageDown"], shown: "Page ↓", action: "step", amount: -10, help: "ten slices back" },
  { keys: ["Home"], shown: "Home", action: "first-slice", help: "first slice" },
  { keys: ["End"], shown: "End", action: "last-slice", help: "last slice" },
  { keys: ["c"], shown: "C", action: "centre", help: "go to the centre of the mask" },
  { keys: ["m"], shown: "M", action: "mask", help: "hide or show the mask; hold to hide it for a moment" },
  { keys: ["o"], shown: "O", action: "mask-style", help: "outline, fill, or both" },
  { keys: ["[", ","], shown: "[ or ,", action: "opacity", amount: -0.1, help: "mask more transparent" },
  { keys: ["]", "."], shown: "] or .", action: "opacity", amount: 0.1, help: "mask more opaque" },
  { keys: ["w"], shown: "W", action: "next-window", help: "next window preset (MR: auto 1–99 %, wide 0–100 %, narrow 5–95 % of the tissue)" },
  { keys: ["+", "="], shown: "+", action: "zoom", amount: 1.25, help: "zoom in" },
  { keys: ["-", "_"], shown: "−", action: "zoom", amount: 0.8, help: "zoom out" },
  { keys: ["g"], shown: "G", action: "crosshair", help: "crosshair on or off" },
  { keys: ["r"], shown: "R", action: "reset", help: "reset zoom, window and position" },
  { keys: ["?"], shown: "?", action: "help", help: "show or hide this help" },
];

/** Mouse gestures, for the help overlay. */
export const GESTURES = [
  { shown: "Wheel", help: "scroll through the slices" },
  { shown: "Click or drag", help: "move the crosshair; the other planes follow" },
  { shown: "Right-drag or Shift + drag", help: "window (sideways) and level (up and down)" },
  { shown: "Ctrl + wheel", help: "zoom at the pointer" },
  { shown: "Middle-drag or Space + drag", help: "move the image" },
  { shown: "Double-click", help: "reset the zoom" },
];

/** Shortcuts that work in the whole page, for the help overlay. */
export const PAGE_KEYS = [
  { shown: "Alt + 1 … 9, 0", help: "choose level 1 … 9, 10 of the rating" },
  { shown: "Ctrl + Enter", help: "submit the rating" },
];

/**
 * The command of a key press, or null where the key belongs to the browser or to nobody.
 * @param {{key: string, ctrlKey: boolean, altKey: boolean, metaKey: boolean, getModifierState?: (name: string) => boolean}} event
 * @returns {{action: string, amount: number|undefined}|null}
 */
export function commandOf(event) {
  // On many European layouts [ and ] need AltGr, which Windows reports as Ctrl + Alt.
  const altGraph = event.getModifierState?.("AltGraph") ?? false;
  if (!altGraph && (event.ctrlKey || event.altKey || event.metaKey)) return null;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const row = KEYS.find((candidate) => candidate.keys.includes(key));
  if (!row) return null;
  return { action: row.action, amount: row.action === "channel" ? Number(key) : row.amount };
}

/**
 * Level chosen by Alt + digit, or null. The physical key counts, because Alt changes the character on some systems.
 * @param {{code: string, altKey: boolean, ctrlKey: boolean, metaKey: boolean, repeat: boolean}} event
 * @param {number} levels how many levels can be chosen
 * @returns {number|null} 1 to 10; Alt + 0 is 10
 */
export function ratingOf(event, levels) {
  if (!event.altKey || event.ctrlKey || event.metaKey || event.repeat) return null;
  const match = /^(?:Digit|Numpad)(\d)$/.exec(event.code);
  if (!match) return null;
  const level = match[1] === "0" ? 10 : Number(match[1]);
  return level <= levels ? level : null;
}

/** One sentence for screen readers, made from the table. */
export function describeKeys() {
  return `Keys: ${KEYS.map((row) => `${row.shown}, ${row.help}`).join("; ")}.`;
}
