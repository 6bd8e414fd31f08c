/** The 3D tile: the mask as a body that can be turned, or three projections of it where the computer cannot draw that. */

import { contentsOf } from "../contents.js";
import { make } from "../elements.js";
import { graphicsOfThisComputer, loadBundle, NoBundle } from "./graphics.js";
import { openNiivue } from "./niivue.js";
import { drawProjections } from "./projection_canvas.js";
import { ANYWAY, describeMask, EMPTY, INSTEAD, LOADING } from "./sentences.js";
import { attachTurning, FIRST_VIEW, SIDES } from "./turning.js";

const MOST_PIXEL_RATIO = 2;
/** A processor draws each pixel in turn: coarse pixels are the price of a body that can be turned at all. */
const SOFTWARE_PIXEL_RATIO = 0.6;

/**
 * What the tile shows.
 * @typedef {object} Scene
 * @property {import("../nifti.js").Volume} volume the mask; only read
 * @property {{table: Uint32Array, colorOf: (label: number) => string}} colors
 * @property {(label: number) => boolean} isVisible
 * @property {(label: number) => string} nameOf
 */

export class Tile3D {
  /**
   * @param {HTMLElement} parent
   * @param {{importUrl?: string|URL}} [options] address of the folder that the package build wrote, with a slash at its end
   */
  constructor(parent, { importUrl = new URL("../built/", import.meta.url) } = {}) {
    this.importUrl = importUrl;
    /** @type {"closed"|"loading"|"webgl"|"projections"|"failed"} "failed" shows projections too */
    this.state = "closed";
    /** @type {Scene|null} */
    this.scene = null;
    this.view = FIRST_VIEW;
    /** Rises whenever the tile starts or stops: what was begun for an earlier turn is thrown away. */
    this.turn = 0;
    this.frame = null;
    this.engine = null;
    this.#build();
    parent.append(this.element);
    this.resizes = new ResizeObserver(() => this.#resized());
    this.resizes.observe(this.place);
  }

  #build() {
    this.sentence = make("p", { class: "sentence", role: "status" });
    this.anyway = make("button", { type: "button", text: ANYWAY, hidden: true, onclick: () => this.#open3d() });
    this.place = make("div", { class: "place" });
    const side = ({ title, azimuth, elevation }) =>
      make("button", { type: "button", text: title, onclick: () => this.turnTo({ ...this.view, azimuth, elevation }) });
    this.sides = make("div", { class: "sides", role: "group", "aria-label": "Look from", hidden: true }, ...SIDES.map(side));
    this.element = make(
      "div",
      { class: "tile3d", role: "group", "aria-label": "Mask in 3D", hidden: true },
      make("link", { rel: "stylesheet", href: new URL("tile3d.css", import.meta.url).href }),
      make("div", { class: "notice" }, this.sentence, this.anyway),
      this.place,
      this.sides,
    );
  }

  /**
   * Show a mask, or another state of it: call it again when voxels, colours or the visible labels have changed.
   * @param {import("../nifti.js").Volume} volume
   * @param {{table: Uint32Array, colorOf: (label: number) => string}} colors
   * @param {Iterable<number>|null} [visibleLabels] null shows all
   * @param {(label: number) => string} [nameOf]
   * @returns {Promise<void>} settles when it is drawn
   */
  async show(volume, colors, visibleLabels = null, nameOf = (label) => `label ${label}`) {
    const visible = visibleLabels && new Set(visibleLabels);
    this.scene = { volume, colors, isVisible: (label) => !visible || visible.has(label), nameOf };
    this.element.hidden = false;
    if (this.state === "closed") await this.#start();
    else if (this.state === "webgl") await this.#refreshEngine();
    else if (this.state !== "loading") this.#drawProjections();
    this.#describe();
  }

  /** Show nothing and free everything; `show` starts anew. */
  hide() {
    this.turn++;
    this.#clear();
    this.state = "closed";
    this.scene = null;
    this.element.hidden = true;
  }

  destroy() {
    this.hide();
    this.resizes.disconnect();
    this.element.remove();
  }

  /** @param {import("./turning.js").View} view */
  turnTo(view) {
    this.view = view;
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.engine?.turnTo(this.view);
    });
  }

