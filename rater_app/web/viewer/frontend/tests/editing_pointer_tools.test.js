import assert from "node:assert/strict";
import { test } from "node:test";

import { countOf, DIMS, hitAt, maskOf, opened, SIZE } from "./correcting_room.js";

const corner = ({ editor, viewer }, column, row) => editor.tools.lasso.start(hitAt(viewer, column, row))?.end();

test("the brush paints where the pointer goes, in the slice that is shown", async () => {
  const { editor, viewer } = await opened();
  const stroke = editor.tools.brush.start(hitAt(viewer, 0.5, 0.5));
  stroke.move(hitAt(viewer, 3.5, 0.5));
  viewer.position = [3, 2, 2];
  stroke.move(hitAt(viewer, 3.5, 2.5));
  stroke.end();
  assert.deepEqual([...editor.edits.contents.perSlice[2]], [0, 4, 3]);
  assert.equal(editor.edits.done.length, 1);
});

test("a stroke waits while its tile shows another plane", async () => {
  const { editor, viewer } = await opened();
  const stroke = editor.tools.brush.start(hitAt(viewer, 0.5, 0.5));
  stroke.move(hitAt(viewer, 2.5, 2.5, "coronal"));
  stroke.end();
  assert.equal(countOf(editor.mask.data), 1);
});

test("a stroke that is called off leaves no trace, and no stroke begins within another", async () => {
  const { editor, viewer } = await opened();
  const stroke = editor.tools.brush.start(hitAt(viewer, 0.5, 0.5));
  assert.equal(editor.tools.eraser.start(hitAt(viewer, 0.5, 0.5)), null);
  editor.undo();
  stroke.move(hitAt(viewer, 3.5, 0.5));
  stroke.cancel();
  assert.equal(countOf(editor.mask.data), 0);
  assert.equal(editor.keeper.state, "saved");
  stroke.end();
  assert.equal(editor.edits.canUndo, false);
});

test("the eraser takes any label but a protected one", async () => {
  const { editor, viewer } = await opened();
  editor.edits.apply("test", [...Array(SIZE).keys()], 2);
  editor.edits.protectedLabels.add(2);
  editor.tools.eraser.start(hitAt(viewer, 1.5, 1.5)).end();
  assert.equal(countOf(editor.mask.data, 2), SIZE);
  editor.edits.protectedLabels.clear();
  editor.tools.eraser.start(hitAt(viewer, 1.5, 1.5)).end();
  assert.equal(countOf(editor.mask.data, 2), SIZE - 1);
});

test("an outline closes at its first corner, wherever zoom has brought that", async () => {
  const { editor, viewer } = await opened();
  const { lasso } = editor.tools;
  for (const at of [[0.2, 0.2], [3.8, 0.2], [3.8, 2.8]]) corner({ editor, viewer }, ...at);
  assert.equal(lasso.points.length, 3);
  viewer.tile.placement = { ...viewer.tile.placement, perColumn: 40, perRow: 40 };
  const far = hitAt(viewer, 0.5, 0.5);
  lasso.start({ ...far, point: [20, 20] }).end();
  assert.equal(lasso.points.length, 4);
  const near = hitAt(viewer, 0.3, 0.3);
  lasso.start({ ...near, point: [12, 12] });
  assert.equal(lasso.points.length, 0);
  assert.ok(countOf(editor.mask.data) > 2);
  assert.equal(editor.effort.totals.tools.lasso, 1);
});

test("corners on another slice begin another outline", async () => {
  const { editor, viewer } = await opened();
  corner({ editor, viewer }, 0.2, 0.2);
  corner({ editor, viewer }, 3.8, 0.2);
  viewer.position = [3, 2, 2];
  corner({ editor, viewer }, 3.8, 2.8);
  assert.equal(editor.tools.lasso.points.length, 1);
  assert.equal(editor.tools.lasso.place.slice, 2);
});

test("an outline in one go takes no points of other slices or planes", async () => {
  const { editor, viewer } = await opened();
  const drag = editor.tools.lasso.start(hitAt(viewer, 0.2, 0.2));
  drag.move(hitAt(viewer, 3.8, 0.2));
  drag.move(hitAt(viewer, 3.8, 2.8));
  drag.move(hitAt(viewer, 5.9, 4.9, "axial", 2));
  drag.move(hitAt(viewer, 5.9, 2.9, "coronal"));
  drag.move(hitAt(viewer, 0.2, 2.8));
  drag.end();
  assert.equal(countOf(editor.mask.data), 12);
  assert.equal(editor.edits.contents.perSlice[2][1], 12);
});

test("Escape, or choosing a tool, drops an outline that is being drawn", async () => {
  for (const drop of [(editor) => editor.tools.lasso.key({ key: "Escape" }), (editor) => editor.use("lasso")]) {
    const { editor, viewer } = await opened();
    const drag = editor.tools.lasso.start(hitAt(viewer, 0.2, 0.2));
    drag.move(hitAt(viewer, 3.8, 0.2));
    drag.move(hitAt(viewer, 3.8, 2.8));
    drop(editor);
    drag.move(hitAt(viewer, 0.2, 2.8));
    drag.end();
    assert.equal(countOf(editor.mask.data), 0);
    assert.equal(editor.tools.lasso.points.length, 0);
  }
});

