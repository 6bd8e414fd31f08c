"""What every convention says when a structure is absent from one mask or from both.

Sources, per convention: MONAI 1.6 is run; MetricsReloaded (Project-MONAI, cb38dfc) and
BraTS-2023-Metrics (rachitsaluja) are not on the package index, their values are those of their
code; `plain` agrees with surface-distance 0.1, save that nothing against nothing has no distance
there either, which surface-distance calls infinite.
"""

from __future__ import annotations

import warnings
from math import inf, nan

import numpy as np
import pytest

from analysis.metrics import METRIC_NAMES, MetricSettings, measure_masks
from tests.analysis.drawing import Mask
from tests.analysis.plain_metrics import plain_metrics

SHAPE = (12, 13, 14)
NOTHING = np.zeros(SHAPE, np.bool_)
THERE = NOTHING.copy()
THERE[2:8, 2:8, 2:8] = True  # 216 mm3
MASKS = {
    "both empty": (NOTHING, NOTHING),
    "mask empty": (THERE, NOTHING),
    "reference empty": (NOTHING, THERE),
}
NOTES = {
    "both empty": "both masks are empty",
    "mask empty": "the mask is empty",
    "reference empty": "the reference mask is empty",
}
DISTANCES = (
    "hd_mm",
    "hd95_mm",
    "hd95_directed_mm",
    "hd95_surfel_mm",
    "asd_mm",
    "assd_mm",
    "masd_mm",
)
PERCENTILES = DISTANCES[1:4]
NSD = ("nsd_1mm", "nsd_2mm", "nsd_surfel_1mm")
OF_TWO = ("lesion_f1_any", "lesion_f1_iou50")

# What does not depend on the convention, by the formula: both, mask, reference empty.
ALWAYS = {
    "voxels": (0, 0, 216),
    "reference_voxels": (0, 216, 0),
    "shared_voxels": (0, 0, 0),
    "volume_ml": (0, 0, 0.216),
    "reference_volume_ml": (0, 0.216, 0),
    "volume_difference_ml": (0, -0.216, 0.216),
    "volume_difference_relative": (nan, -1, nan),
    "volume_similarity": (nan, 0, 0),
    "specificity": (1, 1, 1 - 216 / (12 * 13 * 14 - 0)),
    "lesions": (0, 1, 0),
    "lesion_false": (0, 0, 1),
    "apl_2d": (0, 6 * 20, 0),
    "apl_2d_mm": (0, 6 * 20, 0),
    "apl_3d": (0, 152, 0),
    "fnpl_2d": (0, 6 * 20, 0),
    "added_ml": (0, 0.216, 0),
    "removed_ml": (0, 0, 0.216),
    "surface_changed": (nan, 1, nan),
    "recognised": (True, False, False),
}

PLAIN = {
    **dict.fromkeys(("dsc", "iou", "gwds"), (nan, 0, 0)),
    "sensitivity": (nan, 0, nan),
    "precision": (nan, nan, 0),
    **dict.fromkeys(DISTANCES, (nan, inf, inf)),
    **dict.fromkeys(NSD, (nan, 0, 0)),
    "lesion_dsc": (nan, 0, 0),
    "lesion_hd95_mm": (nan, 374, 374),
    "lesion_sensitivity": (nan, 0, nan),
    "lesion_precision": (nan, nan, 0),
    **dict.fromkeys(("lesion_f1", *OF_TWO), (nan, 0, 0)),
}
TABLE = {
    "plain": PLAIN,
    # dsc(): 1; intersection_over_union(): nan; positive_predictive_values(): nan, 0, 0;
    # measured_distance(): 0 for nothing against nothing, else nan of empty sums; lesion_*(): 1
    "metrics-reloaded": PLAIN
    | {
        "dsc": (1, 0, 0),
        "precision": (nan, 0, 0),
        **dict.fromkeys(DISTANCES, (0, nan, nan)),
        **dict.fromkeys(NSD, (1, nan, nan)),
        **dict.fromkeys(("lesion_f1", *OF_TWO), (1, 0, 0)),
        "lesion_sensitivity": (1, 0, 1),
        "lesion_precision": (1, 0, 0),
    },
    # Legacy_Dice, Legacy_HD95, Sensitivity and the LesionWise columns
    "brats": PLAIN
    | {
        **dict.fromkeys(("dsc", "iou", "gwds"), (1, 0, 0)),
        "sensitivity": (1, 0, 0),
        **dict.fromkeys(DISTANCES, (0, 374, 374)),
        **dict.fromkeys(NSD, (1, 0, 0)),
        "lesion_dsc": (1, 0, 0),
        "lesion_hd95_mm": (0, 374, 374),
    },
    "monai": PLAIN
    | {
        **dict.fromkeys(("dsc", "iou"), (nan, 0, nan)),
        **dict.fromkeys(PERCENTILES, (nan, nan, nan)),
    },
}
"""Both empty, the mask empty, the reference empty."""

