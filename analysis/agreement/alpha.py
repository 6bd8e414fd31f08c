"""Krippendorff's alpha, with case intervals, for any number of levels."""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np

from analysis.agreement.alpha_weights import Measurement, alpha_of_weights
from analysis.agreement.rating_table import Ratings, RatingTable, rating_table
from analysis.resampling import (
    LOG_COMPLEMENT,
    Estimate,
    Resamples,
    Statistic,
    estimate,
    method_on,
    undefined,
)

__all__ = ["Measurement", "alpha_statistic", "krippendorff_alpha"]

NO_PAIR = "no unit has two ratings"
NO_VARIATION = "no variation: all ratings are equal"
ONE_UNIT = "not informative: alpha of a single unit with unequal ratings is always 0"

# The package krippendorff needs memory for units x values^2; beyond this it is not asked.
_PACKAGE_CELLS = 5_000_000
_PACKAGE_TOLERANCE = 1e-8


def krippendorff_alpha(
    ratings: Ratings,
    measurement: Measurement = "ordinal",
    *,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> Estimate:
    """Estimate Krippendorff's alpha with a case jackknife-t interval on the scale log(1 - alpha).

    Missing ratings are kept: a unit counts as soon as it has two. The levels may be any numbers,
    also a continuous slider; for circular and bipolar scales see
    `krippendorff_alpha_fixed_weights`. Formula: Krippendorff K., Computing Krippendorff's
    Alpha-Reliability, 2011. Interval: jackknife of Hughes J. arXiv:2210.13265, over cases; the
    resampling of pairs by Hayes and Krippendorff (2007) covers 72-92 % in place of 95 % when masks
    share cases.

    An alpha of zero or below with rare categories is no error (krippendorff issues 11 and 27): when
    almost all ratings are equal, chance alone agrees almost always, and raters who agree on 95 % of
    the units may still disagree on every unit that tells them apart. Read it beside `gwet_ac1` and
    `percent_agreement`.

    Where the package krippendorff 0.9 can compute the value, it is asked as well, and the two must
    agree to 1e-8. It returns NaN or raises where all ratings are equal, and gives 1.0 for the ratio
    alpha of ratings of both signs; here these are undefined, with the reason.

    Parameters
    ----------
    ratings
        Table, or units x raters with NaN where a rating is missing.
    measurement
        "nominal", "ordinal", "interval" or "ratio".
    level
        Confidence level.
    resamples
        Weights for the percentile and BCa intervals beside it.

    Raises
    ------
    ValueError
        For another measurement, or ratings that are no table.

    Examples
    --------
    >>> krippendorff_alpha([[1, 1], [2, 2], [3, 3], [3, 2], [4, 4]]).value.__round__(3)
    0.895
    """
    pairable = rating_table(ratings).with_ratings(2)
    statistic = alpha_statistic(pairable, measurement)
    method = method_on(LOG_COMPLEMENT)
    if not len(pairable.values):
        return undefined(0, method, NO_PAIR)
    if measurement == "ratio" and (pairable.values < 0).any():
        reason = "ratio alpha needs ratings of at least 0, and some are negative"
        return undefined(pairable.n_cases, method, reason)
    estimated = estimate(
        statistic,
        pairable.case_names if len(pairable.case_names) else pairable.n_cases,
        LOG_COMPLEMENT,
        why_undefined=NO_VARIATION,
        level=level,
        resamples=resamples,
    )
    if len(pairable.values) == 1 and estimated.value is not None:
        return replace(estimated, reason=ONE_UNIT)
    return _confirmed_by_package(estimated, pairable, measurement)


def alpha_statistic(table: RatingTable, measurement: Measurement = "ordinal") -> Statistic:
    """Return alpha as a function of case weights: NaN where the weighted ratings do not vary.

    Units with fewer than two ratings contribute nothing. The columns of the weights are the cases
    of `table`.

    Parameters
    ----------
    table
        Ratings, units x raters.
    measurement
        "nominal", "ordinal", "interval" or "ratio"; the ratings of the last must not be negative.

    Examples
    --------
    >>> table = RatingTable.of([[1, 1], [2, 2], [3, 2]])
    >>> alpha_statistic(table, "nominal")(np.array([[1.0, 1, 1], [1, 1, 0]])).round(3)
    array([0.545, 1.   ])
    """
    return alpha_of_weights(table.values, table.cases, table.n_cases, measurement)


def _confirmed_by_package(
    estimated: Estimate, table: RatingTable, measurement: Measurement
) -> Estimate:
    domain = np.unique(table.values[np.isfinite(table.values)])
    if estimated.value is None or len(table.values) * len(domain) ** 2 > _PACKAGE_CELLS:
        return estimated
    import krippendorff

    # The domain must be sorted: unsorted, the package's ordinal alpha is silently another number.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = float(
            krippendorff.alpha(
                reliability_data=table.values.T,
                value_domain=domain,
                level_of_measurement=measurement,
            )
        )
    if not abs(theirs - estimated.value) <= _PACKAGE_TOLERANCE * max(1.0, abs(theirs)):
        reason = f"two programs disagree: {estimated.value!r} here, {theirs!r} in krippendorff"
        return undefined(estimated.n_cases, estimated.method, reason)
    confirmed = f"{estimated.method}; value of the package krippendorff, confirmed by our own"
    return replace(estimated, value=theirs, method=confirmed)
