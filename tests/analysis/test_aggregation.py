"""From many numbers to fewer: over structures, over prompts, by presence; worked out by hand."""

from __future__ import annotations

from math import inf, isnan, nan, sqrt

import pandas as pd
import pytest

from analysis.aggregation import (
    OVER_STRUCTURES,
    over_prompts,
    over_structures,
    presence,
    structures_together,
)
from analysis.metrics import METRIC_NAMES, metric

VOLUMES = ("volume_ml", "reference_volume_ml", "volume_difference_ml", "voxels", "lesions")


def long_table(*rows: dict) -> pd.DataFrame:
    key = {"case": "c1", "model": "m", "prompt": "", "reference": "r", "structure": "s"}
    return pd.DataFrame([key | row for row in rows])


def structures(name: str, *values: float, weights: tuple[float, ...] = ()) -> pd.DataFrame:
    """Lay out one value for each structure of a mask, with its volume in the reference."""
    rows = [{"structure": f"s{at}", name: value} for at, value in enumerate(values)]
    for row, weight in zip(rows, weights or [1.0] * len(values), strict=True):
        row["reference_volume_ml"] = weight
    return long_table(*rows)


@pytest.mark.parametrize(
    ("how", "dsc", "hd_mm"),
    [
        ("mean", (0.9 + 0.6 + 0.3) / 3, (2 + 8 + 5) / 3),
        ("weighted", (6 * 0.9 + 3 * 0.6 + 1 * 0.3) / 10, (6 * 2 + 3 * 8 + 1 * 5) / 10),
        ("worst", 0.3, 8),
    ],
)
def test_structures_of_a_mask_become_one_row(how, dsc, hd_mm):
    table = long_table(
        {"structure": "WT", "dsc": 0.9, "hd_mm": 2.0, "reference_volume_ml": 6.0, "note": ""},
        {"structure": "TC", "dsc": 0.6, "hd_mm": 8.0, "reference_volume_ml": 3.0, "note": ""},
        {"structure": "ET", "dsc": 0.3, "hd_mm": 5.0, "reference_volume_ml": 1.0, "note": ""},
    )
    (row,) = over_structures(table, how).to_dict("records")
    assert row.pop("dsc") == pytest.approx(dsc)
    assert row.pop("hd_mm") == pytest.approx(hd_mm)
    assert row == {"case": "c1", "model": "m", "prompt": "", "reference": "r", "structure": how}


@pytest.mark.parametrize("how", OVER_STRUCTURES)
def test_every_mask_and_reference_has_its_row_in_the_order_of_the_table(how):
    keys = [
        {"case": case, "model": model, "prompt": prompt, "reference": reference}
        for case in ("c2", "c1")
        for model in ("b", "a")
        for prompt in ("long", "")
        for reference in ("E2", "E1")
    ]
    values = [number / 100 for number in range(len(keys))]
    table = long_table(
        *(
            key | {"structure": name, "dsc": value, "reference_volume_ml": 2.0}
            for key, value in zip(keys, values, strict=True)
            for name in ("s1", "s2")
        )
    )
    brought = over_structures(table, how)
    assert brought[list(keys[0])].to_dict("records") == keys
    assert brought["dsc"].tolist() == pytest.approx(values)


@pytest.mark.parametrize("name", METRIC_NAMES)
def test_the_worst_end_of_every_metric(name):
    distances = {n for n in METRIC_NAMES if n.endswith("_mm")}
    effort = {"apl_2d", "apl_3d", "fnpl_2d", "added_ml", "removed_ml", "surface_changed"}
    less_is_better = distances | effort | {"lesion_false"}
    neither = {*VOLUMES, "volume_difference_relative", "reference_voxels", "shared_voxels"}
    brought = over_structures(structures(name, 0.25, 0.75, 0.5), "worst")
    if name in neither:
        assert metric(name).orientation == 0
        assert name not in brought
    else:
        assert brought[name].tolist() == [0.75 if name in less_is_better else 0.25]


@pytest.mark.parametrize("how", OVER_STRUCTURES)
def test_volumes_and_texts_are_not_brought_together(how):
    table = structures("dsc", 0.5, 0.7).assign(note="x", **dict.fromkeys(VOLUMES, 3.0))
    columns = ["case", "model", "prompt", "reference", "structure", "dsc"]
    assert list(over_structures(table, how).columns) == columns


