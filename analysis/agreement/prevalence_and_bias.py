"""What makes a kappa low although raters agree: unequal prevalence, and unequal margins."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from analysis.agreement.two_raters import counts_of_table


@dataclass(frozen=True)
class PrevalenceAndBias:
    """Indices that belong beside every kappa (Byrt T, Bishop J, Carlin JB, 1993).

    Attributes
    ----------
    percent_agreement
        Share of the units on which the raters agree; None without a unit.
    prevalence_index
        0 when all categories are as frequent, 1 when one of them is all there is: |a - d| / n of a
        table of two.
    bias_index
        0 when both raters use all categories as often, 1 when they share none: |b - c| / n of a
        table of two.
    pabak
        Prevalence- and bias-adjusted kappa: (q p_o - 1) / (q - 1) for q categories.
    specific_agreement
        For each category 2 n_kk / (n_k. + n_.k), the agreement among the units that one of the
        raters put there; None where nobody did.
    """

    percent_agreement: float | None
    prevalence_index: float | None
    bias_index: float | None
    pabak: float | None
    specific_agreement: tuple[float | None, ...]

    @property
    def positive_agreement(self) -> float | None:
        """Specific agreement of the first of two categories; None when there are more."""
        return self.specific_agreement[0] if len(self.specific_agreement) == 2 else None

    @property
    def negative_agreement(self) -> float | None:
        """Specific agreement of the second of two categories; None when there are more."""
        return self.specific_agreement[1] if len(self.specific_agreement) == 2 else None


def prevalence_and_bias(table: ArrayLike) -> PrevalenceAndBias:
    """Return prevalence index, bias index, PABAK and specific agreement of a square table.

    Byrt T, Bishop J, Carlin JB. J Clin Epidemiol 1993;46:423-429; Cicchetti DV, Feinstein AR. J
    Clin Epidemiol 1990;43:551-558 (positive and negative agreement). The first category is the
    positive one. For more than two categories the indices are ours, and equal theirs for two: with
    p the share of the most frequent of q categories over both raters, prevalence is
    (q p - 1) / (q - 1); bias is half the sum of the differences of the two raters' shares.

    Parameters
    ----------
    table
        Counts, categories x categories.

    Raises
    ------
    ValueError
        If the table is not square or holds anything but counts.

    Examples
    --------
    >>> found = prevalence_and_bias([[80, 10], [5, 5]])
    >>> found.prevalence_index, found.bias_index, round(found.pabak, 3)
    (0.75, 0.05, 0.7)
    """
    counts = counts_of_table(table)
    n, q = float(counts.sum()), len(counts)
    agreed = float(np.trace(counts)) / n if n else None
    used = counts.sum(axis=0) + counts.sum(axis=1)
    specific = tuple(
        float(2 * same / all_) if all_ else None
        for same, all_ in zip(np.diagonal(counts), used, strict=True)
    )
    prevalence, bias = None, None
    if q > 1 and n:
        prevalence = float((q * used.max() / (2 * n) - 1) / (q - 1))
        bias = float(np.abs(counts.sum(axis=0) - counts.sum(axis=1)).sum() / (2 * n))
    pabak = (q * agreed - 1) / (q - 1) if agreed is not None and q > 1 else None
    return PrevalenceAndBias(agreed, prevalence, bias, pabak, specific)
