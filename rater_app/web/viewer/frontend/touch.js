/** Fingers on a tile: which ones draw, which ones pinch, and which ones are the palm beside a pen. */

import { panBy, zoomAt } from "./view.js";

/** Touches are not drawn with for this long after a pen was near: the palm often outstays the pen. */
export const PALM_MS = 500;
/** CSS pixels that a finger moves before its gesture begins, so that the second finger of a pinch can still come. */
export const SLACK_PX = 5;

/** Whether a pen is in use; one for all tiles. */
export class PenWatch {
  /** @param {() => number} now milliseconds */
  constructor(now = () => performance.now()) {
    this.now = now;
    this.seenAt = -Infinity;
    this.down = false;
  }

  /** @param {PointerEvent} event any event of a pointer */
  note(event) {
    if (event.pointerType !== "pen") return;
    this.seenAt = this.now();
    if (event.type === "pointerdown") this.down = true;
    if (event.type === "pointerup" || event.type === "pointercancel") this.down = false;
  }

  /** A single finger is taken for the palm. */
  get isNear() {
    return this.down || this.now() - this.seenAt < PALM_MS;
  }
}

/**
 * View after a pinch: what lay between the fingers at its start lies between them still.
 * @param {import("./view.js").View} view at the start
 * @param {number} pxPerMm at the start
 * @param {number[]} canvas width and height in pixels
 * @param {number[][]} from canvas points of both fingers at the start
 * @param {number[][]} to where they are
 * @returns {import("./view.js").View}
 */
export function pinchView(view, pxPerMm, canvas, from, to) {
  const factor = distance(...to) / Math.max(1, distance(...from));
  const [start, end] = [middle(...from), middle(...to)];
  const zoomed = zoomAt(view, factor, start, canvas, pxPerMm);
  return panBy(zoomed, end[0] - start[0], end[1] - start[1], (pxPerMm * zoomed.zoom) / view.zoom);
}

const distance = ([x0, y0], [x1, y1]) => Math.hypot(x1 - x0, y1 - y0);
const middle = ([x0, y0], [x1, y1]) => [(x0 + x1) / 2, (y0 + y1) / 2];

/**
 * What the fingers of one tile do.
 * @typedef {object} FingerHost
 * @property {PenWatch} pens
 * @property {(event: PointerEvent) => import("./pointer.js").Drag|null} begin the gesture of one finger, from where it landed
 * @property {(from: number[][]) => ((to: number[][]) => void)|null} startPinch canvas points of two fingers
 * @property {(event: PointerEvent) => number[]} pointOf canvas point
 */

/**
 * Follows the fingers on one tile. One finger is the main button, from a little movement on or when it is lifted; a second
 * one takes back what the first has begun, and both zoom and move the image. While a pen writes, fingers do nothing;
 * shortly after it, one finger does nothing.
 */
export class Fingers {
  /** @param {FingerHost} host */
  constructor(host) {
    this.host = host;
    /** Points of the fingers on the tile. @type {Map<number, number[]>} */
    this.points = new Map();
    this.#rest();
  }

  #rest() {
    this.landed = null;
    this.drag = null;
    this.pinch = null;
  }

  down(event) {
    const { host, points } = this;
    points.set(event.pointerId, host.pointOf(event));
    if (host.pens.down) return;
    if (points.size === 1 && !host.pens.isNear) this.landed = event;
    if (points.size !== 2) return;
    this.#takeBack();
    const ids = [...points.keys()];
    const apply = host.startPinch([...points.values()]);
    if (apply) this.pinch = { ids, apply };
  }

  move(event) {
    const { host, points } = this;
    if (!points.has(event.pointerId)) return;
    points.set(event.pointerId, host.pointOf(event));
    if (host.pens.down) this.palm();
    else if (this.pinch) this.#movePinch();
    else this.#moveDrag(event);
  }

  #movePinch() {
    const { ids, apply } = this.pinch;
    if (ids.every((id) => this.points.has(id))) apply(ids.map((id) => this.points.get(id)));
  }

  #moveDrag(event) {
    const { landed } = this;
    if (landed) {
      if (Math.hypot(event.clientX - landed.clientX, event.clientY - landed.clientY) < SLACK_PX) return;
      this.landed = null;
      this.drag = this.host.begin(landed);
    }
    this.drag?.move(event);
  }

  up(event) {
    if (!this.points.delete(event.pointerId)) return;
    // A tap: it begins and ends where the finger landed.
    if (this.landed && !this.host.pens.isNear) this.drag = this.host.begin(this.landed);
    this.drag?.end();
    this.#rest();
  }

  cancel(event) {
    if (!this.points.delete(event.pointerId)) return;
    this.#takeBack();
    this.#rest();
  }

  /** A pen came down: what the fingers were doing was the palm's. */
  palm() {
    this.#takeBack();
    this.pinch = null;
  }

  #takeBack() {
    this.drag?.cancel();
    this.drag = null;
    this.landed = null;
  }
}
