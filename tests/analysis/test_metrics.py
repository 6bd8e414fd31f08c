"""Known answers of other tools' own tests, and properties that hold for every pair of masks.

The vectors come from the test suites of surface-distance (google-deepmind), MONAI,
MetricsReloaded, panoptica and MedPy, as named at each case.
"""

from __future__ import annotations

from math import inf, isnan, nan, sqrt

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.ndimage import binary_erosion

from analysis.metrics import dsc, measure_pair, surface_distances, surface_voxels
from analysis.regions import load_scheme
from analysis.volumes import Volume, VolumeError

Spacing = tuple[float, float, float]


def drawn(shape: tuple[int, ...], *boxes: tuple[slice | int, ...]) -> np.ndarray:
    mask = np.zeros(shape, np.uint8)
    for box in boxes:
        mask[box] = 1
    return mask


def rows(*lines: str) -> np.ndarray:
    return np.array([[int(mark) for mark in line] for line in lines], np.uint8)


def ball(radius: float, centre: tuple[float, ...], spacing: Spacing = (1, 1, 1)) -> np.ndarray:
    """Voxels of a 99^3 image whose centre is within the radius of a place in mm."""
    place = np.stack(np.indices((99, 99, 99)), axis=-1) * spacing
    inside: np.ndarray = np.linalg.norm(place - centre, axis=-1) <= radius
    return inside.astype(np.uint8)


def volume(mask: np.ndarray, spacing: Spacing = (1, 1, 1)) -> Volume:
    flat = mask if mask.ndim == 3 else mask[:, :, None]
    return Volume(flat, np.diag([*spacing, 1.0]))


def measured(reference: np.ndarray, mask: np.ndarray, spacing: Spacing = (1, 1, 1)) -> dict:
    (row,) = measure_pair(volume(reference, spacing), volume(mask, spacing))
    return row


# --- known answers --------------------------------------------------------------------------------


def test_two_single_voxels_two_apart() -> None:
    """surface-distance, surface_distance_test.py: spacing (3, 2, 1)."""
    row = measured(
        drawn((128, 128, 128), (50, 60, 70)), drawn((128, 128, 128), (50, 60, 72)), (3, 2, 1)
    )
    assert (row["dsc"], row["hd_mm"], row["hd95_mm"], row["hd95_directed_mm"]) == (0, 2, 2, 2)


def test_two_half_cubes_one_slice_apart() -> None:
    """surface-distance, surface_distance_test.py: spacing (2, 1, 1); Dice .990."""
    row = measured(
        drawn((100, 100, 100), slice(0, 50)), drawn((100, 100, 100), slice(0, 51)), (2, 1, 1)
    )
    assert row["dsc"] == pytest.approx(100 / 101)
    assert (row["hd_mm"], row["hd95_mm"], row["hd95_directed_mm"]) == (2, 2, 2)
    assert row["volume_difference_ml"] == pytest.approx(100 * 100 * 2 / 1000)


@pytest.mark.parametrize(
    ("mask", "reference", "spacing", "hd", "directed", "mask_to_reference"),
    [
        # MONAI, test_hausdorff_distance.py
        ((20, (19, 19, 19)), (20, (20, 20, 20)), (1, 1, 1), 1.7320508075688772, None, None),
        (
            (20, (20, 33, 22)),
            (40, (20, 33, 22)),
            (1, 1, 1),
            20.223748416156685,
            20.09975124224178,
            20.09975124224178,
        ),
        ((20, (20, 20, 20)), (20, (19, 19, 19)), (0.85, 1.2, 0.9), 2.2671568, None, 2.0808651447),
        ((15, (20, 33, 22)), (30, (20, 33, 22)), (0.85, 1.2, 0.9), 15.62594, None, 15.4396410),
    ],
)
def test_balls_of_monai(mask, reference, spacing, hd, directed, mask_to_reference) -> None:
    drawn_mask, drawn_reference = ball(*mask, spacing), ball(*reference, spacing)
    row = measured(drawn_reference, drawn_mask, spacing)
    assert row["hd_mm"] == pytest.approx(hd, abs=1e-5)
    if directed is not None:
        assert row["hd95_directed_mm"] == pytest.approx(directed, abs=1e-12)
        # pooled: the larger ball has more surface voxels and weighs more
        assert row["hd95_mm"] == pytest.approx(20.0499377, abs=1e-6)
    if mask_to_reference is not None:
        distances = surface_distances(drawn_reference > 0, drawn_mask > 0, spacing)
        assert distances.mask_to_reference_mm.max() == pytest.approx(mask_to_reference, abs=1e-6)


