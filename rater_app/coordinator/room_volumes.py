"""The volumes of a room: every image and mask of a study read once, checked and re-encoded."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from analysis.checks import image_warnings, mask_warnings
from analysis.volumes import (
    Volume,
    VolumeError,
    encode_channel,
    grid_problems,
    read_image,
    write_nifti_gz,
)
from rater_app.coordinator.blinding import blinding_code
from rater_app.coordinator.canonical_masks import fingerprint, read_canonical
from rater_app.coordinator.manifest import (
    CandidateMask,
    ChannelImage,
    ReferenceMask,
    StudyManifest,
)
from rater_app.coordinator.study_problems import StudyError, StudyProblems
from rater_app.coordinator.study_tables import IMAGES, MASKS, REFERENCES


@dataclass(frozen=True)
class RoomVolumes:
    """What was written: file names of channels and masks, digests of their sources, labels."""

    channels: dict[str, tuple[str, ...]] = field(default_factory=dict)
    masks: dict[tuple[str, str, str], str] = field(default_factory=dict)
    sources: dict[Path, str] = field(default_factory=dict)
    labels: set[int] = field(default_factory=set)


class VolumeWriter:
    """Reads the volumes of a study and writes those of its room.

    Parameters
    ----------
    manifest : StudyManifest
        The study.
    folder : Path
        Where the volumes go, under random names. Nothing more is written once there is a problem.
    problems : StudyProblems
        Gets whatever is wrong: unreadable, off the grid, unknown labels; oddities as warnings.
    step : callable
        Called after each volume.
    """

    def __init__(
        self,
        manifest: StudyManifest,
        folder: Path,
        problems: StudyProblems,
        step: Callable[[], None],
    ) -> None:
        self._manifest = manifest
        self._folder = folder
        self._problems = problems
        self._step = step
        self._written = RoomVolumes()

    def write(self) -> RoomVolumes:
        """Read every volume once, whatever is wrong with others.

        Cases, and the masks of each, are taken in a random order, so that nothing about the files
        (inode, time of change, order in the folder) tells which model comes from where.
        """
        manifest = self._manifest
        cases = list(
            dict.fromkeys(
                [
                    *manifest.cases,
                    *(mask.case for mask in manifest.masks),
                    *(reference.case for reference in manifest.references),
                ]
            )
        )
        shuffled = random.SystemRandom()
        shuffled.shuffle(cases)
        for case in cases:
            grid = self._write_channels([i for i in manifest.images if i.case == case])
            masks = [mask for mask in manifest.masks if mask.case == case]
            shuffled.shuffle(masks)
            for mask in masks:
                self._write_mask(mask, grid)
            for reference in manifest.references:
                if reference.case == case:
                    self._read_mask(reference, grid, REFERENCES.file)
        return self._written

    def _write_channels(self, images: list[ChannelImage]) -> Volume | None:
        """Write the channels of a case and give the first one, whose grid is the case's."""
        first: tuple[ChannelImage, Volume] | None = None
        names = []
        for image in images:
            volume = self._read_channel(image, first)
            if volume is None:
                continue
            first = first or (image, volume)
            encoded = replace(encode_channel(volume), affine=first[1].affine)
            names.append(self._store(encoded))
            self._written.channels[image.case] = tuple(names)
        return first[1] if first else None

    def _read_channel(
        self, image: ChannelImage, first: tuple[ChannelImage, Volume] | None
    ) -> Volume | None:
        try:
            volume = read_image(image.path)
        except VolumeError as error:
            self._problems.add(IMAGES.file, str(error), image.line)
            return None
        finally:
            self._step()
        for warning in image_warnings(volume, str(image.path)):
            self._problems.warn(IMAGES.file, warning, image.line)
        if first and grid_problems(first[1], volume):
            self._problems.add(
                IMAGES.file,
                f"{image.path}: channel “{image.channel}” is not on the grid of channel "
                f"“{first[0].channel}” (line {first[0].line}): register and resample it to that "
                "one",
                image.line,
            )
        return volume

    def _write_mask(self, mask: CandidateMask, grid: Volume | None) -> None:
        volume = self._read_mask(mask, grid, MASKS.file)
        if volume is not None:
            self._written.labels.update(int(label) for label in np.unique(volume.array) if label)
            self._written.masks[mask.key] = self._store(volume)

    def _read_mask(
        self, mask: CandidateMask | ReferenceMask, grid: Volume | None, file: str
    ) -> Volume | None:
        try:
            volume = read_canonical(mask.path, grid, self._manifest.settings.scheme)
            self._written.sources[mask.path] = fingerprint(mask.path)
        except StudyError as error:
            for sentence in error.problems:
                self._problems.add(file, sentence, mask.line)
            return None
        finally:
            self._step()
        for warning in mask_warnings(volume, str(mask.path)):
            self._problems.warn(file, warning, mask.line)
        return volume

    def _store(self, volume: Volume) -> str:
        name = f"{blinding_code()}.nii.gz"
        if not self._problems:
            write_nifti_gz(self._folder / name, volume)
        return name
