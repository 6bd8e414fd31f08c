"""Scales on which the spread of a statistic depends less on its value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.resampling.weights import FloatArray

EDGE = 1e-12


@dataclass(frozen=True)
class Scale:
    """An increasing transformation on which a statistic's spread depends less on its value.

    `forward` is NaN where the statistic lies on the edge of its range: there is no interval there.
    """

    name: str
    forward: Callable[[FloatArray], FloatArray]
    back: Callable[[FloatArray], FloatArray]


def _inside(low: float, high: float, x: FloatArray) -> FloatArray:
    return np.where((x > low + EDGE) & (x < high - EDGE), x, np.nan)


IDENTITY = Scale("its own scale", lambda x: x, lambda y: y)
FISHER_Z = Scale("Fisher z", lambda x: np.arctanh(_inside(-1, 1, x)), np.tanh)
# A difference of two correlations lies between -2 and 2.
HALF_DIFFERENCE = Scale(
    "Fisher z of half the difference",
    lambda x: np.arctanh(_inside(-1, 1, x / 2)),
    lambda y: 2 * np.tanh(y),
)
# Agreement coefficients are one minus a ratio of two mean squares (alpha = 1 - D_o / D_e,
# ICC(C,k) = 1 - MSE / MSR); the log of such a ratio has a spread that hardly depends on its value,
# and the range from minus infinity to 1 becomes the whole line.
LOG_COMPLEMENT = Scale(
    "log(1 - x)", lambda x: -np.log(1 - _inside(-np.inf, 1, x)), lambda y: 1 - np.exp(-y)
)
LOGIT = Scale(
    "logit",
    lambda x: np.log(_inside(0, 1, x) / (1 - _inside(0, 1, x))),
    lambda y: 1 / (1 + np.exp(-y)),
)
# Standard deviations and other positive sizes.
LOG = Scale("log", lambda x: np.log(_inside(0, np.inf, x)), np.exp)