@pytest.mark.parametrize(
    ("mask", "reference", "spacing", "one_way", "pooled"),
    [
        # MONAI, test_surface_distance.py: mean distances
        ((33, (19, 33, 22)), (33, (20, 33, 22)), (1, 1, 1), 0.3483278807706289, 0.350217),
        ((20, (20, 33, 22)), (40, (20, 33, 22)), (1, 1, 1), 12.040033513150455, 15.117741),
        ((33, (42, 45, 52)), (33, (43, 45, 52)), (0.85, 1.2, 0.9), 0.4951, None),
    ],
)
def test_every_single_distance_is_right(mask, reference, spacing, one_way, pooled) -> None:
    found = surface_distances(ball(*reference, spacing) > 0, ball(*mask, spacing) > 0, spacing)
    both = np.concatenate([found.mask_to_reference_mm, found.reference_to_mask_mm])
    assert found.mask_to_reference_mm.mean() == pytest.approx(one_way, abs=2e-5)
    if pooled is not None:
        assert both.mean() == pytest.approx(pooled, abs=1e-6)


def test_a_square_with_two_whiskers_in_2d() -> None:
    """MetricsReloaded, test_pairwise_measures.py: DSC .862, ASSD .444444."""
    reference = drawn((11, 11), (slice(3, 8), slice(3, 8)))
    mask = reference | drawn((11, 11), (5, slice(1, 10)), (slice(1, 10), 5))
    row = measured(reference, mask)
    assert row["dsc"] == pytest.approx(0.862, abs=5e-4)
    found = surface_distances(reference[:, :, None] > 0, mask[:, :, None] > 0, (1, 1, 1), (0, 1))
    both = np.concatenate([found.mask_to_reference_mm, found.reference_to_mask_mm])
    assert both.mean() == pytest.approx(0.444444, abs=1e-6)


def test_a_square_in_a_square_in_2d() -> None:
    """MetricsReloaded, test_pairwise_measures.py: HD 1.41, MASD 1.069036, ASSD 1.103553."""
    reference = drawn((14, 14), (slice(5, 9), slice(5, 9)))
    mask = drawn((14, 14), (slice(6, 8), slice(6, 8)))
    assert measured(reference, mask)["hd_mm"] == pytest.approx(sqrt(2))
    found = surface_distances(reference[:, :, None] > 0, mask[:, :, None] > 0, (1, 1, 1), (0, 1))
    means = found.mask_to_reference_mm.mean(), found.reference_to_mask_mm.mean()
    both = np.concatenate([found.mask_to_reference_mm, found.reference_to_mask_mm])
    assert sum(means) / 2 == pytest.approx(1.069036, abs=1e-6)
    assert both.mean() == pytest.approx(1.103553, abs=1e-6)


def test_both_definitions_of_hd95_in_2d() -> None:
    """panoptica, unit_tests/test_metrics.py: HD95 pooled 2.473011636398349."""
    row = measured(rows("0000", "0000", "0011", "0011"), rows("1110", "1110", "1110", "1000"))
    assert row["hd_mm"] == pytest.approx(2.8284271, abs=1e-7)
    assert row["hd95_mm"] == pytest.approx(2.473011636398349, abs=1e-12)
    assert row["hd95_directed_mm"] == pytest.approx(2.591483, abs=1e-6)


def test_a_blob_on_a_larger_blob_in_2d() -> None:
    """panoptica, unit_tests/test_metrics.py: Dice 4/7, mean of the two means .625."""
    reference, mask = rows("0010", "1110", "1111", "0110"), rows("0000", "0110", "0110", "0000")
    row = measured(reference, mask)
    assert row["dsc"] == pytest.approx(4 / 7)
    found = surface_distances(reference[:, :, None] > 0, mask[:, :, None] > 0, (1, 1, 1), (0, 1))
    means = found.mask_to_reference_mm.mean(), found.reference_to_mask_mm.mean()
    assert sum(means) / 2 == pytest.approx(0.625)
    assert row["volume_difference_ml"] / row["reference_volume_ml"] == pytest.approx(-0.6)


def test_spacing_counts_in_2d() -> None:
    """panoptica, unit_tests/test_metrics.py: pooled mean 1.0625; spacing 20 gives HD 40."""
    mask = rows("0101", "0101", "0100", "0100")
    found = surface_distances(mask[:, :, None] == 0, mask[:, :, None] > 0, (1, 1, 1), (0, 1))
    both = np.concatenate([found.mask_to_reference_mm, found.reference_to_mask_mm])
    assert both.mean() == pytest.approx(1.0625)
    assert measured(1 - mask, mask, (20, 20, 20))["hd_mm"] == 40


