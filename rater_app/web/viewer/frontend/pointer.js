/** Mouse, touchpad and pen on one tile. What a gesture means is decided by the viewer; here it is only recognised. */

import { wheelSteps, zoomFactor } from "./view.js";

/**
 * The viewer's side of the gestures. Points are canvas pixels, movements are pixels since the start of the drag.
 * @typedef {object} GestureHost
 * @property {() => boolean} spaceHeld
 * @property {(tile: object) => void} press any button went down on a tile
 * @property {(tile: object, point: number[]) => void} pointAt
 * @property {(tile: object) => (dx: number, dy: number) => void} startWindow
 * @property {(tile: object) => (dx: number, dy: number) => void} startPan
 * @property {(tile: object, steps: number) => void} scroll
 * @property {(tile: object, factor: number, point: number[]) => void} zoom
 * @property {(tile: object) => void} resetZoom
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
    return event.button === 0 ? "point" : null;
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
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!drag) return;
    if (drag.kind === "point") host.pointAt(tile, tile.pointOf(event));
    else drag.kind(event.clientX - drag.from[0], event.clientY - drag.from[1]);
  });
  const stop = () => {
    drag = null;
  };
  canvas.addEventListener("pointerup", stop);
  canvas.addEventListener("pointercancel", stop);
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
