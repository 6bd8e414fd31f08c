import assert from "node:assert/strict";
import { test } from "node:test";

import { Fingers, PALM_MS, PenWatch, pinchView } from "../touch.js";
import { HOME_VIEW, pixelUnder, place } from "../view.js";

const CANVAS = [400, 300];
const SIZE = [200, 200];
const SPACING = [1, 1];

test("a pinch keeps what lies under the fingers under them", () => {
  const view = { zoom: 2, panMm: [10, -5] };
  const before = place(view, CANVAS, SIZE, SPACING);
  const [from, to] = [[[150, 100], [250, 180]], [[130, 80], [290, 208]]];
  const after = place(pinchView(view, before.pxPerMm, CANVAS, from, to), CANVAS, SIZE, SPACING);
  for (let finger = 0; finger < 2; finger++) {
    const [was, is] = [pixelUnder(before, ...from[finger]), pixelUnder(after, ...to[finger])];
    assert.ok(Math.hypot(was[0] - is[0], was[1] - is[1]) < 1e-9);
  }
});

test("two fingers that go the same way move the image and do not zoom it", () => {
  const before = place(HOME_VIEW, CANVAS, SIZE, SPACING);
  const view = pinchView(HOME_VIEW, before.pxPerMm, CANVAS, [[100, 100], [200, 100]], [[130, 60], [230, 60]]);
  assert.equal(view.zoom, 1);
  assert.deepEqual(view.panMm.map((mm) => mm * before.pxPerMm), [-30, 40]);
});

test("at the largest zoom a pinch still moves", () => {
  const view = pinchView({ zoom: 20, panMm: [0, 0] }, 20, CANVAS, [[150, 150], [250, 150]], [[50, 150], [350, 150]]);
  assert.equal(view.zoom, 24);
  assert.deepEqual(view.panMm, [0, 0]);
});

const touch = (id, x, y, type = "pointermove") => ({ pointerId: id, clientX: x, clientY: y, pointerType: "touch", type });
const pen = (type) => ({ pointerType: "pen", type });

/** Fingers over a tile, and all that they did. */
function fingersOver() {
  const did = [];
  const world = { now: 10_000, did };
  const pens = new PenWatch(() => world.now);
  const host = {
    pens,
    begin: (event) => {
      did.push(["begin", event.clientX]);
      return { move: (next) => did.push(["move", next.clientX]), end: () => did.push(["end"]), cancel: () => did.push(["cancel"]) };
    },
    startPinch: (from) => {
      did.push(["pinch", ...from.flat()]);
      return (to) => did.push(["to", ...to.flat()]);
    },
    pointOf: (event) => [event.clientX, event.clientY],
  };
  return { ...world, pens, fingers: new Fingers(host), pass: (ms) => (world.now += ms) };
}

test("one finger is a drag from where it landed, once it moves", () => {
  const { fingers, did } = fingersOver();
  fingers.down(touch(1, 100, 50));
  fingers.move(touch(1, 102, 50));
  assert.deepEqual(did, []);
  fingers.move(touch(1, 110, 50));
  fingers.move(touch(1, 120, 50));
  fingers.up(touch(1, 120, 50));
  assert.deepEqual(did, [["begin", 100], ["move", 110], ["move", 120], ["end"]]);
});

test("a tap begins and ends", () => {
  const { fingers, did } = fingersOver();
  fingers.down(touch(1, 100, 50));
  fingers.up(touch(1, 100, 50));
  assert.deepEqual(did, [["begin", 100], ["end"]]);
});

test("a second finger takes back the first one's drag and pinches", () => {
  const { fingers, did } = fingersOver();
  fingers.down(touch(1, 100, 50));
  fingers.move(touch(1, 120, 50));
  fingers.down(touch(2, 200, 60));
  fingers.move(touch(2, 220, 60));
  fingers.up(touch(1, 120, 50));
  // The finger that is left does not begin to draw.
  fingers.move(touch(2, 300, 60));
  fingers.up(touch(2, 300, 60));
  assert.deepEqual(did, [["begin", 100], ["move", 120], ["cancel"], ["pinch", 120, 50, 200, 60], ["to", 120, 50, 220, 60]]);
});

test("a second finger that comes at once leaves nothing to take back", () => {
  const { fingers, did } = fingersOver();
  fingers.down(touch(1, 100, 50));
  fingers.down(touch(2, 200, 60));
  assert.deepEqual(did, [["pinch", 100, 50, 200, 60]]);
});

test("a third finger changes nothing", () => {
  const { fingers, did } = fingersOver();
  for (const id of [1, 2, 3]) fingers.down(touch(id, 100 * id, 50));
  fingers.move(touch(3, 340, 50));
  assert.deepEqual(did, [["pinch", 100, 50, 200, 50], ["to", 100, 50, 200, 50]]);
});

test("what the browser cancels is taken back", () => {
  const { fingers, did } = fingersOver();
  fingers.down(touch(1, 100, 50));
  fingers.move(touch(1, 120, 50));
  fingers.cancel(touch(1, 120, 50));
  fingers.cancel(touch(1, 120, 50));
  assert.deepEqual(did.at(-1), ["cancel"]);
  assert.equal(did.filter(([what]) => what === "cancel").length, 1);
});

test("beside a pen one finger is the palm, and two still pinch once the pen is up", () => {
  const { fingers, did, pens, pass } = fingersOver();
  pens.note(pen("pointerdown"));
  fingers.down(touch(1, 100, 50));
  fingers.down(touch(2, 200, 50));
  fingers.move(touch(2, 240, 50));
  fingers.up(touch(2, 240, 50));
  fingers.up(touch(1, 100, 50));
  assert.deepEqual(did, []);
  pens.note(pen("pointerup"));
  pass(PALM_MS - 1);
  fingers.down(touch(1, 100, 50));
  fingers.move(touch(1, 180, 50));
  assert.deepEqual(did, []);
  fingers.down(touch(2, 300, 50));
  assert.deepEqual(did, [["pinch", 180, 50, 300, 50]]);
});

test("half a second after the pen a finger draws again", () => {
  const { fingers, did, pens, pass } = fingersOver();
  pens.note(pen("pointermove"));
  pass(PALM_MS);
  fingers.down(touch(1, 100, 50));
  fingers.move(touch(1, 180, 50));
  assert.deepEqual(did[0], ["begin", 100]);
});

test("a palm that landed before the pen is taken back", () => {
  const { fingers, did, pens } = fingersOver();
  fingers.down(touch(1, 100, 50));
  fingers.move(touch(1, 120, 50));
  pens.note(pen("pointerdown"));
  fingers.move(touch(1, 130, 50));
  fingers.move(touch(1, 140, 50));
  fingers.up(touch(1, 140, 50));
  assert.deepEqual(did, [["begin", 100], ["move", 120], ["cancel"]]);
});

test("a palm that lies still while the pen comes is no tap", () => {
  const { fingers, did, pens } = fingersOver();
  fingers.down(touch(1, 100, 50));
  pens.note(pen("pointerdown"));
  pens.note(pen("pointerup"));
  fingers.up(touch(1, 100, 50));
  assert.deepEqual(did, []);
});
