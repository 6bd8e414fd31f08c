import assert from "node:assert/strict";
import { test } from "node:test";

import { EffortCounter } from "../editing/effort.js";
import { DRAFT_AFTER_MS, Keeper, RETRY_AFTER_MS } from "../editing/keeper.js";
import { describeKeeping } from "../editing/keeping_words.js";

/** A clock that runs only when it is told to. */
class Clock {
  now = 0;
  timers = new Map();
  setTimeout = (act, ms) => {
    this.timers.set((this.last = (this.last ?? 0) + 1), [this.now + ms, act]);
    return this.last;
  };
  clearTimeout = (id) => this.timers.delete(id);
  run(ms) {
    this.now += ms;
    for (const [id, [at, act]] of [...this.timers]) {
      if (at > this.now) continue;
      this.timers.delete(id);
      act();
    }
  }
}

/** A server of one correction: it keeps what it is sent, and can be told what to answer. */
class Server {
  calls = [];
  answers = [];
  version = 0;
  keep = (body, tag) => this.#take("draft", body, tag, false);
  save = (body, tag) => this.#take("version", body, tag, true);
  finish = async (version, confirmed) => {
    this.calls.push(["finish", version, confirmed]);
    return this.answers.shift() ?? { kind: "stored" };
  };
  async #take(what, body, tag, isVersion) {
    this.calls.push([what, body, tag]);
    const answer = this.answers.shift();
    if (answer) return answer;
    if (isVersion) this.version++;
    return { kind: "stored", tag: `${this.version}-${body}`, version: this.version, sha256: `sha of ${body}` };
  }
}

function keeping() {
  const clock = new Clock();
  const client = new Server();
  const mask = { now: "a" };
  const stored = [];
  const keeper = new Keeper({ client, clock, pack: async () => mask.now, effort: () => ({}), onChange: () => {}, onStored: ({ upTo }) => stored.push(upTo) });
  keeper.begin({ tag: "0-a", version: 0, draft: false });
  return { clock, client, mask, keeper, stored };
}

const settled = (keeper) => keeper.queue;

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
  assert.equal(client.calls.length, 1);
  await keeper.insist(keeper.other);
  assert.deepEqual(client.calls.at(-1), ["draft", "b", "1-x"]);
  assert.equal(keeper.state, "kept");
  assert.equal(await keeper.save(), true);
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
