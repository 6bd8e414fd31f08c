"""Cohen's kappa of two raters, plain and weighted, with both large-sample errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from analysis.agreement.category_weights import Category, CategoryWeights, category_weights
from analysis.agreement.kappa_weights import RatedPair, mean_kappa_of_weights
from analysis.agreement.prevalence_and_bias import PrevalenceAndBias, prevalence_and_bias
from analysis.agreement.two_raters import TwoRaters, counts_of_table
from analysis.resampling import (
    LOG_COMPLEMENT,
    Estimate,
    FloatArray,
    Interval,
    Resamples,
    SignificanceTest,
    Statistic,
    estimate,
)

NO_VARIATION = "no variation: both raters put all units in one category"
NO_UNIT = "no unit was rated by both raters"
_EDGE = 1e-12
_NO_ERROR = 1e-7  # a root of rounding errors
_PLAIN = {"unweighted", "identity"}
_CLOSED = "Fleiss, Cohen and Everitt 1969, units independent"


@dataclass(frozen=True, eq=False)
class CohenKappa:
    """Kappa of two raters with everything that belongs beside it.

    Attributes
    ----------
    value
        Kappa, or None when it is undefined.
    reason
        Why it is undefined; None when it is not.
    standard_error
        Large-sample error of kappa, units independent: for intervals.
    null_standard_error
        Its error when the raters agree by chance alone: for the test only.
    interval
        Value plus and minus z times `standard_error`, cut off at 1.
    test
        Test that the raters agree by chance alone.
    observed, expected
        Weighted share of agreement, and what chance alone would give.
    n_units
        Units that both have rated.
    categories
        All categories, in the order of `table`.
    table
        Counts, rows for the first rater and columns for the second.
    prevalence_and_bias
        Prevalence and bias index, PABAK and specific agreement of the same table.
    estimate
        Value with the case jackknife-t interval; None when only a table was given.
    """

    value: float | None
    reason: str | None
    standard_error: float | None
    null_standard_error: float | None
    interval: Interval
    test: SignificanceTest
    observed: float | None
    expected: float | None
    n_units: float
    categories: tuple[Category, ...]
    table: FloatArray
    prevalence_and_bias: PrevalenceAndBias
    estimate: Estimate | None = None


def cohen_kappa(
    first: ArrayLike,
    second: ArrayLike,
    *,
    categories: Sequence[Category] | None = None,
    weights: CategoryWeights = "unweighted",
    cases: object = None,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> CohenKappa:
    """Estimate Cohen's kappa of two raters, with a case interval and closed-form errors.

    Cohen J. Educ Psychol Meas 1960;20:37-46; weighted: Psychol Bull 1968;70:213-220. Weighted, the
    list of categories is required: a level that nobody chose still sets the distances of the
    others, and scikit-learn's default takes the levels that were seen for neighbours.

    Parameters
    ----------
    first, second
        Ratings of the same units in the same order, numbers or labels; NaN or None where one is
        missing, and the unit is left out.
    categories
        All categories of the instrument; without weights those seen do as well.
    weights
        Weighting of the categories, see `category_weights`.
    cases
        Label of each unit's case; without them each unit is a case.
    level
        Confidence level.
    resamples
        Weights for the percentile and BCa intervals of `estimate`.

    Raises
    ------
    ValueError
        If the lengths differ, a rating is not in `categories`, the weights do not fit them, or a
        weighted kappa is asked for without them.

    Examples
    --------
    >>> kappa = cohen_kappa([1, 2, 5, 5], [1, 2, 5, 2], categories=range(1, 6), weights="linear")
    >>> round(kappa.value, 3)
    0.6
    """
    if categories is None and not (isinstance(weights, str) and weights in _PLAIN):
        raise ValueError(f"weighted kappa ({weights!r}) needs the list of all categories")
    rated = TwoRaters.of(first, second, categories, cases)
    matrix = category_weights(weights, rated.categories)
    closed = _closed(rated.table().astype(float), matrix, rated.categories, level)
    estimated = estimate(
        _statistic(rated, matrix),
        rated.case_names,
        LOG_COMPLEMENT,
        why_undefined=NO_VARIATION if len(rated.first) else NO_UNIT,
        level=level,
        resamples=resamples,
    )
    return replace(closed, estimate=estimated)


def cohen_kappa_statistic(
    first: ArrayLike,
    second: ArrayLike,
    *,
    categories: Sequence[Category],
    weights: CategoryWeights = "unweighted",
    cases: object = None,
) -> Statistic:
    """Return Cohen's kappa as a function of case weights. Arguments as in `cohen_kappa`.

    The columns of the weights are the cases that have a unit rated by both, sorted by label.

    Examples
    --------
    >>> kappa = cohen_kappa_statistic([1, 2, 1, 2], [1, 2, 2, 2], categories=[1, 2])
    >>> kappa(np.array([[1.0, 1, 1, 1], [1, 1, 0, 1]]))
    array([0.5, 1. ])
    """
    rated = TwoRaters.of(first, second, categories, cases)
    return _statistic(rated, category_weights(weights, rated.categories))


def _statistic(rated: TwoRaters, matrix: FloatArray) -> Statistic:
    pair = RatedPair(rated.first, rated.second, rated.cases)
    return mean_kappa_of_weights([pair], len(rated.case_names), matrix)


def cohen_kappa_of_table(
    table: ArrayLike,
    weights: CategoryWeights = "unweighted",
    *,
    categories: Sequence[Category] | None = None,
    level: float = 0.95,
) -> CohenKappa:
    """Return Cohen's kappa of a square table of counts, with both large-sample errors.

    Errors: Fleiss JL, Cohen J, Everitt BS. Psychol Bull 1969;72:323-327, units independent. vcd in
    R gives the same; irr prints only the error under chance agreement, and psych 2.2.9 a weighted
    one that changes with the unit of the weights.

    Parameters
    ----------
    table
        Counts, rows for the first rater and columns for the second.
    weights
        Weighting of the categories, see `category_weights`; a matrix of disagreement weights has
        zeros on its diagonal.
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
    >>> kappa = cohen_kappa_of_table([[88, 14, 18], [10, 40, 10], [2, 6, 12]])
    >>> round(kappa.value, 3), round(kappa.standard_error, 3)
    (0.492, 0.051)
    """
    counts = counts_of_table(table)
    named = tuple(range(1, len(counts) + 1) if categories is None else categories)
    if len(named) != len(counts):
        raise ValueError(f"{len(named)} categories for a table of {len(counts)} rows")
    matrix = category_weights(weights, named)
    return _closed(counts, matrix, named, level)


def _closed(
    counts: FloatArray, matrix: FloatArray, named: tuple[Category, ...], level: float
) -> CohenKappa:
    n = float(counts.sum())
    why = None if n else NO_UNIT
    observed, expected = None, None
    if n:
        shares = counts / n
        rows, columns = shares.sum(axis=1), shares.sum(axis=0)
        observed, expected = float((shares * matrix).sum()), float(rows @ matrix @ columns)
        why = NO_VARIATION if 1 - expected <= _EDGE else None
    beside = prevalence_and_bias(counts)
    if observed is None or expected is None or why is not None:
        nothing = Interval(None, None, _CLOSED, why)
        test = SignificanceTest(None, "z", (), None, _CLOSED, why)
        return CohenKappa(
            None, why, None, None, nothing, test, observed, expected, n, named, counts, beside
        )
    value = (observed - expected) / (1 - expected)
    error, null_error = _errors(counts, matrix, value, expected)
    return CohenKappa(
        value,
        None,
        error,
        null_error,
        _interval(value, error, level),
        _test(value, null_error),
        observed,
        expected,
        n,
        named,
        counts,
        beside,
    )


def _errors(
    counts: FloatArray, matrix: FloatArray, kappa: float, expected: float
) -> tuple[float, float]:
    n = counts.sum()
    shares = counts / n
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    margins = (matrix @ columns)[:, None] + (rows @ matrix)[None, :]
    general = (shares * (matrix - margins * (1 - kappa)) ** 2).sum()
    general -= (kappa - expected * (1 - kappa)) ** 2
    null = (np.outer(rows, columns) * (matrix - margins) ** 2).sum() - expected**2
    errors = np.sqrt(np.maximum([general, null], 0) / n) / (1 - expected)
    return float(errors[0]), float(errors[1])


def _interval(value: float, error: float, level: float) -> Interval:
    if error <= _NO_ERROR:
        return Interval(None, None, _CLOSED, "no interval: the large-sample error is 0")
    reach = float(stats.norm.ppf((1 + level) / 2)) * error
    return Interval(value - reach, min(1.0, value + reach), _CLOSED)


def _test(value: float, null_error: float) -> SignificanceTest:
    if null_error <= _NO_ERROR:
        reason = "no test: one rater used a single category, so kappa is 0 whatever the other did"
        return SignificanceTest(None, "z", (), None, _CLOSED, reason)
    z = value / null_error
    return SignificanceTest(z, "z", (), float(2 * stats.norm.sf(abs(z))), _CLOSED)
