"""The mean over cases of a number that each case has, with its interval."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from analysis.resampling import (
    IDENTITY,
    Estimate,
    FloatArray,
    Resamples,
    Scale,
    estimate,
    method_on,
    undefined,
)

_MOST_NAMED = 5


def case_mean(
    values: Mapping[str, float | None],
    *,
    scale: Scale = IDENTITY,
    null: float | None = None,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> Estimate:
    """Estimate the mean of a number over cases; cases without the number are left out.

    On its own scale the case jackknife-t interval is Student's interval of a mean.

    Parameters
    ----------
    values : mapping of case to float or None
        An infinite value (the distance to an empty mask) leaves the mean undefined.
    scale : Scale
        On which the interval is symmetric.
    null : float, optional
        Value to test against.
    level : float
    resamples : Resamples, optional
        For the intervals beside.

    Examples
    --------
    >>> case_mean({"a": 1.0, "b": 2.0, "c": 6.0, "d": None}).value
    3.0
    """
    known = {str(case): value for case, value in values.items() if value is not None}
    names = sorted(known)
    of_case = np.array([known[name] for name in names], dtype=float)
    infinite = [name for name, value in zip(names, of_case, strict=True) if np.isinf(value)]
    if infinite:
        told = ", ".join(infinite[:_MOST_NAMED]) + (", ..." if len(infinite) > _MOST_NAMED else "")
        return undefined(
            len(names),
            method_on(scale),
            f"the value of {len(infinite)} of {len(names)} cases is infinite ({told}), because one "
            "of two masks is empty: choose what that is worth, such as "
            'MetricSettings(metrics, empty="brats")',
        )

    def statistic(weights: FloatArray) -> FloatArray:
        with np.errstate(invalid="ignore"):
            return np.asarray((weights @ of_case) / weights.sum(axis=1))

    return estimate(
        statistic,
        np.array(names),
        scale,
        why_undefined="no case has a value",
        level=level,
        null=null,
        resamples=resamples,
    )
