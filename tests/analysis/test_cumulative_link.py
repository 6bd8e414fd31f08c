from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, special, stats
from statsmodels.miscmodels.ordinal_model import OrderedModel

from analysis.mixed import CumulativeLinkFit, Link, fit_cumulative_link, fit_cumulative_link_mixed
from tests.analysis.gold import checks, data


def wine(dataset: str) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    rating, temp, contact, judge = (np.array(c) for c in zip(*data(dataset), strict=True))
    return rating, {"tempwarm": temp == "warm", "contactyes": contact == "yes"}, {"judge": judge}


def matches(fit: CumulativeLinkFit, check: dict[str, Any]) -> None:
    expected, close = check["expected"], {"abs": check["atol"]}
    found = {**fit.thresholds, **fit.coefficients}
    assert found == {name: pytest.approx(v, **close) for name, v in expected["coef"].items()}
    assert fit.standard_errors == {
        name: pytest.approx(v, **close) for name, v in expected["se"].items()
    }
    assert fit.log_likelihood == pytest.approx(expected["loglik"], **close)


@pytest.mark.parametrize("check", checks("cumulative_link_model"))
def test_wine(check: dict[str, Any]) -> None:
    rating, fixed, _ = wine(check["dataset"])
    matches(fit_cumulative_link(rating, fixed, link=check["options"]["link"]), check)


@pytest.mark.parametrize("check", checks("cumulative_link_mixed_model"))
def test_wine_with_judges(check: dict[str, Any]) -> None:
    rating, fixed, groups = wine(check["dataset"])
    fit = fit_cumulative_link_mixed(rating, fixed, groups)
    matches(fit, check)
    assert fit.random_sd["judge"] == pytest.approx(check["expected"]["sd_judge"], abs=check["atol"])
    assert fit.converged


def drawn(seed: int, n: int = 120) -> tuple[Any, Any, Any, Any]:
    rng = np.random.default_rng(seed)
    case, rater = rng.integers(0, 12, n), rng.integers(0, 4, n)
    x = rng.normal(size=n)
    latent = 0.8 * x + rng.normal(size=12)[case] + rng.normal(0, 0.7, 4)[rater]
    return np.digitize(latent + rng.logistic(size=n), [-1.5, 0.0, 1.5]), x, case, rater


@pytest.mark.parametrize("link", ["logit", "probit"])
@pytest.mark.parametrize("seed", [1, 2])
def test_statsmodels_finds_the_same_without_random_effects(link: Link, seed: int) -> None:
    rating, x, case, _ = drawn(seed)
    columns = np.column_stack([x, case % 3])
    theirs = OrderedModel(rating, columns, distr=link).fit(method="bfgs", disp=False, gtol=1e-9)
    ours = fit_cumulative_link(rating, {"x": x, "c": case % 3}, link=link)
    assert list(ours.coefficients.values()) == pytest.approx(theirs.params[:2], abs=1e-6)
    assert [ours.standard_errors[c] for c in "xc"] == pytest.approx(theirs.bse[:2], abs=1e-5)
    assert ours.log_likelihood == pytest.approx(theirs.llf, abs=1e-9)
    wald = ours.wald("x")
    assert wald.p_value == pytest.approx(theirs.pvalues[0], abs=1e-6)


def laplace_by_hand(link: Link, rating: Any, x: Any, labels: Any, parameters: Any) -> float:
    """Return the approximation with whole matrices, the mode by a general minimiser."""
    k, cumulative = rating.max(), special.expit if link == "logit" else stats.norm.cdf
    ends = np.concatenate([[-np.inf], parameters[:k], [np.inf]])
    z = [
        sd * (label[:, None] == np.unique(label))
        for sd, label in zip(parameters[k + 1 :], labels, strict=True)
    ]
    z = np.column_stack(z)

    def negative(u: Any) -> float:
        eta = parameters[k] * x + z @ u
        p = cumulative(ends[rating + 1] - eta) - cumulative(ends[rating] - eta)
        return float(-np.log(p).sum() + u @ u / 2)

    mode = optimize.minimize(negative, np.zeros(z.shape[1]), method="BFGS", options={"gtol": 1e-7})
    eta = parameters[k] * x + z @ mode.x
    h = 1e-3

    def log_p(e: Any) -> Any:
        return np.log(cumulative(ends[rating + 1] - e) - cumulative(ends[rating] - e))

    bend = -(log_p(eta + h) - 2 * log_p(eta) + log_p(eta - h)) / h**2
    curve = z.T @ (bend[:, None] * z) + np.eye(z.shape[1])
    return float(-mode.fun - np.linalg.slogdet(curve)[1] / 2)


