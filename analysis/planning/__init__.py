"""Planning a study: what a design can be expected to find, by simulation."""

from analysis.planning.answers import models_needed, smallest_design
from analysis.planning.forecasts import Forecast, Simulated, design_grid, forecast, plan_study

__all__ = [
    "Forecast",
    "Simulated",
    "design_grid",
    "forecast",
    "models_needed",
    "plan_study",
    "smallest_design",
]
