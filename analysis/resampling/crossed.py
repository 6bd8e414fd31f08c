"""Resampling of cases together with raters, models or both."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from analysis.resampling.weights import Cases, FloatArray, Resamples, block_rows

Cells = Callable[[FloatArray], FloatArray]
"""W (resamples x cases) -> (resamples, n_1, ..., n_k): one value a rater, or a rater and model."""


def crossed_replicates(
    cells: Cells,
    resamples: Resamples,
    cases: Cases,
    designs: Sequence[Sequence[str | None]],
) -> FloatArray:
    """Return replicates of the mean over cells, with cases and other axes drawn anew.

    Cases, raters and models are drawn independently of each other, and a cell counts as often as
    all of its factors were drawn: the pigeonhole bootstrap of Owen AB. Ann Appl Stat
    2007;1:386-411, which is conservative; for metrics and human ratings Deutsch D et al. TACL
    2021;9:1132-1146.

    Parameters
    ----------
    cells
        Values by cell as a function of case weights; a cell that is NaN is left out of the mean.
    resamples
        Weights of the cases; must not be an enumeration.
    cases
        Labels of the cases, or their number.
    designs
        For each design the names of the axes of the cells; None keeps an axis as it is. Weights of
        the same name and size are shared.

    Returns
    -------
    FloatArray
        (designs, resamples).
    """
    columns = resamples.columns(cases)
    rows = block_rows(resamples.n_cases)
    replicates = []
    for start in range(0, resamples.n, rows):
        stop = min(start + rows, resamples.n)
        values = cells(resamples.rows(start, stop)[:, columns])
        means = []
        for axes in designs:
            weights = [
                np.ones((stop - start, size))
                if axis is None
                else resamples.counts(axis, size, start, stop)
                for axis, size in zip(axes, values.shape[1:], strict=True)
            ]
            means.append(crossed_mean(values, weights))
        replicates.append(np.stack(means))
    return np.concatenate(replicates, axis=1)


def crossed_mean(values: FloatArray, weights: Sequence[FloatArray]) -> FloatArray:
    """Return the mean over cells, each weighted by the product of its axes' weights; (resamples,).

    Parameters
    ----------
    values
        (resamples, n_1, ..., n_k); NaN cells are left out.
    weights
        For each axis (resamples, n_i); none at all for the plain mean.
    """
    defined = np.isfinite(values)
    total = np.where(defined, values, 0.0)
    count = defined.astype(np.float64)
    for weight in reversed(weights):
        shaped = weight.reshape(len(weight), *[1] * (total.ndim - 2), weight.shape[1])
        total = (total * shaped).sum(axis=-1)
        count = (count * shaped).sum(axis=-1)
    axes = tuple(range(1, total.ndim))
    total, count = total.sum(axis=axes), count.sum(axis=axes)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(total / count)
