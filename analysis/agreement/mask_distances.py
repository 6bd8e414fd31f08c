"""Generalised energy distance between a set of model masks and a set of rater masks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.agreement.case_means import case_mean
from analysis.consensus import Masks, vote_patterns
from analysis.consensus.mask_input import named_masks
from analysis.resampling import Estimate, FloatArray, Resamples


@dataclass(frozen=True, eq=False)
class EnergyDistance:
    """How far a set of model masks is from a set of rater masks.

    Attributes
    ----------
    squared
        The squared generalised energy distance, 2 x `cross` - `model_diversity` -
        `rater_diversity`; None where it is undefined.
    cross
        Mean distance, 1 - IoU, of a model mask and a rater mask.
    model_diversity, rater_diversity
        Mean distance of two masks of one set.
    n_models, n_raters
        Masks in each set.
    reason
        Why a value is None; None when all are there.
    """

    squared: float | None
    cross: float | None
    model_diversity: float | None
    rater_diversity: float | None
    n_models: int
    n_raters: int
    reason: str | None = None


def energy_distance(
    model_masks: Masks,
    rater_masks: Masks,
    *,
    labels: Sequence[int] | None = None,
    both_empty_iou: float | None = 1.0,
    unbiased: bool = False,
) -> EnergyDistance:
    """Estimate the squared generalised energy distance of two sets of masks.

    D^2 = 2 E[d(S, Y)] - E[d(S, S')] - E[d(Y, Y')] with d = 1 - IoU, S and S' from the model, Y and
    Y' from the raters (Kohl et al., A Probabilistic U-Net, NeurIPS 2018, after Szekely and Rizzo
    2013). As there, the means within a set run over all ordered pairs, a mask with itself
    included: then D^2 is never negative, and it is 0 for two equal sets. All intersections come
    from one pass over the voxels.

    Parameters
    ----------
    model_masks, rater_masks : mapping of name to array, or sequence of arrays
        Of one shape: bool, or whole labels with 0 for background.
    labels : sequence of int, optional
        Structures whose IoU are averaged; without it everything above 0 is one structure.
    both_empty_iou : float or None
        IoU of two masks without the structure: 1 as in Kohl et al. (they agree that nothing is
        there); None leaves pairs of that kind out.
    unbiased : bool
        Whether a mask is not paired with itself, which estimates the distance of the two
        populations without bias, but can be negative, and is undefined for a set of one mask.

    Returns
    -------
    EnergyDistance

    Raises
    ------
    ValueError
        An empty set, several shapes, labels that are negative or no whole numbers.

    Examples
    --------
    >>> model = np.array([[1, 1, 0, 0], [1, 1, 1, 0]], bool)
    >>> raters = np.array([[1, 1, 0, 0], [1, 1, 1, 1]], bool)
    >>> round(energy_distance(model, raters).squared, 3)
    0.125
    """
    models, raters = named_masks(model_masks), named_masks(rater_masks)
    if not models or not raters:
        raise ValueError(f"{len(models)} model masks, {len(raters)} rater masks: one is needed.")
    together = {f"model {name}": mask for name, mask in models.items()}
    together |= {f"rater {name}": mask for name, mask in raters.items()}
    distance = 1 - _iou(together, labels, both_empty_iou)
    n = len(models)
    cross = _mean(distance[:n, n:])
    of_models = _within(distance[:n, :n], unbiased)
    of_raters = _within(distance[n:, n:], unbiased)
    if cross is None or of_models is None or of_raters is None:
        alone = unbiased and min(n, len(raters)) == 1
        reason = "a set of one mask has no pair" if alone else "all pairs of a kind are empty"
        return EnergyDistance(None, cross, of_models, of_raters, n, len(raters), reason)
    squared = 2 * cross - of_models - of_raters
    return EnergyDistance(squared, cross, of_models, of_raters, n, len(raters))


def mean_energy_distance(
    cases: Mapping[str, EnergyDistance],
    *,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> Estimate:
    """Estimate the mean squared energy distance over cases, with its case interval.

    Parameters
    ----------
    cases : mapping of case to EnergyDistance
        Cases without a value are left out.
    level : float
    resamples : Resamples, optional
    """
    squared = {case: found.squared for case, found in cases.items()}
    return case_mean(squared, level=level, resamples=resamples)


def _iou(masks: Masks, labels: Sequence[int] | None, both_empty: float | None) -> FloatArray:
    """Return the IoU of all pairs, averaged over structures; NaN for pairs that do not count."""
    patterns = vote_patterns(masks)
    chosen = [None] if labels is None else list(labels)
    by_structure = []
    for label in chosen:
        inside = patterns.votes > 0 if label is None else patterns.votes == label
        there = inside.astype(float)
        shared = there.T @ (patterns.voxels[:, None] * there)
        sizes = np.diag(shared)
        union = sizes[:, None] + sizes[None, :] - shared
        empty = np.nan if both_empty is None else both_empty
        with np.errstate(invalid="ignore", divide="ignore"):
            by_structure.append(np.where(union > 0, shared / union, empty))
    known = np.isfinite(by_structure)
    total = np.where(known, by_structure, 0.0).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(total / known.sum(axis=0))


def _within(distance: FloatArray, unbiased: bool) -> float | None:
    if not unbiased:
        return _mean(distance)
    return _mean(distance[~np.eye(len(distance), dtype=bool)])


def _mean(values: FloatArray) -> float | None:
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else None
