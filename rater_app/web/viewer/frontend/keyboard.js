/** The key table is data: the viewer acts on it, the help overlay and the description for screen readers are made from it. */

import { chordsOf, showChord } from "./chords.js";

/**
 * @typedef {object} Key
 * @property {"view"|"correct"} group keys of the group "correct" work only while a mask is being corrected
 * @property {string[]} keys chords as `chords.js` writes them
 * @property {string} [shown] how the keys are written for people, where that is not one chord after the other
 * @property {string} action command of the viewer
 * @property {any} [amount] argument of the command
 * @property {boolean} [fixed] cannot be put on another key
 * @property {string} help
 */

const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];
const rows = (group, list) => list.map((row) => ({ group, ...row }));

const VIEW_KEYS = rows("view", [
  { keys: DIGITS, shown: "1 … 9", action: "channel", fixed: true, help: "show a channel" },
  { keys: ["0", "f"], action: "channels-layout", help: "all channels of one plane, and back" },
  { keys: ["v"], action: "next-layout", help: "next layout" },
  { keys: ["x"], action: "next-plane", help: "next plane" },
  { keys: ["ArrowUp"], action: "step", amount: 1, help: "next slice" },
  { keys: ["ArrowDown"], action: "step", amount: -1, help: "previous slice" },
  { keys: ["PageUp"], action: "step", amount: 10, help: "ten slices on" },
  { keys: ["PageDown"], action: "step", amount: -10, help: "ten slices back" },
  { keys: ["Home"], action: "first-slice", help: "first slice" },
  { keys: ["End"], action: "last-slice", help: "last slice" },
  { keys: ["p"], action: "cine", help: "play through the slices, and stop" },
  { keys: ["Shift+ArrowLeft"], action: "nudge", amount: [-1, 0], help: "crosshair one voxel to the left" },
  { keys: ["Shift+ArrowRight"], action: "nudge", amount: [1, 0], help: "crosshair one voxel to the right" },
  { keys: ["Shift+ArrowUp"], action: "nudge", amount: [0, -1], help: "crosshair one voxel up" },
  { keys: ["Shift+ArrowDown"], action: "nudge", amount: [0, 1], help: "crosshair one voxel down" },
  { keys: ["c"], action: "centre", help: "go to the centre of the mask" },
  { keys: ["m"], action: "mask", help: "hide or show the mask; hold to hide it for a moment" },
  { keys: ["h"], action: "flicker", amount: true, help: "hold to see the second mask, where there are two" },
  { keys: ["o"], action: "mask-style", help: "mask as outline, fill, both, or with a pattern for each structure" },
  { keys: ["[", ","], action: "opacity", amount: -0.1, help: "mask more transparent" },
  { keys: ["]", "."], action: "opacity", amount: 0.1, help: "mask more opaque" },
  { keys: ["w"], action: "next-window", help: "next window preset (MR: auto 1–99 %, wide 0–100 %, narrow 5–95 % of the tissue)" },
  { keys: ["y"], action: "blend", help: "lay a second channel over the first in warm colours; next one; off" },
  { keys: ["i"], action: "interpolation", help: "smooth voxels, or sharp ones" },
  { keys: ["+", "="], shown: "+", action: "zoom", amount: 1.25, help: "zoom in" },
  { keys: ["-", "_"], shown: "−", action: "zoom", amount: 0.8, help: "zoom out" },
  { keys: ["g"], action: "crosshair", help: "crosshair on or off" },
  { keys: ["d"], action: "distance", help: "measure distances, on or off" },
  { keys: ["z"], action: "view-3d", help: "3D view on or off" },
  { keys: ["r"], action: "reset", help: "reset zoom, window and position" },
  { keys: ["Escape"], action: "escape", fixed: true, help: "close what is open; back to the crosshair" },
  { keys: ["?"], action: "help", fixed: true, help: "show or hide this help" },
]);

