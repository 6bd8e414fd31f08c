"""A study folder whose files can be changed by hand, as a coordinator would break them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from analysis.volumes import Volume, read_labels, write_nifti_gz
from rater_app.coordinator.prepare import prepare
from rater_app.coordinator.study_problems import StudyError
from tests.study_on_disk import CASES, MODELS

CASE, OTHER_CASE = CASES[0], CASES[1]
MODEL = next(iter(MODELS))


@dataclass(frozen=True)
class EditedStudy:
    folder: Path

    @property
    def room(self) -> Path:
        return self.folder.parent / "room"

    @property
    def key(self) -> Path:
        return self.folder.parent / "key.json"

    def prepare(self):
        return prepare(self.folder, self.room, self.key)

    def problems(self) -> tuple[str, ...]:
        before = sorted(self.folder.parent.iterdir())
        with pytest.raises(StudyError) as refused:
            self.prepare()
        assert sorted(self.folder.parent.iterdir()) == before
        return refused.value.problems

    def change(self, file: str, old: str, new: str) -> None:
        path = self.folder / file
        text = path.read_bytes().decode()
        assert old in text
        path.write_bytes(text.replace(old, new, 1).encode())

    def add(self, file: str, lines: str) -> None:
        with (self.folder / file).open("a", encoding="utf-8", newline="") as stream:
            stream.write(lines + "\n")

    def mask(self, model: str = MODEL, case: str = CASE) -> Path:
        return self.folder / f"{model}_seg_of_case_{case}.nii.gz"

    def reference(self, case: str = CASE) -> Path:
        return self.folder / f"expert_outline_{case}.nii.gz"

    def image(self, channel: str = "T1", case: str = CASE) -> Path:
        return self.folder / f"{case}_{channel}.nii.gz"


def rewrite(path: Path, array=None, affine=None) -> None:
    """Write a mask anew with other voxels or another grid."""
    volume = read_labels(path)
    write_nifti_gz(
        path,
        Volume(
            volume.array if array is None else np.asarray(array),
            volume.affine if affine is None else affine,
        ),
    )
