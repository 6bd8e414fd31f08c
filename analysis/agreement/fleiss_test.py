"""The test of Fleiss' kappa against agreement by chance alone."""

from __future__ import annotations

import numpy as np
from scipy import stats

from analysis.agreement.category_counts import CategoryCounts
from analysis.resampling import SignificanceTest


def chance_test(
    counted: CategoryCounts, kappa: float | None
) -> tuple[SignificanceTest, float | None]:
    """Return the test that raters agree by chance alone, and the error under it; or why not.

    It needs unweighted categories and as many ratings of every unit. The error is for the test
    only: it takes kappa for 0, so that an interval made from it does not cover.
    """
    method = "Fleiss, Nee and Landis 1979, error under chance agreement"
    ratings = counted.ratings
    reason = None
    if kappa is None:
        reason = "no test: kappa is undefined"
    elif (ratings != ratings[0]).any():
        reason = "no test: it needs as many ratings of every unit"
    elif not np.array_equal(counted.weights, np.eye(len(counted.weights))):
        reason = "no test: it is for unweighted categories"
    if kappa is None or reason is not None:
        return SignificanceTest(None, "z", (), None, method, reason), None
    shares = counted.counts.sum(axis=0) / ratings.sum()
    spread = shares @ (1 - shares)
    excess = (shares * (1 - shares)) @ (1 - 2 * shares)
    pairs = ratings.sum() * (ratings[0] - 1)
    error = float(np.sqrt(2 * (spread**2 - excess) / pairs) / spread)
    z = kappa / error
    p_value = float(2 * stats.norm.sf(abs(z)))
    return SignificanceTest(z, "z", (), p_value, method), error
