"""Commands for anybody's tables: agree, associate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from rater_app.cli.ending import refuse, say_json
from rater_app.cli.result_lines import AGREEMENT, ASSOCIATION, Headings, is_main, lines
from rater_app.cli.study import AsJson

LEVELS = ("nominal", "ordinal", "interval", "ratio")

Resamples = Annotated[
    int,
    typer.Option(min=0, help="Bootstrap resamples of cases; 0 for the jackknife interval alone."),
]
Seed = Annotated[int, typer.Option(min=0, help="Seed of the resamples.")]
Everything = Annotated[
    bool, typer.Option("--all", help="Also what else is said: other coefficients and tests.")
]
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
    everything: Everything = False,
    as_json: AsJson = False,
) -> None:
    """Estimate the agreement of any ratings, with intervals.

    Alpha, kappas, AC, ICC and more.

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
    table, missing = found["table"], found["missing"]["ratings_missing"]
    names = table["columns"]["raters"]
    typer.echo(
        f"{table['ratings']} ratings of {_count(table['items'], 'item')} in "
        f"{_count(table['cases'], 'case')} by {_count(table['raters'], 'rater')}: "
        f"{', '.join(names)}. {missing or 'No'} rating{'s are' if missing != 1 else ' is'} missing."
    )
    _warn(found)
    for line in lines(found["results"], AGREEMENT, ("rater",), everything):
        typer.echo(line)
    _close(found["results"], AGREEMENT, confidence, everything)


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
    ordinal: Annotated[
        bool,
        typer.Option("--ordinal-model", help="Also a cumulative link mixed model; takes longer."),
    ] = False,
    resamples: Resamples = 2000,
    seed: Seed = 1,
    confidence: Confidence = 0.95,
    everything: Everything = False,
    as_json: AsJson = False,
) -> None:
    """Relate any ratings to metrics, with intervals.

    Correlations at every level, the contrast of two families, cut-offs, ceilings, ranks.

    One row a mask with its mean rating, or one row a mask and rater. Every column of numbers is a
    metric, also a model's confidence or a similarity of texts.
    """
    from analysis.any_table import TableError
    from analysis.association.any_masks import associate as relate
    from analysis.association.block import Plan
    from analysis.association.reading_masks import MaskColumns

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
        ordinal=ordinal,
    )
    try:
        found = relate(table, columns, plan, level=confidence, n_resamples=resamples, seed=seed)
    except TableError as error:
        raise refuse(error.problems, "", as_json=as_json) from error
    if as_json:
        say_json(found)
        return
    about = found["table"]
    models = sum(len(m) for m in about["models"].values()) + len(about["models_without_family"])
    typer.echo(
        f"{_count(about['masks'], 'mask')} of {_count(models, 'model')} on "
        f"{_count(about['cases'], 'case')}. Metrics: {', '.join(about['metrics'])}."
    )
    if about["lower_is_better"]:
        told = ", ".join(about["lower_is_better"])
        typer.echo(f"Lower is better, the sign of correlations is changed: {told}.")
    if about["left_out"]:
        typer.echo(f"Not numbers, or not used: {', '.join(about['left_out'])}.")
    _warn(found)
    parts: dict[str, list[dict[str, Any]]] = {}
    for result in found["results"]:
        of_what = f"{result['structure']}: " if result["structure"] else ""
        parts.setdefault(f"{of_what}{result['metric']}", []).append(result)
    for title, of_metric in parts.items():
        typer.echo(f"\n{title}")
        for line in lines(of_metric, ASSOCIATION, ("family", "model", "rater"), everything):
            typer.echo(f"  {line}")
    _close(found["results"], ASSOCIATION, confidence, everything)


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


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def _warn(found: dict[str, Any]) -> None:
    for warning in found["warnings"]:
        typer.echo(f"Warning: {warning}", err=True)


def _close(
    results: list[dict[str, Any]], headings: Headings, confidence: float, everything: bool
) -> None:
    """Say what the intervals are, and how to see what was not told."""
    rest = 0 if everything else sum(not is_main(result, headings) for result in results)
    more = f"{_count(rest, 'more number')} with --all; " if rest else ""
    typer.echo(
        f"\nIntervals: {100 * confidence:g} %, cases as the unit. "
        f"{more[:1].upper()}{more[1:]}{'methods' if rest else 'Methods'}, sample sizes and "
        "bootstrap intervals with --json."
    )
