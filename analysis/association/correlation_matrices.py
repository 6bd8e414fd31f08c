"""Correlation matrices of several variables as functions of case weights."""

from __future__ import annotations

from typing import Literal

import numpy as np

from analysis.association.moments import NOISE, CaseMoments, correlation_matrix
from analysis.association.rank_statistics import MatrixStatistic, kendall_matrix, spearman_scatter
from analysis.resampling import FloatArray, IntArray

Coefficient = Literal["spearman", "kendall", "pearson"]
COEFFICIENTS: tuple[Coefficient, ...] = ("spearman", "kendall", "pearson")


def correlation_matrices(
    columns: FloatArray, cases: IntArray, n_cases: int, coefficient: Coefficient
) -> MatrixStatistic:
    """Return the matrix of a coefficient between variables as a function of case weights.

    NaN where one of two variables does not vary, and for Pearson wherever a value is infinite.

    Parameters
    ----------
    columns
        Values, pairs x variables; no NaN.
    cases
        Column of the weights that each pair belongs to.
    n_cases
        Number of columns of the weights.
    coefficient
        "spearman", "kendall" (tau-b) or "pearson".

    Raises
    ------
    ValueError
        For another coefficient.
    """
    if coefficient not in COEFFICIENTS:
        raise ValueError(f"{coefficient!r} is none of the coefficients {', '.join(COEFFICIENTS)}")
    if coefficient == "kendall":
        return kendall_matrix(columns, cases, n_cases)
    if coefficient == "spearman":
        scatter = spearman_scatter(columns, cases)
        return lambda weights: correlation_matrix(scatter(weights), 0.0)
    if not np.isfinite(columns).all():
        shape = (columns.shape[1], columns.shape[1])
        return lambda weights: np.full((len(weights), *shape), np.nan)
    moments = CaseMoments.of(columns, cases, n_cases)
    return lambda weights: correlation_matrix(
        moments.total_scatter(weights), NOISE**2 * (weights @ moments.counts)
    )
