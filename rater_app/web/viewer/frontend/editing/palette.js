/** The palette beside the images: tools, labels, actions and saving. It shows the editor's state and sends commands; it decides nothing. */

import { make } from "../elements.js";
import { RADII_MM } from "./editor.js";
import { describeKeeping } from "./keeping_words.js";

const TOOLS = [
  ["crosshair", "Look", "Move the crosshair (Esc)"],
  ["brush", "Brush", "Paint the chosen label (B)"],
  ["eraser", "Eraser", "Remove labels (E)"],
  ["lasso", "Outline", "Draw an outline, or set corners; what is inside gets the label (L)"],
  ["fill", "Fill", "Give the region under the pointer the chosen label (K)"],
  ["pick", "Pick", "Choose the label under the pointer (Q)"],
  ["island", "Remove island", "Remove the connected piece under the pointer (Del at the crosshair)"],
];

const ACTIONS = [
  ["grow", undefined, "Grow", "Grow the label by the margin (Shift+G)"],
  ["shrink", undefined, "Shrink", "Shrink the label by the margin (Shift+K)"],
  ["holes", undefined, "Fill holes", "Fill the holes of the label (Shift+H)"],
  ["between", undefined, "Fill between slices", "Fill the gaps between slices that have the label (Shift+I)"],
  ["copy", -1, "Copy from below", "Take the label from the slice below (Shift+C)"],
  ["copy", 1, "Copy from above", "Take the label from the slice above (Shift+V)"],
  ["keep-island", undefined, "Keep one island", "Remove all pieces of the label but the one under the crosshair"],
];

const MARGINS_MM = [0.5, 1, 2, 3, 5, 10];

function put(element, property, value) {
  if (element[property] !== value) element[property] = value;
}

