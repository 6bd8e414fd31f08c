/** What changes a mask at a stroke: margins, holes, islands, slices in between, the slice beside, and back to the candidate. */

import { PLANES } from "../grid.js";
import { interpolateSlices } from "./between.js";
import { holes } from "./holes.js";
import { islandsSmallerThan, otherIslands } from "./islands.js";
import { grow, shrink } from "./margin.js";
import { copySlice } from "./neighbour.js";

/**
 * Actions of the palette and the keyboard, by name. Each acts on the chosen label: in the slice that is shown, or in the whole volume
 * while the brush is a ball.
 * @param {import("./editor.js").Editor} editor
 */
export function actionsOf(editor) {
  const here = () => {
    const { plane, position } = editor.viewer;
    return editor.ball ? [null] : [plane, position[PLANES[plane].through]];
  };
  const change = (tool, elements, label, nothing) => {
    if (!editor.change(tool, elements, label)) editor.say(nothing);
  };
  return {
    grow: () => change("grow", grow(editor.mask, editor.label, editor.marginMm, ...here()), editor.label, "There was nothing to grow."),
    shrink: () => change("shrink", shrink(editor.mask, editor.label, editor.marginMm, ...here()), 0, "There was nothing to shrink."),
    holes: () => change("holes", holes(editor.mask, editor.label, ...here()), editor.label, "There are no holes in this label."),
    between: () =>
      change(
        "between",
        interpolateSlices(editor.mask, editor.label, editor.viewer.plane),
        editor.label,
        "There is no gap between two slices with this label.",
      ),
    copy: (step) => {
      const { plane, position } = editor.viewer;
      const slice = position[PLANES[plane].through];
      const from = slice + step;
      if (from < 0 || from >= editor.mask.grid.dims[PLANES[plane].through]) {
        editor.say("There is no slice beside this one.");
        return;
      }
      const { elements, labels } = copySlice(editor.mask, plane, from, slice, editor.label);
      change("copy", elements, labels, "The slice beside is the same.");
    },
    "small-islands": (volumeMm3) =>
      change("small islands", islandsSmallerThan(editor.mask, editor.label, volumeMm3), 0, "There are no islands as small as that."),
    "keep-island": () =>
      change("keep island", otherIslands(editor.mask, editor.viewer.position), 0, "There is no other island of the label under the crosshair."),
  };
}

/**
 * Voxels in which a mask differs from its candidate, with the candidate's labels. Both have the same stored order.
 * @param {{data: Uint8Array|Uint16Array}} mask
 * @param {{data: Uint8Array|Uint16Array}} candidate
 */
export function differences(mask, candidate) {
  if (mask.data.length !== candidate.data.length) throw new Error("the candidate lies on another grid");
  const elements = [];
  for (let i = 0; i < mask.data.length; i++) if (mask.data[i] !== candidate.data[i]) elements.push(i);
  const labels = new mask.data.constructor(elements.length);
  elements.forEach((element, i) => (labels[i] = candidate.data[element]));
  return { elements, labels };
}
