/**
 * Hatches that tell labels apart without their colours, for readers who do not see all colours. They are drawn in canvas pixels,
 * so they stay the same at any zoom.
 */

/** CSS pixels of a repeat, of a line, and of the dark rim that keeps a line legible over bright tissue. */
const REPEAT = 9;
const LINE = 1.6;
const RIM = 1.4;
const RIM_COLOR = "rgba(0, 0, 0, 0.6)";

/** Lines from edge to edge, in repeats; a diagonal is drawn thrice, so that its corners join with the next repeat. */
const DIAGONAL = [[0, 1, 1, 0], [-1, 1, 1, -1], [0, 2, 2, 0]];
const COUNTER = DIAGONAL.map(([x1, y1, x2, y2]) => [x1, 1 - y1, x2, 1 - y2]);
const ACROSS = [[0, 0.5, 1, 0.5]];
const DOWN = [[0.5, 0, 0.5, 1]];

/** One for each label, in their order; from the ninth on they come again, with other colours. */
export const PATTERNS = [
  { name: "diagonal", lines: DIAGONAL },
  { name: "counter-diagonal", lines: COUNTER },
  { name: "dots", dot: 0.24 },
  { name: "horizontal", lines: ACROSS },
  { name: "vertical", lines: DOWN },
  { name: "cross", lines: [...DIAGONAL, ...COUNTER] },
  { name: "grid", lines: [...ACROSS, ...DOWN] },
  { name: "rings", ring: 0.3 },
];

/** The pattern of the label in a place of the list of labels. */
export const patternAt = (place) => PATTERNS[place % PATTERNS.length];

function trace(ctx, { lines = [], dot, ring }, size) {
  ctx.beginPath();
  for (const [x1, y1, x2, y2] of lines) {
    ctx.moveTo(x1 * size, y1 * size);
    ctx.lineTo(x2 * size, y2 * size);
  }
  if (dot ?? ring) ctx.arc(size / 2, size / 2, (dot ?? ring) * size, 0, 2 * Math.PI);
}

/** Draw one repeat of a pattern at the origin. */
function drawRepeat(ctx, pattern, color, size, ratio) {
  const strokes = [[RIM_COLOR, (LINE + RIM) * ratio], [color, LINE * ratio]];
  for (const [stroke, width] of strokes) {
    ctx.strokeStyle = stroke;
    ctx.fillStyle = stroke;
    ctx.lineWidth = width;
    trace(ctx, pattern, size);
    ctx.stroke();
    if (pattern.dot) ctx.fill();
  }
}

/** Fill a canvas with a pattern: the swatch of the legend. */
export function drawSwatch(canvas, place, color, ratio) {
  const ctx = canvas.getContext("2d");
  const size = Math.round(REPEAT * ratio);
  ctx.clearRect(0, 0, canvas.width, canvas.height);
  for (let x = 0; x < canvas.width; x += size) {
    for (let y = 0; y < canvas.height; y += size) {
      ctx.setTransform(1, 0, 0, 1, x, y);
      drawRepeat(ctx, patternAt(place), color, size, ratio);
    }
  }
  ctx.setTransform(1, 0, 0, 1, 0, 0);
}

/** Patterns as fill styles; each is made once. */
export class Hatching {
  constructor() {
    this.styles = new Map();
  }

  /** @returns {CanvasPattern} */
  styleOf(ctx, place, color, ratio) {
    const key = `${place % PATTERNS.length} ${color} ${ratio}`;
    if (!this.styles.has(key)) {
      const size = Math.round(REPEAT * ratio);
      const repeat = ctx.canvas.ownerDocument.createElement("canvas");
      repeat.width = size;
      repeat.height = size;
      drawRepeat(repeat.getContext("2d"), patternAt(place), color, size, ratio);
      this.styles.set(key, ctx.createPattern(repeat, "repeat"));
    }
    return this.styles.get(key);
  }
}

/** Numbers per run in the lists of `labelRuns`: column, row, length. */
export const AREA_RUN = 3;

/**
 * Stretches of voxels of one label in a row.
 * @param {Uint16Array} labels of a slice, row by row
 * @param {number} width
 * @param {import("./slices.js").Box} box where the labels lie
 * @returns {Map<number, number[]>} label -> column, row, length, column, ...
 */
export function labelRuns(labels, width, box) {
  const runs = new Map();
  for (let row = box.top; row <= box.bottom; row++) {
    let column = box.left;
    while (column <= box.right) {
      const label = labels[row * width + column];
      const from = column;
      while (column <= box.right && labels[row * width + column] === label) column++;
      if (label === 0) continue;
      if (!runs.has(label)) runs.set(label, []);
      runs.get(label).push(from, row, column - from);
    }
  }
  return runs;
}

/**
 * Hatch the labels of a slice.
 * @param {CanvasRenderingContext2D} ctx
 * @param {Map<number, number[]>} runs as `labelRuns` gives them
 * @param {import("./masks.js").Looks} looks
 * @param {import("./view.js").Placement} placement
 * @param {{hatching: Hatching, ratio: number, alpha: number}} style
 */
export function drawHatches(ctx, runs, looks, { left, top, perColumn, perRow }, { hatching, ratio, alpha }) {
  ctx.globalAlpha = alpha;
  for (const [label, list] of runs) {
    const color = looks.colorOf(label);
    if (color === undefined) continue;
    ctx.fillStyle = hatching.styleOf(ctx, looks.patternOf(label), color, ratio);
    for (let run = 0; run < list.length; run += AREA_RUN) {
      const x = Math.round(left + list[run] * perColumn);
      const y = Math.round(top + list[run + 1] * perRow);
      ctx.fillRect(x, y, Math.round(left + (list[run] + list[run + 2]) * perColumn) - x, Math.round(top + (list[run + 1] + 1) * perRow) - y);
    }
  }
  ctx.globalAlpha = 1;
}
