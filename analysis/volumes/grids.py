"""Whether two volumes lie on one grid."""

from itertools import product

import numpy as np
from numpy.typing import NDArray

from analysis.volumes.volume import Volume

CORNER_TOLERANCE_MM = 0.1


def corners_mm(shape: tuple[int, ...], affine: NDArray[np.float64]) -> NDArray[np.float64]:
    """Centres of the eight corner voxels, shape (8, 3), in millimetres RAS+."""
    indices = np.array(list(product(*((0, length - 1) for length in shape))), dtype=np.float64)
    moved: NDArray[np.float64] = indices @ affine[:3, :3].T + affine[:3, 3]
    return moved


def grid_problems(image: Volume, mask: Volume) -> list[str]:
    """Name everything that keeps a mask off the grid of its image.

    Parameters
    ----------
    image, mask : Volume

    Returns
    -------
    list of str
        One plain sentence a problem, [] when both are on one grid. Grids differ when their sizes
        differ or when one of the eight corners is more than 0.1 mm from its partner.
    """
    if image.array.shape != mask.array.shape:
        return [
            f"The mask has {_times(mask.array.shape)} voxels, its image {_times(image.array.shape)}"
            "; resample the mask to the grid of the image (nearest neighbour)."
            + _spacing_remark(image, mask)
        ]
    distances = np.linalg.norm(
        corners_mm(image.array.shape, image.affine) - corners_mm(mask.array.shape, mask.affine),
        axis=1,
    )
    if distances.max() <= CORNER_TOLERANCE_MM:
        return []
    if _same_box(image, mask):
        return [
            "The mask covers the same place as its image, but its axes are flipped or in another "
            "order; reorient the mask to the image."
        ]
    return [
        f"The mask lies up to {distances.max():.1f} mm away from its image; give it the position "
        "and orientation of the image, or resample it to the grid of the image."
        + _spacing_remark(image, mask)
    ]


def _same_box(image: Volume, mask: Volume) -> bool:
    """Whether the same eight corners come in another order."""
    of_image = corners_mm(image.array.shape, image.affine)
    of_mask = corners_mm(mask.array.shape, mask.affine)
    gaps = np.linalg.norm(of_image[:, None] - of_mask[None], axis=2)
    return bool(
        gaps.min(axis=0).max() <= CORNER_TOLERANCE_MM
        and gaps.min(axis=1).max() <= CORNER_TOLERANCE_MM
    )


def _spacing_remark(image: Volume, mask: Volume) -> str:
    if np.allclose(image.spacing_mm, mask.spacing_mm, rtol=1e-3):
        return ""
    of_mask, of_image = (
        " x ".join(f"{length:.4g}" for length in volume.spacing_mm) for volume in (mask, image)
    )
    return f" Their voxels differ too: {of_mask} mm in the mask, {of_image} mm in the image."


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(str(length) for length in shape)
