import assert from "node:assert/strict";
import { test } from "node:test";

import { DRAFT_AFTER_MS, RETRY_AFTER_MS } from "../editing/keeper.js";
import { describeKeeping } from "../editing/keeping_words.js";
import { keeping, settled } from "./keeping.js";

test("what cannot be sent is said, and sent again until it is there: a save as a save", async () => {
  const { clock, client, mask, keeper } = keeping();
  client.answers = [{ kind: "unreachable", problem: "No." }, { kind: "signed out" }, { kind: "unreachable", problem: "No." }];
  mask.now = "b";
  keeper.note();
  assert.equal(await keeper.save(), false);
  assert.equal(keeper.state, "trouble");
  assert.match(describeKeeping(keeper).text, /NOT sent yet: No\./);
  clock.run(RETRY_AFTER_MS[0]);
  await settled(keeper);
  assert.match(describeKeeping(keeper).text, /no longer signed in/);
  clock.run(RETRY_AFTER_MS[1]);
  await settled(keeper);
  clock.run(RETRY_AFTER_MS[2]);
  await settled(keeper);
  assert.deepEqual(client.calls.map(([what]) => what), ["version", "version", "version", "version"]);
  assert.equal(keeper.state, "saved");
  clock.run(10 * DRAFT_AFTER_MS);
  await settled(keeper);
  assert.equal(client.calls.length, 4);
});

test("the pauses grow from failure to failure, and start anew after a success", async () => {
  const { clock, client, keeper } = keeping();
  const pauses = () => [...clock.timers.values()].map(([at]) => at - clock.now);
  client.answers = Array.from({ length: 6 }, () => ({ kind: "unreachable" }));
  keeper.note();
  await keeper.keepDraft();
  for (const pause of [...RETRY_AFTER_MS, RETRY_AFTER_MS.at(-1)]) {
    assert.deepEqual(pauses(), [pause]);
    clock.run(pause);
    await settled(keeper);
  }
  clock.run(RETRY_AFTER_MS.at(-1));
  await settled(keeper);
  assert.equal(keeper.state, "kept");
  client.answers = [{ kind: "unreachable" }];
  keeper.note();
  await keeper.keepDraft();
  assert.deepEqual(pauses(), [RETRY_AFTER_MS[0]]);
});

test("a save whose answer was lost is sent again by a keeper that is left, though a draft has everything", async () => {
  const { clock, client, keeper } = keeping();
  keeper.note();
  await keeper.keepDraft();
  client.answers = [{ kind: "unreachable" }, { kind: "unreachable" }];
  await keeper.save();
  const left = keeper.leave();
  await settled(keeper);
  clock.run(RETRY_AFTER_MS.at(-1));
  await left;
  assert.deepEqual(client.calls.map(([what]) => what), ["draft", "version", "version", "version"]);
});

test("a write whose answer was lost goes again as it was, before newer changes", async () => {
  const { clock, client, mask, keeper } = keeping();
  client.answers = [{ kind: "unreachable" }];
  mask.now = "b";
  keeper.note();
  await keeper.keepDraft();
  mask.now = "c";
  keeper.note();
  clock.run(RETRY_AFTER_MS[0]);
  await settled(keeper);
  assert.deepEqual(client.calls, [["draft", "b", "0-a"], ["draft", "b", "0-a"], ["draft", "c", "0-b"]]);
  assert.equal(keeper.state, "kept");
});

test("a save that may have arrived goes again as it was after signing in, whatever was tried between", async () => {
  const { client, mask, keeper } = keeping();
  client.answers = [{ kind: "unreachable" }, { kind: "signed out" }, { kind: "refused" }];
  mask.now = "b";
  keeper.note();
  await keeper.save();
  mask.now = "c";
  keeper.note();
  await keeper.keepDraft();
  await keeper.keepDraft();
  await keeper.keepDraft();
  assert.deepEqual(client.calls.map(([what, body, tag]) => `${what} ${body} ${tag}`), ["version b 0-a", "version b 0-a", "version b 0-a", "version b 0-a", "draft c 1-b"]);
  assert.equal(keeper.version, 1);
});

test("a save that met a closed door is a save when the door opens, though a draft was tried between", async () => {
  const { client, mask, keeper } = keeping();
  client.answers = [{ kind: "signed out" }, { kind: "signed out" }];
  mask.now = "b";
  keeper.note();
  await keeper.save();
  // Going to the invitation link takes the focus from the page.
  await keeper.keepDraft();
  assert.match(describeKeeping(keeper).text, /no longer signed in/);
  await keeper.retry();
  assert.equal(keeper.state, "saved");
  assert.equal(keeper.version, 1);
});

test("a mask that cannot be packed is trouble that is said, and tried again", async () => {
  const { clock, client, keeper } = keeping();
  const { pack } = keeper;
  keeper.pack = () => Promise.reject(new RangeError("out of memory"));
  keeper.note();
  assert.equal(await keeper.save(), false);
  assert.match(describeKeeping(keeper).text, /NOT sent yet: This browser could not pack the mask \(out of memory\)\./);
  keeper.pack = pack;
  clock.run(RETRY_AFTER_MS[0]);
  await settled(keeper);
  assert.deepEqual(client.calls.map(([what]) => what), ["version"]);
  assert.equal(keeper.state, "saved");
});

test("a keeper that is left ends when the server has everything, or will not take it", async () => {
  for (const [answers, calls] of [[[], 1], [[{ kind: "conflict", tag: "1-x" }], 1], [[{ kind: "refused" }], 1], [[{ kind: "unreachable" }, { kind: "signed out" }], 3]]) {
    const { clock, client, keeper } = keeping();
    client.answers = answers;
    keeper.note();
    const left = keeper.leave();
    for (let i = 0; i < 3; i++) {
      await settled(keeper);
      clock.run(RETRY_AFTER_MS.at(-1));
    }
    await left;
    assert.equal(keeper.closed, true);
    assert.equal(client.calls.length, calls);
    keeper.note();
    clock.run(10 * DRAFT_AFTER_MS);
    assert.equal(await keeper.save(), false);
    assert.equal(client.calls.length, calls);
  }
  const { client, keeper } = keeping();
  await keeper.leave();
  assert.equal(client.calls.length, 0);
});

test("ending goes wrong without a word about changes that are safe; another window's version is a choice", async () => {
  const { client, keeper } = keeping();
  for (const answer of [{ kind: "unreachable", problem: "No." }, { kind: "signed out" }, { kind: "refused", problem: "No." }]) {
    client.answers = [answer];
    assert.equal(await keeper.finish(false), false);
    assert.equal(keeper.state, "saved");
    assert.match(keeper.problem, /No\.|no longer signed in/);
  }
  client.answers = [{ kind: "conflict", tag: "1-x", version: 1 }];
  assert.equal(await keeper.finish(false), false);
  assert.equal(keeper.state, "conflict");
});

test("writes never overtake one another", async () => {
  const { client, mask, keeper } = keeping();
  mask.now = "b";
  keeper.note();
  const draft = keeper.keepDraft();
  const save = keeper.save();
  const finish = keeper.finish(false);
  assert.deepEqual(await Promise.all([draft, save, finish]), [true, true, true]);
  assert.deepEqual(client.calls, [["draft", "b", "0-a"], ["version", "b", "0-b"], ["finish", 1, false]]);
});
