import assert from "node:assert/strict";
import { test } from "node:test";

import { countOf, hitAt, Kept, maskOf, opened, rest, Server, SIZE } from "./correcting_room.js";

/** Paint one voxel with the brush. */
function dab({ editor, viewer }, column, row) {
  editor.tools.brush.start(hitAt(viewer, column, row)).end();
}

/** Something that happens when it is told to. */
function signal() {
  let give;
  const given = new Promise((resolve) => (give = resolve));
  return { given, give };
}

test("a stroke that is called off after a save was sent is in no version", async () => {
  const { editor, viewer, server } = await opened();
  dab({ editor, viewer }, 1.5, 1.5);
  const stroke = editor.tools.brush.start(hitAt(viewer, 3.5, 3.5));
  await editor.keeper.save();
  assert.equal(countOf(server.data), 1);
  stroke.cancel();
  assert.deepEqual(server.data, editor.mask.data);
  assert.equal(editor.keeper.state, "saved");
});

test("a stroke that ends after a save was sent is in the next letter", async () => {
  const { editor, viewer, server } = await opened();
  dab({ editor, viewer }, 1.5, 1.5);
  const stroke = editor.tools.brush.start(hitAt(viewer, 3.5, 3.5));
  await editor.keeper.save();
  stroke.end();
  assert.equal(editor.keeper.state, "unsaved");
  await editor.save();
  assert.deepEqual(server.data, editor.mask.data);
  assert.equal(server.calls.at(-1)[2].strokes, 1);
});

test("nothing changes the mask while correcting is being ended, nor after", async () => {
  const { editor, viewer, server } = await opened();
  dab({ editor, viewer }, 1.5, 1.5);
  const wait = signal();
  server.hold = wait.given;
  const finishing = editor.finish();
  assert.equal(editor.tools.brush.start(hitAt(viewer, 3.5, 3.5)), null);
  editor.undo();
  editor.change("grow", [0], 1);
  wait.give();
  assert.equal(await finishing, true);
  assert.equal(editor.message, "This mask is finished.");
  assert.equal(editor.tools.brush.start(hitAt(viewer, 3.5, 3.5)), null);
  assert.deepEqual(server.data, editor.mask.data);
  assert.equal(countOf(server.data), 1);
  assert.deepEqual(server.calls.map(([what]) => what), ["version", "finish"]);
});

test("when correcting cannot be ended the mask stays open, and the reader is told what is to be done", async () => {
  const { editor, viewer, server } = await opened();
  dab({ editor, viewer }, 1.5, 1.5);
  await editor.save();
  server.answers = [{ kind: "unreachable", problem: "The server could not be reached." }];
  assert.equal(await editor.finish(), false);
  assert.match(editor.message, /not finished: The server could not be reached\..*press the button again/);
  assert.equal(editor.keeper.state, "saved");
  dab({ editor, viewer }, 3.5, 3.5);
  assert.equal(await editor.finish(), true);
  assert.deepEqual(server.calls.map(([what]) => what), ["version", "finish", "version", "finish"]);
});

test("a mask that was corrected is never confirmed as needing no correction", async () => {
  const { editor, viewer, server } = await opened({ required: true });
  assert.equal(await editor.finish(false), false);
  dab({ editor, viewer }, 1.5, 1.5);
  assert.equal(await editor.finish(true), true);
  assert.deepEqual(server.calls.at(-1), ["finish", 1, false]);
  const other = await opened({ required: true });
  assert.equal(await other.editor.finish(true), true);
  assert.deepEqual(other.server.calls, [["finish", 0, true]]);
});

test("a stroke under way when the reader leaves the mask is sent with the rest", async () => {
  const { editor, viewer, server } = await opened();
  const stroke = editor.tools.brush.start(hitAt(viewer, 1.5, 1.5));
  const left = editor.close();
  stroke.move(hitAt(viewer, 4.5, 1.5));
  stroke.end();
  await left;
  assert.equal(countOf(server.data), 1);
  assert.equal(editor.keeper.closed, true);
});

test("an unsent change is sent after the reader has left, as often as it takes", async () => {
  const { editor, viewer, server, timers } = await opened();
  dab({ editor, viewer }, 1.5, 1.5);
  server.answers = [{ kind: "unreachable" }, { kind: "signed out" }];
  let isOver = false;
  const left = editor.close().then(() => (isOver = true));
  for (let i = 0; i < 2; i++) {
    await editor.keeper.queue;
    await rest();
    assert.equal(isOver, false);
    assert.equal(editor.keeper.atRisk, true);
    timers.runAll();
  }
  await left;
  assert.equal(countOf(server.data), 1);
});

