"""The product against `plain_metrics` and against other programs, on pairs of every kind."""

from __future__ import annotations

import re
from math import isnan

import numpy as np
import pytest
from scipy.spatial import cKDTree

from analysis.metrics import (
    BRATS2023,
    BRATS2023_MEN,
    BRATS2023_MET,
    METRIC_NAMES,
    MetricSettings,
    measure_masks,
    measure_pair,
)
from analysis.regions import LabelScheme
from analysis.volumes import Volume
from tests.analysis import peers
from tests.analysis.plain_metrics import (
    generalised_wasserstein_dice,
    plain_metrics,
    without_thin_axes,
)
from tests.analysis.plain_surfaces import boundary, nearest, surfel_percentiles
from tests.analysis.random_pairs import COUNT, Pair, large_pairs, pairs

PERCENTS, TOLERANCES, IOUS = (0, 50, 90, 95, 99.5, 100), (0, 0.5, 1, 2, 3), (1, 25, 50, 75, 100)
NAMES = (
    *METRIC_NAMES,
    *(f"hd{p:g}{kind}_mm" for p in PERCENTS for kind in ("", "_directed", "_surfel")),
    *(f"nsd_{kind}{t:g}mm" for t in TOLERANCES for kind in ("", "surfel_")),
    *(f"lesion_f1_iou{iou}" for iou in IOUS),
)
RULES = (BRATS2023, BRATS2023_MEN, BRATS2023_MET)
CHUNK = 250


def differing(
    pair: Pair, found: dict, expected: dict[str, float], close: float = 1e-12
) -> list[str]:
    """Say of each metric that is not as expected, relatively or absolutely."""

    def is_close(value: float, other: float) -> bool:
        equal = value == other or (isnan(value) and isnan(other))
        return equal or abs(value - other) <= close * max(1, abs(other))

    return [
        f"{pair.name} {pair.mask.shape}: {name} is {found[name]}, expected {value}"
        for name, value in expected.items()
        if not is_close(found[name], value)
        and not any(is_close(found[name], other) for other in at_a_tie(pair, name))
    ]


def at_a_tie(pair: Pair, name: str) -> list[float]:
    """Both values of a surfel percentile whose share of the area is met to the last digit."""
    asked = re.fullmatch(r"hd([\d.]+)_surfel_mm", name)
    if not asked or not pair.both_there:
        return []
    masks = without_thin_axes(pair.reference, pair.mask, pair.spacing_mm)
    return surfel_percentiles(*masks, float(asked[1]))


@pytest.mark.parametrize("start", range(0, COUNT, CHUNK))
def test_every_metric_is_the_plain_one(start: int) -> None:
    problems: list[str] = []
    for number, pair in enumerate(pairs(start, start + CHUNK), start):
        rule, strict = RULES[number % 3], number % 7 == 0
        # the order in memory must not matter
        order = np.asfortranarray if number % 4 == 1 else np.ascontiguousarray
        found = measure_masks(
            order(pair.reference),
            order(pair.mask),
            pair.spacing_mm,
            MetricSettings(NAMES, lesions=rule, strict=strict),
        )
        expected = plain_metrics(
            pair.reference,
            pair.mask,
            pair.spacing_mm,
            percents=PERCENTS,
            tolerances_mm=TOLERANCES,
            ious=IOUS,
            strict=strict,
            dilations=rule.dilations,
            smallest_mm3=rule.smallest_mm3,
            penalty_mm=rule.penalty_mm,
        )
        assert set(expected) == set(NAMES)
        problems += differing(pair, found, expected)
    assert not problems, "\n".join(problems)


def test_large_masks_far_apart_are_measured_the_same() -> None:
    """Searches over many blocks and words: far masks, strays in corners, noise, thick slices."""
    for pair in large_pairs():
        found = measure_masks(pair.reference, pair.mask, pair.spacing_mm)
        expected = plain_metrics(pair.reference, pair.mask, pair.spacing_mm)
        problems = differing(pair, found, {name: expected[name] for name in METRIC_NAMES})
        assert not problems, "\n".join(problems)


def comparable(step: int = 1) -> list[Pair]:
    """Pairs that all peers can measure."""
    return [each for each in pairs() if each.both_there and each.wide_axes > 1][::step]


@pytest.mark.parametrize(
    ("peer", "step", "close"),
    [
        *((name, 1, 1e-12) for name in ("MedPy", "mikan-rs", "scikit-image")),
        ("surface-distance", 3, 1e-12),  # every third pair: the plain metrics rest on it anyway
        ("SimpleITK", 2, 1e-6),
        ("MONAI", 8, 1e-6),  # every eighth pair: it takes its time
    ],
)
@pytest.mark.filterwarnings(
    # MONAI 1.6 calls its own function in a way that it deprecated in 1.5
    "ignore:monai.metrics.utils get_mask_edges.always_return_as_numpy:FutureWarning"
)
def test_a_peer_finds_the_same(peer: str, step: int, close: float) -> None:
    pytest.importorskip(peers.MODULES[peer])
    measure = (peers.EXACT | peers.SINGLE)[peer]
    problems: list[str] = []
    compared = 0
    for pair in comparable(step):
        expected = measure(*without_thin_axes(pair.reference, pair.mask, pair.spacing_mm))
        expected = {name: value for name, value in expected.items() if name not in peers.DIFFERENT}
        settings = MetricSettings(tuple(expected))
        found = measure_masks(pair.reference, pair.mask, pair.spacing_mm, settings)
        problems += differing(pair, found, expected, close)
        compared += len(expected)
    assert not problems, "\n".join(problems)
    assert compared >= 150


