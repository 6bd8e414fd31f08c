"""The document of the coverage study."""

from __future__ import annotations

import platform
import textwrap
from dataclasses import dataclass
from importlib.metadata import version

from coverage_runs import (
    CASE_METHODS,
    MODELS,
    PANELS,
    RATERS,
    RESAMPLES,
    SIZES,
    STATISTICS,
    TRUE_CASES,
    VARIED,
    Tally,
)

PROMISED, HIGHEST_ERROR = (92, 97), 7


@dataclass(frozen=True)
class Took:
    """What the study cost."""

    processes: int
    seconds: float
    processor_s: float


def tests_of(tally: Tally) -> list[str]:
    """Return the names of the tests."""
    return sorted({key[1] for key in tally.tried if key[0] == "alike"})


def failures(tally: Tally) -> list[str]:
    """Name what lies outside the promise."""
    low, high = PROMISED
    outside = [
        f"{STATISTICS[name]}, {method}, {SIZES[-1]} cases: {share:.1f} %"
        for name in STATISTICS
        for method in CASE_METHODS
        if not low <= (share := tally.percent((str(SIZES[-1]), name, method))) <= high
    ]
    for world, target in (("alike", "A"), ("spread", "B")):
        outside += [
            f"{test}, models {world}: {share:.1f} %"
            for test in tests_of(tally)
            if test.startswith(target) and (share := tally.percent((world, test))) > HIGHEST_ERROR
        ]
    return outside


def page(tally: Tally, runs: int, seed: int, took: Took) -> str:
    """Return the document."""
    tried = -(-runs // PANELS) * PANELS
    versions = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "pandas"))
    deviations = ", ".join(f"{name} {value:g}" for name, value in VARIED.deviations.items())
    wrong = failures(tally)
    verdict = "All of them do." if not wrong else "These do not: " + "; ".join(wrong) + "."
    text = f"""# Coverage of the intervals, level of the tests

Written by `make coverage-study`, which is
`python benchmarks/coverage_study.py --runs {runs} --seed {seed}`: {tried} simulated studies for
each number, {took.processor_s / 60:.1f} minutes of processor time, {took.seconds / 60:.1f} on the
clock in {took.processes} processes. Python {platform.python_version()}, {versions}. A share near
95 %, or near 5 %, is
exact to {196 * (0.95 * 0.05 / tried) ** 0.5:.1f} points.

Each study: {sum(MODELS)} models in two families, {RATERS} raters, 5 levels. Standard deviations of
what makes a rating: {deviations}. The metric correlates with the true quality at
{VARIED.metric_rho[0]:g} in the one and {VARIED.metric_rho[1]:g} in the other family; models differ
from their family by a standard deviation of {VARIED.metric_z:g} on Fisher's z.

We promise {PROMISED[0]} to {PROMISED[1]} % for every case interval at {SIZES[-1]} cases, and at
most {HIGHEST_ERROR} % false positives for A where the models are alike and for B where they differ.
{verdict}

## Coverage of 95 % intervals, %

The interval speaks of other cases, read by the same raters of the same models. So raters and models
are drawn once for each of {PANELS} panels; the truth of a panel is the statistic of
{TRUE_CASES} cases, and each run draws its cases anew. Bootstraps have {RESAMPLES} resamples.

| statistic | interval | {" | ".join(f"{cases} cases" for cases in SIZES)} | \
{" | ".join(f"mean width, {cases}" for cases in SIZES)} |
|---|---|{"---|" * 2 * len(SIZES)}
{_coverage_rows(tally)}

The intervals that take masks as independent are here for comparison. Masks of one case are alike,
which makes these intervals too narrow; the F interval also speaks of other raters, which makes it
wider. How far the two cancel depends on the study: that they cover here promises nothing.

## False positives of 5 % tests of the families, %

{SIZES[-1]} cases; both families correlate at 0.5, so that each rejection as a statement about the
families is false. "Models alike": no model differs from another. "Models differ": by a standard
deviation of 0.25 on Fisher's z, so that the families of these very models do differ, which is what
A is asked; its rejections there are no errors, and no statement about families.

| test | models alike | models differ |
|---|---|---|
{_error_rows(tally)}
{_undefined(tally)}"""
    return "\n\n".join(_filled(paragraph) for paragraph in text.rstrip().split("\n\n")) + "\n"


def _filled(paragraph: str) -> str:
    """Break the lines of a paragraph anew; headings and tables stay as they are."""
    return paragraph if paragraph.startswith(("#", "|")) else textwrap.fill(paragraph, 100)


def _coverage_rows(tally: Tally) -> str:
    methods = list(dict.fromkeys([*CASE_METHODS, *(key[2] for key in tally.tried if len(key) > 2)]))
    rows = []
    for name, told in STATISTICS.items():
        for method in methods:
            keys = [(str(cases), name, method) for cases in SIZES]
            if not tally.tried[keys[0]]:
                continue
            shares = [f"{tally.percent(key):.1f}" for key in keys]
            widths = [f"{tally.widths[key] / tally.tried[key]:.2f}" for key in keys]
            rows.append(f"| {told} | {method} | {' | '.join([*shares, *widths])} |")
    return "\n".join(rows)


def _error_rows(tally: Tally) -> str:
    return "\n".join(
        f"| {test} | {tally.percent(('alike', test)):.1f} | {tally.percent(('spread', test)):.1f} |"
        for test in tests_of(tally)
    )


def _undefined(tally: Tally) -> str:
    missing = sum(tally.undefined.values())
    if not missing:
        return ""
    told = "; ".join(f"{', '.join(key)}: {count}" for key, count in tally.undefined.items())
    return f"\n{missing} intervals or tests were undefined and left out ({told}).\n"
