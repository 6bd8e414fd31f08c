/** What a mask holds: voxels of each label, in all and slice by slice. Kept up to date voxel by voxel while a mask is corrected. */

/** @typedef {import("./nifti.js").Volume} Volume */

const known = new WeakMap();

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
    this.version++;
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
    let element = 0;
    for (let k = 0; k < nk; k++) {
      for (let j = 0; j < nj; j++) {
        for (let i = 0; i < ni; i++, element++) {
          const label = data[element];
          if (label === 0) continue;
          byLabel[label]++;
          this.total++;
          this.#add(0, i, 1);
          this.#add(1, j, 1);
          this.#add(2, k, 1);
        }
      }
    }
    byLabel.forEach((count, label) => count > 0 && this.counts.set(label, count));
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
    let element = 0;
    for (let k = 0; k < sizes[2]; k++) {
      const kk = ((k - mean[2]) * spacing[2]) ** 2;
      for (let j = 0; j < sizes[1]; j++) {
        const jk = kk + ((j - mean[1]) * spacing[1]) ** 2;
        for (let i = 0; i < sizes[0]; i++, element++) {
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
}
