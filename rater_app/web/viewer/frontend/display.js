/** How images and masks are displayed: what the reader's habits say of it, and the commands that change it. */

import { nextOf, pairWith } from "./layout.js";
import { MASK_STYLES } from "./masks.js";
import { Preferences } from "./preferences.js";
import { Tones } from "./tones.js";

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const roundOpacity = (opacity) => clamp(Number(opacity.toFixed(2)), 0.05, 1);

/**
 * Take over what a reader is used to.
 * @param {import("./viewer.js").Viewer} viewer
 * @param {string} reader opaque name
 */
export function useHabits(viewer, reader) {
  viewer.preferences?.close();
  const preferences = new Preferences(reader);
  const { habits } = preferences;
  Object.assign(viewer, {
    preferences,
    tones: new Tones(habits.windows, (windows) => preferences.keep({ windows })),
    chosenLayouts: { ...habits.layouts },
    maskStyle: { style: habits.maskStyle ?? "both", opacity: habits.opacity ?? 0.35 },
    smooth: habits.smooth ?? true,
    /** The channel laid over the others, by name: the next case may have it in another place. */
    blend: habits.blend ?? { channel: null, opacity: 0.6 },
  });
}

/** Judging one mask, comparing two and correcting one each have the layout that was last chosen for them. */
function occasion({ second_mask: second, editing }) {
  if (editing) return "correcting";
  return second ? "comparing" : "judging";
}

/** The layout that the reader chose for what is to be done; what was chosen for judging where nothing was. */
export function chosenLayout({ chosenLayouts, shows3d, data }) {
  if (shows3d) return "3d";
  return (data && chosenLayouts[occasion(data)]) ?? chosenLayouts.judging ?? "planes";
}

/** Number of the channel that lies over the others; -1 for none. */
export function blendedChannel({ blend, data }) {
  return blend.channel === null ? -1 : data.channels.findIndex((channel) => channel.name === blend.channel);
}

/** Show a channel, by number from 0; in the layout "pair" in the row of the channel shown before. */
export function showChannel(viewer, channel) {
  const wanted = viewer.data.channels[channel];
  if (!wanted) return;
  viewer.pair = pairWith(viewer.pair, viewer.channel, channel, viewer.data.channels.length);
  const isNew = viewer.channel !== channel;
  viewer.channel = channel;
  viewer.channelName = wanted.name;
  viewer.volumes.want(channel);
  if (isNew) viewer.notice("channel", { channel: wanted.name });
}

function setPreset(viewer, preset) {
  viewer.tones.choosePreset(viewer.channelName, preset);
  viewer.notice("window", { channel: viewer.channelName, preset });
}

function setMaskShown(viewer, shown) {
  if (viewer.maskShown === shown) return;
  viewer.maskShown = shown;
  viewer.notice("mask-toggle", { shown });
}

function setMaskStyle(viewer, style) {
  viewer.maskStyle = { ...viewer.maskStyle, style };
  setMaskShown(viewer, true);
  viewer.preferences.keep({ maskStyle: style });
}

function setOpacity(viewer, opacity) {
  viewer.maskStyle = { ...viewer.maskStyle, opacity: roundOpacity(opacity) };
  viewer.preferences.keep({ opacity: viewer.maskStyle.opacity });
}

function setLayout(viewer, layout) {
  // The 3D view costs seconds on a computer without a GPU: it opens when it is asked for, and not by habit.
  viewer.shows3d = layout === "3d";
  if (layout !== "3d") {
    viewer.chosenLayouts[occasion(viewer.data)] = layout;
    viewer.preferences.keep({ layouts: { ...viewer.chosenLayouts } });
  }
  viewer.notice("layout", { layout: viewer.shownLayout });
}

function toggle3d(viewer) {
  viewer.shows3d = viewer.shownLayout !== "3d";
  viewer.notice("layout", { layout: viewer.shownLayout });
}

function setBlend(viewer, changed) {
  viewer.blend = { ...viewer.blend, ...changed };
  viewer.preferences.keep({ blend: viewer.blend });
  const channel = blendedChannel(viewer);
  if (channel >= 0) viewer.volumes.want(channel);
}

/** Off, then the channels after the shown one, then off again. */
function nextBlend(viewer) {
  const names = viewer.data.channels.map((channel) => channel.name);
  const others = [...names.slice(viewer.channel + 1), ...names.slice(0, viewer.channel)];
  setBlend(viewer, { channel: nextOf([null, ...others], others.includes(viewer.blend.channel) ? viewer.blend.channel : null) });
}

function setSmooth(viewer, smooth) {
  viewer.smooth = smooth;
  viewer.preferences.keep({ smooth });
}

function setHidden(viewer, hidden) {
  const before = viewer.hidden;
  viewer.hidden = new Set(hidden);
  for (const { value } of viewer.labels) {
    if (before.has(value) !== viewer.hidden.has(value)) viewer.notice("structure-toggle", { label: value, shown: before.has(value) });
  }
}

function toggleStructure(viewer, label) {
  const hidden = new Set(viewer.hidden);
  if (!hidden.delete(label)) hidden.add(label);
  setHidden(viewer, hidden);
  // Who asks for a structure wants to see it.
  if (!hidden.has(label)) setMaskShown(viewer, true);
}

/** Show one structure alone; once more shows all. */
function isolate(viewer, label) {
  // What the mask does not hold is not hidden: it would stay unseen when it is painted.
  const others = (viewer.present ?? viewer.labels.map(({ value }) => value)).filter((value) => value !== label);
  const isAlone = !viewer.hidden.has(label) && others.every((value) => viewer.hidden.has(value));
  setHidden(viewer, isAlone ? [] : others);
  setMaskShown(viewer, true);
}

/**
 * Commands of the display by name.
 * @param {import("./viewer.js").Viewer} viewer
 * @returns {Record<string, (amount?: any) => void>}
 */
export function displayCommandsOf(viewer) {
  return {
    channel: (number) => showChannel(viewer, number - 1),
    layout: (name) => setLayout(viewer, name),
    "channels-layout": () => setLayout(viewer, viewer.shownLayout === "channels" ? viewer.layouts[0] : "channels"),
    "next-layout": () => setLayout(viewer, nextOf(viewer.layouts.filter((name) => name !== "3d"), viewer.shownLayout)),
    "view-3d": () => toggle3d(viewer),
    mask: () => setMaskShown(viewer, !viewer.maskShown),
    "mask-style": () => setMaskStyle(viewer, nextOf(MASK_STYLES.map((style) => style.name), viewer.maskStyle.style)),
    "set-mask-style": (style) => setMaskStyle(viewer, style),
    opacity: (change) => setOpacity(viewer, viewer.maskStyle.opacity + change),
    "set-opacity": (opacity) => setOpacity(viewer, opacity),
    flicker: (held) => (viewer.flicker = Boolean(held && viewer.data.second_mask)),
    structure: (label) => toggleStructure(viewer, label),
    "only-structure": (label) => isolate(viewer, label),
    "all-structures": () => setHidden(viewer, []),
    "next-window": () =>
      setPreset(viewer, nextOf(viewer.tones.presets.map((preset) => preset.name), viewer.tones.presetOf(viewer.channelName))),
    "set-preset": (preset) => setPreset(viewer, preset),
    blend: () => nextBlend(viewer),
    "set-blend": (channel) => setBlend(viewer, { channel }),
    "set-blend-opacity": (opacity) => setBlend(viewer, { opacity: roundOpacity(opacity) }),
    interpolation: () => setSmooth(viewer, !viewer.smooth),
    crosshair: () => (viewer.crosshair = !viewer.crosshair),
  };
}
