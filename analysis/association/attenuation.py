"""Correlations and reliabilities freed from measurement error, and lengthened by more raters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Disattenuated:
    """A correlation freed from the unreliability of what was correlated.

    Attributes
    ----------
    value
        May lie beyond 1: it is reported as it is, never cut off. None where undefined.
    beyond_one
        Whether it does. The reliability is then estimated too low, or the errors of the two are
        not independent.
    reason
        Why there is no value.
    """

    value: float | None
    beyond_one: bool
    reason: str | None = None


def spearman_brown(reliability: float, factor: float) -> float | None:
    """Predict the reliability of the mean of `factor` times as many raters.

    Spearman C. Br J Psychol 1910;3:271-295; Brown W. Br J Psychol 1910;3:296-322. None where the
    formula has no value.

    Raises
    ------
    ValueError
        If the reliability is above 1 or NaN, or the factor is not positive.

    Examples
    --------
    >>> round(spearman_brown(0.46, 3), 4)
    0.7188
    """
    if not reliability <= 1 or not 0 < factor < np.inf:
        raise ValueError(f"reliability {reliability} or factor {factor} is out of range")
    below = 1 + (factor - 1) * reliability
    return factor * reliability / below if below > 0 else None


def disattenuate(
    correlation: float, reliability: float, reliability_of_other: float = 1.0
) -> Disattenuated:
    """Divide a correlation by the square root of the reliabilities of the two.

    Spearman C. Am J Psychol 1904;15:72-101. A computed metric has reliability 1.

    Raises
    ------
    ValueError
        If the correlation is not between -1 and 1, or a reliability is above 1 or NaN.

    Examples
    --------
    >>> round(disattenuate(0.55, reliability=0.72).value, 4)
    0.6482
    """
    problems = []
    if not -1 <= correlation <= 1:
        problems.append(f"the correlation is {correlation}, not between -1 and 1")
    for each in (reliability, reliability_of_other):
        if not each <= 1:
            problems.append(f"a reliability is {each}, not 1 or less")
    if problems:
        raise ValueError("; ".join(problems))
    lowest = min(reliability, reliability_of_other)
    if lowest <= 0:
        return Disattenuated(None, False, f"a reliability is not positive: {lowest:.3g}")
    value = float(correlation / np.sqrt(reliability * reliability_of_other))
    return Disattenuated(value, abs(value) > 1)
