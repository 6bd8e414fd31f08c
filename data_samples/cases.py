"""The twelve simulated patients: what grows where, and how each was scanned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.volumes import Volume
from data_samples import brain, tumour
from data_samples.brain import CHANNELS, Floats, Tissues
from data_samples.tumour import TumourPlan

SEED = 20261123
# Grey levels are written in steps: about 6 bits a voxel, so that the samples stay small.
GREY_STEP = 2


@dataclass(frozen=True)
class ScanPlan:
    """How the voxels lie in the scanner: axis directions, tilt of the head, slice thickness."""

    axes: str = "RAS"
    tilt_degrees: float = 0.0
    slices_merged: int = 1


@dataclass(frozen=True)
class CasePlan:
    """One simulated patient."""

    case: str
    note: str
    tumour: TumourPlan
    scan: ScanPlan = ScanPlan()


@dataclass(frozen=True, eq=False)
class SimulatedCase:
    """The four contrasts (uint8), the reference mask (labels 1, 2, 3) and their grid."""

    channels: dict[str, Volume]
    reference: Volume


CASES: tuple[CasePlan, ...] = (
    CasePlan(
        "sim-001",
        "left parietal, large necrosis",
        TumourPlan((-29, -42, 30), (19, 23, 18), 6.0, 15),
    ),
    CasePlan(
        "sim-002",
        "right temporal",
        TumourPlan((43, -22, -10), (15, 21, 14), 6.5, 17),
        ScanPlan("LPS"),
    ),
    CasePlan(
        "sim-003",
        "left frontal, little oedema",
        TumourPlan((-27, 35, 18), (18, 19, 17), 7.5, 7),
    ),
    CasePlan(
        "sim-004",
        "right frontal, oblique scan",
        TumourPlan((24, 38, 12), (14, 17, 15), 5.5, 19),
        ScanPlan("RAS", tilt_degrees=7.0),
    ),
    CasePlan(
        "sim-005",
        "tiny tumour, right parietal",
        TumourPlan((31, -36, 42), (6, 7, 6), 4.0, 6, roughness_mm=1.0, push_mm=0.5),
    ),
    CasePlan(
        "sim-006",
        "left insula, no enhancing tumour",
        TumourPlan((-37, 4, 4), (17, 25, 19), 0.0, 9, roughness_mm=5.0, push_mm=3.0),
    ),
    CasePlan(
        "sim-007",
        "right parieto-occipital, thick rim",
        TumourPlan((27, -66, 20), (17, 20, 17), 8.5, 14),
        ScanPlan("LAS"),
    ),
    CasePlan(
        "sim-008",
        "left temporal, thick slices",
        TumourPlan((-44, -14, -14), (15, 20, 14), 6.0, 14),
        ScanPlan("RAS", slices_merged=2),
    ),
    CasePlan(
        "sim-009",
        "genu of the corpus callosum, butterfly",
        TumourPlan((7, 27, 14), (20, 15, 15), 6.5, 16, roughness_mm=4.0, push_mm=2.0),
    ),
    CasePlan(
        "sim-010",
        "right central, wide oedema",
        TumourPlan((30, -12, 38), (12, 14, 13), 5.0, 22),
        ScanPlan("LPS", slices_merged=2),
    ),
    CasePlan(
        "sim-011",
        "left occipital, small and solid",
        TumourPlan((-24, -74, 10), (10, 12, 10), 7.0, 11, roughness_mm=2.0, push_mm=2.0),
    ),
    CasePlan(
        "sim-012",
        "right thalamus, sagittal scan",
        TumourPlan((17, -19, 8), (13, 15, 14), 5.0, 12, roughness_mm=2.5),
        ScanPlan("PIR"),
    ),
)


def case_rng(case: str, purpose: int) -> np.random.Generator:
    """Random numbers of one case and one purpose: any case can be made alone."""
    return np.random.default_rng([SEED, int(case.rsplit("-", 1)[1]), purpose])


def simulate_case(plan: CasePlan, template: Tissues) -> SimulatedCase:
    """Build the brain, grow the tumour, scan it."""
    shift = brain.anatomy_displacement_mm(template, case_rng(plan.case, 0))
    shift += tumour.push_displacement_mm(template, plan.tumour)
    tissues = brain.deform(template, shift)
    grown = tumour.grow(tissues, plan.tumour, case_rng(plan.case, 1))
    channels = {}
    for number, channel in enumerate(CHANNELS):
        rng = case_rng(plan.case, 10 + number)
        image = brain.render_tissue(tissues, channel, rng)
        image = tumour.add_to_image(image, grown, channel, tissues, rng)
        image = brain.acquire(image, tissues, rng)
        image = _merge_slices(image, plan.scan.slices_merged)
        image *= _merge_slices(tissues.brain.astype(np.float64), plan.scan.slices_merged) > 0.5
        levels = np.clip(np.rint(image / GREY_STEP) * GREY_STEP, 0, 255).astype(np.uint8)
        channels[channel] = _as_scanned(levels, tissues.affine, plan.scan)
    labels = _merge_labels(grown.labels, plan.scan.slices_merged)
    return SimulatedCase(channels, _as_scanned(labels, tissues.affine, plan.scan))


def _merge_slices(values: Floats, count: int) -> Floats:
    whole = values[:, :, : values.shape[2] // count * count]
    return np.asarray(whole.reshape(*values.shape[:2], -1, count).mean(axis=3))


def _merge_labels(labels: NDArray[np.uint8], count: int) -> NDArray[np.uint8]:
    """Label of a thick slice: the label that fills most of it, background only when it leads."""
    shares = [_merge_slices((labels == value).astype(np.float64), count) for value in range(4)]
    # Of equal shares the last wins, so that a thin rim is not lost: order 0, 2, 1, 3.
    order = np.array([0, 2, 1, 3])
    stacked = np.stack([shares[value] for value in order])[::-1]
    return np.asarray(order[::-1][stacked.argmax(axis=0)], dtype=np.uint8)


def _as_scanned(array: NDArray[np.uint8], template_affine: Floats, scan: ScanPlan) -> Volume:
    """Turn an array of the template's RAS axes into the scan's voxel order, and tilt the head."""
    affine = template_affine.copy()
    # The centre of a merged slice lies between the centres of its parts.
    affine[:3, 3] += affine[:3, 2] * (scan.slices_merged - 1) / 2
    affine[:3, 2] *= scan.slices_merged
    array, affine = _reorder(array, affine, scan.axes)
    if scan.tilt_degrees:
        affine = _rotation(scan.tilt_degrees) @ affine
    return Volume(np.ascontiguousarray(array), affine)


def _reorder(
    array: NDArray[np.uint8], affine: Floats, axes: str
) -> tuple[NDArray[np.uint8], Floats]:
    world_axis = ["RL".find, "AP".find, "SI".find]
    order, signs = [], []
    for letter in axes:
        axis = next(n for n, find in enumerate(world_axis) if find(letter) >= 0)
        order.append(axis)
        signs.append(1 if letter in "RAS" else -1)
    array = array.transpose(order)
    affine = affine[:, [*order, 3]].copy()
    for new_axis, sign in enumerate(signs):
        if sign < 0:
            affine[:3, 3] += affine[:3, new_axis] * (array.shape[new_axis] - 1)
            affine[:3, new_axis] *= -1
            array = np.flip(array, new_axis)
    return array, affine


def _rotation(degrees: float) -> Floats:
    """Head nodded by `degrees` and turned by half of it, about the origin of the world."""
    nod, turn = np.deg2rad(degrees), np.deg2rad(degrees / 2)
    about_x, about_z = np.eye(4), np.eye(4)
    about_x[1:3, 1:3] = [[np.cos(nod), -np.sin(nod)], [np.sin(nod), np.cos(nod)]]
    about_z[:2, :2] = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
    return np.asarray(about_z @ about_x)