export class Palette {
  /**
   * @param {HTMLElement} place
   * @param {(action: string, amount?: unknown) => void} command
   */
  constructor(place, command) {
    this.place = place;
    this.command = command;
    this.tools = new Map(TOOLS.map(([name, text, title]) => [name, this.#button(text, title, () => command("tool", name))]));
    this.labels = make("div", { class: "labels", role: "radiogroup", "aria-label": "Label to paint" });
    this.size = make("select", { "aria-label": "Size of the brush", title: "Radius of the brush (A smaller, S larger)", onchange: () => this.#pick("brush-radius", this.size) });
    this.size.append(...RADII_MM.map((mm) => make("option", { value: mm, text: `${mm} mm` })));
    this.ball = this.#button("Ball", "Paint in 3D: the brush is a ball, and the actions act on the whole volume (U)", () => command("ball"));
    this.range = this.#button("Range", "Paint only voxels whose intensity in the shown channel lies between these two (T)", () => command("range"));
    this.low = this.#number("Lowest intensity to paint", "range-low");
    this.high = this.#number("Highest intensity to paint", "range-high");
    this.margin = make("select", { "aria-label": "Margin", title: "Margin for growing and shrinking", onchange: () => this.#pick("margin", this.margin) });
    this.margin.append(...MARGINS_MM.map((mm) => make("option", { value: mm, text: `${mm} mm` })));
    const actions = ACTIONS.map(([name, amount, text, title]) => this.#button(text, title, () => command(name, amount)));
    this.undo = this.#button("Undo", "Take the last step back (Ctrl+Z)", () => command("undo"));
    this.redo = this.#button("Redo", "Make it again (Ctrl+Y)", () => command("redo"));
    this.reset = this.#button("Start over", "Back to the mask as it came; can be undone", () => command("reset-mask"));
    this.says = make("p", { class: "says", role: "status" });
    this.keeping = make("p", { class: "keeping", role: "status" });
    this.retry = this.#button("Send again", "Send the changes again now", () => command("send-again"));
    this.mine = this.#button("Keep this one", "Keep the mask of this window; the other stays as an earlier version or draft", () => command("keep-mine"));
    this.theirs = this.#button("Take the other", "Take the mask of the other window; changes of this one are dropped", () => command("take-other"));
    this.choice = make("div", { class: "grid" }, this.mine, this.theirs);
    this.confirm = make("input", { type: "checkbox", id: "needs-none" });
    this.confirming = make("label", { class: "confirm", for: "needs-none" }, this.confirm, "This mask needs no correction");
    this.save = this.#button("Save", "Save a version and go on correcting (Ctrl+S)", () => command("save"));
    this.finish = this.#button("Save and go on", "Save, and end correcting (Ctrl+Enter)", () => command("finish"));
    this.finish.classList.add("primary");
    this.element = make(
      "div",
      { class: "palette", role: "group", "aria-label": "Correct the mask" },
      make("div", { class: "grid", role: "group", "aria-label": "Tools" }, ...this.tools.values()),
      make("div", { class: "row" }, this.size, this.ball, this.range),
      (this.bounds = make("div", { class: "row" }, this.low, make("span", { text: "to" }), this.high)),
      make("h3", { text: "Label" }),
      this.labels,
      make("div", { class: "row" }, make("h3", { text: "Change by" }), this.margin),
      make("div", { class: "grid" }, ...actions),
      make(
        "div",
        { class: "saving" },
        this.says,
        make("div", { class: "row steps" }, this.undo, this.redo, this.reset),
        this.keeping,
        this.retry,
        this.choice,
        this.confirming,
        make("div", { class: "grid pair" }, this.save, this.finish),
      ),
    );
    place.append(this.element);
  }

  /** Whether the reader has said that this mask needs no correction. */
  get isConfirmed() {
    return this.confirm.checked;
  }

  /** @param {import("./editor.js").Editor} editor */
  update(editor) {
    for (const [name, button] of this.tools) this.#press(button, name === editor.tool);
    this.#showLabels(editor);
    put(this.size, "value", String(editor.radiusMm));
    put(this.margin, "value", String(editor.marginMm));
    this.#press(this.ball, editor.ball);
    this.#press(this.range, editor.range.on);
    put(this.bounds, "hidden", !editor.range.on);
    put(this.low, "value", String(editor.range.low));
    put(this.high, "value", String(editor.range.high));
    put(this.undo, "disabled", !editor.edits?.canUndo);
    put(this.redo, "disabled", !editor.edits?.canRedo);
    put(this.says, "textContent", editor.message);
    put(this.says, "hidden", !editor.message);
    const { keeper } = editor;
    const words = describeKeeping(keeper);
    put(this.keeping, "textContent", words.text);
    put(this.keeping.dataset, "state", keeper.state);
    put(this.retry, "hidden", !words.retry);
    put(this.choice, "hidden", keeper.state !== "conflict");
    put(this.confirming, "hidden", !editor.editing.required || keeper.version > 0 || keeper.wantsSaving);
    put(this.save, "disabled", !editor.mask || !keeper.wantsSaving || keeper.state === "conflict");
    const goOn = keeper.version > 0 || keeper.wantsSaving ? "Save and go on" : "Go on uncorrected";
    put(this.finish, "textContent", goOn);
    put(this.finish, "ariaLabel", `${goOn}: ${this.finish.title}`);
    put(this.finish, "disabled", !editor.mask || keeper.state === "conflict" || editor.busy);
  }

  #showLabels(editor) {
    const { labels } = editor.viewer;
    const shape = JSON.stringify(labels);
    if (shape !== this.shape) {
      this.shape = shape;
      this.rows = new Map(labels.map((label, index) => [label.value, this.#labelRow(label, index)]));
      this.labels.replaceChildren(...[...this.rows.values()].map(({ row }) => row));
    }
    for (const [value, { choice, lock }] of this.rows) {
      put(choice, "checked", value === editor.label);
      this.#press(lock, editor.edits?.protectedLabels.has(value) ?? false);
    }
  }

  #labelRow({ value, name, color }, index) {
    const choice = make("input", { type: "radio", name: "label-to-paint", onchange: () => this.#then("label-value", value) });
    const swatch = make("span", { class: "swatch" });
    swatch.style.backgroundColor = color;
    const key = index < 9 ? ` (Shift+${index + 1})` : "";
    const lock = this.#button("Lock", `Protect ${name}: no tool changes it`, () => this.command("lock", value), `Protect ${name}`);
    const row = make("div", { class: "label" }, make("label", { title: `Paint ${name}${key}` }, choice, swatch, name), lock);
    return { row, choice, lock };
  }

  #button(text, title, act, label) {
    const onclick = (event) => {
      act();
      if (event.detail > 0) this.command("focus");
    };
    return make("button", { type: "button", text, title, "aria-label": label ?? `${text}: ${title}`, onclick });
  }

  #number(label, action) {
    const field = make("input", { type: "number", step: "any", "aria-label": label, title: label, onchange: () => this.command(action, Number(field.value)) });
    return field;
  }

  #pick(action, select) {
    this.#then(action, Number(select.value));
  }

  #then(action, amount) {
    this.command(action, amount);
    this.command("focus");
  }

  #press(button, pressed) {
    const wanted = String(pressed);
    if (button.getAttribute("aria-pressed") !== wanted) button.setAttribute("aria-pressed", wanted);
  }

  destroy() {
    this.element.remove();
  }
}
