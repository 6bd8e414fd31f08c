"""What the formulas share: normal quantiles, and whole numbers."""

from __future__ import annotations

import math
from typing import Literal

from scipy import special

Tails = Literal[1, 2]


def normal_quantile(share: float) -> float:
    """Return the standard normal quantile."""
    return float(special.ndtri(share))


def reach(alpha: float, tails: int, power: float) -> float:
    """Return how many standard errors a difference must measure to be found."""
    return normal_quantile(1 - alpha / tails) + normal_quantile(power)


def whole(number: float) -> int:
    """Return the next whole number."""
    # A whole number that came out a rounding error too large is that whole number.
    return math.ceil(number - 1e-9 * max(1.0, number))


def too_little(power: float, alpha: float) -> list[str]:
    """Say that a power is no more than the error of the first kind."""
    return [f"power is {power}, it must be above alpha"] if power <= alpha else []
