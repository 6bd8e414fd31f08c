/**
 * Measuring distances in a slice.
 *
 * A line lives in the voxel grid of the case: its ends are patient indices with fractions. Its length is taken along the
 * voxel axes with their true spacing, which is the distance in the patient as long as those axes stand at right angles; in an
 * oblique volume the planes are those of the voxels, and so is the length. Lines are kept for this case and stored nowhere.
 */

import { PLANES } from "./grid.js";
import { pointOf } from "./view.js";

/** @typedef {{plane: string, slice: number, from: number[], to: number[]}} Line ends are [across, down] patient indices */

const COLOR = "#ffd84d";
const PENDING = "rgba(255, 216, 77, 0.7)";
const RIM = "rgba(0, 0, 0, 0.85)";
/** CSS pixels: how near an end the pointer takes it, and what is too short to be meant as a line. */
const NEAR_PX = 9;
const LEAST_PX = 4;
const END_PX = 5;

/** Length of a line in millimetres. */
export function lengthMm(grid, { plane, from, to }) {
  const { across, down } = PLANES[plane];
  return Math.hypot((to[0] - from[0]) * grid.spacingMm[across], (to[1] - from[1]) * grid.spacingMm[down]);
}

/** A length as it is written beside its line. */
export const describeLength = (mm) => `${mm.toFixed(1)} mm`;

/** The lines of one case, and the end that a keyboard reader has set. */
export class Lines {
  constructor() {
    /** @type {Line[]} */
    this.all = [];
    /** @type {{plane: string, slice: number, from: number[]}|null} */
    this.pending = null;
  }

  /** Lines on one slice. */
  on(plane, slice) {
    return this.all.filter((line) => line.plane === plane && line.slice === slice);
  }

  /** Take away the line drawn last. @returns {boolean} whether there was one */
  removeLast() {
    return this.all.pop() !== undefined;
  }

  /**
   * Set an end at a voxel: the first one, or the second one on the same slice.
   * @returns {Line|null} the line that is complete now
   */
  setEnd(plane, slice, end) {
    const { pending } = this;
    if (pending?.plane === plane && pending.slice === slice) {
      this.pending = null;
      if (pending.from.every((value, i) => value === end[i])) return null;
      const line = { ...pending, to: end };
      this.all.push(line);
      return line;
    }
    this.pending = { plane, slice, from: end };
    return null;
  }
}

/** The distance tool of a viewer: a tool for the pointer, its keys, and the drawing. @implements {import("./pointer.js").PointerTool} */
export class DistanceTool {
  /**
   * @param {import("./viewer.js").Viewer} viewer
   * @param {(text: string) => void} say to screen readers
   */
  constructor(viewer, say) {
    this.name = "distance";
    this.viewer = viewer;
    this.say = say;
    this.reading = null;
    this.lines = new Lines();
    /** End under the pointer. @type {{line: Line, end: "from"|"to"}|null} */
    this.grip = null;
    /** @type {import("./stage.js").Overlay} */
    this.overlay = (ctx, tile) => this.#draw(ctx, tile);
  }

  /** Lines belong to one case. */
  begin(reading) {
    if (reading === this.reading) return;
    this.reading = reading;
    this.lines = new Lines();
    this.grip = null;
  }

  get active() {
    return this.viewer.pointerTool === this;
  }

  toggle() {
    this.lines.pending = null;
    this.grip = null;
    this.viewer.pointerTool = this.active ? null : this;
    this.say(this.active ? "Distance tool on. Drag, or press Enter at both ends." : "Distance tool off.");
  }

  start(hit) {
    const { grid } = this.viewer.volumes;
    const grip = this.#gripAt(hit);
    const line = grip?.line ?? { plane: hit.plane, slice: this.#sliceOf(hit.plane), from: endOf(grid, hit), to: endOf(grid, hit) };
    const end = grip?.end ?? "to";
    const before = line[end];
    if (!grip) this.lines.all.push(line);
    let last = hit;
    const take = () => {
      if (grip) line[end] = before;
      else this.#forget(line);
      this.viewer.redraw();
    };
    return {
      move: (next) => {
        last = next;
        line[end] = endOf(grid, next);
        this.viewer.redraw();
      },
      end: () => {
        const short = !grip && Math.hypot(last.point[0] - hit.point[0], last.point[1] - hit.point[1]) < LEAST_PX * hit.tile.ratio;
        if (short) take();
        else this.#done(line, !grip);
      },
      cancel: take,
    };
  }

  hover(hit) {
    const grip = hit && this.#gripAt(hit);
    if (grip?.line === this.grip?.line && grip?.end === this.grip?.end) return;
    this.grip = grip;
    this.viewer.redraw();
  }

  /**
   * Keys while the tool is chosen.
   * @param {KeyboardEvent} event
   * @returns {boolean} whether the key was for the tool
   */
  key(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return false;
    if (event.key === "Enter") this.#setEnd();
    else if (event.key === "Delete" || event.key === "Backspace") this.#removeLast();
    else if (event.key === "Escape") this.#leave();
    else return false;
    this.viewer.redraw();
    return true;
  }

  #setEnd() {
    const { viewer } = this;
    if (!viewer.volumes.grid) return;
    const { across, down } = PLANES[viewer.plane];
    const line = this.lines.setEnd(viewer.plane, this.#sliceOf(viewer.plane), [viewer.position[across], viewer.position[down]]);
    if (line) this.#done(line, true);
    else this.say(this.lines.pending ? "First end set. Move the crosshair and press Enter." : "No distance: both ends are the same.");
  }

  #removeLast() {
    this.grip = null;
    this.say(this.lines.removeLast() ? "Last line removed." : "There is no line.");
  }

