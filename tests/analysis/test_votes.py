"""Voxel-wise agreement against krippendorff, statsmodels, Dice, and counting by hand."""

from __future__ import annotations

import json
from pathlib import Path

import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.inter_rater import aggregate_raters, fleiss_kappa

from analysis.agreement.votes import (
    vote_histogram,
    voxel_agreement,
    voxel_alpha,
    voxel_fleiss_kappa,
    voxel_percent_agreement,
    voxel_specific_agreement,
)
from analysis.metrics import dsc
from analysis.resampling import (
    Resamples,
    jackknife_standard_error,
    leave_one_out,
    percentiles,
)
from tests.analysis.mask_sets import arrays, nodule, noisy_masks


def with_gaps(seed, raters, labels, share):
    """Raters x voxels, some without a vote."""
    rng = np.random.default_rng(seed)
    masks = noisy_masks(seed, raters, (6, 5, 7), labels)
    values = np.stack([mask.ravel() for mask in masks.values()]).astype(float)
    values[rng.random(values.shape) < share] = np.nan
    return values


@given(st.integers(0, 1000), st.integers(2, 6), st.integers(1, 4), st.sampled_from([0, 0.1, 0.6]))
@settings(max_examples=40, deadline=None)
def test_alpha_is_that_of_the_package(seed, raters, labels, gaps):
    values = with_gaps(seed, raters, labels, gaps)
    theirs = krippendorff.alpha(reliability_data=values, level_of_measurement="nominal")
    assert voxel_alpha(vote_histogram(values)).value == pytest.approx(theirs, abs=1e-12)


@pytest.mark.parametrize("labels", [1, 3])
def test_fleiss_kappa_is_that_of_statsmodels(labels):
    masks = noisy_masks(labels, 5, labels=labels)
    votes, _ = aggregate_raters(np.stack([m.ravel() for m in masks.values()]).T.astype(int))
    found = voxel_fleiss_kappa(vote_histogram(masks)).value
    assert found == pytest.approx(fleiss_kappa(votes, method="fleiss"), abs=1e-12)


def plain_gwet(values):
    """Fleiss' kappa with missing votes, voxel by voxel (Gwet 2014)."""
    labels = np.unique(values[np.isfinite(values)])
    agreed, shares = [], []
    for voxel in values.T:
        votes = voxel[np.isfinite(voxel)]
        counts = np.array([(votes == label).sum() for label in labels])
        if len(votes):
            shares.append(counts / len(votes))
        if len(votes) > 1:
            agreed.append((counts * (counts - 1)).sum() / (len(votes) * (len(votes) - 1)))
    by_chance = (np.mean(shares, axis=0) ** 2).sum()
    return np.mean(agreed), (np.mean(agreed) - by_chance) / (1 - by_chance)


@pytest.mark.parametrize("seed", range(4))
def test_missing_votes(seed):
    values = with_gaps(seed, 4, 2, 0.4)
    histogram = vote_histogram(values)
    agreement, kappa = plain_gwet(values)
    assert voxel_percent_agreement(histogram).value == pytest.approx(agreement, abs=1e-12)
    assert voxel_fleiss_kappa(histogram).value == pytest.approx(kappa, abs=1e-12)


def test_specific_agreement_of_two_is_their_dice():
    masks = noisy_masks(4, 2)
    one, other = masks.values()
    padded = {name: np.pad(mask, 9) for name, mask in masks.items()}
    for found in (masks, padded):
        value = voxel_specific_agreement(vote_histogram(found)).value
        assert value == pytest.approx(dsc(one, other), abs=1e-15)
    background = voxel_specific_agreement(vote_histogram(masks), 0).value
    assert background == pytest.approx(dsc(~one, ~other), abs=1e-15)


def test_background_inflates_agreement():
    masks = noisy_masks(4, 3)
    padded = {name: np.pad(mask, 30) for name, mask in masks.items()}
    near, far = (voxel_agreement(vote_histogram(each)) for each in (masks, padded))
    boxed = voxel_agreement(vote_histogram(padded, "box"))
    assert far.percent_agreement.value > 0.99 > near.percent_agreement.value
    assert far.alpha.value > near.alpha.value
    assert far.specific_agreement[1].value == near.specific_agreement[1].value
    assert far.background_share > 0.99
    assert boxed.alpha.value == pytest.approx(near.alpha.value)
    assert boxed.background_share == near.background_share
    assert far.n_voxels == padded["rater 0"].size


def test_share_of_background_counts_voxels_with_a_vote():
    values = np.array([[0, 0, 1, np.nan, np.nan], [0, 1, 1, 0, np.nan]])
    histogram = vote_histogram(values)
    assert histogram.background_share == 0.5
    assert voxel_agreement(histogram).n_voxels == 3


def some_cases(n=8, labels=2):
    return {
        f"case {at}": noisy_masks(at, 3 + at % 2, (5 + at, 6, 7), 1 + at % labels)
        for at in range(n)
    }


COEFFICIENTS = {
    "alpha": voxel_alpha,
    "kappa": voxel_fleiss_kappa,
    "agreement": voxel_percent_agreement,
    "specific": voxel_specific_agreement,
}