test("the mask is not fetched anew over changes that the server lacks", async () => {
  const { editor, viewer, server } = await opened();
  dab({ editor, viewer }, 1.5, 1.5);
  server.answers = [{ kind: "unreachable" }];
  await assert.rejects(editor.open(), /not on the server yet/);
  assert.equal(countOf(editor.mask.data), 1);
  assert.equal(countOf((await editor.open()).data), 1);
});

test("unsaved changes come back after a reload, and go to the server", async () => {
  const first = await opened();
  dab(first, 1.5, 1.5);
  await first.editor.keeper.keepDraft();
  dab(first, 3.5, 3.5);
  await rest();
  const second = await opened({ server: first.server, kept: first.kept });
  assert.deepEqual(second.editor.mask.data, first.editor.mask.data);
  assert.equal(second.editor.message, "Your unsaved changes were restored.");
  assert.equal(second.editor.keeper.state, "unsaved");
  await second.editor.keeper.keepDraft();
  await rest();
  assert.deepEqual(first.server.data, second.editor.mask.data);
  assert.deepEqual(first.kept.changes, []);
});

test("steps that were taken back are restored as taken back, and a torn record does no harm", async () => {
  const first = await opened();
  const stroke = first.editor.begin("brush");
  stroke.set(0, 1);
  stroke.set(0, 2);
  first.editor.end(stroke);
  await first.editor.keeper.keepDraft();
  await rest();
  first.editor.undo();
  await rest();
  await first.kept.add({ key: ["K7QF", "page", first.journal.start + 9], elements: Uint32Array.of(SIZE + 5, 3), labels: Uint8Array.of(1, 2), base: "0-1" });
  const second = await opened({ server: first.server, kept: first.kept });
  assert.equal(second.editor.mask.data[0], 0);
  assert.equal(second.editor.mask.data[3], 2);
  assert.equal(second.editor.edits.done[0].elements.includes(SIZE + 5), false);
});

test("effort goes on from that of a draft, and starts anew with a version, not with a draft", async () => {
  const server = new Server();
  const open = server.open;
  server.open = async () => ({ ...(await open()), draft: true, effort: { active_s: 5, idle_s: 2, strokes: 3, undos: 1, redos: 0, tools: { fill: 3 }, tool: "browser" } });
  const { editor, viewer } = await opened({ server });
  assert.equal(editor.keeper.state, "kept");
  dab({ editor, viewer }, 1.5, 1.5);
  await editor.keeper.keepDraft();
  const { active_s, idle_s, strokes, undos, tools } = editor.effort.totals;
  assert.deepEqual([active_s, idle_s, strokes, undos, tools], [5, 2, 4, 1, { fill: 3, brush: 1 }]);
  await editor.save();
  assert.deepEqual(server.calls.at(-1)[2].tools, { fill: 3, brush: 1 });
  assert.equal(editor.effort.totals.strokes, 0);
});

test("a stroke under way when the other mask is taken belongs to neither", async () => {
  const { editor, viewer, server, kept } = await opened();
  dab({ editor, viewer }, 1.5, 1.5);
  server.version = 1;
  await editor.save();
  const stroke = editor.tools.brush.start(hitAt(viewer, 3.5, 3.5));
  const taking = editor.takeOther();
  assert.equal(editor.tools.brush.start(hitAt(viewer, 4.5, 3.5)), null);
  await taking;
  stroke.end();
  await rest();
  assert.equal(countOf(editor.mask.data), 0);
  assert.equal(editor.keeper.state, "saved");
  assert.deepEqual(kept.changes, []);
  dab({ editor, viewer }, 1.5, 1.5);
  assert.equal(editor.keeper.state, "unsaved");
});

test("changes that turn out to be on the server are forgotten: they must not come back over later work", async () => {
  const first = await opened();
  dab(first, 1.5, 1.5);
  await rest();
  // The server stores the draft, but the page is gone before it hears of it.
  first.server.data = first.editor.mask.data.slice();
  first.server.changes++;
  const second = await opened({ server: first.server, kept: first.kept });
  assert.equal(second.editor.message, "");
  await rest();
  assert.deepEqual(first.kept.changes, []);
});

