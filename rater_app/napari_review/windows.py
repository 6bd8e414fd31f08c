"""Windows: which intensities are shown from black to white, as in the browser."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

CT_PRESETS = {
    "Abdomen": (400.0, 40.0),
    "Brain": (80.0, 40.0),
    "Lung": (1500.0, -600.0),
    "Bone": (1800.0, 400.0),
}
"""Width and level in Hounsfield units, the values found on clinical workstations."""

MR_PRESETS = {"Auto": (1.0, 99.0), "Wide": (0.0, 100.0), "Narrow": (5.0, 95.0)}
"""Percentiles of the voxels that are not background: MR intensities have no unit."""

_SUBSAMPLE = 100_000


def presets(ct: bool) -> tuple[str, ...]:
    """Name the windows for a kind of image; the first one is shown at first."""
    return tuple(CT_PRESETS if ct else MR_PRESETS)


def window_of(array: NDArray[Any], preset: str) -> tuple[float, float]:
    """Give the darkest and the brightest value to show.

    Percentiles are those of a subsample without the background, which is the most frequent value
    where it fills more than a tenth of the volume.
    """
    if preset in CT_PRESETS:
        width, level = CT_PRESETS[preset]
        return level - width / 2, level + width / 2
    sample = array.ravel()[:: max(1, array.size // _SUBSAMPLE)]
    values, counts = np.unique(sample, return_counts=True)
    most = counts.argmax()
    if sample.size / 10 < counts[most] < sample.size:
        sample = sample[sample != values[most]]
    low, high = np.percentile(sample, MR_PRESETS[preset])
    return float(low), float(max(high, low + 1e-6 * max(1.0, abs(low))))
