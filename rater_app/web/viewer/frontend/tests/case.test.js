import assert from "node:assert/strict";
import { test } from "node:test";

import { CaseVolumes } from "../case.js";
import { parseNifti } from "../nifti.js";
import { wireBytes } from "./wire.js";

const volume = (dims = [2, 2, 1]) => parseNifti(wireBytes(new Uint8Array(dims[0] * dims[1] * dims[2]), dims));
const TWO = { channels: [{ url: "/0" }], mask: { url: "/a" }, second_mask: { url: "/b" }, prefetch: [] };

function opened(data, answers) {
  const arrived = [];
  const store = { load: (url) => (answers[url] instanceof Error ? Promise.reject(answers[url]) : Promise.resolve(answers[url])) };
  const volumes = new CaseVolumes(store, data, (what) => arrived.push(what));
  return { volumes, arrived };
}

test("a case of two masks is complete with both", async () => {
  const { volumes, arrived } = opened(TWO, { "/0": volume(), "/a": volume(), "/b": volume() });
  assert.equal(volumes.hasMasks, false);
  await volumes.start(0);
  assert.deepEqual(arrived.sort(), [0, "mask", "second"]);
  assert.ok(volumes.hasMasks);
  assert.equal(volumes.masks.length, 2);
});

test("a second mask that fails is a problem of its own and can be asked for again", async () => {
  const answers = { "/0": volume(), "/a": volume(), "/b": new Error("the server answered 404") };
  const { volumes } = opened(TWO, answers);
  await volumes.start(0);
  assert.deepEqual([...volumes.problems], [["second", "the server answered 404"]]);
  assert.equal(volumes.hasMasks, false);
  answers["/b"] = volume();
  await volumes.retry();
  assert.ok(volumes.hasMasks);
  assert.equal(volumes.problems.size, 0);
});

test("a second mask on another grid is refused", async () => {
  const { volumes } = opened(TWO, { "/0": volume(), "/a": volume(), "/b": volume([3, 2, 1]) });
  await volumes.start(0);
  assert.match(volumes.problems.get("second"), /grid/);
});

test("a case with one mask, or none, waits for no second one", async () => {
  const { volumes } = opened({ ...TWO, second_mask: null }, { "/0": volume(), "/a": volume() });
  await volumes.start(0);
  assert.ok(volumes.hasMasks);
  assert.ok(opened({ ...TWO, mask: null, second_mask: undefined }, {}).volumes.hasMasks);
});
