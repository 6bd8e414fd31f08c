import assert from "node:assert/strict";
import { test } from "node:test";

import { ActivityClock } from "../activity_clock.js";

/** A clock, and a time that moves only when it is told to. */
function clockAt0() {
  let now = 5000;
  const clock = new ActivityClock({ now: () => now });
  const times = () => [clock.activeSeconds(), clock.idleSeconds()];
  return { clock, times, pass: (seconds) => (now += seconds * 1000) };
}

test("thirty seconds after an input are active, the rest is idle", () => {
  const { clock, times, pass } = clockAt0();
  pass(10);
  clock.note();
  pass(40);
  assert.deepEqual(times(), [40, 10]);
  clock.note();
  pass(5);
  assert.deepEqual(times(), [45, 10]);
});

test("asking for the times does not change them", () => {
  const [asked, unasked] = [clockAt0(), clockAt0()];
  for (let second = 0; second < 47; second++) {
    asked.pass(1);
    unasked.pass(1);
    asked.times();
  }
  assert.deepEqual(asked.times(), [30, 17]);
  assert.deepEqual(unasked.times(), [30, 17]);
});

test("a hidden page is idle from the first second, and active again when it is back", () => {
  const { clock, times, pass } = clockAt0();
  pass(4);
  clock.setVisible(false);
  pass(6);
  clock.setVisible(true);
  pass(29);
  assert.deepEqual(times(), [33, 6]);
  clock.setVisible(true);
  pass(2);
  assert.deepEqual(times(), [34, 7]);
});

test("keys heard on a hidden page are not work", () => {
  const { clock, times, pass } = clockAt0();
  clock.setVisible(false);
  clock.note();
  pass(3);
  assert.deepEqual(times(), [0, 3]);
});
