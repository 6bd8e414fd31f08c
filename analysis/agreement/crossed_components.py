"""Variance components of long ratings in a crossed design, and anew for weighted cases."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.agreement.anova_components import expected_mean_square_components, subsets
from analysis.agreement.d_study import RESIDUAL
from analysis.mixed.design import interaction, missing_labels
from analysis.mixed.reml import fit_mixed_model
from analysis.resampling import FloatArray, IntArray, Statistic

Method = Literal["anova", "reml"]
Components = dict[str, float]
Coded = dict[str, IntArray]


def read_facets(rating: ArrayLike, facets: Mapping[str, ArrayLike]) -> tuple[FloatArray, Coded]:
    """Return ratings and numbered levels.

    Raises
    ------
    ValueError
        If lengths differ, a rating or label is missing, a rating is infinite, a name holds ":" or
        is "residual", or there are fewer than two facets; all problems at once.
    """
    values = np.asarray(rating, dtype=float)
    labels = {name: np.asarray(label) for name, label in facets.items()}
    problems = [] if values.ndim == 1 else [f"the ratings have {values.ndim} axes, not one"]
    problems += [
        f"{name}: shape {label.shape} for {values.shape} ratings"
        for name, label in labels.items()
        if label.shape != values.shape
    ]
    problems += missing_labels(labels)
    if not np.isfinite(values).all():
        problems.append(f"{int((~np.isfinite(values)).sum())} ratings are missing or infinite")
    if len(labels) < 2:
        problems.append(f"{len(labels)} facets, at least two are needed")
    problems += [f"no facet may be called {name}" for name in labels if ":" in name]
    if RESIDUAL in labels:
        problems.append(f"no facet may be called {RESIDUAL}")
    if problems:
        raise ValueError("; ".join(problems))
    return values, {
        name: np.unique(label, return_inverse=True)[1].astype(np.int64)
        for name, label in labels.items()
    }


def effect_names(facets: list[str]) -> list[str]:
    """Return the names of all effects in the order of `subsets`; all facets are the residual."""
    names = [":".join(facets[axis] for axis in effect) for effect in subsets(len(facets))]
    return [*names[:-1], RESIDUAL]


def grid(values: FloatArray, labels: Coded) -> NDArray[np.float64] | None:
    """Return the ratings with one axis per facet, or None unless each cell holds just one."""
    shape = tuple(int(level.max()) + 1 if len(level) else 0 for level in labels.values())
    if np.prod(shape) != len(values) or not len(values):
        return None
    table = np.full(shape, np.nan)
    table[tuple(labels.values())] = values
    return None if np.isnan(table).any() else table


def reml_components(
    values: FloatArray, labels: Coded, start: Mapping[str, float] | None = None
) -> tuple[Components, str | None]:
    """Return components by REML, in the order of `effect_names`, or the reason for none."""
    groups = {
        name: interaction(*(labels[facet] for facet in name.split(":")))
        for name in effect_names(list(labels))[:-1]
    }
    fit = fit_mixed_model(values, groups=groups, start=start)
    return fit.variance, fit.reason


def anova_components(table: NDArray[np.float64], names: list[str]) -> Components:
    """Return components from the mean squares of a complete table."""
    found = expected_mean_square_components(table, 0, np.ones((1, len(table))))[0]
    return dict(zip(names, found.tolist(), strict=True))


class Refits:
    """Components anew for weighted levels of one facet.

    From sums where `start` is None (the data must be complete), else by REML from `start`.
    """

    def __init__(
        self, values: FloatArray, labels: Coded, cluster: str, start: Components | None
    ) -> None:
        """Keep the ratings; `cluster` is the facet whose levels are weighted."""
        self._values, self._labels, self._start = values, labels, start
        self._names, self._cluster = list(labels), cluster
        self._table = None if start is not None else grid(values, labels)
        # Several coefficients ask for the same refits.
        self._known: dict[bytes, Components | None] = {}

    def statistic(self, coefficient: Callable[[Components], float]) -> Statistic:
        """Return a coefficient of the components as a function of the weights."""
        names = effect_names(self._names)

        def statistic(weights: FloatArray) -> FloatArray:
            if self._table is None:
                return np.array([self._refitted(row, coefficient) for row in weights])
            axis = self._names.index(self._cluster)
            found = expected_mean_square_components(self._table, axis, weights)
            return np.array(
                [
                    coefficient(dict(zip(names, row.tolist(), strict=True)))
                    if np.isfinite(row).all()
                    else np.nan
                    for row in found
                ]
            )

        return statistic

    def _refitted(self, weights: FloatArray, coefficient: Callable[[Components], float]) -> float:
        key = weights.tobytes()
        if key not in self._known:
            self._known[key] = self._refit(weights)
        found = self._known[key]
        return np.nan if found is None else coefficient(found)

    def _refit(self, weights: FloatArray) -> Components | None:
        counts = weights.astype(np.int64)
        if (counts != weights).any():
            raise ValueError("refits by REML need whole-number weights: bootstrap, not Bayesian")
        cluster = self._labels[self._cluster]
        rows = np.repeat(np.arange(len(cluster)), counts[cluster])
        # A level that is drawn twice is two levels.
        copies = np.arange(len(rows)) - np.searchsorted(rows, rows)
        labels = {name: level[rows] for name, level in self._labels.items()}
        labels[self._cluster] = interaction(labels[self._cluster], copies)
        found, reason = reml_components(self._values[rows], labels, self._start)
        return None if reason else found
