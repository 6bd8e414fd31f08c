import assert from "node:assert/strict";
import { test } from "node:test";

import { commandsOf } from "../commands.js";
import { commandOf, describeKeys, KEYS, ratingOf } from "../keyboard.js";

const press = (key, more = {}) => ({ key, ctrlKey: false, altKey: false, metaKey: false, ...more });

test("no key has two meanings", () => {
  const keys = KEYS.flatMap((row) => row.keys);
  assert.equal(new Set(keys).size, keys.length);
});

test("every key has a command that exists, and a help text", () => {
  const commands = commandsOf({});
  for (const row of KEYS) {
    assert.equal(typeof commands[row.action], "function", row.action);
    assert.ok(row.help && row.shown);
    assert.ok(describeKeys().includes(row.help));
  }
});

test("Tab, Enter and keys with a modifier are left to the browser", () => {
  assert.equal(commandOf(press("Tab")), null);
  assert.equal(commandOf(press("Enter")), null);
  assert.equal(commandOf(press("r", { ctrlKey: true })), null);
  assert.equal(commandOf(press("1", { altKey: true })), null);
  assert.equal(commandOf(press("c", { metaKey: true })), null);
});

test("digits are channels, capitals count as letters, AltGr brackets work", () => {
  assert.deepEqual(commandOf(press("3")), { action: "channel", amount: 3 });
  assert.equal(commandOf(press("M")).action, "mask");
  const altGr = press("[", { ctrlKey: true, altKey: true, getModifierState: (name) => name === "AltGraph" });
  assert.deepEqual(commandOf(altGr), { action: "opacity", amount: -0.1 });
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
