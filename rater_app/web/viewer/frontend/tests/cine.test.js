import assert from "node:assert/strict";
import { test } from "node:test";

import { Cine, SPEEDS } from "../cine.js";

/** A plane of some slices, and frames that come when the test says so. */
function stage(slices, slice = 0) {
  let waiting = null;
  const host = {
    of: "K7QF",
    slices,
    slice,
    shown: [],
    time: 0,
    drawn: true,
    changes: 0,
    where: () => (host.slices ? { of: host.of, slice: host.slice, slices: host.slices } : null),
    go: (next) => {
      host.slice = next;
      host.shown.push(next);
    },
    isDrawn: () => host.drawn,
    changed: () => host.changes++,
    requestFrame: (callback) => {
      waiting = callback;
      return 1;
    },
    cancelFrame: () => (waiting = null),
    now: () => host.time,
    /** Let frames come, `ms` apart. */
    frames: (count, ms) => {
      for (let i = 0; i < count; i++) {
        host.time += ms;
        const callback = waiting;
        waiting = null;
        callback?.(host.time);
      }
    },
    isWaiting: () => waiting !== null,
  };
  return host;
}

test("plays back and forth", () => {
  const host = stage(4, 1);
  const cine = new Cine(host);
  cine.start();
  host.frames(8, 1000 / cine.speed);
  assert.deepEqual(host.shown, [2, 3, 2, 1, 0, 1, 2, 3]);
});

test("keeps its speed on a screen that is faster", () => {
  const host = stage(1000);
  const cine = new Cine(host);
  cine.start();
  host.frames(600, 1000 / 60);
  assert.ok(Math.abs(host.shown.length - 120) <= 1, String(host.shown.length));
  const [before] = [host.shown.length];
  cine.setSpeed(32);
  host.frames(600, 1000 / 60);
  assert.ok(Math.abs(host.shown.length - before - 320) <= 2, String(host.shown.length - before));
});

test("is never faster than the drawing, and leaves no slice out", () => {
  const host = stage(1000);
  const cine = new Cine(host);
  cine.start();
  host.frames(5, 500);
  assert.deepEqual(host.shown, [1, 2, 3, 4, 5]);
  host.drawn = false;
  host.frames(5, 500);
  assert.equal(host.slice, 5);
  host.drawn = true;
  host.frames(1, 500);
  assert.equal(host.slice, 6);
  // What was missed is not made up for.
  host.frames(3, 1);
  assert.ok(host.slice <= 7);
});

test("starts and stops, and tells so", () => {
  const host = stage(10);
  const cine = new Cine(host);
  cine.toggle();
  assert.ok(cine.playing);
  cine.toggle();
  assert.equal(cine.playing, false);
  assert.equal(host.isWaiting(), false);
  assert.equal(host.changes, 2);
});

test("one slice, or no image, is not played", () => {
  for (const slices of [0, 1]) {
    const cine = new Cine(stage(slices));
    cine.start();
    assert.equal(cine.playing, false);
  }
});

test("stops when another case comes", () => {
  const host = stage(10);
  const cine = new Cine(host);
  cine.start();
  host.of = "QX22";
  host.frames(2, 100);
  assert.equal(cine.playing, false);
  assert.deepEqual(host.shown, []);
});

test("counts the seconds played", () => {
  const host = stage(10);
  const cine = new Cine(host);
  cine.start();
  host.frames(20, 100);
  assert.equal(cine.playedSeconds(), 2);
  cine.stop();
  host.time += 5000;
  cine.start();
  host.frames(10, 100);
  assert.equal(cine.playedSeconds(), 3);
});

test("the speed goes up and down its list and stays on it", () => {
  const cine = new Cine(stage(10));
  cine.changeSpeed(1);
  assert.equal(cine.speed, 16);
  for (let i = 0; i < 9; i++) cine.changeSpeed(1);
  assert.equal(cine.speed, SPEEDS.at(-1));
  for (let i = 0; i < 9; i++) cine.changeSpeed(-1);
  assert.equal(cine.speed, SPEEDS[0]);
});
