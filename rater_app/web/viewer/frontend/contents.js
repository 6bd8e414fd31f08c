/** What a mask holds: voxels of each label, in all and slice by slice. Kept up to date voxel by voxel while a mask is corrected. */

/** @typedef {import("./nifti.js").Volume} Volume */

const known = new WeakMap();

/** Changed voxels that are remembered one by one: what a stroke changes between two frames, many times over. */
const RECENT = 1 << 16;

/**
 * Contents of a mask; counted once per volume.
 * @param {Volume} mask
 * @returns {MaskContents}
 */
export function contentsOf(mask) {
  if (!known.has(mask)) known.set(mask, new MaskContents(mask));
  return known.get(mask);
}

/** Patient axes from the fastest stored one to the slowest. */
export function storedAxes(grid) {
  // An axis of one voxel can share its stride with the next one: it comes first, whatever its number.
  return [0, 1, 2].sort((a, b) => Math.abs(grid.strides[a]) - Math.abs(grid.strides[b]) || grid.dims[a] - grid.dims[b]);
}

export class MaskContents {
  /** @param {Volume} mask */
  constructor(mask) {
    const { grid } = mask;
    this.mask = mask;
    this.axes = storedAxes(grid);
    this.flips = this.axes.map((axis) => grid.strides[axis] < 0);
    this.sizes = this.axes.map((axis) => grid.dims[axis]);
    /** Voxels of each label. */
    this.counts = new Map();
    /** Labelled voxels of each slice, along x, y and z. */
    this.perSlice = grid.dims.map((n) => new Uint32Array(n));
    this.sums = [0, 0, 0];
    this.total = 0;
    this.version = 0;
    /** Stored elements of the last changes; the change that made version n lies at (n - 1) % RECENT. */
    this.recent = new Uint32Array(RECENT);
    this.#countAll();
  }

  /** Labels that the mask holds, sorted. */
  get labels() {
    return [...this.counts].filter(([, count]) => count > 0).map(([label]) => label).sort((a, b) => a - b);
  }

  /** A labelled voxel near the centre of mass, as a patient index; null for an empty mask. */
  get centre() {
    if (this.total === 0) return null;
    if (this.centredAt !== this.version) {
      this.nearest = this.#nearestToMean();
      this.centredAt = this.version;
    }
    return this.nearest;
  }

  /** Take note that a stored voxel has changed its label. */
  change(element, before, after) {
    if (before === after) return;
    this.recent[this.version++ % RECENT] = element;
    if (before !== 0) this.counts.set(before, this.counts.get(before) - 1);
    if (after !== 0) this.counts.set(after, (this.counts.get(after) ?? 0) + 1);
    const gained = (after !== 0 ? 1 : 0) - (before !== 0 ? 1 : 0);
    if (gained === 0) return;
    this.total += gained;
    const [ni, nj] = this.sizes;
    const i = element % ni;
    const rest = (element - i) / ni;
    const j = rest % nj;
    this.#add(0, i, gained);
    this.#add(1, j, gained);
    this.#add(2, (rest - j) / nj, gained);
  }

  /**
   * Visit the stored elements that were changed since a version; one that was changed twice comes twice.
   * @param {number} version
   * @param {(element: number) => void} visit
   * @returns {boolean} false when that is too long ago to know
   */
  visitChanges(version, visit) {
    if (this.version - version > RECENT) return false;
    for (let n = version; n < this.version; n++) visit(this.recent[n % RECENT]);
    return true;
  }

  /** Patient index of a stored element along one axis. */
  indexAlong(axis, element) {
    const place = this.axes.indexOf(axis);
    const [ni, nj] = this.sizes;
    const row = Math.floor(element / ni);
    const stored = place === 0 ? element - row * ni : place === 1 ? row % nj : Math.floor(row / nj);
    return this.flips[place] ? this.sizes[place] - 1 - stored : stored;
  }

