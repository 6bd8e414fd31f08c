/** What surrounds an editor in tests: a viewer, a server of one correction, and a browser's own record. */

import { gunzipSync } from "node:zlib";

import { Editor } from "../editing/editor.js";
import { Journal } from "../editing/journal.js";
import { PLANES } from "../grid.js";
import { parseNifti } from "../nifti.js";
import { wireBytes } from "./wire.js";

export const DIMS = [6, 5, 3];
export const SIZE = DIMS[0] * DIMS[1] * DIMS[2];

export const maskOf = (data) => parseNifti(wireBytes(Uint8Array.from(data), DIMS));

/** Timers that run only when they are told to. */
export class Timers {
  waiting = new Map();
  setTimeout = (act, ms) => {
    this.waiting.set((this.last = (this.last ?? 0) + 1), [ms, act]);
    return this.last;
  };
  clearTimeout = (id) => this.waiting.delete(id);
  runAll() {
    const due = [...this.waiting.values()];
    this.waiting.clear();
    for (const [, act] of due) act();
  }
}

/** A server of one correction. `answers` are given in place of its own; `hold` lets writes wait. */
export class Server {
  data = new Uint8Array(SIZE);
  version = 0;
  changes = 0;
  calls = [];
  answers = [];
  hold = Promise.resolve();

  get tag() {
    return `${this.version}-${this.changes}`;
  }

  open = async () => ({ mask: maskOf(this.data), tag: this.tag, version: this.version, draft: false, effort: null });
  keep = (body, tag, effort) => this.#take("draft", body, tag, effort);
  save = (body, tag, effort) => this.#take("version", body, tag, effort);
  finish = async (version, confirmed) => {
    this.calls.push(["finish", version, confirmed]);
    await this.hold;
    return this.answers.shift() ?? { kind: "stored" };
  };

  async #take(what, { bytes }, tag, effort) {
    this.calls.push([what, tag, effort]);
    await this.hold;
    const answer = this.answers.shift();
    if (answer) return answer;
    if (tag !== this.tag) return { kind: "conflict", tag: this.tag, version: this.version };
    this.data = new Uint8Array(gunzipSync(Buffer.from(bytes)));
    this.changes++;
    if (what === "version") this.version++;
    return { kind: "stored", tag: this.tag, version: this.version };
  }
}

/** Changes as the browser's database keeps them. */
export class Kept {
  changes = [];
  add = async (change) => {
    this.changes = this.changes.filter(({ key }) => String(key) !== String(change.key));
    this.changes.push(change);
  };
  of = async (code) => this.changes.filter(({ key }) => key[0] === code).sort((a, b) => (a.key[1] < b.key[1] ? -1 : a.key[1] > b.key[1] ? 1 : a.key[2] - b.key[2]));
  remove = async (code, page, upTo = Infinity) => {
    this.changes = this.changes.filter(({ key }) => !(key[0] === code && (page === undefined || key[1] === page) && key[2] <= upTo));
  };
}

const clock = { activeSeconds: () => 0, idleSeconds: () => 0 };

/** A viewer as far as an editor needs it: one axial tile with ten canvas pixels a voxel. */
export function makeViewer() {
  const tile = { content: { plane: "axial", mask: "first" }, ratio: 1, placement: { left: 0, top: 0, perColumn: 10, perRow: 10, pxPerMm: 10 } };
  const viewer = {
    tile,
    plane: "axial",
    position: [3, 2, 1],
    labels: [{ value: 1, name: "one", color: "#ff0000" }, { value: 2, name: "two", color: "#00ff00" }],
    data: { case: "K7QF", labels: [] },
    hidden: new Set(),
    maskShown: true,
    flicker: false,
    image: null,
    pointerTool: null,
    stage: { tileOf: () => tile, sliceOf: () => viewer.position[2] },
    store: { load: async () => maskOf(new Uint8Array(SIZE)) },
    redraw: () => {},
    maskChanged: () => {},
    command: () => {},
    reloadMask: () => viewer.editor.open(),
  };
  return viewer;
}

/** An editor that is open. */
export async function opened({ server = new Server(), kept = new Kept(), page = "page", required = false, isOpen = async () => false } = {}) {
  const timers = new Timers();
  const viewer = makeViewer();
  const journal = new Journal("K7QF", page, kept, isOpen);
  const habits = () => ({ radiusMm: 0.5, ball: false });
  const editing = { url: "/corrections/K7QF", candidate: "/candidate", required };
  const editor = new Editor(viewer, editing, { client: server, journal, clock, habits, onChange: () => {}, timers });
  viewer.editor = editor;
  await editor.open();
  return { editor, viewer, server, kept, timers, journal };
}

/** A place on the axial tile, or on what it shows after a turn to another plane. */
export function hitAt(viewer, column, row, planeName = "axial", slice = viewer.position[PLANES[planeName].through]) {
  const plane = PLANES[planeName];
  const index = [0, 0, 0];
  index[plane.across] = DIMS[plane.across] - 0.5 - column;
  index[plane.down] = DIMS[plane.down] - 0.5 - row;
  index[plane.through] = slice;
  return { tile: viewer.tile, plane: planeName, point: [10 * column, 10 * row], column, row, index, inside: true };
}

/** Voxels of each label. */
export const countOf = (data, label = 1) => data.reduce((n, value) => n + (value === label), 0);

/** Let everything that waits for nothing happen. */
export const rest = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
