"""The whole agreement block of one table of ratings: every coefficient a reviewer asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from analysis.agreement.alpha import Measurement, krippendorff_alpha
from analysis.agreement.chance_corrected import (
    brennan_prediger,
    conger_kappa,
    fleiss_kappa,
    gwet_ac1,
    gwet_ac2,
    percent_agreement,
    unanimous_percent,
)
from analysis.agreement.coefficient import Coefficient
from analysis.agreement.icc import intraclass_correlation
from analysis.agreement.icc_forms import Form
from analysis.agreement.kappa import cohen_kappa
from analysis.agreement.kendall_w import kendall_w
from analysis.agreement.light_kappa import light_kappa
from analysis.agreement.measurement_error import (
    Error,
    minimal_detectable_change,
    standard_error_of_measurement,
)
from analysis.agreement.prevalence_and_bias import PrevalenceAndBias
from analysis.agreement.rating_table import RatingTable
from analysis.agreement.variance_components import icc_reml
from analysis.results import Asked, Result

Counts = Mapping[str, int]

ICC_FORMS: dict[str, Form] = {
    "icc_11": "ICC(1,1)",
    "icc_a1": "ICC(A,1)",
    "icc_c1": "ICC(C,1)",
    "icc_1k": "ICC(1,k)",
    "icc_ak": "ICC(A,k)",
    "icc_ck": "ICC(C,k)",
}
REML_FORMS: dict[str, Form] = {"icc_reml_a1": "ICC(A,1)", "icc_reml_ak": "ICC(A,k)"}
ERRORS: tuple[Error, ...] = ("agreement", "consistency")
FEWEST_TO_LEAVE_OUT = 3
MOST_LEVELS = 20
"""With more levels than this no kappa is given: every level is rare, and alpha and ICC say it."""
MOST_LISTED = 1000
"""Whole numbers that span more than this, such as volumes, are no levels one could list."""


def agreement_block(
    table: RatingTable,
    asked: Asked,
    measurement: Measurement = "ordinal",
    categories: Sequence[float] | None = None,
) -> list[Result]:
    """Estimate every coefficient of agreement that fits the level of measurement.

    Nominal: alpha, percent agreement, AC1 and the kappas. Ordinal adds their forms with quadratic
    weights, alpha for intervals, Kendall's W, the ICCs and the errors of measurement. With more
    than 20 levels the kappas are left out.

    Parameters
    ----------
    table
        Ratings, units x raters, NaN where one is missing.
    asked
        Confidence level, resamples, and what the results are about.
    measurement
        Level of measurement of the ratings.
    categories
        All levels of the instrument; without them the whole numbers between the lowest and the
        highest rating, or the ratings that were seen.
    """
    n = {"raters": table.n_raters, "units": len(table.values), "ratings": table.n_ratings}
    ordered = measurement != "nominal"
    results = list(_alphas(table, asked, measurement, n))
    levels = all_levels(table, categories, ordered)
    if 0 < len(levels) <= MOST_LEVELS:
        results += _of_categories(table, asked, levels, n, ordered)
        results += _of_pairs(table, asked, levels, ordered)
    if ordered:
        results += _of_numbers(table, asked, n)
    return results


def all_levels(
    table: RatingTable, categories: Sequence[float] | None, ordered: bool
) -> list[float]:
    """Return the levels of the instrument; see `agreement_block`."""
    if categories is not None:
        return [float(level) for level in categories]
    seen = [float(level) for level in np.unique(table.values[np.isfinite(table.values)])]
    whole = bool(seen) and all(level == round(level) for level in seen)
    if ordered and whole and seen[-1] - seen[0] <= MOST_LISTED:
        return [float(level) for level in range(round(seen[0]), round(seen[-1]) + 1)]
    return seen


def _alphas(
    table: RatingTable, asked: Asked, measurement: Measurement, n: Counts
) -> Iterator[Result]:
    kinds: dict[str, Measurement] = {"krippendorff_alpha": measurement}
    if measurement != "nominal":
        kinds |= {"krippendorff_alpha_interval": "interval"}
    for name, kind in kinds.items():
        alpha = krippendorff_alpha(table, kind, **asked.options)
        yield asked.result(name, replace(alpha, method=f"{kind}; {alpha.method}"), n)
    if table.n_raters < FEWEST_TO_LEAVE_OUT:
        return
    for at, rater in enumerate(table.rater_names):
        others = np.delete(table.values, at, axis=1)
        left = replace(table, values=others, rater_names=())
        alpha = krippendorff_alpha(left, measurement, level=asked.level)
        yield asked.result("krippendorff_alpha_without", alpha, n, rater=rater)


def _of_categories(
    table: RatingTable, asked: Asked, levels: Sequence[float], n: Counts, ordered: bool
) -> Iterator[Result]:
    options = asked.options | {"categories": levels}
    yield _coefficient(asked, "percent_agreement", percent_agreement(table, **options), n)
    used = [float((table.values == level).sum()) for level in levels]
    yield _prevalence(asked, used, n)
    yield asked.result("unanimous_percent", unanimous_percent(table, **asked.options), n, "%")
    yield _coefficient(asked, "gwet_ac1", gwet_ac1(table, **options), n)
    fleiss = fleiss_kappa(table, **options)
    yield _coefficient(asked, "fleiss_kappa", fleiss, n)
    if fleiss.null_test is not None:
        yield asked.test("fleiss_kappa_test", fleiss.null_test, n)
    yield _coefficient(asked, "conger_kappa", conger_kappa(table, **options), n)
    yield _coefficient(asked, "brennan_prediger", brennan_prediger(table, **options), n)
    yield asked.result("light_kappa", light_kappa(table, **options), n)
    if not ordered:
        return
    for name, function in (
        ("gwet_ac2", gwet_ac2),
        ("percent_agreement_quadratic", percent_agreement),
        ("fleiss_kappa_quadratic", fleiss_kappa),
        ("conger_kappa_quadratic", conger_kappa),
        ("brennan_prediger_quadratic", brennan_prediger),
    ):
        yield _coefficient(asked, name, function(table, "quadratic", **options), n)
    light = light_kappa(table, weights="quadratic", **options)
    yield asked.result("light_kappa_quadratic", light, n)


def _prevalence(asked: Asked, used: Sequence[float], n: Counts) -> Result:
    """Say how unevenly the levels are used: kappa and alpha fall where one of them prevails."""
    q, total = len(used), sum(used)
    value = (q * max(used) / total - 1) / (q - 1) if q > 1 and total else None
    how = "(q p - 1) / (q - 1), p the share of the most frequent of q levels over all raters"
    reason = None if value is not None else "fewer than two levels"
    return asked.number("prevalence_index", value, how, n=n, reason=reason)


def _coefficient(asked: Asked, name: str, found: Coefficient, n: Counts) -> Result:
    beside = (*found.estimate.beside, found.interval)
    return asked.result(name, replace(found.estimate, beside=beside), n)


def _of_pairs(
    table: RatingTable, asked: Asked, levels: Sequence[float], ordered: bool
) -> Iterator[Result]:
    """Estimate Cohen's kappa of each pair of raters, prevalence and bias index beside it."""
    names = table.rater_names or tuple(str(at + 1) for at in range(table.values.shape[1]))
    cases = table.case_names[table.cases] if len(table.case_names) else table.cases
    for one, other in combinations(range(len(names)), 2):
        both = np.isfinite(table.values[:, [one, other]]).all(axis=1)
        pair = asked.on(rater=f"{names[one]} & {names[other]}")
        n = {"raters": 2, "units": int(both.sum())}
        for weights in ("unweighted", "quadratic") if ordered else ("unweighted",):
            kappa = cohen_kappa(
                table.values[both, one],
                table.values[both, other],
                categories=levels,
                weights=weights,
                cases=cases[both],
                **asked.options,
            )
            name = "cohen_kappa" if weights == "unweighted" else "cohen_kappa_quadratic"
            if kappa.estimate is not None:
                beside = (*kappa.estimate.beside, kappa.interval)
                yield pair.result(name, replace(kappa.estimate, beside=beside), n)
            if weights == "unweighted":
                yield pair.test("cohen_kappa_test", kappa.test, n)
                yield from _beside_kappa(kappa.prevalence_and_bias, pair, n)


