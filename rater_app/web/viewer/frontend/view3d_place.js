/** The place of the 3D view on the stage. Its code is fetched when it is first asked for. */

import { make } from "./elements.js";

/** A mask that is being painted changes with every frame: the 3D view follows when the brush rests. */
const REST_MS = 400;
const FAILED = "The 3D view could not be loaded. Everything else works without it.";

export class View3DPlace {
  /**
   * @param {HTMLElement} stage
   * @param {() => Promise<{Tile3D: Function}>} [load]
   */
  constructor(stage, load = () => import("./view3d/tile3d.js")) {
    this.load = load;
    this.element = make("div", { class: "view3d", hidden: true });
    this.tile = null;
    this.shown = [];
    this.timer = null;
    stage.append(this.element);
  }

  /** Follow what the viewer shows; called after each drawing. */
  update(viewer) {
    const isWanted = viewer.shownLayout === "3d";
    if (isWanted === this.element.hidden) this.element.hidden = !isWanted;
    const mask = viewer.flicker ? viewer.volumes.secondMask : viewer.volumes.mask;
    if (!isWanted || !mask) {
      this.#rest();
      return;
    }
    const scene = [mask, mask.version ?? 0, viewer.colors];
    if (scene.every((part, index) => part === this.shown[index])) return;
    const onlyVoxels = mask === this.shown[0] && viewer.colors === this.shown[2];
    this.shown = scene;
    clearTimeout(this.timer);
    if (onlyVoxels) this.timer = setTimeout(() => this.#show(viewer, mask), REST_MS);
    else this.#show(viewer, mask);
  }

  async #show(viewer, mask) {
    const { labels, colors } = viewer;
    const { shown } = this;
    try {
      this.tile ??= this.load().then(({ Tile3D }) => new Tile3D(this.element));
      const tile = await this.tile;
      // Another layout, mask or case was chosen while the code came.
      if (shown !== this.shown) return;
      const visible = labels.map(({ value }) => value).filter(colors.isVisible);
      await tile.show(mask, colors, visible, (label) => labels.find(({ value }) => value === label)?.name ?? `label ${label}`);
    } catch {
      this.tile = null;
      this.element.replaceChildren(make("p", { text: FAILED }));
    }
  }

  /** Free what the 3D view holds: it is asked for anew when it is wanted again. */
  #rest() {
    clearTimeout(this.timer);
    if (this.shown.length === 0) return;
    this.shown = [];
    this.tile?.then((tile) => tile.hide());
  }

  destroy() {
    clearTimeout(this.timer);
    this.shown = [];
    this.tile?.then((tile) => tile.destroy());
  }
}
