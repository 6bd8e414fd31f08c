"""Maximum likelihood of paired comparisons, for many tables of counts at once.

Every pair has outcomes with probabilities proportional to exp(x . theta): a multinomial logit, so
the log likelihood is concave and Newton's method needs only step halving. With theta the log
abilities (reference left out), the first player's advantage and the log tie parameter:

    first preferred    ability of the first
    second preferred   ability of the second - advantage
    neither            log tie parameter + mean of the two abilities

Davidson RR. J Am Stat Assoc 1970;65:317-328 (ties); Davidson RR, Beaver RJ. Biometrics 1977;33:
693-702 (order, multiplicative).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.resampling import FloatArray, IntArray

# A common effect of 12 on the log scale is odds of 160,000 to 1: it is on its way to infinity.
INFINITE = 12.0
_NO_TIES = -40.0
_MOST_STEPS = 100
_CLOSE = 1e-9
_SINGULAR = 1e-10


@dataclass(frozen=True, eq=False)
class Model:
    """Linear predictors, pairs x outcomes x parameters, and where the parameters stand.

    Attributes
    ----------
    x
        The predictors.
    n_abilities
        Number of abilities that are estimated: they come first.
    order_at, tie_at
        Place of the advantage and of the log tie parameter; None without them.
    firth
        Whether the likelihood is penalised by Jeffreys' prior.
    """

    x: FloatArray
    n_abilities: int
    order_at: int | None
    tie_at: int | None
    firth: bool


@dataclass(frozen=True, eq=False)
class Fitted:
    """Parameters (tables x parameters), information, log likelihood; NaN where not finite."""

    theta: FloatArray
    information: FloatArray
    log_likelihood: FloatArray


def model(
    pairs: IntArray, n_players: int, reference: int, *, order: bool, ties: bool, firth: bool
) -> Model:
    """Lay out the linear predictors of the pairs."""
    column = np.delete(np.arange(n_players), reference)
    ability = np.zeros((n_players, n_players - 1))
    ability[column, np.arange(n_players - 1)] = 1.0
    one, two = ability[pairs[:, 0]], ability[pairs[:, 1]]
    n_abilities = n_players - 1
    x = np.zeros((len(pairs), 3 if ties else 2, n_abilities + order + ties))
    x[:, 0, :n_abilities] = one
    x[:, 1, :n_abilities] = two
    if order:
        x[:, 1, n_abilities] = -1.0
    if ties:
        x[:, 2, :n_abilities] = (one + two) / 2
        x[:, 2, -1] = 1.0
    return Model(
        x,
        n_abilities,
        n_abilities if order else None,
        x.shape[2] - 1 if ties else None,
        firth,
    )


def fit(counts: FloatArray, laid_out: Model, start: FloatArray | None = None) -> Fitted:
    """Fit each table of counts (tables x pairs x outcomes) by Newton's method with step halving.

    The tables must be connected (see `connected`); parameters that cannot be told apart (see
    `identified`), a common effect that runs off to infinity, or an iteration without an end, give
    NaN. A table without any tie has tie parameter 0 (its logarithm is set to -40 here), and the
    other parameters are those of a model without ties.
    """
    n_tables, n_parameters = len(counts), laid_out.x.shape[2]
    theta = np.zeros((n_tables, n_parameters))
    if not n_tables:
        return Fitted(theta, np.empty((0, n_parameters, n_parameters)), np.empty(0))
    if start is not None:
        theta += start
    fixed = np.zeros((n_tables, n_parameters), dtype=bool)
    if laid_out.tie_at is not None and not laid_out.firth:
        fixed[:, laid_out.tie_at] = counts[:, :, 2].sum(axis=1) == 0
        theta[fixed] = _NO_TIES
    lost = ~identified(counts, laid_out)
    open_rows = np.flatnonzero(~lost)
    for _ in range(_MOST_STEPS):
        if not len(open_rows):
            break
        step = _newton_step(counts[open_rows], laid_out, theta[open_rows], fixed[open_rows])
        theta[open_rows], moved = _advance(counts[open_rows], laid_out, theta[open_rows], step)
        runaway = _runaway(laid_out, theta[open_rows]) | ~np.isfinite(moved)
        lost[open_rows[runaway]] = True
        open_rows = open_rows[~runaway & (moved > _CLOSE)]
    lost[open_rows] = True
    information = _information(counts, laid_out, theta)[0]
    log_likelihood = _log_likelihood(counts, laid_out, theta)
    theta[lost], information[lost], log_likelihood[lost] = np.nan, np.nan, np.nan
    return Fitted(theta, information, log_likelihood)


def connected(pairs: IntArray, counts: FloatArray, n_players: int, firth: bool) -> np.ndarray:
    """Tell for each table whether the abilities are finite.

    Ford LR. Am Math Mon 1957;64(8):28-33: however the players are split in two, someone of each
    part must have been preferred to someone of the other. A tie counts for both; under Jeffreys'
    prior any comparison does.
    """
    return np.asarray(reachable(pairs, counts, n_players, firth).all(axis=(1, 2)))


def identified(counts: FloatArray, laid_out: Model) -> np.ndarray:
    """Tell for each table whether its pairs can tell an effect of order from the abilities.

    They cannot where, say, every pair was shown in one order only and no players met in a circle.
    Without such an effect a connected table always can.
    """
    if laid_out.order_at is None or not len(counts):
        return np.ones(len(counts), dtype=bool)
    information = _information(counts, laid_out, np.zeros((len(counts), laid_out.x.shape[2])))[0]
    spread = np.linalg.eigvalsh(information)
    return np.asarray(spread[:, 0] > _SINGULAR * spread[:, -1])


def reachable(pairs: IntArray, counts: FloatArray, n_players: int, firth: bool) -> np.ndarray:
    """Tell who is above whom by a chain of preferences, tables x players x players."""
    first, second = pairs[:, 0], pairs[:, 1]
    tied = counts[:, :, 2] if counts.shape[2] > 2 else np.zeros(counts.shape[:2])
    both = counts.sum(axis=2) if firth else tied
    above = np.zeros((len(counts), n_players, n_players), dtype=np.float32)
    above[:, first, second] += counts[:, :, 0] + both > 0
    above[:, second, first] += counts[:, :, 1] + both > 0
    above[:, np.arange(n_players), np.arange(n_players)] = 1
    for _ in range(max(1, int(np.ceil(np.log2(max(2, n_players)))))):
        above = np.minimum(above @ above, 1)
    return above > 0


def probabilities(laid_out: Model, theta: FloatArray) -> FloatArray:
    """Return the probability of each outcome, tables x pairs x outcomes."""
    return np.exp(_log_probabilities(laid_out, theta))


def _log_probabilities(laid_out: Model, theta: FloatArray) -> FloatArray:
    n_pairs, n_outcomes, n_parameters = laid_out.x.shape
    eta = (theta @ laid_out.x.reshape(-1, n_parameters).T).reshape(-1, n_pairs, n_outcomes)
    eta -= eta.max(axis=2, keepdims=True)
    return np.asarray(eta - np.log(np.exp(eta).sum(axis=2, keepdims=True)))


def _log_likelihood(counts: FloatArray, laid_out: Model, theta: FloatArray) -> FloatArray:
    return np.asarray((counts * _log_probabilities(laid_out, theta)).sum(axis=(1, 2)))


def _objective(counts: FloatArray, laid_out: Model, theta: FloatArray) -> FloatArray:
    value = _log_likelihood(counts, laid_out, theta)
    if laid_out.firth:
        value = value + np.linalg.slogdet(_information(counts, laid_out, theta)[0])[1] / 2
    return value


def _information(
    counts: FloatArray, laid_out: Model, theta: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return Fisher's information, the probabilities and the mean predictors."""
    p = probabilities(laid_out, theta)
    n_tables, n_parameters = len(counts), laid_out.x.shape[2]
    size = counts.sum(axis=2)
    mean = np.einsum("bpo,poq->bpq", p, laid_out.x, optimize=True)
    flat = laid_out.x.reshape(-1, n_parameters)
    products = (flat[:, :, None] * flat[:, None, :]).reshape(len(flat), -1)
    spread = (size[:, :, None] * p).reshape(n_tables, -1) @ products
    centre = (size[:, :, None] * mean).transpose(0, 2, 1) @ mean
    return spread.reshape(n_tables, n_parameters, n_parameters) - centre, p, mean