def test_overlap_of_labels_that_touch() -> None:
    """panoptica, unit_tests/test_metrics.py: Dice of the labels .094117647, .068376068.

    Its figure for both labels together, .106583072 = 2 x 17 / 319, adds up label values and not
    voxels; counted by hand, 17 of 162 and 40 voxels are shared.
    """
    reference, mask = np.zeros((30, 30), np.uint8), np.zeros((30, 30), np.uint8)
    reference[1:10, 1:10], reference[11:20, 11:20] = 1, 2
    mask[1:3, 1:3], mask[7:13, 7:13] = 1, 2
    assert dsc(reference > 0, mask > 0) == pytest.approx(2 * 17 / (162 + 40))
    both = measure_pair(volume(reference), volume(mask))
    assert [row["structure"] for row in both] == ["label_1", "label_2"]
    assert [row["dsc"] for row in both] == pytest.approx([0.094117647, 0.068376068])


def test_one_dimension() -> None:
    """MedPy, tests/metric_/binary.py: [1,0] against [0,1], spacing 2 -> 2."""
    row = measured(drawn((2, 1, 1), (0,)), drawn((2, 1, 1), (1,)), (2, 1, 1))
    assert row["hd_mm"] == 2


@pytest.mark.parametrize(
    ("spacing", "expected"), [((1, 1, 1), 5), ((2, 0.5, 1), 6.324555320336759)]
)
def test_two_voxels_three_four_apart(spacing: Spacing, expected: float) -> None:
    row = measured(drawn((8, 8, 8), (1, 1, 1)), drawn((8, 8, 8), (4, 5, 1)), spacing)
    assert row["hd_mm"] == row["hd95_mm"] == row["hd95_directed_mm"] == pytest.approx(expected)


# --- conventions ----------------------------------------------------------------------------------


def test_the_surface_of_one_slice_is_its_outline() -> None:
    square = drawn((7, 7, 1), (slice(1, 6), slice(1, 6)))
    assert surface_voxels(square > 0, (0, 1)).sum() == 16
    deep = drawn((7, 7, 3), (slice(1, 6), slice(1, 6), 1))
    assert surface_voxels(deep > 0, (0, 1, 2)).sum() == 25  # a slice in a volume has two faces


def test_outside_the_image_is_background() -> None:
    assert surface_voxels(np.ones((6, 6, 6), bool), (0, 1, 2)).sum() == 152


@pytest.mark.parametrize(
    ("of_reference", "of_mask", "dice", "distance", "note"),
    [
        (False, False, nan, nan, "both masks are empty"),
        (True, False, 0.0, inf, "the mask is empty"),
        (False, True, 0.0, inf, "the reference mask is empty"),
        (True, True, 1.0, 0.0, ""),
    ],
)
def test_the_table_of_empty_masks(of_reference, of_mask, dice, distance, note) -> None:
    there, empty = np.full((3, 3, 3), 3, np.uint8), np.zeros((3, 3, 3), np.uint8)
    row = measure_pair(
        volume(there if of_reference else empty),
        volume(there if of_mask else empty),
        load_scheme("brats"),
    )[2]
    values = [row["dsc"], row["hd_mm"], row["hd95_mm"], row["hd95_directed_mm"]]
    np.testing.assert_array_equal(values, [dice, distance, distance, distance])
    assert row["note"] == note
    assert row["volume_ml"] == pytest.approx(0.027 if of_mask else 0)
    assert row["reference_volume_ml"] == pytest.approx(0.027 if of_reference else 0)


def test_regions_are_measured_as_unions() -> None:
    reference, mask = np.zeros((9, 9, 9), np.uint8), np.zeros((9, 9, 9), np.uint8)
    reference[2:7, 2:7, 2:7], mask[2:7, 2:7, 3:7] = 2, 2
    reference[3:5, 3:5, 3:5], mask[3:6, 3:5, 3:5] = 1, 4
    found = measure_pair(volume(reference), volume(mask), load_scheme("brats"))
    assert [row["structure"] for row in found] == ["WT", "TC", "ET"]
    assert found[0] == {**measured((reference > 0) * 1, (mask > 0) * 1), "structure": "WT"}
    core = np.isin(reference, [1, 3]) * 1, np.isin(mask, [1, 4]) * 1
    assert found[1] == {**measured(*core), "structure": "TC"}
    assert found[2]["note"] == "the reference mask is empty"


def test_masks_on_two_grids_are_not_compared() -> None:
    with pytest.raises(VolumeError, match=r"The mask against The reference mask: .* voxels"):
        measure_pair(volume(np.ones((3, 3, 3), np.uint8)), volume(np.ones((3, 3, 4), np.uint8)))


