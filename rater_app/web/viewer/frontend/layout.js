/** Which planes and channels are shown together. */

/** @typedef {{plane: string, channel: number}} TileContent */

/** @type {{name: string, title: string, help: string}[]} */
export const LAYOUTS = [
  { name: "planes", title: "Planes", help: "Axial, coronal and sagittal together" },
  { name: "single", title: "Single", help: "One plane, large" },
  { name: "channels", title: "Channels", help: "All channels of one plane, side by side" },
];

/** No more tiles than fit a 2 x 2 arrangement; a case with more channels shows the first four side by side. */
export const MOST_TILES = 4;

/**
 * Layouts that make sense for a case.
 * @param {string[]} planes planes that can be shown
 * @param {number} channels
 * @returns {string[]} names, never empty
 */
export function layoutsFor(planes, channels) {
  return LAYOUTS.map((layout) => layout.name).filter(
    (name) => name === "single" || (name === "planes" && planes.length > 1) || (name === "channels" && channels > 1),
  );
}

/**
 * The tiles of a layout, in reading order.
 * @param {string} layout
 * @param {{planes: string[], plane: string, channel: number, data: {channels: object[]}}} shown
 * @returns {TileContent[]}
 */
export function tilesFor(layout, { planes, plane, channel, data: { channels } }) {
  if (layout === "planes") return planes.map((name) => ({ plane: name, channel }));
  if (layout === "channels") {
    return Array.from({ length: Math.min(channels.length, MOST_TILES) }, (_, index) => ({ plane, channel: index }));
  }
  return [{ plane, channel }];
}

/** The entry after the given one, from the start again after the last. */
export function nextOf(names, name) {
  return names[(names.indexOf(name) + 1) % names.length];
}