def test_metrics_with_other_numbers_are_brought_together_too():
    table = structures("nsd_0.5mm", 0.5, 0.7).assign(hd99_directed_mm=[1.0, 4.0])
    (row,) = over_structures(table, "worst").to_dict("records")
    assert (row["nsd_0.5mm"], row["hd99_directed_mm"]) == (0.5, 4.0)


@pytest.mark.parametrize(
    ("values", "weights", "mean", "weighted", "worst"),
    [
        # A structure without a value is left out, with its weight.
        ((2.0, nan, 4.0), (1.0, 100.0, 3.0), 3.0, 3.5, 4.0),
        ((nan, nan), (1.0, 1.0), nan, nan, nan),
        # An infinite distance makes a mean infinite ...
        ((2.0, inf, 4.0), (1.0, 1.0, 1.0), inf, inf, inf),
        ((inf, inf), (1.0, 1.0), inf, inf, inf),
        ((inf, nan), (1.0, 1.0), inf, inf, inf),
        # ... but a structure that the reference lacks has no weight.
        ((2.0, inf, 4.0), (1.0, 0.0, 1.0), inf, 3.0, inf),
        ((inf, nan), (0.0, 0.0), inf, nan, inf),
        ((2.0, 4.0), (0.0, 0.0), 3.0, nan, 4.0),
    ],
)
def test_undefined_and_infinite_distances(values, weights, mean, weighted, worst):
    table = structures("hd_mm", *values, weights=weights)
    expected = {"mean": mean, "weighted": weighted, "worst": worst}
    for how, value in expected.items():
        brought = over_structures(table, how)["hd_mm"].tolist()
        assert brought == pytest.approx([value], nan_ok=True), how


def test_masks_that_were_not_measured_keep_their_row():
    table = structures("dsc", nan, nan, weights=(nan, nan))
    for how in OVER_STRUCTURES:
        brought = over_structures(table, how)
        assert len(brought) == 1
        assert isnan(brought["dsc"].iloc[0])


@pytest.mark.parametrize("how", OVER_STRUCTURES)
def test_an_infinite_mask_beside_others(how):
    one = structures("hd_mm", 1.0, inf)
    other = structures("hd_mm", 2.0, 2.0).assign(model="n")
    assert over_structures(pd.concat([one, other]), how)["hd_mm"].tolist() == [inf, 2.0]


@pytest.mark.parametrize("how", OVER_STRUCTURES)
def test_without_a_metric_that_has_a_better_end_there_are_keys_alone(how):
    table = structures("volume_ml", 1.0, 2.0)
    (row,) = over_structures(table, how).to_dict("records")
    assert row == {"case": "c1", "model": "m", "prompt": "", "reference": "r", "structure": how}


def test_rows_of_a_pair_together():
    rows = [
        {"structure": "WT", "dsc": 0.9, "reference_volume_ml": 30.0, "recognised": True},
        {"structure": "ET", "dsc": 0.5, "reference_volume_ml": 10.0, "recognised": False},
    ]
    rows = [row | {"note": ""} for row in rows]
    assert structures_together(rows) == {
        "mean": {"dsc": pytest.approx(0.7), "recognised": 0.5},
        "weighted": {"dsc": pytest.approx(0.8), "recognised": 0.75},
        "worst": {"dsc": 0.5, "recognised": 0.0},
    }
    without = [{k: v for k, v in row.items() if k != "reference_volume_ml"} for row in rows]
    assert list(structures_together(without)) == ["mean", "worst"]
    assert structures_together([]) == {}


def test_volumes_of_a_pair_have_nothing_to_say_together():
    volumes = [{"structure": "WT", "reference_volume_ml": 30.0, "note": ""}]
    assert not any(structures_together(volumes).values())


def prompts(name: str, **values: float) -> pd.DataFrame:
    return long_table(*({"prompt": prompt, name: value} for prompt, value in values.items()))


@pytest.mark.parametrize(
    ("name", "worst", "best"), [("dsc", 0.2, 0.8), ("hd_mm", 0.8, 0.2), ("nsd_3mm", 0.2, 0.8)]
)
def test_prompts_of_a_model_become_one_row(name, worst, best):
    (row,) = over_prompts(prompts(name, short=0.8, long=0.2, other=0.5), name).to_dict("records")
    assert row == {
        "case": "c1",
        "model": "m",
        "reference": "r",
        "structure": "s",
        "prompts": 3,
        "mean": pytest.approx(0.5),
        "sd": pytest.approx(sqrt((0.3**2 + 0.3**2) / 2)),
        "worst": worst,
        "best": best,
    }


