/** What keys and palette do to the editor, by name; they join the viewer's own commands. Without an editor they do nothing. */

import { RADII_MM } from "./editor.js";

/**
 * @param {() => import("./editor.js").Editor|null} current
 * @param {{finish: () => void, remember: (habits: object) => void}} page
 * @returns {Record<string, (amount?: any) => void>}
 */
export function correctingCommandsOf(current, page) {
  const act = (change) => (amount) => {
    const editor = current();
    if (!editor?.mask) return;
    change(editor, amount);
    editor.onChange();
  };
  const actions = ["grow", "shrink", "holes", "between", "copy", "small-islands", "keep-island"].map((name) => [
    name,
    act((editor, amount) => editor.actions[name](amount)),
  ]);
  const tools = ["brush", "eraser", "lasso", "fill", "pick"].map((name) => [name, act((editor) => editor.use(name))]);
  return {
    ...Object.fromEntries([...actions, ...tools]),
    tool: act((editor, name) => editor.use(name)),
    label: act((editor, number) => chooseNth(editor, number)),
    "label-value": act((editor, value) => editor.choose(value)),
    "brush-size": act((editor, step) => setRadius(editor, RADII_MM[nearestRadius(editor) + step] ?? editor.radiusMm, page)),
    "brush-radius": act((editor, mm) => setRadius(editor, mm, page)),
    margin: act((editor, mm) => (editor.marginMm = mm)),
    ball: act((editor) => {
      editor.ball = !editor.ball;
      page.remember({ ball: editor.ball });
    }),
    range: act((editor) => toggleRange(editor)),
    "range-low": act((editor, low) => (editor.range.low = low)),
    "range-high": act((editor, high) => (editor.range.high = high)),
    lock: act((editor, value) => toggle(editor.edits.protectedLabels, value)),
    protect: act((editor) => protectOthers(editor)),
    apply: act((editor) => editor.apply()),
    island: act((editor) => {
      const before = editor.viewer.pointerTool;
      editor.viewer.pointerTool = editor.tools.island;
      editor.apply();
      editor.viewer.pointerTool = before;
    }),
    undo: act((editor) => editor.undo()),
    redo: act((editor) => editor.redo()),
    "reset-mask": act((editor) => editor.reset()),
    save: act((editor) => editor.save()),
    finish: () => current() && page.finish(),
    "send-again": act((editor) => editor.keeper.retry()),
    "keep-mine": act((editor) => editor.keeper.insist(editor.keeper.other)),
    "take-other": act((editor) => editor.takeOther()),
  };
}

function chooseNth(editor, number) {
  const label = editor.viewer.labels[number - 1];
  if (label) editor.choose(label.value);
}

function nearestRadius(editor) {
  const distance = (mm) => Math.abs(mm - editor.radiusMm);
  return RADII_MM.reduce((best, mm, index) => (distance(mm) < distance(RADII_MM[best]) ? index : best), 0);
}

function setRadius(editor, mm, page) {
  editor.radiusMm = mm;
  page.remember({ radiusMm: mm });
  editor.viewer.redraw();
}

/** The window is where the reader looks: its bounds are a good first guess. */
function toggleRange(editor) {
  const { range, viewer } = editor;
  range.on = !range.on;
  if (!range.on || range.low !== range.high || !viewer.image) return;
  const { low, high } = viewer.tones.windowOf(viewer.channelName, viewer.image);
  Object.assign(range, { low: Math.round(low), high: Math.round(high) });
}

function toggle(set, value) {
  if (!set.delete(value)) set.add(value);
}

function protectOthers(editor) {
  const { protectedLabels } = editor.edits;
  const others = editor.viewer.labels.map((label) => label.value).filter((value) => value !== editor.label);
  const all = others.every((value) => protectedLabels.has(value));
  for (const value of others) {
    if (all) protectedLabels.delete(value);
    else protectedLabels.add(value);
  }
  protectedLabels.delete(editor.label);
}
