"""Blinded case <-> layer data, on every axis order and on oblique grids."""

from __future__ import annotations

from itertools import permutations, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from analysis.volumes import Volume
from rater_app.napari_review.layers import layer_of, view_of, volume_of

AXIS_ORDERS = [
    (order, signs) for order in permutations(range(3)) for signs in product((1.0, -1.0), repeat=3)
]
SPACING_MM = np.array([1.0, 2.0, 3.0])  # along native i, j, k


def _affine(order: tuple[int, ...], signs: tuple[float, ...]) -> NDArray[np.float64]:
    """Native axis `order[w]` runs along world axis w, forwards or backwards."""
    affine = np.eye(4)
    affine[:3, :3] = 0
    for world, axis in enumerate(order):
        affine[world, axis] = signs[world] * SPACING_MM[axis]
    affine[:3, 3] = (11, -7, 5)
    return affine


def _numbered(dtype: Any = np.int16) -> NDArray[Any]:
    return np.arange(2 * 3 * 4, dtype=dtype).reshape(2, 3, 4)


def test_there_are_48_axis_orders() -> None:
    assert len({_affine(*case).tobytes() for case in AXIS_ORDERS}) == 48


@pytest.mark.parametrize(("order", "signs"), AXIS_ORDERS)
def test_every_axis_order_is_shown_upright_and_restored_exactly(
    order: tuple[int, ...], signs: tuple[float, ...]
) -> None:
    native = Volume(_numbered(), _affine(order, signs))
    layer = layer_of("mask", native)

    # World coordinates of each voxel, by the affine alone; sorting by z, then y, then x is the
    # layer's order by definition.
    index = np.stack(np.indices(native.array.shape), axis=-1).reshape(-1, 3)
    world = index @ native.affine[:3, :3].T
    upright = native.array.reshape(-1)[np.lexsort(world.T)]
    assert layer.array.ravel().tolist() == upright.tolist()
    assert layer.scale_mm == tuple(SPACING_MM[list(order)][::-1])

    back = volume_of(layer)
    assert back.array.dtype == native.array.dtype
    np.testing.assert_array_equal(back.array, native.array)
    np.testing.assert_array_equal(back.affine, native.affine)


@given(
    angles=st.tuples(*[st.floats(-np.pi, np.pi)] * 3),
    order_and_signs=st.sampled_from(AXIS_ORDERS),
)
def test_oblique_grids_keep_their_affine_and_their_voxels(
    angles: tuple[float, float, float],
    order_and_signs: tuple[tuple[int, ...], tuple[float, ...]],
) -> None:
    turn = np.eye(4)
    for axis, angle in enumerate(angles):
        a, b = (other for other in range(3) if other != axis)
        rotation = np.eye(4)
        rotation[a, a] = rotation[b, b] = np.cos(angle)
        rotation[a, b], rotation[b, a] = -np.sin(angle), np.sin(angle)
        turn = rotation @ turn
    native = Volume(_numbered(np.uint8), turn @ _affine(*order_and_signs))
    layer = layer_of("mask", native)
    assert sorted(layer.scale_mm) == pytest.approx([1, 2, 3])
    np.testing.assert_array_equal(volume_of(layer).array, native.array)
    np.testing.assert_array_equal(volume_of(layer).affine, native.affine)


def test_a_layer_is_a_copy() -> None:
    native = Volume(np.zeros((2, 2, 2), np.uint8), np.eye(4))
    layer = layer_of("mask", native)
    layer.array[:] = 1
    assert native.array.sum() == 0
    assert volume_of(layer).array.sum() == 8


@pytest.mark.parametrize(("order", "signs"), AXIS_ORDERS)
def test_what_is_only_looked_at_is_the_same_without_a_copy(
    order: tuple[int, ...], signs: tuple[float, ...]
) -> None:
    native = Volume(_numbered(), _affine(order, signs))
    looked_at = view_of("T1", native)
    np.testing.assert_array_equal(looked_at.array, layer_of("T1", native).array)
    assert np.shares_memory(looked_at.array, native.array)
    assert not np.shares_memory(layer_of("T1", native).array, native.array)


def test_an_edit_returns_to_the_voxel_it_was_made_in() -> None:
    # Native axes: left, back, head (LPS), so the right-most, front-most, lowest voxel is (0, 0, 0).
    native = Volume(np.zeros((2, 3, 4), np.uint8), np.diag([-1.0, -1.0, 1.0, 1.0]))
    layer = layer_of("mask", native)
    layer.array[0, -1, -1] = 3
    assert np.argwhere(volume_of(layer).array).tolist() == [[0, 0, 0]]
