"""What a plan says to people: a table, and sentences that need no statistics."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from analysis.planning import Forecast, Simulated
    from analysis.simulation import Components

_POWER = 0.8
_HEAD = {
    "": "cases",
    "models": "a family",
    " ": "raters",
    "masks": "read twice",
    "readings": "a rater",
    "alpha": "±",
    "ICC(A,1)": "±",
    "rho VL": "±",
    "rho PV": "±",
    "difference": "±",
    "found, for": "these models",
    "found, for ": "the families",
    "models for 80 %": "the families",
}


def table(forecasts: list[Forecast]) -> str:
    """Lay the designs out as lines: expected values with half the width of their 95 % interval."""
    lines = [[*_HEAD], [*_HEAD.values()], *(_line(found) for found in forecasts)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def _line(found: Forecast) -> list[str]:
    from analysis.planning import models_needed

    design = found.design
    needed = models_needed(found, _POWER)
    return [
        str(design.cases),
        str(design.models[0]),
        str(design.raters),
        f"{100 * design.replicates:.0f} %",
        str(round(design.readings / design.raters)),
        _around(found.alpha, found.alpha_width),
        _around(found.icc, found.icc_width),
        _around(found.rho[0], found.rho_width[0]),
        _around(found.rho[1], found.rho_width[1]),
        _half(found.difference_width),
        _percent(found.power_these_models),
        "-" if found.power_families is None else _percent(found.power_families),
        "-" if needed is None else str(needed),
    ]


def sentences(forecasts: list[Forecast]) -> list[str]:
    """Say what the designs mean: the smallest that is enough, and what it is enough for."""
    return [_these_models(forecasts), _families(forecasts), *_twice(forecasts)]


def _these_models(forecasts: list[Forecast]) -> str:
    from analysis.planning import smallest_design

    found = smallest_design(forecasts, "these models", _POWER)
    if found is None:
        best = max(forecasts, key=lambda one: one.power_these_models.value or 0)
        return (
            "For the models of the study: none of these designs finds the assumed difference in 80 "
            f"of 100 studies. {_size(best)} comes closest, with "
            f"{_of_100(best.power_these_models)} of 100."
        )
    return (
        f"For the models of the study: {_size(found)}, {found.design.readings} readings in all, is "
        f"the smallest of these designs that is enough. Of 100 such studies "
        f"{_of_100(found.power_these_models)} would find that the metric follows the raters "
        "differently for the vision-language and the pure visual models that took part. The 95 % "
        f"interval of alpha would reach {_half(found.alpha_width)} to either side."
    )


def _families(forecasts: list[Forecast]) -> str:
    from analysis.planning import models_needed, smallest_design

    begin = "For the families as such, models nobody tried included:"
    found = smallest_design(forecasts, "families", _POWER)
    if found is not None:
        return (
            f"{begin} {_size(found)} is the smallest that is enough; "
            f"{_of_100(found.power_families)} of 100 such studies would find the difference."
        )
    needed = [(count, one) for one in forecasts if (count := models_needed(one, _POWER))]
    if not needed:
        return (
            f"{begin} none of these designs is enough, and the families are assumed to differ too "
            "little for any number of models."
        )
    count, one = min(needed, key=lambda pair: pair[0])
    return (
        f"{begin} none of these designs is enough. With {one.design.cases} cases and "
        f"{one.design.raters} raters it would take about {count} models in each family."
    )


def _twice(forecasts: list[Forecast]) -> list[str]:
    known = [
        (width.value, agreement, one)
        for one in forecasts
        if (width := one.intra_rater_width) and (agreement := one.intra_rater_alpha) and width.value
    ]
    if not known:
        return []
    narrowest, alpha, best = min(known, key=lambda found: found[0])
    return [
        f"Agreement of raters with themselves is known best with {_size(best)}, "
        f"{100 * best.design.replicates:.0f} % of the masks read twice: alpha "
        f"{alpha.value:.2f} ± {narrowest / 2:.2f}."
    ]


def assumed(components: Components, notes: tuple[str, ...], runs: int, seed: int) -> list[str]:
    """Say what the numbers rest on, and how exact they are."""
    first, second = components.metric_rho
    return [
        f"Assumed: the metric correlates with the true quality at {first:.2f} for vision-language "
        f"and {second:.2f} for pure visual models; single models differ from their family by a "
        f"standard deviation of {components.metric_z:.2f} on Fisher's z. Rho with the mean rating "
        "is lower, because raters are not perfect. " + " ".join(f"{_upper(n)}." for n in notes),
        f"{runs} simulated studies of each design, seed {seed}: percentages are exact to about "
        f"{max(1, round(98 / runs**0.5))} points. ± is half the expected 95 % case interval.",
    ]


def _size(found: Forecast) -> str:
    design = found.design
    return f"{design.cases} cases, {design.models[0]} models a family, {design.raters} raters"


def _around(value: Simulated, width: Simulated) -> str:
    return "-" if value.value is None else f"{value.value:.2f} ± {_half(width)}"


def _half(width: Simulated) -> str:
    return "-" if width.value is None else f"{width.value / 2:.2f}"


def _percent(share: Simulated) -> str:
    return "-" if share.value is None else f"{100 * share.value:.0f} %"


def _of_100(share: Simulated | None) -> str:
    return "none" if share is None or share.value is None else f"{100 * share.value:.0f}"


def _upper(note: str) -> str:
    return note[:1].upper() + note[1:]
