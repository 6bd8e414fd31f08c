"""Simulated reader studies: raters x cases x models, with a metric that follows the quality."""

from analysis.simulation.components import Components, Design
from analysis.simulation.pilot import components_from_pilot
from analysis.simulation.pilot_table import PilotError, read_pilot
from analysis.simulation.studies import Panel, SimulatedStudies, draw_panel, simulate

__all__ = [
    "Components",
    "Design",
    "Panel",
    "PilotError",
    "SimulatedStudies",
    "components_from_pilot",
    "draw_panel",
    "read_pilot",
    "simulate",
]
