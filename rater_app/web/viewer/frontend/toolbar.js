/** The toolbar over the images: channels, layouts, mask and window; what is rarely used lies in the menu "More". */

import { Controls, press, put } from "./controls.js";
import { make } from "./elements.js";
import { LAYOUTS } from "./layout.js";
import { MASK_STYLES } from "./masks.js";

/** More channels than this are a list: buttons would fill a row of their own. */
const MOST_BUTTONS = 6;
const NO_BLEND = "";

export class Toolbar {
  /** @param {(action: string, amount?: unknown) => void} command */
  constructor(command) {
    this.command = command;
    this.controls = new Controls(command);
    const { controls } = this;
    this.shape = "";
    this.channels = make("div", { class: "group", role: "group", "aria-label": "Channel" });
    this.layouts = make(
      "div",
      { class: "group", role: "group", "aria-label": "Layout" },
      ...LAYOUTS.map(({ name, title, help }) => controls.button(title, `${help} (${name === "3d" ? "Z" : "V"})`, () => command("layout", name))),
    );
    /** Stands in for the buttons where the viewer is narrow; the style sheet shows one of the two. */
    this.layoutList = controls.select("Layout", "Layout (V)", (name) => command("layout", name));
    this.layoutList.classList.add("layouts", "short");
    this.layouts.classList.add("layouts");
    this.mask = controls.button("Mask", "Hide or show the mask (M)", () => command("mask"));
    const styles = MASK_STYLES.map(({ name, title }) => ({ value: name, text: title }));
    this.style = controls.select("Mask style", "Outline, fill, both, or a pattern for each structure (O)", (name) => command("set-mask-style", name), ...styles);
    this.style.classList.add("short");
    this.opacity = controls.slider("Mask opacity", "Mask opacity ( [ and ] )", (value) => command("set-opacity", value));
    this.presets = controls.select("Window", "Window preset (W); drag with the right button to set it by hand", (name) => command("set-preset", name));
    this.maskControls = make("div", { class: "group", role: "group", "aria-label": "Mask" }, this.mask, this.style, this.opacity);
    this.element = make(
      "div",
      { class: "toolbar", role: "group", "aria-label": "Display" },
      this.channels,
      this.layouts,
      this.layoutList,
      this.maskControls,
      make("div", { class: "group" }, this.presets),
      make(
        "div",
        { class: "group end" },
        controls.button("Reset", "Reset zoom, window and position (R)", () => command("reset")),
        this.#more(),
        controls.button("?", "Keys and mouse (?)", () => command("help"), "Help: keys and mouse"),
      ),
    );
  }

  #more() {
    const { controls, command } = this;
    this.blend = controls.select("Lay over", "Lay a second channel over the first in warm colours (Y)", (name) => command("set-blend", name === NO_BLEND ? null : name));
    this.blendOpacity = controls.slider("Opacity of the channel laid over", "How much of the upper channel is seen", (value) => command("set-blend-opacity", value));
    this.smooth = controls.button("Smooth", "Smooth voxels, or sharp ones (I)", () => command("interpolation"));
    this.crosshair = controls.button("Crosshair", "Crosshair on or off (G)", () => command("crosshair"));
    this.tools = {
      cine: controls.button("Play", "Play through the slices (P)", () => command("cine")),
      distance: controls.button("Distance", "Measure distances with the mouse (D)", () => command("distance")),
      "window-tool": controls.button("Window drag", "Set the window with the main button, a finger or a pen", () => command("window-tool")),
    };
    this.blendRow = make("label", { class: "row" }, make("span", { text: "Lay over" }), this.blend);
    this.opacityRow = make("label", { class: "row" }, make("span", { text: "Opacity" }), this.blendOpacity);
    /** Room for further controls that are rarely used. */
    this.menu = make(
      "div",
      { class: "menu" },
      make("div", { class: "row" }, this.smooth, this.crosshair),
      make("div", { class: "row" }, ...Object.values(this.tools)),
      this.blendRow,
      this.opacityRow,
    );
    this.more = make("details", { class: "more" }, make("summary", { text: "More", title: "More of the display" }), this.menu);
    return this.more;
  }

  /** @returns {boolean} whether the menu was open */
  closeMenu() {
    if (!this.more.open) return false;
    const hadFocus = this.more.contains(this.more.getRootNode().activeElement);
    this.more.open = false;
    if (hadFocus) this.more.querySelector("summary").focus();
    return true;
  }

  /** @param {import("./panel.js").Summary} summary */
  update(summary) {
    this.#build(summary);
    const [first] = this.channels.children;
    if (first?.matches("select")) put(first, "value", String(summary.channel));
    else [...this.channels.children].forEach((button, index) => press(button, index === summary.channel));
    LAYOUTS.forEach(({ name }, index) => {
      const button = this.layouts.children[index];
      put(button, "hidden", !summary.layouts.includes(name));
      press(button, name === summary.layout);
    });
    put(this.layouts, "hidden", summary.layouts.length < 2);
    put(this.layoutList, "hidden", summary.layouts.length < 2);
    put(this.layoutList, "value", summary.layout);
    put(this.maskControls, "hidden", !summary.hasMask);
    press(this.mask, summary.maskShown);
    put(this.style, "value", summary.maskStyle);
    put(this.opacity, "value", String(summary.opacity));
    put(this.presets, "value", summary.preset);
    press(this.smooth, summary.smooth);
    press(this.crosshair, summary.crosshair);
    for (const [name, button] of Object.entries(this.tools)) press(button, summary.tools.includes(name));
    const canBlend = summary.channels.length > 1;
    put(this.blendRow, "hidden", !canBlend);
    put(this.opacityRow, "hidden", !canBlend || summary.blend === null);
    put(this.blend, "value", summary.blend ?? NO_BLEND);
    put(this.blendOpacity, "value", String(summary.blendOpacity));
  }

  /** Parts that change with the case, not with the slice. */
  #build({ channels, presets, layouts }) {
    const shape = JSON.stringify([channels, presets, layouts]);
    if (shape === this.shape) return;
    this.shape = shape;
    this.channels.replaceChildren(...this.#channelControls(channels));
    const offered = LAYOUTS.filter(({ name }) => layouts.includes(name));
    this.layoutList.replaceChildren(...offered.map(({ name, title }) => make("option", { value: name, text: title })));
    this.presets.replaceChildren(
      ...presets.map(({ name, title }) => make("option", { value: name, text: title })),
      make("option", { value: "custom", text: "By hand", disabled: true, hidden: true }),
    );
    const over = [{ value: NO_BLEND, text: "nothing" }, ...channels.map((name) => ({ value: name, text: name }))];
    this.blend.replaceChildren(...over.map((option) => make("option", option)));
  }

  #channelControls(channels) {
    const { controls, command } = this;
    if (channels.length > MOST_BUTTONS) {
      const options = channels.map((name, index) => ({ value: String(index), text: name }));
      return [controls.select("Channel", "Show a channel (1 to 9)", (value) => command("channel", Number(value) + 1), ...options)];
    }
    return channels.map((name, index) => controls.button(name, `Show this channel (${index + 1})`, () => command("channel", index + 1)));
  }
}
