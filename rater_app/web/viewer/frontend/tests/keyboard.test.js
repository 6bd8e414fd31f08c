import assert from "node:assert/strict";
import { test } from "node:test";

import { commandsOf } from "../commands.js";
import { commandOf, describeKeys, KEYS, keysInForce, nameOf, ratingOf, shownKeys } from "../keyboard.js";

const press = (key, more = {}) => ({ key, code: "", ctrlKey: false, altKey: false, metaKey: false, shiftKey: false, ...more });

test("no key has two meanings, also while correcting", () => {
  const keys = KEYS.flatMap((row) => row.keys);
  assert.equal(new Set(keys).size, keys.length);
  assert.equal(new Set(KEYS.map(nameOf)).size, KEYS.length, "every row can be named");
});

test("every key of the viewer has a command that exists; every key has a help text", () => {
  const commands = commandsOf({});
  for (const row of KEYS) {
    if (row.group === "view") assert.equal(typeof commands[row.action], "function", row.action);
    assert.ok(row.help && shownKeys(row));
    assert.ok(describeKeys({ correcting: true }).includes(row.help));
  }
});

test("Tab, Enter and keys with a modifier are left to the browser", () => {
  for (const key of ["Tab", "Enter", "Shift", "Control", "F5"]) assert.equal(commandOf(press(key)), null);
  assert.equal(commandOf(press("r", { ctrlKey: true })), null);
  assert.equal(commandOf(press("1", { altKey: true, code: "Digit1" })), null);
  assert.equal(commandOf(press("c", { metaKey: true })), null);
  assert.equal(commandOf(press("c", { shiftKey: true })), null);
});

test("digits are channels, capitals count as letters, AltGr brackets work", () => {
  assert.deepEqual(commandOf(press("3", { code: "Digit3" })), { action: "channel", amount: 3 });
  assert.equal(commandOf(press("M")).action, "mask", "caps lock");
  const altGr = press("[", { ctrlKey: true, altKey: true, getModifierState: (name) => name === "AltGraph" });
  assert.deepEqual(commandOf(altGr), { action: "opacity", amount: -0.1 });
});

test("Shift with an arrow nudges, the arrow alone steps", () => {
  assert.deepEqual(commandOf(press("ArrowUp", { shiftKey: true })), { action: "nudge", amount: [0, -1] });
  assert.deepEqual(commandOf(press("ArrowUp")), { action: "step", amount: 1 });
  assert.equal(commandOf(press("ArrowLeft")), null);
});

test("keys of the editor work only while correcting, the others go on working", () => {
  const correcting = { correcting: true };
  assert.equal(commandOf(press("b")), null);
  assert.equal(commandOf(press("b"), correcting).action, "brush");
  assert.deepEqual(commandOf(press("z", { ctrlKey: true }), correcting), { action: "undo", amount: undefined });
  assert.equal(commandOf(press("Z", { ctrlKey: true, shiftKey: true }), correcting).action, "redo");
  assert.equal(commandOf(press("z", { metaKey: true }), correcting).action, "undo", "Command is the Mac's Ctrl");
  assert.equal(commandOf(press("z"), correcting).action, "view-3d");
  assert.deepEqual(commandOf(press("V", { shiftKey: true }), correcting), { action: "copy", amount: 1 });
  assert.deepEqual(commandOf(press("%", { shiftKey: true, code: "Digit5" }), correcting), { action: "label", amount: 5 });
  assert.equal(commandOf(press("Enter"), correcting).action, "apply");
});

test("a French keyboard types digits with Shift and signs without", () => {
  assert.deepEqual(commandOf(press("1", { shiftKey: true, code: "Digit1" })), { action: "channel", amount: 1 });
  assert.deepEqual(commandOf(press("&", { code: "Digit1" })), { action: "channel", amount: 1 });
  assert.equal(commandOf(press("-", { code: "Digit6" })).action, "zoom");
  assert.deepEqual(commandOf(press("1", { shiftKey: true, code: "Digit1" }), { correcting: true }), { action: "label", amount: 1 });
});

test("a sign counts as what it is, wherever Shift comes in", () => {
  assert.equal(commandOf(press("?", { shiftKey: true, code: "Slash" })).action, "help");
  assert.equal(commandOf(press("?", { shiftKey: true, code: "Minus" })).action, "help");
  assert.equal(commandOf(press("+", { shiftKey: true, code: "Equal" })).action, "zoom");
  assert.equal(commandOf(press("+", { code: "BracketRight" })).action, "zoom");
});

test("a reader's own key takes the place of the standard one, in the table and in the description", () => {
  const custom = { "step 1": "j", mask: "Shift+m" };
  assert.deepEqual(commandOf(press("j"), { custom }), { action: "step", amount: 1 });
  assert.equal(commandOf(press("ArrowUp"), { custom }), null);
  assert.equal(commandOf(press("M", { shiftKey: true }), { custom }).action, "mask");
  assert.ok(describeKeys({ custom }).includes("Shift + M, hide or show the mask"));
  const fixed = keysInForce({ custom: { help: "j", channel: "k" } });
  assert.deepEqual(fixed.find((row) => row.action === "help").keys, ["?"], "some rows are fixed");
});

test("the description leaves the editor's keys out while nothing is corrected", () => {
  assert.ok(!describeKeys().includes("eraser"));
  assert.ok(describeKeys({ correcting: true }).includes("E, eraser"));
});

test("Alt and the physical digit choose a level that exists", () => {
  const alt = (code, more = {}) => ({ code, altKey: true, ctrlKey: false, metaKey: false, repeat: false, ...more });
  assert.equal(ratingOf(alt("Digit4"), 5), 4);
  assert.equal(ratingOf(alt("Numpad5"), 5), 5);
  assert.equal(ratingOf(alt("Digit0"), 10), 10);
  assert.equal(ratingOf(alt("Digit6"), 5), null);
  assert.equal(ratingOf(alt("Digit0"), 5), null);
  assert.equal(ratingOf(alt("KeyA"), 5), null);
  assert.equal(ratingOf(alt("Digit1", { ctrlKey: true }), 5), null);
  assert.equal(ratingOf(alt("Digit1", { repeat: true }), 5), null);
  assert.equal(ratingOf(alt("Digit1", { altKey: false }), 5), null);
});
