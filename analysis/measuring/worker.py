"""Measure one case: what a process does between two messages."""

from __future__ import annotations

from collections.abc import Callable
from math import nan
from pathlib import Path
from typing import Any

from analysis.measuring.tasks import CaseTask
from analysis.metrics import CaseReference, MetricSettings
from analysis.regions import LabelScheme
from analysis.volumes import VolumeError, read_labels

NOT_MEASURED = "not measured: "

Row = dict[str, Any]


def measure_task(task: CaseTask, scheme: LabelScheme | None, settings: MetricSettings) -> list[Row]:
    """Measure the masks of a case against its references.

    Returns
    -------
    list of dict
        A row for each mask, reference and structure. A pair that cannot be measured has empty
        values and a note that says why; the others go on.
    """
    references = [
        (name, _tried(_reference, path, scheme, settings)) for name, path in task.references
    ]
    rows = []
    for model, prompt, path in task.masks:
        mask = _tried(read_labels, path)
        for name, reference in references:
            reasons = [each for each in (reference, mask) if isinstance(each, str)]
            measured = " ".join(reasons) if reasons else _tried(reference.measure, mask, str(path))
            key = {"case": task.case, "model": model, "prompt": prompt, "reference": name}
            rows += [key | row for row in _rows(measured, scheme, settings)]
    return rows


def unmeasured(
    task: CaseTask, scheme: LabelScheme | None, settings: MetricSettings, reason: str
) -> list[Row]:
    """Return the rows of a case of which nothing could be measured."""
    return [
        {"case": task.case, "model": model, "prompt": prompt, "reference": name} | row
        for model, prompt, _ in task.masks
        for name, _ in task.references
        for row in _rows(reason, scheme, settings)
    ]


def _reference(path: Path, scheme: LabelScheme | None, settings: MetricSettings) -> CaseReference:
    return CaseReference(read_labels(path), scheme, settings, str(path))


def _tried(step: Callable[..., Any], *given: Any) -> Any:
    """Return what a step gives, or the reason why it gives nothing."""
    try:
        return step(*given)
    except VolumeError as error:
        return str(error)
    except MemoryError:
        return "there is not enough memory for it; measure fewer at a time (--jobs 1)."
    except Exception as error:
        return f"an unexpected fault ({type(error).__name__}: {error}); please report it."


def _rows(
    measured: list[Row] | str, scheme: LabelScheme | None, settings: MetricSettings
) -> list[Row]:
    if not isinstance(measured, str):
        return measured
    names = [each.name for each in scheme.structures] if scheme else [""]
    nothing = dict.fromkeys(settings.metrics, nan)
    return [{"structure": name, **nothing, "note": NOT_MEASURED + measured} for name in names]
