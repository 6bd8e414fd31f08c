import assert from "node:assert/strict";
import { test } from "node:test";

import { looksOf } from "../masks.js";
import { drawHatches, labelRuns, patternAt, PATTERNS } from "../patterns.js";

test("eight labels have eight patterns, then they come again", () => {
  assert.equal(new Set(PATTERNS.map(({ name }) => name)).size, 8);
  assert.equal(patternAt(9), PATTERNS[1]);
});

test("runs cover every voxel of each label once", () => {
  const labels = Uint16Array.of(0, 1, 1, 2, 0, 0, 2, 2, 1, 0, 0, 0, 0, 0, 1);
  const runs = labelRuns(labels, 5, { left: 0, top: 0, right: 4, bottom: 2 });
  assert.deepEqual([...runs], [[1, [1, 0, 2, 3, 1, 1, 4, 2, 1]], [2, [3, 0, 1, 1, 1, 2]]]);
  const inside = labelRuns(labels, 5, { left: 1, top: 0, right: 3, bottom: 1 });
  assert.deepEqual(inside.get(2), [3, 0, 1, 1, 1, 2]);
});

test("hatches lie on whole canvas pixels without gaps, and a hidden label has none", () => {
  const drawn = [];
  const ctx = { fillRect: (...box) => drawn.push([ctx.fillStyle, ...box]) };
  const hatching = { styleOf: (_, place, color, ratio) => `${place} ${color} ${ratio}` };
  const looks = looksOf([1, 2].map((value) => ({ value, name: "", color: `#00000${value}` })), new Set([2]));
  const runs = labelRuns(Uint16Array.of(1, 1, 2, 1, 0, 0), 3, { left: 0, top: 0, right: 2, bottom: 1 });
  const placement = { left: 0.4, top: 10.3, perColumn: 2.6, perRow: 3.3 };
  drawHatches(ctx, runs, looks, placement, { hatching, ratio: 2, alpha: 0.7 });
  assert.deepEqual(drawn, [["0 #000001 2", 0, 10, 6, 4], ["0 #000001 2", 0, 14, 3, 3]]);
  assert.equal(drawn[0][2] + drawn[0][4], drawn[1][2], "one row ends where the next begins");
  assert.equal(ctx.globalAlpha, 1);
});
