import assert from "node:assert/strict";
import { test } from "node:test";

import { Journal, pageName } from "../editing/journal.js";
import { Kept } from "./correcting_room.js";

const closed = async () => false;

test("a reload finds the changes that the server lacks, in their order", async () => {
  const kept = new Kept();
  const before = new Journal("K7QF", "page", kept, closed);
  before.start = 1000;
  await before.note(1, Uint32Array.of(5), Uint8Array.of(1));
  await before.note(2, Uint32Array.of(6), Uint8Array.of(2));
  await before.settle(1);
  await before.note(3, Uint32Array.of(7), Uint8Array.of(3));
  const after = new Journal("K7QF", "page", kept, closed);
  assert.deepEqual((await after.left()).map(({ elements }) => elements[0]), [6, 7]);
  assert.deepEqual(await new Journal("OTHER", "page", kept, closed).left(), []);
  await after.settle(1);
  assert.deepEqual(await after.left(), []);
});

test("a clock that was put back changes neither order nor what is settled", async () => {
  const kept = new Kept();
  const before = new Journal("K7QF", "page", kept, closed);
  before.start = Date.now() + 3_600_000;
  await before.note(1, Uint32Array.of(5), Uint8Array.of(1));
  const after = new Journal("K7QF", "page", kept, closed);
  await after.left();
  await after.note(1, Uint32Array.of(6), Uint8Array.of(1));
  assert.deepEqual((await after.left()).map(({ elements }) => elements[0]), [5, 6]);
  const last = new Journal("K7QF", "page", kept, closed);
  await last.left();
  await last.note(1, Uint32Array.of(7), Uint8Array.of(1));
  await last.settle(1);
  assert.deepEqual(kept.changes, []);
});

test("changes that come while others are on their way are changes of the state that those make", async () => {
  const kept = new Kept();
  const journal = new Journal("K7QF", "page", kept, closed);
  await journal.note(1, Uint32Array.of(5), Uint8Array.of(1), "0-a");
  await journal.note(2, Uint32Array.of(6), Uint8Array.of(1), "0-a");
  await new Journal("K7QF", "other", kept, closed).note(1, Uint32Array.of(7), Uint8Array.of(1), "0-a");
  await Promise.all([journal.settle(1, "0-b"), journal.settle(1, "0-c")]);
  assert.deepEqual(kept.changes.map(({ elements, base }) => [elements[0], base]).sort(), [[6, "0-c"], [7, "0-a"]]);
});

test("the clock of another page is not the own one, and its records stay its own", async () => {
  const kept = new Kept();
  const other = new Journal("K7QF", "other", kept, closed);
  other.start = Date.now() + 3_600_000;
  await other.note(1, Uint32Array.of(5), Uint8Array.of(1));
  const journal = new Journal("K7QF", "page", kept, async (page) => page === "page");
  await journal.note(1, Uint32Array.of(6), Uint8Array.of(1));
  const left = await journal.left();
  assert.ok(journal.start < other.start);
  assert.deepEqual(left.map(({ elements }) => elements[0]).sort(), [5, 6]);
  await journal.forget(left);
  assert.deepEqual(kept.changes.map(({ key }) => key[1]), ["page"]);
});

test("pages that are gone are taken over in the order in which they were opened", async () => {
  const kept = new Kept();
  for (const [page, start] of [["b", 1000], ["a", 2000], ["c", 3000]]) {
    const journal = new Journal("K7QF", page, kept, closed);
    journal.start = start;
    await journal.note(1, Uint32Array.of(start), Uint8Array.of(1));
  }
  const left = await new Journal("K7QF", "own", kept, closed).left();
  assert.deepEqual(left.map(({ elements }) => elements[0]), [1000, 2000, 3000]);
});

test("a page has a name even where nothing is kept", async () => {
  assert.match(await pageName(), /^[0-9a-f]{16}$/);
  const full = { getItem: () => null, setItem: () => assert.fail("The quota is exceeded.") };
  globalThis.sessionStorage = full;
  assert.match(await pageName(), /^[0-9a-f]{16}$/);
  globalThis.navigator ??= {};
  const kept = new Map();
  globalThis.sessionStorage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
  const name = await pageName();
  assert.equal(kept.get("page"), name);
  delete globalThis.sessionStorage;
});

test("changes of a page that is still open belong to it; those of one that is gone are taken over", async () => {
  const kept = new Kept();
  await new Journal("K7QF", "one", kept, closed).note(1, Uint32Array.of(1), Uint8Array.of(1));
  await new Journal("K7QF", "two", kept, closed).note(1, Uint32Array.of(2), Uint8Array.of(1));
  const journal = new Journal("K7QF", "three", kept, async (page) => page === "one");
  const left = await journal.left();
  assert.deepEqual(left.map(({ elements }) => elements[0]), [2]);
  await journal.forget(left);
  assert.deepEqual(kept.changes.map(({ key }) => key[1]), ["one"]);
});

test("a browser that keeps nothing does not stand in the way", async () => {
  const broken = { add: () => Promise.reject(new Error()), of: () => Promise.reject(new Error()), remove: () => Promise.reject(new Error()) };
  const journal = new Journal("K7QF", "page", broken, closed);
  assert.equal(await journal.note(1, Uint32Array.of(1), Uint8Array.of(1)), false);
  assert.deepEqual(await journal.left(), []);
  await journal.settle(1);
  await journal.forgetOwn();
});
