/** How long a reader was at work and how long not, from the input and from the page being visible. */

/** The reader counts as active for this long after each input: looking at a slice takes time without a hand moving. */
export const IDLE_AFTER_S = 30;

/**
 * Splits the time since it was made into active and idle.
 *
 * Active is the time within 30 s of the last input (or of the start) while the page is visible; all other time is idle.
 * A pause of 40 s between two inputs so counts as 30 s active and 10 s idle, and a hidden page as idle from its first second.
 * Both times only grow: whoever wants a stretch takes the difference.
 */
export class ActivityClock {
  #now;
  #visible;
  #active = 0;
  #idle = 0;
  #settledAt;
  #lastInput;

  /** @param {{now?: () => number, visible?: boolean}} [options] `now` gives milliseconds that never go back */
  constructor({ now = () => performance.now(), visible = true } = {}) {
    this.#now = now;
    this.#visible = visible;
    this.#settledAt = now();
    this.#lastInput = this.#settledAt;
  }

  /** The reader pressed, moved or turned something. */
  note() {
    this.#settle();
    this.#lastInput = this.#settledAt;
  }

  /** @param {boolean} visible whether the page is; coming back to it counts as an input */
  setVisible(visible) {
    this.#settle();
    if (visible && !this.#visible) this.#lastInput = this.#settledAt;
    this.#visible = visible;
  }

  /** Seconds at work. */
  activeSeconds() {
    this.#settle();
    return this.#active / 1000;
  }

  /** All other seconds. */
  idleSeconds() {
    this.#settle();
    return this.#idle / 1000;
  }

  #settle() {
    const now = this.#now();
    const passed = now - this.#settledAt;
    const attention = Math.max(0, this.#lastInput + IDLE_AFTER_S * 1000 - this.#settledAt);
    const active = this.#visible ? Math.min(passed, attention) : 0;
    this.#active += active;
    this.#idle += passed - active;
    this.#settledAt = now;
  }
}

const INPUTS = ["pointerdown", "pointermove", "keydown", "wheel"];

/**
 * Let a clock hear the reader's input anywhere on the page: a rating is thought over beside the images too.
 * @param {ActivityClock} clock
 * @returns {() => void} removes the listeners
 */
export function hearReader(clock) {
  const onInput = () => clock.note();
  const onVisibility = () => clock.setVisible(document.visibilityState === "visible");
  const options = { capture: true, passive: true };
  for (const name of INPUTS) document.addEventListener(name, onInput, options);
  document.addEventListener("visibilitychange", onVisibility, options);
  onVisibility();
  return () => {
    for (const name of INPUTS) document.removeEventListener(name, onInput, options);
    document.removeEventListener("visibilitychange", onVisibility, options);
  };
}
