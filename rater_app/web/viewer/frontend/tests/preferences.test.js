import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { loadPreferences, savePreferences } from "../preferences.js";

let kept;
beforeEach(() => {
  kept = new Map();
  globalThis.localStorage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, text) => kept.set(key, text) };
});

test("habits are merged and kept under one neutral key", () => {
  savePreferences({ layout: "single" });
  savePreferences({ opacity: 0.5, mrPreset: "wide" });
  assert.deepEqual(loadPreferences(), { layout: "single", opacity: 0.5, mrPreset: "wide" });
  assert.deepEqual([...kept.keys()], ["viewer-display"]);
});

test("what is not a habit of this viewer is left out", () => {
  kept.set("viewer-display", JSON.stringify({ layout: "six", opacity: "0.5", maskStyle: "fill", other: 1 }));
  assert.deepEqual(loadPreferences(), { maskStyle: "fill" });
  for (const broken of ["{", "null", "[]"]) {
    kept.set("viewer-display", broken);
    assert.deepEqual(loadPreferences(), {});
  }
});

test("a browser that keeps nothing is no error", () => {
  globalThis.localStorage = { getItem: () => { throw new Error("denied"); }, setItem: () => { throw new Error("full"); } };
  savePreferences({ opacity: 0.5 });
  assert.deepEqual(loadPreferences(), {});
});
