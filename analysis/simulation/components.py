"""What a simulated study is made of: its size, and how large each source of variation is."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass

import numpy as np
from scipy import special

from analysis.arguments import few, outside, refuse
from analysis.resampling import FloatArray

FAMILIES = 2


@dataclass(frozen=True)
class Design:
    """The size of a reader study in which every rater rates every mask.

    Attributes
    ----------
    cases
        Number of cases.
    models
        Number of models of the first and of the second family.
    raters
        Number of raters.
    replicates
        Share of its masks that each rater reads a second time, unannounced.
    missing
        Share of ratings that are missing, at random.

    Examples
    --------
    >>> Design(cases=60, models=(4, 4), raters=5).readings
    2400
    """

    cases: int = 60
    models: tuple[int, int] = (4, 4)
    raters: int = 5
    replicates: float = 0.0
    missing: float = 0.0

    def __post_init__(self) -> None:
        problems = few(3, cases=self.cases) + few(2, raters=self.raters)
        if len(self.models) != FAMILIES:
            problems.append(f"models is {self.models}, it must be two numbers, one a family")
        else:
            problems += few(1, models=min(self.models, key=lambda n: n if n == int(n) else 0))
        problems += outside(0, 1.0000001, low_itself=True, replicates=self.replicates)
        refuse(problems + outside(0, 1, low_itself=True, missing=self.missing))

    @property
    def n_models(self) -> int:
        """Number of models of both families."""
        return sum(self.models)

    @property
    def family(self) -> np.ndarray:
        """Family of each model, 0 or 1."""
        return np.repeat([0, 1], self.models)

    @property
    def readings(self) -> int:
        """Number of planned readings, replicates included."""
        once = self.cases * self.n_models * self.raters
        return once + round(self.replicates * once)


@dataclass(frozen=True)
class Components:
    """Standard deviations of the effects that add up to a rating before it becomes a level.

    quality of a mask = case + model + item; what a rater perceives = quality + rater + rater_family
    + rater_case + rater_item + residual. Only their ratios matter. The perceived value is cut into
    levels such that each level gets its share of all ratings.

    Attributes
    ----------
    case
        Cases differ: on a hard one all models do worse.
    model
        Models differ over all cases.
    item
        Case x model: what one mask has of its own.
    rater
        Severity of raters.
    rater_family
        Raters differ in their liking of a family.
    rater_case
        Raters differ in how hard they find a case.
    rater_item
        Disagreement on one mask that a rater would repeat on a second reading.
    residual
        What changes from one reading of a mask to the next by the same rater.
    level_shares
        Share of each level of the scale in all ratings, the worst first; they sum to 1.
    metric_rho
        Correlation of the metric with the quality of the masks of one model, for the first and
        second family. The correlation with ratings is lower: raters are not perfect.
    metric_z
        Standard deviation of the models of a family in that correlation, on Fisher's z.
    """

    case: float = 0.6
    model: float = 0.3
    item: float = 0.6
    rater: float = 0.4
    rater_family: float = 0.1
    rater_case: float = 0.3
    rater_item: float = 0.3
    residual: float = 0.5
    level_shares: tuple[float, ...] = (0.2, 0.2, 0.2, 0.2, 0.2)
    metric_rho: tuple[float, float] = (0.6, 0.4)
    metric_z: float = 0.25

    def __post_init__(self) -> None:
        problems = outside(0, math.inf, low_itself=True, metric_z=self.metric_z, **self.deviations)
        if not self.case and not self.item:
            problems.append("case and item are both 0: the masks of a model must differ")
        if len(self.metric_rho) != FAMILIES:
            problems.append(f"metric_rho is {self.metric_rho}, it must be two numbers")
        for rho in self.metric_rho:
            problems += outside(-1, 1, metric_rho=rho)
        shares = self.level_shares
        if len(shares) < 2 or min(shares) <= 0 or abs(sum(shares) - 1) > 1e-6:
            told = ", ".join(f"{share:g}" for share in shares)
            problems.append(
                f"level_shares is {told}; it must be two or more, all above 0, that sum to 1"
            )
        refuse(problems)

    @property
    def deviations(self) -> dict[str, float]:
        """The standard deviations of the effects on a rating."""
        others = ("level_shares", "metric_rho", "metric_z")
        return {name: value for name, value in asdict(self).items() if name not in others}

    @property
    def total(self) -> float:
        """Standard deviation of all perceived values together."""
        return math.sqrt(sum(value**2 for value in self.deviations.values()))

    @property
    def thresholds(self) -> FloatArray:
        """Perceived values at which one level ends and the next begins."""
        return np.asarray(self.total * special.ndtri(np.cumsum(self.level_shares)[:-1]))
