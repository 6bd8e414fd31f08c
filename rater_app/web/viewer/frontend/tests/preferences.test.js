import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { Preferences } from "../preferences.js";

let kept;
beforeEach(() => {
  kept = new Map();
  globalThis.localStorage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, text) => kept.set(key, text) };
  mock.timers.enable({ apis: ["setTimeout"] });
});
afterEach(() => mock.timers.reset());

test("habits are merged, and written under the reader's own key once things have calmed down", () => {
  const preferences = new Preferences("a1b2");
  preferences.keep({ smooth: false });
  preferences.keep({ opacity: 0.5 });
  assert.deepEqual(preferences.habits, { smooth: false, opacity: 0.5 });
  assert.equal(kept.size, 0);
  mock.timers.tick(500);
  assert.deepEqual([...kept.keys()], ["viewer-display:a1b2"]);
  assert.deepEqual(new Preferences("a1b2").habits, { smooth: false, opacity: 0.5 });
  assert.deepEqual(new Preferences("c3d4").habits, {}, "another reader at the same workstation has habits of their own");
});

test("another tab's habits are not undone", () => {
  const [one, other] = [new Preferences("r"), new Preferences("r")];
  one.keep({ maskStyle: "pattern" });
  one.write();
  other.keep({ smooth: false });
  other.write();
  assert.deepEqual(new Preferences("r").habits, { maskStyle: "pattern", smooth: false });
});

test("what is not a habit of this viewer is left out", () => {
  const given = {
    layouts: { judging: "six" }, opacity: "0.5", maskStyle: "fill", other: 1, blend: { channel: 3, opacity: 0.5 },
    windows: { mr: { T1: { preset: "wide" }, T2: { preset: "no" } } }, keys: { mask: "n", brush: "n" },
  };
  kept.set("viewer-display", JSON.stringify(given));
  assert.deepEqual(new Preferences().habits, { maskStyle: "fill", windows: { mr: { T1: { preset: "wide" } }, ct: {} }, keys: {} });
  for (const broken of ["{", "null", "[]"]) {
    kept.set("viewer-display", broken);
    assert.deepEqual(new Preferences().habits, {});
  }
});

test("a browser that keeps nothing is no error: habits then last as long as the page", () => {
  globalThis.localStorage = { getItem: () => { throw new Error("denied"); }, setItem: () => { throw new Error("full"); } };
  const preferences = new Preferences("r");
  preferences.keep({ opacity: 0.5 });
  mock.timers.tick(500);
  assert.deepEqual(preferences.habits, { opacity: 0.5 });
});