test("two corners enclose nothing", async () => {
  const { editor, viewer } = await opened();
  corner({ editor, viewer }, 0.2, 0.2);
  corner({ editor, viewer }, 3.8, 0.2);
  editor.tools.lasso.close();
  assert.equal(editor.keeper.state, "saved");
  assert.equal(editor.tools.lasso.points.length, 0);
});

test("a short press sets one corner; a capture that is lost drops the outline", async () => {
  const { editor, viewer } = await opened();
  const drag = editor.tools.lasso.start(hitAt(viewer, 1, 1));
  drag.move(hitAt(viewer, 1.1, 1));
  drag.end();
  assert.equal(editor.tools.lasso.points.length, 1);
  editor.tools.lasso.start(hitAt(viewer, 3, 3)).cancel();
  assert.equal(editor.tools.lasso.points.length, 0);
});

test("only voxels within the range are painted, by brush, outline and fill", async () => {
  const { editor, viewer } = await opened();
  const image = maskOf(new Uint8Array(SIZE));
  // The patient's left half is bright.
  for (let i = 0; i < SIZE; i++) image.data[i] = i % DIMS[0] < 3 ? 9 : 1;
  viewer.image = { ...image, slope: 1, intercept: 0 };
  editor.range = { on: true, low: 5, high: 10 };
  const around = [[-0.5, -0.5], [6.5, -0.5], [6.5, 5.5], [-0.5, 5.5]];
  for (const at of around) corner({ editor, viewer }, ...at);
  editor.tools.lasso.close();
  assert.equal(countOf(editor.mask.data), 15);
  editor.undo();
  const stroke = editor.tools.brush.start(hitAt(viewer, 0.5, 0.5));
  stroke.move(hitAt(viewer, 5.5, 0.5));
  stroke.end();
  assert.equal(countOf(editor.mask.data), 3);
  editor.undo();
  editor.tools.fill.start(hitAt(viewer, 5.5, 0.5));
  assert.equal(countOf(editor.mask.data), 15);
});

test("a tool says why it does nothing", async () => {
  const { editor, viewer } = await opened();
  const press = () => editor.tools.brush.start(hitAt(viewer, 0.5, 0.5));
  editor.range.on = true;
  assert.equal(press(), null);
  assert.match(editor.message, /not here yet/);
  editor.range.on = false;
  viewer.maskShown = false;
  assert.equal(press(), null);
  assert.match(editor.message, /hidden/);
  viewer.maskShown = true;
  viewer.flicker = true;
  assert.equal(press(), null);
  assert.match(editor.message, /as it came/);
  viewer.flicker = false;
  viewer.tile.content.mask = "second";
  assert.equal(press(), null);
  viewer.tile.content.mask = "first";
  press().end();
  assert.equal(countOf(editor.mask.data), 1);
  editor.tools.island.start(hitAt(viewer, 4.5, 4.5));
  assert.equal(editor.message, "There is no label here.");
});

test("a pen's eraser does nothing before the mask is here", async () => {
  const { editor, viewer } = await opened();
  editor.mask = null;
  assert.equal(editor.tools.eraser.start(hitAt(viewer, 0.5, 0.5)), null);
});

test("the chosen tool works at the crosshair; without a tile or a tool nothing happens", async () => {
  const { editor, viewer } = await opened();
  editor.apply();
  editor.use("brush");
  editor.apply();
  assert.equal(editor.edits.contents.centre.join(), "3,2,1");
  assert.equal(countOf(editor.mask.data), 1);
  viewer.stage.tileOf = () => null;
  viewer.position = [0, 0, 0];
  editor.apply();
  assert.equal(countOf(editor.mask.data), 1);
});

test("an outline can be set by the keyboard", async () => {
  const { editor, viewer } = await opened();
  editor.use("lasso");
  for (const [x, y] of [[5, 4], [1, 4], [1, 1], [5, 1], [5, 4]]) {
    viewer.position = [x, y, 1];
    editor.apply();
  }
  assert.ok(countOf(editor.mask.data) >= 9);
  assert.equal(editor.tools.lasso.points.length, 0);
});

test("filling more than there may be is refused in words", async () => {
  const { editor, viewer } = await opened();
  editor.mostFilled = 20;
  editor.tools.fill.start(hitAt(viewer, 0.5, 0.5));
  assert.match(editor.message, /too large/);
  editor.mostFilled = 30;
  editor.tools.fill.start(hitAt(viewer, 0.5, 0.5));
  assert.equal(countOf(editor.mask.data), 30);
  editor.ball = true;
  editor.mostFilled = 90;
  editor.label = 2;
  editor.tools.fill.start({ ...hitAt(viewer, 0.5, 0.5), index: [0, 0, 0] });
  assert.equal(countOf(editor.mask.data, 2), 30);
});
