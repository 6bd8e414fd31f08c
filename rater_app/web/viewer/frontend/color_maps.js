/** Colour maps: 256 pixels from the lowest to the highest intensity of the window. Pixels are little-endian ABGR. */

/** From black to white, opaque. */
export const GREYS = Uint32Array.from({ length: 256 }, (_, grey) => (0xff000000 | (grey * 0x010101)) >>> 0);

/**
 * Corners of the warm map, from black over red and orange to a pale yellow. They lie at even steps of lightness (CIE 1976 L*,
 * 0 to 95), so that equal steps of intensity look like equal steps, and more is always brighter: also to a reader who does not
 * tell red from green. No corner is grey, so that the upper channel is never taken for the lower one.
 */
const WARM_CORNERS = [[0, 0, 0], [70, 4, 2], [118, 7, 3], [170, 10, 4], [215, 46, 6], [238, 101, 16], [250, 151, 40], [254, 199, 88], [255, 242, 170]];

/** Share of the map below which the lower channel shows through: dark parts of the upper channel must not darken the picture. */
const OPAQUE_FROM = 0.75;

function warmPixel(index) {
  const share = index / 255;
  const at = share * (WARM_CORNERS.length - 1);
  const corner = Math.min(WARM_CORNERS.length - 2, Math.floor(at));
  const [red, green, blue] = WARM_CORNERS[corner].map((from, band) => Math.round(from + (WARM_CORNERS[corner + 1][band] - from) * (at - corner)));
  const alpha = Math.round(255 * Math.min(1, share / OPAQUE_FROM));
  return ((alpha << 24) | (blue << 16) | (green << 8) | red) >>> 0;
}

/** For a channel laid over another one: clear where it is dark, then from dark red to pale yellow. */
export const WARM = Uint32Array.from({ length: 256 }, (_, index) => warmPixel(index));
