import assert from "node:assert/strict";
import { test } from "node:test";

import { EffortCounter } from "../editing/effort.js";
import { DRAFT_AFTER_MS, RETRY_AFTER_MS } from "../editing/keeper.js";
import { describeKeeping } from "../editing/keeping_words.js";
import { keeping, settled } from "./keeping.js";

test("a draft is kept half a minute after the first change, once for all changes", async () => {
  const { clock, client, mask, keeper } = keeping();
  assert.equal(keeper.state, "saved");
  mask.now = "b";
  keeper.note();
  clock.run(DRAFT_AFTER_MS - 1);
  mask.now = "c";
  keeper.note();
  assert.equal(keeper.state, "unsaved");
  assert.deepEqual(client.calls, []);
  clock.run(1);
  await settled(keeper);
  assert.deepEqual(client.calls, [["draft", "c", "0-a"]]);
  assert.equal(keeper.state, "kept");
  assert.equal(keeper.atRisk, false);
  clock.run(10 * DRAFT_AFTER_MS);
  await settled(keeper);
  assert.equal(client.calls.length, 1);
});

test("a change while a draft is on its way is kept by the next one", async () => {
  const { clock, client, mask, keeper, stored } = keeping();
  keeper.note();
  const sending = keeper.keepDraft();
  mask.now = "late";
  client.keep = async (body, tag) => {
    if (body === "a") keeper.note();
    return { kind: "stored", tag: `0-${body}`, version: 0 };
  };
  client.pack = null;
  await sending;
  keeper.note();
  assert.equal(keeper.state, "unsaved");
  clock.run(DRAFT_AFTER_MS);
  await settled(keeper);
  assert.equal(keeper.state, "kept");
  assert.equal(stored.at(-1), keeper.changed);
});

test("saving makes versions, each upon the last one; nothing new makes none", async () => {
  const { client, mask, keeper } = keeping();
  mask.now = "b";
  keeper.note();
  assert.equal(await keeper.save(), true);
  assert.equal(await keeper.save(), true);
  mask.now = "c";
  keeper.note();
  await keeper.save();
  assert.deepEqual(client.calls, [["version", "b", "0-a"], ["version", "c", "1-b"]]);
  assert.equal(keeper.version, 2);
  assert.equal(keeper.state, "saved");
});

test("a draft found on opening still wants saving", async () => {
  const { client, keeper } = keeping();
  keeper.begin({ tag: "0-d", version: 0, draft: true });
  assert.equal(keeper.state, "kept");
  await keeper.save();
  assert.deepEqual(client.calls, [["version", "a", "0-d"]]);
  assert.equal(keeper.state, "saved");
});

test("another window's change stops all writing until the reader chooses", async () => {
  const { clock, client, mask, keeper } = keeping();
  client.answers = [{ kind: "conflict", tag: "1-x", version: 1, problem: "Changed." }];
  mask.now = "b";
  keeper.note();
  assert.equal(await keeper.save(), false);
  assert.equal(keeper.state, "conflict");
  keeper.note();
  clock.run(10 * DRAFT_AFTER_MS);
  await settled(keeper);
  assert.equal(await keeper.save(), false);
  assert.equal(await keeper.retry(), false);
  assert.equal(keeper.state, "conflict");
  assert.equal(client.calls.length, 1);
  await keeper.insist(keeper.other);
  assert.deepEqual(client.calls.at(-1), ["draft", "b", "1-x"]);
  assert.equal(keeper.state, "kept");
  assert.equal(await keeper.save(), true);
});

test("insisting on a mask that no version of this window follows still wants a version", async () => {
  const { client, keeper } = keeping();
  client.answers = [{ kind: "conflict", tag: "1-x", version: 1 }];
  await keeper.finish(false);
  await keeper.insist(keeper.other);
  assert.equal(client.calls.at(-1)[0], "draft");
  assert.equal(keeper.wantsSaving, true);
  assert.equal(keeper.state, "kept");
});

test("a refusal is said and not repeated at once", async () => {
  const { clock, client, keeper } = keeping();
  client.answers = [{ kind: "refused", problem: "The mask has the wrong size." }];
  keeper.note();
  await keeper.keepDraft();
  assert.match(describeKeeping(keeper).text, /NOT saved: The mask has the wrong size\./);
  clock.run(RETRY_AFTER_MS[0]);
  await settled(keeper);
  assert.equal(client.calls.length, 1);
  await keeper.retry();
  assert.equal(keeper.state, "kept");
});

test("changes count from the moment at which they were packed", async () => {
  const { client, keeper } = keeping();
  keeper.note();
  const { pack } = keeper;
  keeper.pack = async () => {
    const body = await pack();
    keeper.note();
    return body;
  };
  await keeper.save();
  assert.equal(keeper.state, "unsaved");
  assert.equal(keeper.wantsSaving, true);
  assert.equal(keeper.atRisk, true);
  assert.equal(client.calls.length, 1);
});

test("every state has a sentence of its own", () => {
  const said = (state, more) => describeKeeping({ state, problem: "Why.", version: 1, wantsSaving: false, ...more }).text;
  const texts = ["saved", "kept", "unsaved", "sending", "trouble", "conflict", "refused"].map((state) => said(state));
  assert.equal(new Set(texts).size, 7);
  assert.ok(texts.every((text) => text?.length > 5));
  assert.equal(said("saved", { version: 0 }), "Nothing is changed yet.");
  for (const state of ["unsaved", "trouble", "conflict", "refused", "sending"]) assert.doesNotMatch(said(state), /saved\.$/);
});

test("effort is counted from the last version; what came during the saving stays", () => {
  const clock = { active: 10, idle: 1, activeSeconds: () => clock.active, idleSeconds: () => clock.idle };
  const effort = new EffortCounter(clock);
  clock.active = 22.54;
  clock.idle = 4;
  effort.stroke("brush");
  effort.stroke("brush");
  effort.stroke("fill");
  effort.undo();
  const sent = effort.totals;
  assert.deepEqual(sent, { active_s: 12.5, idle_s: 3, strokes: 3, undos: 1, redos: 0, tools: { brush: 2, fill: 1 }, tool: "browser" });
  clock.active = 25.54;
  effort.stroke("fill");
  effort.settle(sent);
  assert.deepEqual(effort.totals, { active_s: 3, idle_s: 0, strokes: 1, undos: 0, redos: 0, tools: { fill: 1 }, tool: "browser" });
  effort.begin(sent);
  assert.equal(effort.totals.active_s, 12.5);
});
