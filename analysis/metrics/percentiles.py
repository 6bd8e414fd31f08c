"""The distance within which a share of a surface lies, by area.

The definition of surface-distance: the first distance at which the areas, added from the nearest
element on, reach the share. Nothing is interpolated.
"""

import numpy as np
from numpy.typing import NDArray

from analysis.compiled import kernel

Floats = NDArray[np.float64]

_BUCKETS = 1024
_TIE = 1e-9


def area_percentile(distances_mm: Floats, area_mm2: Floats, percent: float) -> float:
    """Return the first distance at which the added areas reach `percent` of the whole.

    Parameters
    ----------
    distances_mm, area_mm2 : ndarray
        Of one length, not empty; distances are finite.
    percent : float
    """
    found, is_sure = _by_buckets(distances_mm, area_mm2, percent / 100)
    if is_sure:
        return float(found)
    # The share is met to the last digits, so the order of adding decides: by distance, then area.
    order = np.lexsort((area_mm2, distances_mm))
    reached = np.cumsum(area_mm2[order]) / np.sum(area_mm2[order])
    at = int(np.searchsorted(reached, percent / 100))
    return float(distances_mm[order][min(at, len(order) - 1)])


@kernel
def _by_buckets(distances: Floats, areas: Floats, share: float) -> tuple[float, bool]:
    """Find the distance without sorting all; False when it hangs on the last digits."""
    largest, total = 0.0, 0.0
    for n in range(len(distances)):
        largest = max(largest, distances[n])
        total += areas[n]
    if largest == 0.0:
        return 0.0, True
    scale = (_BUCKETS - 1) / largest
    sums = np.zeros(_BUCKETS)
    for n in range(len(distances)):
        sums[int(distances[n] * scale)] += areas[n]
    target, slack = share * total, _TIE * total
    reached, bucket = 0.0, 0
    while bucket < _BUCKETS - 1 and reached + sums[bucket] < target - slack:
        reached += sums[bucket]
        bucket += 1
    within = np.empty(len(distances), np.int64)
    count = 0
    for n in range(len(distances)):
        if int(distances[n] * scale) == bucket:
            within[count] = n
            count += 1
    within = within[:count]
    order = np.argsort(distances[within])
    at = 0
    while at < count:
        distance = distances[within[order[at]]]
        while at < count and distances[within[order[at]]] == distance:
            reached += areas[within[order[at]]]
            at += 1
        if reached >= target - slack:
            return distance, reached > target + slack
    return largest, False
