"""Partial and semi-partial correlation of ratings with a metric, given covariates.

A large structure has a high Dice and is easy to rate: what of the correlation is left when the
volume is held fixed?
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from analysis.association.correlation import Pairs, as_pairs, too_few, why_undefined
from analysis.association.correlation_intervals import fisher_interval
from analysis.association.correlation_matrices import Coefficient, correlation_matrices
from analysis.resampling import (
    FISHER_Z,
    Estimate,
    FloatArray,
    Resamples,
    Statistic,
    estimate,
    method_on,
    undefined,
)

Covariates = Mapping[str, ArrayLike] | ArrayLike
Side = Literal["metric", "rating"]

UNEXPLAINED = 1e-10
"""Share of the variance left by the covariates up to which nothing counts as left."""


def partial_correlation(
    pairs: Pairs | tuple[ArrayLike, ...],
    covariates: Covariates,
    coefficient: Coefficient = "spearman",
    *,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> Estimate:
    """Estimate the correlation of metric and rating with the covariates taken out of both.

    With R the matrix of the coefficient among metric, rating and covariates, and P its inverse:
    -P_xy / sqrt(P_xx P_yy). Pearson: the correlation of the residuals of two linear regressions
    (Yule GU. Proc R Soc A 1907;79:182-193). Spearman: the same on mid-ranks. Kendall: from tau-b;
    with one covariate this is (t_xy - t_xz t_yz) / sqrt((1 - t_xz^2)(1 - t_yz^2)) (Kendall MG.
    Biometrika 1942;32:277-283); for several covariates the inverse is used as in R's ppcor (Kim S.
    Commun Stat Appl Methods 2015;22:665-674), which has no meaning in pairs of pairs.

    The interval is the case jackknife-t on Fisher z; Fisher's interval for independent pairs, with
    n - 3 - covariates, stands beside it for Pearson and Spearman.

    Parameters
    ----------
    pairs
        Pairs, or (x, y), or (x, y, case labels).
    covariates
        name -> one value for each pair; or an array of pairs, or pairs x covariates. No NaN.
        Infinities are extremes, as in the metric (Pearson: no value).
    coefficient
        "spearman", "kendall" or "pearson".
    level
        Confidence level.
    resamples
        Weights for bootstrap intervals.

    Returns
    -------
    Estimate
        Without a value, and with the reason, when a variable is constant, when covariates
        determine each other or all of the metric or the rating, or with too few pairs.

    Raises
    ------
    ValueError
        For covariates of another length, NaN, no covariate, or an unknown coefficient.

    Examples
    --------
    >>> dsc, rating, volume_ml = [12, 15, 11, 18, 14, 9], [3, 4, 2, 5, 3, 2], [7, 9, 9, 12, 8, 6]
    >>> found = partial_correlation((dsc, rating), {"volume_ml": volume_ml}, "pearson")
    >>> round(found.value, 3)
    0.893
    """
    return _estimated(pairs, covariates, coefficient, ("metric", "rating"), level, resamples)


def semipartial_correlation(
    pairs: Pairs | tuple[ArrayLike, ...],
    covariates: Covariates,
    coefficient: Coefficient = "spearman",
    *,
    removed_from: Side = "metric",
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> Estimate:
    """Estimate the correlation of metric and rating with the covariates taken out of one of them.

    Also called part correlation. Removed from the metric: what the metric says of the rating
    beyond what the volume says; its square is the gain in explained variance of the rating (Cohen,
    Cohen, West & Aiken 2003, section 3.3).

    Parameters
    ----------
    pairs, covariates, coefficient, level, resamples
        As `partial_correlation`.
    removed_from
        "metric" (x) or "rating" (y).

    Returns
    -------
    Estimate
        As `partial_correlation`.

    Raises
    ------
    ValueError
        As `partial_correlation`, and for another side.
    """
    if removed_from not in ("metric", "rating"):
        raise ValueError(f"removed_from is 'metric' or 'rating', not {removed_from!r}")
    return _estimated(pairs, covariates, coefficient, (removed_from,), level, resamples)


def partial_statistic(
    pairs: Pairs,
    covariates: FloatArray,
    coefficient: Coefficient,
    removed_from: tuple[Side, ...] = ("metric", "rating"),
) -> Statistic:
    """Return a partial or semi-partial correlation as a function of case weights.

    Parameters
    ----------
    pairs
        The pairs.
    covariates
        Pairs x covariates.
    coefficient
        "spearman", "kendall" or "pearson".
    removed_from
        Both sides: partial; one of them: semi-partial.
    """
    columns = np.column_stack([pairs.columns, covariates])
    matrices = correlation_matrices(columns, pairs.cases, pairs.n_cases, coefficient)

    def statistic(weights: FloatArray) -> FloatArray:
        return _partial(matrices(weights), removed_from)

    return statistic


def _partial(matrices: FloatArray, removed_from: tuple[Side, ...]) -> FloatArray:
    """Sweep the covariates out one after the other: what is left is the inverse of the block.

    The Schur complement of the covariates has the entries of the inverse, up to scale and sign.
    """
    left = matrices.copy()
    singular = np.zeros(len(left), dtype=bool)
    with np.errstate(invalid="ignore", divide="ignore"):
        for k in range(left.shape[1] - 1, 1, -1):
            pivot = left[:, k, k]
            singular |= ~(pivot > UNEXPLAINED)
            left = left[:, :k, :k] - left[:, :k, k, None] * (
                left[:, None, k, :k] / pivot[:, None, None]
            )
        variances = [
            left[:, at, at] if side in removed_from else np.ones(len(left))
            for at, side in enumerate(("metric", "rating"))
        ]
        for variance in variances:
            singular |= ~(variance > UNEXPLAINED)
        value = np.clip(left[:, 0, 1] / np.sqrt(variances[0] * variances[1]), -1, 1)
    return np.where(singular, np.nan, value)


def _estimated(
    pairs: Pairs | tuple[ArrayLike, ...],
    covariates: Covariates,
    coefficient: Coefficient,
    removed_from: tuple[Side, ...],
    level: float,
    resamples: Resamples | None,
) -> Estimate:
    used = as_pairs(pairs).of_present_cases()
    names, values = _as_columns(covariates, len(used.metric))
    kind = "partial" if len(removed_from) == 2 else f"semi-partial ({removed_from[0]})"
    method = f"{kind} {coefficient} given {', '.join(names)}; {method_on(FISHER_Z)}"
    statistic = partial_statistic(used, values, coefficient, removed_from)
    n_pairs, n_covariates = values.shape
    if n_pairs < 3 + n_covariates:
        reason = too_few(used) or (
            f"{n_pairs} pairs, at least {3 + n_covariates} are needed with "
            f"{n_covariates} covariate{'' if n_covariates == 1 else 's'}"
        )
        return undefined(used.n_cases, method, reason)
    found = estimate(
        statistic,
        used.case_names,
        FISHER_Z,
        why_undefined=_why_undefined(used, names, values, coefficient),
        level=level,
        null=0.0,
        resamples=resamples,
    )
    found = replace(found, method=method)
    if found.value is None or kind != "partial" or coefficient == "kendall":
        return found
    closed = fisher_interval(found.value, n_pairs, level, n_covariates)
    return replace(found, beside=(*found.beside, closed))


def _as_columns(covariates: Covariates, n_pairs: int) -> tuple[tuple[str, ...], FloatArray]:
    if isinstance(covariates, Mapping):
        names = tuple(str(name) for name in covariates)
        columns = [np.asarray(values, dtype=float) for values in covariates.values()]
    else:
        array = np.asarray(covariates, dtype=float)
        array = array[:, None] if array.ndim == 1 else array
        names = tuple(f"covariate {at + 1}" for at in range(array.shape[-1]))
        columns = list(array.T)
    problems = [] if columns else ["no covariate"]
    for name, column in zip(names, columns, strict=True):
        if column.shape != (n_pairs,):
            problems.append(f"{name} has shape {column.shape} for {n_pairs} pairs")
        if np.isnan(column).any():
            problems.append(f"{int(np.isnan(column).sum())} values of {name} are NaN")
    if problems:
        raise ValueError("; ".join(problems))
    return names, np.column_stack(columns)


def _why_undefined(
    pairs: Pairs, names: tuple[str, ...], covariates: FloatArray, coefficient: Coefficient
) -> str:
    infinite = [
        name for name, of in zip(names, covariates.T, strict=True) if not np.isfinite(of).all()
    ]
    constant = [
        name for name, of in zip(names, covariates.T, strict=True) if len(np.unique(of)) < 2
    ]
    matrix = correlation_matrices(pairs.columns, pairs.cases, pairs.n_cases, coefficient)
    if np.isnan(matrix(np.ones((1, pairs.n_cases)))[0, 0, 1]):
        return why_undefined(pairs, coefficient)
    if coefficient == "pearson" and infinite:
        return f"infinite values of {', '.join(infinite)}: use a rank correlation"
    if constant:
        return f"no variation: {', '.join(constant)} is the same for all masks"
    among = correlation_matrices(covariates, pairs.cases, pairs.n_cases, coefficient)
    if np.linalg.eigvalsh(among(np.ones((1, pairs.n_cases)))[0])[0] <= UNEXPLAINED:
        return f"{', '.join(names)} determine each other: leave one of them out"
    return f"nothing is left of the metric or of the mean rating given {', '.join(names)}"
