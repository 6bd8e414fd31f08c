/** Which keys a reader may choose for a command, and which of them are taken. Pure: the help overlay asks, the preferences keep. */

import { chordsOf, showChord } from "./chords.js";
import { KEYS, keysInForce, nameOf } from "./keyboard.js";

/** Keys that move through the page, that the viewer needs as they are, or that browsers do not give away. */
const RESERVED = new Set([
  "Tab", "Shift+Tab", "Enter", " ", "Escape", "ContextMenu", "Ctrl+Enter", "Ctrl+t", "Ctrl+n", "Ctrl+w", "Ctrl+r", "Ctrl+l", "Ctrl+q", "Ctrl+c", "Ctrl+v", "Ctrl+x",
  "Ctrl+a", "Ctrl+Shift+t", "Ctrl+Shift+n", "Ctrl+Shift+w", "Ctrl+Shift+r", "Ctrl+Shift+i", "Ctrl+Tab",
]);
const isFunctionKey = (chord) => /(?:^|\+)F\d+$/.test(chord);

/**
 * A chord for a row, or the reason why it cannot be had. All keys count, also those of the editor while nothing is corrected:
 * a key must not lose its meaning when the editor opens.
 * @param {import("./keyboard.js").Key} row
 * @param {import("./chords.js").KeyPress} event
 * @param {Record<string, string>} custom
 * @returns {{chord: string}|{problem: string}|null} null for a modifier alone: wait for the key
 */
export function chordFor(row, event, custom) {
  const chords = chordsOf(event);
  if (chords.length === 0) return null;
  const [chord] = chords;
  if (chord.includes("Alt+")) return { problem: "Keys with Alt are kept for the rating." };
  const isOwn = row.keys.includes(chord);
  if (!isOwn && (RESERVED.has(chord) || isFunctionKey(chord))) return { problem: `${showChord(chord)} is needed by the page or the browser.` };
  const holder = keysInForce({ correcting: true, custom }).find(
    (other) => nameOf(other) !== nameOf(row) && chords.some((one) => other.keys.includes(one)),
  );
  return holder ? { problem: `${showChord(chord)} is taken: ${holder.help}.` } : { chord };
}

/** Own keys with one more; a row that gets one of its standard keys back keeps all of them. */
export function withChord(custom, row, chord) {
  const { [nameOf(row)]: _gone, ...others } = custom;
  const standard = KEYS.find((one) => nameOf(one) === nameOf(row));
  return standard.keys.includes(chord) ? others : { ...others, [nameOf(row)]: chord };
}

/** Own keys that may be used: known rows only, and none of them where one key would have two meanings: they may come from another version. */
export function validKeys(custom) {
  const known = Object.fromEntries(KEYS.map((row) => [nameOf(row), custom?.[nameOf(row)]]).filter(([, chord]) => typeof chord === "string" && chord !== ""));
  const taken = keysInForce({ correcting: true, custom: known }).flatMap((row) => row.keys);
  return new Set(taken).size === taken.length ? known : {};
}
