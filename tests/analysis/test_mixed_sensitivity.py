from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from analysis.mixed import (
    fit_mixed_model,
    interaction,
    rating_metric_interaction,
    rating_metric_interaction_ordinal,
)
from analysis.mixed.family_columns import INTERACTION, family_columns, rank_normal


def study(seed: int, *, slope_pv: float = 0.8, slope_vl: float = 0.8) -> dict[str, Any]:
    """Return long columns: 20 cases x (4 + 4) models x 3 raters, five levels."""
    rng = np.random.default_rng(seed)
    case, model, rater = (a.ravel() for a in np.indices((20, 8, 3)))
    metric = rng.normal(size=(20, 8))[case, model]
    slope = np.where(model < 4, slope_pv, slope_vl)
    latent = slope * metric + 0.5 * rng.normal(size=20)[case] + 0.3 * rng.normal(size=3)[rater]
    latent = latent + 0.4 * rng.normal(size=(20, 8))[case, model] + 0.6 * rng.normal(size=len(case))
    return {
        "rating": np.digitize(latent, [-1.2, -0.4, 0.4, 1.2]) + 1.0,
        "metric": metric,
        "family": np.where(model < 4, "pv", "vl"),
        "model": model,
        "case": case,
        "rater": rater,
    }


def columns_of(long: dict[str, Any]) -> Any:
    labels = {name: long[name] for name in ("family", "model", "case", "rater")}
    return family_columns(long["rating"], long["metric"], labels, None)


def test_the_columns_by_a_plain_loop() -> None:
    long = study(0)
    found = columns_of(long)
    for family in ("pv", "vl"):
        mine = long["family"] == family
        masks = {
            (c, m): x
            for c, m, x in zip(
                long["case"][mine], long["model"][mine], long["metric"][mine], strict=True
            )
        }
        ranks = stats.rankdata(list(masks.values()))
        quantiles = stats.norm.ppf((ranks - 0.375) / (len(ranks) + 0.25))
        z = dict(zip(masks, (quantiles - quantiles.mean()) / quantiles.std(), strict=True))
        for row in np.flatnonzero(mine)[:30]:
            case, model = long["case"][row], long["model"][row]
            between = np.mean([value for (c, _), value in z.items() if c == case])
            assert found.fixed["metric_between"][row] == pytest.approx(between)
            assert found.fixed["metric_within"][row] == pytest.approx(z[case, model] - between)
            assert found.slopes["model"][row] == pytest.approx(z[case, model])
        assert found.rank_normal_rating[mine].mean() == pytest.approx(0, abs=1e-12)
        assert found.rank_normal_rating[mine].std() == pytest.approx(1)


def test_the_estimate_is_that_of_the_mixed_model_written_out() -> None:
    long = study(1, slope_vl=0.2)
    found = rating_metric_interaction(**long)
    columns = columns_of(long)
    fit = fit_mixed_model(
        columns.rank_normal_rating,
        columns.fixed,
        {
            "rater": long["rater"],
            "case": long["case"],
            "case:model": interaction(long["case"], long["model"]),
            "model": long["model"],
        },
        {"model": columns.slopes["model"]},
    )
    assert found.estimate == pytest.approx(fit.coefficients[INTERACTION], abs=1e-8)
    test = fit.satterthwaite(INTERACTION)
    assert (found.df, found.p_value) == pytest.approx((test.df, test.p_value), rel=1e-5)
    assert found.families == ("pv", "vl")
    assert found.estimate is not None
    assert found.p_value is not None
    assert found.estimate < -0.2
    assert found.p_value < 0.05


def test_the_ordinal_check_points_the_same_way() -> None:
    long = study(1, slope_vl=0.2)
    found = rating_metric_interaction_ordinal(**long)
    assert found.estimate is not None
    assert found.low is not None
    assert found.low < found.estimate < (found.high or 0) < 0
    assert found.df is None


def test_families_turned_round_turn_the_sign() -> None:
    long = study(2)
    one = rating_metric_interaction(**long)
    two = rating_metric_interaction(**long, families=["vl", "pv"])
    assert one.estimate == pytest.approx(-(two.estimate or 0), abs=1e-7)
    assert one.p_value == pytest.approx(two.p_value, abs=1e-6)


def test_order_scale_and_missing_rows() -> None:
    long = study(3)
    one = rating_metric_interaction(**long)
    order = np.random.default_rng(0).permutation(len(long["rating"]))
    other = {name: column[order] for name, column in long.items()}
    other["metric"] = np.exp(other["metric"])  # ranks stay
    extra = {name: np.append(column, column[:2]) for name, column in other.items()}
    extra["rating"][-2] = np.nan
    extra["metric"][-1] = np.nan
    two = rating_metric_interaction(**extra)
    assert one.estimate == pytest.approx(two.estimate, abs=1e-7)
    assert (two.n_rows, two.n_left_out) == (one.n_rows, 2)


def test_ranks_of_ties_and_infinities() -> None:
    found = rank_normal(np.array([1.0, 5.0, 5.0, np.inf]))
    assert found[1] == found[2]
    assert found[0] == pytest.approx(-found[3])
    assert not rank_normal(np.full(4, 2.0)).any()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"family": np.full(480, "pv")}, "1 families, the question is about two"),
        ({"rating": np.full(480, 3.0)}, "does not vary in family pv"),
        ({"rater": np.zeros(480)}, "rater has one level"),
        ({"rating": np.full(480, np.nan)}, "0 families"),
    ],
)
@pytest.mark.parametrize("ask", [rating_metric_interaction, rating_metric_interaction_ordinal])
def test_what_cannot_be_computed_says_why(ask: Any, change: Any, reason: str) -> None:
    found = ask(**{**study(0), **change})
    assert (found.estimate, found.p_value) == (None, None)
    assert reason in (found.reason or "")


def test_wrong_input_is_named_all_at_once() -> None:
    long = study(0)
    split = np.where(np.arange(480) == 0, "vl", long["family"])
    twofold = long["metric"] + (np.arange(480) == 0)
    with pytest.raises(ValueError, match="models belong to two families") as raised:
        rating_metric_interaction(**{**long, "family": split, "metric": twofold}, families=["x"])
    assert "no family x; there are pv, vl" in str(raised.value)
    assert "masks have two values of the metric" in str(raised.value)
    with pytest.raises(ValueError, match="rater: shape"):
        rating_metric_interaction(**{**long, "rater": [1, 2]})
