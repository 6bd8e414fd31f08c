"""Agreement of raters with themselves, from masks that they read more than once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.agreement.alpha import Measurement, krippendorff_alpha
from analysis.agreement.icc import intraclass_correlation
from analysis.agreement.mean_squares import cases_of
from analysis.agreement.rating_table import RatingTable
from analysis.agreement.within_subject import within_subject_sd
from analysis.resampling import LOGIT, Estimate, FloatArray, Resamples, estimate, undefined

_NOT_TWICE = "no unit was read twice by the same rater"
_MOST_NAMED = 5


@dataclass(frozen=True)
class IntraRaterAgreement:
    """How well readings of the same unit by the same rater agree.

    Attributes
    ----------
    n_units, n_readings
        Units (rater x unit where raters are pooled) with two readings or more, and their readings.
    alpha
        Krippendorff's alpha, each reading in the place of a rater.
    icc
        ICC(A,1) of the first two readings.
    identical
        Share of pairs of readings with the same rating, averaged over units.
    within_sd
        Within-rater standard deviation of a rating.
    """

    n_units: int
    n_readings: int
    alpha: Estimate
    icc: Estimate
    identical: Estimate
    within_sd: Estimate


@dataclass(frozen=True)
class IntraRater:
    """Intra-rater agreement of each rater, by name, and of all raters together."""

    by_rater: dict[str, IntraRaterAgreement]
    pooled: IntraRaterAgreement


def intra_rater(
    frame: pd.DataFrame,
    *,
    rater: str = "rater",
    unit: str | Sequence[str] = "unit",
    replicate: str = "replicate",
    rating: str = "rating",
    case: str | None = None,
    measurement: Measurement = "ordinal",
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> IntraRater:
    """Estimate test-retest agreement of each rater and of all raters pooled.

    A unit counts for a rater who gave it two ratings or more. Pooled, each rater x unit is one row
    of readings, and all rows of a case stay together in jackknife and bootstrap, so that raters
    who read the same masks do not count as independent. Sources: Krippendorff K. Content Analysis,
    4th ed., 2018, chapter 12 (stability); Bland JM, Altman DG. BMJ 1996;312:1654 (within-rater SD).

    Parameters
    ----------
    frame
        One row per rating.
    rater, unit, replicate, rating
        Columns: who, what (one column or several), which reading, and the number; a missing
        rating is NaN.
    case
        Column of the case of a unit; without it each unit is a case.
    measurement
        Level of measurement of alpha.
    level
        Confidence level.
    resamples
        Weights for the percentile and BCa intervals beside, over the labels of the cases.

    Raises
    ------
    ValueError
        If columns are absent or have gaps, a reading occurs twice, or a unit lies in two cases.

    Examples
    --------
    >>> rows = [("a", 1, 0, 3), ("a", 1, 1, 3), ("a", 2, 0, 1), ("a", 2, 1, 2)]
    >>> table = pd.DataFrame(rows, columns=["rater", "unit", "replicate", "rating"])
    >>> intra_rater(table).by_rater["a"].identical.value
    0.5
    """
    key = [unit] if isinstance(unit, str) else list(unit)
    rows = _checked(frame, [rater, *key, replicate], rating, case)
    index = [rater, *key, *([case] if case and case not in key else [])]
    wide = rows.pivot(index=index, columns=replicate, values=rating).sort_index()
    read = wide.notna().sum(axis=1) >= 2
    owner = wide.index.get_level_values(rater).astype(str).to_numpy()
    if case:
        cases = wide.index.get_level_values(case).to_numpy()
    else:
        cases = np.array(["/".join(map(str, row[1:])) for row in wide.index], dtype=np.str_)
    readings, twice = wide.to_numpy(dtype=float), read.to_numpy()

    def of(chosen: np.ndarray) -> IntraRaterAgreement:
        table = RatingTable.of(readings[chosen], cases[chosen])
        return _agreement(table, measurement, level, resamples)

    raters = sorted(set(owner))
    return IntraRater({name: of(twice & (owner == name)) for name in raters}, of(twice))


def _checked(frame: pd.DataFrame, key: list[str], rating: str, case: str | None) -> pd.DataFrame:
    columns = [*key, *([case] if case else [])]
    absent = [name for name in [*columns, rating] if name not in frame.columns]
    if absent:
        raise ValueError(f"no column {', '.join(absent)}")
    problems = [f"column {name} has gaps" for name in columns if frame[name].isna().any()]
    twice = frame[frame.duplicated(key)]
    if len(twice):
        named = [
            "/".join(str(row[name]) for name in key) for _, row in twice[:_MOST_NAMED].iterrows()
        ]
        problems.append(f"{len(twice)} readings occur twice: {', '.join(named)}")
    if case and case not in key:
        n_cases = frame.groupby(key[1:-1])[case].nunique()
        split = n_cases[n_cases > 1]
        if len(split):
            named = [str(name) for name in split.index[:_MOST_NAMED]]
            problems.append(f"{len(split)} units lie in more than one case: {', '.join(named)}")
    if problems:
        raise ValueError("; ".join(problems))
    return frame


def _agreement(
    table: RatingTable, measurement: Measurement, level: float, resamples: Resamples | None
) -> IntraRaterAgreement:
    if not len(table.values):
        none = undefined(0, "intra-rater", _NOT_TWICE)
        return IntraRaterAgreement(0, 0, none, none, none, none)
    alpha = krippendorff_alpha(table, measurement, level=level, resamples=resamples)
    icc = intraclass_correlation(_first_two(table), level=level, resamples=resamples)
    return IntraRaterAgreement(
        n_units=len(table.values),
        n_readings=table.n_ratings,
        alpha=replace(alpha, method=f"{measurement}; {alpha.method}"),
        icc=replace(icc, method=f"first two readings; {icc.method}"),
        identical=_identical(table, level, resamples),
        within_sd=within_subject_sd(table, level=level, resamples=resamples),
    )


def _first_two(table: RatingTable) -> RatingTable:
    """Return the first two readings of each unit, whatever replicates they are."""
    order = np.argsort(np.isnan(table.values), axis=1, kind="stable")[:, :2]
    values = np.take_along_axis(table.values, order, axis=1)
    return RatingTable(values, table.cases, table.case_names, ("first", "second"))


def _identical(table: RatingTable, level: float, resamples: Resamples | None) -> Estimate:
    values = table.values
    equal = (values[:, :, None] == values[:, None, :]).sum(axis=(1, 2))
    read = np.isfinite(values).sum(axis=1)
    shares = np.bincount(table.cases, weights=(equal - read) / (read * (read - 1)))
    units = np.bincount(table.cases).astype(float)

    def statistic(weights: FloatArray) -> FloatArray:
        with np.errstate(invalid="ignore"):
            return np.asarray((weights @ shares) / (weights @ units))

    return estimate(
        statistic,
        cases_of(table),
        LOGIT,
        why_undefined=_NOT_TWICE,
        level=level,
        resamples=resamples,
    )
