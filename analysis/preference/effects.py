"""Do raters agree on the abilities, and does the side of showing matter."""

from __future__ import annotations

from dataclasses import dataclass

from scipy import stats

from analysis.preference.bradley_terry import BradleyTerry, bradley_terry
from analysis.preference.comparisons import Preferences
from analysis.preference.options import Ties
from analysis.resampling import SignificanceTest


@dataclass(frozen=True, eq=False)
class OrderEffect:
    """The advantage of the mask shown first.

    Attributes
    ----------
    log_odds, standard_error
        Advantage on the log odds scale; above 0 the first is preferred more often than its ability
        explains. None with a reason in `test`.
    test
        Likelihood-ratio test against no advantage.
    """

    log_odds: float | None
    standard_error: float | None
    test: SignificanceTest


@dataclass(frozen=True, eq=False)
class RaterHomogeneity:
    """Whether one set of abilities describes all raters.

    Attributes
    ----------
    test
        Likelihood-ratio test of common against rater-specific abilities.
    abilities
        Fit of each rater alone.
    left_out
        Raters whose own abilities are not finite; the test is about the others.
    """

    test: SignificanceTest
    abilities: dict[str, BradleyTerry]
    left_out: tuple[str, ...]


def order_effect_test(preferences: Preferences, *, ties: Ties = "davidson") -> OrderEffect:
    """Test whether the mask shown first has an advantage.

    Davidson RR, Beaver RJ. Biometrics 1977;33:693-702. The likelihood-ratio test has 1 degree of
    freedom; both models see the comparisons with their order.

    Raises
    ------
    ValueError
        If the order of showing is not known.
    """
    method = "likelihood ratio, order effect"
    without = bradley_terry(preferences, ties=ties)
    fitted = bradley_terry(preferences, ties=ties, order_effect=True)
    if fitted.log_likelihood is None or without.log_likelihood is None:
        reason = without.reason or fitted.reason
        return OrderEffect(None, None, SignificanceTest(None, "chi2", (1.0,), None, method, reason))
    test = _likelihood_ratio(fitted.log_likelihood - without.log_likelihood, 1, method)
    return OrderEffect(fitted.order_effect, fitted.order_effect_standard_error, test)


def rater_homogeneity(
    preferences: Preferences, *, ties: Ties = "davidson", order_effect: bool = False
) -> RaterHomogeneity:
    """Test whether the raters share their abilities (and tie parameter and order effect).

    Twice the log likelihood of a fit per rater minus that of one fit, on the difference of the
    numbers of parameters; the chi-squared law needs several comparisons per pair and rater. A
    rater whose own abilities are not finite is left out of both sides and named.
    """
    method = "likelihood ratio, abilities common to the raters"
    alone = {
        rater: bradley_terry(preferences.by_raters([rater]), ties=ties, order_effect=order_effect)
        for rater in preferences.rater_names
    }
    usable = [rater for rater, fitted in alone.items() if fitted.reason is None]
    left_out = tuple(rater for rater in alone if rater not in usable)

    def nothing(reason: str | None) -> RaterHomogeneity:
        test = SignificanceTest(None, "chi2", (), None, method, reason)
        return RaterHomogeneity(test, alone, left_out)

    if len(usable) < 2:
        return nothing(f"{len(usable)} raters have finite abilities of their own, 2 are needed")
    together = bradley_terry(preferences.by_raters(usable), ties=ties, order_effect=order_effect)
    if together.log_likelihood is None:
        return nothing(together.reason)
    apart = sum(alone[rater].log_likelihood or 0.0 for rater in usable)
    df = sum(alone[rater].n_parameters for rater in usable) - together.n_parameters
    return RaterHomogeneity(
        _likelihood_ratio(apart - together.log_likelihood, df, method), alone, left_out
    )


def _likelihood_ratio(gain: float, df: int, method: str) -> SignificanceTest:
    statistic = max(0.0, 2 * gain)
    p_value = float(stats.chi2.sf(statistic, df))
    return SignificanceTest(statistic, "chi2", (float(df),), p_value, method)
