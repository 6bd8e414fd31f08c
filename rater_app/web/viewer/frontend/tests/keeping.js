/** A keeper for tests, with a clock that stands still and a server of one correction. */

import { Keeper } from "../editing/keeper.js";

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

export function keeping() {
  const clock = new Clock();
  const client = new Server();
  const mask = { now: "a" };
  const stored = [];
  const keeper = new Keeper({ client, clock, pack: async () => mask.now, effort: () => ({}), onChange: () => {}, onStored: ({ upTo }) => stored.push(upTo) });
  keeper.begin({ tag: "0-a", version: 0, draft: false });
  return { clock, client, mask, keeper, stored };
}

export const settled = (keeper) => keeper.queue;
