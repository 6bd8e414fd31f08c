"""Generalizability studies: which facet of a reading makes ratings differ, and by how much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike

from analysis.agreement.crossed_components import (
    Method,
    Refits,
    anova_components,
    effect_names,
    grid,
    read_facets,
    reml_components,
)
from analysis.agreement.d_study import (
    Coefficient,
    DStudy,
    NumberNeeded,
    d_study,
    d_study_curve,
    how_many_raters,
    variance_parts,
)
from analysis.resampling import (
    LOG_COMPLEMENT,
    Estimate,
    FloatArray,
    Resamples,
    estimate,
    undefined,
)

__all__ = [
    "DStudy",
    "GCoefficients",
    "GStudy",
    "NumberNeeded",
    "d_study",
    "d_study_curve",
    "g_study",
    "generalizability",
    "how_many_raters",
]


_DESCRIBED: dict[Method, str] = {"anova": "expected mean squares", "reml": "REML"}


@dataclass(frozen=True)
class GStudy:
    """Variance components of ratings in a crossed design, or the reason why there are none.

    Attributes
    ----------
    components
        Variance of each facet, of each product of facets ("rater:case"), and of the residual,
        which holds the product of all facets, in squared units of the rating. ANOVA estimates
        may be negative and are given so.
    n_levels
        Number of levels of each facet.
    n_ratings, balanced
        Number of ratings, and whether there is just one for each combination of levels.
    method
        How the components were estimated.
    reason
        Why there are none; None when there are.
    """

    components: dict[str, float]
    n_levels: dict[str, int]
    n_ratings: int
    balanced: bool
    method: str
    reason: str | None = None

    @property
    def shares(self) -> dict[str, float | None]:
        """Share of each component in their sum, negative ones counted as zero."""
        kept = {name: max(value, 0.0) for name, value in self.components.items()}
        total = sum(kept.values())
        return {name: value / total if total > 0 else None for name, value in kept.items()}


@dataclass(frozen=True)
class GCoefficients:
    """Both coefficients with case jackknife-t intervals, and the studies behind them."""

    g: Estimate
    phi: Estimate
    study: GStudy
    decision: DStudy | None


def g_study(
    rating: ArrayLike, facets: Mapping[str, ArrayLike], *, method: Method | None = None
) -> GStudy:
    """Estimate the variance components of a fully crossed random design.

    All facets and products of facets are random; the product of all of them is the residual.
    ANOVA solves the expected mean squares (Brennan RL. Generalizability Theory, 2001, section
    3.4; Cronbach LJ et al. The Dependability of Behavioral Measurements, 1972), needs one rating
    per combination of levels, and gives negative estimates as they come. REML takes any pattern
    of missing ratings and holds variances at zero or above; the two agree on complete data
    where no estimate is negative.

    Parameters
    ----------
    rating
        One number per reading.
    facets
        Labels of each facet, such as rater, case and model.
    method
        "anova", "reml", or None for ANOVA where it can be had and REML elsewhere.

    Raises
    ------
    ValueError
        If lengths differ, a rating is missing or infinite, or there are fewer than two facets;
        all problems at once.

    Examples
    --------
    >>> ratings = [9, 2, 5, 8, 6, 1, 3, 2, 8, 4, 6, 8, 7, 1, 2, 6, 10, 5, 6, 9, 6, 2, 4, 7]
    >>> cases = [case for case in range(6) for _ in range(4)]
    >>> study = g_study(ratings, {"case": cases, "rater": [1, 2, 3, 4] * 6})
    >>> {name: round(value, 4) for name, value in study.components.items()}
    {'case': 2.5556, 'rater': 5.2444, 'residual': 1.0194}
    """
    values, labels = read_facets(rating, facets)
    n_levels = {name: len(np.unique(label)) for name, label in labels.items()}
    table = grid(values, labels)
    chosen: Method = method or ("reml" if table is None else "anova")
    blank = GStudy({}, n_levels, len(values), table is not None, _DESCRIBED[chosen])
    if reason := _why_not(values, n_levels):
        return replace(blank, reason=reason)
    if chosen == "reml":
        found, reason = reml_components(values, labels)
        return replace(blank, components=found, reason=reason)
    if table is None:
        reason = "expected mean squares need one rating for each combination of levels: use REML"
        return replace(blank, reason=reason)
    return replace(blank, components=anova_components(table, effect_names(list(labels))))


def generalizability(
    rating: ArrayLike,
    facets: Mapping[str, ArrayLike],
    measured: str | Sequence[str],
    n: Mapping[str, int] | None = None,
    *,
    cluster: str = "case",
    fixed: Sequence[str] = (),
    method: Method | None = None,
    most_refits: int = 100,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> GCoefficients:
    """Estimate the generalizability coefficient and the index of dependability with intervals.

    The value follows from `g_study` and `d_study`. Intervals: the components are estimated anew
    without each case, by sums over cases (ANOVA) or by a refit from the components of all
    cases (REML); jackknife-t on log(1 - x).

    Parameters
    ----------
    rating, facets, method
        As for `g_study`.
    measured, n, fixed
        As for `d_study`; None for the numbers of levels in the data.
    cluster
        The facet that is left out level by level and resampled.
    most_refits
        With REML and more levels of the cluster than this, no interval is computed: each refit
        of 2,400 ratings takes some tenths of a second.
    level
        Confidence level.
    resamples
        Weights for bootstrap intervals beside; under REML whole-number weights only.

    Raises
    ------
    ValueError
        As `g_study` and `d_study`, or if there is no facet `cluster`.

    Examples
    --------
    >>> ratings = [9, 2, 5, 8, 6, 1, 3, 2, 8, 4, 6, 8, 7, 1, 2, 6, 10, 5, 6, 9, 6, 2, 4, 7]
    >>> cases = [case for case in range(6) for _ in range(4)]
    >>> found = generalizability(ratings, {"case": cases, "rater": [1, 2, 3, 4] * 6}, "case")
    >>> round(found.g.value, 4), round(found.phi.value, 4)
    (0.9093, 0.6201)
    """
    if cluster not in facets:
        raise ValueError(f"no facet {cluster} among {', '.join(facets)}")
    study = g_study(rating, facets, method=method)
    cases = np.unique(np.asarray(facets[cluster]))
    if study.reason is not None:
        nothing = undefined(len(cases), study.method, study.reason)
        return GCoefficients(nothing, nothing, study, None)
    levels = {**study.n_levels, **(n or {})}
    decision = d_study(study.components, measured, levels, fixed=fixed)
    none = {name for name, part in study.components.items() if part < 0}
    closed = study.method == _DESCRIBED["anova"]
    values, labels = read_facets(rating, facets)
    refits = Refits(values, labels, cluster, None if closed else study.components)

    def found(name: Coefficient) -> Estimate:
        described = f"{study.method}; mean over {_over(decision)}"
        value = getattr(decision, name)
        if value is None:
            return undefined(len(cases), described, decision.reason or "")
        if not closed and len(cases) > most_refits:
            reason = f"no interval: {len(cases)} refits, more than most_refits = {most_refits}"
            return Estimate(value, None, None, len(cases), described, reason)

        def coefficient(components: Mapping[str, float]) -> float:
            # What is negative for all cases is zero throughout; other components may pass below
            # zero in a resample, so that the coefficient does not stop short at an edge.
            kept = {label: 0.0 if label in none else part for label, part in components.items()}
            universe, *errors = variance_parts(kept, decision.measured, levels, fixed)
            total = universe + errors[name == "phi"]
            return universe / total if total > 0 else np.nan

        result = estimate(
            refits.statistic(coefficient),
            cases.astype(np.str_),
            LOG_COMPLEMENT,
            why_undefined="the components are undefined",
            level=level,
            resamples=resamples,
        )
        return replace(result, method=f"{described}; {result.method}")

    return GCoefficients(found("g"), found("phi"), study, decision)


def _why_not(values: FloatArray, n_levels: Mapping[str, int]) -> str | None:
    if not len(values):
        return "no ratings"
    for name, levels in n_levels.items():
        if levels < 2:
            return f"{name} has one level: its variance cannot be told"
    return "no variance: the ratings do not vary" if np.ptp(values) == 0 else None


def _over(decision: DStudy) -> str:
    return ", ".join(f"{count} of {facet}" for facet, count in decision.n.items())