# --- properties -----------------------------------------------------------------------------------

spacings = st.tuples(*[st.floats(0.2, 6.0)] * 3)


@st.composite
def pairs(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, Spacing]:
    shape = draw(st.tuples(*[st.integers(1, 6)] * 3))
    both = [draw(arrays.arrays(np.bool_, shape)) for _ in range(2)]
    for mask in both:
        mask.flat[draw(st.integers(0, mask.size - 1))] = True
    return both[0].astype(np.uint8), both[1].astype(np.uint8), draw(spacings)


def distances_of(row: dict) -> list[float]:
    return [row["hd_mm"], row["hd95_mm"], row["hd95_directed_mm"]]


@settings(max_examples=300, deadline=None)
@given(pairs())
def test_the_crop_changes_nothing(pair) -> None:
    """Against a direct computation: erosion by scipy, all distances, on the whole image."""
    reference, mask, spacing = pair
    wide = [axis for axis, length in enumerate(mask.shape) if length > 1]

    def surface(labels: np.ndarray) -> np.ndarray:
        cross = np.zeros((3, 3, 3), bool)
        cross[1, 1, 1] = True
        for axis in wide:
            cross[tuple(slice(None) if each == axis else 1 for each in range(3))] = True
        inside = binary_erosion(labels > 0, cross) if wide else np.zeros(labels.shape, bool)
        return np.argwhere((labels > 0) & ~inside) * spacing

    gaps = np.linalg.norm(surface(mask)[:, None] - surface(reference)[None], axis=2)
    forth, back = gaps.min(axis=1), gaps.min(axis=0)
    expected = [
        max(forth.max(), back.max()),
        np.percentile(np.concatenate([forth, back]), 95),
        max(np.percentile(forth, 95), np.percentile(back, 95)),
    ]
    np.testing.assert_allclose(
        distances_of(measured(reference, mask, spacing)), expected, rtol=1e-12, atol=1e-12
    )


@settings(max_examples=100, deadline=None)
@given(pairs())
def test_swapping_the_masks_changes_only_the_sign_of_the_volume_difference(pair) -> None:
    reference, mask, spacing = pair
    one, other = measured(reference, mask, spacing), measured(mask, reference, spacing)
    assert one["dsc"] == other["dsc"]
    assert distances_of(one) == pytest.approx(distances_of(other), rel=1e-12)
    assert one["volume_difference_ml"] == -other["volume_difference_ml"]


@settings(max_examples=100, deadline=None)
@given(pairs())
def test_a_mask_against_itself_is_perfect(pair) -> None:
    _, mask, spacing = pair
    row = measured(mask, mask, spacing)
    assert row["dsc"] == 1
    assert distances_of(row) == [0, 0, 0]
    assert row["volume_difference_ml"] == 0


@settings(max_examples=100, deadline=None)
@given(pairs(), st.floats(0.5, 8))
def test_distances_grow_with_the_spacing(pair, factor: float) -> None:
    reference, mask, spacing = pair
    plain = measured(reference, mask, spacing)
    larger = measured(reference, mask, tuple(length * factor for length in spacing))
    assert distances_of(larger) == pytest.approx(
        [factor * distance for distance in distances_of(plain)], rel=1e-9
    )
    assert larger["dsc"] == plain["dsc"]
    assert larger["volume_ml"] == pytest.approx(plain["volume_ml"] * factor**3)


@settings(max_examples=100, deadline=None)
@given(pairs(), st.integers(1, 4), st.permutations([0, 1, 2]))
def test_padding_and_turning_change_nothing(pair, margin: int, order: list[int]) -> None:
    reference, mask, spacing = pair
    # Only an image with depth may get more of it: one slice is measured in its plane.
    pads = [(margin, margin + 1) if length > 1 else (0, 0) for length in mask.shape]
    other = [np.pad(each, pads).transpose(order)[::-1] for each in (reference, mask)]
    turned = measured(*other, tuple(spacing[axis] for axis in order))
    plain = measured(reference, mask, spacing)
    assert distances_of(turned) == pytest.approx(distances_of(plain), rel=1e-12)
    assert turned["dsc"] == plain["dsc"]


@settings(max_examples=100, deadline=None)
@given(pairs())
def test_no_percentile_is_above_the_largest_distance(pair) -> None:
    hd, pooled, directed = distances_of(measured(*pair))
    assert not isnan(hd)
    # Pooled and directed have no order: on very few voxels interpolation can reverse it.
    assert max(pooled, directed) <= hd * (1 + 1e-12)
