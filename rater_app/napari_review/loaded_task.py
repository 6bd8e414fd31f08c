"""LoadedTask: a task with its images turned for napari; all that takes time is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from rater_app.napari_review.layers import CaseLayers, layer_of, view_of
from rater_app.study_client import Desk, Task, TaskVolumes
from rater_app.study_client.voxels import digest_of


@dataclass(frozen=True)
class Counts:
    """What a rater did to a mask since its stage began; strokes by the name of the tool."""

    strokes: Mapping[str, int]
    undos: int = 0
    redos: int = 0

    @property
    def total(self) -> int:
        """Steps of any kind."""
        return sum(self.strokes.values()) + self.undos + self.redos


@dataclass(frozen=True, eq=False)
class LoadedTask:
    """What the rater looks at.

    `volumes` keeps the grid of the mask and its tag: the layers have the voxels. `total` counts the
    rater's readings.
    """

    task: Task
    volumes: TaskVolumes
    layers: CaseLayers
    input_sha256: str
    total: int


def load_next(desk: Desk, skip: str = "") -> LoadedTask | None:
    """Fetch what comes next with its images, or give None; may run in another thread.

    Raises
    ------
    Unreachable, Refused, OSError
    """
    task = desk.next(skip)
    if task is None:
        return None
    volumes = desk.volumes(task)
    channels = tuple(
        view_of(name, volume) for name, volume in zip(task.channels, volumes.channels, strict=True)
    )
    layers = CaseLayers(channels, layer_of("mask", volumes.mask))
    array = volumes.mask.array
    # The layer of the mask is a copy: a second one of every voxel would only take memory.
    grid = replace(volumes.mask, array=np.broadcast_to(np.zeros((), array.dtype), array.shape))
    light = replace(volumes, channels=(), mask=grid)
    total = len(desk.client.status())
    return LoadedTask(task, light, layers, digest_of(array), total)
