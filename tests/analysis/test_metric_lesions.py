"""Lesions: the BraTS-2023 rule against its official code, and two ways to match components."""

from __future__ import annotations

from math import nan

import numpy as np
import pytest

from analysis.metrics import (
    BRATS2023,
    BRATS2023_MEN,
    BRATS2023_MET,
    LesionRule,
    MetricSettings,
    measure_masks,
)
from tests.analysis.drawing import Mask

SHAPE = (40, 30, 30)
Sides = tuple[tuple[int, int], ...]


def drawn(*boxes: Sides) -> Mask:
    mask = np.zeros(SHAPE, np.bool_)
    for sides in boxes:
        mask[tuple(slice(start, stop) for start, stop in sides)] = True
    return mask


def voxel(i: int, j: int, k: int) -> Sides:
    return (i, i + 1), (j, j + 1), (k, k + 1)


ONE = ((10, 16), (10, 16), (10, 16))
SHIFTED = ((11, 17), (10, 16), (10, 15))
WEST, EAST = ((5, 11), (10, 16), (10, 16)), ((25, 31), (10, 16), (10, 16))
SIXTEEN, FIFTY, LOST = (
    ((2, 7), (2, 7), (2, 10)),
    ((20, 25), (20, 25), (20, 22)),
    ((30, 33), (3, 6), (20, 23)),
)

CASES: dict[str, tuple[list[Sides], list[Sides], tuple[float, float, float]]] = {
    "five voxels between two lesions": (
        [ONE, ((21, 27), (10, 16), (10, 16))],
        [SHIFTED],
        (1, 1, 1),
    ),
    "seven voxels between": ([ONE, ((23, 29), (10, 16), (10, 16))], [SHIFTED], (1, 1, 1)),
    # exactly 50 mm3 is small, and a component that touches a small lesion is no false one
    "small ones": (
        [SIXTEEN, FIFTY, LOST],
        [((3, 8), (2, 7), (2, 9)), ((20, 24), (20, 25), (20, 22))],
        (1, 1, 1),
    ),
    # within the grown lesion, but without a voxel of it
    "beside": ([ONE], [((18, 22), (10, 16), (10, 16))], (1, 1, 1)),
    # the whole bridge counts for either lesion
    "a bridge over two": ([WEST, EAST], [((7, 29), (12, 14), (12, 14))], (1, 1, 1)),
    # two voxels by a corner are one component, and false at any size
    "crumbs": (
        [WEST],
        [((5, 10), (10, 16), (10, 16)), voxel(30, 20, 20), voxel(35, 5, 5), voxel(36, 6, 6)],
        (1, 1, 1),
    ),
    "tall voxels": (
        [((5, 11), (10, 16), (10, 12)), ((25, 30), (3, 9), (20, 22))],
        [((6, 12), (9, 16), (10, 13)), ((25, 28), (4, 9), (20, 22))],
        (0.5, 1, 3),
    ),
    "a small one missed": ([((5, 8), (10, 13), (10, 13))], [], (1, 1, 1)),
    "at the border": (
        [((0, 6), (0, 6), (0, 6)), ((35, 40), (25, 30), (24, 30))],
        [((0, 5), (0, 6), (0, 7)), ((37, 40), (24, 30), (26, 30))],
        (1, 2, 1.5),
    ),
}

# Found, false, missed, lesion-wise Dice and HD95 as BraTS-2023-Metrics gives them, run on these
# masks (rachitsaluja, eval.py of 0e272e6, with surface-distance 0.1) for GLI, MEN and MET.
OFFICIAL = [
    ("five voxels between two lesions", BRATS2023, (1, 0, 0), 0.49019607843137253, 10.0),
    ("five voxels between two lesions", BRATS2023_MEN, (1, 0, 1), 0.3787878787878788, 187.5),
    ("seven voxels between", BRATS2023, (1, 0, 1), 0.3787878787878788, 187.5),
    ("small ones", BRATS2023, (1, 0, 0), 0.7466666666666667, 1.0),
    ("small ones", BRATS2023_MEN, (1, 0, 0), 0.7466666666666667, 1.0),
    ("small ones", BRATS2023_MET, (2, 0, 1), 0.5451851851851851, 125.33333333333333),
    ("beside", BRATS2023, (1, 0, 0), 0.0, 8.0),
    ("beside", BRATS2023_MEN, (0, 1, 1), 0.0, 374.0),
    ("a bridge over two", BRATS2023, (2, 0, 0), 0.10526315789473684, 17.0),
    ("crumbs", BRATS2023, (1, 2, 0), 0.30303030303030304, 249.66666666666666),
    ("tall voxels", BRATS2023, (2, 0, 0), 0.6363636363636364, 2.0206906325745546),
    ("tall voxels", BRATS2023_MET, (2, 0, 0), 0.6363636363636364, 2.0206906325745546),
    ("a small one missed", BRATS2023, (0, 0, 0), 1.0, 0.0),
    ("a small one missed", BRATS2023_MET, (0, 0, 1), 0.0, 374.0),
    ("at the border", BRATS2023, (2, 0, 0), 0.6928054815378759, 2.33113883008419),
]


def lesions_of(
    reference: Mask, mask: Mask, spacing_mm: tuple[float, ...], rule: LesionRule = BRATS2023
) -> dict:
    settings = MetricSettings(
        ("lesions", "lesion_false", "lesion_dsc", "lesion_hd95_mm", "lesion_f1",
         "lesion_sensitivity", "lesion_precision"),
        empty="brats",
        lesions=rule,
    )  # fmt: skip
    return measure_masks(reference, mask, spacing_mm, settings)


