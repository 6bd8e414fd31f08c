"""What can be asked for by name, and that nothing else is computed."""

from __future__ import annotations

import json
import pickle
from collections import Counter
from math import isnan

import numpy as np
import pytest

from analysis.metrics import (
    BRATS2023,
    BRATS2023_MEN,
    BRATS2023_MET,
    METRIC_NAMES,
    MetricError,
    MetricSettings,
    distances,
    measure_masks,
    metric,
    settings_of,
    structure_mask,
    structure_pair,
)
from tests.analysis.drawing import box, drawn

REFERENCE = drawn((12, 12, 12), box((2, 8), (2, 8), (2, 8)))
MASK = drawn((12, 12, 12), box((2, 8), (2, 8), (3, 10)))


@pytest.mark.parametrize(
    ("name", "unit", "orientation", "title"),
    [
        ("hd99_mm", "mm", -1, "HD99, pooled"),
        ("hd100_mm", "mm", -1, "HD100, pooled"),
        ("hd99.5_directed_mm", "mm", -1, "HD99.5, directed"),
        ("hd90_surfel_mm", "mm", -1, "HD90, surfels"),
        ("nsd_0.5mm", "1", 1, "NSD at 0.5 mm"),
        ("nsd_10mm", "1", 1, "NSD at 10 mm"),
        ("nsd_surfel_2.25mm", "1", 1, "NSD at 2.25 mm, surfels"),
        ("lesion_f1_iou10", "1", 1, "F1, IoU from 10 %"),
    ],
)
def test_metrics_take_other_numbers(name, unit, orientation, title):
    found = metric(name)
    assert (found.name, found.unit, found.orientation) == (name, unit, orientation)
    assert found.title == title
    row = measure_masks(REFERENCE, MASK, (1, 1, 1), MetricSettings((name,)))
    assert list(row) == [name, "note"]
    assert not isnan(row[name])


def test_other_numbers_have_other_values():
    names = ("hd50_mm", "hd100_mm", "hd_mm", "nsd_0mm", "nsd_1mm", "nsd_9mm")
    names += ("lesion_f1_iou50", "lesion_f1_iou90")
    row = measure_masks(REFERENCE, MASK, (1, 1, 1), MetricSettings(names))
    assert row["hd50_mm"] < row["hd100_mm"] == row["hd_mm"] == 2.0
    assert row["nsd_0mm"] < row["nsd_1mm"] < row["nsd_9mm"] == 1.0
    # They share 180 of 288 voxels.
    assert (row["lesion_f1_iou50"], row["lesion_f1_iou90"]) == (1.0, 0.0)


@pytest.mark.parametrize(
    "name",
    [
        *("hd101_mm", "hd100.1_mm", "hd-5_mm", "hd_95_mm", "hd95", "hd95_cm", "HD95_mm"),
        *("hd_directed_mm", "hd_surfel_mm", "hd1e1_mm", "hd.5_mm", "hd95._mm", "hd 95_mm"),
        *("nsd_mm", "nsd_-1mm", "nsd_1", "nsd_1mm_surfel", "nsd_infmm", "nsd_nanmm", "nsd_1 mm"),
        *("lesion_f1_iou", "lesion_f1_iou101", "lesion_f1_iou0.5%", "lesion_f1_iou-1"),
        *("", "dsc ", " dsc", "dsc\n", "hd95_mm\n", "DSC", "dice", "structure", "note", "case"),
        "nsd_\u0661mm",  # a digit, but not one of ours
    ],
)
def test_names_that_do_not_exist_are_refused(name):
    with pytest.raises(MetricError, match="There is no metric "):
        metric(name)
    with pytest.raises(MetricError):
        MetricSettings(("dsc", name))


def test_every_problem_is_told_at_once():
    with pytest.raises(MetricError) as refused:
        MetricSettings(("dsc", "hd101_mm", "nsd_mm", "hd_95_mm"), empty="full")
    problems = str(refused.value).splitlines()
    for name, problem in zip(("hd101_mm", "nsd_mm", "hd_95_mm"), problems, strict=False):
        assert problem.startswith(f"There is no metric '{name}'; known are dsc, iou, ")
    assert problems[3:] == [
        "There is no convention 'full' for empty masks; known are plain, metrics-reloaded, "
        "brats, monai."
    ]
    with pytest.raises(MetricError) as refused:
        settings_of(["dice"], ["x", "-1"], "full", "large", strict=True)
    problems = str(refused.value).splitlines()
    assert problems[0] == (
        "There is no lesion rule 'large'; known are brats2023, brats2023-men, brats2023-met."
    )
    told = [problem.split("'")[1] for problem in problems[1:]]
    assert told[0] == "dice"
    assert told[-1] == "full"
    assert {"nsd_xmm", "nsd_-1mm"} <= set(told)


