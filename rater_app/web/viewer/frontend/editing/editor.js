/** The editor of one correction: the mask as it is being corrected, the tools, and what becomes of every change. */

import { PLANES, toPixel } from "../grid.js";
import { LoadError } from "../store.js";
import { pointOf } from "../view.js";
import { actionsOf, differences } from "./actions.js";
import { pack } from "./client.js";
import { MaskEdits } from "./edits.js";
import { EffortCounter } from "./effort.js";
import { Keeper } from "./keeper.js";
import { pointerToolsOf } from "./pointer_tools.js";
import { rangeTest } from "./range.js";

/** A fill that would flood more voxels than this is a slip, and would take seconds. */
const LARGEST_FILL = 4_000_000;
const RESTORED = "Your unsaved changes were restored.";
const RESTORED_UPON_NEWER =
  "Unsaved changes of this browser were put upon a newer state of this mask. Please look them over; Undo takes them back.";
export const RADII_MM = [0.5, 1, 1.5, 2, 3, 4, 5, 7, 10, 15, 20, 30];

/** What the page says of the correction. @typedef {{url: string, candidate: string, required: boolean}} Editing */

export class Editor {
  /**
   * @param {import("../viewer.js").Viewer} viewer
   * @param {Editing} editing
   * @param {{client: import("./client.js").CorrectionClient, journal: import("./journal.js").Journal, clock: object,
   *   habits: () => {radiusMm: number, ball: boolean}, onChange: () => void, timers?: object}} given
   */
  constructor(viewer, editing, { client, journal, clock, habits, onChange, timers }) {
    Object.assign(this, { viewer, editing, client, journal, habits, onChange });
    this.radiusMm = 3;
    this.ball = false;
    this.marginMm = 2;
    this.mostFilled = LARGEST_FILL;
    this.label = 0;
    this.range = { on: false, low: 0, high: 0 };
    this.mask = null;
    this.edits = null;
    this.stroke = null;
    this.message = "";
    this.finished = false;
    this.closed = false;
    /** While the mask is on its way to or from the server and must stay as it is. */
    this.busy = false;
    this.effort = new EffortCounter(clock);
    this.tools = pointerToolsOf(this);
    this.actions = actionsOf(this);
    this.keeper = new Keeper({
      client,
      // A stroke under way may yet be called off: it is in the next letter.
      pack: () => pack(this.mask.data, this.stroke && ((copy) => this.stroke.takeFrom(copy))),
      effort: () => this.effort.totals,
      onChange,
      onStored: (letter, outcome) => this.#stored(letter, outcome),
      ...(timers && { clock: timers }),
    });
  }

  /** Fetch the mask as it was last kept, with what this browser alone knows of it. @returns {Promise<import("../nifti.js").Volume>} */
  async open() {
    if (this.mask && !this.busy && !(await this.keeper.keepDraft())) throw new LoadError("your last changes are not on the server yet");
    Object.assign(this, this.habits());
    const [state, left] = await Promise.all([this.client.open(), this.journal.left()]);
    this.mask = state.mask;
    this.edits = new MaskEdits(this.mask, (step, way) => this.#noted(step, way));
    this.effort.begin(state.effort);
    this.keeper.begin(state);
    this.#restore(left);
    const present = this.edits.contents.labels;
    if (!this.label) this.label = present[0] ?? this.viewer.data.labels[0]?.value ?? 1;
    this.openedAt = performance.now();
    return this.mask;
  }

  /** Whether ending now would leave the mask as it came, without the reader having said so. */
  get isUntouched() {
    return !this.editing.required && this.keeper.version === 0 && !this.keeper.wantsSaving;
  }

  #restore(left) {
    // The server may have them already, without this browser knowing; then they change nothing.
    const isNewer = left.some(({ base }) => base !== this.keeper.tag);
    const { data } = this.mask;
    const wanted = left.length > 0 ? data.slice() : data;
    for (const { elements, labels } of left) {
      // Another mask can never be meant: codes are drawn at random. A torn record can.
      for (let i = 0; i < elements.length; i++) if (elements[i] < data.length) wanted[elements[i]] = labels[i];
    }
    // Only where all of it leads: a voxel that was painted and erased again is no change.
    const stroke = this.edits.begin("restored");
    for (const { elements } of left) for (const element of elements) if (element < data.length) stroke.set(element, wanted[element]);
    if (stroke.end()) this.say(isNewer ? RESTORED_UPON_NEWER : RESTORED);
    else this.noted = this.journal.settle(0, this.keeper.tag).then(() => true);
    this.noted.then((kept) => kept && this.journal.forget(left));
  }

