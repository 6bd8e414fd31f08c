/** What the panel says about the viewer: one value made from its state. */

import { contentsOf } from "./contents.js";
import { blendedChannel } from "./display.js";
import { obliqueChip } from "./draw.js";
import { describeMm, elementAt, PLANES, toMm } from "./grid.js";
import { maskNames } from "./masks.js";
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
    smooth: viewer.smooth,
    crosshair: viewer.crosshair,
    tools: toolsInUse(viewer),
    blend: data.channels[blendedChannel(viewer)]?.name ?? null,
    blendOpacity: viewer.blend.opacity,
    labels: viewer.labels,
    present: viewer.present,
    hidden: viewer.hidden,
    emptyMasks: emptyMasks(viewer),
    status: status(viewer),
    oblique: volumes.grid ? obliqueChip(volumes.grid) : "",
    message: message(viewer),
  };
}

function toolsInUse({ cine, distances, windowTool }) {
  const inUse = { cine: cine.playing, distance: distances.active, "window-tool": windowTool.active };
  return Object.keys(inUse).filter((name) => inUse[name]);
}

/** The masks of a case, with the names that tell two of them apart; one mask has none. */
function masksOf({ volumes, data }) {
  const names = data.second_mask ? maskNames(data) : [""];
  return [volumes.mask, volumes.secondMask].map((mask, index) => ({ mask, name: names[index] })).filter(({ mask }) => mask);
}

function emptyMasks(viewer) {
  return masksOf(viewer)
    .filter(({ mask }) => contentsOf(mask).total === 0)
    .map(({ name }) => `${name || "The mask"} is empty: nothing is labelled.`);
}

function message({ volumes: { problems, hasMasks, images }, data, tiles }) {
  const failed = tiles.map((tile) => tile.content?.channel).find((channel) => problems.has(channel));
  if (failed !== undefined) {
    const detail = `${data.channels[failed].name}: ${problems.get(failed)}.`;
    return { text: `The image could not be loaded. ${ADVICE}`, detail, retry: true };
  }
  const failedMask = ["mask", "second"].find((which) => problems.has(which));
  if (failedMask) {
    const name = data.second_mask ? maskNames(data)[failedMask === "mask" ? 0 : 1] : "The mask";
    return { text: `${name} could not be loaded. ${ADVICE}`, detail: `Reason: ${problems.get(failedMask)}.`, retry: true };
  }
  // An image without its mask must not be taken for an empty mask.
  if (!hasMasks && images.some(Boolean)) return { text: data.second_mask ? "Loading the masks …" : "Loading the mask …" };
  return null;
}

function status(viewer) {
  const { volumes, image, position, plane, tones, channelName } = viewer;
  const { grid } = volumes;
  if (!grid || !image) return "";
  const { title, through } = PLANES[plane];
  const value = image.data[elementAt(image.grid, position)] * image.slope + image.intercept;
  const parts = [
    `${title} ${position[through] + 1}/${grid.dims[through]}`,
    `${describeMm(toMm(grid, position))} mm`,
    describeWindow(tones.windowOf(channelName, image)),
    `${channelName} ${Number(value.toPrecision(4))}`,
    ...labelsHere(viewer),
    ...seenOf(viewer),
  ];
  return parts.join("  ·  ");
}

/** How many slices of the plane the reader has had on the screen. */
function seenOf({ seen, plane, volumes: { grid } }) {
  const slices = grid.dims[PLANES[plane].through];
  return slices > 1 ? [`seen ${seen.count(plane)} of ${slices}`] : [];
}

/** The structure under the crosshair, in each mask. */
function labelsHere(viewer) {
  if (!viewer.maskShown) return [];
  // While a mask is corrected, the one that it came from is told only where it is shown beside.
  const alone = viewer.data.editing && viewer.shownLayout !== "compare";
  return (alone ? [{ ...masksOf(viewer)[0], name: "" }] : masksOf(viewer))
    .filter(({ mask }) => mask)
    .map(({ mask, name }) => ({ label: mask.data[elementAt(mask.grid, viewer.position)], name }))
    .filter(({ label, name }) => label || name)
    .map(({ label, name }) => {
      const known = viewer.labels.find(({ value }) => value === label)?.name ?? "none";
      return `${name && `${name}: `}${known}${viewer.hidden.has(label) ? " (hidden)" : ""}`;
    });
}
