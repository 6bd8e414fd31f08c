import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";

import { gzipRuns } from "../editing/gzip_runs.js";

/** Bytes behind a whole word, as a fresh copy of a mask has them. */
const bytes = (values) => Uint8Array.from(values);

function comesBack(data) {
  const back = gunzipSync(gzipRuns(data));
  assert.equal(Buffer.compare(back, Buffer.from(data.buffer, data.byteOffset, data.length)), 0, `${data.length} bytes`);
}

test("every length of a run comes back, zlib checking length and sum", () => {
  for (let length = 0; length <= 1100; length++) {
    for (const value of [0, 1, 144, 255]) comesBack(new Uint8Array(length).fill(value));
  }
});

test("every value comes back, alone and beside every other", () => {
  comesBack(bytes(Array.from({ length: 65536 }, (_, n) => (n % 2 ? n >> 8 : n & 0xff))));
});

test("runs of random values and lengths come back, wherever words begin", () => {
  let seed = 11;
  const random = (n) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
  for (let round = 0; round < 300; round++) {
    const values = [];
    while (values.length < 3000) values.push(...Array(1 + random([3, 40, 700][random(3)])).fill(random(round % 2 ? 4 : 256)));
    comesBack(bytes(values));
  }
});

test("noise comes back too", () => {
  let seed = 5;
  comesBack(Uint8Array.from({ length: 100_003 }, () => (seed = (seed * 1103515245 + 12345) % 2147483648) >> 16));
});

test("millions of zeros are a matter of their checksum, which zlib finds right", () => {
  const data = new Uint8Array(50_000_001);
  data[31_234_567] = 3;
  comesBack(data);
  assert.ok(gzipRuns(data).length < 60_000);
});

test("a mask takes about as many bytes as zlib makes of it", () => {
  const n = 96;
  const mask = new Uint8Array(n ** 3);
  for (let z = 0, i = 0; z < n; z++) {
    for (let y = 0; y < n; y++) for (let x = 0; x < n; x++, i++) mask[i] = Math.hypot(x - 48, y - 44, z - 50) < 20 ? 2 : Math.hypot(x - 50, y - 50, z - 40) < 30 ? 1 : 0;
  }
  comesBack(mask);
  assert.ok(gzipRuns(mask).length < 4 * gzipSync(mask).length);
});
