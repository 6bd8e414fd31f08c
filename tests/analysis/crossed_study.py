"""A simulated crossed study for tests: cases x models x raters."""

from __future__ import annotations

import numpy as np

from analysis.association.pairs import Pairs
from analysis.resampling import FloatArray


class CrossedStudy:
    """A metric and ratings by case and model; the first half of the models is one family.

    `noise` is the metric's noise in the second family; 0.6 in the first.
    """

    def __init__(self, seed: int, cases: int = 20, models: int = 8, noise: float = 1.2) -> None:
        draw = np.random.default_rng(seed)
        quality = draw.normal(size=(cases, 1)) + 0.6 * draw.normal(size=(cases, models))
        of_family = np.where(np.arange(models) < models // 2, 0.6, noise)
        self.metric = quality + of_family * draw.normal(size=(cases, models))
        heard = quality[:, :, None] + 0.7 * draw.normal(size=(cases, models, 3))
        self.ratings = np.clip(np.round(heard + 3), 1, 5)
        self.names = [f"m{model}" for model in range(models)]
        self.labels = np.array([f"c{case:03d}" for case in range(cases)])

    def families(self, ratings: FloatArray) -> tuple[dict[str, Pairs], dict[str, Pairs]]:
        """Return the pairs of both families for ratings of cases x models."""
        pairs = {
            name: Pairs.of(self.metric[:, at], ratings[:, at], self.labels)
            for at, name in enumerate(self.names)
        }
        half = len(pairs) // 2
        return dict(list(pairs.items())[:half]), dict(list(pairs.items())[half:])

    def mean_ratings(self) -> tuple[dict[str, Pairs], dict[str, Pairs]]:
        """Return both families with the mean over raters."""
        return self.families(self.ratings.mean(axis=2))

    def by_rater(self) -> list[tuple[dict[str, Pairs], dict[str, Pairs]]]:
        """Return both families for each rater."""
        return [self.families(self.ratings[:, :, rater]) for rater in range(3)]
