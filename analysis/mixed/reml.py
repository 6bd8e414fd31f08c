"""Linear mixed models with crossed random effects, by restricted maximum likelihood (REML).

Our own and no dependency: statsmodels' MixedLM takes a hundred times lme4's time on crossed
factors, and the package mixedlm (31,000 lines of Python and a Rust library by one author, in its
first year) would carry much more into the product than these few pages.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from analysis.mixed.design import Design, read_design
from analysis.mixed.minimum import least_criterion
from analysis.mixed.profile import ProfiledModel
from analysis.mixed.satterthwaite import satterthwaite_df
from analysis.resampling import FloatArray

RESIDUAL = "residual"

_PERFECT = 1e-12  # share of the response's sum of squares


@dataclass(frozen=True)
class FixedEffectTest:
    """A fixed effect against zero, with Satterthwaite's degrees of freedom, or why not.

    Attributes
    ----------
    estimate, standard_error, low, high
        In units of the response per unit of the column; the interval at `level`.
    df, t, p_value
        Satterthwaite's degrees of freedom, the estimate over its error, and the two-sided p.
    level
        Confidence level of the interval.
    reason
        Why there is no test; None when there is one.
    """

    estimate: float | None
    standard_error: float | None
    df: float | None
    t: float | None
    p_value: float | None
    low: float | None
    high: float | None
    level: float
    reason: str | None = None


@dataclass(frozen=True, eq=False)
class MixedModelFit:
    """A fitted linear mixed model, or the reason why it could not be fitted.

    Attributes
    ----------
    variance
        Variance of each random term and of the residual, in squared units of the response; a
        random slope is named "<factor> slope". Empty when there is a reason.
    coefficients, standard_errors
        Fixed effects by the names of their columns.
    covariance
        Covariance of the fixed effects.
    reml_criterion
        Minus twice the restricted log-likelihood, as lme4 prints it; None without a fit.
    n_rows, n_levels
        Numbers of ratings and of levels per grouping factor.
    converged
        Whether the criterion is at a minimum.
    singular
        Whether a variance is estimated as zero.
    reason
        Why there is no fit; None when there is one.
    """

    variance: dict[str, float]
    coefficients: dict[str, float]
    standard_errors: dict[str, float]
    covariance: FloatArray
    reml_criterion: float | None
    n_rows: int
    n_levels: dict[str, int]
    converged: bool
    singular: bool
    reason: str | None = None
    model: ProfiledModel | None = field(default=None, repr=False)
    theta: FloatArray = field(default_factory=lambda: np.empty(0), repr=False)

    def satterthwaite(
        self, effect: str | Mapping[str, float], level: float = 0.95
    ) -> FixedEffectTest:
        """Test a fixed effect, or a weighted sum of them, with Satterthwaite's degrees of freedom.

        df = 2 v^2 / var(v) with v the variance of the estimate; var(v) by the delta method from
        the observed information of all variance components (Giesbrecht FG, Burns JC. Biometrics
        1985;41:477; Kuznetsova A, Brockhoff PB, Christensen RHB. J Stat Softw 2017;82(13)). A
        variance estimated as zero counts as known to be zero, as in lmerTest.

        Parameters
        ----------
        effect
            Name of a fixed column, or the weight of each named column in the sum.
        level
            Confidence level of the interval.

        Raises
        ------
        ValueError
            If there is no such fixed column.
        """
        weights = {effect: 1.0} if isinstance(effect, str) else dict(effect)
        if self.reason is not None or self.model is None:
            return FixedEffectTest(None, None, None, None, None, None, None, level, self.reason)
        names = list(self.coefficients)
        if unknown := [name for name in weights if name not in names]:
            raise ValueError(f"no fixed column {', '.join(unknown)}; there are {', '.join(names)}")
        contrast = np.array([weights.get(name, 0.0) for name in names])
        value = float(contrast @ np.array(list(self.coefficients.values())))
        error = float(np.sqrt(contrast @ self.covariance @ contrast))
        freedom = satterthwaite_df(self.model, self.theta, contrast)
        if freedom is None:
            reason = "the information of the variance components is not positive"
            return FixedEffectTest(value, error, None, None, None, None, None, level, reason)
        reach = float(stats.t.ppf((1 + level) / 2, freedom)) * error
        p_value = float(2 * stats.t.sf(abs(value) / error, freedom))
        return FixedEffectTest(
            value, error, freedom, value / error, p_value, value - reach, value + reach, level
        )


def fit_mixed_model(
    response: ArrayLike,
    fixed: Mapping[str, ArrayLike] | None = None,
    groups: Mapping[str, ArrayLike] | None = None,
    slopes: Mapping[str, ArrayLike] | None = None,
    *,
    intercept: bool = True,
    start: Mapping[str, float] | None = None,
) -> MixedModelFit:
    """Fit a linear mixed model with crossed random intercepts and slopes by REML.

    The same model as `lmer(response ~ columns + (1 | a) + (1 | b) + (1 + x || c))` in R's lme4:
    independent normal effects per level of each factor. Factors may be crossed, nested or
    partly so, rows missing. A variance at its bound of zero is reported as zero, and the fit as
    singular. Criterion: Bates et al., J Stat Softw 2015;67(1), equation 41.

    Parameters
    ----------
    response
        One number per rating.
    fixed
        Named columns of fixed effects; the intercept is put in front.
    groups
        Labels of each grouping factor; see `interaction` for products of factors.
    slopes
        For some of the factors a column whose slope differs between levels, without correlation
        to the random intercept.
    intercept
        Whether to put the column "intercept" in front.
    start
        Variances from which to start, such as those of a fit of nearly the same ratings.

    Raises
    ------
    ValueError
        If lengths differ, numbers are missing or infinite, or a slope has no grouping factor;
        all problems at once.

    Examples
    --------
    >>> ratings = [4, 5, 4, 2, 3, 3, 3, 5, 4, 1, 3, 2]
    >>> cases = [case for case in "abcd" for _ in range(3)]
    >>> fit = fit_mixed_model(ratings, groups={"case": cases, "rater": [1, 2, 3] * 4})
    >>> {name: round(value, 4) for name, value in fit.variance.items()}
    {'case': 1.1667, 'rater': 0.5278, 'residual': 0.1389}
    >>> round(fit.coefficients["intercept"], 4), round(fit.reml_criterion, 3)
    (3.25, 27.354)
    """
    design = read_design(
        response, fixed, groups or {}, slopes, intercept=intercept, residual_variance=True
    )
    if design.reason is not None:
        return _no_fit(design, design.reason)
    model = ProfiledModel(design)
    if model.size**2 <= _PERFECT * float(np.sum(design.response**2)):
        return _no_fit(design, "no variance: the fixed effects explain every rating")
    begin = np.array([_start(start, term.name) for term in design.terms])
    theta, converged = least_criterion(model, begin, near=start is not None)
    profile = model.at(theta)
    freedom = model.n_rows - model.n_fixed
    sigma2 = profile.residual / freedom
    if not profile.residual > _PERFECT * model.size**2:
        return _no_fit(design, "no residual variance: the random effects explain every rating")
    names = [term.name for term in design.terms]
    covariance = sigma2 * profile.covariance
    return MixedModelFit(
        variance={
            **{name: float(t**2 * sigma2) for name, t in zip(names, theta, strict=True)},
            RESIDUAL: float(sigma2),
        },
        coefficients=dict(zip(design.names, profile.coefficients.tolist(), strict=True)),
        standard_errors=dict(zip(design.names, np.sqrt(np.diag(covariance)).tolist(), strict=True)),
        covariance=covariance,
        reml_criterion=model.criterion(theta),
        n_rows=model.n_rows,
        n_levels=_levels(design),
        converged=converged,
        singular=bool((theta == 0).any()),
        model=model,
        theta=theta,
    )


def _start(start: Mapping[str, float] | None, name: str) -> float:
    if start is None:
        return 1.0
    return float(np.sqrt(start.get(name, 0.0) / start[RESIDUAL]))


def _levels(design: Design) -> dict[str, int]:
    return {term.name: term.n_levels for term in design.terms}


def _no_fit(design: Design, reason: str) -> MixedModelFit:
    p = len(design.names)
    nothing = np.full((p, p), np.nan)
    n = len(design.response)
    return MixedModelFit({}, {}, {}, nothing, None, n, _levels(design), False, False, reason)
