from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.agreement.anova_components import expected_mean_square_components
from analysis.agreement.generalizability import (
    d_study,
    d_study_curve,
    g_study,
    generalizability,
    how_many_raters,
)
from analysis.agreement.icc import intraclass_correlation
from analysis.agreement.rating_table import RatingTable
from analysis.resampling import Resamples

# Brennan RL. Generalizability Theory. Springer 2001, table 3.1, synthetic data set 3:
# 2 occasions x 4 items x 10 persons.
BRENNAN = np.array(
    [
        [[2, 4, 5, 5, 4, 4, 2, 3, 0, 6], [6, 5, 5, 9, 3, 4, 6, 4, 5, 8]],
        [[7, 6, 4, 8, 5, 4, 6, 4, 4, 7], [5, 7, 6, 6, 6, 7, 5, 5, 5, 6]],
        [[2, 6, 5, 5, 4, 6, 2, 6, 5, 6], [5, 7, 4, 7, 5, 4, 7, 6, 5, 8]],
        [[5, 5, 5, 7, 6, 7, 7, 6, 5, 8], [5, 7, 5, 6, 4, 8, 5, 4, 3, 6]],
    ],
    dtype=float,
).reshape(2, 4, 10)


def long(table: Any, *names: str) -> tuple[Any, dict[str, Any]]:
    levels = np.indices(table.shape).reshape(table.ndim, -1)
    return table.ravel(), dict(zip(names, levels, strict=True))


@pytest.mark.parametrize("method", ["anova", "reml"])
def test_brennans_synthetic_data(method: Any) -> None:
    """Published there, section 3.4: the components of the p x i x o design to four digits."""
    ratings, facets = long(BRENNAN, "o", "i", "p")
    study = g_study(ratings, facets, method=method)
    published = {"p": 0.5528, "i": 0.4417, "o": 0.0074, "i:p": 0.5750, "o:p": 0.1009}
    published |= {"o:i": 0.1565, "residual": 0.9352}
    assert study.components == pytest.approx(published, abs=5e-5)
    # By hand: .575 / 4 + .1009 / 2 + .9352 / 8, and .4417 / 4 + .0074 / 2 + .1565 / 8 more.
    decision = d_study(study.components, "p", {"i": 4, "o": 2})
    assert decision.relative_error == pytest.approx(0.3111, abs=5e-5)
    assert decision.absolute_error == pytest.approx(0.4448, abs=5e-5)
    assert decision.g == pytest.approx(0.5528 / (0.5528 + 0.3111), abs=5e-5)
    assert decision.phi == pytest.approx(0.5528 / (0.5528 + 0.4448), abs=5e-5)
    assert decision.sem_relative == pytest.approx(0.3111**0.5, abs=5e-5)
    assert decision.sem_absolute == pytest.approx(0.4448**0.5, abs=5e-5)


def crossed(seed: int, cases: int = 8, models: int = 4, raters: int = 3) -> Any:
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(cases, 1, 1)) + rng.normal(size=(1, models, 1))
    table = table + rng.normal(size=(cases, models, 1)) + rng.normal(size=(1, 1, raters))
    return table + rng.normal(size=(cases, models, raters))


@pytest.mark.parametrize("seed", range(5))
def test_two_facets_are_the_intraclass_correlations(seed: int) -> None:
    table = crossed(seed)[:, 0, :]
    found = generalizability(*long(table, "case", "rater"), "case")
    for coefficient, form in ((found.g, "ICC(C,k)"), (found.phi, "ICC(A,k)")):
        known = intraclass_correlation(RatingTable.of(table), form)
        for part in ("value", "low", "high"):
            assert getattr(coefficient, part) == pytest.approx(getattr(known, part), abs=1e-9)
    single = generalizability(*long(table, "case", "rater"), "case", {"rater": 1})
    agreement = intraclass_correlation(RatingTable.of(table), "ICC(A,1)").value
    assert single.phi.value == pytest.approx(agreement)