@pytest.mark.parametrize("name", COEFFICIENTS)
def test_cases_are_pooled_and_weights_repeat_them(name):
    """A bootstrap replicate is the value of the cases put one after the other."""
    coefficient = COEFFICIENTS[name]
    cases = some_cases(4)
    resamples = Resamples(sorted(cases), n=30, seed=3)
    histograms = {case: vote_histogram(masks) for case, masks in cases.items()}
    found = coefficient(histograms, resamples=resamples)

    def pooled(weights):
        return coefficient(vote_histogram(joined(cases, weights))).value

    assert found.value == pytest.approx(pooled([1, 1, 1, 1]), abs=1e-12)
    without = np.array([pooled(row) for row in leave_one_out(4)])
    assert found.standard_error == pytest.approx(jackknife_standard_error(without), rel=1e-9)
    replicates = np.array([pooled(row) for row in resamples.rows(0, resamples.n)])
    expected = percentiles(replicates, resamples)
    assert found.beside[0].low == pytest.approx(expected.low, abs=1e-12)
    assert found.beside[0].high == pytest.approx(expected.high, abs=1e-12)


def joined(cases, weights):
    """Raters x voxels of all cases, each as often as its weight says."""
    most = max(len(masks) for masks in cases.values())
    columns = []
    for (_, masks), weight in zip(sorted(cases.items()), weights, strict=True):
        values = np.stack([mask.ravel() for mask in masks.values()]).astype(float)
        values = np.vstack([values, np.full((most - len(values), values.shape[1]), np.nan)])
        columns += [values] * int(weight)
    return np.hstack(columns)


def test_intervals_come_from_cases():
    histograms = {case: vote_histogram(masks) for case, masks in some_cases().items()}
    found = voxel_agreement(histograms, resamples=Resamples(sorted(histograms), n=200))
    for each in (found.alpha, found.fleiss_kappa, found.percent_agreement):
        assert each.n_cases == 8
        assert each.low < each.value < each.high
        assert each.reason is None
        assert [one.n_resamples for one in each.beside] == [200, 200]
    assert sorted(found.specific_agreement) == [0, 1, 2]


@given(st.integers(0, 1000), st.permutations(range(4)))
@settings(max_examples=20, deadline=None)
def test_the_order_of_raters_voxels_and_cases_does_not_matter(seed, order):
    masks = list(noisy_masks(seed, 4, labels=2).values())
    rng = np.random.default_rng(seed)
    shuffle = rng.permutation(masks[0].size)
    turned = [masks[at].ravel()[shuffle] for at in order]
    one, other = vote_histogram(masks), vote_histogram(turned)
    assert one.votes.tolist() == other.votes.tolist()
    assert one.voxels.tolist() == other.voxels.tolist()
    both = {"a": one, "b": vote_histogram(masks[:3])}
    turned_cases = dict(reversed(both.items()))
    assert voxel_alpha(both) == voxel_alpha(turned_cases)


def test_votes_of_real_readers(shared: Path):
    folder = shared / "data" / "lidc_nodules_a"
    results = json.loads((folder / "expected_masks.json").read_text())["results"]
    histograms = {}
    for name, expected in results.items():
        masks = arrays(nodule(shared, name))
        histograms[name] = vote_histogram(masks)
        counts = list(expected["generalised_fleiss_voxel_counts"].values())
        assert histograms[name].voxels_by_votes().tolist() == counts
        theirs = krippendorff.alpha(
            reliability_data=np.stack([mask.ravel() for mask in masks.values()]),
            level_of_measurement="nominal",
        )
        assert voxel_alpha(histograms[name]).value == pytest.approx(theirs, abs=1e-12)
    found = voxel_alpha(histograms)
    assert found.n_cases == 10
    assert found.low < found.value < found.high


@pytest.mark.parametrize(
    ("masks", "reason"),
    [
        (np.zeros((3, 8), bool), "no variation: all votes are for one label"),
        (np.ones((3, 8), bool), "no variation: all votes are for one label"),
        (np.array([[0, 1, 1]]), "no voxel has two votes"),
        (np.array([[0, np.nan], [np.nan, 1]]), "no voxel has two votes"),
        (np.zeros((2, 0)), "no voxel has two votes"),
    ],
)
def test_without_a_value_there_is_a_reason(masks, reason):
    found = voxel_agreement(vote_histogram(masks))
    assert (found.alpha.value, found.alpha.reason) == (None, reason)
    assert (found.fleiss_kappa.value, found.fleiss_kappa.reason) == (None, reason)


def test_other_ends():
    empty = voxel_agreement(vote_histogram(np.zeros((3, 8), bool)))
    assert empty.percent_agreement.value == 1
    assert empty.background_share == 1
    none = voxel_agreement(vote_histogram(np.zeros((2, 0))))
    assert none.background_share is None
    assert none.n_voxels == 0
    same = voxel_agreement(vote_histogram([np.array([0, 1])] * 3))
    assert same.alpha.value == 1
    assert same.alpha.reason == "no interval: 1 case, at least 3 are needed"
    missing = voxel_specific_agreement(vote_histogram(np.zeros((2, 4), bool)), 5)
    assert missing.reason == "no vote for label 5"
    assert voxel_alpha({}).reason == "no voxel has two votes"


def test_a_case_with_one_rater_is_left_out():
    histograms = {case: vote_histogram(masks) for case, masks in some_cases(4).items()}
    alone = {**histograms, "alone": vote_histogram(noisy_masks(1, 1))}
    assert voxel_alpha(alone) == voxel_alpha(histograms)


def test_three_rows_by_hand():
    """A pattern of 100 + 20 + 5 voxels: observed and expected disagreement on paper."""
    masks = np.zeros((2, 125), bool)
    masks[:, 100:] = True
    masks[1, 120:] = False
    # 100 + 105 votes for 0, 25 + 20 for 1; 5 unequal pairs, 10 in either order.
    expected = 1 - 249 * 10 / (2 * 205 * 45)
    assert voxel_alpha(vote_histogram(masks)).value == pytest.approx(expected, abs=1e-15)
