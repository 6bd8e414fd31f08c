"""Whether an image and its mask are fit for a study: every problem, not only the first."""

import os
from dataclasses import dataclass

import numpy as np

from analysis.regions import LabelScheme, label_problems
from analysis.volumes import Volume, VolumeError, grid_problems, read_image, read_labels


@dataclass(frozen=True)
class PairCheck:
    """What was found on an image and its mask.

    Parameters
    ----------
    problems : tuple of str
        What keeps the pair out of a study; one sentence each.
    warnings : tuple of str
        What may be right but should be looked at.
    """

    problems: tuple[str, ...]
    warnings: tuple[str, ...]


def inspect_pair(
    image_path: str | os.PathLike[str],
    mask_path: str | os.PathLike[str],
    scheme: LabelScheme | None = None,
) -> PairCheck:
    """Read an image and its mask, and name all problems and warnings.

    Parameters
    ----------
    image_path, mask_path : path
    scheme : LabelScheme, optional
        The labels that may occur; without it any label is right.
    """
    problems: list[str] = []
    warnings: list[str] = []
    image: Volume | None = None
    mask: Volume | None = None
    try:
        image = read_image(image_path)
        warnings += image_warnings(image, os.fspath(image_path))
    except VolumeError as problem:
        problems.append(str(problem))
    try:
        mask = read_labels(mask_path)
        warnings += mask_warnings(mask, os.fspath(mask_path))
    except VolumeError as problem:
        problems.append(str(problem))
    if mask is not None:
        problems += mask_problems(mask, image, scheme, os.fspath(mask_path))
        if scheme is None and np.count_nonzero(np.unique(mask.array)) > 1:
            warnings.append(
                f"{os.fspath(mask_path)}: the mask holds several labels; a study needs a label "
                "scheme that says what they mean."
            )
    return PairCheck(tuple(problems), tuple(warnings))


def mask_problems(
    mask: Volume, image: Volume | None, scheme: LabelScheme | None, where: str
) -> list[str]:
    """Name what is wrong with a mask that was read: off the grid of its image, unknown labels.

    Parameters
    ----------
    mask : Volume
    image : Volume or None
        None when it could not be read.
    scheme : LabelScheme or None
    where : str
        What to call the mask: its file.
    """
    found = [] if image is None else grid_problems(image, mask)
    found += [] if scheme is None else label_problems(mask.array, scheme)
    return [f"{where}: {problem}" for problem in found]


def mask_warnings(mask: Volume, where: str) -> list[str]:
    """Name what is unusual about a mask: empty, one voxel, or filling the whole grid."""
    count = int(np.count_nonzero(mask.array))
    if count == 0:
        return [f"{where}: the mask is empty; check that nothing was to be found in this case."]
    if count == 1:
        return [f"{where}: the mask has a single voxel; check that it is meant."]
    if count == mask.array.size:
        return [f"{where}: the mask fills the whole image; check that it is meant."]
    return []


def image_warnings(image: Volume, where: str) -> list[str]:
    """Name what is unusual about an image: one and the same value everywhere."""
    if image.array.min() == image.array.max():
        return [
            f"{where}: the image has the same value everywhere; check that it is the right one."
        ]
    return []
