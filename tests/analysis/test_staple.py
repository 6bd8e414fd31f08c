"""STAPLE against SimpleITK, against steps voxel by voxel, and on real readers."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import SimpleITK
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.consensus import majority_vote, staple
from tests.analysis.mask_sets import arrays, nodule, noisy_masks


def images(masks):
    return [SimpleITK.GetImageFromArray(mask.astype(np.uint8)) for mask in masks.values()]


@pytest.mark.parametrize("seed", range(6))
def test_two_labels_as_in_simpleitk(seed):
    masks = noisy_masks(seed, 3 + seed % 3)
    found = staple(masks)
    itk = SimpleITK.STAPLEImageFilter()
    probability = SimpleITK.GetArrayFromImage(itk.Execute(images(masks)))
    # ITK ends earlier: at a change of about 1e-7 a step.
    assert found.iterations >= itk.GetElapsedIterations()
    assert found.probability() == pytest.approx(probability, abs=5e-5)
    assert list(found.sensitivity().values()) == pytest.approx(itk.GetSensitivity(), abs=2e-6)
    assert list(found.specificity().values()) == pytest.approx(itk.GetSpecificity(), abs=2e-6)
    assert found.has_converged
    assert found.reason is None
    assert found.mask.dtype == bool


def several_labels(masks):
    """SimpleITK's consensus, and confusion matrices without its row for undecided voxels."""
    itk = SimpleITK.MultiLabelSTAPLEImageFilter()
    itk.SetTerminationUpdateThreshold(1e-10)
    fused = SimpleITK.GetArrayFromImage(itk.Execute(images(masks)))
    found = [np.array(itk.GetConfusionMatrix(at)).reshape(-1, 4)[:4] for at in range(len(masks))]
    return fused, np.stack(found)


