/** What a viewer shows, as plain values: for tests and for error reports. */

import { PLANES } from "./grid.js";

/** @param {import("./viewer.js").Viewer} viewer */
export function stateOf(viewer) {
  const { volumes, image, position } = viewer;
  return {
    case: viewer.data?.case ?? null,
    channel: viewer.channel,
    channelName: viewer.channelName ?? null,
    pair: [...viewer.pair],
    position: [...position],
    slices: Object.fromEntries(Object.values(PLANES).map((plane) => [plane.name, position[plane.through]])),
    plane: viewer.plane,
    planes: viewer.planes,
    layout: viewer.shownLayout,
    layouts: viewer.layouts,
    window: image ? viewer.tones.windowOf(viewer.channelName, image) : null,
    preset: viewer.tones.presetOf(viewer.channelName),
    mask: { shown: viewer.maskShown, ...viewer.maskStyle, hidden: [...viewer.hidden], present: viewer.present },
    flicker: viewer.flicker,
    blend: { ...viewer.blend },
    smooth: viewer.smooth,
    crosshair: viewer.crosshair,
    views: structuredClone(viewer.views),
    loaded: {
      images: volumes?.images.map(Boolean) ?? [],
      mask: Boolean(volumes?.mask),
      second: Boolean(volumes?.secondMask),
    },
    problems: volumes ? Object.fromEntries(volumes.problems) : {},
    helpOpen: viewer.help.open,
    stepCostsMs: [...viewer.stage.stepCostsMs],
    fetchCount: viewer.store.fetchCount,
  };
}
