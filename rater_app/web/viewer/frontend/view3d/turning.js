/** Turning and zooming the 3D view: by mouse, by keys and by buttons. */

/** @typedef {{azimuth: number, elevation: number, zoom: number}} View degrees as NiiVue counts them: azimuth 180 looks at the face */

/** Sides that a button leads to. */
export const SIDES = [
  { name: "front", title: "Front", azimuth: 180, elevation: 0 },
  { name: "back", title: "Back", azimuth: 0, elevation: 0 },
  { name: "left", title: "Left", azimuth: 90, elevation: 0 },
  { name: "right", title: "Right", azimuth: 270, elevation: 0 },
  { name: "above", title: "Above", azimuth: 180, elevation: 90 },
  { name: "below", title: "Below", azimuth: 180, elevation: -90 },
];

/** At first: from the front, a little from the left and from above, so that the shape is seen. */
export const FIRST_VIEW = Object.freeze({ azimuth: 155, elevation: 15, zoom: 1 });

const KEY_DEG = 10;
const DEG_PER_PX = 0.5;
const ZOOM_STEP = 1.15;
const [MIN_ZOOM, MAX_ZOOM] = [0.4, 6];

/** @returns {View} the view after a turn, in degrees */
export function turned(view, right, down) {
  const azimuth = (((view.azimuth + right) % 360) + 360) % 360;
  return { ...view, azimuth, elevation: Math.max(-90, Math.min(90, view.elevation + down)) };
}

/** @returns {View} the view after some steps of zoom */
export function zoomed(view, steps) {
  return { ...view, zoom: Math.max(MIN_ZOOM, Math.min(MAX_ZOOM, view.zoom * ZOOM_STEP ** steps)) };
}

/** The view that a key leads to, or null for a key that is not ours. */
export function viewAfterKey(view, key) {
  const turns = { ArrowLeft: [-KEY_DEG, 0], ArrowRight: [KEY_DEG, 0], ArrowUp: [0, -KEY_DEG], ArrowDown: [0, KEY_DEG] };
  if (turns[key]) return turned(view, ...turns[key]);
  if (key === "-") return zoomed(view, -1);
  if (key === "+" || key === "=") return zoomed(view, 1);
  return key === "Home" ? FIRST_VIEW : null;
}

/**
 * Let mouse and keys turn what a canvas shows.
 * @param {HTMLCanvasElement} canvas it goes with its listeners
 * @param {() => View} now
 * @param {(view: View) => void} turnTo
 */
export function attachTurning(canvas, now, turnTo) {
  let from = null;
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    from = [event.clientX, event.clientY];
    canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!from) return;
    turnTo(turned(now(), (event.clientX - from[0]) * DEG_PER_PX, (event.clientY - from[1]) * DEG_PER_PX));
    from = [event.clientX, event.clientY];
  });
  for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, () => (from = null));
  canvas.addEventListener("wheel", (event) => {
    event.preventDefault();
    turnTo(zoomed(now(), -Math.sign(event.deltaY)));
  });
  canvas.addEventListener("keydown", (event) => {
    const view = event.ctrlKey || event.altKey || event.metaKey || event.shiftKey ? null : viewAfterKey(now(), event.key);
    if (!view) return;
    event.preventDefault();
    event.stopPropagation();
    turnTo(view);
  });
}
