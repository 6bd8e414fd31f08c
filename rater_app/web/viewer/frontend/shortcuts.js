/** Keys: those of the viewer while it has the focus, and the rating keys in the whole page. */

import { commandOf, ratingOf } from "./keyboard.js";

/** Holding M longer than this hides the mask only while the key is down. */
const HOLD_MS = 350;

/** Controls that need their own keys: letters and arrows belong to them while they have the focus. */
const OWN_KEYS = "select, input";

/**
 * Keys of the viewer. They are taken in the capture phase and stopped, so that Streamlit's single-letter shortcuts
 * (r reruns the page, c clears its cache) do not fire while somebody reads images.
 * @param {HTMLElement} root
 * @param {import("./viewer.js").Viewer} viewer
 */
export function attachViewerKeys(root, viewer) {
  let maskKeyDown = 0;
  const take = (event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  const onKeyDown = (event) => {
    const plain = !event.ctrlKey && !event.altKey && !event.metaKey;
    if (viewer.help.open && (event.key === "Escape" || event.key === "?")) {
      take(event);
      viewer.help.toggle(false);
      return;
    }
    if (viewer.help.open || event.target.matches?.(OWN_KEYS)) {
      if (plain && event.key !== "Tab") event.stopPropagation();
      return;
    }
    if (event.key === " " && !event.target.matches?.("button")) {
      take(event);
      viewer.spaceHeld = true;
      return;
    }
    const command = commandOf(event);
    if (!command) return;
    take(event);
    if (command.action === "mask") {
      if (event.repeat) return;
      maskKeyDown = performance.now();
    }
    viewer.command(command.action, command.amount);
  };
  const onKeyUp = (event) => {
    if (event.key === " ") viewer.spaceHeld = false;
    if (event.key.toLowerCase() === "m" && maskKeyDown) {
      if (performance.now() - maskKeyDown > HOLD_MS) viewer.command("mask");
      maskKeyDown = 0;
    }
  };
  const onBlur = () => {
    viewer.spaceHeld = false;
  };
  root.addEventListener("keydown", onKeyDown, { capture: true });
  root.addEventListener("keyup", onKeyUp, { capture: true });
  root.addEventListener("blur", onBlur);
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
