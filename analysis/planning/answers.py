"""How many cases, models and raters: what forecasts say together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from analysis.association.family_claim import FEWEST_MODELS, LARGEST_RATIO
from analysis.planning.forecasts import Forecast
from analysis.sample_size import models_for_power

Target = Literal["these models", "families"]


def smallest_design(
    forecasts: Sequence[Forecast], target: Target, power: float = 0.8
) -> Forecast | None:
    """Return the forecast with the fewest readings among those with enough power, or None.

    "these models" is target A, the models of the study; "families" is target B, the families as
    such.
    """
    enough = [found for found in forecasts if _power(found, target) >= power]
    return min(enough, key=lambda found: found.design.readings, default=None)


def models_needed(found: Forecast, power: float = 0.8) -> int | None:
    """Return the models a family that target B needs with the cases and raters of a forecast.

    From the difference and the spread of the simulated studies by `models_for_power`, at least 4.
    None where the simulated families differ by no more than chance, or too little for any number
    of models that exists.
    """
    difference, error = found.difference_z.value, found.difference_z.monte_carlo_error
    if difference is None or error is None or not found.sd_z:
        return None
    if abs(difference) < 3 * error or found.sd_z > LARGEST_RATIO * abs(difference):
        return None
    return max(FEWEST_MODELS, models_for_power(difference, found.sd_z, power))


def _power(found: Forecast, target: Target) -> float:
    simulated = found.power_these_models if target == "these models" else found.power_families
    return -1.0 if simulated is None or simulated.value is None else simulated.value
