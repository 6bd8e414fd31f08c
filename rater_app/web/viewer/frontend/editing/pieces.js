/** Connected pieces of runs: runs that touch are joined, by union and find (Tarjan, Journal of the ACM 22, 1975). */

/**
 * @param {import("./runs.js").Runs} runs
 * @param {boolean} corners whether voxels that share only an edge or a corner hang together, as those that share a side do
 * @returns {Uint32Array} a number for each run: the same for the runs of one piece
 */
export function piecesOf(runs, corners) {
  const parents = Uint32Array.from(runs.from.keys());
  const [, height, depth] = runs.frame.sizes;
  const reach = corners ? 1 : 0;
  for (let layer = 0; layer < depth; layer++) {
    for (let down = 0; down < height; down++) {
      const row = down + height * layer;
      if (down > 0) join(runs, parents, row, row - 1, reach);
      if (layer === 0) continue;
      const below = row - height;
      join(runs, parents, row, below, reach);
      if (corners && down > 0) join(runs, parents, row, below - 1, reach);
      if (corners && down + 1 < height) join(runs, parents, row, below + 1, reach);
    }
  }
  for (let run = 0; run < parents.length; run++) parents[run] = rootOf(parents, run);
  return parents;
}

/** Join the runs of two rows that overlap, or come within `reach` of it. */
function join({ first, from, to }, parents, row, other, reach) {
  let [one, two] = [first[row], first[other]];
  const [endOne, endTwo] = [first[row + 1], first[other + 1]];
  while (one < endOne && two < endTwo) {
    if (from[one] <= to[two] + reach && from[two] <= to[one] + reach) {
      const [a, b] = [rootOf(parents, one), rootOf(parents, two)];
      // The lower number becomes the root: chains stay short, as rows are joined in their order.
      if (a < b) parents[b] = a;
      else parents[a] = b;
    }
    if (to[one] < to[two]) one++;
    else two++;
  }
}

function rootOf(parents, run) {
  while (parents[run] !== run) {
    parents[run] = parents[parents[run]];
    run = parents[run];
  }
  return run;
}
