"""The area of a surface element, from the eight voxels around a corner.

The convention of surface-distance (Nikolov et al., J Med Internet Res 2021;23:e26151): the surface
runs through the middles of the edges between an inside and an outside voxel, as marching cubes
(Lorensen and Cline 1987) draw it. Of the 256 patterns only fourteen differ by more than a turn, a
reflection or an exchange of inside and outside; each is given here by the triangles of one of its
patterns, as the absolute components of their area vectors in eighths of a voxel face.
"""

from functools import lru_cache
from itertools import permutations, product

import numpy as np
from numpy.typing import NDArray

Components = tuple[int, int, int]

_CORNERS = tuple(product((0, 1), repeat=3))
_DIAGONAL, _TWICE, _THRICE = (1, 1, 1), (2, 2, 2), (3, 3, 3)
_CLASSES: dict[tuple[Components, ...], tuple[Components, ...]] = {
    (): (),
    # one voxel; two, three and four that do not touch by a face
    ((0, 0, 0),): (_DIAGONAL,),
    ((0, 0, 0), (0, 1, 1)): (_DIAGONAL,) * 2,
    ((0, 0, 0), (1, 1, 1)): (_DIAGONAL,) * 2,
    ((0, 0, 0), (0, 1, 1), (1, 0, 1)): (_DIAGONAL,) * 3,
    ((0, 0, 0), (0, 1, 1), (1, 0, 1), (1, 1, 0)): (_DIAGONAL,) * 4,
    # an edge; with a voxel apart; two edges across
    ((0, 0, 0), (0, 0, 1)): ((2, 2, 0),) * 2,
    ((0, 0, 0), (0, 0, 1), (1, 1, 0)): ((2, 2, 0), (2, 2, 0), _DIAGONAL),
    ((0, 0, 0), (0, 0, 1), (1, 1, 0), (1, 1, 1)): ((2, 2, 0),) * 4,
    # an angle of three; with a voxel apart; a face
    ((0, 0, 0), (0, 0, 1), (0, 1, 0)): (_DIAGONAL, _TWICE, (4, 0, 0)),
    ((0, 0, 0), (0, 0, 1), (0, 1, 0), (1, 1, 1)): (_DIAGONAL, _DIAGONAL, _TWICE, (4, 0, 0)),
    ((0, 0, 0), (0, 0, 1), (0, 1, 0), (0, 1, 1)): ((4, 0, 0),) * 2,
    # a voxel with its three neighbours; a chain of four around a corner
    ((0, 0, 0), (0, 0, 1), (0, 1, 0), (1, 0, 0)): (_DIAGONAL, _DIAGONAL, _TWICE, _TWICE),
    ((0, 1, 0), (0, 0, 0), (0, 0, 1), (1, 0, 1)): (_DIAGONAL, (2, 0, 2), (0, 2, 2), _THRICE),
}


@lru_cache(maxsize=64)
def surfel_table(spacing_mm: tuple[float, float, float]) -> NDArray[np.float64]:
    """Area in mm2 of each of the 256 patterns of eight voxels.

    Parameters
    ----------
    spacing_mm : tuple of float
        Along the axes z, y, x. Bit 7 - (4 z + 2 y + x) of a pattern is the voxel (z, y, x).

    Examples
    --------
    >>> float(surfel_table((1.0, 1.0, 1.0))[0b11110000])  # a flat surface
    1.0
    """
    z, y, x = spacing_mm
    faces = np.array([y * x, z * x, z * y]) / 8
    areas: NDArray[np.float64] = np.linalg.norm(_triangles() * faces, axis=2).sum(axis=1)
    return areas


@lru_cache(maxsize=1)
def _triangles() -> NDArray[np.float64]:
    """Area vectors of up to four triangles for every pattern, shape (256, 4, 3)."""
    vectors = np.zeros((256, 4, 3))
    for corners, triangles in _CLASSES.items():
        for order in permutations(range(3)):
            turned = [tuple(each[axis] for axis in order) for each in triangles]
            for flips in product((0, 1), repeat=3):
                moved = {
                    tuple(corner[axis] ^ flip for axis, flip in zip(order, flips, strict=True))
                    for corner in corners
                }
                pattern = sum(128 >> n for n, corner in enumerate(_CORNERS) if corner in moved)
                for either in (pattern, 255 - pattern):
                    vectors[either] = 0
                    vectors[either, : len(turned)] = turned or 0
    return vectors