def test_negative_estimates_are_reported_and_count_as_zero() -> None:
    table = np.array([[1.0, 5.0], [5.0, 1.0], [2.0, 4.0], [4.0, 2.0], [3.0, 2.0]])
    study = g_study(*long(table, "case", "rater"), method="anova")
    assert study.components["case"] < 0
    assert study.shares["case"] == 0
    decision = d_study(study.components, "case", {"rater": 2})
    assert (decision.g, decision.phi) == (None, None)
    assert "objects do not differ" in (decision.reason or "")
    found = generalizability(*long(table, "case", "rater"), "case")
    assert found.g.value is None
    by_reml = g_study(*long(table, "case", "rater"), method="reml")
    assert by_reml.components["case"] == 0


@pytest.mark.parametrize("seed", range(3))
def test_leaving_out_a_case_is_the_study_without_it(seed: int) -> None:
    table = crossed(seed)
    weights = np.vstack([1 - np.eye(8), 1 + np.eye(8)[:2]])
    fast = expected_mean_square_components(table, 0, weights)
    for row, components in zip(weights, fast, strict=True):
        rows = np.repeat(np.arange(8), row.astype(int))
        study = g_study(*long(table[rows], "case", "model", "rater"), method="anova")
        assert components == pytest.approx(list(study.components.values()), abs=1e-10)


def test_missing_ratings_are_left_to_reml() -> None:
    ratings, facets = long(crossed(2, cases=10), "case", "model", "rater")
    whole = g_study(ratings, facets)
    assert (whole.method, whole.balanced) == ("expected mean squares", True)
    kept = np.random.default_rng(0).random(len(ratings)) > 0.1
    holes = {name: label[kept] for name, label in facets.items()}
    study = g_study(ratings[kept], holes)
    assert (study.method, study.balanced) == ("REML", False)
    assert study.components == pytest.approx(whole.components, abs=0.5)
    assert "use REML" in (g_study(ratings[kept], holes, method="anova").reason or "")
    found = generalizability(ratings[kept], holes, ("case", "model"))
    assert found.phi.low is not None
    assert found.phi.value is not None
    assert found.phi.low < found.phi.value < found.phi.high < 1
    few = generalizability(ratings[kept], holes, ("case", "model"), most_refits=5)
    assert few.phi.value == pytest.approx(found.phi.value)
    assert "10 refits, more than most_refits = 5" in (few.phi.reason or "")


def test_refits_agree_with_the_sums_on_complete_data() -> None:
    ratings, facets = long(crossed(4, cases=7), "case", "model", "rater")
    resamples = Resamples(np.arange(7).astype(str), n=20)
    one, two = (
        generalizability(ratings, facets, ("case", "model"), method=method, resamples=resamples)
        for method in ("anova", "reml")
    )
    if min(one.study.components.values()) > 0:
        assert one.study.components == pytest.approx(two.study.components, abs=1e-6)
    assert one.phi.value == pytest.approx(two.phi.value, abs=0.02)
    assert one.phi.beside[0].low == pytest.approx(two.phi.beside[0].low, abs=0.05)


def test_models_as_objects_and_cases_as_conditions() -> None:
    components = {"rater": 1.0, "case": 2.0, "model": 4.0, "rater:case": 0.5}
    components |= {"rater:model": 0.6, "case:model": 3.0, "residual": 1.2}
    found = d_study(components, "model", {"rater": 2, "case": 10})
    assert found.universe_variance == 4
    assert found.relative_error == pytest.approx(0.6 / 2 + 3 / 10 + 1.2 / 20)
    assert found.absolute_error == pytest.approx(found.relative_error + 1 / 2 + 2 / 10 + 0.5 / 20)
    these_cases = d_study(components, "model", {"rater": 2, "case": 10}, fixed=["case"])
    assert these_cases.universe_variance == pytest.approx(4 + 3 / 10)
    assert these_cases.relative_error == pytest.approx(0.6 / 2 + 1.2 / 20)
    assert these_cases.absolute_error == pytest.approx(0.66 / 1 - 0.3 + 0.5 + 0.5 / 20)


