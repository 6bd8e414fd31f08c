"""Abilities and ranks when the cases are the sample: refitted under case weights."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b

import numpy as np

from analysis.preference.bradley_terry import bradley_terry
from analysis.preference.comparisons import Preferences
from analysis.preference.likelihood import connected, fit
from analysis.preference.options import (
    Options,
    Penalty,
    Ties,
    checked,
    counted,
    described,
    lay_out,
)
from analysis.ranking import Ranking, rank_rows
from analysis.resampling import (
    IDENTITY,
    Estimate,
    FloatArray,
    Resamples,
    Statistic,
    blocks,
    estimate,
)

_INFINITE = "a player's ability is infinite or the comparisons fall apart"


def ability_estimates(
    preferences: Preferences,
    *,
    reference: str | None = None,
    ties: Ties = "davidson",
    order_effect: bool = False,
    penalty: Penalty = "none",
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> dict[str, Estimate]:
    """Estimate each player's log ability minus the reference's, with intervals over cases.

    Preferences about one case depend on each other, and so do those of several raters about the
    same two masks; leaving out a case leaves out all of them. Cases in which a player has infinite
    ability are counted as undefined; `penalty="firth"` has none.

    Parameters
    ----------
    preferences
        Comparisons with their cases.
    reference, ties, order_effect, penalty
        As for `bradley_terry`.
    level
        Confidence level.
    resamples
        Weights for bootstrap intervals beside the jackknife's.
    """
    options = checked(preferences, Options(reference, ties, order_effect, penalty))
    whole = _fitted(preferences, options)
    abilities = _remembered(abilities_given(preferences, options))

    def of(player: int) -> Statistic:
        return lambda weights: abilities(weights)[:, player]

    return {
        name: estimate(
            of(at),
            preferences.case_names,
            IDENTITY,
            why_undefined=whole or _INFINITE,
            level=level,
            resamples=resamples,
        )
        for at, name in enumerate(preferences.players)
        if name != options.reference
    }


def preference_ranking(
    preferences: Preferences,
    *,
    ties: Ties = "davidson",
    order_effect: bool = False,
    penalty: Penalty = "none",
) -> Ranking:
    """Rank the players by their abilities; `ranking_stability` tells how firm the ranks are."""
    options = checked(preferences, Options(None, ties, order_effect, penalty))
    reason = _fitted(preferences, options)
    abilities = abilities_given(preferences, options)

    def ranks_given(weights: FloatArray) -> FloatArray:
        return rank_rows(abilities(weights))

    reached = ranks = None
    if reason is None:
        found = abilities(np.ones((1, preferences.n_cases)))
        reached = tuple(float(ability) for ability in found[0])
        ranks = tuple(float(rank) for rank in rank_rows(found)[0])
    return Ranking(
        preferences.players,
        ranks,
        reached,
        described(options),
        preferences.case_names,
        (0,) * len(preferences.players),
        ranks_given,
        reason,
    )


def abilities_given(
    preferences: Preferences, options: Options
) -> Callable[[FloatArray], FloatArray]:
    """Return the function case weights -> log abilities, (resamples x players); NaN = infinite."""
    pairs, by_case = counted(preferences, options)
    n_players, firth = len(preferences.players), options.penalty == "firth"
    if by_case.shape[2] > 2 and not by_case[:, :, 2].any():
        by_case = by_case[:, :, :2]
    laid_out = lay_out(preferences, options, pairs, by_case.shape[2])
    n_counts = by_case.shape[1] * by_case.shape[2]
    flat = by_case.reshape(len(by_case), n_counts)
    at = preferences.players.index(str(options.reference))
    size = laid_out.x.shape[2]
    columns = max(1, n_counts * size * (size if firth else 1) + 2 * n_players**2)
    whole = by_case.sum(axis=0, keepdims=True)
    start = None
    if connected(pairs, whole, n_players, firth)[0]:
        # Resamples start from the fit of everything: two or three steps fewer.
        start = np.nan_to_num(fit(whole, laid_out).theta[0])

    def abilities(weights: FloatArray) -> FloatArray:
        found = np.full((len(weights), n_players), np.nan)
        row = 0
        for part in blocks(weights, columns):
            counts = (part @ flat).reshape(len(part), *by_case.shape[1:])
            usable = row + np.flatnonzero(connected(pairs, counts, n_players, firth))
            theta = fit(counts[usable - row], laid_out, start).theta[:, : laid_out.n_abilities]
            found[usable] = np.insert(
                theta, at, np.where(np.isnan(theta[:, 0]), np.nan, 0.0), axis=1
            )
            row += len(part)
        return found

    return abilities


def _fitted(preferences: Preferences, options: Options) -> str | None:
    return bradley_terry(
        preferences,
        reference=options.reference,
        ties=options.ties,
        order_effect=options.order_effect,
        penalty=options.penalty,
    ).reason


def _remembered(
    abilities: Callable[[FloatArray], FloatArray],
) -> Callable[[FloatArray], FloatArray]:
    """Fit the same weights once for all players."""
    known: dict[bytes, FloatArray] = {}

    def remembered(weights: FloatArray) -> FloatArray:
        key = blake2b(np.ascontiguousarray(weights).data, digest_size=16).digest()
        if key not in known:
            known[key] = abilities(weights)
        return known[key]

    return remembered
