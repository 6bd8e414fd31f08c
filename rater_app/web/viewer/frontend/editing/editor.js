/** The editor of one correction: the mask as it is being corrected, the tools, and what becomes of every change. */

import { PLANES, toPixel } from "../grid.js";
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
    this.effort = new EffortCounter(clock);
    this.tools = pointerToolsOf(this);
    this.actions = actionsOf(this);
    this.keeper = new Keeper({
      client,
      pack: () => pack(this.mask.data),
      effort: () => this.effort.totals,
      onChange,
      onStored: (letter, outcome) => this.#stored(letter, outcome),
      ...(timers && { clock: timers }),
    });
  }

  /** Fetch the mask as it was last kept, with what this browser alone knows of it. @returns {Promise<import("../nifti.js").Volume>} */
  async open() {
    Object.assign(this, this.habits());
    const [state, left] = await Promise.all([this.client.open(), this.journal.left()]);
    this.mask = state.mask;
    this.edits = new MaskEdits(this.mask, (step, way) => this.#noted(step, way));
    this.effort.begin(state.effort);
    this.keeper.begin(state);
    this.#restore(left);
    const present = this.edits.contents.labels;
    if (!this.label) this.label = present[0] ?? this.viewer.data.labels[0]?.value ?? 1;
    return this.mask;
  }

  #restore(left) {
    const stroke = this.edits.begin("restored");
    for (const { elements, labels } of left) {
      // Another mask can never be meant: codes are drawn at random. A torn record can.
      for (let i = 0; i < elements.length; i++) if (elements[i] < this.mask.data.length) stroke.set(elements[i], labels[i]);
    }
    if (stroke.end()) this.say("Your unsaved changes were restored.");
    this.journal.forget(left);
  }

  #noted({ elements, before, after }, way) {
    const number = this.keeper.note();
    if (way === "done") this.journal.note(number, elements, after);
    else this.journal.note(number, elements.slice().reverse(), before.slice().reverse());
  }

  #stored({ upTo, isVersion, effort }, { sha256 }) {
    this.journal.settle(upTo);
    if (isVersion) this.effort.settle(effort);
    this.storedSha256 = sha256;
  }

  /** Colour of the chosen label. */
  get color() {
    return this.viewer.labels.find((label) => label.value === this.label)?.color ?? "#ffffff";
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
    this.stroke = null;
    if (stroke.end()) this.effort.stroke(stroke.tool);
    this.#shown();
  }

  cancel(stroke) {
    this.stroke = null;
    stroke.cancel();
    this.#shown();
  }

  /** Make one step at once. @returns {boolean} whether it changed anything */
  change(tool, elements, label) {
    if (this.stroke) return true;
    const step = this.edits.apply(tool, elements, label);
    if (step) this.effort.stroke(tool);
    this.message = "";
    this.#shown();
    return step !== null;
  }

  undo() {
    if (!this.stroke && this.edits.undo()) this.effort.undo();
    this.#shown();
  }

  redo() {
    if (!this.stroke && this.edits.redo()) this.effort.redo();
    this.#shown();
  }

  #shown() {
    this.finished = false;
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
    const candidate = await this.viewer.store.load(this.editing.candidate);
    const { elements, labels } = differences(this.mask, candidate);
    if (!this.change("reset", elements, labels)) this.say("The mask is as it came.");
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
    if (!(await this.save())) return false;
    if (this.editing.required && this.keeper.version === 0 && !confirmed) {
      this.say("Correct the mask first, or tick “This mask needs no correction”.");
      return false;
    }
    this.finished = await this.keeper.finish(confirmed);
    return this.finished;
  }

  /** Take what another window has kept, and drop what this page alone has. */
  async takeOther() {
    await this.journal.forgetOwn();
    return this.viewer.reloadMask();
  }

  close() {
    this.use("crosshair");
    // What the server lacks is sent on the way out; the journal has it in any case.
    this.keeper.keepDraft().finally(() => this.keeper.close());
  }
}