  #leave() {
    if (this.lines.pending) this.lines.pending = null;
    else this.toggle();
  }

  #forget(line) {
    this.lines.all = this.lines.all.filter((other) => other !== line);
  }

  #done(line, isNew) {
    this.say(`Distance ${describeLength(lengthMm(this.viewer.volumes.grid, line))}`);
    if (isNew) this.viewer.notice("measurement");
    this.viewer.redraw();
  }

  #sliceOf(plane) {
    return this.viewer.position[PLANES[plane].through];
  }

  #gripAt({ tile, plane, point }) {
    let nearest = NEAR_PX * tile.ratio;
    let found = null;
    for (const line of this.lines.on(plane, this.#sliceOf(plane))) {
      for (const end of ["from", "to"]) {
        const [x, y] = this.#pointOf(tile, line[end]);
        const distance = Math.hypot(point[0] - x, point[1] - y);
        if (distance >= nearest) continue;
        nearest = distance;
        found = { line, end };
      }
    }
    return found;
  }

  /** Canvas point of an end. */
  #pointOf(tile, [across, down]) {
    const { dims } = this.viewer.volumes.grid;
    const plane = PLANES[tile.content.plane];
    return pointOf(tile.placement, dims[plane.across] - 0.5 - across, dims[plane.down] - 0.5 - down);
  }

  #draw(ctx, tile) {
    const { plane } = tile.content;
    const { grid } = this.viewer.volumes;
    const slice = this.#sliceOf(plane);
    for (const line of this.lines.on(plane, slice)) this.#drawLine(ctx, tile, line, COLOR, describeLength(lengthMm(grid, line)));
    const { pending } = this.lines;
    if (!pending || !this.active || pending.plane !== plane || pending.slice !== slice) return;
    const { across, down } = PLANES[plane];
    const line = { ...pending, to: [this.viewer.position[across], this.viewer.position[down]] };
    this.#drawLine(ctx, tile, line, PENDING, describeLength(lengthMm(grid, line)));
  }

  #drawLine(ctx, tile, line, color, text) {
    const { ratio } = tile;
    const ends = [this.#pointOf(tile, line.from), this.#pointOf(tile, line.to)];
    ctx.lineCap = "round";
    // First a dark rim, then the line: legible over bright and dark tissue.
    for (const [style, width] of [[RIM, 4], [color, 1.75]]) {
      ctx.strokeStyle = style;
      ctx.lineWidth = width * ratio;
      ctx.beginPath();
      ctx.moveTo(...ends[0]);
      ctx.lineTo(...ends[1]);
      traceEnds(ctx, ends, END_PX * ratio);
      ctx.stroke();
    }
    ends.forEach(([x, y], i) => {
      if (!this.active || this.grip?.line !== line || this.grip.end !== ["from", "to"][i]) return;
      ctx.beginPath();
      ctx.arc(x, y, NEAR_PX * ratio, 0, 2 * Math.PI);
      ctx.stroke();
    });
    writeLength(ctx, text, ends, tile, color);
  }
}

/** End of a line under the pointer, kept inside the volume. */
function endOf(grid, hit) {
  const { across, down } = PLANES[hit.plane];
  return [across, down].map((axis) => Math.min(grid.dims[axis] - 0.5, Math.max(-0.5, hit.index[axis])));
}

/** Short strokes across both ends of a line. */
function traceEnds(ctx, [[x0, y0], [x1, y1]], half) {
  const length = Math.hypot(x1 - x0, y1 - y0) || 1;
  const [dx, dy] = [(-(y1 - y0) / length) * half, ((x1 - x0) / length) * half];
  for (const [x, y] of [[x0, y0], [x1, y1]]) {
    ctx.moveTo(x - dx, y - dy);
    ctx.lineTo(x + dx, y + dy);
  }
}

/** The length, beside the lower end and kept on the tile. */
function writeLength(ctx, text, ends, { ratio, size }, color) {
  const [x, y] = ends[0][1] > ends[1][1] ? ends[0] : ends[1];
  ctx.font = `600 ${Math.round(13 * ratio)}px system-ui, sans-serif`;
  ctx.textAlign = "left";
  ctx.textBaseline = "top";
  ctx.lineJoin = "round";
  ctx.lineWidth = 4 * ratio;
  const margin = 10 * ratio;
  const wide = ctx.measureText(text).width;
  const left = Math.max(margin, Math.min(size[0] - wide - 2 * margin, x + margin));
  const top = Math.max(margin, Math.min(size[1] - 3 * margin, y + margin / 2));
  ctx.strokeStyle = RIM;
  ctx.strokeText(text, left, top);
  ctx.fillStyle = color;
  ctx.fillText(text, left, top);
}
