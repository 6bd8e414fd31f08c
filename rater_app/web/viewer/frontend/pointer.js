/** Mouse, touchpad and pen on one tile. What a gesture means is decided by the viewer; here it is only recognised. */

import { wheelSteps, zoomFactor } from "./view.js";

/**
 * The viewer's side of the gestures. Points are canvas pixels, movements are pixels since the start of the drag.
 * @typedef {object} GestureHost
 * @property {() => boolean} spaceHeld
 * @property {(tile: object) => void} press any button went down on a tile
 * @property {() => PointerTool|null} tool what the main button works with; null moves the crosshair
 * @property {(tile: object, event: PointerEvent) => Hit|null} hitOf where a pointer is; null on a tile without an image
 * @property {(tile: object, point: number[]) => void} pointAt
 * @property {(tile: object) => (dx: number, dy: number) => void} startWindow
 * @property {(tile: object) => (dx: number, dy: number) => void} startPan
 * @property {(tile: object, steps: number) => void} scroll
 * @property {(tile: object, factor: number, point: number[]) => void} zoom
 * @property {(tile: object) => void} resetZoom
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
 */

/**
 * @param {import("./tile.js").Tile} tile
 * @param {GestureHost} host
 */
export function attachGestures(tile, host) {
  const { canvas } = tile;
  let drag = null;
  let wheelRest = 0;

  const recognise = (event) => {
    if (event.button === 1 || (event.button === 0 && host.spaceHeld())) return host.startPan(tile);
    if (event.button === 2 || (event.button === 0 && event.shiftKey)) return host.startWindow(tile);
    if (event.button !== 0) return null;
    return host.tool() ? "tool" : "point";
  };

  canvas.addEventListener("pointerdown", (event) => {
    host.press(tile);
    const kind = recognise(event);
    if (!kind) return;
    // Also keeps a middle click from starting the browser's own scrolling.
    event.preventDefault();
    canvas.setPointerCapture(event.pointerId);
    drag = { kind, from: [event.clientX, event.clientY] };
    if (kind === "point") host.pointAt(tile, tile.pointOf(event));
    if (kind === "tool") {
      const hit = host.hitOf(tile, event);
      drag.stroke = hit && host.tool().start(hit);
    }
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drag) {
      host.tool()?.hover(host.hitOf(tile, event));
      return;
    }
    if (drag.kind === "tool") moveStroke(event);
    else if (drag.kind === "point") host.pointAt(tile, tile.pointOf(event));
    else drag.kind(event.clientX - drag.from[0], event.clientY - drag.from[1]);
  });
  // A fast stroke has more points than animation frames: the browser hands the ones in between over with the last.
  const moveStroke = (event) => {
    for (const one of event.getCoalescedEvents?.() ?? [event]) {
      const hit = host.hitOf(tile, one);
      if (hit) drag.stroke?.move(hit);
    }
  };
  const stop = (how) => () => {
    drag?.stroke?.[how]();
    drag = null;
  };
  canvas.addEventListener("pointerup", stop("end"));
  canvas.addEventListener("pointercancel", stop("cancel"));
  canvas.addEventListener("pointerleave", () => drag || host.tool()?.hover(null));
  canvas.addEventListener("contextmenu", (event) => event.preventDefault());
  canvas.addEventListener("dblclick", () => host.resetZoom(tile));
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      if (event.ctrlKey) {
        host.zoom(tile, zoomFactor(event.deltaY), tile.pointOf(event));
        return;
      }
      const { steps, rest } = wheelSteps(wheelRest, event.deltaY, event.deltaMode);
      wheelRest = rest;
      if (steps !== 0) host.scroll(tile, steps);
    },
    { passive: false },
  );
}