def test_settings_from_a_command_line():
    assert settings_of(None, None, "plain", "brats2023", strict=False) == MetricSettings()
    settings = settings_of(["hd_mm", "dsc", "hd_mm"], ["2", "0.5", "2"], "monai", "brats2023", True)
    assert settings.metrics == (
        *("hd_mm", "dsc"),
        *("nsd_2mm", "nsd_0.5mm", "nsd_surfel_2mm", "nsd_surfel_0.5mm"),
    )
    assert (settings.empty, settings.strict) == ("monai", True)
    more = settings_of(None, ["1", "3"], "plain", "brats2023", False).metrics
    assert more == (*METRIC_NAMES, "nsd_3mm", "nsd_surfel_3mm")
    for name, rule in (
        ("brats2023", BRATS2023),
        ("brats2023-men", BRATS2023_MEN),
        ("brats2023-met", BRATS2023_MET),
    ):
        assert settings_of(None, None, "plain", name, False).lesions == rule
    assert [
        (rule.dilations, rule.smallest_mm3, rule.penalty_mm)
        for rule in (BRATS2023, BRATS2023_MEN, BRATS2023_MET)
    ] == [(3, 50.0, 374.0), (1, 50.0, 374.0), (1, 2.0, 374.0)]


def test_settings_travel_to_other_processes_and_into_json():
    settings = MetricSettings(("dsc", "nsd_0.5mm"), "brats", BRATS2023_MET, strict=True)
    assert pickle.loads(pickle.dumps(settings)) == settings
    assert json.loads(json.dumps(settings.to_dict())) == {
        "metrics": ["dsc", "nsd_0.5mm"],
        "empty": "brats",
        "lesions": {"dilations": 1, "smallest_mm3": 2.0, "penalty_mm": 374.0, "connectivity": 26},
        "strict": True,
    }


@pytest.fixture
def taken(monkeypatch) -> list[str]:
    """The steps that a measurement takes: drawing a kind of surface, components, a search."""
    names: list[str] = []

    def watch(module, step: str) -> None:
        work = getattr(module, step)

        def take(*given):
            names.append(step)
            return work(*given)

        monkeypatch.setattr(module, step, take)

    for step in ("voxel6", "surfels", "contour", "edge26", "components", "dilate18"):
        watch(structure_mask, step)
    watch(distances, "nearest")
    return names


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("dsc", set()),
        ("gwds", set()),
        ("volume_ml", set()),
        ("added_ml", set()),
        ("recognised", set()),
        ("apl_2d", {"contour"}),
        ("fnpl_2d", {"contour"}),
        ("apl_3d", {"edge26"}),
        ("surface_changed", {"voxel6"}),
        ("hd95_mm", {"voxel6", "nearest"}),
        ("nsd_1mm", {"voxel6", "nearest"}),
        ("nsd_surfel_1mm", {"surfels", "nearest"}),
        ("hd95_surfel_mm", {"surfels", "nearest"}),
        ("lesion_f1_any", {"components"}),
        ("lesion_f1_iou50", {"components"}),
    ],
)
def test_only_what_is_asked_for_is_computed(taken, name, steps):
    row = measure_masks(REFERENCE, MASK, (1, 1, 1), MetricSettings((name,)))
    assert list(row) == [name, "note"]
    assert set(taken) == steps


def test_counting_never_touches_a_surface(monkeypatch):
    def fail(*_):
        raise AssertionError("a surface was searched")

    monkeypatch.setattr(structure_pair, "surface_distances", fail)
    row = measure_masks(REFERENCE, MASK, (1, 1, 1), MetricSettings(("dsc", "iou", "volume_ml")))
    assert row["dsc"] == 2 * 180 / (216 + 252)
    with pytest.raises(AssertionError):
        measure_masks(REFERENCE, MASK, (1, 1, 1), MetricSettings(("hd_mm",)))


def test_each_step_is_taken_once_for_all_metrics(taken):
    row = measure_masks(REFERENCE, MASK, (1, 1, 1), MetricSettings())
    assert Counter(taken) == {
        **dict.fromkeys(("voxel6", "surfels", "contour", "edge26"), 2),  # one a mask
        "nearest": 4,  # boundary voxels and surface elements, both ways
        "components": 3,
        "dilate18": 1,
    }
    assert tuple(row) == (*METRIC_NAMES, "note")
    assert np.isfinite([float(row[name]) for name in METRIC_NAMES]).all()
