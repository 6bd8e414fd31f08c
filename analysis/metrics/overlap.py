"""How much of two masks is the same, from counts of voxels."""

from math import nan

import numpy as np
from numpy.typing import NDArray


def dsc(reference: NDArray[np.bool_], mask: NDArray[np.bool_]) -> float:
    """Dice similarity coefficient, 2 |A and B| / (|A| + |B|).

    Parameters
    ----------
    reference, mask : ndarray of bool
        Of one shape.

    Returns
    -------
    float
        0 to 1; 0 when one mask is empty, nan when both are (nothing was there to find).

    Examples
    --------
    >>> dsc(np.array([True, True, False]), np.array([True, False, False]))
    0.6666666666666666
    """
    return dsc_of_counts(
        int(np.count_nonzero(reference)),
        int(np.count_nonzero(mask)),
        int(np.count_nonzero(reference & mask)),
    )


def dsc_of_counts(of_reference: int, of_mask: int, shared: int) -> float:
    """Dice similarity coefficient from the number of voxels of each mask and of both."""
    return 2 * shared / (of_reference + of_mask) if of_reference + of_mask else nan
