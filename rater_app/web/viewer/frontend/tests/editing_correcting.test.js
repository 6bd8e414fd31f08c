import assert from "node:assert/strict";
import { test } from "node:test";

import { Correcting } from "../editing/correcting.js";
import { DIMS, hitAt, makeViewer, rest, SIZE } from "./correcting_room.js";
import { wireBytes } from "./wire.js";

/** As much of an element as the palette asks for. */
class Element extends EventTarget {
  style = {};
  dataset = {};
  classList = { add: () => {} };
  #attributes = new Map();
  setAttribute = (name, value) => this.#attributes.set(name, value);
  getAttribute = (name) => this.#attributes.get(name) ?? null;
  append() {}
  remove() {}
  replaceChildren() {}
}

globalThis.document = Object.assign(new EventTarget(), { createElement: () => new Element(), visibilityState: "visible" });
globalThis.window = new EventTarget();
globalThis.navigator ??= {};

/** What the server is asked, and how it answers: a function of each request, or what one waits for. */
function serving() {
  const asked = [];
  const server = { asked, status: 200, wait: Promise.resolve() };
  globalThis.fetch = async (url, { method = "GET" }) => {
    asked.push(`${method} ${url}`);
    await server.wait;
    if (method === "GET") return new Response(wireBytes(new Uint8Array(SIZE), DIMS), { headers: { ETag: '"0-a"', "X-Version": "0", "X-Draft": "0" } });
    if (server.status === 0) throw new TypeError("network");
    return new Response(JSON.stringify({ tag: "1-b", version: 1, sha256: "b" }), { status: server.status });
  };
  return server;
}

function page() {
  const viewer = { ...makeViewer(), commands: {}, panel: { side: new Element() }, clock: { activeSeconds: () => 0, idleSeconds: () => 0 } };
  viewer.stage.overlays = [];
  viewer.preferences = { habits: {}, keep: () => {} };
  viewer.keyOptions = { correcting: true, custom: {} };
  viewer.command = (name, amount) => viewer.commands[name]?.(amount);
  const told = [];
  const correcting = new Correcting(viewer, (name, value) => told.push([name, value]));
  const show = async (code, required = true) => {
    const data = { case: code, labels: [], editing: code && { url: `/corrections/${code}`, candidate: "/c", required } };
    correcting.follow(data);
    viewer.data = data;
    if (code) await correcting.open();
  };
  const paint = () => correcting.editor.tools.brush.start(hitAt(viewer, 1.5, 1.5)).end();
  return { viewer, correcting, told, show, paint };
}

/** Whether the browser would ask before it leaves. */
function asks() {
  const event = new Event("beforeunload", { cancelable: true });
  Object.defineProperty(event, "returnValue", { writable: true });
  window.dispatchEvent(event);
  return event.defaultPrevented;
}

function press(key, target, more = {}) {
  const event = Object.assign(new Event("keydown", { cancelable: true }), { key, code: `Key${key.toUpperCase()}`, ctrlKey: true, ...more });
  event.composedPath = () => [target];
  document.dispatchEvent(event);
  return event.defaultPrevented;
}

const plain = { matches: () => false };
const textField = { matches: (selector) => selector.includes("input") };

test("leaving asks only while the server lacks something, and also for a mask that was left", async () => {
  const server = serving();
  const { correcting, show, paint } = page();
  await show("A");
  assert.equal(asks(), false);
  paint();
  assert.equal(asks(), true);
  await correcting.editor.keeper.keepDraft();
  assert.equal(asks(), false);
  paint();
  correcting.editor.undo();
  server.status = 503;
  const { keeper } = correcting.editor;
  await show("B");
  await keeper.queue;
  assert.equal(asks(), true);
  assert.equal(keeper.state, "trouble");
  server.status = 200;
  window.dispatchEvent(new Event("online"));
  await keeper.queue;
  assert.equal(asks(), false);
  assert.equal(server.asked.filter((line) => line === "PUT /corrections/A/draft").length, 3);
  correcting.destroy();
  assert.equal(asks(), false);
});

