"""The table that every ranking starts from: one value per case and model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.resampling import FloatArray

Undefined = Literal["worst", "omit"]
_MOST_NAMED = 5


@dataclass(frozen=True, eq=False)
class CaseValues:
    """One value of a metric, or one rating, per case and model, and which way is up.

    Attributes
    ----------
    values
        Cases x models, as measured; NaN where undefined (an infinite distance counts as such).
    higher_is_better
        The direction: True for Dice and ratings, False for distances.
    models
        Label of each model, in the order of the columns.
    case_names
        Label of each case, in the order of the rows, sorted.
    worst_value
        What an undefined value stands for; None when it ranks behind every defined one.
    n_undefined
        Undefined values of each model, before any case was left out.
    n_omitted
        Cases left out because a model has no value there.
    """

    values: FloatArray
    higher_is_better: bool
    models: tuple[str, ...]
    case_names: NDArray[np.str_]
    worst_value: float | None
    n_undefined: tuple[int, ...]
    n_omitted: int

    @classmethod
    def of(
        cls,
        values: ArrayLike,
        *,
        higher_is_better: bool,
        models: Sequence[object] | None = None,
        cases: Sequence[object] | NDArray[np.generic] | None = None,
        undefined: Undefined = "worst",
        worst_value: float | None = None,
    ) -> CaseValues:
        """Make a table from an array of cases x models.

        Parameters
        ----------
        values
            Cases x models; NaN or an infinite value in the bad direction is undefined.
        higher_is_better
            The direction of the metric; there is no default, since a guess would turn a ranking
            round.
        models, cases
            Labels; 1, 2, 3 ... when not given. Tables that are combined (several structures) and
            do not have the same cases need labels.
        undefined
            "worst": an undefined value is a failure of the model and ranks worst, the advice of
            Maier-Hein et al., Nat Commun 2018;9:5217. "omit": a case in which any model has no
            value is left out for all models. (challengeR's "na.rm" leaves it out for that model
            alone and then compares models on different cases; not offered.)
        worst_value
            With "worst": the value that stands for an undefined one everywhere, such as 0 for a
            Dice. Without it an undefined value ranks behind every defined value of its case, and
            counts as the worst value of the whole table in means, medians and tests.

        Raises
        ------
        ValueError
            If the array is not cases x models, labels do not fit or repeat, a value is infinitely
            good, or a value is worse than `worst_value`.

        Examples
        --------
        >>> dice = CaseValues.of([[0.9, 0.8], [0.7, float("nan")]], higher_is_better=True)
        >>> dice.n_undefined
        (0, 1)
        """
        table = np.array(values, dtype=float)
        if table.ndim != 2:
            raise ValueError(f"values have {table.ndim} axes, not two: cases x models")
        names = tuple(str(m) for m in (range(1, table.shape[1] + 1) if models is None else models))
        # Numbers with leading zeros sort as text in their own order.
        width = len(str(len(table)))
        numbers = [f"{at:0{width}d}" for at in range(1, len(table) + 1)]
        labels = np.asarray(numbers if cases is None else cases)
        problems = _label_problems(table, names, labels.astype(np.str_))
        if undefined not in get_args(Undefined):
            problems.append(f"undefined={undefined!r} is neither 'worst' nor 'omit'")
        sign = 1.0 if higher_is_better else -1.0
        best = int((sign * table == np.inf).sum())
        if best:
            problems.append(f"{best} values are infinitely good")
        table[np.isinf(table)] = np.nan
        if worst_value is not None:
            problems += _worst_problems(sign * table, sign * worst_value, undefined)
        if problems:
            raise ValueError("; ".join(problems))
        order = np.argsort(labels.astype(np.str_))
        table, labels = table[order], labels[order]
        lacking = np.isnan(table)
        kept = ~lacking.any(axis=1) if undefined == "omit" else np.ones(len(table), dtype=bool)
        return cls(
            table[kept],
            higher_is_better,
            names,
            labels.astype(np.str_)[kept],
            worst_value,
            tuple(int(n) for n in lacking.sum(axis=0)),
            int((~kept).sum()),
        )

    @classmethod
    def from_long(
        cls,
        frame: pd.DataFrame,
        *,
        case: str,
        model: str,
        value: str,
        higher_is_better: bool,
        undefined: Undefined = "worst",
        worst_value: float | None = None,
    ) -> CaseValues:
        """Make a table from one row per case and model; a missing row is an undefined value.

        Raises
        ------
        ValueError
            If a case and model occur twice (average over raters or replicates first).
        """
        twice = frame[frame.duplicated([case, model])]
        if len(twice):
            pairs = twice[[case, model]].astype(str).agg("/".join, axis=1)
            named = ", ".join(pairs[:_MOST_NAMED])
            raise ValueError(f"{len(twice)} rows repeat a case and model: {named}")
        wide = frame.pivot(index=case, columns=model, values=value)
        return cls.of(
            wide.to_numpy(dtype=float),
            higher_is_better=higher_is_better,
            models=[str(name) for name in wide.columns],
            cases=wide.index.to_numpy(),
            undefined=undefined,
            worst_value=worst_value,
        )

    @property
    def n_cases(self) -> int:
        """Number of cases."""
        return len(self.values)

    @property
    def gains(self) -> FloatArray:
        """Values with the better ones higher, undefined ones replaced: for means and tests."""
        gains = self._signed()
        worst = self._worst_gain()
        if worst is None:
            worst = float(np.nanmin(gains)) if np.isfinite(gains).any() else np.nan
        return np.where(np.isnan(gains), worst, gains)

    @property
    def order_gains(self) -> FloatArray:
        """Values with the better ones higher, undefined ones last: for ranks within a case."""
        gains, worst = self._signed(), self._worst_gain()
        return np.where(np.isnan(gains), -np.inf if worst is None else worst, gains)

    def why_not(self) -> str | None:
        """Return why no ranking can be made of this table, or None."""
        if len(self.models) < 2:
            return f"{len(self.models)} models: at least 2 are needed for a ranking"
        if not self.n_cases:
            left = f", {self.n_omitted} left out" if self.n_omitted else ""
            return f"no case in which all models have a value{left}" if left else "no case"
        if not np.isfinite(self.values).any():
            return "no model has a value in any case"
        return None

    def _signed(self) -> FloatArray:
        return self.values if self.higher_is_better else -self.values

    def _worst_gain(self) -> float | None:
        if self.worst_value is None:
            return None
        return self.worst_value if self.higher_is_better else -self.worst_value


def _label_problems(
    table: FloatArray, names: tuple[str, ...], labels: NDArray[np.str_]
) -> list[str]:
    problems = []
    if len(names) != table.shape[1]:
        problems.append(f"{len(names)} model labels for {table.shape[1]} columns")
    if labels.shape != (len(table),):
        problems.append(f"{labels.size} case labels for {len(table)} rows")
    for what, given in (("model", list(names)), ("case", labels.ravel().tolist())):
        repeated = sorted({name for name in given if given.count(name) > 1})
        if repeated:
            problems.append(f"{what} named more than once: {', '.join(repeated[:_MOST_NAMED])}")
    return problems


def _worst_problems(gains: FloatArray, worst_gain: float, undefined: Undefined) -> list[str]:
    problems = []
    if not np.isfinite(worst_gain):
        problems.append("the worst value is not a finite number")
    if undefined == "omit":
        problems.append("a worst value has no use where cases without a value are left out")
    beyond = int((gains < worst_gain).sum())
    if beyond:
        problems.append(f"{beyond} values are worse than the worst value")
    return problems
