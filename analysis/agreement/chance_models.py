"""What agreement chance alone would give: one model for each chance-corrected coefficient.

A coefficient is (p_a - p_e) / (1 - p_e). The models share the observed agreement p_a of Gwet 2014
(the mean over units of the agreement of their pairs of raters) and differ in p_e, except for alpha,
which weights units by their ratings. Each gives p_a and p_e as functions of case weights, and for
each unit the linearised value whose spread is the standard error (Gwet KL. Br J Math Stat Psychol
2008;61:29-48; Handbook of Inter-Rater Reliability, 4th ed. 2014, chapters 5 and 6).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.agreement.category_counts import CategoryCounts
from analysis.resampling import FloatArray, Statistic, blocks

Parts = tuple[FloatArray, FloatArray]
OfShares = Callable[[FloatArray, FloatArray], FloatArray]

_EDGE = 1e-12


@dataclass(frozen=True)
class ChanceModel:
    """Observed and expected agreement from sums over units, and the linearised units.

    Attributes
    ----------
    columns
        What is summed over units, units x columns.
    parts
        Observed and expected agreement from the sums, resamples x columns -> twice (resamples,).
    linearised
        Value of each unit from observed and expected agreement, shape (units,).
    pairs_only
        Whether units with a single rating enter neither part.
    needs_list
        Whether categories that nobody chose change the unweighted coefficient.
    """

    columns: Callable[[CategoryCounts], FloatArray]
    parts: Callable[[FloatArray, CategoryCounts], Parts]
    linearised: Callable[[CategoryCounts, float, float], FloatArray]
    pairs_only: bool = False
    needs_list: bool = False

    def statistic(self, counted: CategoryCounts) -> Statistic:
        """Return the coefficient as a function of case weights."""
        by_case = counted.sums_by_case(self.columns(counted))

        def coefficient(weights: FloatArray) -> FloatArray:
            values = []
            for block in blocks(weights, 4 * by_case.shape[1]):
                observed, expected = self.parts(block @ by_case, counted)
                values.append(corrected(observed, expected))
            return np.concatenate(values)

        return coefficient


def corrected(observed: FloatArray, expected: FloatArray) -> FloatArray:
    """Return (p_a - p_e) / (1 - p_e); NaN where chance alone agrees always."""
    left = 1 - expected
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(left > _EDGE, (observed - expected) / left, np.nan)


def _ratio(above: FloatArray, below: FloatArray) -> FloatArray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(above / below)


def _linearised(
    counted: CategoryCounts, observed: float, expected: float, chance: FloatArray
) -> FloatArray:
    """Combine the units' observed agreement with their share in the chance agreement."""
    paired = (counted.ratings >= 2).astype(float)
    share = counted.copies.sum() / (counted.copies @ paired)
    gained = share * (counted.pair_agreement() - expected * paired) / (1 - expected)
    return np.asarray(gained - (1 - observed) / (1 - expected) ** 2 * chance)


def _unit_shares(counted: CategoryCounts) -> FloatArray:
    return np.asarray(counted.counts / counted.ratings[:, None])


def _share_columns(counted: CategoryCounts) -> FloatArray:
    paired = counted.ratings >= 2
    return np.column_stack(
        [counted.pair_agreement(), paired, np.ones(len(paired)), _unit_shares(counted)]
    )


def _of_shares(
    expected_of: OfShares, slope_of: OfShares, pairs_only: bool = False, needs_list: bool = False
) -> ChanceModel:
    """Return the model whose chance follows from the shares of the categories, whoever chose them.

    `slope_of` is the derivative of the chance agreement by each share, up to a constant.
    """

    def parts(sums: FloatArray, counted: CategoryCounts) -> Parts:
        observed = _ratio(sums[:, 0], sums[:, 1])
        return observed, expected_of(_ratio(sums[:, 3:], sums[:, 2:3]), counted.weights)

    def linearised(counted: CategoryCounts, observed: float, expected: float) -> FloatArray:
        own = _unit_shares(counted)
        shares = counted.copies @ own / counted.copies.sum()
        chance = (own - shares) @ slope_of(shares, counted.weights)
        return _linearised(counted, observed, expected, chance)

    return ChanceModel(_share_columns, parts, linearised, pairs_only, needs_list)


def _gwet_scale(weights: FloatArray) -> float:
    """Return the agreement of uniform ratings over that of the categories; NaN with only one."""
    return (
        float(weights.sum() / (len(weights) * (len(weights) - 1))) if len(weights) > 1 else np.nan
    )