test("new data of the same mask change nothing; the pen's eraser is there as long as the editor is", async () => {
  serving();
  const { viewer, correcting, show } = page();
  await show("S");
  const { editor } = correcting;
  assert.equal(viewer.eraser, editor.tools.eraser);
  correcting.follow({ case: "S", editing: { url: "/corrections/S", candidate: "/c", required: true } });
  assert.equal(correcting.editor, editor);
  assert.equal(viewer.correcting, true);
  await show(null);
  assert.equal(viewer.eraser, null);
  assert.equal(viewer.correcting, false);
  assert.equal(viewer.pointerTool, null);
  correcting.destroy();
});

test("who comes back to a mask finds it only when their changes are on the server", async () => {
  const server = serving();
  const { correcting, show, paint } = page();
  await show("A");
  paint();
  server.status = 503;
  await show(null);
  await assert.rejects(show("A"), /not on the server yet/);
  server.status = 200;
  await correcting.open();
  assert.deepEqual(server.asked.slice(-2), ["PUT /corrections/A/draft", "GET /corrections/A"]);
  correcting.destroy();
});

test("ending twice at once is ending once, and names the mask that was ended", async () => {
  const server = serving();
  const { viewer, correcting, told, show, paint } = page();
  await show("A");
  paint();
  viewer.command("finish");
  viewer.command("finish");
  while (told.length === 0) await rest();
  await rest();
  assert.deepEqual(told, [["corrected", { case: "A", version: 1 }]]);
  assert.equal(server.asked.filter((line) => line.startsWith("POST")).length, 1);
  correcting.destroy();
});

test("a mask that the reader left while it was being ended says nothing for the next one", async () => {
  const server = serving();
  const { viewer, correcting, told, show, paint } = page();
  await show("A");
  paint();
  let answer;
  server.wait = new Promise((resolve) => (answer = resolve));
  viewer.command("finish");
  const next = show("B");
  answer();
  await next;
  while (!server.asked.some((line) => line.startsWith("POST"))) await rest();
  await rest();
  assert.deepEqual(told, []);
  correcting.destroy();
});

test("what the reader has ticked counts, however the mask is ended", async () => {
  serving();
  const { viewer, correcting, told, show } = page();
  await show("A");
  viewer.command("finish");
  await rest();
  assert.match(correcting.editor.message, /Correct the mask first/);
  correcting.palette.confirm.checked = true;
  viewer.command("finish");
  while (told.length === 0) await rest();
  assert.deepEqual(told, [["corrected", { case: "A", version: 0 }]]);
  correcting.destroy();
});

test("undo belongs to the text field that is being written in; saving is meant everywhere", async () => {
  const server = serving();
  const { correcting, show, paint } = page();
  await show("A");
  paint();
  assert.equal(press("z", textField), false);
  assert.equal(correcting.editor.edits.canUndo, true);
  assert.equal(press("s", textField), true);
  await correcting.editor.keeper.queue;
  assert.equal(server.asked.at(-1), "PUT /corrections/A");
  assert.equal(press("z", plain), true);
  assert.equal(correcting.editor.edits.canUndo, false);
  correcting.destroy();
  assert.equal(press("s", plain), false);
});

test("a hidden page, or one that loses the focus, keeps a draft at once", async () => {
  const server = serving();
  const { correcting, show, paint } = page();
  await show("H");
  paint();
  window.dispatchEvent(new Event("blur"));
  await correcting.editor.keeper.queue;
  assert.equal(server.asked.at(-1), "PUT /corrections/H/draft");
  paint();
  correcting.editor.undo();
  document.visibilityState = "hidden";
  document.dispatchEvent(new Event("visibilitychange"));
  document.visibilityState = "visible";
  await correcting.editor.keeper.queue;
  assert.equal(server.asked.filter((line) => line === "PUT /corrections/H/draft").length, 2);
  correcting.destroy();
});

test("the rest of the keys that submitted the rating does not end correcting", async () => {
  const server = serving();
  const { correcting, told, show, paint } = page();
  await show("K7QF", false);
  await correcting.finish();
  assert.deepEqual(told, []);
  assert.deepEqual(server.asked, ["GET /corrections/K7QF"]);
  correcting.editor.openedAt -= 1001;
  await correcting.finish();
  assert.deepEqual(told.map(([name]) => name), ["corrected"]);
  correcting.destroy();
  const other = page();
  await other.show("QX22", false);
  other.paint();
  await other.correcting.finish();
  assert.deepEqual(other.told.map(([name]) => name), ["corrected"]);
  other.correcting.destroy();
});
