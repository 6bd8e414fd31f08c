"""Rated and measured masks from anybody's table."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.any_table import TableError, TextTable, rows
from analysis.association.rated_masks import RatedMasks, rated_masks
from analysis.metrics import MetricError, metric

STRUCTURE, PROMPT = "structure", "prompt"
NOT_METRICS = ("case", "model", "family", "rater", "rating", PROMPT, STRUCTURE, "replicate")


@dataclass(frozen=True)
class MaskColumns:
    """Which columns of a table hold what.

    Attributes
    ----------
    rating, case, model
        Columns that must be there.
    family, rater
        Columns that are used when they are there; under other names than these they must be.
    metrics
        Columns to relate to the rating; all other columns of numbers when empty.
    mask
        Further columns that tell masks of a case and model apart; "prompt" when it is there.
    lower_is_better
        Further metrics that are worse when higher; of our own metrics it is known.
    """

    rating: str = "rating"
    case: str = "case"
    model: str = "model"
    family: str = "family"
    rater: str = "rater"
    metrics: tuple[str, ...] = ()
    mask: tuple[str, ...] = ()
    lower_is_better: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class ReadMasks:
    """The masks of a table.

    Attributes
    ----------
    by_structure
        Structure -> its masks; "" for a table without a column of structures.
    lower_is_better
        Metrics whose sign was changed.
    left_out
        Columns that are neither metrics nor anything else.
    """

    by_structure: dict[str, RatedMasks]
    lower_is_better: tuple[str, ...]
    left_out: tuple[str, ...]

    @property
    def all(self) -> tuple[RatedMasks, ...]:
        """The masks of each structure."""
        return tuple(self.by_structure.values())

    @property
    def cases(self) -> list[str]:
        """All cases, sorted."""
        return sorted({str(case) for masks in self.all for case in masks.cases})

    @property
    def family_of(self) -> dict[str, str]:
        """Model -> family, of all structures."""
        return {model: of for masks in self.all for model, of in masks.family_of.items()}

    @property
    def families(self) -> tuple[str, ...]:
        """All families, in their order."""
        return tuple(dict.fromkeys(family for masks in self.all for family in masks.families))

    @property
    def models(self) -> list[str]:
        """All models, sorted."""
        return sorted({str(model) for masks in self.all for model in masks.models})


def read_masks(text: TextTable, columns: MaskColumns) -> ReadMasks:
    """Read the masks of a table, structure by structure where a column names them.

    Raises
    ------
    TableError
        With all problems of the table.
    """
    known = list(text.frame.columns)
    problems = _missing_columns(text, columns)
    if problems:
        raise TableError(problems)
    family = columns.family if columns.family in known else None
    rater = columns.rater if columns.rater in known else None
    mask = columns.mask or tuple(name for name in (PROMPT, STRUCTURE) if name in known)
    key = (columns.case, columns.model, *mask)
    metrics = _metrics(text, columns, (*key, columns.rating, family, rater))
    frame = pd.DataFrame({name: text.frame[name] for name in known})
    for column in (columns.rating, *metrics):
        frame[column], wrong = text.numbers(column)
        problems += wrong
    for column in (columns.case, columns.model, *([rater] if rater else [])):
        problems += text.empty_cells(column)
    infinite = np.isinf(frame[columns.rating].to_numpy(dtype=float))
    if infinite.any():
        problems.append(f"{text.name}: {rows(frame.index[infinite])}: the rating is infinite")
    if text.frame[columns.rating].isna().all():
        problems.append(f"{text.name}: there is no rating")
    for column in mask:
        frame[column] = frame[column].fillna("")
    problems += _masks_twice(text, frame, key, rater)
    if problems:
        raise TableError(problems)
    lower = tuple(
        name for name in metrics if name in columns.lower_is_better or _is_lower_better(name)
    )
    apart = STRUCTURE in mask and not columns.mask
    parts = frame.groupby(STRUCTURE) if apart else [("", frame)]
    try:
        by_structure = {
            str(structure): rated_masks(
                part,
                metrics=metrics,
                case=columns.case,
                model=columns.model,
                rating=columns.rating,
                rater=rater,
                family=family,
                mask=[name for name in mask if not (apart and name == STRUCTURE)],
                lower_is_better=lower,
            )
            for structure, part in parts
        }
    except ValueError as error:
        told = dict.fromkeys(str(error).split("; "))
        raise TableError([f"{text.name}: {problem}" for problem in told]) from error
    used = {columns.rating, columns.case, columns.model, columns.family, columns.rater}
    used |= {*columns.mask, *NOT_METRICS, *metrics}
    left_out = tuple(str(name) for name in known if name not in used)
    return ReadMasks(by_structure, lower, left_out)


def _missing_columns(text: TextTable, columns: MaskColumns) -> list[str]:
    named = [
        (columns.rating, "--rating"),
        (columns.case, "--case"),
        (columns.model, "--model"),
        *((name, "--metric") for name in columns.metrics),
        *((name, "--lower-is-better") for name in columns.lower_is_better),
        *((name, "--mask") for name in columns.mask),
    ]
    # Under their usual names these two may be missing.
    named += [(columns.family, "--family")] * (columns.family != MaskColumns.family)
    named += [(columns.rater, "--rater")] * (columns.rater != MaskColumns.rater)
    return [
        problem for name, option in named for problem in text.problems_of_columns([name], option)
    ]


def _metrics(
    text: TextTable, columns: MaskColumns, taken: tuple[str | None, ...]
) -> tuple[str, ...]:
    """Return the metrics: those that were named, else all columns of numbers that are free."""
    metrics = tuple(dict.fromkeys(columns.metrics)) or tuple(
        name
        for name in text.frame.columns
        if name not in {*taken, *NOT_METRICS} and text.is_numeric(name)
    )
    problems = [
        f"{text.name}: “{name}” (--metric) is no metric: it has another meaning here"
        for name in metrics
        if name in taken
    ]
    problems += [
        f"{text.name}: “{name}” (--lower-is-better) is not among the metrics"
        for name in columns.lower_is_better
        if name not in metrics
    ]
    if not metrics:
        problems.append(f"{text.name}: there is no column of numbers to relate to the rating")
    if problems:
        raise TableError(problems)
    return metrics


def _masks_twice(
    text: TextTable, frame: pd.DataFrame, key: tuple[str, ...], rater: str | None
) -> list[str]:
    twice = frame.index[frame.duplicated([*key, *([rater] if rater else [])])]
    if not len(twice):
        return []
    if rater is not None:
        what = "the rater has rated this mask before. Keep one of these ratings"
    else:
        what = "a mask that came before. If raters differ, name their column with --rater"
    return [
        f"{text.name}: {rows(twice)}: {what}, or name the column that tells masks of a case and "
        "model apart with --mask"
    ]


def _is_lower_better(name: str) -> bool:
    try:
        return metric(name).orientation == -1
    except MetricError:
        return False
