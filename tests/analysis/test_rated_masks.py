"""Masks with metrics and ratings: what is paired with what, and in which sign."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.association.rated_masks import RatedMasks, rated_masks
from tests.analysis.crossed_study import CrossedStudy

RATERS = ("r1", "r2")
FRAME = pd.DataFrame(
    [
        ("c2", "m1", "vl", "r1", 2.0, 0.5, np.inf),
        ("c1", "m1", "vl", "r1", 4.0, 0.9, 3.0),
        ("c1", "m2", "pv", "r1", 1.0, 0.2, 9.0),
        ("c1", "m1", "vl", "r2", 5.0, 0.9, 3.0),
        ("c2", "m2", "pv", "r2", np.nan, np.nan, 5.0),
        ("c1", "man", "human", "r1", 5.0, 0.95, 1.0),
    ],
    columns=["case", "model", "family", "rater", "rating", "dsc", "hd95_mm"],
)
METRICS = ("dsc", "hd95_mm")


def masks(frame: pd.DataFrame = FRAME) -> RatedMasks:
    return rated_masks(
        frame, metrics=METRICS, rater="rater", family="family", lower_is_better=["hd95_mm"]
    )


def place(found: RatedMasks, case: str, model: str) -> int:
    (at,) = np.flatnonzero((found.cases == case) & (found.models == model))
    return int(at)


def test_rows_of_a_mask_are_its_ratings() -> None:
    found = masks()
    assert len(found.cases) == 5
    assert found.raters == RATERS
    at = place(found, "c1", "m1")
    assert found.ratings[at].tolist() == [4, 5]
    assert found.mean_rating[at] == 4.5
    assert np.isnan(found.mean_rating[place(found, "c2", "m2")])
    assert found.mean_rating[place(found, "c2", "m1")] == 2  # of the one rater who rated it


def test_what_is_better_when_lower_changes_its_sign_and_infinity_ranks_worst() -> None:
    found = masks()
    assert found.metrics["hd95_mm"][place(found, "c1", "m1")] == -3
    assert np.argmin(found.metrics["hd95_mm"]) == place(found, "c2", "m1")
    assert found.metrics["dsc"][place(found, "c1", "m1")] == 0.9
    assert found.lower_is_better == {"hd95_mm"}


def test_pairs_leave_out_what_lacks_a_rating_or_a_value() -> None:
    found = masks()
    pairs = found.pairs("dsc")
    assert sorted(pairs.metric) == [0.2, 0.5, 0.9, 0.95]
    assert list(pairs.case_names[pairs.cases]) == sorted(["c1", "c1", "c1", "c2"])
    of_second = found.pairs("hd95_mm", rater=1)
    assert (of_second.metric.tolist(), of_second.rating.tolist()) == ([-3], [5])
    assert of_second.n_cases == 2
    kept = found.pairs("dsc", kept=found.models == "m1")
    assert sorted(kept.rating) == [2, 4.5]


def test_noise_of_headers_makes_no_order() -> None:
    frame = FRAME.assign(hd95_mm=[3.0, 3.0 + 1e-8, 9.0, 3.0 + 1e-8, 5.0, 1.0])
    pairs = masks(frame).pairs("hd95_mm")
    assert sorted(pairs.metric) == [-9, -3, -3, -1]


def test_equal_means_of_different_ratings_are_ties() -> None:
    rows = [("c1", "m1", r, v) for r, v in zip("abc", (0.1, 0.2, 0.3), strict=True)]
    rows += [("c1", "m2", r, v) for r, v in zip("abc", (0.3, 0.2, 0.1), strict=True)]
    frame = pd.DataFrame(rows, columns=["case", "model", "rater", "rating"]).assign(dsc=0.5)
    found = rated_masks(frame, metrics=["dsc"], rater="rater")
    assert len(set(found.mean_rating)) == 1


def test_people_are_not_among_the_models() -> None:
    found = masks()
    assert found.families == ("human", "pv", "vl")
    assert set(found.models[found.by_models]) == {"m1", "m2"}
    assert set(found.by_model("dsc", "vl")) == {"m1"}
    assert len(found.by_model("dsc", "pv")["m2"].metric) == 1
    assert found.by_model("dsc", "none") == {}


def test_the_known_families_come_in_the_order_of_a_study() -> None:
    names = {"vl": "vision-language", "pv": "pure visual", "human": "human"}
    for seed in range(4):
        frame = FRAME.assign(family=FRAME["family"].map(names)).sample(frac=1, random_state=seed)
        assert masks(frame).families == ("vision-language", "pure visual", "human")


def test_the_order_of_rows_does_not_matter() -> None:
    one = masks()
    for seed in range(4):
        other = masks(FRAME.sample(frac=1, random_state=seed))
        assert np.array_equal(one.cases, other.cases)
        assert np.array_equal(one.models, other.models)
        assert np.array_equal(one.ratings, other.ratings, equal_nan=True)
        assert list(one.family_of.items()) == list(other.family_of.items())
        for name in METRICS:
            assert np.array_equal(one.metrics[name], other.metrics[name], equal_nan=True)


def test_further_columns_tell_masks_apart() -> None:
    frame = pd.concat([FRAME.assign(prompt="a"), FRAME.assign(prompt="b", dsc=0.1)])
    found = rated_masks(frame, metrics=["dsc"], rater="rater", mask=["prompt"])
    assert len(found.cases) == 10
    assert len(found.case_names) == 2


def test_without_a_column_of_raters_a_row_is_a_mask() -> None:
    frame = FRAME.drop(columns="rater").drop(index=3)
    found = rated_masks(frame, metrics=METRICS)
    assert found.ratings.shape == (5, 1)
    assert found.raters == ("mean rating",)
    assert found.families == ()
    assert found.by_models.all()


def test_the_table_of_agreement_has_the_rated_masks() -> None:
    table = masks().rating_table()
    assert table.values.shape == (4, 2)
    assert list(table.case_names) == ["c1", "c2"]
    assert table.rater_names == RATERS


def test_a_part_of_the_masks() -> None:
    found = masks()
    part = found.where(found.models == "m1")
    assert part.case_names.tolist() == ["c1", "c2"]
    assert part.lower_is_better == found.lower_is_better
    assert part.ratings.shape == (2, 2)


def test_every_problem_is_told() -> None:
    frame = pd.concat([FRAME, FRAME.iloc[[0]], FRAME.iloc[[1]].assign(rater="r3", dsc=0.8)])
    frame = pd.concat([frame, FRAME.iloc[[2]].assign(rater="r3", family="vl")])
    with pytest.raises(ValueError, match="rate a mask again") as refused:
        masks(frame)
    assert str(refused.value).split("; ") == [
        "1 rows rate a mask again that the rater has rated",
        "1 masks have more than one value of “dsc”",
        "model “m2” is in more than one family",
    ]
    with pytest.raises(ValueError, match="1 rows are about a mask that has a row already"):
        rated_masks(FRAME, metrics=["dsc"])


def test_pairs_of_a_crossed_study() -> None:
    study = CrossedStudy(1, cases=6, models=2)
    frame = pd.DataFrame(
        {
            "case": np.repeat(study.labels, 6),
            "model": np.tile(np.repeat(study.names, 3), 6),
            "rater": np.tile(["x", "y", "z"], 12),
            "rating": study.ratings.ravel(),
            "m": np.repeat(study.metric.ravel(), 3),
        }
    )
    pairs = rated_masks(frame, metrics=["m"], rater="rater").pairs("m")
    assert np.allclose(pairs.metric, study.metric.ravel(), atol=1e-6)
    assert np.allclose(pairs.rating, study.ratings.mean(axis=2).ravel())


def test_only_our_own_metrics_are_rounded() -> None:
    frame = pd.DataFrame(
        {
            "case": ["a", "b", "c"],
            "model": "m",
            "rating": [1.0, 2.0, 3.0],
            "hd95_mm": [2.0, 2.0 + 1e-8, 3.0],
            "chance": [1e-9, 2e-9, 3e-9],
        }
    )
    masks = rated_masks(frame, metrics=["hd95_mm", "chance"])
    assert len(set(masks.pairs("hd95_mm").metric)) == 2
    assert masks.pairs("chance").metric.tolist() == [1e-9, 2e-9, 3e-9]
