"""Agreement voxel by voxel, from the histogram of votes: alpha, kappa, percent agreement.

Background that everybody leaves alone is agreement too: the larger the image around a structure,
the higher percent agreement, while alpha and kappa correct for it only in part. Choose the voxels
that count (`within`), report the choice, and look at the share of background and at the specific
agreement, which background does not touch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.agreement.vote_histogram import (
    Histograms,
    VoteHistogram,
    VoteSums,
    case_histograms,
    vote_histogram,
)
from analysis.resampling import LOG_COMPLEMENT, LOGIT, Estimate, FloatArray, Resamples

__all__ = [
    "VoteHistogram",
    "VoxelAgreement",
    "vote_histogram",
    "voxel_agreement",
    "voxel_alpha",
    "voxel_fleiss_kappa",
    "voxel_percent_agreement",
    "voxel_specific_agreement",
]


@dataclass(frozen=True, eq=False)
class VoxelAgreement:
    """Agreement of masks voxel by voxel.

    Attributes
    ----------
    alpha
        Krippendorff's alpha, nominal.
    fleiss_kappa
        Fleiss' kappa.
    percent_agreement
        Share of pairs of votes that are equal.
    specific_agreement
        Label -> agreement on that label alone, background included.
    background_share
        Share of voxels that are background for all, over all cases; None without a voxel.
    n_voxels
        Voxels with two votes or more.
    """

    alpha: Estimate
    fleiss_kappa: Estimate
    percent_agreement: Estimate
    specific_agreement: dict[int, Estimate]
    background_share: float | None
    n_voxels: int


def voxel_agreement(
    histograms: Histograms, *, level: float = 0.95, resamples: Resamples | None = None
) -> VoxelAgreement:
    """Estimate every voxel-wise coefficient of agreement, pooled over the voxels of all cases.

    Parameters
    ----------
    histograms : VoteHistogram or mapping of case to VoteHistogram
        A single one gives values without intervals.
    level : float
    resamples : Resamples, optional

    Examples
    --------
    >>> masks = {"A": np.array([0, 1, 1, 0, 0]), "B": np.array([0, 0, 1, 0, 0])}
    >>> found = voxel_agreement(vote_histogram(masks))
    >>> round(found.alpha.value, 3), found.percent_agreement.value, found.background_share
    (0.571, 0.8, 0.6)
    """
    cases = case_histograms(histograms)
    sums = VoteSums.of(cases)
    voted = sum(each.n_voted for each in cases.values())
    background = sum(each.n_background for each in cases.values())
    return VoxelAgreement(
        voxel_alpha(cases, level=level, resamples=resamples),
        voxel_fleiss_kappa(cases, level=level, resamples=resamples),
        voxel_percent_agreement(cases, level=level, resamples=resamples),
        {
            int(label): voxel_specific_agreement(
                cases, int(label), level=level, resamples=resamples
            )
            for label in sums.labels
        },
        background / voted if voted else None,
        int(sums.pairable.sum()),
    )


def voxel_alpha(
    histograms: Histograms, *, level: float = 0.95, resamples: Resamples | None = None
) -> Estimate:
    """Estimate Krippendorff's alpha (nominal) of masks, voxels being the units.

    Voxels of all cases are pooled, so that large images weigh more; the case is the unit of the
    interval (jackknife-t on log(1 - alpha)), because neighbouring voxels are anything but
    independent. Voxels with fewer than two votes do not count. Krippendorff K., Computing
    Krippendorff's Alpha-Reliability, 2011; equal to the package krippendorff, whose time grows
    with voxels x raters in floats, and which silently ignores the mask of a masked array.

    Parameters
    ----------
    histograms : VoteHistogram or mapping of case to VoteHistogram
        From `vote_histogram`.
    level : float
    resamples : Resamples, optional

    Examples
    --------
    >>> votes = vote_histogram([np.array([0, 1, 1, 0, 0]), np.array([0, 0, 1, 0, 0])])
    >>> round(voxel_alpha(votes).value, 4)
    0.5714
    """
    sums = VoteSums.of(histograms)

    def alpha(weights: FloatArray) -> FloatArray:
        of_label = weights @ sums.votes
        n = of_label.sum(axis=1)
        # Unequal pairs label by label: no difference of two large numbers.
        unequal = (of_label * (n[:, None] - of_label)).sum(axis=1)
        return np.asarray(1 - (n - 1) * (weights @ sums.disagreement) / unequal)

    return sums.estimate(
        alpha, LOG_COMPLEMENT, "no variation: all votes are for one label", level, resamples
    )


def voxel_fleiss_kappa(
    histograms: Histograms, *, level: float = 0.95, resamples: Resamples | None = None
) -> Estimate:
    """Estimate Fleiss' kappa of masks, voxels being the units.

    Fleiss JL. Psychol Bull 1971;76:378-382; where votes are missing, Gwet's extension (Handbook of
    Inter-Rater Reliability, 2014): agreement over the voxels with two votes or more, labels' shares
    averaged over voxels with a vote. Pooling and interval as in `voxel_alpha`.

    Parameters
    ----------
    histograms, level, resamples
        As in `voxel_alpha`.
    """
    sums = VoteSums.of(histograms)

    def kappa(weights: FloatArray) -> FloatArray:
        share = (weights @ sums.shares) / (weights @ sums.voxels_voted)[:, None]
        by_chance = (share * (1 - share)).sum(axis=1)
        disagreed = 1 - (weights @ sums.agreement) / (weights @ sums.pairable)
        # A share of 1 differs from 1 by rounding only.
        return np.where(by_chance > 1e-15, 1 - disagreed / by_chance, np.nan)

    return sums.estimate(
        kappa, LOG_COMPLEMENT, "no variation: all votes are for one label", level, resamples
    )


def voxel_percent_agreement(
    histograms: Histograms, *, level: float = 0.95, resamples: Resamples | None = None
) -> Estimate:
    """Estimate the share of pairs of votes that are equal, averaged over voxels.

    Not corrected for chance, and driven by the background that is counted: see
    `VoteHistogram.background_share`. Interval: case jackknife-t on the logit scale.

    Parameters
    ----------
    histograms, level, resamples
        As in `voxel_alpha`.
    """
    sums = VoteSums.of(histograms)

    def agreement(weights: FloatArray) -> FloatArray:
        return np.asarray((weights @ sums.agreement) / (weights @ sums.pairable))

    return sums.estimate(agreement, LOGIT, "no voxel has two votes", level, resamples)


def voxel_specific_agreement(
    histograms: Histograms,
    label: int = 1,
    *,
    level: float = 0.95,
    resamples: Resamples | None = None,
) -> Estimate:
    """Estimate the agreement on one label: given one vote for it, the chance of another.

    Sum of n (n - 1) over sum of n (r - 1), with n of r votes of a voxel for the label (Fleiss,
    Statistical Methods for Rates and Proportions, 1981, section 13.1; Uebersax). It does not
    depend on how much background is counted; for two raters it is the Dice coefficient. Interval:
    case jackknife-t on the logit scale.

    Parameters
    ----------
    histograms, level, resamples
        As in `voxel_alpha`.
    label : int
    """
    sums = VoteSums.of(histograms)
    place = sums.labels == label
    equal = sums.equal_pairs[:, place].sum(axis=1)
    pairs = sums.pairs[:, place].sum(axis=1)

    def agreement(weights: FloatArray) -> FloatArray:
        return np.asarray((weights @ equal) / (weights @ pairs))

    return sums.estimate(agreement, LOGIT, f"no vote for label {label}", level, resamples)
