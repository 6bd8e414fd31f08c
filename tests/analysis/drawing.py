"""Small masks, drawn by hand."""

from __future__ import annotations

from typing import Any

import numpy as np

Mask = np.ndarray[Any, np.dtype[np.bool_]]
Spacing = tuple[float, ...]
Box = tuple[slice | int, ...] | slice


def drawn(shape: tuple[int, ...], *boxes: Box) -> Mask:
    mask = np.zeros(shape, np.bool_)
    for box in boxes:
        mask[box] = True
    return mask


def box(*sides: tuple[int, int]) -> Box:
    return tuple(slice(start, stop) for start, stop in sides)


def rows(*lines: str) -> Mask:
    return np.array([[mark == "1" for mark in line] for line in lines])


def ball(radius: float, centre: Spacing, spacing_mm: Spacing = (1, 1, 1)) -> Mask:
    """Voxels of a 99^3 image whose centre is within the radius of a place in mm."""
    place = np.stack(np.indices((99, 99, 99)), axis=-1) * spacing_mm
    inside: Mask = np.linalg.norm(place - centre, axis=-1) <= radius
    return inside


def line(*runs: tuple[int, bool]) -> Mask:
    """A single row of voxels."""
    return np.concatenate([np.full(length, value) for length, value in runs])[:, None, None]