# Values of ours that the other program does not have: it cannot say what they are worth.
NOT_THEIRS = {
    "plain": set(),
    "metrics-reloaded": {"gwds", "lesion_dsc", "lesion_hd95_mm"},
    "brats": {"lesion_f1", "lesion_sensitivity", "lesion_precision", *OF_TWO},
    "monai": {"gwds"},
}


@pytest.mark.parametrize("case", range(3), ids=MASKS)
@pytest.mark.parametrize("convention", TABLE)
def test_the_table_of_empty_masks(convention: str, case: int) -> None:
    name = list(MASKS)[case]
    found = measure_masks(*MASKS[name], (1, 1, 1), MetricSettings(empty=convention))
    assert found.pop("note") == NOTES[name]
    expected = {
        metric: values[case]
        for metric, values in (TABLE[convention] | ALWAYS).items()
        if metric not in NOT_THEIRS[convention]
    }
    assert {*expected} | NOT_THEIRS[convention] == {*METRIC_NAMES}
    kept = {metric: found[metric] for metric in expected}
    assert kept == pytest.approx(expected, nan_ok=True, abs=1e-12)


@pytest.mark.parametrize("case", MASKS)
def test_the_plain_metrics_have_the_same_table(case: str) -> None:
    expected = plain_metrics(*MASKS[case], (1, 1, 1))
    found = measure_masks(*MASKS[case], (1, 1, 1))
    assert {name: found[name] for name in METRIC_NAMES} == pytest.approx(
        {name: expected[name] for name in METRIC_NAMES}, nan_ok=True
    )


@pytest.mark.parametrize("convention", TABLE)
def test_a_convention_is_for_empty_masks_alone(convention: str) -> None:
    found = measure_masks(THERE, np.roll(THERE, 1, 0), (1, 1, 1), MetricSettings(empty=convention))
    assert found == measure_masks(THERE, np.roll(THERE, 1, 0), (1, 1, 1))
    assert found["note"] == ""


def monai_of(reference: Mask, mask: Mask) -> dict[str, float]:
    torch = pytest.importorskip("torch")
    metrics = pytest.importorskip("monai.metrics")
    one, other = (torch.from_numpy(each[None, None]) for each in (mask, reference))
    whole = {"include_background": True}
    rates = metrics.get_confusion_matrix(one, other)
    found = {
        "dsc": metrics.compute_dice(one, other, **whole),
        "iou": metrics.compute_iou(one, other, **whole),
        "sensitivity": metrics.compute_confusion_matrix_metric("sensitivity", rates),
        "precision": metrics.compute_confusion_matrix_metric("precision", rates),
        "hd_mm": metrics.compute_hausdorff_distance(one, other, **whole),
        "hd95_directed_mm": metrics.compute_hausdorff_distance(one, other, percentile=95, **whole),
        "asd_mm": metrics.compute_average_surface_distance(one, other, **whole),
        "assd_mm": metrics.compute_average_surface_distance(one, other, symmetric=True, **whole),
        "nsd_1mm": metrics.compute_surface_dice(one, other, [1.0], **whole),
        "nsd_surfel_1mm": metrics.compute_surface_dice(
            one, other, [1.0], use_subvoxels=True, **whole
        ),
    }
    return {name: float(value) for name, value in found.items()}


@pytest.mark.parametrize("case", MASKS)
def test_monai_itself_says_so(case: str) -> None:
    with warnings.catch_warnings():
        # It warns of empty masks, and deprecates an argument that it uses itself.
        warnings.filterwarnings("ignore", "the .* of class .* is all 0")
        warnings.filterwarnings("ignore", "monai.metrics.utils get_mask_edges", FutureWarning)
        expected = monai_of(*MASKS[case])
    settings = MetricSettings(tuple(expected), empty="monai")
    found = measure_masks(*MASKS[case], (1, 1, 1), settings)
    assert {name: found[name] for name in expected} == pytest.approx(expected, nan_ok=True)


@pytest.mark.parametrize(
    "shape", [(5, 6, 7), (5, 6, 1), (1, 6, 7), (5, 1, 7), (4, 1, 1), (1, 1, 1)]
)
def test_a_structure_that_fills_the_image(shape: tuple[int, ...]) -> None:
    """Outside is background: the border of the image is surface, and nothing is left to spare."""
    full = np.ones(shape, np.bool_)
    found = measure_masks(full, full, (1, 2, 3))
    assert [found[name] for name in ("dsc", *NSD)] == [1] * 4
    assert [found[name] for name in DISTANCES] == [0] * 7
    assert np.isnan(found["specificity"])
    assert found["note"].startswith("the reference mask fills the image")
    assert found["apl_2d"] == found["surface_changed"] == 0


def test_conventions_and_metrics_that_do_not_exist_are_all_named() -> None:
    with pytest.raises(ValueError, match="nonsense") as refusal:
        MetricSettings(("dsc", "nonsense", "hd101_mm"), empty="kind")
    assert "hd101_mm" in str(refusal.value)
    assert "'kind'" in str(refusal.value)
    assert "metrics-reloaded" in str(refusal.value)
