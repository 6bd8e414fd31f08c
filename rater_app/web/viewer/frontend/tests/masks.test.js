import assert from "node:assert/strict";
import { test } from "node:test";

import { colorTable, completeLabels, looksOf, maskNames, parseColor } from "../masks.js";

test("labels that nobody named still get a name and a colour", () => {
  const named = [{ value: 1, name: "liver", color: "#009e73" }];
  const all = completeLabels(named, [1, 7]);
  assert.deepEqual(all.map((label) => label.name), ["liver", "label 7"]);
  assert.match(all[1].color, /^#[0-9a-f]{6}$/);
});

test("colours become pixels, background stays transparent", () => {
  assert.deepEqual(parseColor("#d55e00"), [213, 94, 0]);
  assert.deepEqual(parseColor("#fa0"), [255, 170, 0]);
  assert.deepEqual(parseColor("no colour"), [255, 255, 255]);
  const table = colorTable([{ value: 2, name: "", color: "#d55e00" }]);
  assert.deepEqual([...new Uint8Array(table.buffer, 8, 4)], [213, 94, 0, 255]);
  assert.equal(table[0], 0);
});

test("a hidden label has no colour and no pixel; the others keep theirs, and their pattern", () => {
  const labels = [1, 4, 9].map((value) => ({ value, name: `l${value}`, color: "#0072b2" }));
  const looks = looksOf(labels, new Set([4]));
  assert.deepEqual([1, 4, 9, 5].map(looks.isVisible), [true, false, true, false]);
  assert.equal(looks.colorOf(4), undefined);
  assert.equal(looks.table[4], 0);
  assert.notEqual(looks.table[9], 0);
  assert.deepEqual([1, 4, 9].map(looks.patternOf), [0, 1, 2]);
});

test("two masks have neutral names unless the page gives others", () => {
  assert.deepEqual(maskNames({ mask: { url: "/a" }, second_mask: { url: "/b" } }), ["Mask A", "Mask B"]);
  assert.deepEqual(maskNames({ mask: { url: "/a", name: "Corrected" }, second_mask: { url: "/b", name: "As it came" } }), ["Corrected", "As it came"]);
});
