/** Which planes, channels and masks are shown together. */

/** @typedef {{plane: string, channel: number, mask: "first"|"second"}} TileContent */

/** @type {{name: string, title: string, help: string}[]} */
export const LAYOUTS = [
  { name: "planes", title: "Planes", help: "Axial, coronal and sagittal together" },
  { name: "single", title: "Single", help: "One plane, large" },
  { name: "channels", title: "Channels", help: "All channels of one plane, side by side" },
  { name: "pair", title: "Pair", help: "Three planes of two channels" },
  { name: "compare", title: "A | B", help: "One plane with each of the two masks, side by side" },
  { name: "3d", title: "3D", help: "Three planes and the mask in three dimensions" },
];

/** Three planes of two channels. */
export const MOST_TILES = 6;
/** A case with more channels shows the first four side by side: more would be too small to read. */
const MOST_CHANNELS = 4;

/**
 * Layouts that make sense for a case.
 * @param {string[]} planes planes that can be shown
 * @param {number} channels
 * @param {boolean} [hasTwoMasks]
 * @returns {string[]} names, never empty
 */
export function layoutsFor(planes, channels, hasTwoMasks = false) {
  const fits = {
    planes: planes.length > 1,
    single: true,
    channels: channels > 1,
    pair: planes.length > 1 && channels > 1,
    compare: hasTwoMasks,
    "3d": planes.length > 1,
  };
  return LAYOUTS.map((layout) => layout.name).filter((name) => fits[name]);
}

/**
 * The two channels of the layout "pair" once another one is shown: it takes the row of the channel that was shown before.
 * @param {number[]} pair
 * @param {number} before
 * @param {number} now
 * @param {number} channels
 * @returns {number[]}
 */
export function pairWith([first, second], before, now, channels) {
  if (now === first || now === second) return [first, second];
  if (before === second) return [first, now];
  if (before === first) return [now, second];
  return freshPair(now, channels);
}

/** A channel with the one after it. */
export function freshPair(channel, channels) {
  return [channel, (channel + 1) % channels];
}

/**
 * The tiles of a layout, in reading order.
 * @param {string} layout
 * @param {{planes: string[], plane: string, channel: number, pair: number[], data: {channels: object[]}}} shown
 * @returns {TileContent[]}
 */
export function tilesFor(layout, { planes, plane, channel, pair, data: { channels } }) {
  const tile = (name, of, mask = "first") => ({ plane: name, channel: of, mask });
  if (layout === "planes" || layout === "3d") return planes.map((name) => tile(name, channel));
  if (layout === "pair") return pair.flatMap((of) => planes.map((name) => tile(name, of)));
  if (layout === "compare") return [tile(plane, channel), tile(plane, channel, "second")];
  if (layout === "channels") {
    return Array.from({ length: Math.min(channels.length, MOST_CHANNELS) }, (_, index) => tile(plane, index));
  }
  return [tile(plane, channel)];
}

/** The entry after the given one, from the start again after the last. */
export function nextOf(names, name) {
  return names[(names.indexOf(name) + 1) % names.length];
}