@pytest.mark.parametrize("link", ["logit", "probit"])
def test_crossed_effects_against_whole_matrices(link: Link) -> None:
    rating, x, case, rater = drawn(3)
    fit = fit_cumulative_link_mixed(rating, {"x": x}, {"case": case, "rater": rater}, link=link)
    best = np.array([*fit.thresholds.values(), *fit.coefficients.values(), *fit.random_sd.values()])
    top = laplace_by_hand(link, rating, x, (case, rater), best)
    assert fit.log_likelihood == pytest.approx(top, abs=1e-5)
    # No neighbour is higher, and the curvature gives the standard error.
    for place in range(len(best)):
        for step in (-0.05, 0.05):
            moved = best.copy()
            moved[place] += step
            assert laplace_by_hand(link, rating, x, (case, rater), moved) < top + 1e-6


def test_levels_without_spread_have_a_standard_deviation_of_zero() -> None:
    rng = np.random.default_rng(0)
    case = np.repeat(np.arange(20), 6)
    rating = np.tile([1, 1, 2, 2, 3, 3], 20)
    x = rng.normal(size=120)
    fit = fit_cumulative_link_mixed(rating, {"x": x}, {"case": case})
    plain = fit_cumulative_link(rating, {"x": x})
    assert fit.random_sd == {"case": 0.0}
    assert fit.singular
    assert fit.coefficients["x"] == pytest.approx(plain.coefficients["x"], abs=1e-5)
    assert fit.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-7)


@settings(max_examples=8, deadline=None)
@given(st.integers(0, 100))
def test_order_of_rows_and_labels_do_not_matter(seed: int) -> None:
    rating, x, case, rater = drawn(seed, n=60)
    order = np.random.default_rng(seed).permutation(60)
    one = fit_cumulative_link_mixed(rating, {"x": x}, {"case": case, "rater": rater})
    names = np.array(list("dcba"))[rater[order]]
    two = fit_cumulative_link_mixed(
        10 * rating[order], {"x": x[order]}, {"case": 30 - case[order], "rater": names}
    )
    assert one.reason == two.reason
    assert one.log_likelihood == pytest.approx(two.log_likelihood, abs=1e-6)
    assert one.coefficients == pytest.approx(two.coefficients, abs=1e-3)


@pytest.mark.parametrize(
    ("rating", "fixed", "reason"),
    [
        ([2, 2, 2, 2], {"x": [1, 2, 3, 4]}, "all ratings are alike"),
        ([1, 1, 2, 2], {"x": [0, 0, 1, 1]}, "separate the categories"),
        ([1, 2, 3, 4, 5], {"x": [1, 2, 3, 4, 5]}, "separate the categories"),
        ([1, 2, 1, 2], {"x": [3, 3, 3, 3]}, "x is a combination"),
        ([1, 2], {"x": [3, 4]}, "2 rows for 2 fixed effects"),
    ],
)
def test_what_cannot_be_fitted_says_why(rating: Any, fixed: Any, reason: str) -> None:
    fit = fit_cumulative_link(rating, fixed)
    assert reason in (fit.reason or "")
    assert (fit.thresholds, fit.log_likelihood, fit.wald("x").p_value) == ({}, None, None)


def test_wrong_input_is_named() -> None:
    with pytest.raises(ValueError, match="response: 1 missing or infinite; x: 1 missing"):
        fit_cumulative_link([1, np.nan], {"x": [np.inf, 1]})
    with pytest.raises(ValueError, match="no column age; there are x"):
        fit_cumulative_link([1, 2, 1, 2], {"x": [1, 2, 3, 4]}).wald("age")
