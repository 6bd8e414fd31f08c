"""A confidence level that is none, such as 95, is refused wherever one is asked for."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from analysis.association.acceptability import Verdicts
from analysis.association.auc_variance import delong, delong_test, obuchowski, obuchowski_test
from analysis.association.max_t import max_t
from analysis.resampling import (
    IDENTITY,
    Resamples,
    bca_interval,
    estimate,
    percentiles,
)

VALUES = np.arange(6.0)
VERDICTS = Verdicts.of([0.9, 0.8, 0.7, 0.6, 0.5], [1, 1, 0, 1, 0])
ONE_SIDED = Verdicts.of([0.9, 0.8], [1, 1])
DRAWN = Resamples(6, 50)


@pytest.mark.parametrize("level", [0.0, 1.0, 95, float("nan")])
@pytest.mark.parametrize(
    "asked",
    [
        lambda level: estimate(lambda w: w @ VALUES, 6, IDENTITY, why_undefined="-", level=level),
        lambda level: percentiles(np.arange(50.0), DRAWN, level),
        lambda level: bca_interval(25.0, np.arange(50.0), VALUES, DRAWN, level),
        lambda level: delong(VERDICTS, level),
        lambda level: obuchowski(ONE_SIDED, level),
        lambda level: delong_test(VERDICTS, VERDICTS, level),
        lambda level: obuchowski_test(VERDICTS, VERDICTS, level),
        lambda level: max_t([0.1, 0.2], np.ones((50, 2)), level=level),
    ],
)
def test_a_level_that_is_none_is_refused(asked: Callable[[float], object], level: float) -> None:
    with pytest.raises(ValueError, match=r"level is .*, it must be between 0 and 1"):
        asked(level)
