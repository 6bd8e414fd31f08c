/** What the 3D tile says, also to those who cannot see it. */

import { contentsOf } from "../contents.js";

const SHOWN = "Shown instead: the mask seen from the front, from the left and from below.";

/** Why projections are shown instead, by reason. */
export const INSTEAD = {
  none: `This computer cannot draw in 3D (no WebGL2). ${SHOWN}`,
  software: `No graphics card is in use for 3D. ${SHOWN}`,
  bundle: `The 3D view is not part of this installation. ${SHOWN}`,
  broken: `The 3D view stopped working on this computer. ${SHOWN}`,
};
export const LOADING = "Loading the 3D view …";
export const EMPTY = "The mask is empty: there is nothing to show in 3D.";
export const ANYWAY = "Draw in 3D anyway (slow here)";

/** Longer lists are hard to follow by ear. */
const MOST_TOLD = 10;

/** Volume of a voxel, also of one with slanted axes. */
function voxelMl({ affine: [[a, b, c], [d, e, f], [g, h, i]] }) {
  return Math.abs(a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)) / 1000;
}

/**
 * The mask in words: its structures and their volumes, the largest first.
 * @param {import("../nifti.js").Volume} mask
 * @param {(label: number) => boolean} isVisible
 * @param {(label: number) => string} nameOf
 * @returns {string}
 */
export function describeMask(mask, isVisible, nameOf) {
  const { counts, labels } = contentsOf(mask);
  if (labels.length === 0) return EMPTY;
  const shown = labels.filter(isVisible).sort((a, b) => counts.get(b) - counts.get(a));
  if (shown.length === 0) return "All structures of the mask are hidden.";
  const ml = (label) => inWords(counts.get(label) * voxelMl(mask.grid));
  const told = shown.slice(0, MOST_TOLD).map((label) => `${nameOf(label)} ${ml(label)} ml`);
  if (shown.length > MOST_TOLD) told.push(`and ${shown.length - MOST_TOLD} smaller structures`);
  return `The mask in 3D: ${told.join(", ")}.`;
}

const inWords = (ml) => (ml < 10 ? Number(ml.toPrecision(2)) : Math.round(ml));
