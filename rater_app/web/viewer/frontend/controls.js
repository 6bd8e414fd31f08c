/** Buttons, lists and sliders of the panel. After a click the focus goes back to the images, so that the keys keep working. */

import { make } from "./elements.js";

/** Put a value into an element only when it changed: the panel is refreshed with every slice. */
export function put(element, property, value) {
  if (element[property] !== value) element[property] = value;
}

/** Show whether a button is pressed. */
export function press(button, pressed) {
  const wanted = String(pressed);
  if (button.getAttribute("aria-pressed") !== wanted) button.setAttribute("aria-pressed", wanted);
}

/** Makes controls that send commands. */
export class Controls {
  /** @param {(action: string, amount?: unknown) => void} command */
  constructor(command) {
    this.command = command;
  }

  /**
   * @param {string} text
   * @param {string} title also read by screen readers, after the text
   * @param {(event: MouseEvent) => void} onclick
   * @param {string} [label] read in place of text and title
   */
  button(text, title, onclick, label) {
    const act = (event) => {
      onclick(event);
      // The keyboard's clicks count 0: who came with Tab goes on from here.
      if (event.detail > 0) this.command("focus");
    };
    return make("button", { type: "button", text, title, "aria-label": label ?? `${text}: ${title}`, onclick: act });
  }

  /**
   * @param {string} label
   * @param {string} title
   * @param {(value: string) => void} onPick
   * @param {...{value: string, text: string}} options
   */
  select(label, title, onPick, ...options) {
    const select = make("select", {
      "aria-label": label, title,
      onchange: () => {
        onPick(select.value);
        this.command("focus");
      },
    });
    select.append(...options.map((option) => make("option", option)));
    return select;
  }

  /** A slider from 0.05 to 1. */
  slider(label, title, onInput) {
    const slider = make("input", {
      type: "range", min: 0.05, max: 1, step: 0.05, "aria-label": label, title,
      oninput: () => onInput(Number(slider.value)),
      onpointerup: () => this.command("focus"),
    });
    return slider;
  }
}
