"""Results about where the variance of ratings comes from, and how many raters it takes."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from analysis.agreement.d_study import d_study, how_many_raters
from analysis.agreement.generalizability import generalizability
from analysis.results import Asked, Result

TARGETS = (0.8, 0.9)
MOST_RATERS = 8
MOST_REFITS = 0
"""A refit without each case takes too long for a report; complete ratings need none."""


def generalizability_results(readings: pd.DataFrame, asked: Asked) -> Iterator[Result]:
    """Split the variance of ratings into cases, models, raters and their products.

    What is measured is a mask: the case, the model and their product. G is the reliability of an
    order of masks by the mean of these raters, Phi that of the value itself.

    Parameters
    ----------
    readings
        First readings: case, model, rater, value; several of a model and case, of several
        prompts, are averaged.
    asked
        Confidence level, resamples, and what the results are about.
    """
    keys = ["case", "model", "rater"]
    cells = readings.groupby(keys)["value"].mean().reset_index()
    facets = {name: cells[name].to_numpy(dtype=object) for name in keys}
    if any(len(set(labels)) < 2 for labels in facets.values()):
        return
    found = generalizability(
        cells["value"].to_numpy(dtype=float),
        facets,
        ("case", "model"),
        most_refits=MOST_REFITS,
        **asked.options,
    )
    study = found.study
    n = {"ratings": study.n_ratings, **study.n_levels}
    total = sum(study.components.values())
    for name, variance in study.components.items():
        yield asked.number(f"variance_{name}", variance, study.method, "rating^2", n=n)
        share = variance / total if total > 0 else None
        why = None if share is not None else "the ratings do not vary"
        yield asked.number(f"variance_share_{name}", share, study.method, n=n, reason=why)
    yield asked.result("g_coefficient", found.g, n)
    yield asked.result("phi_coefficient", found.phi, n)
    if study.reason is not None:
        return
    measured = ("case", "model")
    for raters in range(1, MOST_RATERS + 1):
        levels = {**study.n_levels, "rater": raters}
        decision = d_study(study.components, measured, levels)
        how = "dependability of the mean of so many raters"
        count = {**n, "raters": raters}
        yield asked.number("phi_by_raters", decision.phi, how, n=count, reason=decision.reason)
    for target in TARGETS:
        needed = how_many_raters(study.components, target, measured)
        yield asked.number(
            f"raters_for_phi_{target:g}",
            needed.n,
            f"raters whose mean has a Phi of {target:g}",
            "raters",
            n=n,
            reason=needed.reason,
        )
