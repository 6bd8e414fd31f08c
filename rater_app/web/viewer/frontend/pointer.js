/** Mouse, touchpad, fingers and pen on one tile. What a gesture means is decided by the viewer; here it is only recognised. */

import { Fingers } from "./touch.js";
import { wheelSteps, zoomFactor } from "./view.js";

/**
 * The viewer's side of the gestures. Points are canvas pixels, movements are CSS pixels since the start of the drag.
 * @typedef {object} GestureHost
 * @property {() => boolean} spaceHeld
 * @property {(tile: object) => void} press any button went down on a tile
 * @property {() => PointerTool|null} tool what the main button works with; null moves the crosshair
 * @property {() => PointerTool|null} [eraser] what the eraser end of a pen works with; null or absent: nothing
 * @property {(tile: object, event: PointerEvent) => Hit|null} hitOf where a pointer is; null on a tile without an image
 * @property {(tile: object, point: number[]) => void} pointAt
 * @property {(tile: object) => (dx: number, dy: number) => void} startWindow
 * @property {(tile: object) => (dx: number, dy: number) => void} startPan
 * @property {(tile: object, from: number[][]) => ((to: number[][]) => void)|null} startPinch canvas points of two fingers
 * @property {(tile: object, steps: number) => void} scroll
 * @property {(tile: object, factor: number, point: number[]) => void} zoom
 * @property {(tile: object) => void} resetZoom
 * @property {import("./slice_bar.js").SliceBar} bar comes before the tools
 * @property {import("./touch.js").PenWatch} pens
 */

/**
 * Where a pointer is.
 * @typedef {object} Hit
 * @property {import("./tile.js").Tile} tile
 * @property {string} plane name
 * @property {number[]} point canvas pixels
 * @property {number} column voxels on screen, with fractions; a voxel's centre lies at + 0.5
 * @property {number} row
 * @property {number[]} index patient index with fractions in the plane; whole numbers are voxel centres
 * @property {boolean} inside whether the volume is there
 */

/**
 * What a drag with the main button does while a tool is chosen.
 * @typedef {object} PointerTool
 * @property {string} name
 * @property {(hit: Hit) => {move: (hit: Hit) => void, end: () => void, cancel: () => void}|null} start null: this press does nothing
 * @property {(hit: Hit|null) => void} hover the pointer moved with no button down, or left (null)
 * @property {(event: KeyboardEvent) => boolean} [key] a key was pressed while the tool is chosen; true: it was for the tool
 */

/**
 * A gesture under way.
 * @typedef {{move: (event: PointerEvent) => void, end: () => void, cancel: () => void}} Drag
 */

const PEN_ERASER = 32;
const PEN_BARREL = 2;
const ignore = () => {};

/** What each press can start, on one tile. Each of these takes the event that pressed. */
function dragsOf(tile, host) {
  /** Movements since the press. */
  const byWay = (event, apply) => {
    const from = [event.clientX, event.clientY];
    return { move: (next) => apply(next.clientX - from[0], next.clientY - from[1]), end: ignore, cancel: ignore };
  };
  /** The same at every place, the first included. */
  const atPlace = (event, act) => {
    act(tile.pointOf(event));
    return { move: (next) => act(tile.pointOf(next)), end: ignore, cancel: ignore };
  };
  return {
    pan: (event) => byWay(event, host.startPan(tile)),
    window: (event) => byWay(event, host.startWindow(tile)),
    bar: (event) => atPlace(event, (point) => host.bar.go(tile, point)),
    point: (event) => atPlace(event, (point) => host.pointAt(tile, point)),
    scroll: (event) => {
      const scroll = host.bar.startScroll(tile);
      return byWay(event, (_, dy) => scroll(dy * tile.ratio));
    },
    tool: (event, tool) => {
      const hit = host.hitOf(tile, event);
      const stroke = hit && tool.start(hit);
      if (!stroke) return null;
      // A fast stroke has more points than animation frames: the browser hands the ones in between over with the last.
      const move = (next) => {
        const all = next.getCoalescedEvents?.() ?? [];
        for (const one of all.length > 0 ? all : [next]) {
          const at = host.hitOf(tile, one);
          if (at) stroke.move(at);
        }
      };
      return { move, end: () => stroke.end(), cancel: () => stroke.cancel() };
    },
  };
}

