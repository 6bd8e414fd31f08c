import assert from "node:assert/strict";
import { test } from "node:test";

import { CaseVolumes } from "../case.js";
import { LoadError, LruMap, VolumeStore } from "../store.js";
import { wireBytes } from "./wire.js";

const bytes = (value = 1, dims = [2, 2, 2]) => wireBytes(new Uint8Array(8).fill(value), dims);
const answer = (status, buffer = bytes()) => ({ ok: status === 200, status, arrayBuffer: async () => buffer });
const noWait = { retryAfterMs: [0, 0] };

test("the least recently used entry goes first", () => {
  const map = new LruMap(2, 100);
  map.set("a", { bytes: 1 });
  map.set("b", { bytes: 1 });
  map.get("a");
  map.set("c", { bytes: 1 });
  assert.deepEqual([...map.entries.keys()], ["a", "c"]);
});

test("bytes are bounded too, but the newest entry always stays", () => {
  const map = new LruMap(12, 100);
  map.set("a", { bytes: 60 });
  map.set("b", { bytes: 60 });
  assert.deepEqual([[...map.entries.keys()], map.bytes], [["b"], 60]);
  map.set("huge", { bytes: 500 });
  assert.deepEqual([[...map.entries.keys()], map.bytes], [["huge"], 500]);
  map.set("huge", { bytes: 5 });
  assert.equal(map.bytes, 5);
});

test("a volume is fetched once, also when it is asked for twice at a time", async () => {
  const store = new VolumeStore({ fetch: async () => answer(200) });
  const [one, two] = await Promise.all([store.load("/a"), store.load("/a")]);
  assert.equal(one, two);
  assert.equal(await store.load("/a"), one);
  assert.equal(store.fetchCount, 1);
});

test("a server that is busy or away is asked again, one that says no is not", async () => {
  const answers = [answer(503), null, answer(200)];
  const busy = new VolumeStore({ ...noWait, fetch: async () => answers.shift() ?? Promise.reject(new TypeError("no network")) });
  assert.equal((await busy.load("/a")).data[0], 1);
  assert.equal(busy.fetchCount, 3);

  const refused = new VolumeStore({ ...noWait, fetch: async () => answer(404) });
  await assert.rejects(refused.load("/a"), (error) => error instanceof LoadError && error.message === "the server answered 404");
  assert.equal(refused.fetchCount, 1);
});

test("after a failure the next call asks anew", async () => {
  const answers = [answer(404), answer(200)];
  const store = new VolumeStore({ ...noWait, fetch: async () => answers.shift() });
  await assert.rejects(store.load("/a"), LoadError);
  assert.equal((await store.load("/a")).data.length, 8);
});

test("bytes that are no volume are an error, not a picture", async () => {
  const store = new VolumeStore({ fetch: async () => answer(200, new ArrayBuffer(400)) });
  await assert.rejects(store.load("/a"), /not a little-endian NIfTI-1 file/);
});

const caseData = (more = {}) => ({
  channels: [{ name: "T1", url: "/0" }, { name: "T2", url: "/1" }], mask: { url: "/mask" }, prefetch: ["/next"], ...more,
});

test("the shown channel and the mask come first, then the others, then the next case", async () => {
  const asked = [];
  const store = new VolumeStore({ fetch: async (url) => (asked.push(url), answer(200)) });
  const arrived = [];
  await new CaseVolumes(store, caseData(), (what) => arrived.push(what)).start(1);
  assert.deepEqual(asked, ["/1", "/mask", "/0", "/next"]);
  assert.deepEqual(arrived, [1, "mask", 0]);
});

test("a failed volume is reported and loaded by retry; the others are not touched", async () => {
  let down = true;
  const store = new VolumeStore({ ...noWait, fetch: async (url) => answer(url === "/mask" && down ? 404 : 200) });
  const volumes = new CaseVolumes(store, caseData({ prefetch: [] }), () => {});
  await volumes.start(0);
  assert.deepEqual([...volumes.problems], [["mask", "the server answered 404"]]);
  assert.equal(volumes.mask, null);
  down = false;
  const before = store.fetchCount;
  await volumes.retry();
  assert.equal(volumes.problems.size, 0);
  assert.ok(volumes.mask);
  assert.equal(store.fetchCount, before + 1);
});

test("a mask off the grid of its image is refused", async () => {
  const store = new VolumeStore({ fetch: async (url) => answer(200, url === "/mask" ? bytes(1, [4, 2, 1]) : bytes()) });
  const volumes = new CaseVolumes(store, caseData({ prefetch: [] }), () => {});
  await volumes.start(0);
  assert.equal(volumes.problems.get("mask"), "it does not lie on the grid of this case");
});

test("a case that was left reports nothing any more", async () => {
  const store = new VolumeStore({ fetch: async () => answer(200) });
  const arrived = [];
  const volumes = new CaseVolumes(store, caseData(), (what) => arrived.push(what));
  const started = volumes.start(0);
  volumes.close();
  await started;
  assert.deepEqual(arrived, []);
});
