import assert from "node:assert/strict";
import { test } from "node:test";

import { WARM } from "../color_maps.js";
import { parseNifti } from "../nifti.js";
import { Tones, validWindows } from "../tones.js";
import { absoluteWindow, CT_PRESETS, describeWindow, dragWindow, fillLut, percentile, presetWindow, relativeWindow } from "../windows.js";
import { wireBytes } from "./wire.js";

const volumeOf = (voxels, scaling) => parseNifti(wireBytes(voxels, [voxels.length, 1, 1], scaling));
const greyOf = (lut, stored) => lut[stored & 0xffff] & 0xff;

test("the table is black below, white above and linear between, for negative values too", () => {
  const lut = new Uint32Array(65536);
  fillLut(volumeOf(Int16Array.of(0, 1)), { low: -100, high: 155 }, lut);
  assert.deepEqual([-32768, -100, -99, 0, 154, 155, 32767].map((stored) => greyOf(lut, stored)), [0, 0, 1, 100, 254, 255, 255]);
  assert.ok(lut.every((pixel) => pixel >>> 24 === 0xff), "every pixel is opaque");
  assert.equal(lut[0], 0xff646464, "red, green and blue are equal");
});

test("slope and intercept of the file are applied before the window", () => {
  const lut = new Uint32Array(65536);
  fillLut(volumeOf(Int16Array.of(0, 1), { slope: 2, intercept: -1000 }), { low: -1000, high: -745 }, lut);
  assert.equal(greyOf(lut, 0), 0);
  assert.equal(greyOf(lut, 50), 100);
});

test("uint16 values above 32767 are not taken for negative ones", () => {
  const lut = new Uint32Array(65536);
  fillLut(volumeOf(Uint16Array.of(0, 60000)), { low: 0, high: 60000 }, lut);
  assert.equal(greyOf(lut, 60000), 255);
  assert.equal(greyOf(lut, 30000), 128);
});

test("percentiles leave the background out", () => {
  const voxels = new Int16Array(1000);
  for (let i = 0; i < 100; i++) voxels[i] = i + 1;
  const volume = volumeOf(voxels);
  assert.deepEqual([0, 1, 50, 99, 100].map((percent) => percentile(volume, percent)), [1, 1, 50, 99, 100]);
  assert.deepEqual(presetWindow(volume, "auto"), { low: 1, high: 99 });
});

test("an image of one value still has a window of some width", () => {
  const { low, high } = presetWindow(volumeOf(new Int16Array(50)), "auto");
  assert.ok(high > low);
});

test("CT presets are the standard widths and levels", () => {
  const lung = presetWindow(volumeOf(Int16Array.of(0, 1)), "lung");
  assert.deepEqual(lung, { low: -1350, high: 150 });
  assert.equal(describeWindow(lung), "W 1500  L -600");
  assert.deepEqual(presetWindow(volumeOf(Int16Array.of(0, 1)), "abdomen"), { low: -160, high: 240 });
  assert.deepEqual(CT_PRESETS.map((preset) => preset.name), ["abdomen", "brain", "lung", "bone"]);
});

test("dragging to the right widens and keeps the level, dragging up brightens", () => {
  const start = { low: 0, high: 100 };
  const wide = dragWindow(start, 200, 0);
  assert.ok(Math.abs(wide.high - wide.low - 100 * Math.E) < 1e-9);
  assert.ok(Math.abs(wide.high + wide.low - 100) < 1e-9);
  const bright = dragWindow(start, 0, -30);
  assert.deepEqual([bright.low, bright.high], [-10, 90]);
  assert.ok(dragWindow(start, -5000, 0).high > dragWindow(start, -5000, 0).low, "the width never reaches 0");
});

test("a window carries over to another intensity scale and back", () => {
  const window = { low: 20, high: 70 };
  const relative = relativeWindow(window, { low: 10, high: 110 });
  assert.deepEqual(absoluteWindow(relative, { low: 100, high: 1100 }), { low: 200, high: 700 });
});

