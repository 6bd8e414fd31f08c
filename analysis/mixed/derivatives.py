"""Derivatives by central differences of fourth order, for functions that cost little."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from analysis.resampling import FloatArray

Vector = Callable[[FloatArray], FloatArray]

# Least truncation and rounding together for functions known to about 1e-15 of their size.
_STEP = 2e-3


def steps(at: FloatArray, least: float) -> FloatArray:
    """Return a step per coordinate: a small part of it, or of `least` near zero."""
    return _STEP * np.maximum(np.abs(at), least)


def newton_parts(
    function: Callable[[FloatArray], float], at: FloatArray, step: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the gradient to fourth order and the Hessian to second, with few evaluations."""
    m = len(at)
    centre = function(at)
    out = np.array(
        [[function(_moved(at, {j: k * step[j]})) for k in (-2, -1, 1, 2)] for j in range(m)]
    )
    slope = (out[:, 0] - 8 * out[:, 1] + 8 * out[:, 2] - out[:, 3]) / (12 * step)
    near = out[:, 1] + out[:, 2] - 2 * centre
    curve = np.diag(near / step**2)
    for i in range(m):
        for j in range(i):
            both = sum(function(_moved(at, {i: k * step[i], j: k * step[j]})) for k in (1, -1))
            rest = both - 2 * centre - near[i] - near[j]
            curve[i, j] = curve[j, i] = rest / (2 * step[i] * step[j])
    return slope, curve


def gradient(function: Vector, at: FloatArray, step: FloatArray) -> FloatArray:
    """Return the derivatives of a vector of outputs, shape (coordinates, outputs)."""
    rows = []
    for j, h in enumerate(step):
        out = [function(_moved(at, {j: k * h})) for k in (-2, -1, 1, 2)]
        rows.append((out[0] - 8 * out[1] + 8 * out[2] - out[3]) / (12 * h))
    return np.array(rows)


def hessian(function: Vector, at: FloatArray, step: FloatArray) -> FloatArray:
    """Return the second derivatives, shape (coordinates, coordinates, outputs)."""
    m = len(at)
    centre = function(at)
    result = np.empty((m, m, len(centre)))
    for i in range(m):
        near, far = (
            function(_moved(at, {i: k * step[i]})) + function(_moved(at, {i: -k * step[i]}))
            for k in (1, 2)
        )
        result[i, i] = (16 * near - far - 30 * centre) / (12 * step[i] ** 2)
        for j in range(i):
            one, two = (_mixed(function, at, {i: k * step[i], j: k * step[j]}) for k in (1, 2))
            # Richardson's extrapolation takes the error of second order away.
            result[i, j] = result[j, i] = (4 * one - two) / 3
    return result


def _mixed(function: Vector, at: FloatArray, moves: dict[int, float]) -> FloatArray:
    (i, h), (j, k) = moves.items()
    plus = function(_moved(at, {i: h, j: k})) + function(_moved(at, {i: -h, j: -k}))
    minus = function(_moved(at, {i: h, j: -k})) + function(_moved(at, {i: -h, j: k}))
    return (plus - minus) / (4 * h * k)


def _moved(at: FloatArray, moves: dict[int, float]) -> FloatArray:
    there = at.copy()
    for j, move in moves.items():
        there[j] += move
    return there
