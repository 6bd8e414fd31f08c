/** Keys: those of the viewer while it has the focus, and the rating keys in the whole page. */

import { commandOf, ratingOf } from "./keyboard.js";

/** Holding M longer than this hides the mask only while the key is down. */
const HOLD_MS = 350;

/** Controls that need their own keys: letters and arrows belong to them while they have the focus. */
const OWN_KEYS = "select, input, textarea";
/** Controls that are worked with the space bar and Enter. */
const PRESSED = "button, summary, a";
/** The body in the 3D view is turned with these. */
const TURNED = ".tile3d canvas";
const TURNING_KEYS = /^(?:Arrow.*|Home|[-+=])$/;

/** Keys that act as long as they are held down: when they are let go, their command is undone. */
class HeldKeys {
  /** @param {import("./viewer.js").Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    /** @type {Map<string, () => void>} what letting go of a key does, by the key's place */
    this.held = new Map();
  }

  /** @returns {boolean} whether the command is one of a held key; then it is done */
  press({ action }, { code, repeat }) {
    if (action !== "mask" && action !== "flicker") return false;
    if (repeat || this.held.has(code)) return true;
    const pressedAt = performance.now();
    if (action === "mask") {
      this.viewer.command("mask");
      this.held.set(code, () => performance.now() - pressedAt > HOLD_MS && this.viewer.command("mask"));
    } else {
      this.viewer.command("flicker", true);
      this.held.set(code, () => this.viewer.command("flicker", false));
    }
    return true;
  }

  release(code) {
    this.held.get(code)?.();
    this.held.delete(code);
  }

  releaseAll() {
    for (const code of [...this.held.keys()]) this.release(code);
  }
}

/**
 * Keys of the viewer. They are taken in the capture phase and stopped, so that Streamlit's single-letter shortcuts
 * (r reruns the page, c clears its cache) do not fire while somebody reads images.
 * @param {HTMLElement} root
 * @param {import("./viewer.js").Viewer} viewer
 */
export function attachViewerKeys(root, viewer) {
  const held = new HeldKeys(viewer);
  const take = (event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  const onKeyDown = (event) => {
    const plain = !event.ctrlKey && !event.altKey && !event.metaKey;
    if (viewer.help.open) {
      if (viewer.help.press(event)) take(event);
      else if (plain && event.key !== "Tab") event.stopPropagation();
      return;
    }
    if (event.key !== "Escape" && event.target.matches?.(OWN_KEYS)) {
      if (plain && event.key !== "Tab") event.stopPropagation();
      return;
    }
    if ((event.key === " " || event.key === "Enter") && event.target.matches?.(PRESSED)) return;
    if (TURNING_KEYS.test(event.key) && event.target.matches?.(TURNED)) return;
    if (event.key === " ") {
      take(event);
      viewer.spaceHeld = true;
      return;
    }
    // A tool may have keys of its own while it is chosen.
    if (viewer.pointerTool?.key?.(event)) {
      take(event);
      return;
    }
    const command = commandOf(event, viewer.keyOptions);
    if (!command) return;
    take(event);
    if (!held.press(command, event)) viewer.command(command.action, command.amount);
  };
  const onKeyUp = (event) => {
    if (event.key === " ") viewer.spaceHeld = false;
    held.release(event.code);
  };
  const onBlur = () => {
    viewer.spaceHeld = false;
    held.releaseAll();
  };
  root.addEventListener("keydown", onKeyDown, { capture: true });
  root.addEventListener("keyup", onKeyUp, { capture: true });
  root.addEventListener("focusout", onBlur);
}

/** The element with the focus, also inside shadow roots. */
function deepActiveElement() {
  let active = document.activeElement;
  while (active?.shadowRoot?.activeElement) active = active.shadowRoot.activeElement;
  return active;
}

const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));

/**
 * Rating keys, wherever the focus is: Alt + digit chooses a level, Ctrl + Enter submits.
 * Each report names the case that was on the page, so that a late key cannot answer for the next one; while no case
 * is shown with its mask there is nothing to report.
 * @param {() => {case: string|null, levels: number, trigger: (name: string, value: unknown) => void}} page asked at each key press
 * @returns {() => void} removes the listeners
 */
export function attachPageKeys(page) {
  const onKeyDown = async (event) => {
    const { case: code, levels, trigger } = page();
    const level = ratingOf(event, levels);
    if (level !== null) {
      event.preventDefault();
      if (code !== null) trigger("rate", { case: code, level });
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.repeat) {
      event.preventDefault();
      // A text area hands its text to the page when it loses the focus: let that happen before the rating is sent.
      const active = deepActiveElement();
      if (active?.matches?.("textarea, input")) active.blur();
      await nextFrame();
      await nextFrame();
      if (code !== null) trigger("submit", { case: code });
    }
  };
  document.addEventListener("keydown", onKeyDown);
  return () => document.removeEventListener("keydown", onKeyDown);
}
