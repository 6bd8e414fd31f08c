"""All coefficients of two raters from a square table of counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.agreement.category_counts import CategoryCounts
from analysis.agreement.category_weights import Category, CategoryWeights, category_weights
from analysis.agreement.chance_models import (
    GWET_CHANCE,
    NO_CHANCE,
    POOLED_CHANCE,
    UNIFORM_CHANCE,
    ChanceModel,
    corrected,
)
from analysis.agreement.coefficient import (
    NO_VARIATION,
    closed_interval,
    linearised_error,
    observed_and_expected,
)
from analysis.agreement.kappa import NO_UNIT, CohenKappa, cohen_kappa_of_table
from analysis.agreement.two_raters import counts_of_table
from analysis.resampling import FloatArray, Interval


@dataclass(frozen=True)
class TableCoefficient:
    """A coefficient from a table, with its closed-form error, or the reason why there is none."""

    value: float | None
    observed: float | None
    expected: float | None
    standard_error: float | None
    interval: Interval
    reason: str | None


@dataclass(frozen=True, eq=False)
class TableAgreement:
    """Coefficients of two raters from one table, side by side.

    Attributes
    ----------
    percent_agreement, cohen_kappa, scott_pi, gwet_ac, brennan_prediger
        The coefficients; `gwet_ac` is AC1 without weights and AC2 with them. Prevalence and bias
        index, PABAK and specific agreement come with `cohen_kappa`.
    """

    percent_agreement: TableCoefficient
    cohen_kappa: CohenKappa
    scott_pi: TableCoefficient
    gwet_ac: TableCoefficient
    brennan_prediger: TableCoefficient


def agreement_of_table(
    table: ArrayLike,
    weights: CategoryWeights = "unweighted",
    *,
    categories: Sequence[Category] | None = None,
    level: float = 0.95,
) -> TableAgreement:
    """Return percent agreement, Cohen's kappa, Scott's pi, AC1 or AC2, and Brennan-Prediger.

    Errors are linearised with units independent and divided by the number of units, as for two
    raters in Gwet KL. Br J Math Stat Psychol 2008;61:29-48; `gwet_ac1` and its siblings, for any
    number of raters, divide by units minus 1 as Gwet 2014 does. irrCAC 1.0 in R prints p values
    above 1 here for negative coefficients.

    Parameters
    ----------
    table
        Counts, rows for the first rater and columns for the second, all categories.
    weights
        Weighting of the categories, see `category_weights`.
    categories
        The categories of the rows; 1, 2, 3 ... when not given, which matters for weights by name.
    level
        Confidence level.

    Raises
    ------
    ValueError
        If the table is not square or holds anything but counts, or the weights do not fit.

    Examples
    --------
    >>> found = agreement_of_table([[80, 10], [5, 5]])
    >>> round(found.cohen_kappa.value, 3), round(found.gwet_ac.value, 3)
    (0.318, 0.808)
    """
    counts = counts_of_table(table)
    cohen = cohen_kappa_of_table(counts, weights, categories=categories, level=level)
    cells = _cells(counts, category_weights(weights, cohen.categories))
    coefficients = [
        _coefficient(model, cells, level)
        for model in (NO_CHANCE, POOLED_CHANCE, GWET_CHANCE, UNIFORM_CHANCE)
    ]
    percent, scott, gwet, brennan = coefficients
    return TableAgreement(percent, cohen, scott, gwet, brennan)


def _cells(counts: FloatArray, weights: FloatArray) -> CategoryCounts:
    """Return one row for each cell that holds units, standing for their number."""
    rows, columns = np.nonzero(counts)
    unit = np.eye(len(counts))
    return CategoryCounts(
        by_rater=np.stack([unit[rows], unit[columns]], axis=1),
        copies=counts[rows, columns],
        cases=np.arange(len(rows)),
        case_names=np.empty(0, dtype=np.str_),
        categories=tuple(float(at) for at in range(len(counts))),
        listed=True,
        weights=(weights + weights.T) / 2,
    )


def _coefficient(model: ChanceModel, cells: CategoryCounts, level: float) -> TableCoefficient:
    why = NO_VARIATION if len(cells.copies) else NO_UNIT
    observed, expected = observed_and_expected(model, cells)
    value, error, n = None, None, float(cells.copies.sum())
    if observed is not None and expected is not None:
        found = float(corrected(np.array([observed]), np.array([expected]))[0])
        value = found if np.isfinite(found) else None
        error = linearised_error(model, cells, observed, expected, n) if value is not None else None
    interval = closed_interval(value, error, n - 1, level, why)
    return TableCoefficient(
        value, observed, expected, error, interval, why if value is None else None
    )
