"""The effort of a correction, against masks drawn by hand and against counting one by one."""

from __future__ import annotations

import itertools
from math import inf, isnan, prod

import numpy as np
import pytest

from analysis.metrics import EFFORT_COLUMNS, axial_axis, correction_effort, measure_masks
from analysis.regions import LabelScheme
from analysis.volumes import Volume, VolumeError
from tests.analysis.drawing import drawn, rows
from tests.analysis.random_pairs import pair

SPACING_MM = (0.5, 1.5, 3.0)
RAS = np.diag([*SPACING_MM, 1.0])
AXIS_ORDERS = [
    (order, signs)
    for order in itertools.permutations(range(3))
    for signs in itertools.product((1, -1), repeat=3)
]
SCHEME = LabelScheme.from_dict(
    {
        "name": "two",
        "labels": {"1": "core", "2": "rim"},
        "structures": [
            {"name": "all", "title": "all", "labels": [1, 2]},
            {"name": "core", "title": "core", "labels": [1]},
            {"name": "rim", "title": "rim", "labels": [2]},
        ],
    }
)


def volume(mask: np.ndarray, affine: np.ndarray = RAS) -> Volume:
    return Volume(np.asfortranarray(mask.astype(np.uint8)), affine)


def whole(before: np.ndarray, after: np.ndarray, affine: np.ndarray = RAS, **how) -> dict:
    (row,) = correction_effort(volume(before, affine), volume(after, affine), **how)
    return row


def one_slice(*lines: str) -> np.ndarray:
    return rows(*lines)[:, :, None]


# --- drawn by hand --------------------------------------------------------------------------------

CANDIDATE = one_slice(
    "0000000",  # contour of it:
    "0111110",  # #####
    "0111110",  # #   #
    "0111110",  # #   #
    "0111110",  # #####
    "0000000",
)


@pytest.mark.parametrize(
    ("corrected", "path", "added", "removed"),
    [
        pytest.param(
            ["0000000", "0111110", "0111110", "0111110", "0111110", "0000000"],
            0,  # nothing was drawn
            0,
            0,
            id="the same",
        ),
        pytest.param(
            # contour: ##### / # # / # # / # # / #####; of it the last row is new. The ends of the
            # old last row stay contour, its middle is none any more.
            ["0000000", "0111110", "0111110", "0111110", "0111110", "0111110"],
            5,
            5,
            0,
            id="a row more",
        ),
        pytest.param(
            # contour: ##### / # # / #####; the last row was inside, but for its two ends
            ["0000000", "0111110", "0111110", "0111110", "0000000", "0000000"],
            3,
            0,
            5,
            id="a row less",
        ),
        pytest.param(
            # a hole in row 2: its four neighbours become contour; two of them (above and to the
            # left) were so already, below and to the right were inside
            ["0000000", "0111110", "0101110", "0111110", "0111110", "0000000"],
            2,
            0,
            1,
            id="a hole",
        ),
        pytest.param(
            ["1000000", "0111110", "0111110", "0111110", "0111110", "0000000"],
            1,  # a voxel of its own, at the border of the image and touching at a corner only
            1,
            0,
            id="an island",
        ),
        pytest.param(["0000000"] * 6, 0, 0, 20, id="nothing left"),
    ],
)
def test_the_path_that_was_drawn(corrected, path, added, removed) -> None:
    row = whole(CANDIDATE, one_slice(*corrected))
    assert row["added_path_length_mm"] == path * (0.5 + 1.5) / 2
    voxel_ml = prod(SPACING_MM) / 1000
    assert row["added_ml"] == pytest.approx(added * voxel_ml)
    assert row["removed_ml"] == pytest.approx(removed * voxel_ml)
    assert row["changed_voxels"] == added + removed
    assert tuple(row) == EFFORT_COLUMNS


def test_slices_are_those_of_the_patient_unless_an_axis_is_named() -> None:
    """A plate of 4 x 3 x 1 voxels grows to 4 x 3 x 2, as its outline looks along each axis."""
    before = drawn((8, 8, 8), (slice(2, 6), slice(2, 5), 3))
    after = drawn((8, 8, 8), (slice(2, 6), slice(2, 5), slice(3, 5)))
    # across k: one slice more, with all of its outline, 10 voxels
    assert whole(before, after)["added_path_length_mm"] == 10 * 1.0
    # across i: in each of 4 slices a row of 3 voxels beside the old row of 3
    assert whole(before, after, slices=0)["added_path_length_mm"] == 4 * 3 * (1.5 + 3) / 2
    assert whole(before, after, slices=1)["added_path_length_mm"] == 3 * 4 * (0.5 + 3) / 2
    turned = RAS[[2, 0, 1, 3]]  # j is the axis from feet to head
    assert axial_axis(turned) == 1
    assert whole(before, after, turned) == whole(before, after, slices=1)


def test_structures_by_their_labels() -> None:
    before = np.zeros((6, 6, 1), np.uint8)
    before[1:5, 1:5] = 2
    after = before.copy()
    after[2:4, 2:4] = 1  # a core, cut out of the rim
    after[1, 1] = 0
    measured = correction_effort(volume(before), volume(after), SCHEME)
    assert [row["structure"] for row in measured] == ["", "all", "core", "rim"]
    by_name = {row["structure"]: row for row in measured}
    changed = {name: row["changed_voxels"] for name, row in by_name.items()}
    # the whole mask counts the four that changed their label, "all" does not: both labels are in it
    assert changed == {"": 5, "all": 1, "core": 4, "rim": 5}
    added = {name: row["added_ml"] for name, row in by_name.items()}
    assert added == pytest.approx({"": 0, "all": 0, "core": 0.009, "rim": 0})
    assert by_name["core"]["added_path_length_mm"] == 4  # all of it is contour
    assert (by_name["core"]["dsc"], by_name["core"]["hd95_mm"]) == (0, inf)
    some = correction_effort(volume(before), volume(after), SCHEME, ["rim", "core"])
    assert some == [by_name[""], by_name["rim"], by_name["core"]]


