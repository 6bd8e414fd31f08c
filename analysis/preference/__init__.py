"""Preferences between pairs of masks: Bradley-Terry abilities, ties, order and rater effects."""

from analysis.preference.bradley_terry import BradleyTerry, bradley_terry, elo_scale
from analysis.preference.cases import ability_estimates, preference_ranking
from analysis.preference.comparisons import Preferences
from analysis.preference.effects import (
    OrderEffect,
    RaterHomogeneity,
    order_effect_test,
    rater_homogeneity,
)

__all__ = [
    "BradleyTerry",
    "OrderEffect",
    "Preferences",
    "RaterHomogeneity",
    "ability_estimates",
    "bradley_terry",
    "elo_scale",
    "order_effect_test",
    "preference_ranking",
    "rater_homogeneity",
]
