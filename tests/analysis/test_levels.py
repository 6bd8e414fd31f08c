"""A confidence level that is none, such as 95, is refused wherever one is asked for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from analysis.association.acceptability import Verdicts
from analysis.association.auc_variance import delong, delong_test, obuchowski, obuchowski_test
from analysis.association.correlation_intervals import bonett_wright_interval
from analysis.association.families import compare_families
from analysis.association.family_claim import family_claim
from analysis.association.max_t import max_t
from analysis.association.pairs import Pairs
from analysis.association.random_effects import random_effects
from analysis.resampling import (
    IDENTITY,
    Resamples,
    bca_interval,
    estimate,
    jackknife_error_on,
    percentiles,
)

VALUES = np.arange(6.0)
VERDICTS = Verdicts.of([0.9, 0.8, 0.7, 0.6, 0.5], [1, 1, 0, 1, 0])
ONE_SIDED = Verdicts.of([0.9, 0.8], [1, 1])
PAIRS = Pairs.of([1, 2, 3, 4], [1, 3, 2, 4])
DRAWN = Resamples(6, 50)
FOUND = estimate(lambda w: w @ VALUES / w.sum(axis=1), 6, IDENTITY, why_undefined="-")


@pytest.mark.parametrize("level", [0.0, 1.0, 95, float("nan")])
@pytest.mark.parametrize(
    "asked",
    [
        lambda level: estimate(lambda w: w @ VALUES, 6, IDENTITY, why_undefined="-", level=level),
        lambda level: percentiles(np.arange(50.0), DRAWN, level),
        lambda level: bca_interval(25.0, np.arange(50.0), VALUES, DRAWN, level),
        lambda level: jackknife_error_on(IDENTITY, FOUND, level),
        lambda level: delong(VERDICTS, level),
        lambda level: obuchowski(ONE_SIDED, level),
        lambda level: delong_test(VERDICTS, VERDICTS, level),
        lambda level: obuchowski_test(VERDICTS, VERDICTS, level),
        lambda level: bonett_wright_interval(0.5, 20, level),
        lambda level: max_t([0.1, 0.2], np.ones((50, 2)), level=level),
        lambda level: family_claim([], [], level),
        lambda level: compare_families({}, {"a": PAIRS}, level),
        lambda level: random_effects([0.1], [0.1], level),
    ],
)
def test_a_level_that_is_none_is_refused(asked: Callable[[float], object], level: float) -> None:
    with pytest.raises(ValueError, match=r"level is .*, it must be between 0 and 1"):
        asked(level)