/** A press of mouse or pen. @returns {Drag|null} */
function beginPress(event, tile, host, drags) {
  const pen = event.pointerType === "pen";
  if (pen && (event.button === 5 || event.buttons & PEN_ERASER)) {
    const eraser = host.eraser?.();
    return eraser ? drags.tool(event, eraser) : null;
  }
  const main = event.button === 0;
  if (event.button === 1 || (main && host.spaceHeld())) return drags.pan(event);
  if (event.button === 2 || (pen && event.buttons & PEN_BARREL) || (main && event.shiftKey)) return drags.window(event);
  if (!main) return null;
  if (host.bar.covers(tile, tile.pointOf(event))) return drags.bar(event);
  const tool = host.tool();
  return tool ? drags.tool(event, tool) : drags.point(event);
}

/** One finger, from where it landed: the main button, with a strip for scrolling beside the bar. @returns {Drag|null} */
function beginFinger(event, tile, host, drags) {
  const point = tile.pointOf(event);
  if (host.bar.covers(tile, point)) return drags.bar(event);
  if (host.bar.isNear(tile, point)) return drags.scroll(event);
  const tool = host.tool();
  return tool ? drags.tool(event, tool) : drags.point(event);
}

/**
 * @param {import("./tile.js").Tile} tile
 * @param {GestureHost} host
 */
export function attachGestures(tile, host) {
  const { canvas } = tile;
  const drags = dragsOf(tile, host);
  /** @type {{id: number, drag: Drag|null}|null} */
  let pressed = null;
  const fingers = new Fingers({
    pens: host.pens,
    begin: (event) => beginFinger(event, tile, host, drags),
    startPinch: (from) => host.startPinch(tile, from),
    pointOf: (event) => tile.pointOf(event),
  });

  canvas.addEventListener("pointerdown", (event) => {
    host.pens.note(event);
    const touch = event.pointerType === "touch";
    if (!touch || !host.pens.isNear) host.press(tile);
    // Also keeps a middle click from starting the browser's own scrolling.
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    if (touch) {
      fingers.down(event);
      return;
    }
    if (event.pointerType === "pen") fingers.palm();
    pressed?.drag?.cancel();
    pressed = { id: event.pointerId, drag: beginPress(event, tile, host, drags) };
  });
  canvas.addEventListener("pointermove", (event) => {
    host.pens.note(event);
    if (event.pointerType === "touch") fingers.move(event);
    else if (!pressed) hover(event);
    else if (event.pointerId === pressed.id) pressed.drag?.move(event);
  });
  const hover = (event) => {
    const overBar = host.bar.covers(tile, tile.pointOf(event));
    canvas.classList.toggle("over-bar", overBar);
    host.tool()?.hover(overBar ? null : host.hitOf(tile, event));
  };
  const stop = (how) => (event) => {
    host.pens.note(event);
    if (event.pointerType === "touch") fingers[how === "end" ? "up" : "cancel"](event);
    else if (event.pointerId === pressed?.id) {
      const { drag } = pressed;
      pressed = null;
      drag?.[how]();
    }
  };
  canvas.addEventListener("pointerup", stop("end"));
  canvas.addEventListener("pointercancel", stop("cancel"));
  // After an up or a cancel this finds nothing to do; it is there for a capture that the browser took away.
  canvas.addEventListener("lostpointercapture", stop("cancel"));
  canvas.addEventListener("pointerleave", () => pressed || host.tool()?.hover(null));
  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  // With a tool, two presses in a row are two strokes.
  canvas.addEventListener("dblclick", (event) => {
    if (!host.tool() && !host.bar.covers(tile, tile.pointOf(event))) host.resetZoom(tile);
  });
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      turn(event);
    },
    { passive: false },
  );
  let wheelRest = 0;
  const turn = (event) => {
    if (event.ctrlKey) {
      host.zoom(tile, zoomFactor(event.deltaY), tile.pointOf(event));
      return;
    }
    const { steps, rest } = wheelSteps(wheelRest, event.deltaY, event.deltaMode);
    wheelRest = rest;
    if (steps !== 0) host.scroll(tile, steps);
  };
}