  async #start() {
    const graphics = graphicsOfThisComputer();
    if (graphics === "hardware") await this.#open3d();
    else this.#project("projections", graphics);
  }

  async #open3d() {
    this.#clear();
    const turn = ++this.turn;
    this.state = "loading";
    this.#say(LOADING);
    const canvas = this.#canvas();
    let engine = null;
    try {
      const library = await loadBundle(this.importUrl);
      if (turn !== this.turn) return;
      engine = await openNiivue(library, canvas, () => turn === this.turn && this.#project("failed", "broken"));
      if (turn === this.turn) await this.#attach(engine, canvas);
    } catch (problem) {
      if (turn === this.turn) this.#project(...(problem instanceof NoBundle ? ["projections", "bundle"] : ["failed", "broken"]));
    }
    if (turn !== this.turn) engine?.close();
  }

  async #attach(engine, canvas) {
    this.engine = engine;
    this.drawn = null;
    this.state = "webgl";
    this.#size();
    engine.turnTo(this.view);
    await this.#refreshEngine();
    if (this.engine !== engine) return;
    this.sides.hidden = false;
    canvas.tabIndex = 0;
    attachTurning(canvas, () => this.view, (view) => this.turnTo(view));
  }

  /** Hand the engine what has changed. Voxels count as changed with the mask's contents. */
  async #refreshEngine() {
    const { engine } = this;
    const { volume, colors, isVisible } = this.scene;
    const contents = contentsOf(volume);
    engine.setLooks({ colorOf: colors.colorOf, isVisible });
    if (this.drawn?.volume !== volume || this.drawn.version !== contents.version) {
      this.drawn = { volume, version: contents.version };
      await engine.update(volume);
    }
    if (this.engine === engine) this.#say(contents.total === 0 ? EMPTY : "");
  }

  #project(state, reason) {
    this.#clear();
    this.turn++;
    this.state = state;
    this.#say(INSTEAD[reason]);
    this.anyway.hidden = reason !== "software";
    this.#canvas();
    this.#size();
    this.#drawProjections();
    this.#describe();
  }

  #drawProjections() {
    const { volume, colors, isVisible } = this.scene;
    drawProjections(this.canvas, this.ratio, volume, { table: colors.table, isVisible });
  }

  /** A canvas of its own for each turn: one that lost its context draws no more. */
  #canvas() {
    this.canvas = make("canvas", { role: "img" });
    this.place.replaceChildren(this.canvas);
    return this.canvas;
  }

  #clear() {
    cancelAnimationFrame(this.frame);
    this.frame = null;
    const { engine } = this;
    this.engine = null;
    engine?.close();
    this.canvas = null;
    this.place.replaceChildren();
    this.sides.hidden = true;
    this.anyway.hidden = true;
  }

  #say(sentence) {
    this.sentence.textContent = sentence;
    this.sentence.hidden = sentence === "";
  }

  #describe() {
    if (!this.scene || !this.canvas) return;
    const { volume, isVisible, nameOf } = this.scene;
    const turning = this.state === "webgl" ? " Arrow keys turn it, plus and minus zoom." : "";
    this.canvas.setAttribute("aria-label", describeMask(volume, isVisible, nameOf) + turning);
  }

  #size() {
    const finest = this.engine && graphicsOfThisComputer() === "software" ? SOFTWARE_PIXEL_RATIO : MOST_PIXEL_RATIO;
    this.ratio = Math.min(finest, globalThis.devicePixelRatio || 1);
    const [width, height] = [this.place.clientWidth, this.place.clientHeight].map((n) => Math.max(1, Math.round(n * this.ratio)));
    if (this.canvas.width === width && this.canvas.height === height) return false;
    Object.assign(this.canvas, { width, height });
    return true;
  }

  #resized() {
    if (!this.scene || !this.canvas || this.state === "loading") return;
    if (!this.#size()) return;
    if (this.engine) this.engine.resize();
    else this.#drawProjections();
  }
}
