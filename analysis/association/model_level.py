"""Correlation of the models' mean ratings with their mean metrics."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from analysis.association.correlation import (
    COEFFICIENTS,
    FEWEST_PAIRS,
    Coefficient,
    Pairs,
    as_pairs,
)
from analysis.resampling import (
    FISHER_Z,
    Estimate,
    FloatArray,
    IntArray,
    Resamples,
    Statistic,
    blocks,
    estimate,
    method_on,
    undefined,
)


def model_level_correlation(
    pairs: Pairs | tuple[ArrayLike, ...],
    models: ArrayLike,
    coefficient: Coefficient = "spearman",
    *,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> Estimate:
    """Estimate the correlation over models of mean metric and mean rating.

    Does the metric rank the models as the raters do? System-level correlation of machine
    translation (Deutsch D, Dror R, Roth D. TACL 2021;9:1132-1146). The means are taken anew in
    each resample of cases; the models stay as they are, so that the interval speaks of these
    models. With few models the coefficient has few values and the interval is coarse.

    Parameters
    ----------
    pairs
        Pairs, or (x, y, case labels).
    models
        Label of the model of each pair.
    coefficient
        "spearman", "kendall" or "pearson", of the means.
    level
        Confidence level.
    resamples
        Weights for bootstrap intervals.

    Returns
    -------
    Estimate
        Without a value, and with the reason, with fewer than 3 models or when all means of the
        metric or of the rating are equal (or infinite, for Pearson).

    Raises
    ------
    ValueError
        When there is not one label for each pair.

    Examples
    --------
    >>> dsc, rating = [0.7, 0.8, 0.9, 0.4, 0.6, 0.8], [3, 4, 4, 1, 3, 2]
    >>> cases, models = list("aaabbb"), list("xyzxyz")
    >>> model_level_correlation((dsc, rating, cases), models, "kendall").value
    0.3333333333333333
    """
    used = as_pairs(pairs).of_present_cases()
    labels = np.asarray(models)
    if labels.shape != used.metric.shape:
        raise ValueError(f"{labels.size} model labels for {len(used.metric)} pairs")
    if coefficient not in COEFFICIENTS:
        raise ValueError(f"{coefficient!r} is none of the coefficients {', '.join(COEFFICIENTS)}")
    names, numbers = np.unique(labels, return_inverse=True)
    method = f"{coefficient} of the means of {len(names)} models, {method_on(FISHER_Z)}"
    if len(names) < FEWEST_PAIRS:
        reason = f"{len(names)} models, at least {FEWEST_PAIRS} are needed"
        return undefined(used.n_cases, method, reason)
    found = estimate(
        model_level_statistic(used, numbers.astype(np.int64), coefficient),
        used.case_names,
        FISHER_Z,
        why_undefined="the mean metric or the mean rating is the same for all models, or infinite",
        level=level,
        null=0.0,
        resamples=resamples,
    )
    return replace(found, method=method)


def model_level_statistic(pairs: Pairs, models: IntArray, coefficient: Coefficient) -> Statistic:
    """Return the correlation of the models' means as a function of case weights.

    NaN where a model has no pair left. `models` are numbers from 0. All three coefficients are
    sums of products of differences between two models (Daniels HE. Biometrika 1944;33:129-135):
    of the means for Pearson, of their ranks for Spearman, the signs of those for Kendall.
    """
    n_models = int(models.max()) + 1
    place = pairs.cases * n_models + models

    def by_case(values: FloatArray) -> FloatArray:
        summed = np.bincount(place, values, minlength=pairs.n_cases * n_models)
        return np.asarray(summed.reshape(pairs.n_cases, n_models), dtype=float)

    counts = by_case(np.ones(len(place)))
    means = [_model_means(values, by_case, counts) for values in (pairs.metric, pairs.rating)]

    def of_block(weights: FloatArray) -> FloatArray:
        x, y = (_differences(of(weights), coefficient) for of in means)
        products, x_squares, y_squares = (
            np.einsum("bij,bij->b", one, other) for one, other in ((x, y), (x, x), (y, y))
        )
        varied = (x_squares > 0) & (y_squares > 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            value = products / np.sqrt(x_squares * y_squares)
        return np.where(varied, np.clip(value, -1, 1), np.nan)

    def statistic(weights: FloatArray) -> FloatArray:
        return np.concatenate([of_block(block) for block in blocks(weights, 8 * n_models**2)])

    return statistic


def _model_means(
    values: FloatArray, by_case: Callable[[FloatArray], FloatArray], counts: FloatArray
) -> Callable[[FloatArray], FloatArray]:
    """Return the means of the models, rounded to 12 digits so that equal means tie in ranks."""
    finite = np.isfinite(values)
    largest = float(np.max(np.abs(values[finite]), initial=0)) or 1.0
    sums = by_case(np.where(finite, values, 0) / largest)
    high, low = (by_case((values == end).astype(float)) for end in (np.inf, -np.inf))

    def means(weights: FloatArray) -> FloatArray:
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.round(weights @ sums / (weights @ counts), 12)
        mean[weights @ high > 0] += np.inf
        with np.errstate(invalid="ignore"):
            mean[weights @ low > 0] -= np.inf
        return np.asarray(mean)

    return means


def _differences(means: FloatArray, coefficient: Coefficient) -> FloatArray:
    values = means
    if coefficient != "pearson":
        values = np.asarray(stats.rankdata(means, axis=1), dtype=float)
    with np.errstate(invalid="ignore"):
        differences = np.asarray(values[:, :, None] - values[:, None, :])
    return np.sign(differences) if coefficient == "kendall" else differences
