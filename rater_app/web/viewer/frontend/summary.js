/** What the panel says about the viewer: one value made from its state. */

import { contentsOf } from "./contents.js";
import { describeMm, elementAt, PLANES, toMm } from "./grid.js";
import { describeWindow } from "./windows.js";

const ADVICE = "Press Retry, and tell your coordinator if this stays.";

/**
 * @param {import("./viewer.js").Viewer} viewer
 * @returns {import("./panel.js").Summary}
 */
export function summarise(viewer) {
  const { volumes, data } = viewer;
  return {
    channels: data.channels.map((channel) => channel.name),
    channel: viewer.channel,
    layout: viewer.shownLayout,
    layouts: viewer.layouts,
    hasMask: Boolean(data.mask),
    maskShown: viewer.maskShown,
    maskStyle: viewer.maskStyle.style,
    opacity: viewer.maskStyle.opacity,
    presets: viewer.tones.presets,
    preset: viewer.tones.presetOf(viewer.channelName),
    labels: viewer.labels,
    present: volumes.mask ? contentsOf(volumes.mask).labels : null,
    status: status(viewer),
    message: message(viewer),
  };
}

function message({ volumes: { problems, mask, images }, data, tiles }) {
  const failed = tiles.map((tile) => tile.content?.channel).find((channel) => problems.has(channel));
  if (failed !== undefined) {
    const detail = `${data.channels[failed].name}: ${problems.get(failed)}.`;
    return { text: `The image could not be loaded. ${ADVICE}`, detail, retry: true };
  }
  if (problems.has("mask")) {
    return { text: `The mask could not be loaded. ${ADVICE}`, detail: `Reason: ${problems.get("mask")}.`, retry: true };
  }
  // An image without its mask must not be taken for an empty mask.
  if (data.mask && !mask && images.some(Boolean)) return { text: "Loading the mask …" };
  return null;
}

function status({ volumes: { grid, mask }, image, position, plane, tones, channelName, labels, maskShown }) {
  if (!grid || !image) return "";
  const { title, through } = PLANES[plane];
  const value = image.data[elementAt(image.grid, position)] * image.slope + image.intercept;
  const label = mask && maskShown ? mask.data[elementAt(mask.grid, position)] : 0;
  const parts = [
    `${title} ${position[through] + 1}/${grid.dims[through]}`,
    `${describeMm(toMm(grid, position))} mm`,
    describeWindow(tones.windowOf(channelName, image)),
    `${channelName} ${Number(value.toPrecision(4))}`,
  ];
  if (label) parts.push(labels.find((known) => known.value === label).name);
  return parts.join("  ·  ");
}
