/** The overlay that lists keys and mouse gestures. */

import { make } from "./elements.js";
import { GESTURES, KEYS, PAGE_KEYS } from "./keyboard.js";

const list = (rows) =>
  make("dl", {}, ...rows.flatMap((row) => [make("dt", {}, make("kbd", { text: row.shown })), make("dd", { text: row.help })]));

/** Shown and hidden by `?`; Escape and the button close it. */
export class HelpOverlay {
  /**
   * @param {HTMLElement} root
   * @param {() => void} onClose called after closing, to take the focus back
   */
  constructor(root, onClose) {
    this.onClose = onClose;
    this.closeButton = make("button", { type: "button", class: "close", text: "Close", onclick: () => this.toggle(false) });
    this.element = make(
      "div",
      { class: "help", role: "dialog", "aria-modal": "true", "aria-label": "Keys and mouse", hidden: true },
      make("header", {}, make("h2", { text: "Keys and mouse" }), this.closeButton),
      make(
        "div",
        { class: "columns" },
        make("section", {}, make("h3", { text: "Keys in the viewer" }), list(KEYS)),
        make(
          "section",
          {},
          make("h3", { text: "Mouse" }),
          list(GESTURES),
          make("h3", { text: "Keys anywhere on the page" }),
          list(PAGE_KEYS),
        ),
      ),
    );
    root.append(this.element);
  }

  get open() {
    return !this.element.hidden;
  }

  /** @param {boolean} [open] the other way round when left out */
  toggle(open = !this.open) {
    if (open === this.open) return;
    this.element.hidden = !open;
    if (open) this.closeButton.focus();
    else this.onClose();
  }
}
