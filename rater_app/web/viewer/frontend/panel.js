/** Toolbar, legend, status line and messages around the images. It shows a summary and sends commands; it decides nothing. */

import { make } from "./elements.js";
import { LAYOUTS } from "./layout.js";
import { MASK_STYLES } from "./masks.js";

/** Pause between two announcements to a screen reader while slices run by. */
const ANNOUNCE_MS = 700;

/**
 * What the panel shows.
 * @typedef {object} Summary
 * @property {string[]} channels
 * @property {number} channel
 * @property {string} layout
 * @property {string[]} layouts those that make sense for the case
 * @property {boolean} hasMask
 * @property {boolean} maskShown
 * @property {string} maskStyle
 * @property {number} opacity
 * @property {{name: string, title: string}[]} presets
 * @property {string} preset name, or "custom"
 * @property {import("./masks.js").Label[]} labels
 * @property {number[]|null} present labels in the mask; null while unknown
 * @property {string} status
 * @property {{text: string, detail?: string, retry?: boolean}|null} message
 */

/** Put a value into an element only when it changed: the panel is refreshed with every slice. */
function put(element, property, value) {
  if (element[property] !== value) element[property] = value;
}

export class Panel {
  /**
   * @param {HTMLElement} root
   * @param {(action: string, amount?: unknown) => void} command
   */
  constructor(root, command) {
    this.root = root;
    this.command = command;
    this.shape = "";
    this.announced = 0;
    this.waiting = 0;

    this.channels = make("div", { class: "group", role: "group", "aria-label": "Channel" });
    this.layouts = make(
      "div",
      { class: "group", role: "group", "aria-label": "Layout" },
      ...LAYOUTS.map((layout) => this.#button(layout.title, `${layout.help} (V)`, () => command("layout", layout.name))),
    );
    this.mask = this.#button("Mask", "Hide or show the mask (M)", () => command("mask"));
    this.style = this.#select("Mask style", "Outline, fill, or both (O)", (name) => command("set-mask-style", name));
    this.style.classList.add("short");
    this.style.append(...MASK_STYLES.map(({ name, title }) => make("option", { value: name, text: title })));
    this.opacity = make("input", {
      type: "range", min: 0.05, max: 1, step: 0.05, "aria-label": "Mask opacity", title: "Mask opacity ( [ and ] )",
      oninput: () => command("set-opacity", Number(this.opacity.value)),
      onpointerup: () => command("focus"),
    });
    this.presets = this.#select("Window", "Window preset (W); drag with the right button to set it by hand", (name) =>
      command("set-preset", name),
    );
    this.maskControls = make("div", { class: "group", role: "group", "aria-label": "Mask" }, this.mask, this.style, this.opacity);
    this.toolbar = make(
      "div",
      { class: "toolbar", role: "group", "aria-label": "Display" },
      this.channels,
      this.layouts,
      this.maskControls,
      make("div", { class: "group" }, this.presets),
      make(
        "div",
        { class: "group end" },
        this.#button("Reset", "Reset zoom, window and position (R)", () => command("reset")),
        this.#button("?", "Keys and mouse (?)", () => command("help"), "Help: keys and mouse"),
      ),
    );
    this.stage = make("div", { class: "stage" });
    /** Room beside the images, for tools; takes no space while it is empty. */
    this.side = make("div", { class: "tools" });
    this.messageText = make("p");
    this.messageDetail = make("p", { class: "detail" });
    const retry = () => {
      command("retry");
      command("focus");
    };
    this.retry = make("button", { type: "button", text: "Retry", onclick: retry });
    this.message = make("div", { class: "message", role: "alert", hidden: true }, this.messageText, this.messageDetail, this.retry);
    this.stage.append(this.message);
    this.legend = make("ul", { class: "legend", "aria-label": "Labels" });
    this.status = make("div", { class: "status", "aria-hidden": "true" });
    this.live = make("div", { class: "unseen", "aria-live": "polite" });
    root.append(this.toolbar, make("div", { class: "middle" }, this.side, this.stage), make("div", { class: "footer" }, this.status, this.legend), this.live);
  }

  /** @param {Summary} summary */
  update(summary) {
    this.#build(summary);
    [...this.channels.children].forEach((button, index) => this.#press(button, index === summary.channel));
    LAYOUTS.forEach(({ name }, index) => {
      const button = this.layouts.children[index];
      put(button, "hidden", !summary.layouts.includes(name));
      this.#press(button, name === summary.layout);
    });
    put(this.layouts, "hidden", summary.layouts.length < 2);
    put(this.maskControls, "hidden", !summary.hasMask);
    this.#press(this.mask, summary.maskShown);
    put(this.style, "value", summary.maskStyle);
    put(this.opacity, "value", String(summary.opacity));
    put(this.presets, "value", summary.preset);
    put(this.status, "textContent", summary.status);
    this.#announce(summary.status);
    put(this.message, "hidden", summary.message === null);
    put(this.messageText, "textContent", summary.message?.text ?? "");
    put(this.messageDetail, "textContent", summary.message?.detail ?? "");
    put(this.retry, "hidden", !summary.message?.retry);
  }

  /** Parts that change with the case, not with the slice. */
  #build({ channels, presets, labels, present }) {
    const shape = JSON.stringify([channels, presets, labels, present]);
    if (shape === this.shape) return;
    this.shape = shape;
    this.channels.replaceChildren(
      ...channels.map((name, index) =>
        this.#button(name, index < 9 ? `Show this channel (${index + 1})` : "Show this channel", () => this.command("channel", index + 1)),
      ),
    );
    this.presets.replaceChildren(
      ...presets.map(({ name, title }) => make("option", { value: name, text: title })),
      make("option", { value: "custom", text: "By hand", disabled: true, hidden: true }),
    );
    const here = new Set(present ?? []);
    const ordered = [...labels].sort((a, b) => Number(here.has(b.value)) - Number(here.has(a.value)));
    this.legend.replaceChildren(
      ...(present?.length === 0 ? [make("li", { class: "empty", text: "The mask is empty: nothing is labelled." })] : []),
      ...ordered.map(({ value, name, color }) => {
        const swatch = make("span", { class: "swatch" });
        swatch.style.backgroundColor = color;
        const absent = present !== null && !here.has(value);
        return make("li", { class: absent ? "absent" : "", title: absent ? `${name}: not in this mask` : name }, swatch, name);
      }),
    );
  }

  #press(button, pressed) {
    const wanted = String(pressed);
    if (button.getAttribute("aria-pressed") !== wanted) button.setAttribute("aria-pressed", wanted);
  }

  #button(text, title, onclick, label) {
    // The focus goes back to the images, so that the keys keep working after a click.
    const act = (event) => {
      onclick();
      if (event.detail > 0) this.command("focus");
    };
    return make("button", { type: "button", text, title, "aria-label": label ?? `${text}: ${title}`, onclick: act });
  }

  #select(label, title, onPick) {
    const select = make("select", {
      "aria-label": label, title,
      onchange: () => {
        onPick(select.value);
        this.command("focus");
      },
    });
    return select;
  }

  #announce(text) {
    clearTimeout(this.waiting);
    const pause = Math.max(0, this.announced + ANNOUNCE_MS - Date.now());
    this.waiting = setTimeout(() => {
      this.announced = Date.now();
      put(this.live, "textContent", text);
    }, pause);
  }

  destroy() {
    clearTimeout(this.waiting);
  }
}
