"""Commands for anybody's tables: agree, associate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from rater_app.cli.ending import refuse, say_json
from rater_app.cli.study import AsJson

LEVELS = ("nominal", "ordinal", "interval", "ratio")

Resamples = Annotated[
    int,
    typer.Option(min=0, help="Bootstrap resamples of cases; 0 for the jackknife interval alone."),
]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the resamples.")]
Confidence = Annotated[float, typer.Option(min=0.5, max=0.999, help="Level of the intervals.")]


def agree(
    ratings: Annotated[Path, typer.Argument(metavar="RATINGS.csv", help="Long or wide table.")],
    rater: Annotated[str | None, typer.Option(help="Column of the rater.")] = None,
    item: Annotated[
        list[str] | None,
        typer.Option(help="Column of what was rated; several times if several name it together."),
    ] = None,
    rating: Annotated[str | None, typer.Option(help="Column of the rating.")] = None,
    case: Annotated[
        str | None, typer.Option(help="Column of the case: what belongs to one patient.")
    ] = None,
    replicate: Annotated[
        str | None, typer.Option(help="Column that tells repeated readings apart.")
    ] = None,
    raters: Annotated[
        str | None, typer.Option(help="For a wide table: its rater columns, with commas.")
    ] = None,
    level: Annotated[
        str, typer.Option(help="Level of measurement: nominal, ordinal, interval or ratio.")
    ] = "ordinal",
    categories: Annotated[
        str | None, typer.Option(help="All levels from lowest to highest, with commas.")
    ] = None,
    resamples: Resamples = 2000,
    seed: Seed = 1,
    confidence: Confidence = 0.95,
    as_json: AsJson = False,
) -> None:
    """Estimate the agreement of any ratings: alpha, kappas, AC, ICC and more, with intervals.

    The table has one row a rating (columns rater, item, rating and, if wanted, case and
    replicate), or one row an item and one column a rater. Other names are told by the options.
    Intervals take the case as the unit; without a case column each item is a case.
    """
    from analysis.agreement.any_ratings import agree as agree_on
    from analysis.any_table import TableError

    if level not in LEVELS:
        raise refuse([f"--level is “{level}”, not one of {', '.join(LEVELS)}"], "", as_json=as_json)
    try:
        found = agree_on(
            ratings,
            _rating_columns(rater, item, rating, case, replicate, raters),
            level,  # type: ignore[arg-type]
            _listed(categories),
            level=confidence,
            n_resamples=resamples,
            seed=seed,
        )
    except TableError as error:
        raise refuse(error.problems, "", as_json=as_json) from error
    if as_json:
        say_json(found)
        return
    table = found["table"]
    typer.echo(
        f"{table['ratings']} ratings of {table['items']} items in {table['cases']} cases by "
        f"{table['raters']} raters; {found['missing']['ratings_missing']} missing."
    )
    _say(found, ("rater",))


def associate(
    table: Annotated[Path, typer.Argument(metavar="TABLE.csv", help="Rated and measured masks.")],
    rating: Annotated[str, typer.Option(help="Column of the rating.")] = "rating",
    case: Annotated[str, typer.Option(help="Column of the case.")] = "case",
    model: Annotated[str, typer.Option(help="Column of the model.")] = "model",
    family: Annotated[str, typer.Option(help="Column of the model's family.")] = "family",
    rater: Annotated[str, typer.Option(help="Column of the rater, one row a rating.")] = "rater",
    metrics: Annotated[
        list[str] | None,
        typer.Option("--metric", help="Column to relate to the rating; else all numbers."),
    ] = None,
    mask: Annotated[
        list[str] | None,
        typer.Option(help="Column that tells masks of a case and model apart, such as the prompt."),
    ] = None,
    lower: Annotated[
        list[str] | None,
        typer.Option("--lower-is-better", help="Metric that is worse when higher."),
    ] = None,
    families: Annotated[
        str | None, typer.Option(help="The two families to compare, with a comma.")
    ] = None,
    acceptable: Annotated[
        float | None, typer.Option(help="Least mean rating of an acceptable mask.")
    ] = None,
    margin: Annotated[
        float, typer.Option(help="Equivalence margin of two correlations.", min=0.001, max=1)
    ] = 0.1,
    resamples: Resamples = 2000,
    seed: Seed = 1,
    confidence: Confidence = 0.95,
    as_json: AsJson = False,
) -> None:
    """Relate ratings to metrics: correlations at every level, families, cut-offs, ceilings.

    One row a mask with its mean rating, or one row a mask and rater. Every column of numbers is a
    metric, also a model's confidence or a similarity of texts.
    """
    from analysis.any_table import TableError
    from analysis.association.any_masks import MaskColumns
    from analysis.association.any_masks import associate as relate
    from analysis.association.block import Plan

    columns = MaskColumns(
        rating, case, model, family, rater, _told(metrics), _told(mask), _told(lower)
    )
    named = _listed(families)
    if families is not None and len(named) != 2:
        raise refuse([f"--families is “{families}”: name two, with a comma"], "", as_json=as_json)
    plan = Plan(
        contrast=(named[0], named[1]) if named else None,
        margin_rho=margin,
        acceptable=acceptable,
    )
    try:
        found = relate(table, columns, plan, level=confidence, n_resamples=resamples, seed=seed)
    except TableError as error:
        raise refuse(error.problems, "", as_json=as_json) from error
    if as_json:
        say_json(found)
        return
    about = found["table"]
    typer.echo(
        f"{about['masks']} masks of {sum(len(m) for m in about['models'].values())} models on "
        f"{about['cases']} cases. Metrics: {', '.join(about['metrics'])}."
    )
    _say(found, ("metric", "family", "model"))


def _rating_columns(
    rater: str | None,
    item: list[str] | None,
    rating: str | None,
    case: str | None,
    replicate: str | None,
    raters: str | None,
) -> Any:
    """Return the columns that were named; the others are found by their usual names."""
    from analysis.agreement.reading_ratings import RATER, RATING, RatingColumns

    return RatingColumns(
        rater or RATER,
        _told(item),
        rating or RATING,
        case,
        replicate,
        _listed(raters),
    )


def _listed(text: str | None) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip()) if text else ()


def _told(names: list[str] | None) -> tuple[str, ...]:
    return tuple(names or ())


def _say(found: dict[str, Any], about: tuple[str, ...]) -> None:
    """Print results as lines: name, what it is about, value, interval, or the reason."""
    for warning in found["warnings"]:
        typer.echo(f"Warning: {warning}", err=True)
    lines = [_line(result, about) for result in found["results"]]
    widths = [max(len(line[at]) for line in lines) for at in (0, 1, 2)]
    for line in lines:
        cells = [cell.ljust(width) for cell, width in zip(line, widths, strict=False)]
        typer.echo("  ".join([*cells, line[3]]).rstrip())


def _line(result: dict[str, Any], about: tuple[str, ...]) -> tuple[str, str, str, str]:
    whose = ", ".join(str(result[key]) for key in about if result[key])
    if result["value"] is None:
        return result["name"], whose, "-", result["reason"] or ""
    ends = result["interval"]
    told = f"{ends[0]:.3f} to {ends[1]:.3f}" if ends else ""
    if result["p_value"] is not None:
        told = f"{told}  p = {result['p_value']:.3g}".strip()
    return result["name"], whose, f"{result['value']:.3f}", told or (result["reason"] or "")