@pytest.mark.parametrize(
    ("case", "rule", "counts", "dsc", "hd95_mm"),
    OFFICIAL,
    ids=[f"{case}, {rule.dilations} x, {rule.smallest_mm3:g} mm3" for case, rule, *_ in OFFICIAL],
)
def test_the_official_code_says_the_same(case, rule, counts, dsc, hd95_mm) -> None:
    of_reference, of_mask, spacing_mm = CASES[case]
    row = lesions_of(drawn(*of_reference), drawn(*of_mask), spacing_mm, rule)
    found, false, missed = counts
    assert (row["lesions"], row["lesion_false"]) == (found + missed, false)
    assert row["lesion_dsc"] == pytest.approx(dsc, abs=1e-12)
    assert row["lesion_hd95_mm"] == pytest.approx(hd95_mm, abs=1e-12)
    if of_mask:
        f1 = 2 * found / (2 * found + false + missed)
        assert row["lesion_f1"] == pytest.approx(f1, abs=1e-12)
        assert row["lesion_sensitivity"] == pytest.approx(found / (found + missed), abs=1e-12)
        precision = found / (found + false) if found + false else nan
        assert row["lesion_precision"] == pytest.approx(precision, abs=1e-12, nan_ok=True)


def test_a_rule_of_ones_own() -> None:
    """Without growing, a lesion needs a shared voxel; the penalty is what one says it is."""
    row = lesions_of(drawn(WEST, EAST), drawn(WEST), (1, 1, 1), LesionRule(0, 0, 100))
    assert (row["lesion_dsc"], row["lesion_hd95_mm"]) == (0.5, 50)
    beside = drawn(((11, 13), (10, 16), (10, 16)))
    row = lesions_of(drawn(WEST), beside, (1, 1, 1), LesionRule(0, 0, 100))
    assert (row["lesions"], row["lesion_false"], row["lesion_hd95_mm"]) == (1, 1, 100)


def test_lesions_grow_in_their_slice_alone_in_2d() -> None:
    reference, mask = np.zeros((2, 30, 30), np.bool_)
    reference[2:10, 2:10] = reference[2:10, 15:23] = True
    mask[2:10, 2:10] = True
    apart = lesions_of(reference, mask, (1, 1), LesionRule(2, 0, 374))
    joined = lesions_of(reference, mask, (1, 1), LesionRule(3, 0, 374))
    assert (apart["lesions"], apart["lesion_dsc"]) == (2, 0.5)
    assert joined["lesions"] == 1
    assert joined["lesion_dsc"] == pytest.approx(2 * 64 / (128 + 64))


def test_only_small_lesions_leave_no_share_found_and_a_true_reason() -> None:
    """Both masks are there, no lesion is kept: the shares are undefined, for that reason."""
    small = drawn(LOST)
    row = lesions_of(small, small, (1, 1, 1))
    assert (row["lesions"], row["lesion_dsc"], row["lesion_hd95_mm"]) == (0, 1, 0)
    assert np.isnan(row["lesion_sensitivity"])
    assert "fills the image" not in row["note"]


def shares(reference: Mask, mask: Mask) -> dict:
    names = ("lesion_f1_any", *(f"lesion_f1_iou{percent}" for percent in (1, 25, 34, 50, 51, 100)))
    return measure_masks(reference, mask, (1, 1, 1), MetricSettings(names))


def test_any_shared_voxel_finds_a_component() -> None:
    """One component may find several, and several may find one; only strangers are false."""
    bridge = drawn(((7, 29), (12, 14), (12, 14)))
    assert shares(drawn(WEST, EAST), bridge)["lesion_f1_any"] == 1
    assert shares(bridge, drawn(WEST, EAST))["lesion_f1_any"] == 1
    missed = shares(drawn(WEST, EAST, LOST), bridge)["lesion_f1_any"]
    assert missed == pytest.approx(2 * 2 / (2 * 2 + 1))
    invented = shares(drawn(WEST), drawn(WEST, LOST, FIFTY))["lesion_f1_any"]
    assert invented == pytest.approx(2 / (2 + 2))
    assert shares(drawn(WEST), drawn(EAST))["lesion_f1_any"] == 0


def test_components_are_matched_one_to_one_at_an_intersection_over_union() -> None:
    reference, mask = drawn(((0, 10), (0, 1), (0, 1))), drawn(((0, 5), (0, 1), (0, 1)))
    row = shares(reference, mask)
    assert [row["lesion_f1_iou50"], row["lesion_f1_iou51"], row["lesion_f1_iou100"]] == [1, 0, 0]
    row = shares(drawn(WEST, EAST), drawn(((7, 29), (12, 14), (12, 14))))
    assert row["lesion_f1_iou1"] == pytest.approx(2 / 3)  # the bridge finds one of the two


def test_as_many_components_as_possible_are_matched() -> None:
    """The best pair first would leave one component of each mask alone."""
    reference = drawn(((0, 12), (0, 1), (0, 1)), ((13, 19), (0, 1), (0, 1)))
    mask = drawn(((0, 4), (0, 1), (0, 1)), ((5, 17), (0, 1), (0, 1)))
    # first with first 4 / 12, first with second 7 / 17, second with second 4 / 14
    row = shares(reference, mask)
    assert (row["lesion_f1_iou25"], row["lesion_f1_iou34"]) == (1, 0.5)
