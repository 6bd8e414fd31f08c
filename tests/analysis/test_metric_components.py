"""Components and growing, on bits and beside scipy."""

from __future__ import annotations

from math import isclose

import numpy as np
import pytest
from scipy import ndimage

from analysis.metrics import LesionRule, MetricSettings, measure_masks
from analysis.metrics.case import Reference, single
from analysis.metrics.components import components, overlaps
from analysis.metrics.structure_mask import StructureMask
from tests.analysis.random_pairs import pairs

RANK = {6: 1, 18: 2, 26: 3}
SOME = tuple(pairs(0, 300))


def opened(reference: np.ndarray, mask: np.ndarray) -> tuple[StructureMask, StructureMask]:
    """Bring two masks to bits; their axes stay in order, except that single ones come first."""
    one, other = (
        np.ascontiguousarray(each.reshape((*each.shape, 1)[:3])).view(np.uint8)
        for each in (reference, mask)
    )
    case = Reference(one, (1.0, 1.0, 1.0), MetricSettings())
    pair = case.pair(case.count(other), single(1))
    return pair.reference, pair.mask


@pytest.mark.parametrize("connectivity", [6, 18, 26])
def test_components_are_those_of_scipy(connectivity: int) -> None:
    for pair in SOME:
        for found, mask in zip(
            opened(pair.reference, pair.mask), (pair.reference, pair.mask), strict=True
        ):
            axes = mask.ndim
            ball = ndimage.generate_binary_structure(axes, min(RANK[connectivity], axes))
            labels, count = ndimage.label(mask, ball)
            mine = components(found.planes, connectivity)
            assert mine.count == count, pair.name
            assert sorted(mine.sizes) == sorted(np.bincount(labels.ravel())[1:])


def test_what_components_share_is_counted() -> None:
    ball = ndimage.generate_binary_structure(3, 3)
    for pair in SOME:
        if pair.reference.ndim < 3:
            continue
        one, other = (components(each.planes, 26) for each in opened(pair.reference, pair.mask))
        labels, others = (ndimage.label(each, ball)[0] for each in (pair.reference, pair.mask))
        both = (labels > 0) & (others > 0)
        expected = np.unique(np.stack([labels[both], others[both]]), axis=1, return_counts=True)[1]
        assert sorted(overlaps(one, other)[2]) == sorted(expected)


@pytest.mark.parametrize("times", [1, 2, 3])
def test_grown_components_are_those_of_scipy(times: int) -> None:
    ball, corners = (ndimage.generate_binary_structure(3, rank) for rank in (2, 3))
    for pair in SOME:
        if pair.reference.ndim < 3 or not pair.reference.any():
            continue
        grown = ndimage.binary_dilation(pair.reference, ball, iterations=times)
        labels, _ = ndimage.label(grown, corners)
        found, _ = opened(pair.reference, pair.mask)
        sizes = np.bincount(labels.ravel())[1:]
        assert sorted(found.components(26, times).sizes) == sorted(sizes), pair.name


def test_voxels_that_touch_by_a_corner_are_one_lesion_or_two() -> None:
    reference, mask = np.zeros((2, 9, 9, 9), np.bool_)
    reference[2, 2, 2] = reference[3, 3, 3] = True
    mask[2, 2, 2] = True

    def rated(connectivity: int) -> list[float]:
        rule = LesionRule(dilations=0, smallest_mm3=0.5, connectivity=connectivity)
        settings = MetricSettings(
            ("lesions", "lesion_dsc", "lesion_hd95_mm", "lesion_f1_any"), lesions=rule
        )
        row = measure_masks(reference, mask, (1, 1, 1), settings)
        return [float(row[name]) for name in settings.metrics]

    lesions, dsc, hd95_mm, f1 = rated(26)
    assert (lesions, f1) == (1, 1)
    assert isclose(dsc, 2 / 3)
    assert 0 < hd95_mm < 3
    # the second lesion is missed; the first is found, and is alone in its distance
    assert rated(6) == [2, 0.5, 187.0, 2 / 3]
    assert rated(18) == rated(6)


def test_a_connectivity_that_does_not_exist_is_refused() -> None:
    found, _ = opened(np.ones((3, 3, 3), np.bool_), np.ones((3, 3, 3), np.bool_))
    with pytest.raises(ValueError, match="connectivity is one of"):
        components(found.planes, 8)