test("so are changes that cross: what was painted and erased again comes back as neither", async () => {
  const first = await opened();
  dab(first, 1.5, 1.5);
  first.editor.use("eraser");
  first.editor.tools.eraser.start(hitAt(first.viewer, 1.5, 1.5)).end();
  dab(first, 3.5, 3.5);
  await rest();
  first.server.data = first.editor.mask.data.slice();
  first.server.version = 1;
  const second = await opened({ server: first.server, kept: first.kept });
  assert.equal(second.editor.message, "");
  assert.deepEqual(second.editor.mask.data, first.server.data);
  assert.equal(second.editor.edits.canUndo, false);
  await rest();
  assert.deepEqual(first.kept.changes, []);
});

test("changes upon an older state are put upon the newer one, said, and can be taken back", async () => {
  const first = await opened();
  dab(first, 1.5, 1.5);
  await rest();
  first.server.data = maskOf(new Uint8Array(SIZE).fill(2)).data.slice();
  first.server.version = 1;
  const second = await opened({ server: first.server, kept: first.kept });
  assert.match(second.editor.message, /newer state.*Undo takes them back/);
  assert.equal(countOf(second.editor.mask.data), 1);
  second.editor.undo();
  assert.equal(countOf(second.editor.mask.data, 2), SIZE);
});

test("records of a page that is gone are kept until the own record of them is", async () => {
  const kept = new Kept();
  const first = await opened({ kept, page: "gone" });
  dab(first, 1.5, 1.5);
  await rest();
  kept.add = () => Promise.reject(new Error("The disk is full."));
  await opened({ kept, page: "next" });
  await rest();
  assert.equal(kept.changes.length, 1);
});

test("who takes the other window's mask keeps nothing of this one", async () => {
  const { editor, viewer, server, kept } = await opened();
  dab({ editor, viewer }, 1.5, 1.5);
  server.data = new Uint8Array(SIZE).fill(2);
  server.version = 1;
  assert.equal(await editor.save(), false);
  assert.equal(editor.keeper.state, "conflict");
  await editor.takeOther();
  assert.equal(countOf(editor.mask.data, 2), SIZE);
  assert.equal(editor.keeper.state, "saved");
  assert.equal(editor.edits.canUndo, false);
  await rest();
  assert.deepEqual(kept.changes, []);
});

test("who keeps this window's mask can save it as the next version", async () => {
  const { editor, viewer, server } = await opened();
  dab({ editor, viewer }, 1.5, 1.5);
  server.version = 1;
  await editor.save();
  await editor.keeper.insist(editor.keeper.other);
  assert.equal(editor.keeper.state, "kept");
  assert.equal(await editor.save(), true);
  assert.equal(server.version, 2);
  assert.deepEqual(server.data, editor.mask.data);
});

test("steps count as strokes only when they changed something", async () => {
  const { editor, viewer, server } = await opened();
  editor.tools.eraser.start(hitAt(viewer, 1.5, 1.5)).end();
  editor.undo();
  editor.redo();
  assert.equal(editor.change("grow", [], 1), false);
  assert.deepEqual([editor.effort.totals.strokes, editor.effort.totals.undos, editor.effort.totals.redos], [0, 0, 0]);
  assert.equal(editor.keeper.state, "saved");
  dab({ editor, viewer }, 1.5, 1.5);
  editor.undo();
  editor.redo();
  await editor.save();
  const { strokes, undos, redos, tools } = server.calls[0][2];
  assert.deepEqual([strokes, undos, redos, tools], [1, 1, 1, { brush: 1 }]);
  assert.equal(editor.effort.totals.strokes, 0);
});

test("starting over says why a mask stays as it is", async () => {
  const { editor, viewer } = await opened();
  await editor.reset();
  assert.equal(editor.message, "The mask is as it came.");
  dab({ editor, viewer }, 1.5, 1.5);
  editor.edits.protectedLabels.add(1);
  await editor.reset();
  assert.equal(editor.message, "Protected labels stay as they are.");
  viewer.store.load = () => Promise.reject(new Error());
  await editor.reset();
  assert.match(editor.message, /could not be loaded/);
  editor.edits.protectedLabels.clear();
  const candidate = signal();
  viewer.store.load = () => candidate.given;
  const resetting = editor.reset();
  editor.close();
  candidate.give(maskOf(new Uint8Array(SIZE)));
  await resetting;
  assert.equal(countOf(editor.mask.data), 1);
});

test("a mask that was left cannot be painted", async () => {
  const server = new Server();
  const { editor, viewer } = await opened({ server });
  editor.close();
  assert.equal(editor.tools.brush.start(hitAt(viewer, 1.5, 1.5)), null);
});
