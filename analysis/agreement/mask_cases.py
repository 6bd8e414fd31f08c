"""Agreement of masks over many cases: means over pairs of raters, with case intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.agreement.case_means import case_mean
from analysis.agreement.masks import AgainstOthers, PairwiseMetrics
from analysis.metrics import metric as metric_of
from analysis.resampling import IDENTITY, LOGIT, Estimate, Resamples, Scale


@dataclass(frozen=True, eq=False)
class MaskAgreement:
    """Agreement between the masks of raters over cases.

    Attributes
    ----------
    metric
        Its name.
    mean
        Mean over cases of each case's mean over pairs of raters.
    by_case
        Case -> mean over its pairs; None where no pair has a value.
    undefined_pairs
        How many pairs have no value (both masks empty, by the plain convention) and are left out.
    """

    metric: str
    mean: Estimate
    by_case: dict[str, float | None]
    undefined_pairs: int


@dataclass(frozen=True, eq=False)
class OthersAgreement:
    """Agreement of each rater with the consensus of the others over cases.

    Attributes
    ----------
    metric
        Its name.
    by_rater
        Rater -> mean over cases.
    mean
        Mean over cases of each case's mean over raters.
    """

    metric: str
    by_rater: dict[str, Estimate]
    mean: Estimate


@dataclass(frozen=True, eq=False)
class ModelAgainstRaters:
    """A model among raters: its agreement with them beside theirs with each other.

    Attributes
    ----------
    metric, model
        Names.
    model_to_raters, rater_to_rater
        Means over the cases in which both have a value.
    difference
        Mean over cases of the model-to-rater mean minus the rater-to-rater mean, tested against 0.
    margin
        How much worse a model may be, in the unit of the metric; None when none was set.
    inside
        Whether the whole interval of `difference` is better than `margin` worse; None without
        margin or interval.
    by_case
        Case -> difference; None where one of the two has no value.
    """

    metric: str
    model: str
    model_to_raters: Estimate
    rater_to_rater: Estimate
    difference: Estimate
    margin: float | None
    inside: bool | None
    by_case: dict[str, float | None]


def mask_agreement(
    cases: Mapping[str, PairwiseMetrics],
    metric: str = "dsc",
    raters: Sequence[str] | None = None,
    *,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> MaskAgreement:
    """Estimate how well the masks of raters agree: the mean pairwise metric over cases.

    The case is the unit: its pairs are averaged first, so that the pairs of one case, which share
    masks, do not count as independent. Interval: case jackknife-t, on the logit scale for
    metrics from 0 to 1.

    Parameters
    ----------
    cases : mapping of case to PairwiseMetrics
        The raters may differ from case to case.
    metric : str
        One that was measured.
    raters : sequence of str, optional
        Whose pairs count; all when not given.
    level : float
    resamples : Resamples, optional

    Returns
    -------
    MaskAgreement

    Raises
    ------
    ValueError
        A metric that was not measured.

    Examples
    --------
    >>> from analysis.agreement.masks import pairwise_metrics
    >>> masks = np.zeros((2, 9, 9), bool)
    >>> masks[:, 2:6, 2:6] = True
    >>> one = pairwise_metrics(masks, (1.0, 1.0))
    >>> masks[1, 2:6, 6] = True
    >>> other = pairwise_metrics(masks, (1.0, 1.0))
    >>> round(mask_agreement({"case 1": one, "case 2": other}).mean.value, 3)
    0.944
    """
    by_case: dict[str, float | None] = {}
    missing = 0
    for case, found in cases.items():
        of_case = _present(found, raters)
        values = list(found.between(metric, of_case, of_case).values())
        missing += sum(value is None for value in values)
        by_case[str(case)] = _mean(values)
    mean = case_mean(by_case, scale=_scale(metric), level=level, resamples=resamples)
    # Each pair stands in both halves of the matrix.
    return MaskAgreement(metric, mean, by_case, -(-missing // 2))


def others_agreement(
    cases: Mapping[str, AgainstOthers],
    metric: str = "dsc",
    *,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> OthersAgreement:
    """Estimate how well each rater agrees with the consensus of the others, over cases.

    Parameters
    ----------
    cases : mapping of case to AgainstOthers
        The raters may differ from case to case.
    metric : str
        One that was measured.
    level : float
    resamples : Resamples, optional
        Drawn for all cases.

    Returns
    -------
    OthersAgreement

    Raises
    ------
    ValueError
        A metric that was not measured.
    """
    if any(metric not in found.values for found in cases.values()):
        raise ValueError(f"{metric} was not measured in every case.")
    values = {str(case): found.values[metric] for case, found in cases.items()}
    raters = sorted({rater for of_case in values.values() for rater in of_case})
    scale = _scale(metric)
    by_rater = {
        rater: case_mean(
            {case: of_case.get(rater) for case, of_case in values.items()},
            scale=scale,
            level=level,
            resamples=resamples,
        )
        for rater in raters
    }
    means = {case: _mean(list(of_case.values())) for case, of_case in values.items()}
    mean = case_mean(means, scale=scale, level=level, resamples=resamples)
    return OthersAgreement(metric, by_rater, mean)


def model_against_raters(
    cases: Mapping[str, PairwiseMetrics],
    model: str,
    metric: str = "dsc",
    raters: Sequence[str] | None = None,
    *,
    margin: float | None = None,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> ModelAgainstRaters:
    """Compare a model's agreement with raters to the raters' agreement with each other, paired.

    Per case, the mean metric between model and raters minus the mean metric between raters: is
    the model inside inter-rater variability? Both means are over single masks; a consensus would
    favour the model, because it is closer to every rater than raters are to each other. Whether
    the difference is small enough is a question of non-inferiority: set `margin` in advance; a
    difference that is not significant says nothing.

    Parameters
    ----------
    cases : mapping of case to PairwiseMetrics
        With the model's mask among those of the raters: ``pairwise_metrics({**raters, model:
        mask}, ...)``.
    model : str
        Its name there.
    metric : str
        One that was measured, of which more or less is better; the model's mask is measured
        against the raters' masks as references.
    raters : sequence of str, optional
        Who are raters; all but the model when not given.
    margin : float, optional
        How much worse than raters among themselves a model may be, above 0.
    level : float
        The one-sided level of the decision is that of the interval's lower (or upper) end: 97.5 %
        for 0.95.
    resamples : Resamples, optional

    Returns
    -------
    ModelAgainstRaters

    Raises
    ------
    ValueError
        A model or metric that is not there, a margin not above 0, or a metric without a direction.
    """
    better = metric_of(metric).orientation
    problems = []
    if margin is not None and not margin > 0:
        problems.append(f"The margin is {margin}: it must be above 0.")
    if margin is not None and not better:
        problems.append(f"Of {metric}, neither more nor less is better: it has no margin.")
    if raters is not None and model in raters:
        problems.append(f"{model} cannot be model and rater.")
    if problems:
        raise ValueError(" ".join(problems))
    with_model: dict[str, float | None] = {}
    among: dict[str, float | None] = {}
    for case, found in cases.items():
        others = [each for each in _present(found, raters) if each != model]
        one = _mean(list(found.between(metric, others, [model]).values()))
        two = _mean(list(found.between(metric, others, others).values()))
        paired = one is not None and two is not None
        with_model[str(case)], among[str(case)] = (one, two) if paired else (None, None)
    by_case = {case: _difference(with_model[case], among[case]) for case in with_model}
    scale = _scale(metric)
    difference = case_mean(by_case, null=0.0, level=level, resamples=resamples)
    return ModelAgainstRaters(
        metric,
        model,
        case_mean(with_model, scale=scale, level=level, resamples=resamples),
        case_mean(among, scale=scale, level=level, resamples=resamples),
        difference,
        margin,
        _inside(difference, margin, better),
        by_case,
    )


def _present(found: PairwiseMetrics, raters: Sequence[str] | None) -> list[str]:
    return [each for each in found.raters if raters is None or each in raters]


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def _difference(one: float | None, other: float | None) -> float | None:
    if one is None or other is None:
        return None
    # Infinite minus infinite is no number; the means say that they are infinite.
    return one - other if np.isfinite(one) or np.isfinite(other) else float("inf")


def _inside(difference: Estimate, margin: float | None, better: int) -> bool | None:
    if margin is None or difference.low is None or difference.high is None:
        return None
    return difference.low > -margin if better > 0 else difference.high < margin


def _scale(name: str) -> Scale:
    """Return the logit for metrics from 0 to 1: those without a unit of which more is better."""
    found = metric_of(name)
    return LOGIT if found.unit == "1" and found.orientation > 0 else IDENTITY