@given(st.floats(0.05, 0.95), st.floats(0.01, 5), st.floats(0.0, 5), st.sampled_from(["g", "phi"]))
def test_the_number_of_raters_is_the_least_that_reaches_the_target(
    target: float, residual: float, rater: float, coefficient: Any
) -> None:
    components = {"case": 1.0, "rater": rater, "residual": residual}
    needed = how_many_raters(components, target, coefficient=coefficient)
    assert needed.n is not None
    at, before = (
        getattr(d_study(components, "case", {"rater": max(n, 1)}), coefficient)
        for n in (needed.n, needed.n - 1)
    )
    assert at >= target - 1e-9
    assert needed.n == 1 or before < target + 1e-9


def test_some_targets_cannot_be_reached() -> None:
    components = {"rater": 0.1, "case": 1.0, "model": 1.0, "rater:case": 0.1}
    components |= {"rater:model": 0.1, "case:model": 2.0, "residual": 0.5}
    needed = how_many_raters(components, 0.9, "model", {"case": 5})
    assert needed.n is None
    assert needed.limit == pytest.approx(1 / (1 + 1 / 5 + 2 / 5))
    assert "it stays at 0.625" in (needed.reason or "")
    flat = how_many_raters({"case": 0.0, "rater": 1.0, "residual": 1.0}, 0.5)
    assert "objects do not differ" in (flat.reason or "")


def test_the_curve_rises() -> None:
    curve = d_study_curve({"case": 1.0, "rater": 0.5, "residual": 1.0}, "case", {}, most=6)
    assert [study.n["rater"] for study in curve] == [1, 2, 3, 4, 5, 6]
    assert [study.phi for study in curve] == pytest.approx([1 / (1 + 1.5 / n) for n in range(1, 7)])


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 500))
def test_order_of_rows_and_levels_does_not_matter(seed: int) -> None:
    ratings, facets = long(crossed(seed), "case", "model", "rater")
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(ratings))
    renamed = {name: rng.permutation(20)[label[order]] for name, label in facets.items()}
    one = generalizability(ratings, facets, ("case", "model"))
    two = generalizability(ratings[order] + 7, renamed, ("case", "model"))
    assert one.phi.value == pytest.approx(two.phi.value)
    assert one.phi.low == pytest.approx(two.phi.low)


@pytest.mark.parametrize(
    ("ratings", "raters", "reason"),
    [
        ([3.0] * 4, [0, 1, 0, 1], "the ratings do not vary"),
        ([1.0, 2.0, 3.0, 4.0], [0, 0, 0, 0], "rater has one level"),
        ([], [], "no ratings"),
    ],
)
def test_what_cannot_be_computed_says_why(ratings: Any, raters: Any, reason: str) -> None:
    facets = {"case": [0, 0, 1, 1][: len(ratings)], "rater": raters}
    assert reason in (g_study(ratings, facets).reason or "")
    found = generalizability(ratings, facets, "case")
    assert (found.g.value, found.decision) == (None, None)
    assert reason in (found.g.reason or "")


def test_wrong_input_is_named_all_at_once() -> None:
    with pytest.raises(ValueError, match=r"case: shape .* 1 ratings are missing.* 1 facets"):
        g_study([1.0, np.nan], {"case": [1]})
    with pytest.raises(ValueError, match="case: 1 labels are missing"):
        g_study([1.0, 2.0], {"rater": [1, 2], "case": [1, np.nan]})
    with pytest.raises(ValueError, match="called residual"):
        g_study([1.0, 2.0], {"residual": [1, 2], "case": [1, 2]})
    with pytest.raises(ValueError, match="no facet case among"):
        generalizability([1.0, 2.0], {"a": [1, 2], "b": [1, 2]}, "a")
    with pytest.raises(ValueError, match=r"no facet model; .*rater: how many levels"):
        d_study({"case": 1.0, "rater": 1.0, "residual": 1.0}, ("case", "model"), {})
    with pytest.raises(ValueError, match="a target of 1"):
        how_many_raters({"case": 1.0, "rater": 1.0, "residual": 1.0}, 1)
    ratings, facets = long(crossed(1), "case", "model", "rater")
    bayesian = Resamples(np.arange(8).astype(str), n=5, kind="bayesian")
    with pytest.raises(ValueError, match="whole-number weights"):
        generalizability(ratings, facets, "model", method="reml", resamples=bayesian)
