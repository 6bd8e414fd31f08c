"""The command that plans: how many cases, models and raters."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rater_app.cli.ending import refuse, say_json
from rater_app.cli.planning_words import assumed, sentences, table
from rater_app.cli.progress import progress_bar
from rater_app.cli.study import AsJson

if TYPE_CHECKING:
    from analysis.planning import Forecast
    from analysis.simulation import Components, Design

# What keeps a slip of the keyboard from taking a day.
_MOST = {"--cases": 1000, "--models": 50, "--raters": 50, "--runs": 20_000}
_MOST_READINGS = 2_000_000_000


def plan(
    cases: Annotated[
        str, typer.Option(metavar="N,N,...", help="Numbers of cases to try.")
    ] = "30,60,100",
    models: Annotated[
        str, typer.Option(metavar="N,N,...", help="Numbers of models in each family to try.")
    ] = "4,6",
    raters: Annotated[
        str, typer.Option(metavar="N,N,...", help="Numbers of raters to try.")
    ] = "3,5",
    replicates: Annotated[
        str,
        typer.Option(metavar="SHARE,...", help="Shares of its masks that a rater reads twice."),
    ] = "0",
    missing: Annotated[float, typer.Option(help="Share of ratings that will be missing.")] = 0.0,
    rho_vl: Annotated[
        float | None,
        typer.Option(
            help="True correlation of metric and quality, vision-language models; 0.6, or the "
            "pilot's."
        ),
    ] = None,
    rho_pv: Annotated[
        float | None, typer.Option(help="The same for pure visual models; 0.4, or the pilot's.")
    ] = None,
    pilot: Annotated[
        Path | None,
        typer.Option(
            help="Ratings of a pilot, CSV: rater, case, model, rating, and if there metric, "
            "family, replicate."
        ),
    ] = None,
    runs: Annotated[int, typer.Option(help="Simulated studies of each design.")] = 500,
    seed: Annotated[int, typer.Option(help="Seed of the random numbers.")] = 1,
    as_json: AsJson = False,
) -> None:
    """Say how precise a study would be, by simulation.

    Simulates every combination of the numbers given, and analyses each simulated study as “analyse”
    does: agreement, correlation of metric and ratings, difference of the two families.
    """
    problems: list[str] = []
    counts = [
        _whole_numbers(name, told, least, problems)
        for name, told, least in (
            ("--cases", cases, 3),
            ("--models", models, 1),
            ("--raters", raters, 2),
        )
    ]
    shares = _shares("--replicates", replicates, problems)
    shares_missing = _shares("--missing", str(missing), problems)
    _check_number("--runs", runs, 2, problems)
    if seed < 0:
        problems.append(f"--seed: {seed} is below 0.")
    components, notes = _components(pilot, rho_vl, rho_pv, problems)
    if problems or components is None:
        raise refuse(problems, told="", as_json=as_json)

    from analysis.planning import design_grid, plan_study

    designs = design_grid(counts[0], counts[1], counts[2], shares, shares_missing[0])
    if runs * sum(design.readings for design in designs) > _MOST_READINGS:
        told = "This would take hours: ask for fewer designs, smaller ones or fewer --runs."
        raise refuse([told], told="", as_json=as_json)
    with progress_bar("Simulating studies") as show:
        forecasts = plan_study(designs, components, runs, seed, progress=show)
    if as_json:
        say_json(_as_json(forecasts, components, notes, runs, seed))
        return
    typer.echo(table(forecasts))
    for sentence in (*sentences(forecasts), *assumed(components, notes, runs, seed)):
        typer.echo(f"\n{sentence}")


def _whole_numbers(name: str, told: str, least: int, problems: list[str]) -> list[int]:
    numbers = []
    for part in dict.fromkeys(cell.strip() for cell in told.split(",")):
        if not part.isascii() or not part.isdigit():
            problems.append(f"{name}: “{part}” is not a whole number; write them as 30,60,100.")
        else:
            number = int(part)
            _check_number(name, number, least, problems)
            numbers.append(number)
    return numbers


def _check_number(name: str, number: int, least: int, problems: list[str]) -> None:
    if not least <= number <= _MOST[name]:
        problems.append(f"{name}: {number} is not between {least} and {_MOST[name]}.")


def _shares(name: str, told: str, problems: list[str]) -> list[float]:
    shares = []
    for part in dict.fromkeys(cell.strip() for cell in told.split(",")):
        try:
            share = float(part)
        except ValueError:
            problems.append(f"{name}: “{part}” is not a number; write a tenth as 0.1.")
            continue
        if not 0 <= share < 1:
            problems.append(f"{name}: {part} is not a share; it must be 0 or more and below 1.")
        shares.append(share)
    return shares


def _components(
    pilot: Path | None, rho_vl: float | None, rho_pv: float | None, problems: list[str]
) -> tuple[Components | None, tuple[str, ...]]:
    """Return the sources of variation, from the pilot if there is one."""
    from analysis.simulation import Components, PilotError, components_from_pilot, read_pilot
    from analysis.tables import FAMILIES

    for name, rho in (("--rho-vl", rho_vl), ("--rho-pv", rho_pv)):
        if rho is not None and not -1 < rho < 1:
            problems.append(f"{name}: {rho:g} is not between -1 and 1.")
    components = Components()
    notes: tuple[str, ...] = ("no pilot: typical variation of ratings is assumed",)
    if pilot is not None:
        try:
            components, notes = components_from_pilot(read_pilot(pilot), FAMILIES[:2])
        except PilotError as error:
            problems += error.problems
        except ValueError as error:
            problems += [f"{pilot.name}: {problem}" for problem in str(error).split("; ")]
    if problems:
        return None, ()
    first, second = components.metric_rho
    chosen = (first if rho_vl is None else rho_vl, second if rho_pv is None else rho_pv)
    return replace(components, metric_rho=chosen), notes


def _as_json(
    forecasts: list[Forecast],
    components: Components,
    notes: tuple[str, ...],
    runs: int,
    seed: int,
) -> dict[str, Any]:
    from analysis.planning import models_needed, smallest_design

    def smallest(target: Any) -> dict[str, Any] | None:
        found = smallest_design(forecasts, target)
        return None if found is None else _design(found.design)

    return {
        "assumed": asdict(components),
        "notes": list(notes),
        "runs": runs,
        "seed": seed,
        "designs": [
            asdict(found)
            | {"design": _design(found.design), "models_for_power_80": models_needed(found)}
            for found in forecasts
        ],
        "smallest_with_power_80": {
            "these_models": smallest("these models"),
            "families": smallest("families"),
        },
        "in_words": sentences(forecasts),
    }


def _design(design: Design) -> dict[str, Any]:
    return asdict(design) | {"readings": design.readings}
