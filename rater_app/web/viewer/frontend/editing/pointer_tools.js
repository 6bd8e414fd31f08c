/** What the pointer does to a mask: brush, eraser, outline, fill, pick, island. One object a tool; the editor says with what label and size. */

import { elementAt, PLANES } from "../grid.js";
import { strokeVoxels } from "./brush.js";
import { floodFill } from "./fill.js";
import { island } from "./islands.js";
import { polygonVoxels } from "./polygon.js";

/** Canvas pixels within which a click closes an outline, times the pixel ratio. */
const CLOSING_PX = 9;
/** An outline drawn in one go is longer than this; shorter ones are single corners. */
const DRAWN_PX = 12;

/** Whole patient index of a hit, kept inside the volume. */
export function voxelOf(grid, hit) {
  return hit.index.map((value, axis) => Math.min(grid.dims[axis] - 1, Math.max(0, Math.round(value))));
}

/** Paints (or erases) while the pointer is down. */
export class Brush {
  /** @param {import("./editor.js").Editor} editor */
  constructor(editor, name) {
    this.editor = editor;
    this.name = name;
    this.at = null;
  }

  start(hit) {
    const { editor } = this;
    const stroke = editor.begin(this.name);
    const label = this.name === "eraser" ? 0 : editor.label;
    let last = hit.index;
    const paint = (to) => {
      const { grid } = editor.mask;
      const accept = editor.accept;
      strokeVoxels(grid, editor.ball ? null : hit.plane, last, to, editor.radiusMm, (element) => {
        if (accept === null || accept(element)) stroke.set(element, label);
      });
      last = to;
      stroke.show();
      editor.viewer.redraw();
    };
    paint(hit.index);
    return {
      move: (next) => {
        // Keys may turn the tile to another plane, and the stroke may have been ended.
        if (next.plane !== hit.plane || editor.stroke !== stroke) return;
        this.at = next;
        paint(next.index);
      },
      end: () => editor.end(stroke),
      cancel: () => editor.cancel(stroke),
    };
  }

  hover(hit) {
    this.at = hit;
    this.editor.viewer.redraw();
  }

  draw(ctx, tile) {
    if (this.at?.tile !== tile || !tile.placement) return;
    const radius = Math.max(1, this.editor.radiusMm * tile.placement.pxPerMm);
    ctx.beginPath();
    ctx.arc(...this.at.point, radius, 0, 2 * Math.PI);
    strokeLegibly(ctx, tile.ratio, this.name === "eraser" ? [4, 4] : []);
  }
}

/** A white line with a dark rim is seen over every tissue and every label. */
function strokeLegibly(ctx, ratio, dash) {
  ctx.strokeStyle = "rgba(0, 0, 0, 0.75)";
  ctx.lineWidth = 3.5 * ratio;
  ctx.stroke();
  ctx.strokeStyle = "#ffffff";
  ctx.lineWidth = 1.5 * ratio;
  ctx.setLineDash(dash.map((length) => length * ratio));
  ctx.stroke();
  ctx.setLineDash([]);
}

/** An outline, drawn in one go or corner by corner; what lies inside gets the label. */
export class Lasso {
  /** @param {import("./editor.js").Editor} editor */
  constructor(editor) {
    this.editor = editor;
    this.name = "lasso";
    this.abandon();
  }

  abandon() {
    this.points = [];
    this.place = null;
  }

  start(hit) {
    const slice = hit.index[PLANES[hit.plane].through];
    if (this.points.length === 0 || this.place?.plane !== hit.plane || this.place.slice !== slice) {
      this.abandon();
      this.place = { plane: hit.plane, slice };
    }
    const from = this.points.length;
    if (from >= 3 && isNear(hit, this.points[0])) {
      this.close();
      return null;
    }
    this.points.push(hit);
    const { points } = this;
    let length = 0;
    this.editor.viewer.redraw();
    return {
      move: (next) => {
        if (points !== this.points || next.plane !== hit.plane || next.index[PLANES[hit.plane].through] !== slice) return;
        const last = points.at(-1);
        length += Math.hypot(next.point[0] - last.point[0], next.point[1] - last.point[1]);
        points.push(next);
        this.editor.viewer.redraw();
      },
      end: () => {
        if (points !== this.points) return;
        if (length > DRAWN_PX * hit.tile.ratio) this.close();
        else points.length = from + 1;
      },
      cancel: () => this.abandon(),
    };
  }

