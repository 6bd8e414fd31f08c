"""The libraries that a loop over resamples would call, given rows that are repeated beforehand.

Each function takes the data and returns how to prepare one resample: the rows are repeated, tables
are built and arrays laid out as the library likes best, outside the time. What is timed is the call
of the library alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import krippendorff
import numpy as np
import pandas as pd
import pingouin
from numpy.typing import NDArray
from scipy import stats
from sklearn import metrics
from statsmodels.formula.api import mixedlm

from analysis.resampling import FloatArray, IntArray

Counts = FloatArray | IntArray
"""How often each case, or each mask, is drawn."""
Mask = NDArray[np.bool_ | np.uint8]
Call = Callable[[], float]
Prepare = Callable[[IntArray], Call]


def rows(counts: IntArray) -> IntArray:
    """Return the rows of a resample: each mask as often as it is drawn."""
    return np.repeat(np.arange(len(counts)), counts)


def krippendorff_alpha(ratings: FloatArray, levels: FloatArray) -> Prepare:
    """Ordinal alpha; the sorted domain is given, which saves the library a search."""

    def prepare(counts: IntArray) -> Call:
        resampled = np.ascontiguousarray(ratings[rows(counts)].T)
        return lambda: float(
            krippendorff.alpha(resampled, value_domain=levels, level_of_measurement="ordinal")
        )

    return prepare


def pingouin_icc(ratings: FloatArray, form: str) -> Prepare:
    """All forms of the ICC: pingouin makes no single one. Every copy is a unit of its own."""

    def prepare(counts: IntArray) -> Call:
        units, raters = np.indices((int(counts.sum()), ratings.shape[1]))
        long = pd.DataFrame(
            {
                "unit": units.ravel(),
                "rater": raters.ravel(),
                "rating": ratings[rows(counts)].ravel(),
            }
        )

        def call() -> float:
            table = pingouin.intraclass_corr(long, targets="unit", raters="rater", ratings="rating")
            return float(table.loc[table["Type"] == form, "ICC"].iloc[0])

        return call

    return prepare


def sklearn_kappa(one: FloatArray, other: FloatArray, levels: FloatArray) -> Prepare:
    """Quadratic kappa; the levels are given, or an unused one would change the weights."""

    def prepare(counts: IntArray) -> Call:
        first, second = one[rows(counts)].astype(int), other[rows(counts)].astype(int)
        labels = levels.astype(int)
        return lambda: float(
            metrics.cohen_kappa_score(first, second, labels=labels, weights="quadratic")
        )

    return prepare


def scipy_spearman(x: FloatArray, y: FloatArray) -> Prepare:
    """Spearman's rho, with the p value that scipy computes in passing."""

    def prepare(counts: IntArray) -> Call:
        one, other = x[rows(counts)], y[rows(counts)]
        return lambda: float(stats.spearmanr(one, other).statistic)

    return prepare


def scipy_kendall(x: FloatArray, y: FloatArray) -> Prepare:
    """Kendall's tau-b, with the p value that scipy computes in passing."""

    def prepare(counts: IntArray) -> Call:
        one, other = x[rows(counts)], y[rows(counts)]
        return lambda: float(stats.kendalltau(one, other).statistic)

    return prepare


def pingouin_rm_corr(x: FloatArray, y: FloatArray, cases: IntArray) -> Prepare:
    """Repeated-measures correlation; every copy of a case is a case of its own."""

    def prepare(counts: IntArray) -> Call:
        chosen = rows(counts)
        copy = np.concatenate([np.arange(count) for count in counts])
        subject = cases[chosen] * (int(counts.max()) + 1) + copy
        frame = pd.DataFrame({"metric": x[chosen], "rating": y[chosen], "case": subject})

        def call() -> float:
            return float(pingouin.rm_corr(frame, "metric", "rating", "case")["r"].iloc[0])

        return call

    return prepare


def sklearn_auc(x: FloatArray, acceptable: NDArray[np.bool_]) -> Prepare:
    """Area under the ROC curve."""

    def prepare(counts: IntArray) -> Call:
        metric, verdict = x[rows(counts)], acceptable[rows(counts)]
        return lambda: float(metrics.roc_auc_score(verdict, metric))

    return prepare


def krippendorff_voxels(masks: Sequence[Mask]) -> Call:
    """Nominal alpha of masks, voxels being the units; the labels are given, as floats."""
    votes = np.stack([mask.ravel() for mask in masks]).astype(np.float64)
    domain = np.unique(votes)
    return lambda: float(
        krippendorff.alpha(votes, value_domain=domain, level_of_measurement="nominal")
    )


def statsmodels_reml(
    response: FloatArray, metric: FloatArray, groups: Mapping[str, IntArray]
) -> Call:
    """Return minus twice the restricted log likelihood of crossed variance components.

    statsmodels wants one group that holds everything, and the factors as parts of its variance.
    """
    frame = pd.DataFrame({"response": response, "metric": metric, **groups})
    parts = {name: f"0 + C({name})" for name in groups}

    def fit() -> float:
        model = mixedlm("response ~ metric", frame, groups=np.ones(len(response)), vc_formula=parts)
        return -2 * float(model.fit(reml=True).llf)

    return fit
