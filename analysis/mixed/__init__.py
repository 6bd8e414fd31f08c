"""Mixed models of ratings: linear by REML, ordinal by the Laplace approximation."""

from analysis.mixed.category_likelihood import Link
from analysis.mixed.cumulative_link import (
    CumulativeLinkFit,
    fit_cumulative_link,
    fit_cumulative_link_mixed,
)
from analysis.mixed.design import interaction
from analysis.mixed.reml import FixedEffectTest, MixedModelFit, fit_mixed_model
from analysis.mixed.sensitivity import (
    RatingMetricInteraction,
    rating_metric_interaction,
    rating_metric_interaction_ordinal,
)

__all__ = [
    "CumulativeLinkFit",
    "FixedEffectTest",
    "Link",
    "MixedModelFit",
    "RatingMetricInteraction",
    "fit_cumulative_link",
    "fit_cumulative_link_mixed",
    "fit_mixed_model",
    "interaction",
    "rating_metric_interaction",
    "rating_metric_interaction_ordinal",
]
