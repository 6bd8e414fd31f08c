"""Non-inferiority: a value is above a margin, by a one-sided test of its case jackknife."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from analysis.arguments import outside, refuse
from analysis.association.equivalence import place_of_margin
from analysis.resampling import Estimate, Scale, SignificanceTest, jackknife_error_on


@dataclass(frozen=True)
class NonInferiority:
    """The outcome of a one-sided test of "not more than the margin".

    Attributes
    ----------
    estimate
        The value, or None.
    test
        Its statistic is large, and its one-sided p value small, where the value is above.
    non_inferior
        Whether the p value is below alpha, or None.
    bound
        Lower confidence bound of level 1 - alpha.
    margin
        What the value is to be above.
    alpha
        Level of the test.
    reason
        Why there is no test.
    """

    estimate: float | None
    test: SignificanceTest
    non_inferior: bool | None
    bound: float | None
    margin: float
    alpha: float
    reason: str | None = None


def non_inferiority(
    estimated: Estimate,
    scale: Scale,
    margin: float,
    alpha: float = 0.05,
    *,
    level: float = 0.95,
) -> NonInferiority:
    """Test whether an estimate with a case jackknife-t interval is above a margin, one-sided.

    For agreement: alpha is at least .667 when "alpha <= .667" is rejected. For a comparison: a
    metric is not inferior by more than .05 when "difference <= -.05" is rejected.

    Parameters
    ----------
    estimated
        With its default interval, from which the error on the scale is read.
    scale
        The scale of that interval.
    margin
        What the value is to be above, in its unit.
    alpha
        Level of the one-sided test.
    level
        Level of the interval of `estimated`.

    Raises
    ------
    ValueError
        If the margin lies off the scale, the interval was made on another one, or alpha is not
        between 0 and 0.5.
    """
    refuse(outside(0, 0.5, alpha=alpha))
    method = f"one-sided, {estimated.method}"
    at_margin = place_of_margin(scale, margin)
    error, df = jackknife_error_on(scale, estimated, level)
    if error is None or estimated.value is None:
        why = estimated.reason or "no test: the estimate has no interval"
        no_test = SignificanceTest(None, "t", (), None, method, why)
        return NonInferiority(estimated.value, no_test, None, None, margin, alpha, why)
    place = float(scale.forward(np.array([estimated.value]))[0])
    t = (place - at_margin) / error
    p_value = float(stats.t.sf(t, df))
    lowest = place - float(stats.t.isf(alpha, df)) * error
    bound = float(scale.back(np.array([lowest]))[0])
    test = SignificanceTest(t, "t", (df,), p_value, method)
    return NonInferiority(estimated.value, test, p_value < alpha, bound, margin, alpha)
