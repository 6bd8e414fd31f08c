/** Toolbar, legend, status line and messages around the images. It shows a summary and sends commands; it decides nothing. */

import { Controls, put } from "./controls.js";
import { make } from "./elements.js";
import { Legend } from "./legend.js";
import { Toolbar } from "./toolbar.js";

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
 * @property {boolean} smooth
 * @property {boolean} crosshair
 * @property {string[]} tools those in use: "cine", "distance", "window-tool"
 * @property {string|null} blend name of the channel laid over the first
 * @property {number} blendOpacity
 * @property {import("./masks.js").Label[]} labels
 * @property {number[]|null} present labels in the mask; null while unknown
 * @property {Set<number>} hidden labels that the reader does not want to see
 * @property {string[]} emptyMasks a sentence for each mask that holds nothing
 * @property {string} status
 * @property {string} oblique how far the volume is turned against the patient, or ""
 * @property {{text: string, detail?: string, retry?: boolean}|null} message
 */

export class Panel {
  /**
   * @param {HTMLElement} root
   * @param {(action: string, amount?: unknown) => void} command
   */
  constructor(root, command) {
    this.announced = 0;
    this.waiting = 0;
    const controls = new Controls(command);
    this.toolbar = new Toolbar(command);
    this.legend = new Legend(command);
    this.stage = make("div", { class: "stage" });
    /** Room beside the images, for tools; takes no space while it is empty. */
    this.side = make("div", { class: "tools" });
    this.messageText = make("p");
    this.messageDetail = make("p", { class: "detail" });
    this.retry = controls.button("Retry", "Ask for it again", () => command("retry"), "Retry");
    this.message = make("div", { class: "message", role: "alert", hidden: true }, this.messageText, this.messageDetail, this.retry);
    this.stage.append(this.message);
    this.status = make("div", { class: "status", "aria-hidden": "true" });
    this.hiddenChip = controls.button("", "Show all structures again", () => command("all-structures"));
    this.hiddenChip.className = "chip";
    this.hiddenChip.hidden = true;
    this.obliqueChip = make("span", {
      class: "chip", hidden: true,
      title: "The voxels of this volume lie at an angle to the patient. The planes follow the voxels, so distances are true; the letters name the nearest direction.",
    });
    this.live = make("div", { class: "unseen", "aria-live": "polite" });
    root.append(
      this.toolbar.element,
      make("div", { class: "middle" }, this.side, this.stage),
      make("div", { class: "footer" }, make("div", { class: "line" }, this.status, this.obliqueChip, this.hiddenChip), this.legend.element),
      this.live,
    );
    // A press anywhere else closes the menu.
    root.addEventListener("pointerdown", (event) => this.toolbar.more.contains(event.target) || this.closeMenu(), { capture: true });
  }

  /** The menu "More": room for controls that are rarely used. */
  get menu() {
    return this.toolbar.menu;
  }

  /** @returns {boolean} whether a menu was open */
  closeMenu() {
    return this.toolbar.closeMenu();
  }

  /** @param {Summary} summary */
  update(summary) {
    this.toolbar.update(summary);
    this.legend.update(summary);
    const hidden = summary.hidden.size === 0 ? "" : `${summary.hidden.size} ${summary.hidden.size === 1 ? "structure" : "structures"} hidden`;
    put(this.hiddenChip, "hidden", hidden === "");
    put(this.hiddenChip, "textContent", `${hidden} · show all`);
    put(this.hiddenChip, "ariaLabel", `${hidden}: show all structures again`);
    put(this.obliqueChip, "hidden", summary.oblique === "");
    put(this.obliqueChip, "textContent", summary.oblique);
    put(this.status, "textContent", summary.status);
    this.#announce([summary.status, hidden].filter(Boolean).join("  ·  "));
    put(this.message, "hidden", summary.message === null);
    put(this.messageText, "textContent", summary.message?.text ?? "");
    put(this.messageDetail, "textContent", summary.message?.detail ?? "");
    put(this.retry, "hidden", !summary.message?.retry);
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
