"""Chance-corrected agreement of any number of raters, with missing ratings and any weighting.

The weights say how much of an agreement a near miss is (see `category_weights`); the coefficients
differ in what they take chance alone to do (see `chance_models`). All keep every rating that is
there: a unit with a single rating informs about the shares of the categories, one with two or more
about agreement. `irr` in R drops each unit with a missing rating.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from analysis.agreement.category_counts import count_categories
from analysis.agreement.category_weights import CategoryWeights
from analysis.agreement.chance_models import (
    ALPHA_CHANCE,
    GWET_CHANCE,
    NO_CHANCE,
    OWN_CHANCE,
    POOLED_CHANCE,
    UNIFORM_CHANCE,
)
from analysis.agreement.coefficient import NO_PAIR, Coefficient, coefficient
from analysis.agreement.fleiss_test import chance_test
from analysis.agreement.rating_table import Ratings, rating_table
from analysis.resampling import (
    LOG_COMPLEMENT,
    LOGIT,
    Estimate,
    FloatArray,
    Resamples,
    Scale,
    estimate,
    method_on,
    undefined,
)

_LOGIT_OF_PERCENT = Scale(
    "logit of the share", lambda x: LOGIT.forward(x / 100), lambda y: 100 * LOGIT.back(y)
)


def percent_agreement(
    ratings: Ratings,
    weights: CategoryWeights = "unweighted",
    *,
    categories: Sequence[float] | None = None,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> Coefficient:
    """Estimate the share of rater pairs that agree, averaged over units; between 0 and 1.

    Not corrected for chance: p_a of Gwet 2014. Interval: case jackknife-t on the logit scale.

    Parameters
    ----------
    ratings
        Table, or units x raters with NaN where a rating is missing.
    weights
        Weighting of the categories, see `category_weights`.
    categories
        All categories of the instrument; without the list those that were seen, which changes
        weighted coefficients, AC1 and Brennan-Prediger when a category was not used.
    level
        Confidence level.
    resamples
        Weights for the percentile and BCa intervals beside the estimate.

    Raises
    ------
    ValueError
        If a rating is not in `categories`, or the weights do not fit them.

    Examples
    --------
    >>> percent_agreement([[1, 1, 1], [2, 2, 3]]).value.__round__(3)
    0.667
    """
    counted = count_categories(ratings, weights, categories)
    return coefficient(NO_CHANCE, counted, LOGIT, level, resamples)


def gwet_ac1(
    ratings: Ratings,
    *,
    categories: Sequence[float] | None = None,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> Coefficient:
    """Estimate Gwet's AC1, which does not collapse when almost all ratings fall in one category.

    Gwet KL. Br J Math Stat Psychol 2008;61:29-48. Arguments as in `percent_agreement`.

    Examples
    --------
    >>> gwet_ac1([[1, 1], [1, 1], [1, 1], [1, 2]], categories=[1, 2]).value.__round__(3)
    0.68
    """
    return gwet_ac2(ratings, "unweighted", categories=categories, level=level, resamples=resamples)


def gwet_ac2(
    ratings: Ratings,
    weights: CategoryWeights = "quadratic",
    *,
    categories: Sequence[float] | None = None,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> Coefficient:
    """Estimate Gwet's AC2, the AC1 of ordered categories. Arguments as in `percent_agreement`.

    Gwet KL. Handbook of Inter-Rater Reliability, 4th ed. 2014, chapter 5.

    Examples
    --------
    >>> gwet_ac2([[1, 1], [2, 3], [5, 4], [5, 5]], categories=range(1, 6)).value.__round__(3)
    0.895
    """
    counted = count_categories(ratings, weights, categories)
    return coefficient(GWET_CHANCE, counted, LOG_COMPLEMENT, level, resamples)


def fleiss_kappa(
    ratings: Ratings,
    weights: CategoryWeights = "unweighted",
    *,
    categories: Sequence[float] | None = None,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> Coefficient:
    """Estimate Fleiss' kappa, the generalised pi of Scott. Arguments as in `percent_agreement`.

    Fleiss JL. Psychol Bull 1971;76:378-382; with missing ratings and weights Gwet 2014. The test
    uses the error under chance agreement (Fleiss, Nee and Landis. Psychol Bull 1979;86:974-977),
    which irr in R prints and which does not give an interval; it needs unweighted categories and as
    many ratings of every unit.

    Examples
    --------
    >>> kappa = fleiss_kappa([[1, 1, 1], [2, 2, 3], [3, 3, 3], [2, 2, 2]])
    >>> round(kappa.value, 3), round(kappa.null_test.statistic, 2)
    (0.745, 3.61)
    """
    counted = count_categories(ratings, weights, categories)
    kappa = coefficient(POOLED_CHANCE, counted, LOG_COMPLEMENT, level, resamples)
    test, error = chance_test(counted, kappa.value)
    return replace(kappa, null_test=test, null_standard_error=error)


def scott_pi(
    ratings: Ratings,
    weights: CategoryWeights = "unweighted",
    *,
    categories: Sequence[float] | None = None,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> Coefficient:
    """Estimate Scott's pi of two raters. Arguments as in `percent_agreement`.

    Scott WA. Public Opin Q 1955;19:321-325.

    Raises
    ------
    ValueError
        If there are not two columns.

    Examples
    --------
    >>> scott_pi([[1, 1], [2, 2], [1, 2], [2, 2]]).value.__round__(3)
    0.467
    """
    table = rating_table(ratings)
    if table.values.shape[1] != 2:
        raise ValueError(
            f"Scott's pi is for 2 raters, not {table.values.shape[1]}: use fleiss_kappa"
        )
    return fleiss_kappa(table, weights, categories=categories, level=level, resamples=resamples)


def conger_kappa(
    ratings: Ratings,
    weights: CategoryWeights = "unweighted",
    *,
    categories: Sequence[float] | None = None,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> Coefficient:
    """Estimate Conger's kappa: Cohen's for any number of raters, each with their own shares.

    Conger AJ. Psychol Bull 1980;88:322-328 ("exact" kappa in irr); with missing ratings and weights
    Gwet 2014. Arguments as in `percent_agreement`.

    Examples
    --------
    >>> conger_kappa([[1, 1, 1], [2, 2, 3], [3, 3, 3], [2, 2, 2]]).value.__round__(3)
    0.75
    """
    counted = count_categories(ratings, weights, categories)
    return coefficient(OWN_CHANCE, counted, LOG_COMPLEMENT, level, resamples)


def brennan_prediger(
    ratings: Ratings,
    weights: CategoryWeights = "unweighted",
    *,
    categories: Sequence[float] | None = None,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> Coefficient:
    """Estimate the coefficient of Brennan and Prediger, of which PABAK is the case of two raters.

    Brennan RL, Prediger DJ. Educ Psychol Meas 1981;41:687-699. It depends on the number of
    categories: give the list. Arguments as in `percent_agreement`.

    Examples
    --------
    >>> brennan_prediger([[1, 1], [2, 2], [1, 2], [2, 2]], categories=[1, 2]).value
    0.5
    """
    counted = count_categories(ratings, weights, categories)
    return coefficient(UNIFORM_CHANCE, counted, LOG_COMPLEMENT, level, resamples)


def krippendorff_alpha_fixed_weights(
    ratings: Ratings,
    weights: CategoryWeights = "unweighted",
    *,
    categories: Sequence[float] | None = None,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> Coefficient:
    """Estimate Krippendorff's alpha with fixed weights. Arguments as in `percent_agreement`.

    Gwet 2014, chapter 6; this is what irrCAC calls alpha. Unweighted it is the nominal, with
    quadratic weights the interval and with ratio weights the ratio alpha. With ordinal weights it
    is not Krippendorff's ordinal alpha, whose differences depend on how often each level was used
    (.834 in place of .815 for his example C): see `krippendorff_alpha`.

    Examples
    --------
    >>> krippendorff_alpha_fixed_weights([[1, 1], [2, 2], [1, 2], [2, 2]]).value.__round__(3)
    0.533
    """
    counted = count_categories(ratings, weights, categories).with_ratings(2)
    return coefficient(ALPHA_CHANCE, counted, LOG_COMPLEMENT, level, resamples)


def unanimous_percent(
    ratings: Ratings, *, level: float = 0.95, resamples: Resamples | None = None
) -> Estimate:
    """Estimate the percentage of units on which all raters chose the same level, 0 to 100.

    Of the units with two ratings or more; `agree` of irr in R leaves out each unit with a missing
    rating. More raters make it smaller, so that only studies with as many raters compare.

    Examples
    --------
    >>> unanimous_percent([[1, 1, 1], [2, 2, 3], [3, 3, 3], [2, 2, 2]]).value
    75.0
    """
    table = rating_table(ratings).with_ratings(2)
    if not len(table.values):
        return undefined(0, method_on(_LOGIT_OF_PERCENT), NO_PAIR)
    unanimous = np.nanmax(table.values, axis=1) == np.nanmin(table.values, axis=1)
    sums = np.bincount(table.cases, weights=100.0 * unanimous)
    units = np.bincount(table.cases).astype(float)

    def statistic(weights: FloatArray) -> FloatArray:
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray((weights @ sums) / (weights @ units))

    return estimate(
        statistic,
        table.case_names if len(table.case_names) else table.n_cases,
        _LOGIT_OF_PERCENT,
        why_undefined=NO_PAIR,
        level=level,
        resamples=resamples,
    )
