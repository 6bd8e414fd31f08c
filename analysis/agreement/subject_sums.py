"""Sums per subject of repeated measurements by two methods."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.resampling import FloatArray, IntArray

Counted = tuple[FloatArray, FloatArray]
"""Per subject: number of measurements, and their sum of squares about their mean."""


@dataclass(frozen=True, eq=False)
class SubjectSums:
    """What limits of agreement need of each subject.

    Attributes
    ----------
    difference
        Mean of the first method minus mean of the second.
    first, second, pairs
        Number and sum of squares of each method's measurements, and of the paired differences.
    cases
        Number of the case of each subject.
    case_labels
        Label of each case, in the order of their numbers.
    """

    difference: FloatArray
    first: Counted
    second: Counted
    pairs: Counted
    cases: IntArray
    case_labels: NDArray[np.str_]

    @property
    def n_subjects(self) -> int:
        """Number of subjects."""
        return len(self.difference)

    @property
    def n_cases(self) -> int:
        """Number of cases."""
        return len(self.case_labels)

    def over(self, weights: FloatArray, of_subject: FloatArray) -> FloatArray:
        """Return the sum over subjects for each row of case weights."""
        by_case = np.bincount(self.cases, weights=of_subject, minlength=self.n_cases)
        return np.asarray(weights @ by_case)


def subject_sums(
    first: ArrayLike,
    second: ArrayLike,
    subjects: ArrayLike,
    cases: ArrayLike | None,
    *,
    paired: bool,
) -> SubjectSums:
    """Sum measurements per subject; only subjects with measurements of both methods stay.

    `paired` leaves out rows that lack one of the two measurements.
    """
    rows = _rows(first, second, subjects, subjects if cases is None else cases)
    if paired:
        rows = rows[rows["first"].notna() & rows["second"].notna()]
    rows = rows.assign(pair=rows["first"] - rows["second"])
    grouped = rows.groupby("subject", sort=True)
    counts = grouped[["first", "second", "pair"]].count()
    kept = ((counts["first"] > 0) & (counts["second"] > 0)).to_numpy(dtype=bool)
    means = grouped[["first", "second"]].mean()[kept]

    def counted(column: str) -> Counted:
        values = rows[column].to_numpy(dtype=float)
        centred = values - grouped[column].transform("mean").to_numpy(dtype=float)
        # Differences of rounding are none.
        centred[np.abs(centred) <= 1e-12 * np.abs(values)] = 0.0
        squares = pd.Series(centred**2, rows.index).groupby(rows["subject"], sort=True).sum()
        count = counts[column].to_numpy(dtype=float)
        return count[kept], squares.to_numpy(dtype=float)[kept]

    labels = grouped["case"].first().to_numpy(dtype=np.str_)[kept]
    case_labels, numbers = np.unique(labels, return_inverse=True)
    difference = (means["first"] - means["second"]).to_numpy(dtype=float)
    if len(difference) and np.ptp(difference) <= 1e-12 * np.abs(means.to_numpy(dtype=float)).max():
        difference = np.full(len(difference), difference[0])
    return SubjectSums(
        difference,
        counted("first"),
        counted("second"),
        counted("pair"),
        numbers.astype(np.int64),
        case_labels,
    )


def _rows(
    first: ArrayLike, second: ArrayLike, subjects: ArrayLike, cases: ArrayLike
) -> pd.DataFrame:
    one, two = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    who, where = np.asarray(subjects), np.asarray(cases)
    problems = []
    if one.ndim != 1 or not one.shape == two.shape == who.shape == where.shape:
        raise ValueError(
            f"shapes {one.shape}, {two.shape}, {who.shape}, {where.shape} of measurements, "
            "subjects and cases: equal lists are needed"
        )
    infinite = int(np.isinf(one).sum() + np.isinf(two).sum())
    if infinite:
        problems.append(f"{infinite} measurements are infinite")
    nameless = int((pd.isna(who) | pd.isna(where)).sum())
    if nameless:
        problems.append(f"{nameless} rows have no subject or no case")
    rows = pd.DataFrame(
        {"first": one, "second": two, "subject": who.astype(np.str_), "case": where.astype(np.str_)}
    )
    split = rows.groupby("subject")["case"].nunique()
    if (split > 1).any():
        named = ", ".join(str(name) for name in split.index[split > 1][:5])
        problems.append(f"{int((split > 1).sum())} subjects lie in more than one case: {named}")
    if problems:
        raise ValueError("; ".join(problems))
    return rows
