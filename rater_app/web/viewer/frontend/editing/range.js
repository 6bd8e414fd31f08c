/** “Only voxels between a and b”: which voxels a tool may change by the intensity of the image under them. */

/**
 * @param {import("../nifti.js").Volume} image
 * @param {number} low in the image's units; both ends count
 * @param {number} high
 * @param {import("../grid.js").Grid} grid of the mask: the same patient voxels, perhaps stored in another order
 * @returns {(element: number) => boolean} asked with stored elements of the mask
 */
export function rangeTest(image, low, high, grid) {
  const { data, slope, intercept } = image;
  const [a, b] = [(low - intercept) / slope, (high - intercept) / slope];
  // A tiny room for rounding, far below one stored unit.
  const least = Math.min(a, b) - 1e-6;
  const most = Math.max(a, b) + 1e-6;
  if (isSameOrder(image.grid, grid)) return (element) => data[element] >= least && data[element] <= most;
  const elementOf = translate(grid, image.grid);
  return (element) => {
    const value = data[elementOf(element)];
    return value >= least && value <= most;
  };
}

function isSameOrder(one, other) {
  return one.origin === other.origin && one.strides.every((stride, axis) => stride === other.strides[axis] || one.dims[axis] === 1);
}

/** Stored element of one grid from that of another with the same patient voxels. */
function translate(from, to) {
  const order = [0, 1, 2].sort((a, b) => Math.abs(from.strides[a]) - Math.abs(from.strides[b]) || from.dims[a] - from.dims[b]);
  return (element) => {
    let rest = element;
    let found = to.origin;
    for (const axis of order) {
      const n = from.dims[axis];
      const stored = rest % n;
      rest = (rest - stored) / n;
      found += (from.strides[axis] < 0 ? n - 1 - stored : stored) * to.strides[axis];
    }
    return found;
  };
}