def _newton_step(
    counts: FloatArray, laid_out: Model, theta: FloatArray, fixed: np.ndarray
) -> FloatArray:
    information, p, mean = _information(counts, laid_out, theta)
    size = counts.sum(axis=2)
    flat = laid_out.x.reshape(-1, laid_out.x.shape[2])
    slope = (counts - size[:, :, None] * p).reshape(len(counts), -1) @ flat
    if laid_out.firth:
        slope += _jeffreys_slope(information, size, p, laid_out.x, mean)
    slope[fixed] = 0.0
    information[fixed[:, :, None] | fixed[:, None, :]] = 0.0
    diagonal = np.arange(information.shape[1])
    # A parameter without information (a tie parameter at its limit) stays where it is.
    information[:, diagonal, diagonal] += fixed + 1e-12
    return np.asarray(np.linalg.solve(information, slope[:, :, None])[:, :, 0])


def _jeffreys_slope(
    information: FloatArray, size: FloatArray, p: FloatArray, x: FloatArray, mean: FloatArray
) -> FloatArray:
    """Return the slope of half the log determinant: third cumulants (Firth, Biometrika 1993)."""
    away = x[None] - mean[:, :, None, :]
    leverage = np.einsum(
        "bpoq,bqr,bpor->bpo", away, np.linalg.inv(information), away, optimize=True
    )
    slope = np.einsum("bpo,bpoq->bq", size[:, :, None] * p * leverage, away, optimize=True)
    return np.asarray(slope / 2)


def _advance(
    counts: FloatArray, laid_out: Model, theta: FloatArray, step: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Take the steps, each halved until the objective does not fall; return how far they went."""
    moved = np.abs(step).max(axis=1, initial=0.0)
    before = _objective(counts, laid_out, theta)
    slack = 1e-9 * (1.0 + np.abs(before))
    scale = np.ones(len(theta))
    # The last step of a runaway can leave every bound; a unit on the log scale is a long way.
    scale = np.minimum(scale, 5.0 / np.maximum(moved, 5.0))
    for _ in range(20):
        falls = _objective(counts, laid_out, theta + scale[:, None] * step) < before - slack
        if not falls.any():
            break
        scale[falls] /= 2
    return theta + scale[:, None] * step, moved


def _runaway(laid_out: Model, theta: FloatArray) -> np.ndarray:
    away = np.zeros(len(theta), dtype=bool)
    if laid_out.order_at is not None:
        away |= np.abs(theta[:, laid_out.order_at]) > INFINITE
    if laid_out.tie_at is not None:
        away |= theta[:, laid_out.tie_at] > INFINITE
    return away
