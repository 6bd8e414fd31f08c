"""The columns of a mixed model: fixed effects, crossed grouping factors, random slopes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import sparse

from analysis.resampling import FloatArray, IntArray

INTERCEPT = "intercept"


def interaction(*labels: ArrayLike) -> NDArray[np.int64]:
    """Return one label per combination: the product of grouping factors, such as case x model.

    Examples
    --------
    >>> interaction(["a", "a", "b"], [1, 2, 1]).tolist()
    [0, 1, 2]
    """
    columns = [np.unique(np.asarray(label), return_inverse=True)[1] for label in labels]
    _, numbers = np.unique(np.column_stack(columns), axis=0, return_inverse=True)
    return numbers.ravel().astype(np.int64)


def missing_labels(labels: Mapping[str, NDArray[np.generic]]) -> list[str]:
    """Return a sentence for each column of labels in which some are missing."""
    counts = {name: int(pd.isna(label).sum()) for name, label in labels.items()}
    return [f"{name}: {count} labels are missing" for name, count in counts.items() if count]


@dataclass(frozen=True, eq=False)
class RandomTerm:
    """A random intercept or slope: one independent effect per level of a grouping factor."""

    name: str
    levels: IntArray
    n_levels: int
    column: FloatArray


@dataclass(frozen=True, eq=False)
class Design:
    """Checked columns of a mixed model, and the reason why it cannot be fitted, if there is one."""

    response: FloatArray
    names: tuple[str, ...]
    fixed: FloatArray
    terms: tuple[RandomTerm, ...]
    reason: str | None

    def random_columns(self) -> sparse.csr_array:
        """Return the rows x effects matrix of all random terms, in their order."""
        rows = np.arange(len(self.response))
        parts = [
            sparse.csr_array((term.column, (rows, term.levels)), shape=(len(rows), term.n_levels))
            for term in self.terms
        ]
        return sparse.csr_array(sparse.hstack(parts)) if parts else sparse.csr_array((len(rows), 0))

    def term_of_column(self) -> IntArray:
        """Return for each random effect the number of its term."""
        return np.repeat(np.arange(len(self.terms)), [term.n_levels for term in self.terms])


def read_design(
    response: ArrayLike,
    fixed: Mapping[str, ArrayLike] | None,
    groups: Mapping[str, ArrayLike],
    slopes: Mapping[str, ArrayLike] | None,
    *,
    intercept: bool,
    residual_variance: bool,
) -> Design:
    """Check the columns and name every problem at once.

    Parameters
    ----------
    response, fixed, groups, slopes
        As for `fit_mixed_model`.
    intercept
        Whether the first fixed column is a constant.
    residual_variance
        Whether the model has a residual: a factor with one row per level is then no factor.

    Raises
    ------
    ValueError
        If lengths differ, numbers are missing or infinite, labels are missing, or a slope has no
        grouping factor.
    """
    y = np.asarray(response, dtype=float)
    n = len(y) if y.ndim == 1 else -1
    columns = {name: np.asarray(column, dtype=float) for name, column in (fixed or {}).items()}
    along = {name: np.asarray(column, dtype=float) for name, column in (slopes or {}).items()}
    labels = {name: np.asarray(label) for name, label in groups.items()}
    problems = [] if y.ndim == 1 else [f"the response has {y.ndim} axes, not one"]
    problems += [
        f"{name}: shape {column.shape} for {n} rows"
        for name, column in [*columns.items(), *along.items(), *labels.items()]
        if column.shape != (n,)
    ]
    numbers = [("response", y), *columns.items(), *along.items()]
    problems += [
        f"{name}: {int((~np.isfinite(column)).sum())} missing or infinite"
        for name, column in numbers
        if not np.isfinite(column).all()
    ]
    problems += missing_labels(labels)
    problems += [f"the slope of {name} has no grouping factor" for name in along.keys() - labels]
    if intercept and INTERCEPT in columns:
        problems.append("the intercept is put in already: leave that column out")
    if problems:
        raise ValueError("; ".join(problems))
    terms = _terms(labels, along)
    constant = {INTERCEPT: np.ones(n)} if intercept else {}
    matrix = np.column_stack([*constant.values(), *columns.values(), np.empty((n, 0))])
    names = (*constant, *columns)
    reason = _dependent(matrix, names) or _no_factor(terms, n, residual_variance)
    return Design(y, names, matrix, terms, reason)


def _terms(
    labels: Mapping[str, NDArray[np.generic]], slopes: Mapping[str, FloatArray]
) -> tuple[RandomTerm, ...]:
    terms = []
    for name, label in labels.items():
        found, levels = np.unique(label, return_inverse=True)
        terms.append(RandomTerm(name, levels, len(found), np.ones(len(levels))))
        if name in slopes:
            terms.append(RandomTerm(f"{name} slope", levels, len(found), slopes[name]))
    return tuple(terms)


def _dependent(matrix: FloatArray, names: tuple[str, ...]) -> str | None:
    n, p = matrix.shape
    if n <= p:
        return f"{n} rows for {p} fixed effects"
    length = np.linalg.norm(matrix, axis=0)
    if (length == 0).any():
        return f"the fixed column {names[int(np.argmin(length))]} is zero everywhere"
    kept: list[int] = []
    for j in range(p):
        if np.linalg.matrix_rank(matrix[:, [*kept, j]] / length[[*kept, j]]) == len(kept):
            return f"the fixed column {names[j]} is a combination of those before it"
        kept.append(j)
    return None


def _no_factor(terms: tuple[RandomTerm, ...], n: int, residual_variance: bool) -> str | None:
    intercepts = [term for term in terms if not term.name.endswith(" slope")]
    for term in intercepts:
        if term.n_levels < 2:
            return f"{term.name} has one level: its variance cannot be told"
        if residual_variance and term.n_levels >= n:
            return f"{term.name} has one row per level: its variance is that of the residual"
    for term in terms:
        if term not in intercepts and np.ptp(term.column) == 0:
            return f"the column of the {term.name} does not vary"
    for number, one in enumerate(intercepts):
        for other in intercepts[:number]:
            both = len(np.unique(one.levels * other.n_levels + other.levels))
            if both == one.n_levels == other.n_levels:
                return f"{other.name} and {one.name} group the rows alike"
    return None