def _own_columns(counted: CategoryCounts) -> FloatArray:
    flat = counted.by_rater.reshape(len(counted.copies), -1)
    return np.column_stack([counted.pair_agreement(), counted.ratings >= 2, flat])


def _own_parts(sums: FloatArray, counted: CategoryCounts) -> Parts:
    chosen = sums[:, 2:].reshape(len(sums), *counted.by_rater.shape[1:])
    n_rated = chosen.sum(axis=2, keepdims=True)
    shares = chosen / np.where(n_rated > 0, n_rated, 1)
    raters = (n_rated > 0).sum(axis=(1, 2))
    pooled = shares.sum(axis=1)
    same = ((shares @ counted.weights) * shares).sum(axis=(1, 2))
    every = ((pooled @ counted.weights) * pooled).sum(axis=1)
    return _ratio(sums[:, 0], sums[:, 1]), _ratio(every - same, raters * (raters - 1.0))


def _own_linearised(counted: CategoryCounts, observed: float, expected: float) -> FloatArray:
    chosen = counted.by_rater
    rated = chosen.sum(axis=2)
    n_rated = counted.copies @ rated
    raters = chosen.shape[1]
    shares = np.tensordot(counted.copies, chosen, axes=1) / n_rated[:, None]
    slope = 2 * (shares.sum(axis=0) - shares) @ counted.weights / (raters * (raters - 1))
    moved = ((chosen - rated[:, :, None] * shares) * slope).sum(axis=2)
    chance = moved @ (counted.copies.sum() / n_rated)
    return _linearised(counted, observed, expected, chance)


def _alpha_columns(counted: CategoryCounts) -> FloatArray:
    ratings = counted.ratings
    return np.column_stack([counted.pair_agreement() * ratings, ratings, counted.counts])


def _alpha_parts(sums: FloatArray, counted: CategoryCounts) -> Parts:
    n = sums[:, 1]
    correction = _ratio(np.ones(len(n)), n)
    observed = (1 - correction) * _ratio(sums[:, 0], n) + correction
    shares = _ratio(sums[:, 2:], n[:, None])
    return observed, np.asarray(((shares @ counted.weights) * shares).sum(axis=1))


def _alpha_linearised(counted: CategoryCounts, observed: float, expected: float) -> FloatArray:
    # As in irrCAC 1.0: the spread of alpha without its small-sample correction, but with the
    # corrected observed agreement in the term for units with more or fewer ratings.
    ratings, copies = counted.ratings, counted.copies
    n = float(copies @ ratings)
    mean = n / copies.sum()
    shares = copies @ counted.counts / n
    longer = (ratings - mean) / mean
    plain = float(copies @ (counted.pair_agreement() * ratings)) / n
    own = counted.pair_agreement() * ratings / mean - observed * longer
    chance = counted.counts @ counted.weights @ shares / mean - expected * (longer + 1)
    left = (1 - plain) / (1 - expected)
    return np.asarray((own - expected - 2 * left * chance) / (1 - expected))


# Nothing is taken off: percent agreement.
NO_CHANCE = _of_shares(
    lambda shares, weights: np.zeros(len(shares)),
    lambda shares, weights: np.zeros_like(shares),
    pairs_only=True,
)
# Every category is as likely: Brennan RL, Prediger DJ. Educ Psychol Meas 1981;41:687-699.
UNIFORM_CHANCE = _of_shares(
    lambda shares, weights: np.full(len(shares), weights.sum() / max(weights.size, 1)),
    lambda shares, weights: np.zeros_like(shares),
    pairs_only=True,
    needs_list=True,
)
# All raters draw from the pooled shares: Scott 1955, Fleiss 1971.
POOLED_CHANCE = _of_shares(
    lambda shares, weights: ((shares @ weights) * shares).sum(axis=1),
    lambda shares, weights: 2 * weights @ shares,
)
# Only some ratings are random, and those are uniform: Gwet 2008 (AC1), 2014 (AC2).
GWET_CHANCE = _of_shares(
    lambda shares, weights: _gwet_scale(weights) * (shares * (1 - shares)).sum(axis=1),
    lambda shares, weights: -2 * _gwet_scale(weights) * shares,
    needs_list=True,
)
# Each rater draws from their own shares: Conger AJ. Psychol Bull 1980;88:322-328.
OWN_CHANCE = ChanceModel(_own_columns, _own_parts, _own_linearised)
# Pooled shares of the ratings that have a partner, small-sample corrected: Krippendorff.
ALPHA_CHANCE = ChanceModel(_alpha_columns, _alpha_parts, _alpha_linearised, pairs_only=True)