  #add(place, stored, gained) {
    const axis = this.axes[place];
    const index = this.flips[place] ? this.sizes[place] - 1 - stored : stored;
    this.perSlice[axis][index] += gained;
    this.sums[axis] += gained * index;
  }

  #countAll() {
    const { data } = this.mask;
    const [ni, nj, nk] = this.sizes;
    const byLabel = new Uint32Array(65536);
    /** Labelled voxels of each stored slice. */
    const stored = this.sizes.map((n) => new Uint32Array(n));
    const [along] = stored;
    const isEmpty = emptinessOf(data);
    for (let k = 0; k < nk; k++) {
      for (let j = 0; j < nj; j++) {
        const start = (k * nj + j) * ni;
        if (isEmpty(start, start + ni)) continue;
        let labelled = 0;
        for (let i = 0; i < ni; i++) {
          const label = data[start + i];
          if (label === 0) continue;
          byLabel[label]++;
          along[i]++;
          labelled++;
        }
        stored[1][j] += labelled;
        stored[2][k] += labelled;
        this.total += labelled;
      }
    }
    byLabel.forEach((count, label) => count > 0 && this.counts.set(label, count));
    stored.forEach((amounts, place) => amounts.forEach((amount, index) => amount > 0 && this.#add(place, index, amount)));
  }

  /** The centre of mass of a ring or of two lesions lies outside the mask: take the labelled voxel next to it. */
  #nearestToMean() {
    const { mask, axes, sizes, flips } = this;
    const spacing = axes.map((axis) => mask.grid.spacingMm[axis]);
    const mean = axes.map((axis, place) => {
      const index = this.sums[axis] / this.total;
      return flips[place] ? sizes[place] - 1 - index : index;
    });
    let nearest = Infinity;
    let stored = null;
    const [is, js, ks] = axes.map((axis, place) => this.#labelledRange(axis, flips[place]));
    for (let k = ks[0]; k <= ks[1]; k++) {
      const kk = ((k - mean[2]) * spacing[2]) ** 2;
      for (let j = js[0]; j <= js[1]; j++) {
        const jk = kk + ((j - mean[1]) * spacing[1]) ** 2;
        let element = (k * sizes[1] + j) * sizes[0] + is[0];
        for (let i = is[0]; i <= is[1]; i++, element++) {
          if (mask.data[element] === 0 || jk >= nearest) continue;
          const distance = jk + ((i - mean[0]) * spacing[0]) ** 2;
          if (distance < nearest) {
            nearest = distance;
            stored = [i, j, k];
          }
        }
      }
    }
    const centre = [0, 0, 0];
    axes.forEach((axis, place) => {
      centre[axis] = flips[place] ? sizes[place] - 1 - stored[place] : stored[place];
    });
    return centre;
  }

  #labelledRange(axis, flipped) {
    const [low, high] = this.rangeAlong(axis);
    const last = this.perSlice[axis].length - 1;
    return flipped ? [last - high, last - low] : [low, high];
  }

  /** First and last patient index along an axis between which all labels lie; the mask is not empty. */
  rangeAlong(axis) {
    const amounts = this.perSlice[axis];
    let low = 0;
    let high = amounts.length - 1;
    while (amounts[low] === 0) low++;
    while (amounts[high] === 0) high--;
    return [low, high];
  }
}

/**
 * Tells of stretches of a mask that hold nothing, four bytes at a time: most of a mask is background.
 * @param {Uint8Array|Uint16Array} data
 * @returns {(start: number, end: number) => boolean} whether all from `start` to before `end` is background; false may mean "not known"
 */
function emptinessOf(data) {
  if (data.byteOffset % 4 !== 0) return () => false;
  const words = new Uint32Array(data.buffer, data.byteOffset, Math.floor(data.byteLength / 4));
  const perWord = 4 / data.BYTES_PER_ELEMENT;
  return (start, end) => {
    const last = Math.floor((end - 1) / perWord);
    for (let word = Math.floor(start / perWord); word <= last; word++) if (words[word] !== 0) return false;
    return true;
  };
}
