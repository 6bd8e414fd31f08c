/** What keys, buttons and gestures do to the viewer. Each command changes its state; the viewer then draws. */

import { displayCommandsOf, showChannel } from "./display.js";
import { fromPixel, PLANES, toPixel } from "./grid.js";
import { nextOf } from "./layout.js";
import { pinchView } from "./touch.js";
import { panBy, pixelUnder, pointOf, zoomAt } from "./view.js";
import { dragWindow } from "./windows.js";

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/** A drag that changes something is one change, however many movements it has. */
function once(act) {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    act();
  };
}

/** Move along the axis that a plane's slices are counted on. */
function moveTo(viewer, planeName, slice) {
  const { grid } = viewer.volumes;
  if (!grid) return;
  const { through } = PLANES[planeName];
  const position = [...viewer.position];
  position[through] = clamp(slice, 0, grid.dims[through] - 1);
  if (position[through] === viewer.position[through]) return;
  viewer.moveTo(position);
  viewer.notice("slice", { plane: planeName, slice: position[through] });
}

function stepBy(viewer, planeName, slices) {
  moveTo(viewer, planeName, viewer.position[PLANES[planeName].through] + slices);
}

function zoomTile(viewer, tile, factor, point) {
  const { plane } = tile.content;
  if (!tile.placement) return;
  viewer.views[plane] = zoomAt(viewer.viewOf(plane), factor, point, tile.size, tile.placement.pxPerMm);
  viewer.notice("zoom", { plane, zoom: viewer.views[plane].zoom });
}

/** Zoom the active plane with the crosshair as the fixed point. */
function zoomAtCrosshair(viewer, factor) {
  const tile = viewer.stage.tileOf(viewer.plane);
  if (!tile?.placement) return;
  const [column, row] = toPixel(viewer.volumes.grid, PLANES[viewer.plane], viewer.position);
  zoomTile(viewer, tile, factor, pointOf(tile.placement, column + 0.5, row + 0.5));
}

/** Move the crosshair within the active plane, in voxels on screen. */
function nudge(viewer, [across, down]) {
  const { grid } = viewer.volumes;
  if (!grid) return;
  const plane = PLANES[viewer.plane];
  const [column, row] = toPixel(grid, plane, viewer.position);
  viewer.moveTo(fromPixel(grid, plane, column + across, row + down, viewer.position));
}

function reset(viewer) {
  viewer.views = {};
  viewer.tones.forget(viewer.channelName);
  if (viewer.volumes.grid) viewer.goToMask();
}

/**
 * Commands by name: the `action` of the key table, and those that only the panel sends.
 * @param {import("./viewer.js").Viewer} viewer
 * @returns {Record<string, (amount?: any) => void>}
 */
export function commandsOf(viewer) {
  return {
    ...displayCommandsOf(viewer),
    "next-plane": () => (viewer.plane = nextOf(viewer.planes, viewer.plane)),
    step: (slices) => stepBy(viewer, viewer.plane, slices),
    "first-slice": () => moveTo(viewer, viewer.plane, 0),
    "last-slice": () => moveTo(viewer, viewer.plane, Infinity),
    centre: () => viewer.volumes.grid && viewer.goToMask(),
    cine: () => viewer.cine.toggle(),
    distance: () => viewer.distances.toggle(),
    "window-tool": () => viewer.windowTool.toggle(),
    nudge: (voxels) => nudge(viewer, voxels),
    zoom: (factor) => zoomAtCrosshair(viewer, factor),
    reset: () => reset(viewer),
    help: () => viewer.help.toggle(),
    escape: () => viewer.escape(),
    retry: () => viewer.volumes.retry(),
    focus: () => viewer.focus(),
  };
}

/**
 * The viewer's side of the mouse gestures.
 * @param {import("./viewer.js").Viewer} viewer
 * @returns {import("./pointer.js").GestureHost}
 */
export function gesturesOf(viewer) {
  const change = (act) => {
    act();
    viewer.arrange();
  };
  return {
    spaceHeld: () => viewer.spaceHeld,
    tool: () => viewer.pointerTool,
    eraser: () => viewer.eraser,
    bar: viewer.bar,
    pens: viewer.pens,
    hitOf: (tile, event) => hitOf(viewer, tile, event),
    press: (tile) => {
      viewer.focus();
      change(() => activate(viewer, tile));
    },
    pointAt: (tile, point) => {
      const { grid } = viewer.volumes;
      if (!tile.placement) return;
      const [column, row] = pixelUnder(tile.placement, ...point);
      change(() => viewer.moveTo(fromPixel(grid, PLANES[tile.content.plane], column, row, viewer.position)));
    },
    startWindow: (tile) => {
      const { name } = viewer.data.channels[tile.content.channel];
      const image = viewer.volumes.images[tile.content.channel];
      if (!image) return () => {};
      const start = viewer.tones.windowOf(name, image);
      const notice = once(() => viewer.notice("window", { channel: name, preset: "custom" }));
      return (dx, dy) => {
        notice();
        change(() => viewer.tones.chooseWindow(name, image, dragWindow(start, dx, dy)));
      };
    },
    startPan: (tile) => {
      const { plane } = tile.content;
      const { placement, ratio } = tile;
      const start = viewer.viewOf(plane);
      if (!placement) return () => {};
      return (dx, dy) => change(() => (viewer.views[plane] = panBy(start, dx * ratio, dy * ratio, placement.pxPerMm)));
    },
    startPinch: (tile, from) => {
      const { placement, size } = tile;
      const { plane } = tile.content;
      const start = viewer.viewOf(plane);
      const notice = once(() => viewer.notice("zoom", { plane }));
      return placement && ((to) => {
        notice();
        change(() => (viewer.views[plane] = pinchView(start, placement.pxPerMm, size, from, to)));
      });
    },
    scroll: (tile, steps) =>
      change(() => {
        activate(viewer, tile);
        stepBy(viewer, tile.content.plane, steps);
      }),
    zoom: (tile, factor, point) => change(() => zoomTile(viewer, tile, factor, point)),
    resetZoom: (tile) => change(() => delete viewer.views[tile.content.plane]),
  };
}

/** @returns {import("./pointer.js").Hit|null} */
function hitOf(viewer, tile, event) {
  const { grid } = viewer.volumes ?? {};
  if (!grid || !tile.placement) return null;
  const point = tile.pointOf(event);
  const [column, row] = pixelUnder(tile.placement, ...point);
  const plane = PLANES[tile.content.plane];
  const index = [...viewer.position];
  index[plane.across] = grid.dims[plane.across] - 0.5 - column;
  index[plane.down] = grid.dims[plane.down] - 0.5 - row;
  const within = (value, n) => value >= 0 && value < n;
  const inside = within(column, grid.dims[plane.across]) && within(row, grid.dims[plane.down]);
  return { tile, plane: plane.name, point, column, row, index, inside };
}

/** The plane (and in the side-by-side layout the channel) last touched is the one that keys act on. */
function activate(viewer, tile) {
  viewer.plane = tile.content.plane;
  if (viewer.channel !== tile.content.channel) showChannel(viewer, tile.content.channel);
}
