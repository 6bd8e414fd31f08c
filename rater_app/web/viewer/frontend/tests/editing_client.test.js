import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";

import { CorrectionClient, pack } from "../editing/client.js";
import { Journal } from "../editing/journal.js";
import { wireBytes } from "./wire.js";

const answer = (status, body, headers = {}) => async () => new Response(body === null ? null : JSON.stringify(body), { status, headers });

test("the working state comes with its tag, version and effort", async () => {
  const asked = [];
  const headers = { ETag: "2-ab", "X-Version": "2", "X-Draft": "1", "X-Effort": '{"strokes": 4}' };
  const fetch = async (...given) => {
    asked.push(given);
    return new Response(wireBytes(Uint8Array.of(0, 3), [2, 1, 1]), { headers });
  };
  const state = await new CorrectionClient("/corrections/K7QF", fetch).open();
  assert.deepEqual([...state.mask.data], [0, 3]);
  assert.deepEqual([state.tag, state.version, state.draft, state.effort], ["2-ab", 2, true, { strokes: 4 }]);
  assert.equal(asked[0][0], "/corrections/K7QF");
  assert.equal(asked[0][1].cache, "no-store");
});

test("every write names the state it follows", async () => {
  let sent = null;
  const fetch = async (url, request) => {
    sent = { url, ...request };
    return new Response(JSON.stringify({ tag: "1-cd", version: 1, sha256: "cd" }));
  };
  const client = new CorrectionClient("/corrections/K7QF", fetch);
  const outcome = await client.save({ bytes: Uint8Array.of(1), encoding: "gzip" }, "0-ab", { strokes: 1 });
  assert.deepEqual(outcome, { kind: "stored", tag: "1-cd", version: 1, sha256: "cd" });
  assert.equal(sent.method, "PUT");
  assert.equal(sent.headers["If-Match"], "0-ab");
  assert.equal(sent.headers["X-Rater-App"], "1");
  assert.equal(sent.headers["Content-Encoding"], "gzip");
  assert.deepEqual(JSON.parse(sent.headers["X-Effort"]), { strokes: 1 });
  await client.keep({ bytes: Uint8Array.of(1), encoding: null }, "0-ab", {});
  assert.equal(sent.url, "/corrections/K7QF/draft");
  assert.equal("Content-Encoding" in sent.headers, false);
});

test("what the server answers becomes what to do about it", async () => {
  const kinds = async (fetch) => (await new CorrectionClient("/c", fetch).drop()).kind;
  assert.equal(await kinds(answer(200, {})), "stored");
  assert.equal(await kinds(answer(409, { tag: "1-x" })), "conflict");
  assert.equal(await kinds(answer(401, null)), "signed out");
  assert.equal(await kinds(answer(422, { problem: "No." })), "refused");
  assert.equal(await kinds(answer(503, null)), "unreachable");
  assert.equal(await kinds(() => Promise.reject(new TypeError("network"))), "unreachable");
});

test("voxels are packed as they were at that moment, in their stored order", async () => {
  const data = Uint16Array.of(1, 0, 300);
  const packing = pack(data);
  data[0] = 9;
  const { bytes, encoding } = await packing;
  assert.equal(encoding, "gzip");
  assert.deepEqual([...new Uint8Array(gunzipSync(Buffer.from(bytes)))], [1, 0, 0, 0, 44, 1]);
});

/** Changes as the browser's database keeps them. */
class Kept {
  changes = [];
  add = async (change) => void this.changes.push(change);
  of = async (code) => this.changes.filter(({ key }) => key[0] === code).sort((a, b) => (a.key[1] < b.key[1] ? -1 : a.key[1] > b.key[1] ? 1 : a.key[2] - b.key[2]));
  remove = async (code, page, upTo = Infinity) => {
    this.changes = this.changes.filter(({ key }) => !(key[0] === code && (page === undefined || key[1] === page) && key[2] <= upTo));
  };
}

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
  await journal.note(1, Uint32Array.of(1), Uint8Array.of(1));
  assert.deepEqual(await journal.left(), []);
  await journal.settle(1);
});
