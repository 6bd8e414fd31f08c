/**
 * Exact Euclidean distances on a box, axis by axis: the lower envelope of parabolas of Felzenszwalb and Huttenlocher (Theory of Computing 8,
 * 2012), with the true spacing of each axis.
 */

/**
 * @param {number[]} sizes of the box, x fastest
 * @param {number[]} spacingMm
 * @param {Uint8Array} marks
 * @param {number[]} axes along which distances are measured
 * @returns {Float64Array} squared distance in mm to the nearest marked voxel; Infinity where there is none
 */
export function squaredDistances(sizes, spacingMm, marks, axes) {
  const squared = new Float64Array(marks.length);
  for (let place = 0; place < marks.length; place++) squared[place] = marks[place] ? 0 : Infinity;
  const strides = [1, sizes[0], sizes[0] * sizes[1]];
  const longest = Math.max(...sizes);
  const work = {
    line: new Float64Array(longest),
    apexes: new Int32Array(longest),
    starts: new Float64Array(longest + 1),
  };
  for (const axis of axes) {
    if (sizes[axis] === 1) continue;
    const [a, b] = [0, 1, 2].filter((other) => other !== axis);
    for (let i = 0; i < sizes[a]; i++) {
      for (let j = 0; j < sizes[b]; j++) {
        lowerEnvelope(squared, i * strides[a] + j * strides[b], strides[axis], sizes[axis], spacingMm[axis], work);
      }
    }
  }
  return squared;
}

function lowerEnvelope(squared, start, stride, n, spacing, { line, apexes, starts }) {
  let last = -1;
  for (let q = 0; q < n; q++) {
    const height = squared[start + q * stride];
    line[q] = height;
    if (height === Infinity) continue;
    const x = q * spacing;
    let from = -Infinity;
    while (last >= 0) {
      const p = apexes[last] * spacing;
      // Where the parabola over q comes below the one over the last apex.
      from = (height + x * x - line[apexes[last]] - p * p) / (2 * (x - p));
      if (from > starts[last]) break;
      last--;
      from = -Infinity;
    }
    apexes[++last] = q;
    starts[last] = from;
  }
  if (last < 0) return;
  let here = 0;
  for (let q = 0; q < n; q++) {
    const x = q * spacing;
    while (here < last && starts[here + 1] <= x) here++;
    squared[start + q * stride] = (x - apexes[here] * spacing) ** 2 + line[apexes[here]];
  }
}
