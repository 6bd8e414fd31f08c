"""What there is to measure: the cases of a hand-over, or of a table of pairs."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from analysis.regions import LabelScheme, SchemeError
from analysis.tables import Handover, HandoverError
from analysis.typed_csv import Problems, Table, read_table

PAIRS = Table(
    "pairs.csv",
    {
        "case": "name",
        "model": "name",
        "prompt": "text",
        "reference": "text",
        "reference_mask": "name",
        "mask": "name",
    },
    ("case", "model", "prompt", "reference"),
)
_MAY_BE_MISSING = ("prompt", "reference")


@dataclass(frozen=True)
class CaseTask:
    """A case: masks that share its references, measured in one piece.

    Parameters
    ----------
    case : str
    references : tuple of (str, Path)
        Name and file of each reference mask.
    masks : tuple of (str, str, Path)
        Model, prompt and file of each mask.
    """

    case: str
    references: tuple[tuple[str, Path], ...]
    masks: tuple[tuple[str, str, Path], ...]

    @property
    def pairs(self) -> int:
        """Number of pairs of mask and reference."""
        return len(self.references) * len(self.masks)

    @property
    def files(self) -> tuple[Path, ...]:
        """Every file that is read."""
        return (*(path for _, path in self.references), *(path for _, _, path in self.masks))


def handover_tasks(handover: Handover) -> list[CaseTask]:
    """Return the cases of a hand-over that have a mask and a reference."""
    masks = handover.masks.sort_values(["case", "model", "prompt"])
    references = handover.references.sort_values(["case", "reference"])
    by_case = dict(iter(references.groupby("case")))
    return [
        CaseTask(
            str(case),
            _named(by_case[case]["reference"], handover.folder, by_case[case]["mask"]),
            tuple(
                (model, prompt, handover.folder / mask)
                for model, prompt, mask in theirs[["model", "prompt", "mask"]].itertuples(
                    index=False, name=None
                )
            ),
        )
        for case, theirs in masks.groupby("case")
        if case in by_case
    ]


def handover_scheme(handover: Handover) -> LabelScheme | None:
    """Return the label scheme with the structures that the study asks about, or with all.

    Raises
    ------
    HandoverError
        If the label scheme in study.json cannot be used.
    """
    description = handover.description
    if description.scheme is None:
        return None
    try:
        scheme = LabelScheme.from_dict(description.scheme)
    except SchemeError as error:
        raise HandoverError([f"study.json: the label scheme cannot be used: {error}"]) from error
    asked = description.structures
    if not asked:
        return scheme
    return replace(scheme, structures=tuple(s for s in scheme.structures if s.name in asked))


def read_pairs(path: Path) -> list[CaseTask]:
    """Read a table of pairs to measure, as CSV with one line a pair.

    Columns: `case`, `model`, `reference_mask`, `mask`, and, where there are several, `prompt` and
    `reference` (the name of the reference). Files are named from the folder of the table.

    Raises
    ------
    HandoverError
        With every problem of the table, a missing file among them.
    """
    if not path.is_file():
        raise HandoverError([f"{path}: there is no such file"])
    problems = Problems()
    absent = [name for name in _MAY_BE_MISSING if name not in _header(path)]
    types = {name: kind for name, kind in PAIRS.types.items() if name not in absent}
    table = Table(path.name, types, tuple(name for name in PAIRS.key if name not in absent))
    frame = read_table(path, table, problems)
    for column in ("reference_mask", "mask"):
        for line, name in zip(frame["_line"], frame[column], strict=True):
            if not _is_there(path.parent / name):
                problems.add(path.name, f"{column} {name} is not there", int(line))
    if frame.empty and not problems.sentences():
        problems.add(path.name, "names no pair; give each pair a line")
    frame = frame.assign(**dict.fromkeys(absent, ""))
    tasks = [_pairs_of_case(str(case), rows, path) for case, rows in frame.groupby("case")]
    for task in tasks:
        names = [name for name, _ in task.references]
        for name in sorted({name for name in names if names.count(name) > 1}):
            problems.add(
                path.name,
                f"case `{task.case}` has two files for the reference `{name}`; name them apart",
            )
    if problems.sentences():
        raise HandoverError(problems.sentences())
    return _by_references(tasks, frame, path)


def _header(path: Path) -> list[str]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            return next(csv.reader(stream), [])
    except (OSError, UnicodeDecodeError, csv.Error):
        return []  # read_table tells what is wrong


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a name too long for the disk
        return False


def _named(
    names: Iterable[str], folder: Path, files: Iterable[str]
) -> tuple[tuple[str, Path], ...]:
    return tuple((str(name), folder / file) for name, file in zip(names, files, strict=True))


def _pairs_of_case(case: str, rows: pd.DataFrame, path: Path) -> CaseTask:
    references = rows[["reference", "reference_mask"]].drop_duplicates()
    masks = rows[["model", "prompt", "mask"]].drop_duplicates()
    return CaseTask(
        case,
        _named(references["reference"], path.parent, references["reference_mask"]),
        tuple(
            (model, prompt, path.parent / mask)
            for model, prompt, mask in masks.itertuples(index=False, name=None)
        ),
    )


def _by_references(tasks: list[CaseTask], frame: pd.DataFrame, path: Path) -> list[CaseTask]:
    """Split a case whose references are not paired with all of its masks."""
    whole = []
    for task in tasks:
        rows = frame[frame["case"] == task.case]
        if len(rows) == task.pairs:
            whole.append(task)
        else:
            whole += [
                _pairs_of_case(task.case, theirs, path) for _, theirs in rows.groupby("reference")
            ]
    return whole
