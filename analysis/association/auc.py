"""Area under the ROC curve of a metric against the verdict "acceptable", by case weights."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from analysis.association.acceptability import Verdicts, VerdictsByLevel, VerdictsLike, as_verdicts
from analysis.association.auc_variance import AreaUnderCurve, delong, obuchowski
from analysis.resampling import (
    FISHER_Z,
    LOGIT,
    Estimate,
    FloatArray,
    IntArray,
    Interval,
    Resamples,
    Statistic,
    blocks,
    estimate,
    method_on,
    undefined,
)

# Beyond it a table of cases x cases costs more than sorting the masks.
_MOST_CASES_SQUARED = 1000
_PAIRS_AT_ONCE = 2**21
_NO_RESAMPLE = "a verdict is missing"


@dataclass(frozen=True)
class AucFamilyContrast:
    """Areas averaged over the models of two families, and the difference.

    Attributes
    ----------
    first, second
        Mean area over the models of each family.
    difference
        First minus second; its p value tests zero.
    models
        Number of models of each family.
    """

    first: Estimate
    second: Estimate
    difference: Estimate
    models: tuple[int, int]


def auc(
    verdicts: VerdictsLike, *, level: float = 0.95, resamples: Resamples | None = None
) -> Estimate:
    """Estimate the area under the ROC curve, the chance that an acceptable mask is the better one.

    Ties count half (Mann HB, Whitney DR. Ann Math Stat 1947;18:50-60; Bamber D. J Math Psychol
    1975;12:387-415). Interval: case jackknife-t on the logit scale; beside it, after those of the
    bootstrap, Obuchowski's interval for clustered masks (1997) and DeLong's for independent ones
    (1988). An area below one half is reported as such: the direction is stated, never chosen by
    the data. scikit-learn's roc_auc_score raises or gives NaN with a warning on one verdict only.

    Parameters
    ----------
    verdicts
        Metric, verdict and case of each mask.
    level
        Confidence level.
    resamples
        Weights of the cases for bootstrap intervals.

    Examples
    --------
    >>> dsc, acceptable = [0.9, 0.8, 0.7, 0.6, 0.5], [True, True, False, True, False]
    >>> round(auc(Verdicts.of(dsc, acceptable)).value, 4)
    0.8333
    """
    verdicts = as_verdicts(verdicts)
    reason = verdicts.why_one_sided()
    if reason:
        return undefined(verdicts.n_cases, method_on(LOGIT), reason)
    estimated = estimate(
        auc_statistic(verdicts),
        verdicts.case_names,
        LOGIT,
        why_undefined=_NO_RESAMPLE,
        level=level,
        resamples=resamples,
    )
    closed = (_interval(form(verdicts, level)) for form in (obuchowski, delong))
    return replace(estimated, beside=(*estimated.beside, *closed))


def _interval(area: AreaUnderCurve) -> Interval:
    return Interval(area.low, area.high, area.method, area.reason)


def auc_statistic(verdicts: Verdicts) -> Statistic:
    """Return the area as a function of case weights; NaN where a verdict has no weight."""
    if not len(verdicts.metric):
        return lambda weights: np.full(len(weights), np.nan)
    if verdicts.n_cases > _MOST_CASES_SQUARED:
        return _by_sorting(verdicts)
    right = _pairs_on_the_right_side(verdicts)
    accepted = np.bincount(verdicts.cases, verdicts.acceptable, verdicts.n_cases)
    others = np.bincount(verdicts.cases, ~verdicts.acceptable, verdicts.n_cases)

    def statistic(weights: FloatArray) -> FloatArray:
        pairs = (weights @ accepted) * (weights @ others)
        return _share(((weights @ right) * weights).sum(axis=1), pairs)

    return statistic


def _share(right: FloatArray, pairs: FloatArray) -> FloatArray:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(pairs > 0, right / pairs, np.nan)


def _pairs_on_the_right_side(verdicts: Verdicts) -> FloatArray:
    """Count for each case of an acceptable mask x case of another how many pairs are right."""
    level = np.unique(verdicts.toward, return_inverse=True)[1]
    by_case = np.argsort(verdicts.cases, kind="stable")
    accepted = by_case[verdicts.acceptable[by_case]]
    others = by_case[~verdicts.acceptable[by_case]]
    right = np.zeros((verdicts.n_cases, verdicts.n_cases))
    if not len(accepted) or not len(others):
        return right
    columns, starts = np.unique(verdicts.cases[others], return_index=True)
    step = max(1, _PAIRS_AT_ONCE // len(others))
    for start in range(0, len(accepted), step):
        some = accepted[start : start + step]
        signs = np.sign(level[some, None] - level[others])
        counts = np.add.reduceat((signs + 1) / 2, starts, axis=1)
        np.add.at(right, (verdicts.cases[some, None], columns), counts)
    return right


def _by_sorting(verdicts: Verdicts) -> Statistic:
    by_level = VerdictsByLevel.of(verdicts)

    def one(weights: FloatArray) -> FloatArray:
        accepted, others = by_level.sums(weights)
        below = np.cumsum(others, axis=1) - others / 2
        pairs = accepted.sum(axis=1) * others.sum(axis=1)
        return _share((accepted * below).sum(axis=1), pairs)

    def statistic(weights: FloatArray) -> FloatArray:
        parts = blocks(weights, 6 * len(verdicts.metric))
        return np.concatenate([one(block) for block in parts])

    return statistic


def auc_difference(
    first: VerdictsLike,
    second: VerdictsLike,
    *,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> Estimate:
    """Estimate the difference of two areas, first minus second, and test that it is zero.

    The two share their cases, matched by label: they may be two metrics of the same masks, or the
    masks of two models or families. Interval and p value: case jackknife-t on Fisher's z of the
    difference, which lies between -1 and 1.
    """
    first, second = as_verdicts(first), as_verdicts(second)
    cases, places = _in_common_cases([first, second])
    n_cases = len(cases)
    for verdicts, which in ((first, "first"), (second, "second")):
        reason = verdicts.why_one_sided()
        if reason:
            return undefined(n_cases, method_on(FISHER_Z), f"{which}: {reason}")
    one, two = (
        _on(auc_statistic(verdicts), place)
        for verdicts, place in zip((first, second), places, strict=True)
    )
    return estimate(
        lambda weights: one(weights) - two(weights),
        cases,
        FISHER_Z,
        why_undefined=_NO_RESAMPLE,
        level=level,
        null=0.0,
        resamples=resamples,
    )


def compare_family_aucs(
    first: Mapping[str, Verdicts],
    second: Mapping[str, Verdicts],
    *,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> AucFamilyContrast:
    """Compare the areas of two families, each given as model -> verdicts, models counting alike.

    These models, not the family: cases are the sample. A model whose area is undefined (all of its
    masks acceptable, or none) leaves the contrast without a value, and the reason names it.
    """
    both = [*first.values(), *second.values()]
    cases, places = _in_common_cases(both)
    n_models = (len(first), len(second))
    reason = _why_not(first, second)
    if reason:
        on_logit, on_z = (undefined(len(cases), method_on(on), reason) for on in (LOGIT, FISHER_Z))
        return AucFamilyContrast(on_logit, on_logit, on_z, n_models)
    areas = [_on(auc_statistic(v), place) for v, place in zip(both, places, strict=True)]

    def mean_first(weights: FloatArray) -> FloatArray:
        return np.asarray(np.mean([area(weights) for area in areas[: len(first)]], axis=0))

    def mean_second(weights: FloatArray) -> FloatArray:
        return np.asarray(np.mean([area(weights) for area in areas[len(first) :]], axis=0))

    of_first, of_second = (
        estimate(mean, cases, LOGIT, why_undefined=_NO_RESAMPLE, level=level, resamples=resamples)
        for mean in (mean_first, mean_second)
    )
    difference = estimate(
        lambda weights: mean_first(weights) - mean_second(weights),
        cases,
        FISHER_Z,
        why_undefined=_NO_RESAMPLE,
        level=level,
        null=0.0,
        resamples=resamples,
    )
    return AucFamilyContrast(of_first, of_second, difference, n_models)


def _why_not(first: Mapping[str, Verdicts], second: Mapping[str, Verdicts]) -> str | None:
    if not first or not second:
        return "one of the two families has no model"
    reasons = [
        f"{model}: {reason}"
        for model, verdicts in {**first, **second}.items()
        if (reason := verdicts.why_one_sided())
    ]
    return f"no area for {'; '.join(reasons)}" if reasons else None


def _in_common_cases(several: list[Verdicts]) -> tuple[list[str], list[IntArray]]:
    """Return the labels of all cases, and which of them the cases of each part are."""
    names = sorted({str(name) for verdicts in several for name in verdicts.case_names})
    where = {name: at for at, name in enumerate(names)}
    places = [np.array([where[str(name)] for name in v.case_names], np.int64) for v in several]
    return names, places


def _on(statistic: Statistic, columns: IntArray) -> Statistic:
    return lambda weights: statistic(weights[:, columns])
