import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { blendedChannel, chosenLayout, displayCommandsOf, useHabits } from "../display.js";

let kept;
beforeEach(() => {
  kept = new Map();
  globalThis.localStorage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, text) => kept.set(key, text) };
});

function viewerOf(more = {}) {
  const viewer = {
    data: { channels: ["T1", "T1ce", "T2", "FLAIR"].map((name) => ({ name })), second_mask: null, ...more },
    labels: [1, 2, 3].map((value) => ({ value })),
    present: [1, 2, 3],
    layouts: ["planes", "single", "channels", "pair", "compare", "3d"],
    channel: 0,
    channelName: "T1",
    pair: [0, 1],
    hidden: new Set(),
    maskShown: true,
    shows3d: false,
    volumes: { want: () => {} },
    heard: [],
    notice: (name, detail) => viewer.heard.push([name, detail]),
    get shownLayout() {
      return chosenLayout(viewer);
    },
  };
  useHabits(viewer, "reader");
  viewer.commands = displayCommandsOf(viewer);
  return viewer;
}

test("the second channel goes round through the others and off again, and is kept by name", () => {
  const viewer = viewerOf();
  viewer.commands.channel(2);
  const seen = [];
  for (let i = 0; i < 5; i++) {
    viewer.commands.blend();
    seen.push(viewer.blend.channel);
  }
  assert.deepEqual(seen, ["T2", "FLAIR", "T1", null, "T2"]);
  viewer.preferences.write();
  const next = viewerOf({ channels: [{ name: "T2" }, { name: "FLAIR" }] });
  assert.equal(blendedChannel(next), 0, "wherever the next case has that channel");
  assert.equal(blendedChannel(viewerOf({ channels: [{ name: "CT" }] })), -1);
});

test("a structure is hidden and shown, isolated and given back, and each change is told", () => {
  const viewer = viewerOf();
  viewer.commands.structure(2);
  assert.deepEqual([...viewer.hidden], [2]);
  viewer.commands["only-structure"](3);
  assert.deepEqual([...viewer.hidden].sort(), [1, 2]);
  viewer.commands["only-structure"](3);
  assert.equal(viewer.hidden.size, 0, "once more shows all");
  const told = viewer.heard.map(([, { label, shown }]) => [label, shown]);
  assert.deepEqual(told, [[2, false], [1, false], [1, true], [2, true]]);
  viewer.commands.mask();
  viewer.commands.structure(1);
  assert.equal(viewer.maskShown, false, "hiding one does not bring a hidden mask back");
  viewer.commands["all-structures"]();
  assert.equal(viewer.hidden.size, 0);
});

test("judging, comparing and correcting each keep their own layout; 3D is no habit", () => {
  const viewer = viewerOf();
  viewer.commands.layout("channels");
  viewer.commands["view-3d"]();
  assert.equal(viewer.shownLayout, "3d");
  viewer.commands["view-3d"]();
  assert.equal(viewer.shownLayout, "channels");
  viewer.commands.layout("3d");
  viewer.preferences.write();
  const comparing = viewerOf({ second_mask: { url: "/b" } });
  assert.equal(comparing.shownLayout, "channels", "what was chosen for judging, until something else is");
  comparing.commands.layout("compare");
  comparing.preferences.write();
  assert.equal(viewerOf({ second_mask: { url: "/b" } }).shownLayout, "compare");
  assert.equal(viewerOf({ second_mask: { url: "/b" }, editing: {} }).shownLayout, "channels");
  assert.equal(viewerOf().shownLayout, "channels");
});

test("the next layout never opens the 3D view by itself", () => {
  const viewer = viewerOf();
  const seen = [];
  for (let i = 0; i < 5; i++) {
    viewer.commands["next-layout"]();
    seen.push(viewer.shownLayout);
  }
  assert.deepEqual(seen, ["single", "channels", "pair", "compare", "planes"]);
});

test("only two masks flicker", () => {
  const viewer = viewerOf();
  viewer.commands.flicker(true);
  assert.equal(viewer.flicker, false);
  const two = viewerOf({ second_mask: { url: "/b" } });
  two.commands.flicker(true);
  assert.equal(two.flicker, true);
  two.commands.flicker(false);
  assert.equal(two.flicker, false);
});

test("what the reader does is told once, and only when it changes something", () => {
  const viewer = viewerOf();
  viewer.commands.channel(1);
  viewer.commands.channel(3);
  viewer.commands.mask();
  viewer.commands["next-window"]();
  assert.deepEqual(viewer.heard, [
    ["channel", { channel: "T2" }],
    ["mask-toggle", { shown: false }],
    ["window", { channel: "T2", preset: "wide" }],
  ]);
});
