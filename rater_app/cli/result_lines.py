"""Results as lines for people: the main ones under headings, the others on request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Headings = Mapping[str, Sequence[str]]

AGREEMENT: Headings = {
    "All raters": (
        "krippendorff_alpha",
        "percent_agreement",
        "prevalence_index",
        "gwet_ac1",
        "gwet_ac2",
        "fleiss_kappa",
        "icc_a1",
        "icc_ak",
        "icc_reml_a1",
        "icc_reml_ak",
        "kendall_w",
    ),
    "Error of one rating, in levels": ("sem_agreement", "mdc95_agreement"),
    "Two raters": ("cohen_kappa", "cohen_kappa_quadratic"),
    "One rater: above (more severe below) the others": ("rater_severity", "rater_severity_test"),
    "The same rater again": ("intra_rater_alpha", "intra_rater_identical", "intra_rater_sd"),
}
ASSOCIATION: Headings = {
    "Does it follow the mean rating?": ("spearman", "partial_spearman"),
    "Within cases (which model is better?), between them (which is harder?), between models": (
        "rm_corr",
        "within_case_tau_b",
        "between_case_spearman",
        "model_level_spearman",
    ),
    "Against the raters: how high could it be, how well does one rater do?": (
        "noise_ceiling",
        "human_ceiling_lower",
        "metric_minus_rater",
    ),
    "Does it tell acceptable masks from others?": (
        "auc",
        "family_difference_auc",
        "cut_off_youden",
        "cut_off_sensitivity",
        "cut_off_specificity",
    ),
    "The two families: these models, then the families as such (claim)": (
        "family_difference_z",
        "family_difference_z_raters",
        "family_difference_rho",
        "family_equivalence",
        "family_claim_z",
    ),
    "Ranks of the models": ("model_rank", "ranking_tau_b"),
    "Two metrics": ("spearman_difference",),
}
# By family only the correlation itself is among the main lines.
_WITH_FAMILY = {"spearman", "model_rank"}
BESIDE_KAPPA = {"prevalence_index": "prevalence", "bias_index": "bias", "pabak": "PABAK"}
REST = "More"
SMALLEST_P = 0.001


def lines(
    results: Sequence[Mapping[str, Any]], headings: Headings, about: Sequence[str], everything: bool
) -> list[str]:
    """Lay out results that are about one thing: headings, and under them aligned lines.

    Parameters
    ----------
    results
        Results as plain values.
    headings
        Heading -> names of the results that stand under it.
    about
        What tells results of one name apart: "rater", or "family" and "model".
    everything
        Whether results that are under no heading are told too, at the end.
    """
    parts = {
        heading: [
            r for name in names for r in results if r["name"] == name and is_main(r, headings)
        ]
        for heading, names in headings.items()
    }
    if everything:
        parts[REST] = [result for result in results if not is_main(result, headings)]
    beside = _beside_kappas(results)
    cells = {heading: [_cells(r, about, beside) for r in part] for heading, part in parts.items()}
    rows = [row for part in cells.values() for row in part]
    widths = [max((len(row[at]) for row in rows), default=0) for at in (0, 1, 2)]
    told = []
    for heading, part in cells.items():
        if part:
            told += [heading]
        for name, whose, value, more in part:
            padded = (name.ljust(widths[0]), whose.ljust(widths[1]), value.rjust(widths[2]), more)
            told.append("  " + "  ".join(padded).rstrip())
    return told


def is_main(result: Mapping[str, Any], headings: Headings) -> bool:
    """Tell whether a result is among those that are always told."""
    if result["family"] is not None and result["name"] not in _WITH_FAMILY:
        return False
    if result["name"] in BESIDE_KAPPA and result["rater"] is not None:
        return False
    return any(result["name"] in names for names in headings.values())


def _beside_kappas(results: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return for each pair of raters what must stand beside their kappa."""
    told: dict[str, list[str]] = {}
    for result in results:
        word = BESIDE_KAPPA.get(result["name"])
        if word and result["rater"] and result["value"] is not None:
            told.setdefault(result["rater"], []).append(f"{word} {_number(result['value'])}")
    return {raters: ", ".join(parts) for raters, parts in told.items()}


def _cells(
    result: Mapping[str, Any], about: Sequence[str], beside: Mapping[str, str]
) -> tuple[str, str, str, str]:
    whose = ", ".join(str(result[key]) for key in about if result[key])
    reason = result["reason"] or ""
    if result["value"] is None:
        return result["name"], whose, "-", reason
    ends = result["interval"]
    told = f"{_number(ends[0])} to {_number(ends[1])}" if ends else reason
    if result["name"] == "cohen_kappa":
        told = f"{told}  {beside.get(result['rater'], '')}"
    return result["name"], whose, _number(result["value"]), f"{told}  {_p(result)}".strip()


def _number(value: float) -> str:
    told = f"{value:.3f}" if abs(value) < 1e6 else f"{value:.4g}"
    return "0.000" if told == "-0.000" else told


def _p(result: Mapping[str, Any]) -> str:
    if result["p_value"] is None:
        return ""
    told = f"p {_share(result['p_value'])}"
    if result["p_adjusted"] is not None:
        names, method = {"holm": "Holm", "BH": "Benjamini-Hochberg"}, result["adjustment"]
        told += f" ({names.get(method, method)} {_share(result['p_adjusted'])})"
    return told


def _share(p_value: float) -> str:
    return f"< {SMALLEST_P:g}" if p_value < SMALLEST_P else f"= {p_value:.3f}"