def directions(pair: Pair) -> tuple[np.ndarray, np.ndarray]:
    one, other, spacing_mm = without_thin_axes(pair.reference, pair.mask, pair.spacing_mm)
    here, there = boundary(one), boundary(other)
    return nearest(there, here, spacing_mm), nearest(here, there, spacing_mm)


def test_the_percentile_of_mikan_is_an_observation() -> None:
    """mikan-rs takes the distance at rank round(0.95 n) of each direction; nothing between two."""
    pytest.importorskip("mikan")
    for pair in comparable(2):
        found = peers.mikan(*without_thin_axes(pair.reference, pair.mask, pair.spacing_mm))
        if found:
            ranked = [np.sort(each) for each in directions(pair)]
            last = max(each[int(0.95 * len(each) + 0.5) - 1] for each in ranked)
            assert found["hd95_observed_mm"] == pytest.approx(last, rel=1e-12)


@pytest.mark.filterwarnings(
    "ignore:monai.metrics.utils get_mask_edges.always_return_as_numpy:FutureWarning"
)
def test_the_percentile_of_monai_has_its_place_in_single_precision() -> None:
    """MONAI's quantile finds the place 0.95 (n - 1) in float32, which moves it a little.

    With the place found so, its percentile is the larger of the two directed ones, as ours.
    """
    pytest.importorskip("monai")
    moved = 0
    for pair in comparable(5):
        found = peers.monai_hd95(*without_thin_axes(pair.reference, pair.mask, pair.spacing_mm))
        expected = []
        for distances in map(np.sort, directions(pair)):
            place = np.float32(0.95) * np.float32(len(distances) - 1)
            low = int(place)
            high = min(low + 1, len(distances) - 1)
            expected.append(distances[low] + (distances[high] - distances[low]) * (place - low))
        assert found == pytest.approx(max(expected), rel=1e-6)
        settings = MetricSettings(("hd95_directed_mm",))
        ours = measure_masks(pair.reference, pair.mask, pair.spacing_mm, settings)
        # the place is off by less than n / 2^23, so the percentile by that share of a step
        assert ours["hd95_directed_mm"] == pytest.approx(found, rel=1e-4)
        moved += ours["hd95_directed_mm"] != pytest.approx(found, rel=1e-6)
    assert moved <= 5


def test_the_hausdorff_distance_of_simpleitk_is_between_sets() -> None:
    """Given whole masks, SimpleITK measures between all their voxels: holes have no surface."""
    other_values = 0
    for pair in comparable(6):
        one, other, spacing_mm = without_thin_axes(pair.reference, pair.mask, pair.spacing_mm)
        found = peers.set_distance_of_simpleitk(one, other, spacing_mm)
        places = [np.argwhere(each) * spacing_mm for each in (one, other)]
        gaps = [cKDTree(a).query(b)[0].max() for a, b in (places, places[::-1])]
        assert found == pytest.approx(max(gaps), rel=1e-6)
        settings = MetricSettings(("hd_mm",))
        ours = measure_masks(pair.reference, pair.mask, pair.spacing_mm, settings)["hd_mm"]
        other_values += found != pytest.approx(ours, rel=1e-6)
    assert other_values > 0


def test_the_wasserstein_dice_of_labels_is_that_of_monai() -> None:
    """Fidon et al. 2017, with distances between labels; MONAI calculates it in float32."""
    pytest.importorskip("monai")
    random = np.random.default_rng(2017)
    for _ in range(40):
        apart = {
            (one, other): float(random.choice([0, 0.25, 0.5, 0.7, 1]))
            for one, other in ((1, 2), (1, 3), (2, 3))
        }
        between = np.ones((4, 4)) - np.eye(4)
        for (one, other), distance in apart.items():
            between[one, other] = between[other, one] = distance
        labels = {1: "core", 2: "oedema", 3: "enhancing"}
        content = {
            "name": "tumour",
            "labels": {str(label): name for label, name in labels.items()},
            "structures": [{"name": "WT", "labels": [1, 2, 3]}],
            "distances": {f"{one}-{other}": value for (one, other), value in apart.items()},
        }
        scheme = LabelScheme.from_dict(content)
        reference, mask = random.integers(0, 4, (2, 5, 6, 7)).astype(np.uint8)
        (row,) = measure_pair(
            Volume(reference, np.eye(4)), Volume(mask, np.eye(4)), scheme, MetricSettings(("gwds",))
        )
        expected = generalised_wasserstein_dice(reference, mask, between)
        assert row["gwds"] == pytest.approx(expected, rel=1e-12)
        peer = peers.wasserstein_dice_of_monai(reference.astype(np.int64), mask, between)
        assert row["gwds"] == pytest.approx(peer, abs=1e-6)
