import assert from "node:assert/strict";
import { test } from "node:test";

import { makeGrid } from "../grid.js";
import { describeLength, DistanceTool, lengthMm, Lines } from "../measure.js";

// Stored as LPS with spacings of 1.5, 0.5 and 3 mm.
const grid = makeGrid([40, 60, 20], [[-1.5, 0, 0, 0], [0, -0.5, 0, 0], [0, 0, 3, 0]]);

test("lengths are taken with the true spacing of both axes", () => {
  assert.equal(lengthMm(grid, { plane: "axial", from: [2, 3], to: [4, 11] }), 5);
  assert.equal(lengthMm(grid, { plane: "coronal", from: [0, 0], to: [8, 3] }), 15);
  assert.equal(lengthMm(grid, { plane: "sagittal", from: [0, 5], to: [0, 5.5] }), 1.5);
  assert.equal(describeLength(39.96), "40.0 mm");
});

test("in an oblique volume the length along the voxel axes is the distance in the patient", () => {
  const [cosine, sine] = [Math.cos(0.4), Math.sin(0.4)];
  const turned = makeGrid([40, 60, 20], [[cosine * 2, -sine, 0, 0], [sine * 2, cosine, 0, 0], [0, 0, 1, 0]]);
  const [from, to] = [[3, 4], [13, 28]];
  const mm = ([x, y]) => turned.affine.map(([a, b]) => a * x + b * y);
  const [a, b] = [mm(from), mm(to)];
  assert.ok(Math.abs(lengthMm(turned, { plane: "axial", from, to }) - Math.hypot(a[0] - b[0], a[1] - b[1])) < 1e-9);
});

test("ends set by the keyboard make a line on one slice only", () => {
  const lines = new Lines();
  assert.equal(lines.setEnd("axial", 3, [1, 2]), null);
  assert.equal(lines.setEnd("axial", 4, [5, 6]), null, "another slice: begins anew");
  assert.deepEqual(lines.setEnd("axial", 4, [5, 9]), { plane: "axial", slice: 4, from: [5, 6], to: [5, 9] });
  assert.equal(lines.pending, null);
  lines.setEnd("axial", 4, [7, 7]);
  assert.equal(lines.setEnd("axial", 4, [7, 7]), null, "a point is no line");
  assert.equal(lines.all.length, 1);
});

/** A tool over an axial tile of 10 canvas pixels a voxel column and row, and what it said. */
function toolOver() {
  const said = [];
  const noticed = [];
  const viewer = {
    volumes: { grid },
    position: [10, 20, 5],
    plane: "axial",
    pointerTool: null,
    redraw: () => {},
    notice: (name) => noticed.push(name),
  };
  const tool = new DistanceTool(viewer, (text) => said.push(text));
  const tile = { content: { plane: "axial" }, ratio: 1, size: [400, 600], placement: { left: 0, top: 0, perColumn: 10, perRow: 10 } };
  const hit = (x, y) => ({ tile, plane: "axial", point: [x, y], index: [39.5 - x / 10, 59.5 - y / 10, viewer.position[2]] });
  tool.begin("K7QF");
  tool.toggle();
  const drag = (from, ...to) => {
    const stroke = tool.start(hit(...from));
    for (const point of to) stroke.move(hit(...point));
    return stroke;
  };
  const press = (key, more = {}) => tool.key({ key, ...more });
  return { tool, viewer, said, noticed, hit, drag, press };
}

test("a drag makes a line and says its length", () => {
  const { tool, said, noticed, drag } = toolOver();
  drag([100, 100], [150, 100], [300, 100]).end();
  const [line] = tool.lines.on("axial", 5);
  assert.equal(lengthMm(grid, line), 30);
  assert.equal(said.at(-1), "Distance 30.0 mm");
  assert.deepEqual(noticed, ["measurement"]);
  assert.deepEqual(tool.lines.on("axial", 6), []);
  assert.deepEqual(tool.lines.on("coronal", 5), []);
});

test("a click, or a drag that is taken back, leaves no line", () => {
  const { tool, noticed, drag } = toolOver();
  drag([100, 100], [102, 101]).end();
  drag([100, 100], [300, 100]).cancel();
  assert.deepEqual(tool.lines.all, []);
  assert.deepEqual(noticed, []);
});

test("an end near the pointer is moved, and stays where it was when the drag is taken back", () => {
  const { tool, noticed, drag, hit } = toolOver();
  drag([100, 100], [300, 100]).end();
  tool.hover(hit(296, 104));
  assert.equal(tool.grip.end, "to");
  drag([303, 100], [200, 100]).end();
  assert.equal(lengthMm(grid, tool.lines.all[0]), 15);
  drag([100, 100], [150, 100]).cancel();
  assert.equal(lengthMm(grid, tool.lines.all[0]), 15);
  assert.equal(tool.lines.all.length, 1);
  assert.equal(noticed.length, 1, "moving an end is no new measurement");
  tool.hover(null);
  assert.equal(tool.grip, null);
});

test("ends stay in the volume", () => {
  const { tool, drag } = toolOver();
  drag([-50, 300], [1000, 300]).end();
  assert.equal(lengthMm(grid, tool.lines.all[0]), 60);
});

test("keys: both ends at the crosshair, remove, leave", () => {
  const { tool, viewer, said, press } = toolOver();
  assert.ok(press("Enter"));
  viewer.position = [14, 20, 5];
  press("Enter");
  assert.equal(said.at(-1), "Distance 6.0 mm");
  assert.ok(press("Backspace"));
  assert.equal(tool.lines.all.length, 0);
  press("Delete");
  assert.equal(said.at(-1), "There is no line.");
  press("Enter");
  press("Escape");
  assert.equal(tool.lines.pending, null);
  assert.ok(tool.active);
  press("Escape");
  assert.equal(tool.active, false);
});

test("other keys are not the tool's", () => {
  const { press } = toolOver();
  assert.equal(press("ArrowUp"), false);
  assert.equal(press("Enter", { ctrlKey: true }), false);
  assert.equal(press("Delete", { shiftKey: true }), false);
});

test("lines go with their case", () => {
  const { tool, drag } = toolOver();
  drag([100, 100], [300, 100]).end();
  tool.begin("K7QF");
  assert.equal(tool.lines.all.length, 1);
  tool.begin("QX22");
  assert.equal(tool.lines.all.length, 0);
});
