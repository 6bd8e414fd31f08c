/** Which slices of a reading were on the reader's screen. */

import { PLANES } from "./grid.js";

/** One flag for each slice of each plane; a reading starts with none set. */
export class Seen {
  constructor() {
    this.reading = null;
    this.version = 0;
    /** @type {Map<string, {flags: Uint8Array, count: number}>} */
    this.planes = new Map();
  }

  /**
   * Start anew when the reading is another one; the same reading keeps what was seen.
   * @param {string} reading
   */
  begin(reading) {
    if (reading === this.reading) return;
    this.reading = reading;
    this.planes.clear();
    this.version++;
  }

  /**
   * A slice was on the screen.
   * @param {string} plane name
   * @param {number} slice patient index
   * @param {number} slices how many the plane has
   */
  add(plane, slice, slices) {
    let kept = this.planes.get(plane);
    if (kept?.flags.length !== slices) {
      kept = { flags: new Uint8Array(slices), count: 0 };
      this.planes.set(plane, kept);
    }
    if (kept.flags[slice] || slice < 0 || slice >= slices) return;
    kept.flags[slice] = 1;
    kept.count++;
    this.version++;
  }

  /** One flag a slice, or null where nothing of the plane was seen. */
  flags(plane) {
    return this.planes.get(plane)?.flags ?? null;
  }

  /** How many slices of a plane were seen; it only rises during a reading. */
  count(plane) {
    return this.planes.get(plane)?.count ?? 0;
  }

  /**
   * Stretches of slices that were seen, first and last one of each, counted from 0.
   * @param {string} plane
   * @returns {number[][]}
   */
  ranges(plane) {
    const flags = this.flags(plane) ?? [];
    const ranges = [];
    for (let slice = 0; slice < flags.length; slice++) {
      if (!flags[slice]) continue;
      const from = slice;
      while (slice + 1 < flags.length && flags[slice + 1]) slice++;
      ranges.push([from, slice]);
    }
    return ranges;
  }

  /**
   * Take note of a tile that is just being drawn with its image: a slice counts when the mask is at hand, too, and the page
   * visible. Called from the frame that paints, so that slices which were stepped over between two frames do not count.
   * @param {import("./viewer.js").Viewer} viewer
   * @param {import("./tile.js").Tile} tile
   */
  drawn({ volumes, stage }, tile) {
    if (document.visibilityState !== "visible" || !volumes.hasMasks) return;
    const { plane } = tile.content;
    this.add(plane, stage.sliceOf(tile), volumes.grid.dims[PLANES[plane].through]);
  }
}
