"""Drawing studies: many at once, in whole arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.random import Generator
from numpy.typing import NDArray
from scipy import special

from analysis.agreement.rating_table import RatingTable
from analysis.association.pairs import Pairs
from analysis.resampling import FloatArray
from analysis.simulation.components import FAMILIES, Components, Design

# Where Dice values of good models lie: the median mask has 0.82, the middle 90 % 0.5 to 0.95.
_DICE_CENTRE, _DICE_SPREAD = 1.5, 0.9


@dataclass(frozen=True, eq=False)
class Panel:
    """The raters and models of studies, drawn once: what stays when the cases are drawn anew.

    Attributes
    ----------
    severity
        What each rater adds to the masks of each family, studies x raters x families.
    merit
        What each model adds to the quality of its masks, studies x models.
    rho
        Correlation of the metric with the quality of each model's masks, studies x models.
    """

    severity: FloatArray
    merit: FloatArray
    rho: FloatArray


@dataclass(frozen=True, eq=False)
class SimulatedStudies:
    """Studies of one design.

    Attributes
    ----------
    design
        Their size.
    quality
        True quality, studies x cases x models.
    metric
        A metric between 0 and 1, like Dice, studies x cases x models.
    ratings
        Levels from 1, studies x cases x models x raters; NaN where a rating is missing.
    second
        Levels of second readings; NaN where a mask was read once.
    """

    design: Design
    quality: FloatArray
    metric: FloatArray
    ratings: FloatArray
    second: FloatArray

    def __len__(self) -> int:
        return len(self.ratings)

    @cached_property
    def mean_rating(self) -> FloatArray:
        """Mean first rating over raters, studies x cases x models; NaN for a mask without any."""
        count = np.isfinite(self.ratings).sum(axis=-1)
        with np.errstate(invalid="ignore"):
            return np.asarray(np.nansum(self.ratings, axis=-1) / count)

    def rating_table(self, study: int) -> RatingTable:
        """Return the first readings of a study: masks x raters."""
        values = self.ratings[study].reshape(-1, self.design.raters)
        cases = np.repeat(np.arange(self.design.cases), self.design.n_models)
        rated = np.isfinite(values).any(axis=1)
        return RatingTable.of(values[rated], cases[rated])

    def replicate_table(self, study: int) -> RatingTable:
        """Return what was read twice: first and second reading take the places of raters."""
        both = np.stack([self.ratings[study], self.second[study]], axis=-1)
        case, model, rater = np.nonzero(np.isfinite(both).all(axis=-1))
        return RatingTable.of(both[case, model, rater], case)

    def pairs(self, study: int, models: NDArray[np.int64] | None = None) -> Pairs:
        """Return metric and mean rating of the masks of some models, or of all."""
        chosen = np.arange(self.design.n_models) if models is None else models
        rating = self.mean_rating[study][:, chosen]
        case, column = np.nonzero(np.isfinite(rating))
        metric = self.metric[study][:, chosen]
        return Pairs(metric[case, column], rating[case, column], case, self.design.cases)

    def families(self, study: int) -> tuple[dict[str, Pairs], dict[str, Pairs]]:
        """Return the two families, each as model -> pairs, for `compare_families`."""
        of_family = self.design.family
        first, second = (
            {
                f"model {model + 1}": self.pairs(study, np.array([model]))
                for model in np.flatnonzero(of_family == family)
            }
            for family in range(FAMILIES)
        )
        return first, second

    def long(self, study: int) -> pd.DataFrame:
        """Return a study as a long table: one row a reading, missing ones left out."""
        both = np.stack([self.ratings[study], self.second[study]], axis=-1)
        case, model, rater, replicate = np.nonzero(np.isfinite(both))
        return pd.DataFrame(
            {
                "rater": rater,
                "case": case,
                "model": model,
                "family": self.design.family[model],
                "replicate": replicate,
                "rating": both[case, model, rater, replicate],
                "metric": self.metric[study][case, model],
            }
        )


def draw_panel(design: Design, components: Components, rng: Generator, studies: int = 1) -> Panel:
    """Draw raters and models."""
    severity = rng.normal(0, components.rater, (studies, design.raters, 1)) + rng.normal(
        0, components.rater_family, (studies, design.raters, FAMILIES)
    )
    merit = rng.normal(0, components.model, (studies, design.n_models))
    of_family = np.arctanh(components.metric_rho)[design.family]
    rho = np.tanh(of_family + rng.normal(0, components.metric_z, merit.shape))
    return Panel(severity, merit, rho)


def simulate(
    design: Design,
    components: Components,
    rng: Generator,
    studies: int = 1,
    panel: Panel | None = None,
) -> SimulatedStudies:
    """Draw studies from the components of their ratings.

    Parameters
    ----------
    design
        Size of the studies.
    components
        Sources of variation.
    rng
        Source of all random numbers: the same state gives the same studies.
    studies
        How many.
    panel
        Raters and models, one set for all studies or one a study; drawn anew for each study when
        not given.

    Examples
    --------
    >>> drawn = simulate(Design(cases=20), Components(), np.random.default_rng(1), studies=3)
    >>> drawn.ratings.shape
    (3, 20, 8, 5)
    """
    if panel is None:
        panel = draw_panel(design, components, rng, studies)
    masks = (studies, design.cases, design.n_models)
    own = rng.normal(0, components.case, (studies, design.cases, 1))
    own = own + rng.normal(0, components.item, masks)
    quality = own + panel.merit[:, None]
    standard = quality / np.hypot(components.case, components.item)
    noise = np.sqrt(1 - panel.rho**2)[:, None] * rng.standard_normal(masks)
    latent = panel.rho[:, None] * standard + noise
    ratings, second = _levels(quality, panel, design, components, rng)
    return SimulatedStudies(
        design, quality, special.expit(_DICE_CENTRE + _DICE_SPREAD * latent), ratings, second
    )


def _levels(
    quality: FloatArray, panel: Panel, design: Design, components: Components, rng: Generator
) -> tuple[FloatArray, FloatArray]:
    shape = (*quality.shape, design.raters)
    stable = quality[..., None] + panel.severity[:, None, :, design.family].swapaxes(-1, -2)
    stable = stable + rng.normal(0, components.rater_case, (*quality.shape[:2], 1, design.raters))
    stable = stable + rng.normal(0, components.rater_item, shape)

    def reading() -> FloatArray:
        perceived = stable + rng.normal(0, components.residual, shape)
        return np.asarray(np.digitize(perceived, components.thresholds) + 1, dtype=float)

    ratings = reading()
    missing = rng.random(shape) < design.missing
    second = np.full(shape, np.nan)
    if design.replicates:
        again = rng.random(shape) < design.replicates
        second = np.where(again & ~missing, reading(), np.nan)
    return np.where(missing, np.nan, ratings), second
