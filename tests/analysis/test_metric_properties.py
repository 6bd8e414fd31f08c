"""What must hold for every pair of masks, whatever the values are."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from analysis.metrics import (
    METRIC_NAMES,
    LesionRule,
    MetricSettings,
    measure_case,
    measure_masks,
    measure_pair,
)
from analysis.regions import LabelScheme
from analysis.volumes import Volume

Spacing = tuple[float, float, float]

OVERLAP = ("dsc", "iou", "volume_similarity", "gwds")
DISTANCES = (
    "hd_mm",
    "hd95_mm",
    "hd95_directed_mm",
    "hd95_surfel_mm",
    "asd_mm",
    "assd_mm",
    "masd_mm",
)
NSD = ("nsd_1mm", "nsd_2mm", "nsd_surfel_1mm")
MATCHES = ("lesion_f1_any", "lesion_f1_iou50")
SWAPPED = {
    "sensitivity": "precision",
    "volume_ml": "reference_volume_ml",
    "voxels": "reference_voxels",
    "added_ml": "removed_ml",
}
SLICEWISE = ("apl_2d", "apl_2d_mm", "fnpl_2d")
BY_SHARE_OF_AREA = ("hd95_surfel_mm", "lesion_hd95_mm")
SCHEME = LabelScheme.from_dict(
    {
        "name": "nested",
        "labels": {"1": "core", "2": "oedema", "3": "enhancing"},
        "structures": [
            {"name": "WT", "labels": [1, 2, 3]},
            {"name": "TC", "labels": [1, 3]},
            {"name": "ET", "labels": [3]},
        ],
    }
)

spacings = st.tuples(*[st.floats(0.2, 6.0)] * 3)
shapes = st.tuples(*[st.integers(1, 6)] * 3).filter(lambda shape: shape != (1, 1, 1))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, Spacing]:
    shape = draw(shapes)
    both = [draw(arrays.arrays(np.bool_, shape)) for _ in range(2)]
    for mask in both:
        mask.flat[draw(st.integers(0, mask.size - 1))] = True
    return both[0], both[1], draw(spacings)


def values(row: dict, names: tuple[str, ...]) -> list[float]:
    return [row[name] for name in names]


def assert_same(row: dict, other: dict, *but: str) -> None:
    """Hold all values of two rows together, up to the last digits."""
    names = [name for name in METRIC_NAMES if name not in but]
    assert {name: row[name] for name in names} == pytest.approx(
        {name: other[name] for name in names}, rel=1e-12, abs=1e-12, nan_ok=True
    )


@settings(max_examples=80, deadline=None)
@given(pairs())
def test_a_mask_against_itself_is_perfect(pair) -> None:
    mask, _, spacing_mm = pair
    row = measure_masks(mask, mask, spacing_mm)
    assert values(row, (*OVERLAP, *NSD, *MATCHES, "sensitivity", "precision")) == [1] * 11
    assert values(row, DISTANCES) == [0] * 7
    assert values(row, ("volume_difference_ml", *SLICEWISE, "apl_3d", "surface_changed")) == [0] * 6
    assert values(row, ("added_ml", "removed_ml", "lesion_false")) == [0] * 3
    assert (row["lesion_dsc"], row["lesion_hd95_mm"], row["recognised"]) == (1, 0, True)


@settings(max_examples=80, deadline=None)
@given(pairs())
def test_swapping_the_masks_swaps_what_is_said_of_them(pair) -> None:
    reference, mask, spacing_mm = pair
    row, swapped = (
        measure_masks(*each, spacing_mm) for each in ((reference, mask), (mask, reference))
    )
    kept = (
        *OVERLAP,
        "hd_mm",
        "hd95_mm",
        "hd95_directed_mm",
        "hd95_surfel_mm",
        "assd_mm",
        "masd_mm",
    )
    kept += (*NSD, "lesion_f1_iou50", "shared_voxels")
    assert values(swapped, kept) == pytest.approx(values(row, kept), rel=1e-12)
    assert swapped["volume_difference_ml"] == -row["volume_difference_ml"]
    for one, other in SWAPPED.items():
        assert (swapped[one], swapped[other]) == (row[other], row[one])
    # the mean of both directions is the mean of their means
    assert (row["asd_mm"] + swapped["asd_mm"]) / 2 == pytest.approx(row["masd_mm"], rel=1e-12)


@settings(max_examples=80, deadline=None)
@given(pairs(), st.tuples(*[st.booleans()] * 3), st.permutations([0, 1, 2]), st.booleans())
@example(
    # a line along k, whose two thin axes change places in memory
    (np.array([[[True, True]]]), np.array([[[True, False]]]), (1.0, 2.0, 1.0)),
    (False, False, True),
    [0, 1, 2],
    False,
)
def test_mirrored_and_turned_masks_are_the_same(pair, mirror, order, in_memory_only) -> None:
    reference, mask, spacing_mm = pair
    row = measure_masks(reference, mask, spacing_mm)
    steps = tuple(slice(None, None, -1 if each else 1) for each in mirror)
    mirrored = measure_masks(reference[steps], mask[steps], spacing_mm)
    # areas are added up in another order, and the last digit decides where a share is just met
    assert_same(mirrored, row, *BY_SHARE_OF_AREA)
    turned = [each.transpose(order) for each in (reference, mask)]
    if not in_memory_only:
        turned = [np.ascontiguousarray(each) for each in turned]
    found = measure_masks(*turned, tuple(spacing_mm[axis] for axis in order))
    assert_same(found, row, *BY_SHARE_OF_AREA, *SLICEWISE)  # slices lie across another axis


@settings(max_examples=80, deadline=None)
@given(pairs(), st.tuples(*[st.integers(0, 70)] * 3), st.tuples(*[st.integers(0, 4)] * 3))
def test_background_around_the_masks_changes_only_the_specificity(pair, before, after) -> None:
    reference, mask, spacing_mm = pair
    # Only an image with depth may get more of it: one slice is measured in its plane.
    pads = [
        (first, last) if length > 1 else (0, 0)
        for first, last, length in zip(before, after, mask.shape, strict=True)
    ]
    wider = measure_masks(np.pad(reference, pads), np.pad(mask, pads), spacing_mm)
    row = measure_masks(reference, mask, spacing_mm)
    assert_same(wider, row, "specificity")
    if any(first + last for first, last in pads):
        spared = np.pad(~reference & ~mask, pads, constant_values=True).sum()
        all_of_it = np.pad(~reference, pads, constant_values=True).sum()
        assert wider["specificity"] == pytest.approx(spared / all_of_it, rel=1e-12)


@settings(max_examples=80, deadline=None)
@given(pairs(), st.sampled_from([0.25, 0.5, 2.0, 4.0]))
def test_lengths_scale_with_the_spacing(pair, factor: float) -> None:
    """Powers of two, so that no digit is lost and nothing passes a tolerance by rounding."""
    reference, mask, spacing_mm = pair
    tolerances = (f"nsd_{2 * factor}mm", f"nsd_surfel_{factor}mm")
    row = measure_masks(
        reference,
        mask,
        spacing_mm,
        MetricSettings((*METRIC_NAMES, "nsd_2.0mm", "nsd_surfel_1.0mm")),
    )
    larger = measure_masks(
        reference,
        mask,
        tuple(length * factor for length in spacing_mm),
        MetricSettings(
            (*METRIC_NAMES, *tolerances), lesions=LesionRule(3, 50 * factor**3, 374 * factor)
        ),
    )
    lengths = (*DISTANCES, "apl_2d_mm", "lesion_hd95_mm")
    volumes = ("volume_ml", "reference_volume_ml", "volume_difference_ml", "added_ml", "removed_ml")
    assert values(larger, lengths) == pytest.approx(
        [factor * each for each in values(row, lengths)]
    )
    assert values(larger, volumes) == pytest.approx(
        [factor**3 * each for each in values(row, volumes)]
    )
    assert_same(larger, row, *lengths, *volumes, *NSD)
    assert values(larger, tolerances) == values(row, ("nsd_2.0mm", "nsd_surfel_1.0mm"))


@settings(max_examples=80, deadline=None)
@given(pairs())
def test_values_are_in_their_order(pair) -> None:
    reference, mask, spacing_mm = pair
    percents = ("hd0_mm", "hd50_mm", "hd95_mm", "hd100_mm")
    tolerances = ("nsd_0mm", "nsd_0.5mm", "nsd_1mm", "nsd_2mm", "nsd_100mm")
    surfel = tuple(name.replace("nsd", "nsd_surfel") for name in tolerances)
    asked = (*METRIC_NAMES, *percents, *tolerances, *surfel, "hd100_directed_mm")
    row = measure_masks(reference, mask, spacing_mm, MetricSettings(asked))
    for rising in (percents, tolerances, surfel):
        assert values(row, rising) == sorted(values(row, rising))
    assert row["hd100_mm"] == row["hd_mm"] == row["hd100_directed_mm"]
    # Pooled and directed have no order: on very few voxels interpolation can reverse it.
    assert row["hd95_directed_mm"] <= row["hd_mm"] * (1 + 1e-12)
    assert row["masd_mm"] <= row["hd_mm"] * (1 + 1e-12)
    assert row["nsd_100mm"] == row["nsd_surfel_100mm"] == 1
    assert row["iou"] <= row["dsc"] <= row["volume_similarity"] + 1e-12
    assert row["dsc"] == pytest.approx(2 * row["iou"] / (1 + row["iou"]))
    assert row["gwds"] == pytest.approx(row["dsc"], rel=1e-12)
    assert row["fnpl_2d"] <= row["apl_2d"]
    assert row["apl_2d"] <= row["reference_voxels"] >= row["apl_3d"]
    assert row["lesion_f1_iou50"] <= row["lesion_f1_any"]


@settings(max_examples=80, deadline=None)
@given(pairs(), st.data())
def test_the_hausdorff_distance_is_a_metric(pair, data) -> None:
    one, two, spacing_mm = pair
    three = data.draw(arrays.arrays(np.bool_, one.shape))
    three.flat[0] = True
    asked = MetricSettings(("hd_mm",))
    direct, first, second = (
        measure_masks(*each, spacing_mm, asked)["hd_mm"]
        for each in ((one, three), (one, two), (two, three))
    )
    assert direct <= (first + second) * (1 + 1e-12)


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[np.ndarray], Spacing]:
    shape = draw(shapes)
    drawn = [draw(arrays.arrays(np.uint8, shape, elements=st.integers(0, 3))) for _ in range(4)]
    return drawn, draw(spacings)


@settings(max_examples=60, deadline=None)
@given(cases())
def test_masks_of_a_case_are_measured_as_pairs_and_as_single_structures(case) -> None:
    """What is kept of a reference for the next mask, and of labels for a region, is the same."""
    labels, spacing_mm = case
    volumes = [Volume(each, np.diag([*spacing_mm, 1.0])) for each in labels]
    reference, masks = volumes[0], volumes[1:]
    rows = measure_case(reference, masks, SCHEME)
    for mask, found in zip(masks, rows, strict=True):
        alone = measure_pair(reference, mask, SCHEME)
        for row, other, structure in zip(found, alone, SCHEME.structures, strict=True):
            assert row["structure"] == other["structure"] == structure.name
            assert values(row, METRIC_NAMES) == pytest.approx(
                values(other, METRIC_NAMES), rel=0, abs=0, nan_ok=True
            )
            within = [np.isin(each.array, structure.labels) for each in (reference, mask)]
            # the only metric that sees which label of a region it is
            assert_same(row, measure_masks(*within, spacing_mm), "gwds")
            assert row["note"] == measure_masks(*within, spacing_mm)["note"]
