"""Metrics that count lesions: connected components of a structure.

The definition of BraTS 2023 (its announcement, Synapse syn51156910, and its program): the reference
is grown by its 18 neighbours a few times, and what then hangs together (26 neighbours) is one
lesion; its counterpart is every component of the mask that touches the grown lesion.
Lesions up to a volume are left out; components of the mask that touch no lesion are
false, whatever their size. Dice and HD95 (surface elements) are averaged over lesions and false
components, missed and false ones with 0 and a penalty.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import maximum_bipartite_matching

from analysis.metrics.components import Components, overlaps
from analysis.metrics.distances import SurfelWays
from analysis.metrics.structure_mask import StructureMask


@dataclass(frozen=True)
class LesionRule:
    """How lesions are told apart and what a missed one costs.

    Parameters
    ----------
    dilations : int
        How often the reference is grown; lesions that then touch are one.
    smallest_mm3 : float
        Lesions of the reference up to this volume are left out.
    penalty_mm : float
        Distance of a missed or false lesion.
    connectivity : {6, 18, 26}
        Neighbours by which components hang together: by face; by edge too; by corner too.
    """

    dilations: int = 3
    smallest_mm3: float = 50.0
    penalty_mm: float = 374.0
    connectivity: int = 26


BRATS2023 = LesionRule()
BRATS2023_MEN = LesionRule(dilations=1)
BRATS2023_MET = LesionRule(dilations=1, smallest_mm3=2.0)
LESION_RULES = {
    "brats2023": BRATS2023,
    "brats2023-men": BRATS2023_MEN,
    "brats2023-met": BRATS2023_MET,
}


@dataclass(frozen=True)
class Detection:
    """Lesions of the reference that were found and missed, and false ones of the mask."""

    found: int
    missed: int
    false: int

    def sensitivity(self) -> float:
        """Share of the reference's lesions that were found."""
        return _ratio(self.found, self.found + self.missed)

    def precision(self) -> float:
        """Found lesions as a share of the found and the false ones."""
        return _ratio(self.found, self.found + self.false)

    def f1(self) -> float:
        """2 found / (2 found + missed + false)."""
        return _ratio(2 * self.found, 2 * self.found + self.missed + self.false)


@dataclass(frozen=True)
class LesionWise:
    """The lesion-wise values of a pair.

    Parameters
    ----------
    detection : Detection
        Of the lesions that are kept.
    dsc, hd95_mm : float
        Means over kept lesions and false components; 1 and 0 when there is neither.
    """

    detection: Detection
    dsc: float
    hd95_mm: float


def lesion_wise(ways: SurfelWays, rule: LesionRule) -> LesionWise:
    """Compare two masks lesion by lesion, in the BraTS 2023 definition.

    Parameters
    ----------
    ways : SurfelWays
        Between the reference and the mask.
    rule : LesionRule
    """
    reference, mask = ways.to_mask.start, ways.to_reference.start
    grown = reference.components(rule.connectivity, rule.dilations)
    parts, others = (each.components(rule.connectivity) for each in (reference, mask))
    lesion_of_part = np.empty(parts.count, np.int64)
    lesion, part, _ = overlaps(grown, parts)
    lesion_of_part[part] = lesion
    touched, counterpart, _ = overlaps(grown, others)
    of_reference = np.bincount(lesion_of_part, parts.sizes, minlength=grown.count)
    of_mask = np.bincount(touched, others.sizes[counterpart], minlength=grown.count)
    part, _, voxels = overlaps(parts, others)
    shared = np.bincount(lesion_of_part[part], voxels, minlength=grown.count)
    false = others.count - len(np.unique(counterpart))
    kept = np.flatnonzero(of_reference * reference.grid.voxel_ml * 1000 > rule.smallest_mm3)
    found = of_mask[kept] > 0
    detection = Detection(int(found.sum()), int((~found).sum()), false)
    count = len(kept) + false
    if count == 0:
        return LesionWise(detection, 1.0, 0.0)
    dsc = 2 * shared[kept] / (of_reference[kept] + of_mask[kept])
    hd95_mm = (
        _hd95_mm(
            ways,
            _part(reference, parts, lesion_of_part == which),
            _part(mask, others, _chosen(others, counterpart[touched == which])),
            rule.connectivity,
        )
        for which in kept[found]
    )
    penalties = (detection.missed + false) * rule.penalty_mm
    return LesionWise(detection, float(dsc.sum()) / count, (sum(hd95_mm) + penalties) / count)


def detect_any(reference: Components, mask: Components) -> Detection:
    """Count a component as found when it shares a voxel with one of the other mask."""
    one, other, _ = overlaps(reference, mask)
    found = len(np.unique(one))
    return Detection(found, reference.count - found, mask.count - len(np.unique(other)))


def detect_by_iou(reference: Components, mask: Components, least: float) -> Detection:
    """Match components one to one where their intersection over union is large enough.

    Parameters
    ----------
    reference, mask : Components
    least : float
        Least intersection over union of a match, above 0; as many as possible are matched.
    """
    one, other, voxels = overlaps(reference, mask)
    iou = voxels / (reference.sizes[one] + mask.sizes[other] - voxels)
    good = iou >= least
    edges = csr_array(
        (np.ones(good.sum(), np.int8), (one[good], other[good])),
        shape=(reference.count, mask.count),
    )
    found = int((maximum_bipartite_matching(edges, perm_type="column") >= 0).sum())
    return Detection(found, reference.count - found, mask.count - found)


def _chosen(parts: Components, which: NDArray[np.int64]) -> NDArray[np.bool_]:
    chosen = np.zeros(parts.count, np.bool_)
    chosen[which] = True
    return chosen


def _hd95_mm(
    ways: SurfelWays, reference: StructureMask, mask: StructureMask, connectivity: int
) -> float:
    """HD95 between some components of the reference and some of the mask."""
    if connectivity != 26:  # components may touch, and have elements that the whole has not
        ways = SurfelWays.between(reference, mask)
    return ways.distances(reference, mask).hd_mm(95)


def _part(whole: StructureMask, components: Components, chosen: NDArray[np.bool_]) -> StructureMask:
    if chosen.all():
        return whole
    return StructureMask(False, lambda: components.planes(chosen), whole.grid)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else np.nan
