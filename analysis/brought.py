"""Columns that the analyst brings along: further numbers of a mask, related to ratings as metrics.

A similarity of text and image, an estimated quality, a model's own confidence: whatever somebody
has computed elsewhere stands in a CSV file with the columns case and model, prompt and structure if
wanted, and any columns of numbers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.any_table import TableError, TextTable, read_text_table, rows
from analysis.measuring import handover_scheme
from analysis.metrics import MetricError, metric
from analysis.resampling import FloatArray
from analysis.tables import MASK_KEY, Handover, unguard_text

NAMING = (*MASK_KEY, "structure")
"""Columns that say what a row is about; case and model must be there."""
RATING = "rating"
_MOST_SHOWN = 60


@dataclass(frozen=True)
class ColumnsFile:
    """A file of columns, and which of them are worse when higher."""

    path: Path
    lower_is_better: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class BroughtColumns:
    """Columns that were read and fit the study.

    Attributes
    ----------
    file
        Name of the file.
    frame
        Columns case, model, prompt, structure ("" is the whole mask) and one of float64 for each
        name, as they stand in the file; NaN where there is no number.
    names
        Of the columns of numbers.
    lower_is_better
        Those that are worse when higher.
    """

    file: str
    frame: pd.DataFrame
    names: tuple[str, ...]
    lower_is_better: frozenset[str]

    def beside(self, structure: str) -> pd.DataFrame:
        """Return what stands beside the metrics of a structure, signed so that more is better.

        A number of the whole mask holds for the mean over structures, and for every structure for
        which the mask has no number of its own. Columns without a number there are left out. The
        index is case, model and prompt.
        """
        by_mask = self.frame.set_index(MASK_KEY)
        names = list(self.names)
        own = by_mask.loc[by_mask["structure"] == structure, names]
        whole = by_mask.loc[by_mask["structure"] == "", names]
        found = own.combine_first(whole)[names].dropna(axis="columns", how="all")
        signs = {name: -1.0 if name in self.lower_is_better else 1.0 for name in found}
        return found * pd.Series(signs, dtype=float)

    def to_dict(self) -> dict[str, Any]:
        """Return where the columns come from, and which end of each is the better one."""
        ends = {name: -1 if name in self.lower_is_better else 1 for name in self.names}
        return {
            "file": self.file,
            "columns": {name: {"orientation": end} for name, end in ends.items()},
        }


def read_brought(file: ColumnsFile, handover: Handover) -> BroughtColumns:
    """Read further columns of the masks of a study.

    Without a column prompt a row is about the only mask that its model has in the case. Without a
    column structure, or where its cell is empty, a row is about the whole mask.

    Raises
    ------
    TableError
        With all problems at once: a case, model, mask or structure that the study has not, two
        rows about the same, a cell that is no number, a column with the name of a metric that is
        measured here.
    """
    masks = handover.masks
    words = {*masks["case"], *masks["model"], *masks["prompt"], *handover.description.structures}
    text = read_text_table(file.path, sorted(words - {""}))
    numbers_of = read_text_table(file.path)  # what stands for no number may be somebody's name
    names = tuple(str(name) for name in text.frame.columns if name not in NAMING)
    problems = text.problems_of_columns(MASK_KEY[:2], "which names the mask")
    frame = pd.DataFrame()
    if not problems:
        frame, problems = _what_rows_are_about(text, handover)
    problems += _problems_of_names(text, names, file.lower_is_better)
    columns: dict[str, FloatArray] = {}
    for name in names:
        numbers, wrong = numbers_of.numbers(name)
        problems += wrong
        if not wrong and np.isnan(numbers).all():
            problems.append(f"{text.name}: “{name}” has no number")
        columns[name] = numbers
    if problems:
        raise TableError(problems)
    frame = frame.assign(**columns).reset_index(drop=True)
    return BroughtColumns(text.name, frame, names, frozenset(file.lower_is_better))


def _what_rows_are_about(text: TextTable, handover: Handover) -> tuple[pd.DataFrame, list[str]]:
    """Return case, model, prompt and structure of each row, and what is wrong with them."""
    frame = pd.DataFrame({name: _cells(text, name) for name in NAMING})
    problems = text.empty_cells("case") + text.empty_cells("model")
    of_mask: dict[tuple[str, str], list[tuple[str, str, str]]] = {}
    for case, model, prompt in handover.masks[MASK_KEY].itertuples(index=False, name=None):
        of_mask.setdefault((case.strip(), model.strip()), []).append((case, model, prompt))
    cases, models = ({key[at] for key in of_mask} for at in range(2))
    problems += _unknown(text, frame["case"], cases.__contains__)
    problems += _unknown(text, frame["model"], models.__contains__)
    problems += _unknown(text, frame["structure"], _is_structure(handover))
    no_mask: list[int] = []
    several: list[int] = []
    matched: dict[int, tuple[str, str, str]] = {}
    for row, case, model, prompt in zip(frame.index, *(frame[c] for c in MASK_KEY), strict=True):
        found = of_mask.get((case, model), [])
        if "prompt" in text.frame:
            found = [mask for mask in found if mask[2].strip() == prompt]
        if len(found) == 1:
            matched[row] = found[0]
        elif case in cases and model in models:
            (several if found else no_mask).append(row)
    named = "model with this prompt" if "prompt" in text.frame else "model"
    whole = pd.DataFrame.from_dict(matched, orient="index", columns=MASK_KEY)
    whole["structure"] = frame["structure"]
    told: dict[str, Sequence[int]] = {
        f"the study has no mask of this case and {named}": no_mask,
        "the model has masks of several prompts here: name them in a column “prompt”": several,
        "about the same as a row that came before": list(whole.index[whole.duplicated()]),
    }
    problems += [f"{text.name}: {rows(at)}: {what}" for what, at in told.items() if at]
    return whole, problems


def _cells(text: TextTable, name: str) -> pd.Series:
    if name not in text.frame:
        return pd.Series("", index=text.frame.index, dtype="str")
    # Tables of ours, which somebody may have added a column to, guard some names.
    return text.frame[name].fillna("").map(unguard_text).str.strip().astype("str")


def _unknown(text: TextTable, cells: pd.Series, is_known: Callable[[str], bool]) -> list[str]:
    """Name the cells that the study does not know."""
    wrong = cells[[bool(cell) and not is_known(cell) for cell in cells]]
    if wrong.empty:
        return []
    shown = ", ".join(f"“{cell}”" for cell in dict.fromkeys(wrong))
    if len(shown) > _MOST_SHOWN:
        shown = f"{shown[:_MOST_SHOWN]}…"
    return [f"{text.name}: {rows(wrong.index)}: the study has no {cells.name} {shown}"]


def _is_structure(handover: Handover) -> Callable[[str], bool]:
    scheme = handover_scheme(handover)
    of_scheme = tuple(each.name for each in scheme.structures) if scheme else ()
    names = handover.description.structures or of_scheme
    # Without a label scheme every label is a structure.
    return names.__contains__ if names else lambda name: name.startswith("label_")


def _problems_of_names(text: TextTable, names: Sequence[str], lower: Sequence[str]) -> list[str]:
    problems = [] if names else [f"{text.name}: there is no column of numbers"]
    if "" in names:
        problems.append(f"{text.name}: a column has no name")
    problems += [
        f"{text.name}: “{name}” is the name of a number that the analysis has of its own; give the "
        "column another name"
        for name in names
        if _is_ours(name)
    ]
    problems += text.problems_of_columns(dict.fromkeys(lower), "--lower-is-better")
    problems += [
        f"{text.name}: “{name}” (--lower-is-better) is no column of numbers"
        for name in lower
        if name in NAMING and name in text.frame
    ]
    return problems


def _is_ours(name: str) -> bool:
    if name.lower() == RATING:
        return True
    try:
        metric(name.lower())
    except MetricError:
        return False
    return True
