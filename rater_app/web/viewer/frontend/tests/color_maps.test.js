import assert from "node:assert/strict";
import { test } from "node:test";

import { GREYS, WARM } from "../color_maps.js";

const partsOf = (pixel) => [pixel & 255, (pixel >>> 8) & 255, (pixel >>> 16) & 255, pixel >>> 24];

/** Lightness L* of CIE 1976 of an sRGB colour. */
function lightness([red, green, blue]) {
  const linear = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const luminance = 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
  return luminance > 216 / 24389 ? 116 * Math.cbrt(luminance) - 16 : (luminance * 24389) / 27;
}

test("grey runs from black to white and is opaque", () => {
  assert.deepEqual(partsOf(GREYS[0]), [0, 0, 0, 255]);
  assert.deepEqual(partsOf(GREYS[128]), [128, 128, 128, 255]);
  assert.deepEqual(partsOf(GREYS[255]), [255, 255, 255, 255]);
});

test("the warm map gets evenly lighter: equal steps of intensity look like equal steps", () => {
  const levels = [...WARM].map((pixel) => lightness(partsOf(pixel)));
  for (let i = 8; i < 256; i++) assert.ok(levels[i] > levels[i - 8], `level ${i}`);
  const line = (i) => (95 * i) / 255;
  levels.forEach((level, i) => assert.ok(Math.abs(level - line(i)) < 3, `${i}: ${level.toFixed(1)} for ${line(i).toFixed(1)}`));
});

test("no level of the warm map is grey, and its dark end lets the lower channel through", () => {
  for (const pixel of WARM.slice(16)) {
    const [red, green, blue] = partsOf(pixel);
    assert.ok(red >= green && green >= blue && red - blue > 20);
  }
  const alphas = [...WARM].map((pixel) => pixel >>> 24);
  assert.equal(alphas[0], 0);
  assert.equal(alphas[255], 255);
  assert.ok(alphas.every((alpha, i) => i === 0 || alpha >= alphas[i - 1]));
});
