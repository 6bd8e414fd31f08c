"""D studies: how dependable a mean over so many raters, cases or models would be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

RESIDUAL = "residual"

Coefficient = Literal["g", "phi"]


@dataclass(frozen=True)
class DStudy:
    """What a mean over `n` levels of the facets says about the objects of measurement.

    Attributes
    ----------
    measured
        Facets whose levels (or combinations of levels) are told apart.
    n
        Number of levels of each other facet that a mean is taken over.
    universe_variance
        Variance of what is to be measured, in squared units of the rating.
    relative_error, absolute_error
        Variance of the error when objects are compared, and when a value is taken as it is.
    g
        Generalizability coefficient E rho^2 = universe / (universe + relative error).
    phi
        Index of dependability = universe / (universe + absolute error).
    sem_relative, sem_absolute
        Standard errors of measurement, in units of the rating.
    reason
        Why `g` and `phi` are None; None when they are there.
    """

    measured: tuple[str, ...]
    n: dict[str, int]
    universe_variance: float
    relative_error: float
    absolute_error: float
    g: float | None
    phi: float | None
    sem_relative: float
    sem_absolute: float
    reason: str | None = None


@dataclass(frozen=True)
class NumberNeeded:
    """The least number of levels of a facet that reaches a target, or why none does."""

    n: int | None
    facet: str
    coefficient: Coefficient
    target: float
    limit: float | None
    reason: str | None = None


def d_study(
    components: Mapping[str, float],
    measured: str | Sequence[str],
    n: Mapping[str, int],
    *,
    fixed: Sequence[str] = (),
) -> DStudy:
    """Return the dependability of a mean over `n` levels of each facet.

    A component belongs to the universe when all its facets are measured; to the relative error
    when some are; to the absolute error when some are not. Errors are divided by the numbers of
    levels (Brennan RL. Generalizability Theory, 2001, sections 4.1 and 4.4; Shavelson RJ, Webb NM.
    Generalizability Theory: A Primer, 1991). Negative components count as zero.

    Parameters
    ----------
    components
        Variance by effect: facets joined with ":", and "residual" for all facets together.
    measured
        The object of measurement: "case", or ("case", "model") for a mask.
    n
        Levels that the mean is taken over, for every other facet.
    fixed
        Facets whose levels are the only ones of interest: their interaction with the object is
        part of what is measured.

    Raises
    ------
    ValueError
        If a facet is unknown or has no number of levels of at least 1; all problems at once.

    Examples
    --------
    >>> one = d_study({"case": 2.0, "rater": 0.5, "residual": 1.5}, "case", {"rater": 3})
    >>> round(one.g, 4), round(one.phi, 4)
    (0.8, 0.75)
    """
    objects = (measured,) if isinstance(measured, str) else tuple(measured)
    facets = _facets(components)
    kept = {name: max(value, 0.0) for name, value in components.items()}
    universe, relative, absolute = variance_parts(kept, objects, n, fixed)
    reason = None if universe > 0 else "the objects do not differ: no variance is to be measured"
    return DStudy(
        measured=objects,
        n={facet: int(n[facet]) for facet in facets if facet not in objects},
        universe_variance=universe,
        relative_error=relative,
        absolute_error=absolute,
        g=None if reason else universe / (universe + relative),
        phi=None if reason else universe / (universe + absolute),
        sem_relative=float(np.sqrt(relative)),
        sem_absolute=float(np.sqrt(absolute)),
        reason=reason,
    )


def d_study_curve(
    components: Mapping[str, float],
    measured: str | Sequence[str],
    n: Mapping[str, int],
    *,
    facet: str = "rater",
    most: int = 10,
    fixed: Sequence[str] = (),
) -> list[DStudy]:
    """Return the D studies with 1 to `most` levels of one facet, the others as in `n`.

    Parameters
    ----------
    components, measured, n, fixed
        As for `d_study`; `n` of the facet itself may be left out.
    facet, most
        The facet whose number of levels grows, and how far.

    Examples
    --------
    >>> curve = d_study_curve({"case": 1.0, "rater": 0.0, "residual": 1.0}, "case", {}, most=3)
    >>> [round(study.g, 3) for study in curve]
    [0.5, 0.667, 0.75]
    """
    return [
        d_study(components, measured, {**n, facet: count}, fixed=fixed)
        for count in range(1, most + 1)
    ]


def how_many_raters(
    components: Mapping[str, float],
    target: float,
    measured: str | Sequence[str] = "case",
    n: Mapping[str, int] | None = None,
    *,
    facet: str = "rater",
    coefficient: Coefficient = "phi",
    fixed: Sequence[str] = (),
) -> NumberNeeded:
    """Return the least number of raters whose mean reaches a coefficient of `target`.

    Solved exactly: the errors are a constant and a part that falls with one over the number.

    Parameters
    ----------
    components, measured, n, fixed
        As for `d_study`; `n` of the facet itself may be left out.
    target
        The coefficient to be reached, between 0 and 1.
    facet
        The facet whose levels are counted.
    coefficient
        "phi" for values taken as they are, "g" for comparisons.

    Raises
    ------
    ValueError
        If the target is not between 0 and 1, or as `d_study`.

    Examples
    --------
    >>> how_many_raters({"case": 2.0, "rater": 0.5, "residual": 1.5}, 0.8).n
    4
    """
    if not 0 < target < 1:
        raise ValueError(f"a target of {target}, not between 0 and 1")
    blank = NumberNeeded(None, facet, coefficient, target, None)
    one = d_study(components, measured, {**(n or {}), facet: 1}, fixed=fixed)
    many = d_study(components, measured, {**(n or {}), facet: 10**15}, fixed=fixed)
    if one.reason is not None:
        return replace(blank, reason=one.reason)
    limit = many.phi if coefficient == "phi" else many.g
    first, last = (
        study.absolute_error if coefficient == "phi" else study.relative_error
        for study in (one, many)
    )
    # Up to that much error the target is met.
    allowed = one.universe_variance * (1 - target) / target
    if first <= allowed * (1 + 1e-12):
        return replace(blank, n=1, limit=limit)
    if last >= allowed:
        reason = f"even with endlessly many levels of {facet} it stays at {limit:.4g} or below"
        return replace(blank, limit=limit, reason=reason)
    count = int(np.ceil((first - last) / (allowed - last) * (1 - 1e-12)))
    return replace(blank, n=count, limit=limit)


def variance_parts(
    components: Mapping[str, float],
    objects: Sequence[str],
    n: Mapping[str, int],
    fixed: Sequence[str] = (),
) -> tuple[float, float, float]:
    """Return the variances of universe, relative error and absolute error, components as given.

    Raises
    ------
    ValueError
        As `d_study`.
    """
    facets = _facets(components)
    _check(facets, objects, n, fixed)
    universe = relative = absolute = 0.0
    for name, value in components.items():
        effect = facets if name == RESIDUAL else tuple(name.split(":"))
        others = [facet for facet in effect if facet not in objects]
        part = value / float(np.prod([n[facet] for facet in others]))
        about_objects = len(others) < len(effect)
        if all(facet in fixed for facet in others):
            universe += part if about_objects else 0.0
        else:
            absolute += part
            relative += part if about_objects else 0.0
    return universe, relative, absolute


def _facets(components: Mapping[str, float]) -> tuple[str, ...]:
    names = [facet for name in components if name != RESIDUAL for facet in name.split(":")]
    return tuple(dict.fromkeys(names))


def _check(
    facets: tuple[str, ...], objects: Sequence[str], n: Mapping[str, int], fixed: Sequence[str]
) -> None:
    known = ", ".join(facets)
    problems = [f"no facet {name}; there are {known}" for name in objects if name not in facets]
    problems += [f"no facet {name}; there are {known}" for name in fixed if name not in facets]
    problems += [f"{name} is measured and cannot be fixed" for name in fixed if name in objects]
    problems += [
        f"{name}: how many levels is the mean over?"
        for name in facets
        if name not in objects and not n.get(name, 0) >= 1
    ]
    if problems:
        raise ValueError("; ".join(problems))
