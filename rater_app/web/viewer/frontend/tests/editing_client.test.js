import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";

import { CorrectionClient, pack } from "../editing/client.js";
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
  assert.equal(await kinds(answer(404, { problem: "This reading is not one of yours." })), "signed out");
  assert.equal(await kinds(answer(409, { problem: "This mask is finished.", stage: "done" })), "refused");
  assert.equal(await kinds(answer(422, { problem: "No." })), "refused");
  assert.equal(await kinds(answer(412, { tag: "1-x" })), "conflict");
  for (const status of [500, 503, 408, 429]) assert.equal(await kinds(answer(status, null)), "unreachable");
  assert.equal(await kinds(() => Promise.reject(new TypeError("network"))), "unreachable");
});

test("only a receipt counts as stored: no half answer, and no page of a proxy", async () => {
  const body = { bytes: Uint8Array.of(1), encoding: null };
  const kindOf = async (text) => (await new CorrectionClient("/c", async () => new Response(text)).save(body, "0-ab", {})).kind;
  assert.equal(await kindOf('{"tag": "1-cd", "vers'), "unreachable");
  assert.equal(await kindOf("<html>Please sign in</html>"), "unreachable");
  assert.equal(await kindOf("{}"), "unreachable");
  assert.equal(await kindOf("null"), "unreachable");
  assert.equal(await kindOf('{"tag": "1-cd", "version": 1}'), "stored");
  const page = async () => new Response("<html></html>");
  assert.equal((await new CorrectionClient("/c", page).finish(1, false)).kind, "unreachable");
});

test("every failure has words, and a write that hangs comes to an end", async () => {
  let asked = null;
  const fetch = async (url, request) => {
    asked = request;
    return new Response("<html></html>", { status: 502 });
  };
  const outcome = await new CorrectionClient("/c", fetch).finish(1, false);
  assert.deepEqual(outcome, { kind: "unreachable", problem: "The server answered 502." });
  assert.ok(asked.signal instanceof AbortSignal);
});

test("tags are the same whether they come with a header or in words", async () => {
  for (const sent of ['"2-ab"', 'W/"2-ab"', "2-ab"]) {
    const fetch = async () => new Response(wireBytes(Uint8Array.of(0), [1, 1, 1]), { headers: { ETag: sent } });
    assert.equal((await new CorrectionClient("/c", fetch).open()).tag, "2-ab");
  }
});

test("without compression voxels go as they are, and still as a copy", async () => {
  const { CompressionStream } = globalThis;
  globalThis.CompressionStream = undefined;
  const data = Uint16Array.of(1, 300);
  const packing = pack(data, (copy) => (copy[0] = 7));
  data[1] = 9;
  const { bytes, encoding } = await packing;
  globalThis.CompressionStream = CompressionStream;
  assert.equal(encoding, null);
  assert.deepEqual([...bytes], [7, 300]);
});

test("a mask of bytes is packed at once, whatever is painted next, and noise as the browser does it", async () => {
  const unpacked = async (packing) => new Uint8Array(gunzipSync(Buffer.from((await packing).bytes)));
  const data = Uint8Array.of(1, 0, 0, 2, 2);
  const packing = pack(data);
  const mended = pack(data, (copy) => (copy[0] = 7));
  data[4] = 9;
  assert.deepEqual([...(await unpacked(packing))], [1, 0, 0, 2, 2]);
  assert.deepEqual([...(await unpacked(mended))], [7, 0, 0, 2, 2]);
  assert.equal(data[0], 1);
  let seed = 5;
  const noise = Uint8Array.from({ length: 1_500_000 }, () => (seed = (seed * 1103515245 + 12345) % 2147483648) >> 16);
  const noisy = pack(noise);
  const before = noise.slice();
  noise.fill(0);
  assert.deepEqual(await unpacked(noisy), before);
  const shifted = new Uint8Array(new ArrayBuffer(9), 1);
  assert.deepEqual([...(await unpacked(pack(shifted)))], Array(8).fill(0));
});

test("voxels are packed as they were at that moment, in their stored order", async () => {
  const data = Uint16Array.of(1, 0, 300);
  const packing = pack(data);
  data[0] = 9;
  const { bytes, encoding } = await packing;
  assert.equal(encoding, "gzip");
  assert.deepEqual([...new Uint8Array(gunzipSync(Buffer.from(bytes)))], [1, 0, 0, 0, 44, 1]);
});
