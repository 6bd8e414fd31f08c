/**
 * Key chords: one way to write down a key press with its modifiers.
 *
 * A chord is written as "Ctrl+Shift+z": modifiers in the order Ctrl, Alt, Shift, then the key. Letters count by their
 * character in lower case, whatever the layout of the keyboard; other characters ("?", "[") by what they type, so Shift is not
 * written with them; digits together with a modifier by their place on the keyboard ("Shift+Digit1").
 */

const MODIFIERS = new Set(["Control", "Shift", "Alt", "AltGraph", "Meta", "CapsLock", "NumLock", "Dead", "Process", "Unidentified"]);
const SHOWN = {
  ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→", PageUp: "Page ↑", PageDown: "Page ↓", Escape: "Esc", Delete: "Del", "-": "−", " ": "Space",
};

/**
 * @typedef {object} KeyPress the part of a KeyboardEvent that counts
 * @property {string} key
 * @property {string} [code]
 * @property {boolean} [ctrlKey]
 * @property {boolean} [altKey]
 * @property {boolean} [metaKey]
 * @property {boolean} [shiftKey]
 * @property {(name: string) => boolean} [getModifierState]
 */

const isLetter = (key) => key.length === 1 && key.toLowerCase() !== key.toUpperCase();

/**
 * The chords that a key press may stand for, the most exact one first; empty for a modifier alone.
 * @param {KeyPress} event
 * @returns {string[]}
 */
export function chordsOf(event) {
  const { key, code = "" } = event;
  if (MODIFIERS.has(key)) return [];
  // On many European layouts [ and ] need AltGr, which Windows reports as Ctrl + Alt.
  const plain = event.getModifierState?.("AltGraph") ?? false;
  const held = plain ? "" : `${event.ctrlKey || event.metaKey ? "Ctrl+" : ""}${event.altKey ? "Alt+" : ""}`;
  const shift = event.shiftKey ? "Shift+" : "";
  if (isLetter(key)) return [`${held}${shift}${key.toLowerCase()}`];
  if (key.length > 1) return [`${held}${shift}${key}`];
  const digit = /^(?:Digit|Numpad)(\d)$/.exec(code)?.[1];
  const chords = [`${held}${key}`];
  if (digit !== undefined && (shift || held)) chords.unshift(`${held}${shift}Digit${digit}`);
  // French keyboards type digits with Shift: there the plain key counts as its digit where it means nothing else.
  else if (digit !== undefined && key !== digit) chords.push(digit);
  return chords;
}

/** How a chord is written for people: "Ctrl + Shift + Z". */
export function showChord(chord) {
  const key = chord.replace(/^(?:(?:Ctrl|Alt|Shift)\+)+(?=.)/, "");
  const held = chord.slice(0, chord.length - key.length).split("+").filter(Boolean);
  const name = SHOWN[key] ?? (isLetter(key) ? key.toUpperCase() : key.replace("Digit", ""));
  return [...held, name].join(" + ");
}
