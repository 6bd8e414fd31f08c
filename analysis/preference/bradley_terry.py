"""The Bradley-Terry model of preferences, with Davidson's ties and an effect of order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from analysis.preference.comparisons import Preferences
from analysis.preference.likelihood import (
    Fitted,
    Model,
    connected,
    fit,
    identified,
    reachable,
)
from analysis.preference.options import (
    Options,
    Penalty,
    Ties,
    checked,
    counted,
    described,
    lay_out,
)
from analysis.resampling import FloatArray, IntArray, SignificanceTest


@dataclass(frozen=True, eq=False)
class BradleyTerry:
    """Abilities of the players, or the reason why there are none.

    Attributes
    ----------
    players, reference
        Labels, and the player whose log ability is fixed at 0.
    n_comparisons
        Number of comparisons used.
    method
        The model and its options.
    reason
        Why there are no abilities; everything below is then None.
    log_ability
        Natural logarithm of each player's ability.
    standard_error
        Their large-sample standard errors, comparisons independent; 0 for the reference, which is
        fixed. Comparisons of one case are not independent: see `ability_estimates`.
    covariance
        Players x players, zero for the reference.
    tie_parameter, log_tie_standard_error
        Davidson's nu (0 when no tie occurred) and the standard error of its logarithm.
    order_effect, order_effect_standard_error
        Advantage of the player shown first on the log odds scale; None when not asked for.
    log_likelihood, deviance, df
        The deviance compares with a free probability for every outcome of every pair that met;
        `df` counts these minus the parameters. With an order effect (a, b) and (b, a) are two
        pairs.
    goodness_of_fit
        Chi-squared test of the deviance.
    n_parameters
        Number of parameters.
    """

    players: tuple[str, ...]
    reference: str
    n_comparisons: float
    method: str
    reason: str | None = None
    log_ability: tuple[float, ...] | None = None
    standard_error: tuple[float, ...] | None = None
    covariance: FloatArray | None = None
    tie_parameter: float | None = None
    log_tie_standard_error: float | None = None
    order_effect: float | None = None
    order_effect_standard_error: float | None = None
    log_likelihood: float | None = None
    deviance: float | None = None
    df: int | None = None
    goodness_of_fit: SignificanceTest | None = None
    n_parameters: int = 0

    @property
    def win_probability(self) -> FloatArray | None:
        """Entry (i, j): probability that i is preferred to j, without any effect of order."""
        if self.log_ability is None:
            return None
        gap = np.subtract.outer(self.log_ability, self.log_ability)
        even = (self.tie_parameter or 0.0) * np.exp(-gap / 2)
        return np.asarray(1 / (1 + np.exp(-gap) + even))

    @property
    def tie_probability(self) -> FloatArray | None:
        """Entry (i, j): probability that neither of i and j is preferred."""
        won = self.win_probability
        return None if won is None else np.clip(1 - won - won.T, 0.0, 1.0)

    def contrast(self, player: str, other: str) -> tuple[float, float] | None:
        """Return the difference of two log abilities and its standard error."""
        if self.log_ability is None or self.covariance is None:
            return None
        i, j = self.players.index(player), self.players.index(other)
        variance = self.covariance[i, i] + self.covariance[j, j] - 2 * self.covariance[i, j]
        return self.log_ability[i] - self.log_ability[j], float(np.sqrt(max(variance, 0.0)))


def bradley_terry(
    preferences: Preferences | ArrayLike,
    *,
    players: Sequence[object] | None = None,
    reference: str | None = None,
    ties: Ties = "davidson",
    order_effect: bool = False,
    penalty: Penalty = "none",
) -> BradleyTerry:
    """Estimate the log abilities of players from preferences between pairs of them.

    Bradley RA, Terry ME. Biometrika 1952;39:324-345: i is preferred to j with log odds
    `log_ability[i] - log_ability[j]`.

    Parameters
    ----------
    preferences
        Comparisons, or a table of counts in which entry (i, j) is how often i was preferred to j.
    players
        Labels of the rows of a table of counts.
    reference
        The player with log ability 0; the first when not given.
    ties
        "davidson": a tie is an outcome of its own, with probability proportional to
        nu * sqrt(ability_i * ability_j) (Davidson RR. J Am Stat Assoc 1970;65:317-328); "half":
        half a preference each way (errors and deviance then mean little); "omit": left out.
    order_effect
        Whether the player shown first has an advantage of its own on the log odds scale (Davidson
        RR, Beaver RJ. Biometrics 1977;33:693-702; the home advantage of Agresti A. Categorical
        Data Analysis, 2nd ed., section 10.6).
    penalty
        "none": maximum likelihood, infinite for a player who never loses; "firth": penalised by
        Jeffreys' prior, always finite when the comparisons hang together (Firth D. Biometrika
        1993;80:27-38).

    Raises
    ------
    ValueError
        For an unknown option or reference, or an order effect where the order is not known.

    Examples
    --------
    >>> fitted = bradley_terry([[0, 8, 6], [2, 0, 5], [4, 5, 0]], players=["a", "b", "c"])
    >>> [round(ability, 3) for ability in fitted.log_ability]
    [0.0, -0.993, -0.71]
    """
    table = (
        preferences
        if isinstance(preferences, Preferences)
        else Preferences.of_wins(preferences, players=players)
    )
    options = checked(table, Options(reference, ties, order_effect, penalty))
    pairs, by_case = counted(table, options)
    counts = by_case.sum(axis=0, keepdims=True)
    if counts.shape[2] > 2 and not counts[:, :, 2].any():
        counts = counts[:, :, :2]
    reason = _why_not(table, options, pairs, counts)
    if reason is not None:
        return _without(table, options, counts, reason)
    laid_out = lay_out(table, options, pairs, counts.shape[2])
    if not identified(counts, laid_out)[0]:
        reason = "the order effect cannot be told from the abilities by the orders that were shown"
        return _without(table, options, counts, reason)
    fitted = fit(counts, laid_out)
    if not np.isfinite(fitted.theta).all():
        reason = (
            "the order effect or the tie parameter is infinite: these comparisons leave it without "
            "a bound"
        )
        return _without(table, options, counts, reason)
    return _result(table, options, counts[0], laid_out, fitted)


def elo_scale(log_ability: ArrayLike, *, centre: float = 1500.0) -> FloatArray:
    """Put log abilities on the scale of chess ratings, for display only.

    400 points are odds of 10 to 1 (Elo AE. The Rating of Chessplayers, 1978); the mean is `centre`.
    No running updates: those depend on the order of the comparisons.

    Examples
    --------
    >>> elo_scale([0.0, np.log(10.0)])
    array([1300., 1700.])
    """
    abilities = np.asarray(log_ability, dtype=float)
    return np.asarray(centre + 400 / np.log(10) * (abilities - abilities.mean()))


def _why_not(
    table: Preferences, options: Options, pairs: IntArray, counts: FloatArray
) -> str | None:
    n_players, firth = len(table.players), options.penalty == "firth"
    if not counts.sum():
        return "no comparison"
    if connected(pairs, counts, n_players, firth)[0]:
        return None
    names = np.array(table.players)
    met = reachable(pairs, counts, n_players, True)[0]
    if not met.all():
        groups = sorted({", ".join(names[row]) for row in met})
        return f"the comparisons fall into groups that never met: {' | '.join(groups)}"
    above = reachable(pairs, counts, n_players, False)[0]
    # Those whom everyone above them reaches back: nobody outside was ever preferred to them.
    top = next(row for row in range(n_players) if (above[row] >= above[:, row]).all())
    group = above[:, top]
    others = ", ".join(names[~group])
    return (
        f"{', '.join(names[group])} never lost to {others}: the ability is infinite "
        "(penalty='firth' gives finite ones)"
    )


def _without(table: Preferences, options: Options, counts: FloatArray, reason: str) -> BradleyTerry:
    return BradleyTerry(
        table.players, str(options.reference), float(counts.sum()), described(options), reason
    )


def _result(
    table: Preferences, options: Options, counts: FloatArray, laid_out: Model, fitted: Fitted
) -> BradleyTerry:
    theta = fitted.theta[0]
    inverse = np.linalg.inv(fitted.information[0])
    errors = np.sqrt(np.diag(inverse))
    at = table.players.index(str(options.reference))
    n = laid_out.n_abilities
    log_ability = np.insert(theta[:n], at, 0.0)
    covariance = np.insert(np.insert(inverse[:n, :n], at, 0.0, axis=0), at, 0.0, axis=1)
    size = counts.sum(axis=1, keepdims=True)
    some = counts > 0
    free = float((counts[some] * np.log((counts / np.where(size > 0, size, 1.0))[some])).sum())
    deviance = max(0.0, 2 * (free - float(fitted.log_likelihood[0])))
    df = int((size > 0).sum()) * (counts.shape[1] - 1) - len(theta)
    order, tie = laid_out.order_at, laid_out.tie_at
    no_ties = 0.0 if options.ties == "davidson" else None
    return BradleyTerry(
        table.players,
        str(options.reference),
        float(counts.sum()),
        described(options),
        log_ability=tuple(float(ability) for ability in log_ability),
        standard_error=tuple(float(error) for error in np.sqrt(np.diag(covariance))),
        covariance=covariance,
        tie_parameter=no_ties if tie is None else float(np.exp(theta[tie])),
        log_tie_standard_error=None if tie is None else float(errors[tie]),
        order_effect=None if order is None else float(theta[order]),
        order_effect_standard_error=None if order is None else float(errors[order]),
        log_likelihood=float(fitted.log_likelihood[0]),
        deviance=deviance,
        df=df,
        goodness_of_fit=_goodness_of_fit(deviance, df),
        n_parameters=len(theta),
    )


def _goodness_of_fit(deviance: float, df: int) -> SignificanceTest:
    method = "deviance against free pairs"
    if df <= 0:
        reason = "the model has as many parameters as the pairs have: nothing is left to test"
        return SignificanceTest(None, "chi2", (float(df),), None, method, reason)
    p_value = float(stats.chi2.sf(deviance, df))
    return SignificanceTest(deviance, "chi2", (float(df),), p_value, method)
