"""How much of two masks is the same, from counts of voxels."""

from dataclasses import dataclass
from math import nan

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Counts:
    """Voxels of a structure in the mask and in the reference.

    Parameters
    ----------
    tp, fp, fn, tn : int
        In both; in the mask only; in the reference only; in neither, within the whole image.
    """

    tp: int
    fp: int
    fn: int
    tn: int

    @property
    def of_reference(self) -> int:
        """Voxels of the reference."""
        return self.tp + self.fn

    @property
    def of_mask(self) -> int:
        """Voxels of the mask."""
        return self.tp + self.fp

    def dsc(self) -> float:
        """Dice similarity coefficient, 2 TP / (2 TP + FP + FN)."""
        return _ratio(2 * self.tp, 2 * self.tp + self.fp + self.fn)

    def iou(self) -> float:
        """Intersection over union (Jaccard), TP / (TP + FP + FN)."""
        return _ratio(self.tp, self.tp + self.fp + self.fn)

    def sensitivity(self) -> float:
        """Share of the reference that the mask finds, TP / (TP + FN)."""
        return _ratio(self.tp, self.tp + self.fn)

    def specificity(self) -> float:
        """Share of the rest of the image that the mask leaves alone, TN / (TN + FP)."""
        return _ratio(self.tn, self.tn + self.fp)

    def precision(self) -> float:
        """Share of the mask that is right, TP / (TP + FP)."""
        return _ratio(self.tp, self.tp + self.fp)

    def volume_similarity(self) -> float:
        """1 - |FN - FP| / (2 TP + FP + FN) (Taha and Hanbury 2015)."""
        return 1 - _ratio(abs(self.fn - self.fp), 2 * self.tp + self.fp + self.fn)

    def volume_difference_relative(self) -> float:
        """Volume of the mask minus that of the reference, as a share of the reference."""
        return _ratio(self.fp - self.fn, self.of_reference)


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
    shared = int(np.count_nonzero(reference & mask))
    return _ratio(2 * shared, int(np.count_nonzero(reference)) + int(np.count_nonzero(mask)))


def wasserstein_dice(pairs: NDArray[np.int64], distance: NDArray[np.float64]) -> float:
    """Generalised Wasserstein Dice of two label masks.

    2 T / (2 T + E): every voxel with label r in the reference and m in the mask adds its distance
    d(r, m) to the errors E and, unless r is background, 1 - d(r, m) to T (Fidon et al. 2017,
    doi 10.1007/978-3-319-75238-9_6, with weight 1 for every foreground label, as in MONAI). With
    a single label it is the Dice coefficient.

    Parameters
    ----------
    pairs : ndarray of int64, shape (labels + 1, labels + 1)
        Voxels by label in the reference (row) and in the mask (column); background is first.
    distance : ndarray, shape (labels + 1, labels + 1)
        From 0 for a label to itself to 1.

    Returns
    -------
    float
        0 to 1; nan when neither mask holds a label.
    """
    true_positives = float((pairs * (1 - distance))[1:].sum())
    errors = float((pairs * distance).sum())
    return _ratio(2 * true_positives, 2 * true_positives + errors)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else nan
