import assert from "node:assert/strict";
import { test } from "node:test";

import { colorTable, completeLabels, parseColor } from "../masks.js";

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
