import assert from "node:assert/strict";
import { test } from "node:test";

import { showChord } from "../chords.js";
import { chordFor, validKeys, withChord } from "../key_settings.js";
import { KEYS } from "../keyboard.js";

const press = (key, more = {}) => ({ key, code: "", ...more });
const rowOf = (action, amount) => KEYS.find((row) => row.action === action && (amount === undefined || row.amount === amount));

test("a free key is given, a taken one is refused with the name of its holder", () => {
  assert.deepEqual(chordFor(rowOf("mask"), press("n"), {}), { chord: "n" });
  assert.match(chordFor(rowOf("mask"), press("o"), {}).problem, /^O is taken: mask as outline/);
  assert.match(chordFor(rowOf("mask"), press("b"), {}).problem, /^B is taken: brush/, "also by a key of the editor");
  assert.match(chordFor(rowOf("mask"), press("%", { shiftKey: true, code: "Digit5" }), {}).problem, /^Shift \+ 5 is taken/);
  assert.equal(chordFor(rowOf("mask"), press("Shift", { shiftKey: true }), {}), null, "a modifier alone is not a key yet");
});

test("keys of the page, the browser and the rating are not given", () => {
  const refused = [press("Tab"), press("Enter"), press(" "), press("F5"), press("w", { ctrlKey: true }), press("Enter", { ctrlKey: true }), press("5", { altKey: true, code: "Digit5" })];
  for (const event of refused) assert.ok(chordFor(rowOf("mask"), event, {}).problem, event.key);
  assert.deepEqual(chordFor(rowOf("apply"), press("Enter"), { apply: "j" }), { chord: "Enter" }, "its own standard key is given back");
});

test("a key that its holder has left is free", () => {
  const custom = withChord({}, rowOf("mask"), "n");
  assert.deepEqual(custom, { mask: "n" });
  assert.deepEqual(chordFor(rowOf("mask-style"), press("m"), custom), { chord: "m" });
  assert.match(chordFor(rowOf("mask-style"), press("n"), custom).problem, /hide or show the mask/);
});

test("a standard key puts the row back to all its standard keys", () => {
  assert.deepEqual(withChord({ "zoom 1.25": "n", mask: "j" }, rowOf("zoom", 1.25), "+"), { mask: "j" });
});

test("kept keys of unknown rows, or with two meanings, are not used", () => {
  assert.deepEqual(validKeys({ mask: "n", gone: "j", blend: 7 }), { mask: "n" });
  assert.deepEqual(validKeys({ mask: "o" }), {}, "O means the mask style");
  assert.deepEqual(validKeys({ mask: "o", "mask-style": "m" }), { mask: "o", "mask-style": "m" }, "two keys that changed places");
  assert.deepEqual(validKeys({ mask: "n", blend: "n" }), {});
});

test("chords are written for people", () => {
  const written = { "Ctrl+Shift+z": "Ctrl + Shift + Z", "Shift+Digit1": "Shift + 1", "+": "+", "Ctrl++": "Ctrl + +", ArrowLeft: "←", "Shift+ArrowUp": "Shift + ↑", "-": "−", g: "G" };
  for (const [chord, text] of Object.entries(written)) assert.equal(showChord(chord), text);
});