def test_one_prompt_has_no_spread():
    (row,) = over_prompts(prompts("dsc", short=0.8), "dsc").to_dict("records")
    assert (row["prompts"], row["mean"], row["worst"], row["best"]) == (1, 0.8, 0.8, 0.8)
    assert isnan(row["sd"])


def test_prompts_without_a_value_do_not_count():
    (row,) = over_prompts(prompts("dsc", a=0.8, b=nan, c=0.6), "dsc").to_dict("records")
    assert (row["prompts"], row["mean"]) == (2, pytest.approx(0.7))
    assert row["sd"] == pytest.approx(sqrt(0.02))
    (row,) = over_prompts(prompts("dsc", a=nan, b=nan), "dsc").to_dict("records")
    assert row["prompts"] == 0
    assert all(isnan(row[name]) for name in ("mean", "sd", "worst", "best"))


def test_an_infinite_distance_of_a_prompt():
    (row,) = over_prompts(prompts("hd_mm", a=1.0, b=inf, c=3.0), "hd_mm").to_dict("records")
    assert (row["prompts"], row["mean"], row["worst"], row["best"]) == (3, inf, inf, 1.0)
    assert isnan(row["sd"])


def test_prompts_are_brought_together_case_by_case():
    rows = [
        {"case": case, "model": model, "reference": reference, "structure": structure}
        for case in ("c2", "c1")
        for model in ("b", "a")
        for reference in ("E1", "E2")
        for structure in ("WT", "ET")
    ]
    both = [
        row | {"prompt": prompt, "dsc": at / 100 + extra}
        for at, row in enumerate(rows)
        for prompt, extra in (("short", 0.0), ("long", 0.5))
    ]
    table = over_prompts(long_table(*both), "dsc")
    assert table[["case", "model", "reference", "structure"]].to_dict("records") == rows
    assert table["best"].tolist() == pytest.approx([at / 100 + 0.5 for at in range(16)])


def masks(*voxels: tuple[float, float], **about: str) -> pd.DataFrame:
    """Lay out pairs of (voxels of the mask, voxels of the reference)."""
    rows = [{"voxels": mask, "reference_voxels": reference} for mask, reference in voxels]
    return long_table(*(row | about for row in rows))


def test_presence_is_counted():
    # Present 5 times: 3 with a mask, 2 without. Absent 4 times: 1 with a mask, 3 without.
    (row,) = presence(
        masks((9, 9), (1, 50), (7, 2), (0, 5), (0, 1), (4, 0), (0, 0), (0, 0), (0, 0))
    ).to_dict("records")
    assert row == {
        "model": "m",
        "structure": "s",
        "prompt": "",
        "present": 5,
        "absent": 4,
        "recognition_accuracy": pytest.approx(6 / 9),
        "detection_rate": pytest.approx(3 / 5),
        "negative_prediction_rate": pytest.approx(3 / 4),
    }


def test_a_rate_of_nothing_is_undefined():
    (row,) = presence(masks((9, 9), (0, 5))).to_dict("records")
    assert (row["present"], row["absent"], row["detection_rate"]) == (2, 0, 0.5)
    assert isnan(row["negative_prediction_rate"])
    (row,) = presence(masks((9, 0), (0, 0))).to_dict("records")
    assert (row["present"], row["absent"], row["negative_prediction_rate"]) == (0, 2, 0.5)
    assert isnan(row["detection_rate"])


def test_pairs_that_were_not_measured_do_not_count_for_presence():
    (row,) = presence(masks((9, 9), (nan, nan), (0, 0))).to_dict("records")
    assert (row["present"], row["absent"], row["recognition_accuracy"]) == (1, 1, 1.0)
    assert presence(masks((nan, nan))).empty


def test_presence_by_model_structure_and_prompt():
    table = pd.concat(
        [
            masks((9, 9), (9, 0), model="a", structure="WT", prompt="long"),
            masks((9, 9), (0, 9), model="a", structure="WT", prompt="short"),
            masks((0, 0), model="a", structure="ET", prompt="long"),
            masks((9, 0), model="b", structure="WT", prompt=""),
        ]
    )
    told = presence(table).set_index(["model", "structure", "prompt"])
    assert told["recognition_accuracy"].to_dict() == {
        ("a", "ET", "long"): 1.0,
        ("a", "WT", "long"): 0.5,
        ("a", "WT", "short"): 0.5,
        ("b", "WT", ""): 0.0,
    }
    assert told["present"].to_dict()["a", "WT", "short"] == 2
