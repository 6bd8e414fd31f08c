"""Simulated raters of known bias and noise, for a finished hand-over with a known truth.

A mask has a latent quality: what its true error (Dice and HD95 of each structure) is worth to a
rater, plus what metrics do not see. The masks of vision-language models carry more of the
second, so that a metric tracks their rating less: a difference that the report has to find.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zlib import crc32

import numpy as np

# What each structure is worth in a rater's overall impression.
STRUCTURE_WEIGHTS: dict[str, float] = {"WT": 0.4, "TC": 0.3, "ET": 0.3}
# Mean and standard deviation of the true quality over the 96 masks of the demo study.
TRUE_QUALITY_MEAN, TRUE_QUALITY_SD = 0.74, 0.155
# Where the latent quality passes from level 1 to 2, 2 to 3 and 3 to 4.
THRESHOLDS: tuple[float, float, float] = (-1.0, -0.2, 0.8)


@dataclass(frozen=True)
class FamilyEffect:
    """How far the latent quality follows the true quality, and the sd of what it adds."""

    loading: float
    unseen_sd: float


FAMILY_EFFECTS: dict[str, FamilyEffect] = {
    "vision-language": FamilyEffect(loading=0.20, unseen_sd=0.95),
    "pure visual": FamilyEffect(loading=1.00, unseen_sd=0.30),
}


@dataclass(frozen=True)
class SimulatedRater:
    """A rater's severity (negative: stricter) and the noise of one reading, in latent units."""

    id: str
    bias: float
    noise: float


RATERS: dict[str, SimulatedRater] = {
    "R1": SimulatedRater("R1", bias=0.0, noise=0.90),
    "R2": SimulatedRater("R2", bias=-0.50, noise=1.10),
    "R3": SimulatedRater("R3", bias=0.40, noise=1.25),
}


def true_quality(rows: Sequence[Mapping[str, Any]]) -> float:
    """Quality between 0 and 1 from the rows of `analysis.metrics.measure_pair`.

    Structures that neither mask holds (Dice is nan) count for nothing; an infinite HD95 is the
    worst.

    Examples
    --------
    >>> true_quality([{"structure": "WT", "dsc": 1.0, "hd95_mm": 0.0}])
    1.0
    """
    weighted = total = 0.0
    for row in rows:
        if math.isnan(row["dsc"]):
            continue
        weight = STRUCTURE_WEIGHTS[row["structure"]]
        closeness = math.exp(-row["hd95_mm"] / 15.0)
        weighted += weight * (0.6 * row["dsc"] + 0.4 * closeness)
        total += weight
    return weighted / total if total else 0.0


def latent_quality(
    rows: Sequence[Mapping[str, Any]], family: str, case: str, model: str, seed: int
) -> float:
    """Give what a mask is worth to every rater alike, standardised over the demo study."""
    effect = FAMILY_EFFECTS[family]
    unseen = np.random.default_rng([seed, crc32(f"quality/{case}/{model}".encode())])
    standard = (true_quality(rows) - TRUE_QUALITY_MEAN) / TRUE_QUALITY_SD
    return effect.loading * standard + effect.unseen_sd * float(unseen.standard_normal())


def simulate_rating(rater: SimulatedRater, latent_quality: float, rng: np.random.Generator) -> int:
    """One reading: the level from 1 (worst) to 4 (best) that the rater chooses."""
    impression = latent_quality + rater.bias + rater.noise * float(rng.standard_normal())
    return 1 + sum(impression > threshold for threshold in THRESHOLDS)
