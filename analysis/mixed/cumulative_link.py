"""Cumulative link models of ordered ratings, with and without random intercepts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import optimize, stats

from analysis.mixed.category_likelihood import Link
from analysis.mixed.derivatives import gradient, hessian, steps
from analysis.mixed.design import INTERCEPT, Design, read_design
from analysis.mixed.laplace import LaplaceModel
from analysis.mixed.maximum_likelihood import maximum_likelihood
from analysis.resampling import FloatArray, IntArray, SignificanceTest

_SMALL = 0.05  # a smaller standard deviation of a random term is tried at zero
_NO_WORSE = 1e-7


@dataclass(frozen=True, eq=False)
class CumulativeLinkFit:
    """A fitted cumulative link model, or the reason why it could not be fitted.

    Attributes
    ----------
    thresholds
        Where one category passes into the next, named "1|2", "2|3", ...
    coefficients
        Fixed effects: positive moves the ratings up.
    standard_errors
        Of thresholds and coefficients, from the observed information of all parameters.
    random_sd
        Standard deviation of each random term, on the scale of the link.
    covariance
        Of thresholds and coefficients, in that order.
    log_likelihood
        At the maximum; with random terms by the Laplace approximation.
    link, n_rows, n_levels
        The link, numbers of ratings and of levels per grouping factor.
    converged, singular
        Whether a maximum was reached, and whether a standard deviation is zero there.
    reason
        Why there is no fit; None when there is one.
    """

    thresholds: dict[str, float]
    coefficients: dict[str, float]
    standard_errors: dict[str, float]
    random_sd: dict[str, float]
    covariance: FloatArray
    log_likelihood: float | None
    link: Link
    n_rows: int
    n_levels: dict[str, int]
    converged: bool
    singular: bool
    reason: str | None = None

    def wald(self, name: str) -> SignificanceTest:
        """Test a coefficient against zero with Wald's z (two-sided).

        Raises
        ------
        ValueError
            If there is no such coefficient.
        """
        method = f"Wald z, cumulative {self.link} model"
        if self.reason is not None:
            return SignificanceTest(None, "z", (), None, method, self.reason)
        if name not in self.coefficients:
            raise ValueError(f"no column {name}; there are {', '.join(self.coefficients)}")
        z = self.coefficients[name] / self.standard_errors[name]
        return SignificanceTest(z, "z", (), float(2 * stats.norm.sf(abs(z))), method)


def fit_cumulative_link(
    rating: ArrayLike, fixed: Mapping[str, ArrayLike] | None = None, *, link: Link = "logit"
) -> CumulativeLinkFit:
    """Fit a proportional-odds cumulative link model by maximum likelihood.

    P(rating <= k) = F(threshold k - x'b) (McCullagh P. J R Stat Soc B 1980;42:109), so that a
    positive coefficient raises the ratings, as in R's ordinal and MASS. Categories that nobody
    used have no threshold. Standard errors from the observed information.

    Parameters
    ----------
    rating
        Ordered categories as numbers.
    fixed
        Named columns; no intercept, the thresholds are in its place.
    link
        "logit" (proportional odds) or "probit".

    Raises
    ------
    ValueError
        If lengths differ or numbers are missing or infinite; all problems at once.

    Examples
    --------
    >>> fit = fit_cumulative_link([1, 2, 2, 3, 2, 3, 3, 1], {"late": [0, 0, 0, 0, 1, 1, 1, 1]})
    >>> round(fit.coefficients["late"], 4), round(fit.log_likelihood, 4)
    (0.6529, -8.5357)
    """
    return _fit(rating, fixed, {}, None, link)


def fit_cumulative_link_mixed(
    rating: ArrayLike,
    fixed: Mapping[str, ArrayLike] | None = None,
    groups: Mapping[str, ArrayLike] | None = None,
    slopes: Mapping[str, ArrayLike] | None = None,
    *,
    link: Link = "logit",
) -> CumulativeLinkFit:
    """Fit a cumulative link mixed model by the Laplace approximation.

    The model of `fit_cumulative_link` with independent normal effects of crossed or nested
    grouping factors, integrated out by the Laplace approximation at their joint mode, as
    R's ordinal::clmm does. The approximation is coarse where a level has few ratings.

    Parameters
    ----------
    rating, fixed, link
        As for `fit_cumulative_link`.
    groups, slopes
        As for `analysis.mixed.fit_mixed_model`.

    Raises
    ------
    ValueError
        If lengths differ, numbers are missing or infinite, or a slope has no grouping factor;
        all problems at once.

    Examples
    --------
    >>> ratings, cases = [1, 2, 1, 2, 2, 3, 1, 3, 2, 3, 3, 3], [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]
    >>> fit = fit_cumulative_link_mixed(ratings, groups={"case": cases})
    >>> list(fit.thresholds), list(fit.random_sd)
    (['1|2', '2|3'], ['case'])
    """
    return _fit(rating, fixed, groups or {}, slopes, link)


def _fit(
    rating: ArrayLike,
    fixed: Mapping[str, ArrayLike] | None,
    groups: Mapping[str, ArrayLike],
    slopes: Mapping[str, ArrayLike] | None,
    link: Link,
) -> CumulativeLinkFit:
    # With a constant first, a column that only moves all thresholds is found to be dependent.
    design = read_design(rating, fixed, groups, slopes, intercept=True, residual_variance=False)
    design = Design(
        design.response, design.names[1:], design.fixed[:, 1:], design.terms, design.reason
    )
    levels, categories = np.unique(design.response, return_inverse=True)
    if len(levels) < 2:
        return _no_fit(design, link, "no variance: all ratings are alike")
    if design.reason is not None:
        return _no_fit(design, link, design.reason.replace(INTERCEPT, "set of thresholds"))
    start, information, value = maximum_likelihood(design, categories, link)
    if value is None:
        reason = "the columns separate the categories: a coefficient has no finite estimate"
        return _no_fit(design, link, reason)
    if not design.terms:
        covariance = np.asarray(np.linalg.inv(information), dtype=np.float64)
        return _result(design, levels, link, start, covariance, value)
    return _fit_random(design, levels, categories, link, start)


def _fit_random(
    design: Design,
    levels: NDArray[np.float64],
    categories: IntArray,
    link: Link,
    start: FloatArray,
) -> CumulativeLinkFit:
    model = LaplaceModel(design, categories, link)
    a, m = model.n_thresholds, len(design.terms)

    def unpacked(x: FloatArray) -> FloatArray:
        # Thresholds as the first and the logarithms of the gaps: always in order.
        thresholds = x[0] + np.concatenate([[0.0], np.cumsum(np.exp(x[1:a]))])
        return np.concatenate([thresholds, x[a:]])

    begin = np.concatenate([start[:1], np.log(np.diff(start[:a])), start[a:], np.full(m, 0.5)])
    bounds = [(None, None)] * len(start) + [(0, None)] * m

    def negative(x: NDArray[np.float64]) -> float:
        return model(unpacked(x))

    found = optimize.minimize(
        negative,
        begin,
        method="L-BFGS-B",
        bounds=bounds,
        options={"maxiter": 500, "maxfun": 100_000, "ftol": 1e-12, "eps": 1e-6},
    )
    best = unpacked(found.x)
    for j in range(len(start), len(best)):
        there = best.copy()
        there[j] = 0.0
        if best[j] < _SMALL and model(there) <= model(best) + _NO_WORSE:
            best = there
    free = np.concatenate([np.arange(len(start)), len(start) + np.flatnonzero(best[len(start) :])])

    def of_free(x: FloatArray) -> FloatArray:
        full = best.copy()
        full[free] = x
        return np.array([model(full)])

    step = steps(best[free], 0.5)
    curve = hessian(of_free, best[free], step)[:, :, 0]
    if float(np.linalg.eigvalsh(curve)[0]) <= 0:
        return _no_fit(design, link, "no maximum: the likelihood does not bend down on all sides")
    # One step of Newton's takes the optimiser's last digits off.
    slope = gradient(of_free, best[free], step)[:, 0]
    move: FloatArray = np.asarray(-np.linalg.solve(curve, slope), dtype=np.float64)
    small = float(-slope @ move) < 1e-3
    if small and model(_moved(best, free, move)) <= model(best):
        best = _moved(best, free, move)
    covariance = np.asarray(np.linalg.inv(curve), dtype=np.float64)
    return _result(design, levels, link, best, covariance, -model(best), small)


def _moved(at: FloatArray, free: IntArray, move: FloatArray) -> FloatArray:
    there = at.copy()
    there[free] += move
    return there


def _result(
    design: Design,
    levels: NDArray[np.float64],
    link: Link,
    best: FloatArray,
    covariance: FloatArray,
    likelihood: float,
    converged: bool = True,
) -> CumulativeLinkFit:
    a = len(levels) - 1
    b = a + len(design.names)
    names = [f"{low:g}|{high:g}" for low, high in pairwise(levels)]
    errors = np.sqrt(np.diag(covariance))[:b]
    return CumulativeLinkFit(
        thresholds=dict(zip(names, best[:a].tolist(), strict=True)),
        coefficients=dict(zip(design.names, best[a:b].tolist(), strict=True)),
        standard_errors=dict(zip([*names, *design.names], errors.tolist(), strict=True)),
        random_sd={
            term.name: float(abs(sd)) for term, sd in zip(design.terms, best[b:], strict=True)
        },
        covariance=covariance[:b, :b],
        log_likelihood=float(likelihood),
        link=link,
        n_rows=len(design.response),
        n_levels={term.name: term.n_levels for term in design.terms},
        converged=converged,
        singular=bool((best[b:] == 0).any()),
    )


def _no_fit(design: Design, link: Link, reason: str) -> CumulativeLinkFit:
    levels = {term.name: term.n_levels for term in design.terms}
    nothing = np.empty((0, 0))
    n = len(design.response)
    return CumulativeLinkFit({}, {}, {}, {}, nothing, None, link, n, levels, False, False, reason)
