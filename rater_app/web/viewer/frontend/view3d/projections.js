/**
 * Projections of a mask: what an eye far away sees of it from the front, from the left and from below. Pure arithmetic.
 *
 * Each view has the screen directions and letters of one plane of the viewer, so the patient's right is on the left in the
 * views from the front and from below (radiological display). The side that is looked from follows from that: with the right on
 * the left and anterior up one looks at a patient from the feet, with anterior on the left at the patient's left side. Any other side
 * would be a mirror image.
 */

import { contentsOf, storedAxes } from "../contents.js";
import { elementAt, PLANES } from "../grid.js";
import { labelledBox } from "./block.js";

/**
 * @typedef {object} Direction
 * @property {string} title
 * @property {import("../grid.js").Plane} plane
 * @property {boolean} nearIsHigh whether the eye is at the high end of the plane's `through` axis
 */

/** @type {Record<string, Direction>} */
export const DIRECTIONS = {
  anterior: { title: "Front", plane: PLANES.coronal, nearIsHigh: true },
  left: { title: "Left", plane: PLANES.sagittal, nearIsHigh: false },
  inferior: { title: "Below", plane: PLANES.axial, nearIsHigh: false },
};

/**
 * The labelled part of a mask as seen from one side; a pixel is a voxel on screen.
 * @typedef {object} Projection
 * @property {number} width
 * @property {number} height
 * @property {number} left first column and row within the whole plane
 * @property {number} top
 * @property {Uint16Array} label nearest visible label along the ray, 0 for none; row by row
 * @property {Float32Array} depth mm from the nearest labelled slice to that voxel; Infinity for none
 * @property {number[]} spacingMm of a column and a row
 */

/**
 * @param {import("../nifti.js").Volume} mask
 * @param {string} direction name in DIRECTIONS
 * @param {(label: number) => boolean} [isVisible]
 * @returns {Projection|null} null for an empty mask
 */
export function projectMask(mask, direction, isVisible = () => true) {
  const { plane, nearIsHigh } = DIRECTIONS[direction];
  const { across, down, through } = plane;
  const { data, grid } = mask;
  const box = labelledBox(mask);
  if (!box) return null;
  const [low, high] = [0, 1].map((end) => box.map((ends) => ends[end]));
  const size = box.map(([first, last]) => last - first + 1);
  const [width, height] = [size[across], size[down]];
  const label = new Uint16Array(width * height);
  const steps = new Int32Array(width * height).fill(size[through]);
  const visible = new Uint8Array(65536);
  for (const value of contentsOf(mask).labels) visible[value] = isVisible(value) ? 1 : 0;

  // Screen columns and rows run against their axes, so the low end of both is the last pixel.
  const pixelStep = [0, 0, 0];
  pixelStep[across] = -1;
  pixelStep[down] = -width;
  const depthStep = [0, 0, 0];
  depthStep[through] = nearIsHigh ? -1 : 1;
  // Memory is walked as it lies: along the fastest stored axis within the rows of the slower ones.
  const [fast, middle, slow] = storedAxes(grid);
  const [elementFast, pixelFast, depthFast, countFast] = [grid.strides[fast], pixelStep[fast], depthStep[fast], size[fast]];
  const first = elementAt(grid, low);
  const lastPixel = width * height - 1;
  const firstDepth = nearIsHigh ? size[through] - 1 : 0;
  for (let s = 0; s < size[slow]; s++) {
    for (let m = 0; m < size[middle]; m++) {
      let element = first + s * grid.strides[slow] + m * grid.strides[middle];
      let pixel = lastPixel + s * pixelStep[slow] + m * pixelStep[middle];
      let depth = firstDepth + s * depthStep[slow] + m * depthStep[middle];
      for (let f = 0; f < countFast; f++) {
        const value = data[element];
        if (value !== 0 && depth < steps[pixel] && visible[value] === 1) {
          steps[pixel] = depth;
          label[pixel] = value;
        }
        element += elementFast;
        pixel += pixelFast;
        depth += depthFast;
      }
    }
  }
  const depth = Float32Array.from(steps, (n) => (n === size[through] ? Infinity : n * grid.spacingMm[through]));
  return {
    width,
    height,
    left: grid.dims[across] - 1 - high[across],
    top: grid.dims[down] - 1 - high[down],
    label,
    depth,
    spacingMm: [grid.spacingMm[across], grid.spacingMm[down]],
  };
}

const FARTHEST_LIGHT = 0.5;
const STEEPEST = 2;
/** Towards the light: from the upper left, behind the eye. */
const LIGHT = [-0.4, -0.5, 0.77];
/** So bright is a surface that faces the eye. */
const FACING = LIGHT[2];

/**
 * Pixels of a projection: the label's colour, darker with depth and where the surface turns away from the light.
 * @param {Projection} projection
 * @param {Uint32Array} table pixel of each label
 * @param {Uint32Array} pixels width * height
 */
export function paintProjection({ width, height, label, depth, spacingMm }, table, pixels) {
  const deepest = depth.reduce((most, mm) => (mm < Infinity && mm > most ? mm : most), 1e-6);
  const at = (column, row, fallback) => {
    if (column < 0 || row < 0 || column >= width || row >= height) return fallback;
    const mm = depth[row * width + column];
    return mm === Infinity ? fallback : mm;
  };
  const slope = (before, after, mm) => Math.max(-STEEPEST, Math.min(STEEPEST, (after - before) / (2 * mm)));
  for (let row = 0, pixel = 0; row < height; row++) {
    for (let column = 0; column < width; column++, pixel++) {
      const color = table[label[pixel]];
      if (label[pixel] === 0) {
        pixels[pixel] = 0;
        continue;
      }
      const mm = depth[pixel];
      const right = slope(at(column - 1, row, mm), at(column + 1, row, mm), spacingMm[0]);
      const down = slope(at(column, row - 1, mm), at(column, row + 1, mm), spacingMm[1]);
      const facing = (right * LIGHT[0] + down * LIGHT[1] + LIGHT[2]) / Math.hypot(right, down, 1);
      const light = (1 - (1 - FARTHEST_LIGHT) * (mm / deepest)) * (0.3 + 0.7 * Math.max(0, facing / FACING));
      pixels[pixel] = shade(color, Math.min(1, light));
    }
  }
}

function shade(color, light) {
  const part = (shift) => Math.round(((color >>> shift) & 255) * light) << shift;
  return ((color & 0xff000000) | part(16) | part(8) | part(0)) >>> 0;
}