  #noted({ elements, before, after }, way) {
    const number = this.keeper.note();
    const change = way === "done" ? [elements, after] : [elements.slice().reverse(), before.slice().reverse()];
    this.noted = this.journal.note(number, ...change, this.keeper.tag);
  }

  #stored({ upTo, isVersion, effort }, { tag }) {
    this.journal.settle(upTo, tag);
    if (isVersion) this.effort.settle(effort);
  }

  /** Whether nothing may change the mask now. */
  get isShut() {
    return !this.mask || this.busy || this.finished || this.closed;
  }

  /** Which voxels may be painted by their intensity; null for all. */
  get accept() {
    const { image } = this.viewer;
    if (!this.range.on || !image) return null;
    return rangeTest(image, this.range.low, this.range.high, this.mask.grid);
  }

  get tool() {
    return this.viewer.pointerTool?.name ?? "crosshair";
  }

  /** A sentence for the reader, shown until the next one. */
  say(text) {
    this.message = text;
    this.onChange();
  }

  choose(label) {
    this.label = label;
    // Nobody paints what they do not see.
    if (this.viewer.hidden.has(label)) this.viewer.command("structure", label);
    this.say("");
  }

  use(name) {
    this.tools.lasso.abandon();
    this.viewer.pointerTool = this.tools[name] ?? null;
    this.onChange();
  }

  /** Begin a stroke; nothing else changes the mask until it ends. */
  begin(tool) {
    this.stroke = this.edits.begin(tool);
    return this.stroke;
  }

  end(stroke) {
    if (stroke !== this.stroke) return;
    this.stroke = null;
    if (stroke.end()) this.effort.stroke(stroke.tool);
    this.#shown();
  }

  cancel(stroke) {
    if (stroke !== this.stroke) return;
    this.stroke = null;
    stroke.cancel();
    this.#shown();
  }

  /** Make one step at once. @returns {boolean} whether it changed anything */
  change(tool, elements, label) {
    if (this.stroke || this.isShut) return true;
    const step = this.edits.apply(tool, elements, label);
    if (step) this.effort.stroke(tool);
    this.message = "";
    this.#shown();
    return step !== null;
  }

  undo() {
    if (!this.stroke && !this.isShut && this.edits.undo()) this.effort.undo();
    this.#shown();
  }

  redo() {
    if (!this.stroke && !this.isShut && this.edits.redo()) this.effort.redo();
    this.#shown();
  }

  #shown() {
    this.viewer.maskChanged();
    this.onChange();
  }

  /** Use the chosen tool at the crosshair, as a press of the mouse would. */
  apply() {
    const { viewer, mask } = this;
    const tile = viewer.stage.tileOf(viewer.plane);
    const tool = viewer.pointerTool;
    if (!tool || !tile?.placement || !mask) return;
    const [column, row] = toPixel(mask.grid, PLANES[viewer.plane], viewer.position).map((pixel) => pixel + 0.5);
    const hit = { tile, plane: viewer.plane, point: pointOf(tile.placement, column, row), column, row, index: [...viewer.position], inside: true };
    if (tool.corner) tool.corner(hit);
    else tool.start(hit)?.end();
  }

  /** Back to the mask as it came; can be undone. */
  async reset() {
    const candidate = await this.viewer.store.load(this.editing.candidate).catch(() => null);
    if (this.isShut) return;
    if (!candidate) {
      this.say("The mask as it came could not be loaded. Please try again.");
      return;
    }
    const { elements, labels } = differences(this.mask, candidate);
    if (!this.change("reset", elements, labels)) this.say(elements.length > 0 ? "Protected labels stay as they are." : "The mask is as it came.");
  }

  /** @returns {Promise<boolean>} whether the server has a version of the mask as it is */
  async save() {
    if (!this.mask || this.stroke) return false;
    return this.keeper.save();
  }

  /**
   * Save, and say that correcting has ended.
   * @param {boolean} confirmed whether the reader has said that the mask needs no correction
   * @returns {Promise<boolean>}
   */
  async finish(confirmed = false) {
    if (this.finished) return true;
    return this.#alone(async () => (this.finished = (await this.save()) && (await this.#finishSaved(confirmed))));
  }

  async #finishSaved(confirmed) {
    const { keeper } = this;
    if (this.editing.required && keeper.version === 0 && !confirmed) {
      this.say("Correct the mask first, or tick “This mask needs no correction”.");
      return false;
    }
    const isSaid = await keeper.finish(confirmed && keeper.version === 0);
    if (isSaid) this.say("This mask is finished.");
    else if (keeper.state !== "conflict") this.say(`All is saved, but this mask is not finished: ${keeper.problem} Then please press the button again.`);
    return isSaid;
  }

  /** Take what another window has kept, and drop what this page alone has. */
  async takeOther() {
    if (this.stroke) this.cancel(this.stroke);
    return this.#alone(async () => {
      await this.journal.forgetOwn();
      return this.viewer.reloadMask();
    });
  }

  /** Let nothing change the mask while something is done with it. */
  async #alone(act) {
    this.busy = true;
    this.onChange();
    try {
      return await act();
    } finally {
      this.busy = false;
      this.onChange();
    }
  }

  /** @returns {Promise<void>} when the server has everything, or will not take it; the journal has it in any case */
  close() {
    if (this.stroke) this.end(this.stroke);
    this.use("crosshair");
    this.closed = true;
    return this.keeper.leave();
  }
}