  /** Escape leaves the tool, and the outline with it. */
  key(event) {
    if (event.key === "Escape") this.abandon();
    return false;
  }

  /** A corner at the crosshair, for readers without a mouse. */
  corner(hit) {
    this.start(hit)?.end();
  }

  close() {
    const { editor, place } = this;
    const corners = this.points.map(({ column, row }) => [column, row]);
    this.abandon();
    if (corners.length < 3) return;
    const inside = polygonVoxels(editor.mask.grid, place.plane, place.slice, corners);
    editor.change("lasso", editor.accept ? inside.filter(editor.accept) : inside, editor.label);
  }

  hover() {}

  draw(ctx, tile) {
    const { plane } = tile.content;
    if (this.points.length === 0 || this.place.plane !== plane || this.editor.viewer.stage.sliceOf(tile) !== this.place.slice) return;
    const { left, top, perColumn, perRow } = tile.placement;
    ctx.beginPath();
    for (const { column, row } of this.points) ctx.lineTo(left + column * perColumn, top + row * perRow);
    const { column, row } = this.points[0];
    ctx.rect(left + column * perColumn - 3 * tile.ratio, top + row * perRow - 3 * tile.ratio, 6 * tile.ratio, 6 * tile.ratio);
    strokeLegibly(ctx, tile.ratio, []);
  }
}

/** Whether a press is meant for a corner, wherever zoom and pan have brought that by now. */
function isNear({ column, row, tile: { placement, ratio } }, corner) {
  return Math.hypot((column - corner.column) * placement.perColumn, (row - corner.row) * placement.perRow) < CLOSING_PX * ratio;
}

/** A tool that acts where it is pressed, and is done. */
class Press {
  constructor(editor, name, act) {
    this.editor = editor;
    this.name = name;
    this.act = act;
  }

  start(hit) {
    if (hit.inside) this.act(voxelOf(this.editor.mask.grid, hit), hit.plane);
    return null;
  }

  hover() {}

  draw() {}
}

/**
 * Every pointer tool by its name.
 * @param {import("./editor.js").Editor} editor
 * @returns {Record<string, import("../pointer.js").PointerTool>}
 */
export function pointerToolsOf(editor) {
  const within = (plane) => (editor.ball ? null : plane);
  const fill = (index, plane) => {
    const elements = floodFill(editor.mask, index, within(plane), { accept: editor.accept ?? undefined, most: editor.mostFilled });
    if (elements === null) editor.say("This region is too large to fill. Draw a closed outline first, or fill the slice only.");
    else editor.change("fill", elements, editor.label);
  };
  const pick = (index) => {
    const { mask } = editor;
    const label = mask.data[elementAt(mask.grid, index)];
    if (label) editor.choose(label);
    else editor.say("There is no label here.");
  };
  const remove = (index, plane) => {
    const elements = island(editor.mask, index, within(plane));
    if (elements.length === 0) editor.say("There is no label here.");
    else editor.change("island", elements, 0);
  };
  const tools = {
    brush: new Brush(editor, "brush"),
    eraser: new Brush(editor, "eraser"),
    lasso: new Lasso(editor),
    fill: new Press(editor, "fill", fill),
    pick: new Press(editor, "pick", pick),
    island: new Press(editor, "island", remove),
  };
  for (const tool of Object.values(tools)) onlyWhereItMay(tool, editor);
  return tools;
}

/** A tool works on the mask that is corrected, where the reader sees it, and on one stroke at a time. */
function onlyWhereItMay(tool, editor) {
  const start = tool.start.bind(tool);
  tool.start = (hit) => {
    if (editor.isShut || editor.stroke) return null;
    const obstacle = obstacleOf(editor.viewer, hit, editor.range);
    if (obstacle === null) return start(hit);
    editor.say(obstacle);
    return null;
  };
}

function obstacleOf({ flicker, maskShown, image }, { tile }, range) {
  if (!maskShown) return "The mask is hidden. Show it first (M).";
  if ((tile.content.mask === "second") !== flicker) return "This is the mask as it came. Correct it where the corrected one is shown.";
  if (range.on && !image) return "The intensities of this channel are not here yet.";
  return null;
}