def test_absent_structures_follow_the_convention() -> None:
    none, some = drawn((5, 5, 1)), drawn((5, 5, 1), (2, 2, 0))
    both, gone, new = whole(none, none), whole(some, none), whole(none, some)
    assert isnan(both["dsc"])
    assert isnan(both["hd95_mm"])
    assert both["changed_voxels"] == both["added_path_length_mm"] == 0
    assert (gone["dsc"], gone["hd95_mm"], gone["added_path_length_mm"]) == (0, inf, 0)
    assert (new["dsc"], new["hd95_mm"], new["added_path_length_mm"]) == (0, inf, 1)


def test_masks_on_two_grids_and_unknown_labels_are_refused() -> None:
    mask = drawn((5, 5, 2), (2, 2, 0))
    with pytest.raises(VolumeError, match="corrected mask against its candidate: The mask has"):
        correction_effort(volume(mask), volume(mask[:4]))
    with pytest.raises(VolumeError, match="corrected mask: Label 3 is not in"):
        correction_effort(volume(mask), volume(mask * 3), SCHEME)


def test_labels_above_255_are_one_mask() -> None:
    before = np.zeros((4, 4, 4), np.uint16)
    before[1:3, 1:3, 1:3] = 300
    after = before.copy()
    after[1, 1, 1], after[0, 0, 0] = 301, 256
    (row,) = correction_effort(Volume(before, RAS), Volume(after, RAS))
    assert (row["changed_voxels"], row["removed_ml"]) == (2, 0)
    assert row["added_ml"] == pytest.approx(prod(SPACING_MM) / 1000)


# --- against counting one by one ------------------------------------------------------------------


def contour_by_hand(mask: np.ndarray, across: int) -> set[tuple[int, ...]]:
    """The voxels with a neighbour outside in their slice, each looked at alone."""
    inside = {tuple(int(n) for n in place) for place in np.argwhere(mask)}
    in_slice = [axis for axis in range(3) if axis != across]
    steps = [
        tuple(step if axis == along else 0 for axis in range(3))
        for along in in_slice
        if mask.shape[along] > 1  # an axis with one voxel has no neighbours
        for step in (-1, 1)
    ]
    if not steps:
        return inside
    return {
        place
        for place in inside
        if any(tuple(np.add(place, step).tolist()) not in inside for step in steps)
    }


@pytest.mark.parametrize("number", range(0, 300, 3))
def test_any_pair_and_any_axis(number: int) -> None:
    drawn_pair = pair(number)
    before, after = drawn_pair.mask, drawn_pair.reference
    affine = np.diag([*drawn_pair.spacing_mm, 1.0])
    thin = [axis for axis in (2, 0, 1) if before.shape[axis] == 1]
    for across in (0, 1, 2):
        row = whole(before, after, affine, slices=across)
        # an image of one slice is seen in that slice; of a line, across the named axis first
        seen = across if across in thin or not thin else None
        if seen is not None:
            new = contour_by_hand(after, seen) - contour_by_hand(before, seen)
            in_plane = [mm for axis, mm in enumerate(drawn_pair.spacing_mm) if axis != seen]
            assert row["added_path_length_mm"] == pytest.approx(len(new) * sum(in_plane) / 2)
        assert row["changed_voxels"] == np.count_nonzero(before ^ after)
        known = measure_masks(after, before, drawn_pair.spacing_mm)
        for name in ("added_ml", "removed_ml", "dsc", "hd95_mm"):
            assert row[name] == pytest.approx(known[name], nan_ok=True), name


@pytest.mark.parametrize(("order", "signs"), AXIS_ORDERS)
@pytest.mark.parametrize("number", [11, 45])
def test_the_order_of_the_axes_changes_nothing(number: int, order, signs) -> None:
    drawn_pair = pair(number)
    angle = 0.3
    oblique = np.eye(4)
    oblique[1:3, 1:3] = [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    affine = oblique @ np.diag([*drawn_pair.spacing_mm, 1.0])
    expected = whole(drawn_pair.mask, drawn_pair.reference, affine)
    before, after = (stored(mask, order, signs) for mask in (drawn_pair.mask, drawn_pair.reference))
    found = whole(before, after, stored_affine(affine, drawn_pair.mask.shape, order, signs))
    assert found == pytest.approx(expected, nan_ok=True)


def stored(mask: np.ndarray, order: tuple[int, ...], signs: tuple[int, ...]) -> np.ndarray:
    return mask.transpose(order)[tuple(slice(None, None, sign) for sign in signs)]


def stored_affine(
    affine: np.ndarray, shape: tuple[int, ...], order: tuple[int, ...], signs: tuple[int, ...]
) -> np.ndarray:
    """Give the affine of an array that was turned by `stored`: its voxels stay where they are."""
    back = np.zeros((4, 4))
    back[3, 3] = 1
    for new, (old, sign) in enumerate(zip(order, signs, strict=True)):
        back[old, new] = sign
        back[old, 3] = 0 if sign > 0 else shape[old] - 1
    return affine @ back


def test_axes_that_are_equally_close_to_the_patients() -> None:
    """Turned by 45 degrees, slices lie across the larger spacing, whatever the order."""
    half = np.sqrt(0.5)
    turn = np.array([[1, 0, 0], [0, half, -half], [0, half, half]])
    for order in itertools.permutations(range(3)):
        affine = np.eye(4)
        affine[:3, :3] = (turn * (1, 1, 5))[:, order]
        assert axial_axis(affine) == order.index(2)
