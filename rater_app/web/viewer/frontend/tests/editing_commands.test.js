import assert from "node:assert/strict";
import { test } from "node:test";

import { correctingCommandsOf } from "../editing/commands.js";
import { countOf, hitAt, opened, SIZE } from "./correcting_room.js";

async function commanded(given) {
  const room = await opened(given);
  const remembered = [];
  const commands = correctingCommandsOf(() => room.editor, { finish: () => {}, remember: (habits) => remembered.push(habits) });
  return { ...room, commands, remembered };
}

const dab = ({ editor, viewer }, column, row) => editor.tools.brush.start(hitAt(viewer, column, row)).end();

test("without an editor, or before its mask is here, no command does anything", async () => {
  const { editor, commands } = await commanded();
  editor.mask = null;
  for (const [name, act] of Object.entries(commands)) assert.doesNotThrow(() => act(1), name);
  const none = correctingCommandsOf(() => null, {});
  for (const [name, act] of Object.entries(none)) assert.doesNotThrow(() => act(1), name);
});

test("removing the island under the crosshair keeps the tool that was chosen", async () => {
  const { editor, viewer, commands } = await commanded();
  commands.brush();
  dab({ editor, viewer }, 1.5, 1.5);
  commands.island();
  assert.equal(editor.message, "There is no label here.");
  assert.equal(countOf(editor.mask.data), 1);
  viewer.position = [4, 3, 1];
  commands.island();
  assert.equal(countOf(editor.mask.data), 0);
  assert.equal(editor.tool, "brush");
  assert.deepEqual(editor.effort.totals.tools, { brush: 1, island: 1 });
});

test("protecting the others never protects the label that is painted", async () => {
  const { editor, commands } = await commanded();
  commands.lock(1);
  commands.protect();
  assert.deepEqual([...editor.edits.protectedLabels], [2]);
  commands.protect();
  assert.deepEqual([...editor.edits.protectedLabels], []);
});

test("actions work in the slice that is shown, or in the whole volume with the ball", async () => {
  const { editor, viewer, commands, remembered } = await commanded();
  editor.marginMm = 1;
  dab({ editor, viewer }, 2.5, 2.5);
  commands.grow();
  assert.equal(countOf(editor.mask.data), 5);
  commands.undo();
  commands.ball();
  assert.deepEqual(remembered, [{ ball: true }]);
  commands.grow();
  assert.equal(countOf(editor.mask.data), 7);
  commands.shrink();
  commands.shrink();
  assert.equal(countOf(editor.mask.data), 0);
  commands.shrink();
  assert.equal(editor.message, "There was nothing to shrink.");
});

test("there is no slice beyond the first and the last", async () => {
  const { editor, viewer, commands } = await commanded();
  for (const [slice, step] of [[0, -1], [2, 1]]) {
    editor.message = "";
    viewer.position = [3, 2, slice];
    commands.copy(step);
    assert.equal(editor.message, "There is no slice beside this one.");
  }
  viewer.position = [3, 2, 1];
  dab({ editor, viewer }, 2.5, 2.5);
  viewer.position = [3, 2, 2];
  commands.copy(-1);
  assert.deepEqual([...editor.edits.contents.perSlice[2]], [0, 1, 1]);
  commands.copy(-1);
  assert.equal(editor.message, "The slice beside is the same.");
});

test("during a stroke nothing else changes the mask, and nothing is sent as a version", async () => {
  const { editor, viewer, server, commands } = await commanded();
  dab({ editor, viewer }, 1.5, 1.5);
  editor.undo();
  const stroke = editor.tools.brush.start(hitAt(viewer, 3.5, 3.5));
  const before = editor.mask.data.slice();
  for (const name of ["undo", "redo", "grow", "island", "apply"]) commands[name]();
  commands.copy(1);
  await editor.reset();
  assert.deepEqual(editor.mask.data, before);
  assert.equal(await editor.save(), false);
  assert.equal(await editor.finish(true), false);
  assert.deepEqual(server.calls, []);
  stroke.end();
  assert.equal(editor.edits.done.length, 1);
});

test("a label that is chosen is shown; one that is not there is not chosen", async () => {
  const { editor, viewer, commands } = await commanded();
  const shown = [];
  viewer.command = (...given) => shown.push(given);
  viewer.hidden.add(2);
  commands.label(2);
  assert.equal(editor.label, 2);
  assert.deepEqual(shown, [["structure", 2]]);
  commands.label(3);
  assert.equal(editor.label, 2);
  commands["label-value"](1);
  assert.equal(shown.length, 1);
});

test("the brush grows and shrinks by the sizes of the list, and stays within it", async () => {
  const { editor, commands, remembered } = await commanded();
  commands["brush-size"](-1);
  assert.equal(editor.radiusMm, 0.5);
  commands["brush-size"](1);
  assert.equal(editor.radiusMm, 1);
  commands["brush-radius"](30);
  commands["brush-size"](1);
  assert.equal(editor.radiusMm, 30);
  assert.deepEqual(remembered.at(-1), { radiusMm: 30 });
});

test("the label in hand stays in hand when the mask is fetched anew", async () => {
  const { editor, server, commands } = await commanded();
  server.data = new Uint8Array(SIZE).fill(1);
  commands.label(2);
  await editor.open();
  assert.equal(editor.label, 2);
});

test("the range begins with the window of the channel that is shown", async () => {
  const { editor, viewer, commands } = await commanded();
  viewer.image = {};
  viewer.tones = { windowOf: () => ({ low: 10.4, high: 99.6 }) };
  commands.range();
  assert.deepEqual(editor.range, { on: true, low: 10, high: 100 });
  commands["range-low"](20);
  commands.range();
  commands.range();
  assert.deepEqual(editor.range, { on: true, low: 20, high: 100 });
});