const CORRECT_KEYS = rows("correct", [
  { keys: ["b"], action: "brush", help: "brush" },
  { keys: ["e"], action: "eraser", help: "eraser" },
  { keys: ["l"], action: "lasso", help: "draw an outline, or set its corners" },
  { keys: ["k"], action: "fill", help: "fill" },
  { keys: ["q"], action: "pick", help: "pick a label of the mask to paint with" },
  { keys: ["u"], action: "ball", help: "brush flat, or a ball" },
  { keys: ["t"], action: "range", help: "paint only between two intensities" },
  { keys: ["a"], action: "brush-size", amount: -1, help: "smaller brush" },
  { keys: ["s"], action: "brush-size", amount: 1, help: "larger brush" },
  { keys: DIGITS.map((digit) => `Shift+Digit${digit}`), shown: "Shift + 1 … 9", action: "label", fixed: true, help: "choose the label to paint" },
  { keys: ["Enter"], action: "apply", help: "use the tool at the crosshair" },
  { keys: ["Delete"], action: "island", help: "remove the island under the crosshair" },
  { keys: ["Shift+g"], action: "grow", help: "grow the label" },
  { keys: ["Shift+k"], action: "shrink", help: "shrink the label" },
  { keys: ["Shift+h"], action: "holes", help: "fill holes" },
  { keys: ["Shift+i"], action: "between", help: "interpolate between drawn slices" },
  { keys: ["Shift+c"], action: "copy", amount: -1, help: "copy from the slice below" },
  { keys: ["Shift+v"], action: "copy", amount: 1, help: "copy from the slice above" },
  { keys: ["Shift+p"], action: "protect", help: "protect the other labels, or not" },
  { keys: ["Ctrl+z"], action: "undo", help: "undo" },
  { keys: ["Ctrl+y", "Ctrl+Shift+z"], action: "redo", help: "redo" },
  { keys: ["Ctrl+s"], action: "save", help: "save" },
]);

/** @type {Key[]} */
export const KEYS = [...VIEW_KEYS, ...CORRECT_KEYS];

/** Mouse gestures, for the help overlay. */
export const GESTURES = [
  { shown: "Wheel", help: "scroll through the slices" },
  { shown: "Click or drag", help: "move the crosshair; the other planes follow" },
  { shown: "Right-drag or Shift + drag", help: "window (sideways) and level (up and down)" },
  { shown: "Ctrl + wheel", help: "zoom at the pointer" },
  { shown: "Middle-drag or Space + drag", help: "move the image" },
  { shown: "Double-click", help: "reset the zoom" },
  { shown: "Bar at the right edge", help: "click or drag to a slice; it shows where the mask is, and what you have seen" },
  { shown: "Two fingers", help: "zoom and move the image; one finger beside the bar scrolls" },
  { shown: "Pen", help: "its button sets the window, its eraser end erases while you correct" },
  { shown: "Click on a structure", help: "hide or show it; with Alt or Shift, show only this one" },
];

/** Shortcuts that work in the whole page, for the help overlay; they are fixed. */
export const PAGE_KEYS = [
  { shown: "Alt + 1 … 9, 0", help: "choose level 1 … 9, 10 of the rating" },
  { shown: "Ctrl + Enter", help: "submit the rating; while you correct, save and go on" },
];

/** Name under which a reader's own key for a row is kept. */
export function nameOf({ action, amount }) {
  return amount === undefined ? action : `${action} ${amount}`;
}

/**
 * The key table as it is in force.
 * @param {object} [options]
 * @param {boolean} [options.correcting] with the keys of the editor
 * @param {Record<string, string>} [options.custom] chords that the reader chose, by `nameOf` the row
 * @returns {Key[]}
 */
export function keysInForce({ correcting = false, custom = {} } = {}) {
  return KEYS.filter((row) => correcting || row.group === "view").map((row) => {
    const own = row.fixed ? undefined : custom[nameOf(row)];
    return own === undefined ? row : { ...row, keys: [own], shown: undefined };
  });
}

/** How the keys of a row are written for people. */
export const shownKeys = (row) => row.shown ?? row.keys.map(showChord).join(" or ");

/**
 * The command of a key press, or null where the key belongs to the browser or to nobody.
 * @param {import("./chords.js").KeyPress} event
 * @param {{correcting?: boolean, custom?: Record<string, string>}} [options]
 * @returns {{action: string, amount: any}|null}
 */
export function commandOf(event, options) {
  const table = keysInForce(options);
  for (const chord of chordsOf(event)) {
    const row = table.find((candidate) => candidate.keys.includes(chord));
    // Rows of digits: the digit is the argument.
    if (row) return { action: row.action, amount: row.keys.length === DIGITS.length ? row.keys.indexOf(chord) + 1 : row.amount };
  }
  return null;
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

/** One sentence for screen readers, made from the table in force. */
export function describeKeys(options) {
  return `Keys: ${keysInForce(options).map((row) => `${shownKeys(row)}, ${row.help}`).join("; ")}.`;
}
