"""Canonical masks: one grid, one voxel type and one numbering, whatever a file looked like."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np

from analysis.checks import mask_problems
from analysis.regions import LabelScheme, apply_scheme
from analysis.volumes import Volume, VolumeError, read_labels
from rater_app.coordinator.study_problems import StudyError

ONLY_LABEL = 1
"""The number of the one label of a study without a scheme."""

_MOST_NAMED = 8


def read_canonical(path: Path, image: Volume | None, scheme: LabelScheme | None) -> Volume:
    """Read a mask in the labels of the scheme, on the grid of its image.

    Without a scheme a mask has one label; whatever its number (1, 255), it becomes 1, because the
    number would tell one model from another.

    Parameters
    ----------
    path : Path
        The mask's file or DICOM folder.
    image : Volume or None
        The first channel of its case, whose geometry the mask takes over; None keeps its own.
    scheme : LabelScheme or None
        What the labels mean.

    Raises
    ------
    StudyError
        Unreadable, off the image's grid, unknown labels: everything that is wrong with the mask.
    """
    try:
        mask = read_labels(path)
    except VolumeError as error:
        raise StudyError([str(error)]) from error
    problems = mask_problems(mask, image, scheme, str(path))
    found = [] if scheme else [int(label) for label in np.unique(mask.array) if label]
    if len(found) > 1:
        more = ", ..." if len(found) > _MOST_NAMED else ""
        problems.append(
            f"{path}: it holds the labels {', '.join(map(str, found[:_MOST_NAMED]))}{more}, but "
            "the study has no label scheme that says what they mean: add scheme = ... to "
            "study.toml."
        )
    if problems:
        raise StudyError(problems)
    labels = (
        apply_scheme(mask.array, scheme, str(path))
        if scheme
        else np.where(mask.array > 0, np.uint8(ONLY_LABEL), np.uint8(0))
    )
    return Volume(labels, image.affine if image else mask.affine)


def fingerprint(path: Path) -> str:
    """Give the SHA-256 of a file, or of the names and contents of a folder's files."""
    digest = hashlib.sha256()
    if path.is_dir():
        for file in sorted(entry for entry in path.iterdir() if entry.is_file()):
            digest.update(f"{file.name}\0{fingerprint(file)}\0".encode())
    else:
        with path.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()