test("the window chosen for a channel is kept for the next case: relative for MR, as it is for CT", () => {
  const dim = volumeOf(Int16Array.from({ length: 101 }, (_, i) => i));
  const bright = volumeOf(Int16Array.from({ length: 101 }, (_, i) => 10 * i));
  const tones = new Tones();
  tones.chooseWindow("T2", dim, { low: 0, high: 50 });
  assert.equal(tones.presetOf("T2"), "custom");
  const { low, high } = tones.windowOf("T2", bright);
  assert.ok(Math.abs(high - low - 500) < 1e-9, `${low} ${high}`);
  assert.equal(tones.presetOf("T1"), "auto", "other channels keep theirs");
  tones.use(true);
  tones.chooseWindow("CT", dim, { low: -50, high: 250 });
  assert.deepEqual(tones.windowOf("CT", bright), { low: -50, high: 250 });
});

test("a look-up table is made anew only when window or volume changed", () => {
  const volume = volumeOf(Int16Array.from({ length: 101 }, (_, i) => i));
  const tones = new Tones({ mr: { T1: { preset: "wide", custom: null } } });
  const first = tones.toneOf("T1", volume).version;
  assert.equal(tones.toneOf("T1", volume).version, first);
  tones.choosePreset("T1", "narrow");
  assert.notEqual(tones.toneOf("T1", volume).version, first);
});

test("windows are told by kind of image and channel, and taken over in the next session", () => {
  const volume = volumeOf(Int16Array.from({ length: 101 }, (_, i) => i));
  let kept;
  const tones = new Tones(undefined, (windows) => (kept = windows));
  tones.choosePreset("T1", "narrow");
  tones.chooseWindow("T2", volume, { low: 10, high: 60 });
  tones.use(true);
  tones.choosePreset("CT", "bone");
  const next = new Tones(JSON.parse(JSON.stringify(kept)));
  assert.equal(next.presetOf("T1"), "narrow");
  const { low, high } = next.windowOf("T2", volume);
  assert.ok(Math.abs(low - 10) < 1e-9 && Math.abs(high - 60) < 1e-9);
  next.use(true);
  assert.equal(next.presetOf("CT"), "bone");
  assert.equal(next.presetOf("T1"), "abdomen", "a CT of that name has no MR window");
  next.forget("CT");
  assert.equal(next.presetOf("CT"), "abdomen");
});

test("kept windows that no viewer wrote are left out", () => {
  const kept = {
    mr: { T1: { preset: "bone" }, T2: { preset: "custom", custom: { low: 2, high: 1 } }, FLAIR: { preset: "custom", custom: null }, PD: null, T3: { preset: "wide" } },
    ct: "broken",
  };
  assert.deepEqual(validWindows(kept), { mr: { T3: { preset: "wide" } }, ct: {} });
  assert.deepEqual(validWindows(null), { mr: {}, ct: {} });
});

test("what is kept does not grow for ever: the channels chosen longest ago go first", () => {
  let kept;
  const tones = new Tones(undefined, (windows) => (kept = windows));
  for (let i = 0; i < 70; i++) tones.choosePreset(`channel ${i}`, "wide");
  assert.equal(Object.keys(kept.mr).length, 60);
  assert.ok(kept.mr["channel 69"] && !kept.mr["channel 0"]);
});

test("grey and warm tables of one channel follow the same window", () => {
  const volume = volumeOf(Int16Array.from({ length: 101 }, (_, i) => i));
  const tones = new Tones();
  tones.chooseWindow("T1", volume, { low: 0, high: 100 });
  const [grey, warm] = [tones.toneOf("T1", volume), tones.warmToneOf("T1", volume)];
  assert.notEqual(grey.lut[50], warm.lut[50]);
  assert.equal(warm.lut[100], WARM[255]);
  tones.chooseWindow("T1", volume, { low: 0, high: 50 });
  assert.equal(tones.warmToneOf("T1", volume).lut[50], WARM[255]);
  assert.equal(greyOf(tones.toneOf("T1", volume).lut, 50), 255);
});
