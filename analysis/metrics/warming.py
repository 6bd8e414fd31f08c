"""Compile the kernels before several processes want them, so that each is compiled once."""

import numpy as np

from analysis.metrics.arrays import measure_masks


def compile_kernels() -> None:
    """Measure a small pair that needs every kernel; quick where machine code is on disk."""
    reference, mask = np.zeros((2, 8, 8, 80), np.bool_)
    reference[2:6, 2:6, 2:15] = True
    mask[2:5, 2:5, 2:5] = True  # one end of the lesion
    mask[3:5, 3:5, 20:22] = True  # false, and nearer to its other end
    measure_masks(reference, mask, (1.0, 1.0, 1.0))