@pytest.mark.parametrize("seed", range(4))
def test_several_labels_as_in_simpleitk(seed):
    masks = noisy_masks(seed, 4, (14, 16, 18), labels=3)
    found = staple(masks)
    fused, confusion = several_labels(masks)
    assert np.array_equal(found.mask, fused)
    assert found.confusion == pytest.approx(confusion, abs=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_where_simpleitk_ends_elsewhere_ours_is_the_likelier(seed):
    """Few voxels and poor raters have several optima; the start decides."""
    masks = noisy_masks(seed, 4, labels=3)
    found = staple(masks)
    _, confusion = several_labels(masks)
    assert log_likelihood(found, found.confusion) > log_likelihood(found, confusion) + 1


def log_likelihood(found, confusion):
    likely = np.repeat(found.prior[None], len(found.patterns.votes), axis=0)
    for rater, of in enumerate(confusion):
        likely = likely * of[found.patterns.votes[:, rater]]
    there = found.patterns.voxels > 0
    return found.patterns.voxels[there] @ np.log(likely.sum(axis=1)[there])


def plain_staple(masks, prior, steps):
    """The steps of Warfield et al. for two labels, one voxel after the other."""
    votes = np.stack([mask.ravel() for mask in masks.values()]).astype(bool)
    p = q = np.full(len(votes), 0.99999)
    for _ in range(steps):
        weight = np.array([_weight(of, p, q, prior) for of in votes.T])
        p = np.array([weight[row].sum() for row in votes]) / weight.sum()
        q = np.array([(1 - weight)[~row].sum() for row in votes]) / (1 - weight).sum()
    return p, q


def _weight(votes, p, q, prior):
    inside = prior * np.prod(np.where(votes, p, 1 - p))
    outside = (1 - prior) * np.prod(np.where(votes, 1 - q, q))
    return inside / (inside + outside)


def test_each_step_is_that_of_the_paper():
    masks = noisy_masks(3, 4)
    for steps in (1, 2, 5):
        found = staple(masks, prior=np.array([0.8, 0.2]), most_iterations=steps)
        p, q = plain_staple(masks, 0.2, steps)
        assert list(found.sensitivity().values()) == pytest.approx(p, abs=1e-12)
        assert list(found.specificity().values()) == pytest.approx(q, abs=1e-12)
        assert (found.iterations, found.has_converged) == (steps, False)


def test_real_readers(shared: Path):
    folder = shared / "data" / "lidc_nodules_a"
    results = json.loads((folder / "expected_masks.json").read_text())["results"]
    for name, expected in results.items():
        found = staple(arrays(nodule(shared, name)))
        # The file keeps five decimals.
        assert list(found.sensitivity().values()) == pytest.approx(
            expected["staple_sensitivity"], abs=6e-6
        )
        assert list(found.specificity().values()) == pytest.approx(
            expected["staple_specificity"], abs=6e-6
        )
        assert np.count_nonzero(found.probability() > 0.5) == expected["staple_voxels_p_gt_0_5"]
        assert np.count_nonzero(found.mask) == expected["staple_voxels_p_gt_0_5"]


@given(st.integers(0, 1000), st.permutations(range(4)))
@settings(max_examples=15, deadline=None)
def test_the_order_of_raters_does_not_matter(seed, order):
    masks = noisy_masks(seed, 4, labels=2)
    turned = {name: masks[name] for name in (f"rater {at}" for at in order)}
    one, other = staple(masks), staple(turned)
    assert one.probability(1) == pytest.approx(other.probability(1), abs=1e-7)
    for label in (0, 1, 2):
        assert one.sensitivity(label) == pytest.approx(other.sensitivity(label), abs=1e-7)


def test_more_background_makes_raters_look_more_specific():
    masks = noisy_masks(1, 4)
    padded = {name: np.pad(mask, 20) for name, mask in masks.items()}
    near, far = staple(masks).specificity(), staple(padded).specificity()
    assert all(far[rater] > near[rater] for rater in masks)
    boxed = staple(padded, within="box")
    assert boxed.specificity() == pytest.approx(staple(masks, within="box").specificity())
    assert boxed.mask.shape == padded["rater 0"].shape


def test_specificity_of_one_of_several_labels():
    """Given where it is not true: one minus the share of voxels of other labels that get it."""
    masks = noisy_masks(4, 3, labels=2)
    found = staple(masks)
    for label in (0, 1, 2):
        not_true = 1 - found.probability(label)
        for rater, mask in masks.items():
            expected = not_true[mask != label].sum() / not_true.sum()
            assert found.specificity(label)[rater] == pytest.approx(expected, abs=1e-6)


def test_missing_votes_count_neither_way():
    masks = {name: mask.astype(float) for name, mask in noisy_masks(6, 4).items()}
    absent = {**masks, "absent": np.full_like(masks["rater 0"], np.nan)}
    one, other = staple(masks), staple(absent)
    assert other.probability() == pytest.approx(one.probability(), abs=1e-9)
    assert {**one.sensitivity(), "absent": 0.99999} == pytest.approx(other.sensitivity(), abs=1e-9)


def test_masks_that_are_equal():
    mask = noisy_masks(2, 1)["rater 0"]
    found = staple({"A": mask, "B": mask, "C": mask})
    assert np.array_equal(found.mask, mask)
    assert set(found.sensitivity().values()) == {1.0}
    assert set(found.specificity().values()) == {1.0}


def test_one_rater():
    mask = noisy_masks(2, 1)
    found = staple(mask)
    assert np.array_equal(found.mask, mask["rater 0"])
    assert found.reason == "one rater: the consensus is the mask of rater 0"
    assert found.sensitivity() == found.specificity() == {"rater 0": None}


def test_masks_that_are_empty():
    found = staple(np.zeros((3, 4, 4), bool))
    assert not found.mask.any()
    assert found.reason == "all masks are empty"
    assert found.sensitivity(0) == {"1": 1.0, "2": 1.0, "3": 1.0}
    assert found.specificity(0) == {"1": None, "2": None, "3": None}
    with pytest.raises(ValueError, match=r"Label 1 was not voted for; there are \[0\]"):
        found.sensitivity()


def test_a_region_without_the_structure():
    masks = noisy_masks(7, 3)
    region = np.zeros(masks["rater 0"].shape, bool)
    found = staple(masks, within=region)
    assert found.reason == "no voxel is counted"
    assert set(found.sensitivity().values()) == {None}
    assert np.isfinite(found.probability()).all()
    region[0, 0] = True
    quiet = {name: mask & ~region for name, mask in masks.items()}
    assert np.isfinite(staple(quiet, within=region).probability()).all()


def test_unusable_priors():
    for prior in (np.array([1.0]), np.array([0.5, 0.6]), np.array([1.5, -0.5])):
        with pytest.raises(ValueError, match="must be 2 shares"):
            staple(noisy_masks(1), prior=prior)


def test_good_raters_outweigh_many_poor_ones():
    rng = np.random.default_rng(3)
    truth = np.zeros(4000, bool)
    truth[1000:2000] = True
    good = [truth ^ (rng.random(4000) < 0.01) for _ in range(2)]
    poor = [truth ^ (rng.random(4000) < 0.35) for _ in range(3)]
    masks = [*good, *poor]
    assert (staple(masks).mask != truth).sum() < (majority_vote(masks) != truth).sum() / 2
