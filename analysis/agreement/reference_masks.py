"""Agreement of the reference masks of a study: experts with each other, models beside them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import comb
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.agreement.mask_cases import (
    mask_agreement,
    model_against_raters,
    others_agreement,
)
from analysis.agreement.masks import (
    AgainstOthers,
    PairwiseMetrics,
    against_others,
    pairwise_metrics,
)
from analysis.any_table import natural
from analysis.measuring import CaseTask, handover_tasks
from analysis.metrics import MetricSettings, metric
from analysis.regions import LabelScheme, Structure, apply_scheme, structure_mask
from analysis.resampling import Estimate
from analysis.results import Asked, Result
from analysis.tables import Handover
from analysis.volumes import Volume, VolumeError, grid_problems, read_labels

METRICS = ("dsc", "hd95_mm")
FEWEST_EXPERTS = 2
MODEL = ""
"""Name of the model among the experts: the only one that no expert can have."""


@dataclass(frozen=True, eq=False)
class _Experts:
    """One structure in the reference masks of one case."""

    pairs: PairwiseMetrics
    others: AgainstOthers


def reference_results(
    handover: Handover,
    measurements: pd.DataFrame,
    scheme: LabelScheme | None,
    settings: MetricSettings,
    asked: Asked,
) -> list[Result]:
    """Estimate how well the experts' reference masks agree, and how models compare with that.

    For every structure: the mean over cases of the mean pairwise DSC and HD95; the DSC of each
    expert with the majority of the others (of two: with the other), the majority being that of the
    structure, ties background; and for each model its mean DSC with the experts minus theirs with
    each other, paired by case, which is above or near zero where the model is inside the
    variability of the experts. The masks of models are not read again: their DSC are those of
    `measurements`, several prompts averaged.

    A case counts from two reference masks on. A reference that cannot be read, has unknown labels
    or lies on another grid than the first is left out, and counted in `n`.

    Parameters
    ----------
    handover
        Cases with masks and references.
    measurements
        Long table of the same hand-over by the same settings, with `dsc`.
    scheme
        Structures; without it every label is one, `label_<n>`, in the cases where an expert has it.
    settings
        What absent structures are worth.
    asked
        Confidence level, resamples.

    Returns
    -------
    list of Result
        Empty where no case has two reference masks.
    """
    settings = replace(settings, metrics=METRICS)
    by_structure: dict[str, dict[str, _Experts]] = {}
    left_out = 0
    for task in handover_tasks(handover):
        if len(task.references) < FEWEST_EXPERTS:
            continue
        references = _read(task, scheme)
        left_out += len(task.references) - len(references)
        if len(references) >= FEWEST_EXPERTS:
            for structure, found in _measured(references, scheme, settings):
                by_structure.setdefault(structure, {})[task.case] = found
    n = {"references_left_out": left_out} if left_out else {}
    results: list[Result] = []
    for structure in _in_order(by_structure, scheme):
        cases, of_structure = by_structure[structure], asked.on(metric_structure=structure)
        results += _among_experts(cases, of_structure, n)
        dsc = measurements[measurements["structure"] == structure]
        for model, family in handover.family_of.items():
            whose = of_structure.on(metric="dsc", model=model, family=family)
            results += _of_model(cases, dsc[dsc["model"] == model], whose, n)
    return results


def _read(task: CaseTask, scheme: LabelScheme | None) -> dict[str, Volume]:
    """Read the references of a case that share a grid, with the labels of the scheme."""
    usable: dict[str, Volume] = {}
    for expert, path in task.references:
        try:
            volume = read_labels(path)
            if scheme is not None:
                volume = replace(volume, array=apply_scheme(volume.array, scheme, str(path)))
        except VolumeError:  # told in the measurements, which are made of the same files
            continue
        if not any(grid_problems(other, volume) for other in usable.values()):
            usable[expert] = volume
    return usable


def _measured(
    references: Mapping[str, Volume], scheme: LabelScheme | None, settings: MetricSettings
) -> Iterator[tuple[str, _Experts]]:
    """Measure the references of a case structure by structure."""
    spacing_mm = next(iter(references.values())).spacing_mm
    arrays = [volume.array for volume in references.values()]
    box, kind = _box(arrays), np.result_type(*arrays)  # uint16 where an expert has such labels
    labels = {
        expert: array[box].astype(kind, copy=False)
        for expert, array in zip(references, arrays, strict=True)
    }
    for structure in scheme.structures if scheme else _every_label(labels.values()):
        masks = {expert: structure_mask(array, structure) for expert, array in labels.items()}
        yield (
            structure.name,
            _Experts(
                pairwise_metrics(masks, spacing_mm, settings),
                against_others(masks, spacing_mm, settings),
            ),
        )


def _box(arrays: Sequence[NDArray[Any]]) -> tuple[slice, ...]:
    """Return the box of all that is labelled; outside of it nothing is to be measured.

    The metrics do not change: what lies outside an image is background to them anyway.
    """
    box = []
    for axis in range(3):
        others = tuple(each for each in range(3) if each != axis)
        there = np.flatnonzero(np.any([array.any(axis=others) for array in arrays], axis=0))
        box.append(slice(there[0], there[-1] + 1) if len(there) else slice(0, 1))
    return tuple(box)


def _every_label(arrays: Iterable[NDArray[Any]]) -> list[Structure]:
    present = sorted({int(label) for array in arrays for label in np.unique(array)} - {0})
    return [Structure(f"label_{label}", f"label {label}", (label,)) for label in present]


def _in_order(found: Iterable[str], scheme: LabelScheme | None) -> list[str]:
    """Return the structures as the scheme has them, labels by their number."""
    return list(found) if scheme else sorted(found, key=natural)


def _among_experts(
    cases: Mapping[str, _Experts], asked: Asked, left_out: Mapping[str, int]
) -> Iterator[Result]:
    pairs = {case: found.pairs for case, found in cases.items()}
    experts = {expert for found in pairs.values() for expert in found.raters}
    possible = sum(comb(len(found.raters), 2) for found in pairs.values())
    for name in METRICS:
        agreement = mask_agreement(pairs, name, **asked.options)
        undefined = agreement.undefined_pairs
        n = {"experts": len(experts), "pairs": possible - undefined, "undefined_pairs": undefined}
        mean = _told(agreement.mean, "mean over cases of the mean over pairs of experts")
        unit = metric(name).unit
        yield asked.result(f"reference_{name}", mean, {**n, **left_out}, unit, metric=name)
    others = {case: found.others for case, found in cases.items()}
    for expert, mean in others_agreement(others, "dsc", **asked.options).by_rater.items():
        yield asked.result(
            "reference_dsc_against_others",
            _told(mean, "with the majority of the other experts, mean over cases"),
            {"experts": len(experts), **left_out},
            metric="dsc",
            rater=expert,
        )


def _of_model(
    cases: Mapping[str, _Experts],
    measurements: pd.DataFrame,
    asked: Asked,
    left_out: Mapping[str, int],
) -> Iterator[Result]:
    """Compare a model with the experts; nothing where it has no mask in their cases."""
    dsc = measurements.groupby(["case", "reference"])["dsc"].mean().to_dict()
    masked = set(measurements["case"])
    pairs = {
        case: _with_model(found.pairs, [dsc.get((case, e), np.nan) for e in found.pairs.raters])
        for case, found in cases.items()
        if case in masked
    }
    if not pairs:
        return
    found = model_against_raters(pairs, MODEL, "dsc", **asked.options)
    how = (
        "mean DSC of the model with the experts minus that of the experts with each other, mean "
        "over cases"
    )
    experts = {expert for each in pairs.values() for expert in each.raters} - {MODEL}
    n = {"experts": len(experts), **left_out}
    yield asked.result("model_minus_expert_dsc", _told(found.difference, how), n)


def _with_model(pairs: PairwiseMetrics, dsc: Sequence[float]) -> PairwiseMetrics:
    """Put a model beside the experts, given its DSC with each of them."""
    matrix = np.pad(pairs.matrices["dsc"], (0, 1), constant_values=np.nan)
    matrix[:-1, -1] = dsc
    return PairwiseMetrics((*pairs.raters, MODEL), {"dsc": matrix}, {})


def _told(found: Estimate, how: str) -> Estimate:
    return replace(found, method=f"{how}; {found.method}")
