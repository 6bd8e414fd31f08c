"""Simulated studies vary as their components say, and pilots give the components back."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from analysis.simulation import (
    Components,
    Design,
    PilotError,
    components_from_pilot,
    draw_panel,
    read_pilot,
    simulate,
)
from analysis.simulation.moments import symmetric_sums, uncut_correlation


def rng(seed=1):
    return np.random.default_rng(seed)


def test_the_seed_decides():
    design = Design(20, (2, 3), 4, replicates=0.2, missing=0.1)
    one, same, other = (simulate(design, Components(), rng(seed), 3) for seed in (1, 1, 2))
    assert one.ratings.shape == (3, 20, 5, 4)
    np.testing.assert_array_equal(one.ratings, same.ratings)
    np.testing.assert_array_equal(one.metric, same.metric)
    assert not np.array_equal(one.metric, other.metric)


def test_levels_have_their_shares():
    shares = (0.1, 0.2, 0.3, 0.4)
    drawn = simulate(Design(50), Components(level_shares=shares), rng(), 200)
    levels, counts = np.unique(drawn.ratings, return_counts=True)
    assert levels.tolist() == [1, 2, 3, 4]
    np.testing.assert_allclose(counts / counts.sum(), shares, atol=0.03)


def test_shares_of_missing_and_second_readings():
    drawn = simulate(Design(100, (4, 4), 5, 0.25, 0.1), Components(), rng(), 5)
    assert np.isnan(drawn.ratings).mean() == pytest.approx(0.1, abs=0.01)
    assert np.isfinite(drawn.second).mean() == pytest.approx(0.25 * 0.9, abs=0.01)
    assert not (np.isnan(drawn.ratings) & np.isfinite(drawn.second)).any()
    assert np.isnan(simulate(Design(10), Components(), rng()).second).all()


def test_a_rater_without_residual_repeats_every_level():
    drawn = simulate(Design(30, replicates=1.0), Components(residual=0.0), rng())
    np.testing.assert_array_equal(drawn.ratings, drawn.second)


def test_perfect_raters_rate_the_quality():
    perfect = Components(rater=0, rater_family=0, rater_case=0, rater_item=0, residual=0)
    drawn = simulate(Design(40), perfect, rng())
    assert (drawn.ratings == drawn.ratings[..., :1]).all()
    assert stats.spearmanr(drawn.quality.ravel(), drawn.mean_rating.ravel())[0] > 0.95


@pytest.mark.parametrize(
    ("effect", "axes"),
    [("case", (1,)), ("model", (2,)), ("item", (1, 2)), ("rater", (3,)), ("rater_case", (1, 3))],
)
def test_an_effect_is_shared_by_what_its_name_says(effect, axes):
    alone = {name: 0.0 for name in Components().deviations} | {effect: 1.0, "item": 1.0}
    alone["item"] = 1.0 if effect == "item" else 1e-9
    ratings = simulate(Design(12, (3, 3), 4), Components(**alone), rng()).ratings[0]
    varied = tuple(axis - 1 for axis in axes)
    others = tuple(axis for axis in range(3) if axis not in varied)
    assert (ratings.max(axis=others) == ratings.min(axis=others)).all()
    assert all((ratings.max(axis=axis) > ratings.min(axis=axis)).any() for axis in varied)


def test_the_metric_follows_the_quality_as_told():
    told = Components(metric_rho=(0.8, -0.3), metric_z=0.0)
    drawn = simulate(Design(4000), told, rng())
    rho = [
        stats.spearmanr(q, m)[0] for q, m in zip(drawn.quality[0].T, drawn.metric[0].T, strict=True)
    ]
    pearson = 2 * np.sin(np.pi * np.array(rho) / 6)
    np.testing.assert_allclose(pearson, [0.8] * 4 + [-0.3] * 4, atol=0.05)
    assert ((drawn.metric > 0) & (drawn.metric < 1)).all()


def test_models_spread_about_their_family_on_fisher_z():
    panel = draw_panel(Design(models=(200, 200)), Components(metric_z=0.25), rng())
    z = np.arctanh(panel.rho[0]) - np.repeat(np.arctanh([0.6, 0.4]), 200)
    assert z.mean() == pytest.approx(0, abs=0.04)
    assert z.std() == pytest.approx(0.25, abs=0.03)


def test_a_panel_keeps_raters_and_models():
    design = Design(3000, (2, 2), 3)
    panel = draw_panel(design, Components(rater=1.0, model=1.0), rng(3))
    first, second = (
        simulate(design, Components(rater=1.0, model=1.0), rng(seed), 1, panel) for seed in (4, 5)
    )
    assert not np.array_equal(first.ratings, second.ratings)
    np.testing.assert_allclose(
        first.ratings.mean(axis=(0, 1)), second.ratings.mean(axis=(0, 1)), atol=0.1
    )


def test_tables_hold_what_was_drawn():
    drawn = simulate(Design(15, (2, 1), 3, 0.4, 0.3), Components(), rng(), 2)
    table, long = drawn.rating_table(1), drawn.long(1)
    assert table.n_ratings == np.isfinite(drawn.ratings[1]).sum()
    assert len(long) == table.n_ratings + np.isfinite(drawn.second[1]).sum()
    row = long.iloc[7]
    readings = (drawn.ratings, drawn.second)[int(row["replicate"])]
    at = (1, int(row["case"]), int(row["model"]))
    assert row["rating"] == readings[(*at, int(row["rater"]))]
    assert row["metric"] == drawn.metric[at]
    first, second = drawn.families(1)
    assert [*first, *second] == ["model 1", "model 2", "model 3"]
    pooled = drawn.pairs(1)
    assert len(pooled.metric) == sum(len(p.metric) for p in (first | second).values())
    twice = drawn.replicate_table(1)
    assert twice.values.shape == (np.isfinite(drawn.second[1]).sum(), 2)


def test_every_problem_of_a_design_and_its_components_is_named():
    with pytest.raises(ValueError, match=r"cases is 2.*raters is 1.*models is 0.*missing is 1"):
        Design(2, (0, 3), 1, missing=1)
    with pytest.raises(ValueError, match="two numbers"):
        Design(models=(1, 2, 3))
    with pytest.raises(ValueError, match=r"rater is -1.*both 0.*metric_rho is 1.*level_shares"):
        Components(rater=-1, case=0, item=0, metric_rho=(1, 0.2), level_shares=(0.5, 0.6))


def test_moments_are_anova_estimates_in_a_balanced_table():
    n_cases, n_raters, n_again = 7, 4, 3
    values = rng().normal(size=(n_cases, n_raters, n_again)) + rng(2).normal(size=(n_cases, 1, 1))
    case, rater, _ = (axis.ravel() for axis in np.indices(values.shape))
    found = symmetric_sums(
        values.ravel(),
        pd.DataFrame({"case": case, "rater": rater}),
        {"case": ("case",), "rater": ("rater",), "both": ("case", "rater")},
    )
    cells, cases, raters = values.mean(2), values.mean((1, 2)), values.mean((0, 2))
    ms_cases = n_raters * n_again * cases.var(ddof=1)
    ms_raters = n_cases * n_again * raters.var(ddof=1)
    rest = cells - cases[:, None] - raters + values.mean()
    ms_both = n_again * (rest**2).sum() / ((n_cases - 1) * (n_raters - 1))
    ms_within = values.var(axis=2, ddof=1).mean()
    assert found == pytest.approx(
        {
            "case": (ms_cases - ms_both) / (n_raters * n_again),
            "rater": (ms_raters - ms_both) / (n_cases * n_again),
            "both": (ms_both - ms_within) / n_again,
            "residual": ms_within,
        }
    )


@pytest.mark.parametrize("rho", [0.1, 0.5, 0.9])
def test_uncut_correlation(rho):
    shares = np.array([0.1, 0.2, 0.4, 0.3])
    x, y = rng().multivariate_normal([0, 0], [[1, rho], [rho, 1]], 200_000).T
    cuts = stats.norm.ppf(np.cumsum(shares)[:-1])
    observed = np.corrcoef(np.digitize(x, cuts), np.digitize(y, cuts))[0, 1]
    assert observed < rho
    assert uncut_correlation(observed, shares) == pytest.approx(rho, abs=0.01)
    assert uncut_correlation(1.0, shares) == 1
    assert uncut_correlation(-0.2, shares) == 0


@pytest.mark.parametrize("missing", [0.0, 0.3])
def test_a_pilot_gives_the_components_back(missing):
    told = Components(level_shares=(0.1, 0.3, 0.4, 0.2))
    drawn = simulate(Design(40, (8, 8), 12, 0.3, missing), told, rng(), 8)
    found, notes = zip(
        *(components_from_pilot(drawn.long(study)) for study in range(8)), strict=True
    )
    for name, deviation in told.deviations.items():
        of_pilots = np.mean([one.deviations[name] ** 2 for one in found])
        assert of_pilots == pytest.approx((deviation / told.total) ** 2, abs=0.04), name
    z = np.arctanh([one.metric_rho for one in found])
    np.testing.assert_allclose(np.tanh(z.mean(axis=0)), told.metric_rho, atol=0.08)
    assert np.mean([one.metric_z for one in found]) == pytest.approx(0.25, abs=0.08)
    np.testing.assert_allclose(found[0].level_shares, told.level_shares, atol=0.08)
    assert notes[0] == ()


@settings(max_examples=4, deadline=None)
@given(st.randoms(use_true_random=False))
def test_order_and_names_of_a_pilot_do_not_matter(random):
    pilot = simulate(Design(8, (2, 2), 3, 0.5, 0.1), Components(), rng()).long(0)
    order = list(range(len(pilot)))
    random.shuffle(order)
    renamed = pilot.iloc[order].assign(
        rater=lambda rows: rows["rater"].map({0: "b", 1: "c", 2: "a"}),
        case=lambda rows: "case " + (9 - rows["case"]).astype("str"),
    )
    one, other = components_from_pilot(pilot)[0], components_from_pilot(renamed)[0]
    assert one.deviations == pytest.approx(other.deviations, abs=1e-6)
    assert one.metric_rho == pytest.approx(other.metric_rho)


def test_what_a_pilot_cannot_tell_is_said():
    pilot = simulate(Design(10, (2, 2), 3), Components(), rng()).long(0)
    components, notes = components_from_pilot(pilot)
    assert components.rater_item == 0
    assert components.metric_z == Components().metric_z
    assert [note.split(":")[0] for note in notes] == [
        "no replicates",
        "fewer than 4 models a family",
    ]
    bare = pilot[["rater", "case", "model", "rating"]]
    components, notes = components_from_pilot(bare)
    assert components.metric_rho == Components().metric_rho
    assert notes[0].startswith("one family only")
    assert notes[-1].startswith("no metric")
    assert "one family" in components_from_pilot(pilot.drop(columns="family"))[1][-1]
    flat = pilot.assign(metric=0.5)
    assert "no model with 4 cases of varying" in components_from_pilot(flat)[1][-1]


def test_every_problem_of_a_pilot_is_named():
    with pytest.raises(ValueError, match="column rater is missing; column rating is missing"):
        components_from_pilot(pd.DataFrame({"case": [1], "model": [2]}))
    row = {"rater": 1, "case": 1, "model": 1, "rating": 3.0, "family": "a", "metric": 0.1}
    pilot = pd.DataFrame([row, row | {"family": "b", "metric": 0.2}, row | {"rating": np.nan}])
    with pytest.raises(ValueError) as error:  # noqa: PT011
        components_from_pilot(pilot)
    assert [problem.split(",")[0].split(":")[0] for problem in str(error.value).split("; ")] == [
        "1 raters with ratings",
        "1 cases with ratings",
        "1 models with ratings",
        "all ratings are equal",
        "1 rows rate again what the same rater has rated",
        "model 1 is in two families",
        "case 1",
    ]
    three = pd.DataFrame([row | {"model": of, "family": of} for of in ("a", "b", "c")])
    with pytest.raises(ValueError, match="3 families"):
        components_from_pilot(three)
    with pytest.raises(ValueError, match="family c is none of a, b"):
        components_from_pilot(three, ("a", "b"))


def test_reading_a_pilot(tmp_path):
    path = tmp_path / "pilot.csv"
    path.write_text(
        "rater,case,model,rating,family,note\n"
        "A,1,m,3,vision-language,x\nA,2,m,,vision-language,\nA,1,h,4,human,\n"
    )
    frame = read_pilot(path)
    assert list(frame.columns) == ["rater", "case", "model", "rating", "family"]
    assert frame["case"].tolist() == ["1", "2"]
    assert np.isnan(frame["rating"].iloc[1])
    path.write_text("rater,case,model,rating,family\nA,1,m,good,vl\nA,2,m,2,vl\nA,2,m,2,human\n")
    with pytest.raises(PilotError) as error:
        read_pilot(path)
    assert len(error.value.problems) == 3
    with pytest.raises(PilotError, match="no such file"):
        read_pilot(tmp_path / "none.csv")
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(PilotError, match="cannot be read"):
        read_pilot(path)
