/** The legend: the structures of the mask as buttons that hide and show them. */

import { Controls, press } from "./controls.js";
import { make } from "./elements.js";
import { drawSwatch } from "./patterns.js";

/** CSS pixels. */
const SWATCH = 14;

export class Legend {
  /** @param {(action: string, amount?: unknown) => void} command */
  constructor(command) {
    this.command = command;
    this.controls = new Controls(command);
    this.element = make("ul", { class: "legend", "aria-label": "Structures" });
    this.shape = "";
    /** @type {Map<number, HTMLElement>} buttons by label */
    this.buttons = new Map();
  }

  /** @param {import("./panel.js").Summary} summary */
  update({ labels, present, hidden, emptyMasks, maskStyle }) {
    const shape = JSON.stringify([labels, present, emptyMasks, maskStyle === "pattern"]);
    if (shape !== this.shape) {
      this.shape = shape;
      this.#build(labels, present, emptyMasks, maskStyle === "pattern");
    }
    for (const [label, button] of this.buttons) press(button, !hidden.has(label));
  }

  #build(labels, present, emptyMasks, withPatterns) {
    const here = new Set(present ?? []);
    this.buttons.clear();
    const entries = labels.map((label, place) => ({ ...label, place, isAbsent: present !== null && !here.has(label.value) }));
    // What the mask holds comes first.
    const ordered = [...entries].sort((a, b) => Number(a.isAbsent) - Number(b.isAbsent));
    this.element.replaceChildren(
      ...emptyMasks.map((text) => make("li", { class: "empty", text })),
      ...ordered.map((entry) => this.#entry(entry, withPatterns)),
    );
  }

  #entry({ value, name, color, place, isAbsent }, withPatterns) {
    const swatch = withPatterns ? patternSwatch(place, color) : make("span", { class: "swatch" });
    if (!withPatterns) swatch.style.backgroundColor = color;
    if (isAbsent) return make("li", { class: "absent", title: `${name}: not in this mask` }, swatch, name);
    const act = (event) => this.command(event.altKey || event.shiftKey ? "only-structure" : "structure", value);
    const button = this.controls.button(name, "hide or show; with Alt or Shift, show only this one", act);
    button.title = `${name}: click to hide or show it; Alt-click or Shift-click shows only this one`;
    button.prepend(swatch);
    this.buttons.set(value, button);
    return make("li", {}, button);
  }
}

function patternSwatch(place, color) {
  const ratio = globalThis.devicePixelRatio || 1;
  const canvas = make("canvas", { class: "swatch", width: Math.round(SWATCH * ratio), height: Math.round(SWATCH * ratio), "aria-hidden": "true" });
  drawSwatch(canvas, place, color, ratio);
  return canvas;
}
