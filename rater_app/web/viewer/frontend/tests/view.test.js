import assert from "node:assert/strict";
import { test } from "node:test";

import { HOME_VIEW, panBy, pixelUnder, place, pointOf, scaleBarMm, wheelSteps, zoomAt, zoomFactor } from "../view.js";

const CANVAS = [600, 400];

test("a slice of thick voxels keeps its true proportions and fits the canvas", () => {
  // 100 columns of 1 mm by 20 rows of 5 mm: a square of 100 mm.
  const placement = place(HOME_VIEW, CANVAS, [100, 20], [1, 5]);
  assert.deepEqual([placement.perColumn, placement.perRow], [4, 20]);
  assert.deepEqual([placement.left, placement.top], [100, 0]);
});

test("what lies under the pointer stays there while zooming", () => {
  let view = HOME_VIEW;
  const point = [450, 90];
  const wanted = pixelUnder(place(view, CANVAS, [100, 20], [1, 5]), ...point);
  for (const factor of [1.25, 1.25, 0.8, 3]) {
    view = zoomAt(view, factor, point, CANVAS, place(view, CANVAS, [100, 20], [1, 5]).pxPerMm);
    const found = pixelUnder(place(view, CANVAS, [100, 20], [1, 5]), ...point);
    found.forEach((value, axis) => assert.ok(Math.abs(value - wanted[axis]) < 1e-9));
  }
});

test("zoom has a lower and an upper end", () => {
  assert.equal(zoomAt(HOME_VIEW, 1e6, [0, 0], CANVAS, 1).zoom, 24);
  assert.equal(zoomAt(HOME_VIEW, 1e-6, [0, 0], CANVAS, 1).zoom, 0.5);
});

test("panning moves the slice with the pointer", () => {
  const before = place(HOME_VIEW, CANVAS, [100, 20], [1, 5]);
  const after = place(panBy(HOME_VIEW, 30, -12, before.pxPerMm), CANVAS, [100, 20], [1, 5]);
  assert.deepEqual(pointOf(after, 0, 0).map(Math.round), [130, -12]);
});

test("one notch of any mouse wheel is one slice, towards oneself is down", () => {
  assert.deepEqual(wheelSteps(0, 100, 0), { steps: -1, rest: 0 });
  assert.deepEqual(wheelSteps(0, -120, 0), { steps: 1, rest: 0 });
  assert.deepEqual(wheelSteps(0, 53, 0), { steps: -1, rest: 0 });
  assert.deepEqual(wheelSteps(0, 3, 1), { steps: -1, rest: 0 });
  assert.deepEqual(wheelSteps(0, -360, 0), { steps: 3, rest: 0 });
});

test("small movements of a touchpad add up, and turning back starts anew", () => {
  let rest = 0;
  let total = 0;
  for (let i = 0; i < 16; i++) {
    const result = wheelSteps(rest, 10, 0);
    rest = result.rest;
    total += result.steps;
  }
  assert.equal(total, -4);
  assert.deepEqual(wheelSteps(30, -5, 0), { steps: 0, rest: -5 });
});

test("a notch zooms in by the same factor as it zooms out, a pinch zooms gently", () => {
  assert.ok(zoomFactor(-120) > 1.2);
  assert.ok(Math.abs(zoomFactor(-120) * zoomFactor(53) - 1) < 1e-12);
  assert.ok(zoomFactor(-4) > 1 && zoomFactor(-4) < 1.05);
});

test("the scale bar is a round length of at most a fifth of the canvas", () => {
  assert.equal(scaleBarMm(600, 4), 20);
  assert.equal(scaleBarMm(600, 1), 100);
  assert.equal(scaleBarMm(600, 0.5), 200);
  assert.equal(scaleBarMm(600, 80), 1);
});
