"""Generalised energy distance, from pairs of masks taken one by one."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.agreement.mask_distances import energy_distance, mean_energy_distance
from tests.analysis.mask_sets import noisy_masks


def distance(one, other, both_empty=0.0):
    union = np.count_nonzero(one | other)
    return 1 - np.count_nonzero(one & other) / union if union else both_empty


def plain(models, raters):
    def mean(left, right):
        return np.mean([distance(one, other) for one in left for other in right])

    return 2 * mean(models, raters) - mean(models, models) - mean(raters, raters)


@given(st.integers(0, 500), st.integers(1, 6), st.integers(1, 5))
@settings(max_examples=25, deadline=None)
def test_the_distance_is_that_of_all_pairs(seed, n_models, n_raters):
    models = list(noisy_masks(seed, n_models).values())
    raters = list(noisy_masks(seed + 1, n_raters).values())
    found = energy_distance(models, raters)
    assert found.squared == pytest.approx(plain(models, raters), abs=1e-12)
    assert found.squared >= -1e-12
    assert (found.n_models, found.n_raters, found.reason) == (n_models, n_raters, None)
    swapped = energy_distance(raters, models)
    assert swapped.squared == pytest.approx(found.squared, abs=1e-12)
    assert swapped.model_diversity == found.rater_diversity


def test_two_equal_sets_are_no_distance_apart():
    masks = noisy_masks(3, 4)
    assert energy_distance(masks, masks).squared == pytest.approx(0, abs=1e-15)


def test_without_bias_a_mask_is_not_paired_with_itself():
    masks = list(noisy_masks(3, 4).values())
    found = energy_distance(masks, masks[:2], unbiased=True)
    pairs = [distance(one, other) for one, other in combinations(masks, 2)]
    assert found.model_diversity == pytest.approx(np.mean(pairs))
    assert found.rater_diversity == pytest.approx(distance(*masks[:2]))
    alone = energy_distance(masks[:1], masks, unbiased=True)
    assert (alone.squared, alone.model_diversity) == (None, None)
    assert alone.reason == "a set of one mask has no pair"
    assert alone.cross is not None


def test_structures_are_averaged():
    models = noisy_masks(1, 3, labels=3)
    raters = noisy_masks(2, 3, labels=3)
    found = energy_distance(models, raters, labels=(1, 2, 3))
    each = [
        energy_distance([m == k for m in models.values()], [r == k for r in raters.values()])
        for k in (1, 2, 3)
    ]
    assert found.cross == pytest.approx(np.mean([one.cross for one in each]))
    assert found.squared == pytest.approx(np.mean([one.squared for one in each]))


def test_masks_that_are_both_empty():
    empty, full = np.zeros((1, 6), bool), np.ones((1, 6), bool)
    assert energy_distance(empty, empty).squared == 0
    assert energy_distance(empty, full).squared == 2
    without = energy_distance(empty, empty, both_empty_iou=None)
    assert without.squared is None
    assert without.reason == "all pairs of a kind are empty"
    mixed = energy_distance(np.vstack([empty, full]), np.vstack([empty, full]))
    assert mixed.cross == 0.5


def test_unusable_sets():
    with pytest.raises(ValueError, match="0 model masks, 1 rater masks"):
        energy_distance([], [np.zeros(3)])
    with pytest.raises(ValueError, match="several shapes"):
        energy_distance([np.zeros(3)], [np.zeros(4)])


def test_the_mean_over_cases():
    found = {
        str(at): energy_distance(noisy_masks(at, 4), noisy_masks(at + 50, 3)) for at in range(6)
    }
    mean = mean_energy_distance(found)
    assert mean.value == pytest.approx(np.mean([each.squared for each in found.values()]))
    assert mean.low < mean.value < mean.high
    assert mean_energy_distance({}).reason == "no case has a value"
