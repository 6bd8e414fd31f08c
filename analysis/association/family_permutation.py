"""Target A without a distribution: families are exchanged within cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from analysis.association.correlation import FEWEST_PAIRS, Pairs
from analysis.association.pairs import names_of_cases
from analysis.resampling import (
    FloatArray,
    IntArray,
    SignificanceTest,
    permutation_p,
    shuffles_within_cases,
)

FEWEST_CASES = 3


def within_case_permutation(
    first: Sequence[Pairs], second: Sequence[Pairs], n: int = 2000, seed: int = 1
) -> SignificanceTest:
    """Test that the model-averaged Fisher z of two families is the same, these models given.

    Metric and rating are ranked within each model, so that a family that is simply better is not
    "different"; the Pearson correlation of these ranks is the model's Spearman. Then the masks of
    each case change places at random, and the difference of the mean z, divided by its case
    jackknife error, is compared with that of the masks as they are. Without the division the test
    would ask for equal distributions, not for equal correlations: DiCiccio CJ, Romano JP. J Am
    Stat Assoc 2017;112:1211-1220.

    Parameters
    ----------
    first, second
        The models of each family; cases are the same when their names are.
    n
        Number of permutations.
    seed
        Seed of the draw.

    Returns
    -------
    SignificanceTest
        The studentised difference and its two-sided p value.
    """
    method = f"studentised permutation within cases, {n} permutations, seed {seed}"
    names = names_of_cases([*first, *second])
    if len(names) < FEWEST_CASES:
        reason = f"{len(names)} cases, at least {FEWEST_CASES} are needed"
        return SignificanceTest(None, "permutation", (), None, method, reason)
    one, two = ([pairs.among(names) for pairs in family] for family in (first, second))
    if not first or not second or min(len(pairs.metric) for pairs in (*one, *two)) < FEWEST_PAIRS:
        reason = f"a family has no model, or a model fewer than {FEWEST_PAIRS} masks"
        return SignificanceTest(None, "permutation", (), None, method, reason)
    masks = _RankedMasks.of(one, two)
    observed = float(masks.studentised(np.arange(len(masks.cases))[None])[0])
    if not np.isfinite(observed):
        reason = "a model's rho, or one without a case, is undefined or exactly 1 or -1"
        return SignificanceTest(None, "permutation", (), None, method, reason)
    permuted = np.concatenate(
        [masks.studentised(block) for block in shuffles_within_cases(masks.cases, n, seed)]
    )
    left_out = int((~np.isfinite(permuted)).sum())
    if left_out:
        method = f"{method}, {left_out} of them without a value"
    p_value = permutation_p(observed, permuted)
    return SignificanceTest(observed, "permutation", (), p_value, method)


@dataclass(frozen=True, eq=False)
class _RankedMasks:
    """All masks, sorted by model and case, with standardised ranks within their model.

    `share` is plus or minus one over the number of models of the family: what the z of a model
    adds to the difference.
    """

    metric: FloatArray
    rating: FloatArray
    cases: IntArray
    model_starts: IntArray
    cell_starts: IntArray
    cell_model: IntArray
    cell_case: IntArray
    share: FloatArray
    n_cases: int

    @classmethod
    def of(cls, first: Sequence[Pairs], second: Sequence[Pairs]) -> _RankedMasks:
        models = [*first, *second]
        sizes = np.array([len(pairs.metric) for pairs in models])
        model = np.repeat(np.arange(len(models)), sizes)
        cases = np.concatenate([pairs.cases for pairs in models])
        metric = np.concatenate([_standardised(pairs.metric) for pairs in models])
        rating = np.concatenate([_standardised(pairs.rating) for pairs in models])
        # Several masks of a model and case are put in an order that the rows do not decide.
        order = np.lexsort((rating, metric, cases, model))
        cell = model[order] * (cases.max() + 1) + cases[order]
        cell_starts = np.flatnonzero(np.diff(cell, prepend=-1))
        share = np.repeat([1 / len(first), -1 / len(second)], [len(first), len(second)])
        return cls(
            metric[order],
            rating[order],
            cases[order],
            np.concatenate([[0], np.cumsum(sizes)[:-1]]),
            cell_starts,
            model[order][cell_starts],
            cases[order][cell_starts],
            share,
            len(np.unique(cases)),
        )

    def studentised(self, places: IntArray) -> FloatArray:
        """Return the difference over its jackknife error, for each row of places."""
        x, y = self.metric[places], self.rating[places]
        parts = (np.ones_like(x), x, y, x * x, y * y, x * y)
        cells = [np.add.reduceat(part, self.cell_starts, axis=1) for part in parts]
        first_cell = np.searchsorted(self.cell_starts, self.model_starts)
        models = [np.add.reduceat(cell, first_cell, axis=1) for cell in cells]
        z = _fisher_z(models)
        without = _fisher_z(
            [whole[:, self.cell_model] - cell for whole, cell in zip(models, cells, strict=True)]
        )
        # Leaving out a case changes the z of the models that have a mask of it, no others.
        change = (without - z[:, self.cell_model]) * self.share[self.cell_model]
        order = np.argsort(self.cell_case, kind="stable")
        starts = np.flatnonzero(np.diff(self.cell_case[order], prepend=-1))
        by_case = np.add.reduceat(change[:, order], starts, axis=1)
        n = self.n_cases
        spread = ((by_case - by_case.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            ratio = (z @ self.share) / np.sqrt((n - 1) / n * spread)
        return np.where(np.isfinite(ratio), ratio, np.nan)


def _standardised(values: FloatArray) -> FloatArray:
    ranks = np.asarray(stats.rankdata(values), dtype=float)
    spread = ranks.std()
    return (ranks - ranks.mean()) / spread if spread > 0 else np.zeros_like(ranks)


def _fisher_z(sums: list[FloatArray]) -> FloatArray:
    n, x, y, xx, yy, xy = sums
    with np.errstate(invalid="ignore", divide="ignore"):
        r = (n * xy - x * y) / np.sqrt((n * xx - x * x) * (n * yy - y * y))
        return np.where(np.abs(r) < 1 - 1e-12, np.arctanh(np.clip(r, -1, 1)), np.nan)
