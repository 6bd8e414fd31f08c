"""Distances between surface elements, against the package that defined them.

The vectors are those of surface-distance (google-deepmind), surface_distance_test.py.
"""

from __future__ import annotations

from math import inf, isnan, nan, sqrt

import numpy as np
import pytest
import surface_distance.lookup_tables as published

from analysis.metrics import surface_distances, surfel_distances
from analysis.metrics.surfel_table import surfel_table
from tests.analysis.random_pairs import pairs


def drawn(shape: tuple[int, ...], *boxes: tuple[slice | int, ...]) -> np.ndarray:
    mask = np.zeros(shape, np.bool_)
    for box in boxes:
        mask[box] = True
    return mask


def test_two_single_voxels_two_apart() -> None:
    shape = (128, 128, 128)
    found = surfel_distances(drawn(shape, (50, 60, 70)), drawn(shape, (50, 60, 72)), (3, 2, 1))
    assert found.asd_mm() == pytest.approx((1.5, 1.5))
    assert (found.hd_mm(), found.hd_mm(95)) == (2, 2)
    assert found.overlap(1) == pytest.approx((0.5, 0.5))
    assert found.nsd(1) == pytest.approx(0.5)


def test_two_half_cubes_one_slice_apart() -> None:
    """Published to three digits; the ASD to six, as the package computes it."""
    shape = (100, 100, 100)
    found = surfel_distances(
        drawn(shape, (slice(0, 50),)), drawn(shape, (slice(0, 51),)), (2, 1, 1)
    )
    mask_to_reference, reference_to_mask = found.asd_mm()
    assert reference_to_mask == pytest.approx(0.322447, abs=1e-6)
    assert mask_to_reference == pytest.approx(0.339396, abs=1e-6)
    assert (found.hd_mm(), found.hd_mm(95)) == (2, 2)
    of_mask, of_reference = found.overlap(1)
    assert of_reference == pytest.approx(0.842, abs=5e-4)
    assert of_mask == pytest.approx(0.830, abs=5e-4)
    assert found.nsd(1) == pytest.approx(0.836145, abs=1e-6)


def test_a_voxel_in_2d_has_four_diagonal_elements() -> None:
    shape = (128, 128)
    found = surfel_distances(drawn(shape, (50, 70)), drawn(shape, (50, 72)), (2, 1))
    assert found.mask_area_mm2 == pytest.approx([0.5 * sqrt(5)] * 4)
    assert sorted(found.mask_to_reference_mm) == [1, 1, 2, 2]
    assert found.nsd(1) == pytest.approx(0.5)


def test_an_empty_mask() -> None:
    there, empty = drawn((9, 9, 9), (4, 4, 4)), drawn((9, 9, 9))
    found = surfel_distances(there, empty, (1, 1, 1))
    mask_to_reference, reference_to_mask = found.asd_mm()
    assert reference_to_mask == inf
    assert isnan(mask_to_reference)
    assert found.hd_mm() == inf
    of_mask, of_reference = found.overlap(1)
    assert of_reference == 0
    assert isnan(of_mask)
    assert found.nsd(1) == 0


def test_two_empty_masks() -> None:
    empty = drawn((9, 9, 9))
    found = surfel_distances(empty, empty, (1, 1, 1))
    np.testing.assert_array_equal([*found.asd_mm(), found.hd_mm(), found.nsd(1)], [nan] * 4)


@pytest.mark.parametrize("spacing_mm", [(1, 1, 1), (0.7, 1.1, 2.3), (5, 0.7, 0.7)])
def test_the_areas_of_all_patterns_are_the_published_ones(spacing_mm) -> None:
    """Fourteen patterns, turned and mirrored by us, give the table of 256 of the package."""
    expected = published.create_table_neighbour_code_to_surface_area(spacing_mm)
    np.testing.assert_allclose(surfel_table(spacing_mm), expected, rtol=1e-14, atol=1e-15)


def test_percentiles_of_boundary_distances_are_those_of_numpy() -> None:
    for pair in pairs(0, 200):
        found = surface_distances(pair.reference, pair.mask, pair.spacing_mm)
        if not found.is_finite:
            continue
        both = (found.mask_to_reference_mm, found.reference_to_mask_mm)
        for percent in (0, 12.5, 50, 95, 99.9, 100):
            pooled = np.percentile(np.concatenate(both), percent)
            directed = max(np.percentile(each, percent) for each in both)
            assert found.hd_mm(percent) == pytest.approx(pooled, rel=1e-12, abs=1e-12)
            assert found.hd_directed_mm(percent) == pytest.approx(directed, rel=1e-12, abs=1e-12)
