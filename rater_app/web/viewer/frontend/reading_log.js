/**
 * What a reader looked at, and for how long: the viewing log of a study that keeps one.
 *
 * One log belongs to one mount of the viewer and one reading (case and stage). Its snapshots are cumulative, so the last one
 * that arrives says everything and a lost one costs nothing. It holds times, slices and counts, and nothing of the images.
 */

import { PLANES } from "./grid.js";

/** Snapshots follow each other at this pace while the reader is at work. */
export const SEND_EVERY_MS = 30_000;
/** Zoom steps of the wheel that follow each other faster than this are one zoom. */
const SAME_ZOOM_MS = 1000;

/** Notices of the viewer, and what each of them counts as. */
const COUNTED = new Map([
  ["window", "window_changes"],
  ["channel", "channel_changes"],
  ["mask-toggle", "mask_toggles"],
  ["layout", "layout_changes"],
  ["structure-toggle", "structure_toggles"],
  ["measurement", "measurements"],
  ["zoom", "zooms"],
]);

/** 16 hexadecimal digits. */
const drawId = () => [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
const tenths = (seconds) => Math.round(Math.max(0, seconds) * 10) / 10;

/**
 * @typedef {object} Watched where the log takes its numbers from
 * @property {{activeSeconds: () => number, idleSeconds: () => number}} clock of the page; its times only grow
 * @property {import("./seen.js").Seen} seen
 * @property {() => number[]|null} dims voxels along x, y, z; null while no volume is here
 * @property {() => number} cineSeconds since the page was opened
 */

/** Collects one reading after the other, and sends what changed. */
export class ReadingLog {
  /**
   * @param {Watched} watched
   * @param {object} way
   * @param {(url: string, body: string, last: boolean) => Promise<boolean>} way.send whether it arrived; `last`: the page may be going
   * @param {() => number} [way.now] milliseconds
   * @param {() => string} [way.id] a new mount id
   */
  constructor(watched, { send, now = () => performance.now(), id = drawId }) {
    this.watched = watched;
    this.send = send;
    this.now = now;
    this.id = id;
    this.reading = null;
  }

  /**
   * A reading is on the page. The same one goes on; another one begins after the last snapshot of the one before.
   * @param {string|null} code
   * @param {{url: string, stage: string}|null|undefined} log null: the study keeps no log
   */
  begin(code, log) {
    const key = log ? JSON.stringify([code, log.stage, log.url]) : null;
    if (key === (this.reading?.key ?? null)) return;
    this.flush(true);
    this.reading = null;
    if (!log) return;
    const { clock, cineSeconds } = this.watched;
    this.reading = {
      key,
      ...log,
      mount: this.id(),
      from: { active: clock.activeSeconds(), idle: clock.idleSeconds(), cine: cineSeconds() },
      counts: Object.fromEntries([...COUNTED.values()].map((name) => [name, 0])),
      zoomedAt: -Infinity,
      sent: null,
    };
  }

  /** The viewer tells what the reader did. @param {string} name */
  notice(name) {
    const counter = COUNTED.get(name);
    const { reading } = this;
    if (!reading || !counter) return;
    if (name === "zoom") {
      const goesOn = this.now() - reading.zoomedAt < SAME_ZOOM_MS;
      reading.zoomedAt = this.now();
      if (goesOn) return;
    }
    reading.counts[counter]++;
  }

  /** Everything so far; null while there is no reading, or nothing to see. */
  snapshot() {
    const { reading } = this;
    const { clock, seen, dims, cineSeconds } = this.watched;
    const size = dims();
    if (!reading || !size) return null;
    const planes = Object.values(PLANES);
    const { window_changes, channel_changes, mask_toggles, layout_changes, structure_toggles, measurements, zooms } = reading.counts;
    return {
      mount: reading.mount,
      stage: reading.stage,
      active_s: tenths(clock.activeSeconds() - reading.from.active),
      idle_s: tenths(clock.idleSeconds() - reading.from.idle),
      seen: Object.fromEntries(planes.map(({ name }) => [name, seen.ranges(name)])),
      slices: Object.fromEntries(planes.map(({ name, through }) => [name, size[through]])),
      window_changes,
      channel_changes,
      mask_toggles,
      layout_changes,
      structure_toggles,
      measurements,
      zooms,
      cine_s: tenths(cineSeconds() - reading.from.cine),
    };
  }

  /**
   * Send a snapshot if it says anything new.
   * @param {boolean} [last] the reader may be leaving: idle time is news then, too
   */
  async flush(last = false) {
    const { reading } = this;
    const snapshot = this.snapshot();
    if (!snapshot) return;
    const body = JSON.stringify(snapshot);
    // While nobody is there only the idle time grows, and it is sent when it ends.
    const news = JSON.stringify(last ? snapshot : { ...snapshot, idle_s: 0 });
    if (body === reading.sent?.body || (!last && news === reading.sent?.news)) return;
    const sent = { body, news: JSON.stringify({ ...snapshot, idle_s: 0 }) };
    reading.sent = sent;
    // A snapshot that did not arrive is forgotten: the next one carries everything, even if nothing is added to it.
    if (!(await this.send(reading.url, body, last)) && reading.sent === sent) reading.sent = null;
  }
}

/** @returns {Promise<boolean>} */
async function put(url, body, last) {
  const headers = { "Content-Type": "application/json", "X-Rater-App": "1" };
  try {
    return (await fetch(url, { method: "PUT", headers, body, keepalive: last })).ok;
  } catch {
    return false;
  }
}

/**
 * Keep the log of a viewer; send it at its pace and whenever the reader may be leaving.
 * @param {import("./viewer.js").Viewer} viewer
 * @returns {{log: ReadingLog, destroy: () => void}}
 */
export function attachReadingLog(viewer) {
  const watched = {
    clock: viewer.clock,
    seen: viewer.seen,
    dims: () => viewer.volumes?.grid?.dims ?? null,
    cineSeconds: () => viewer.cine.playedSeconds(),
  };
  const log = new ReadingLog(watched, { send: put });
  const onNotice = (name) => log.notice(name);
  viewer.listeners.add(onNotice);
  const timer = setInterval(() => log.flush(), SEND_EVERY_MS);
  const onLeaving = () => log.flush(true);
  const onVisibility = () => document.visibilityState === "hidden" && log.flush(true);
  document.addEventListener("visibilitychange", onVisibility);
  globalThis.addEventListener("pagehide", onLeaving);
  globalThis.addEventListener("blur", onLeaving);
  const destroy = () => {
    log.begin(null, null);
    clearInterval(timer);
    viewer.listeners.delete(onNotice);
    document.removeEventListener("visibilitychange", onVisibility);
    globalThis.removeEventListener("pagehide", onLeaving);
    globalThis.removeEventListener("blur", onLeaving);
  };
  return { log, destroy };
}
