/**
 * Changing a mask and taking changes back. A step holds only the voxels that it changed: a stroke costs a few kilobytes,
 * whatever the size of the volume. The mask is changed in place, in its stored order.
 */

import { contentsOf } from "../contents.js";

/** Bytes that the steps may take before the oldest can no longer be taken back: thousands of strokes. */
const MOST_BYTES = 256 << 20;

/**
 * Voxels changed by one step, in the order in which they were changed.
 * @typedef {object} Step
 * @property {string} tool
 * @property {Uint32Array} elements stored elements
 * @property {Uint8Array|Uint16Array} before
 * @property {Uint8Array|Uint16Array} after
 */

/** Collects the changes of one step while it is made. */
class Stroke {
  constructor(edits, tool) {
    this.edits = edits;
    this.tool = tool;
    this.count = 0;
    this.elements = new Uint32Array(1024);
    this.before = new edits.Labels(1024);
    this.after = new edits.Labels(1024);
  }

  /** Set a voxel; nothing happens where it has that label already or its label is protected. */
  set(element, label) {
    const { edits } = this;
    const { data } = edits.mask;
    const before = data[element];
    if (before === label || edits.protectedLabels.has(before)) return;
    if (this.count === this.elements.length) this.#makeRoom();
    this.elements[this.count] = element;
    this.before[this.count] = before;
    this.after[this.count++] = label;
    data[element] = label;
    edits.contents.change(element, before, label);
  }

  /** Tell that the mask has changed, so that it is drawn anew. */
  show() {
    this.edits.mask.version = this.edits.contents.version;
  }

  /** Keep the step; null when it changed nothing. @returns {Step|null} */
  end() {
    this.show();
    return this.edits.keep(this);
  }

  /** Undo what the step did so far. */
  cancel() {
    this.edits.revert(this.#cut());
  }

  /** Give a copy of the mask the labels from before the step. */
  takeFrom(copy) {
    for (let i = this.count - 1; i >= 0; i--) copy[this.elements[i]] = this.before[i];
  }

  #cut() {
    const { tool, count } = this;
    return { tool, elements: this.elements.slice(0, count), before: this.before.slice(0, count), after: this.after.slice(0, count) };
  }

  toStep() {
    return this.#cut();
  }

  #makeRoom() {
    for (const name of ["elements", "before", "after"]) {
      const larger = new this[name].constructor(this[name].length * 2);
      larger.set(this[name]);
      this[name] = larger;
    }
  }
}

export class MaskEdits {
  /**
   * @param {import("../nifti.js").Volume} mask changed in place
   * @param {(step: Step, way: "done"|"undone") => void} [onStep] called after every step and every undo or redo
   * @param {number} [mostBytes]
   */
  constructor(mask, onStep = () => {}, mostBytes = MOST_BYTES) {
    this.mask = mask;
    this.onStep = onStep;
    this.mostBytes = mostBytes;
    this.contents = contentsOf(mask);
    this.Labels = mask.data.constructor;
    /** Labels that no tool changes. */
    this.protectedLabels = new Set();
    /** @type {Step[]} */
    this.done = [];
    /** @type {Step[]} */
    this.undone = [];
    this.bytes = 0;
  }

  /** Begin a step whose voxels come one after another, as those of a stroke do. */
  begin(tool) {
    return new Stroke(this, tool);
  }

  /**
   * Make a whole step at once.
   * @param {string} tool
   * @param {ArrayLike<number>} elements
   * @param {number|ArrayLike<number>} label one for all, or one for each
   * @returns {Step|null}
   */
  apply(tool, elements, label) {
    const stroke = this.begin(tool);
    const one = typeof label === "number";
    for (let i = 0; i < elements.length; i++) stroke.set(elements[i], one ? label : label[i]);
    return stroke.end();
  }

  get canUndo() {
    return this.done.length > 0;
  }

  get canRedo() {
    return this.undone.length > 0;
  }

  /** @returns {Step|null} the step that was taken back */
  undo() {
    const step = this.done.pop() ?? null;
    if (!step) return null;
    this.revert(step);
    this.bytes -= bytesOf(step);
    this.undone.push(step);
    this.onStep(step, "undone");
    return step;
  }

  /** @returns {Step|null} the step that was made again */
  redo() {
    const step = this.undone.pop() ?? null;
    if (!step) return null;
    this.#write(step.elements, step.before, step.after, false);
    this.#remember(step);
    this.onStep(step, "done");
    return step;
  }

  /** Called by a stroke that ends. */
  keep(stroke) {
    if (stroke.count === 0) return null;
    const step = stroke.toStep();
    this.undone = [];
    this.#remember(step);
    this.onStep(step, "done");
    return step;
  }

  /** Put the labels before a step back. */
  revert({ elements, before, after }) {
    // Backwards: a voxel that a step changed twice gets the label that it had first.
    this.#write(elements, after, before, true);
  }

  #write(elements, from, to, backwards) {
    const { data } = this.mask;
    for (let n = 0; n < elements.length; n++) {
      const i = backwards ? elements.length - 1 - n : n;
      this.contents.change(elements[i], from[i], to[i]);
      data[elements[i]] = to[i];
    }
    this.mask.version = this.contents.version;
  }

  #remember(step) {
    this.done.push(step);
    this.bytes += bytesOf(step);
    while (this.bytes > this.mostBytes && this.done.length > 1) this.bytes -= bytesOf(this.done.shift());
  }
}

function bytesOf({ elements, before }) {
  return elements.byteLength + 2 * before.byteLength;
}
