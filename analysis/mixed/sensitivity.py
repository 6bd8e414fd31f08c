"""Does the association between rating and metric differ between two families? A mixed model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from numpy.typing import ArrayLike
from scipy import stats

from analysis.mixed.category_likelihood import Link
from analysis.mixed.cumulative_link import CumulativeLinkFit, fit_cumulative_link_mixed
from analysis.mixed.family_columns import INTERACTION, FamilyColumns, family_columns
from analysis.mixed.reml import MixedModelFit, fit_mixed_model


@dataclass(frozen=True, eq=False)
class RatingMetricInteraction:
    """The difference of a family's slope of rating on metric from another's, within cases.

    Attributes
    ----------
    estimate
        Slope in the second family minus slope in the first: standard deviations of the rating
        (ordinal model: logits or probits) per standard deviation of the metric within its family.
    standard_error, low, high
        Its error and interval at `level`.
    df
        Satterthwaite's degrees of freedom; None for the ordinal model, which tests with z.
    p_value
        Two-sided.
    families
        First and second family.
    n_rows, n_left_out
        Ratings in the model, and ratings left out because rating or metric is missing.
    level, method
        Confidence level, and the model in words.
    fit
        The whole model; None when it could not be set up.
    reason
        Why there is no estimate; None when there is one.
    """

    estimate: float | None
    standard_error: float | None
    df: float | None
    p_value: float | None
    low: float | None
    high: float | None
    families: tuple[str, ...]
    n_rows: int
    n_left_out: int
    level: float
    method: str
    fit: MixedModelFit | CumulativeLinkFit | None = None
    reason: str | None = None


def rating_metric_interaction(
    rating: ArrayLike,
    metric: ArrayLike,
    family: ArrayLike,
    model: ArrayLike,
    case: ArrayLike,
    rater: ArrayLike,
    *,
    families: Sequence[str] | None = None,
    level: float = 0.95,
) -> RatingMetricInteraction:
    """Test by a linear mixed model whether metric and rating go together alike in two families.

    rating ~ metric_within * family + metric_between * family + (1 | rater) + (1 | case)
    + (1 | case:model) + (1 + metric || model), by REML, with Satterthwaite's degrees of freedom.
    Ratings (over readings) and metric (over masks) become normal quantiles of their mid-ranks
    within each family (Blom G, 1958: (r - 3/8) / (n + 1/4)) of variance one: on the raw values
    the interaction would compare slopes, which may be equal where correlations differ.
    metric_between is a case's mean over its masks of the family, metric_within the rest (Mundlak
    Y. Econometrica 1978;46:69). Without case:model the raters of one mask would count as
    independent (Judd CM, Westfall J, Kenny DA. J Pers Soc Psychol 2012;103:54); without the
    slope by model a claim about families would rest on the models at hand (Barr DJ et al. J Mem
    Lang 2013;68:255).

    Parameters
    ----------
    rating, metric, family, model, case, rater
        One entry per reading. Readings with NaN as rating or metric are left out and counted; an
        infinite metric is ranked last (or first, if negative).
    families
        First and second family; None if the data hold just two, then in sorted order.
    level
        Confidence level.

    Raises
    ------
    ValueError
        If lengths differ, a model belongs to two families, a mask has two values of the metric,
        or a named family is not there; all problems at once.
    """
    labels = {"family": family, "model": model, "case": case, "rater": rater}
    columns = family_columns(rating, metric, labels, families)
    method = (
        "REML on rank-normal values within family; random rater, case, case:model, model, and "
        "slope of the metric by model; Satterthwaite"
    )
    if columns.reason is not None:
        return _nothing(columns, 0, level, columns.reason)
    fit = fit_mixed_model(columns.rank_normal_rating, columns.fixed, columns.groups, columns.slopes)
    if fit.reason is not None:
        return _nothing(columns, fit.n_rows, level, fit.reason)
    test = fit.satterthwaite(INTERACTION, level)
    return RatingMetricInteraction(
        estimate=test.estimate,
        standard_error=test.standard_error,
        df=test.df,
        p_value=test.p_value,
        low=test.low,
        high=test.high,
        families=columns.families,
        n_rows=fit.n_rows,
        n_left_out=columns.n_left_out,
        level=level,
        method=method,
        fit=fit,
        reason=test.reason,
    )


def rating_metric_interaction_ordinal(
    rating: ArrayLike,
    metric: ArrayLike,
    family: ArrayLike,
    model: ArrayLike,
    case: ArrayLike,
    rater: ArrayLike,
    *,
    families: Sequence[str] | None = None,
    link: Link = "logit",
    level: float = 0.95,
) -> RatingMetricInteraction:
    """Check `rating_metric_interaction` with a cumulative link mixed model of the ratings.

    The same terms on the ordered categories as they are, by the Laplace approximation; the
    metric is rank-normal within family as there. Wald's z takes no account of how few models there
    are: with four to a family it rejects too easily, so that this is a check on the direction and
    size of `rating_metric_interaction`, not a test to claim from.

    Parameters
    ----------
    rating, metric, family, model, case, rater, families, level
        As for `rating_metric_interaction`.
    link
        "logit" or "probit".

    Raises
    ------
    ValueError
        As `rating_metric_interaction`.
    """
    labels = {"family": family, "model": model, "case": case, "rater": rater}
    columns = family_columns(rating, metric, labels, families)
    if columns.reason is not None:
        return _nothing(columns, 0, level, columns.reason)
    fit = fit_cumulative_link_mixed(
        columns.rating, columns.fixed, columns.groups, columns.slopes, link=link
    )
    if fit.reason is not None:
        return _nothing(columns, fit.n_rows, level, fit.reason)
    value, error = fit.coefficients[INTERACTION], fit.standard_errors[INTERACTION]
    reach = float(stats.norm.ppf((1 + level) / 2)) * error
    return RatingMetricInteraction(
        estimate=value,
        standard_error=error,
        df=None,
        p_value=fit.wald(INTERACTION).p_value,
        low=value - reach,
        high=value + reach,
        families=columns.families,
        n_rows=fit.n_rows,
        n_left_out=columns.n_left_out,
        level=level,
        method=f"cumulative {link} mixed model, Laplace; same terms; Wald z",
        fit=fit,
    )


def _nothing(
    columns: FamilyColumns, n_rows: int, level: float, reason: str
) -> RatingMetricInteraction:
    return RatingMetricInteraction(
        estimate=None,
        standard_error=None,
        df=None,
        p_value=None,
        low=None,
        high=None,
        families=columns.families,
        n_rows=n_rows,
        n_left_out=columns.n_left_out,
        level=level,
        method="mixed model of rank-normal values",
        reason=reason,
    )
