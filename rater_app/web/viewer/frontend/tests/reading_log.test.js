import assert from "node:assert/strict";
import { test } from "node:test";

import { ReadingLog } from "../reading_log.js";
import { Seen } from "../seen.js";

const LOG = { url: "/viewing/K7QF", stage: "rate" };

/** A log over numbers that the test sets, and what it sent. */
function logOver() {
  const clock = { activeS: 100, idleS: 7, activeSeconds: () => clock.activeS, idleSeconds: () => clock.idleS };
  const watched = { clock, seen: new Seen(), size: [240, 240, 155], cine: 2 };
  const sent = [];
  const world = { now: 0, works: true, ids: 0, watched, sent };
  world.log = new ReadingLog(
    { clock: watched.clock, seen: watched.seen, dims: () => watched.size, cineSeconds: () => watched.cine },
    {
      now: () => world.now,
      id: () => `a${world.ids++}`,
      send: async (url, body, last) => {
        sent.push({ url, last, ...JSON.parse(body) });
        return world.works;
      },
    },
  );
  return world;
}

test("a snapshot counts from the beginning of the reading", () => {
  const { log, watched } = logOver();
  log.begin("K7QF", LOG);
  watched.clock.activeS += 12.46;
  watched.clock.idleS += 3;
  watched.cine += 1.25;
  watched.seen.add("axial", 0, 155);
  watched.seen.add("axial", 1, 155);
  for (const name of ["window", "channel", "channel", "mask-toggle", "layout", "structure-toggle", "measurement", "zoom", "other"]) log.notice(name);
  assert.deepEqual(log.snapshot(), {
    mount: "a0",
    stage: "rate",
    active_s: 12.5,
    idle_s: 3,
    seen: { axial: [[0, 1]], coronal: [], sagittal: [] },
    slices: { axial: 155, coronal: 240, sagittal: 240 },
    window_changes: 1,
    channel_changes: 2,
    mask_toggles: 1,
    layout_changes: 1,
    structure_toggles: 1,
    measurements: 1,
    zooms: 1,
    cine_s: 1.3,
  });
});

test("turning the wheel in one go is one zoom", () => {
  const { log, ...world } = logOver();
  const at = (now) => {
    world.now = now;
  };
  log.now = () => world.now;
  log.begin("K7QF", LOG);
  for (const now of [0, 300, 900, 1500, 4000, 4100]) {
    at(now);
    log.notice("zoom");
  }
  assert.equal(log.snapshot().zooms, 2);
});

test("a study without a log gets nothing", async () => {
  const { log, sent } = logOver();
  for (const none of [null, undefined]) {
    log.begin("K7QF", none);
    log.notice("window");
    await log.flush(true);
  }
  log.begin(null, null);
  assert.equal(log.snapshot(), null);
  assert.deepEqual(sent, []);
});

test("nothing is sent before there is an image", async () => {
  const { log, sent, watched } = logOver();
  watched.size = null;
  log.begin("K7QF", LOG);
  await log.flush(true);
  assert.deepEqual(sent, []);
});

test("only news is sent; idle time is news when the reader may be leaving", async () => {
  const { log, sent, watched } = logOver();
  log.begin("K7QF", LOG);
  await log.flush();
  await log.flush();
  assert.equal(sent.length, 1);
  watched.clock.idleS += 30;
  await log.flush();
  assert.equal(sent.length, 1);
  await log.flush(true);
  await log.flush(true);
  assert.equal(sent.length, 2);
  assert.equal(sent[1].idle_s, 30);
  await log.flush();
  assert.equal(sent.length, 2);
  log.notice("layout");
  await log.flush();
  assert.deepEqual(sent.map(({ layout_changes, last }) => [layout_changes, last]), [[0, false], [0, true], [1, false]]);
});

test("what did not arrive is sent again with everything since", async () => {
  const world = logOver();
  const { log, sent } = world;
  log.begin("K7QF", LOG);
  log.notice("window");
  world.works = false;
  await log.flush();
  await log.flush();
  world.works = true;
  await log.flush();
  await log.flush();
  assert.deepEqual(sent.map((snapshot) => snapshot.window_changes), [1, 1, 1]);
});

test("another case and another stage are readings of their own, closed with a last snapshot", async () => {
  const { log, sent, watched } = logOver();
  log.begin("K7QF", LOG);
  log.notice("window");
  watched.clock.activeS += 4;
  log.begin("K7QF", { ...LOG });
  assert.equal(log.snapshot().window_changes, 1, "a rerun of the page changes nothing");
  log.begin("K7QF", { ...LOG, stage: "correct" });
  log.notice("zoom");
  watched.clock.activeS += 2;
  log.begin("QX22", { url: "/viewing/QX22", stage: "rate" });
  log.begin(null, null);
  assert.deepEqual(
    sent.map(({ url, mount, stage, window_changes, zooms, active_s, last }) => [url, mount, stage, window_changes, zooms, active_s, last]),
    [
      ["/viewing/K7QF", "a0", "rate", 1, 0, 4, true],
      ["/viewing/K7QF", "a1", "correct", 0, 1, 2, true],
      ["/viewing/QX22", "a2", "rate", 0, 0, 0, true],
    ],
  );
});