def _beside_kappa(beside: PrevalenceAndBias, asked: Asked, n: Counts) -> Iterator[Result]:
    for name, value in (
        ("prevalence_index", beside.prevalence_index),
        ("bias_index", beside.bias_index),
        ("pabak", beside.pabak),
    ):
        reason = None if value is not None else "no unit that both have rated, or one category"
        yield asked.number(name, value, "Byrt, Bishop and Carlin 1993", n=n, reason=reason)


def _of_numbers(table: RatingTable, asked: Asked, n: Counts) -> Iterator[Result]:
    for name, form in ICC_FORMS.items():
        yield asked.result(name, intraclass_correlation(table, form, **asked.options), n)
    if table.n_ratings < table.values.size:
        for name, form in REML_FORMS.items():
            yield asked.result(name, icc_reml(table, form, **asked.options), n)
    for error in ERRORS:
        sem = standard_error_of_measurement(table, error, **asked.options)
        yield asked.result(f"sem_{error}", sem, n, "rating")
        mdc = minimal_detectable_change(table, error, **asked.options)
        yield asked.result(f"mdc95_{error}", mdc, n, "rating")
    concordance = kendall_w(table, permutations=0, **asked.options)
    yield asked.result("kendall_w", concordance.w, n)
    yield asked.test("kendall_w_test", concordance.chi_square, n)
