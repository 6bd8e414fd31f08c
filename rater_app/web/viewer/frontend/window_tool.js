/** Window and level with the main button: for fingers and pens, which have no right one. */

/** @implements {import("./pointer.js").PointerTool} */
export class WindowTool {
  /** @param {import("./viewer.js").Viewer} viewer */
  constructor(viewer) {
    this.name = "window";
    this.viewer = viewer;
  }

  get active() {
    return this.viewer.pointerTool === this;
  }

  toggle() {
    this.viewer.pointerTool = this.active ? null : this;
  }

  start({ tile, point: [x, y] }) {
    const apply = this.viewer.gestures.startWindow(tile);
    const stay = () => {};
    return { move: ({ point }) => apply((point[0] - x) / tile.ratio, (point[1] - y) / tile.ratio), end: stay, cancel: stay };
  }

  hover() {}
}
