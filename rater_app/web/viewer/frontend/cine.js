/** Playing the slices of a plane, back and forth. */

import { make } from "./elements.js";
import { PLANES } from "./grid.js";
import { commandOf } from "./keyboard.js";

/** Slices a second that can be chosen. */
export const SPEEDS = [4, 8, 12, 16, 24, 32];
const FIRST_SPEED = 12;

/**
 * What is played.
 * @typedef {object} CineHost
 * @property {() => {of: string, slice: number, slices: number}|null} where the present slice of which case, and how many
 *   there are; null: nothing to play
 * @property {(slice: number) => void} go show a slice; it is drawn in the next frame
 * @property {() => boolean} isDrawn whether what was asked for is on the screen
 * @property {() => void} changed playing started, stopped or changed its speed
 * @property {(callback: (time: number) => void) => number} requestFrame
 * @property {(frame: number) => void} cancelFrame
 * @property {() => number} now milliseconds, on the clock of the frames
 */

/**
 * Steps with the animation frames. Each slice is drawn before the next one is asked for, so a slow computer plays more
 * slowly and leaves no slice out.
 */
export class Cine {
  /** @param {CineHost} host */
  constructor(host) {
    this.host = host;
    this.speed = FIRST_SPEED;
    this.frame = null;
    this.direction = 1;
    this.played = 0;
    this.startedAt = 0;
  }

  get playing() {
    return this.frame !== null;
  }

  toggle() {
    if (this.playing) this.stop();
    else this.start();
  }

  start() {
    const { host } = this;
    const where = host.where();
    if (this.playing || !where || where.slices < 2) return;
    this.of = where.of;
    this.startedAt = host.now();
    this.steppedAt = this.startedAt;
    this.direction = 1;
    this.frame = host.requestFrame((time) => this.#tick(time));
    host.changed();
  }

  stop() {
    if (!this.playing) return;
    this.host.cancelFrame(this.frame);
    this.frame = null;
    this.played += this.host.now() - this.startedAt;
    this.host.changed();
  }

  /** @param {number} speed slices a second */
  setSpeed(speed) {
    this.speed = speed;
    this.host.changed();
  }

  /** @param {number} steps up or down the list of speeds */
  changeSpeed(steps) {
    const place = SPEEDS.indexOf(this.speed) + steps;
    this.setSpeed(SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, place))]);
  }

  /** Seconds played so far, over all cases. */
  playedSeconds() {
    return (this.played + (this.playing ? this.host.now() - this.startedAt : 0)) / 1000;
  }

  #tick(time) {
    const { host } = this;
    const where = host.where();
    if (!where || where.slices < 2 || where.of !== this.of) {
      this.stop();
      return;
    }
    this.frame = host.requestFrame((next) => this.#tick(next));
    const interval = 1000 / this.speed;
    // Frames come a little early or late: half a millisecond must not cost a whole frame.
    if (time - this.steppedAt < interval - 0.5 || !host.isDrawn()) return;
    // Time lost to a slow frame is not made up for by a hurried one.
    this.steppedAt = Math.max(this.steppedAt + interval, time - interval);
    if (where.slice + this.direction < 0 || where.slice + this.direction >= where.slices) this.direction = -this.direction;
    host.go(where.slice + this.direction);
  }
}

/** @returns {CineHost} the active plane of a viewer */
function hostOf(viewer, changed) {
  return {
    where: () => {
      const { volumes, data, image, position, plane } = viewer;
      if (!data || !volumes?.grid || !image) return null;
      const { through } = PLANES[plane];
      return { of: data.case, slice: position[through], slices: volumes.grid.dims[through] };
    },
    go: (slice) => {
      const position = [...viewer.position];
      position[PLANES[viewer.plane].through] = slice;
      viewer.moveTo(position);
      viewer.arrange();
    },
    isDrawn: () => viewer.stage.frame === null,
    changed,
    requestFrame: (callback) => requestAnimationFrame(callback),
    cancelFrame: (frame) => cancelAnimationFrame(frame),
    now: () => performance.now(),
  };
}

/** Keys that only change what other keys mean, and the one that leaves the viewer. */
const SILENT_KEYS = new Set(["Shift", "Control", "Alt", "AltGraph", "Meta", "CapsLock", "Tab"]);
const PRESS_KEYS = new Set([" ", "Enter"]);
const SPEED_KEYS = { "+": 1, "=": 1, "-": -1, _: -1 };

/**
 * The player of a viewer, the box with its speed, and what stops it: any key of the viewer, a press or the wheel on the
 * images, and a hidden page. The keys + and - change the speed instead.
 * @param {import("./viewer.js").Viewer} viewer
 * @returns {{cine: Cine, destroy: () => void}}
 */
export function attachCine(viewer) {
  const onSpeed = () => {
    cine.setSpeed(Number(speed.value));
    viewer.focus();
  };
  const speed = make("select", { "aria-label": "Slices per second", title: "Slices per second ( + and − )", onchange: onSpeed });
  speed.append(...SPEEDS.map((value) => make("option", { value, text: `${value} slices/s` })));
  const onStop = () => {
    cine.stop();
    viewer.focus();
  };
  const stop = make("button", { type: "button", text: "Stop", title: "Stop (any key)", onclick: onStop });
  const box = make("div", { class: "cine", role: "group", "aria-label": "Playing", hidden: true }, speed, stop);
  const cine = new Cine(
    hostOf(viewer, () => {
      box.hidden = !cine.playing;
      speed.value = String(cine.speed);
      viewer.redraw();
    }),
  );

  const onKeyDown = (event) => {
    if (!cine.playing || SILENT_KEYS.has(event.key) || box.contains(event.target)) return;
    // A button is pressed with these: it may be the one that stops.
    if (PRESS_KEYS.has(event.key) && event.target !== viewer.root) return;
    const steps = SPEED_KEYS[event.key];
    if (steps) {
      event.preventDefault();
      event.stopImmediatePropagation();
      cine.changeSpeed(steps);
    }
    // The key of the player stops it by its command: stopped here, it would start again.
    else if (commandOf(event, viewer.keyOptions)?.action !== "cine") cine.stop();
  };
  const onPress = (event) => box.contains(event.target) || cine.stop();
  const onVisibility = () => document.visibilityState === "hidden" && cine.stop();
  const { stage } = viewer.panel;
  stage.append(box);
  viewer.root.addEventListener("keydown", onKeyDown, { capture: true });
  stage.addEventListener("pointerdown", onPress, { capture: true });
  stage.addEventListener("wheel", onPress, { capture: true, passive: true });
  document.addEventListener("visibilitychange", onVisibility);
  const destroy = () => {
    cine.stop();
    document.removeEventListener("visibilitychange", onVisibility);
  };
  return { cine, destroy };
}
