"""What is measured of volumes: structures and their regions, labels, several masks of a case."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.metrics import (
    METRIC_NAMES,
    MetricSettings,
    dsc,
    measure_case,
    measure_masks,
    measure_pair,
)
from analysis.regions import load_scheme
from analysis.volumes import Volume, VolumeError
from tests.analysis.drawing import drawn

Spacing = tuple[float, float, float]

SPACING: Spacing = (1, 2, 0.5)


def volume(labels: np.ndarray, spacing_mm: Spacing = SPACING) -> Volume:
    return Volume(labels, np.diag([*spacing_mm, 1.0]))


def single(reference: np.ndarray, mask: np.ndarray, name: str) -> dict:
    """What the two give as arrays of one structure, under its name."""
    return {"structure": name} | measure_masks(reference, mask, SPACING)


@pytest.fixture
def glioma() -> tuple[np.ndarray, np.ndarray]:
    reference, mask = np.zeros((2, 9, 9, 9), np.uint8)
    reference[2:7, 2:7, 2:7], mask[2:7, 2:7, 3:7] = 2, 2
    reference[3:5, 3:5, 3:5], mask[3:6, 3:5, 3:5] = 1, 4  # 4 is what older files call 3
    return reference, mask


def assert_same(found: dict, expected: dict, *but: str) -> None:
    assert found.keys() == expected.keys()
    kept = found.keys() - but - {"structure", "note"}
    assert {name: found[name] for name in kept} == pytest.approx(
        {name: expected[name] for name in kept}, rel=0, abs=0, nan_ok=True
    )
    assert (found["structure"], found["note"]) == (expected["structure"], expected["note"])


def test_regions_are_measured_as_unions(glioma) -> None:
    reference, mask = glioma
    found = measure_pair(volume(reference), volume(mask), load_scheme("brats"))
    # `gwds` alone tells the labels of a region apart
    assert_same(found[0], single(reference > 0, mask > 0, "WT"), "gwds")
    assert_same(found[1], single(reference == 1, mask == 4, "TC"), "gwds")
    assert_same(found[2], single(reference == 3, mask == 4, "ET"))
    assert found[2]["note"] == "the reference mask is empty"
    assert len(found) == 3


def test_without_a_scheme_each_label_is_a_structure(glioma) -> None:
    reference, mask = glioma
    found = measure_pair(volume(reference), volume(mask))
    assert [row["structure"] for row in found] == ["label_1", "label_2", "label_4"]
    for row, label in zip(found, (1, 2, 4), strict=True):
        assert_same(row, single(reference == label, mask == label, f"label_{label}"))


@pytest.mark.parametrize("kind", [np.uint16, np.int16, np.int32, np.int64])
def test_labels_above_255(kind: type) -> None:
    """Atlases number their structures up to some thousands; small masks use any whole type."""
    random = np.random.default_rng(5)
    numbers = np.array([0, 7, 255, 256, 300, 512, 2035, 30000], kind)
    reference, mask = numbers[random.integers(0, len(numbers), (2, 6, 7, 8))]
    found = measure_pair(volume(reference), volume(mask))
    assert [row["structure"] for row in found] == [f"label_{label}" for label in numbers[1:]]
    for row, label in zip(found, numbers[1:], strict=True):
        assert_same(row, single(reference == label, mask == label, f"label_{label}"))


def test_more_labels_than_a_byte_counts() -> None:
    reference = np.arange(1, 601, dtype=np.uint16).reshape(10, 10, 6)
    asked = MetricSettings(("dsc", "hd_mm"))
    found = measure_pair(volume(reference), volume(np.roll(reference, 1, 2)), None, asked)
    assert [row["structure"] for row in found] == [f"label_{label}" for label in range(1, 601)]
    assert {row["dsc"] for row in found} == {0}
    assert {row["hd_mm"] for row in found} == {0.5, 2.5}
    assert {row["dsc"] for row in measure_pair(volume(reference), volume(reference))} == {1}


def test_a_mask_of_few_labels_against_one_of_many() -> None:
    reference, mask = np.zeros((2, 5, 5, 5), np.uint16)
    reference[1:4, 1:4, 1:4], mask[1:4, 1:4, 1:3] = 2, 2
    reference[4, 4, 4] = 400
    found = measure_pair(volume(reference), volume(mask.astype(np.uint8)))
    assert_same(found[0], single(reference == 2, mask == 2, "label_2"))
    assert found[1]["note"] == "the mask is empty"
    swapped = measure_pair(volume(mask.astype(np.uint8)), volume(reference))
    assert_same(swapped[0], single(mask == 2, reference == 2, "label_2"))
    assert swapped[1]["note"] == "the reference mask is empty"


def test_several_masks_and_several_references(glioma) -> None:
    """Experts differ, so that a case has more than one reference; each is measured on its own."""
    references = [volume(each) for each in (*glioma, np.roll(glioma[0], 1, 1))]
    masks = [volume(np.roll(glioma[1], step, 0)) for step in range(3)]
    masks.append(volume(np.zeros((9, 9, 9), np.uint8)))
    scheme = load_scheme("brats")
    for reference in references:
        found = measure_case(reference, masks, scheme)
        assert len(found) == 4
        for rows, mask in zip(found, masks, strict=True):
            for row, expected in zip(rows, measure_pair(reference, mask, scheme), strict=True):
                assert_same(row, expected)
        backwards = measure_case(reference, iter(masks[::-1]), scheme)
        for rows, others in zip(found, backwards[::-1], strict=True):
            for row, expected in zip(rows, others, strict=True):
                assert_same(row, expected)


def test_only_what_is_asked_for_is_told(glioma) -> None:
    reference, mask = (volume(each) for each in glioma)
    asked = MetricSettings(("hd99_mm", "dsc"))
    (row, *_) = measure_pair(reference, mask, load_scheme("brats"), asked)
    assert list(row) == ["structure", "hd99_mm", "dsc", "note"]
    (row, *_) = measure_pair(reference, mask, load_scheme("brats"))
    assert list(row) == ["structure", *METRIC_NAMES, "note"]


def test_masks_on_two_grids_are_not_compared() -> None:
    with pytest.raises(VolumeError, match=r"The mask against The reference mask: .* voxels"):
        measure_pair(volume(np.ones((3, 3, 3), np.uint8)), volume(np.ones((3, 3, 4), np.uint8)))


def test_the_mask_that_cannot_be_compared_is_named() -> None:
    good, wide = volume(np.ones((3, 3, 3), np.uint8)), volume(np.ones((3, 3, 4), np.uint8))
    with pytest.raises(VolumeError, match=r"^b\.nii against expert\.nii: .* voxels"):
        measure_case(good, [good, wide], reference_name="expert.nii", mask_names=["a.nii", "b.nii"])
    with pytest.raises(VolumeError, match=r"^expert\.nii: Label 9 is not in the label scheme"):
        measure_pair(
            volume(np.full((3, 3, 3), 9, np.uint8)),
            good,
            load_scheme("brats"),
            reference_name="expert.nii",
        )


@pytest.mark.parametrize(
    ("reference", "mask", "spacing_mm"),
    [((3, 3), (3, 4), (1, 1)), ((3,), (3,), (1,)), ((3, 3), (3, 3), (1, 1, 1))],
)
def test_arrays_that_do_not_fit_are_refused(reference, mask, spacing_mm) -> None:
    with pytest.raises(ValueError, match="give"):
        measure_masks(np.ones(reference, np.bool_), np.ones(mask, np.bool_), spacing_mm)


# --- surfaces -------------------------------------------------------------------------------------


def edge_voxels(mask: np.ndarray) -> tuple[int, int]:
    """How many voxels a mask's edge (26 neighbours) and its slices' contours have."""
    row = measure_masks(mask, np.zeros_like(mask), (1, 1, 1))
    return row["apl_3d"], row["apl_2d"]


def test_the_surface_of_one_slice_is_its_outline() -> None:
    assert edge_voxels(drawn((7, 7, 1), (slice(1, 6), slice(1, 6)))) == (16, 16)
    # a slice in a volume has two faces, but one outline in its plane
    assert edge_voxels(drawn((7, 7, 3), (slice(1, 6), slice(1, 6), 1))) == (25, 16)


def test_outside_the_image_is_background() -> None:
    assert edge_voxels(np.ones((6, 6, 6), np.bool_)) == (152, 6 * 20)


def test_added_path_length_counts_what_is_to_be_drawn() -> None:
    """The contour of the reference that the mask lacks, in every slice; not the other way."""
    reference = drawn((12, 12, 2), (slice(2, 8), slice(2, 8)))
    mask = drawn((12, 12, 2), (slice(2, 8), slice(2, 10), 0), (slice(3, 7), slice(3, 7), 1))
    row = measure_masks(reference, mask, (0.5, 1.5, 3))
    # slice 0: the side at j = 7 but for its ends, which are on both contours; slice 1: all 20
    assert (row["apl_2d"], row["apl_2d_mm"], row["fnpl_2d"]) == (4 + 20, 24, 20)
    assert (row["added_ml"], row["removed_ml"]) == pytest.approx((0.045, 0.027))
    back = measure_masks(mask, reference, (0.5, 1.5, 3))
    assert (back["apl_2d"], back["fnpl_2d"]) == (8 + 12, 8)


def test_dice_of_arrays_without_the_rest() -> None:
    reference, mask = drawn((4, 4), (0,)), drawn((4, 4), (slice(0, 2), slice(0, 2)))
    assert dsc(reference, mask) == 2 * 2 / (4 + 4)
    assert np.isnan(dsc(reference & ~reference, mask & ~mask))
