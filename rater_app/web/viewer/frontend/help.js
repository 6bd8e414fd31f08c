/** The overlay that lists keys and mouse gestures, and lets a reader choose other keys. */

import { make } from "./elements.js";
import { chordFor, withChord } from "./key_settings.js";
import { GESTURES, keysInForce, nameOf, PAGE_KEYS, shownKeys } from "./keyboard.js";

const keys = (shown) => shown.split(" or ").flatMap((one, index) => [index === 0 ? "" : " or ", make("kbd", { text: one })]);
const entry = ({ shown, help }, ...more) => [make("dt", {}, ...keys(shown)), make("dd", {}, make("span", { text: help }), ...more)];
const list = (rows) => make("dl", {}, ...rows.flatMap((row) => entry(row)));

/** What the pictures cannot say themselves. */
const NOTES = [
  { shown: "oblique 12°", help: "The voxels lie at an angle to the patient. The planes follow the voxels, so distances are true; the letters name the nearest direction." },
  { shown: "Colours", help: "Structures look too much alike? Choose the mask style “Pattern”: each structure has a hatch of its own." },
];

/** Shown and hidden by `?`; Escape and the button close it. */
export class HelpOverlay {
  /**
   * @param {HTMLElement} root
   * @param {import("./viewer.js").Viewer} viewer whose keys are shown and changed; it gets the focus back after closing
   */
  constructor(root, viewer) {
    this.viewer = viewer;
    /** The row that waits for its new key. @type {import("./keyboard.js").Key|null} */
    this.waiting = null;
    this.closeButton = make("button", { type: "button", class: "close", text: "Close", onclick: () => this.toggle(false) });
    this.news = make("p", { class: "news", role: "status" });
    this.standard = make("button", { type: "button", text: "Back to the standard keys", onclick: () => this.#forget() });
    this.viewKeys = make("div");
    this.correctKeys = make("section", {}, make("h3", { text: "Keys for correcting" }), make("div"));
    this.element = make(
      "div",
      { class: "help", role: "dialog", "aria-modal": "true", "aria-label": "Keys and mouse", hidden: true },
      make("header", {}, make("h2", { text: "Keys and mouse" }), this.news, this.standard, this.closeButton),
      make(
        "div",
        { class: "columns" },
        make("section", {}, make("h3", { text: "Keys in the viewer" }), this.viewKeys),
        make(
          "div",
          {},
          this.correctKeys,
          make("section", {}, make("h3", { text: "Mouse" }), list(GESTURES)),
          make("section", {}, make("h3", { text: "Keys anywhere on the page" }), list(PAGE_KEYS)),
          make("section", {}, make("h3", { text: "Good to know" }), list(NOTES)),
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
    this.waiting = null;
    this.news.textContent = "";
    if (open) {
      this.#list();
      this.closeButton.focus();
    } else {
      this.viewer.focus();
    }
  }

  /**
   * A key was pressed while the overlay is open.
   * @param {KeyboardEvent} event
   * @returns {boolean} whether it was meant for the overlay; the others belong to its buttons
   */
  press(event) {
    if (this.waiting) {
      this.#choose(event);
      return true;
    }
    if (event.key !== "Escape" && event.key !== "?") return false;
    this.toggle(false);
    return true;
  }

  #choose(event) {
    const row = this.waiting;
    if (event.key === "Escape") return this.#stopWaiting(row, "Nothing was changed.");
    const found = chordFor(row, event, this.#custom);
    if (!found) return undefined;
    if (found.problem) return this.#stopWaiting(row, found.problem);
    this.waiting = null;
    this.#keep(withChord(this.#custom, row, found.chord), `Changed: ${row.help}.`);
    return this.#focusOn(row);
  }

  get #custom() {
    return this.viewer.keyOptions.custom;
  }

  #stopWaiting(row, news) {
    this.waiting = null;
    this.#list();
    this.news.textContent = news;
    this.#focusOn(row);
  }

  #keep(keys, news) {
    this.viewer.preferences.keep({ keys });
    this.viewer.tellKeys();
    this.#list();
    this.news.textContent = news;
  }

  #forget() {
    this.#keep({}, "All keys are the standard ones again.");
    // The button that had the focus is gone with the own keys.
    this.closeButton.focus();
  }

  #focusOn(row) {
    this.element.querySelector(`[data-row="${nameOf(row)}"]`)?.focus();
  }

  #list() {
    const { correcting } = this.viewer;
    const rows = keysInForce(this.viewer.keyOptions);
    const listOf = (group) => make("dl", { class: "keys" }, ...rows.filter((row) => row.group === group).flatMap((row) => this.#row(row)));
    this.viewKeys.replaceChildren(listOf("view"));
    this.correctKeys.hidden = !correcting;
    this.correctKeys.lastElementChild.replaceChildren(listOf("correct"));
    this.standard.hidden = Object.keys(this.#custom).length === 0;
  }

  #row(row) {
    const shown = shownKeys(row);
    if (row.fixed) return entry({ shown, help: row.help });
    const change = make("button", {
      type: "button", class: "change", text: this.waiting === row ? "Press a key …" : "Change", "aria-label": `Change the key: ${row.help}`, "data-row": nameOf(row),
      onclick: () => this.#wait(row),
    });
    return entry({ shown, help: row.help }, change);
  }

  #wait(row) {
    this.waiting = row;
    this.#list();
    this.news.textContent = `Press the new key for: ${row.help}. Escape leaves it as it is.`;
    this.#focusOn(row);
  }
}
