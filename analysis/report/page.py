"""report.html: the results of a study as one page that needs nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jinja2

from analysis.association.pairing import MEAN_OVER_STRUCTURES, METRICS, judged_masks
from analysis.description import Item
from analysis.report.brought import brought_rows
from analysis.report.contrasts import contrast_rows, level_rows
from analysis.report.effort import effort_rows
from analysis.report.figures import Cloud, Picture, forest, scatter
from analysis.report.printing import Finder
from analysis.report.references import reference_rows
from analysis.report.summary import Summary, summarise
from analysis.report.words import NAMES, THESE_MODELS
from analysis.results import Result
from analysis.tables import FAMILIES, Handover

MOST_BLOCKS = 8
WHOLE_MASK = "whole mask"


@dataclass(frozen=True)
class Block:
    """One rating against the metrics of one structure: figures, and a table with a row a model.

    `pooled` is Spearman's rho of the pooled HD95: its `n` counts infinite and missing distances.
    """

    title: str
    pictures: tuple[Picture, ...]
    rows: tuple[tuple[str, str, dict[str, dict[str, Result]]], ...]
    pooled: Result
    levels: list[tuple[str, str, dict[str, Result | None]]]


def render_page(
    handover: Handover,
    measurements: Any,
    document: dict[str, Any],
    results: Sequence[Result],
) -> str:
    """Render the page. Every number on it is in `results` or in `document`."""
    find = Finder(results)
    blocks, hidden = _blocks(handover, measurements, find)
    contrasts, hidden_contrasts = _contrasts(handover, find)
    missing, hidden_missing = _missing(handover, find)
    references, hidden_references = reference_rows(find)
    columns = document["settings"].get("brought", {}).get("columns", {})
    brought, hidden_brought = brought_rows(columns, find)
    summary = summarise(handover, find)
    folder = jinja2.FileSystemLoader(Path(__file__).parent)
    environment = jinja2.Environment(
        loader=folder,
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "show": find.show,
        "p": find.show_p,
        "n": find.show_n,
        "p_adjusted": find.show_adjusted,
    }
    template = environment.get_template("page.html.j2")
    return template.render(
        study=document["study"],
        settings=document["settings"],
        percent=f"{100 * document['settings']['level']:g}",
        warnings=document["warnings"],
        description=handover.description,
        families=FAMILIES,
        find=find,
        reasons=_reasons(results),
        agreement=_agreement(handover, find),
        agreement_names=NAMES,
        models=_models(handover, find),
        blocks=blocks,
        hidden_blocks=hidden,
        metrics=METRICS,
        contrasts=contrasts,
        hidden_contrasts=hidden_contrasts,
        missing=missing,
        hidden_missing=hidden_missing,
        references=references,
        hidden_references=hidden_references,
        brought=brought,
        hidden_brought=hidden_brought,
        lower_is_better=[name for name, about in columns.items() if about["orientation"] < 0],
        efforts=effort_rows(find),
        summary=summary,
        by_family=_by_family(handover, find),
        raters=_raters(summary, find),
        conventions=document["settings"]["conventions"],
        these_models=THESE_MODELS,
    )


def _title(item: Item, structure: str | None) -> str:
    return f"{item.text} \u00b7 {structure or WHOLE_MASK}"


def _agreement(handover: Handover, find: Finder) -> list[dict[str, Any]]:
    rows = []
    for alpha in _of_all_masks(find):
        about = {"item": alpha.item, "structure": alpha.structure}
        cells = {}
        for title, names in NAMES.items():
            found = (find.get(name, **about) for name in names)
            cells[title] = next((one for one in found if one is not None), None)
        item = handover.description.item(alpha.item or "")
        rows.append({"item": item, "structure": alpha.structure or WHOLE_MASK, "alpha": alpha})
        rows[-1]["cells"] = cells
    return rows


def _of_all_masks(find: Finder) -> list[Result]:
    return find.all("krippendorff_alpha", family=None, model=None)


def _by_family(handover: Handover, find: Finder) -> list[dict[str, Any]]:
    rows = []
    for alpha in _of_all_masks(find):
        about = {"item": alpha.item, "structure": alpha.structure}
        found = {f: find.get("krippendorff_alpha", family=f, **about) for f in FAMILIES}
        cells = {family: one for family, one in found.items() if one is not None}
        item = handover.description.item(alpha.item or "")
        rows.append({"item": item, "structure": alpha.structure or WHOLE_MASK, "cells": cells})
    return rows


def _raters(summary: Summary | None, find: Finder) -> list[dict[str, Any]]:
    """Make one row a rater: readings, times, and severity in the item that leads the report."""
    about: dict[str, str | None] = {}
    if summary is not None:
        about = {"item": summary.item.id, "structure": summary.alphas[0][0]}
    return [
        {
            "rater": planned.rater,
            "planned": planned,
            "submitted": find.one("readings_submitted", rater=planned.rater),
            "median": find.one("reading_time_median_s", rater=planned.rater),
            "q1": find.one("reading_time_q1_s", rater=planned.rater),
            "q3": find.one("reading_time_q3_s", rater=planned.rater),
            "severity": find.get("rater_severity", rater=planned.rater, **about),
            "intra": find.get("intra_rater_alpha", rater=planned.rater, **about),
        }
        for planned in find.all("readings_planned")
        if planned.rater
    ]


def _models(handover: Handover, find: Finder) -> list[dict[str, Any]]:
    """Make one row a model and structure: mean rating per item, median of each metric."""
    classes = dict(zip(handover.models["model"], handover.models["class"], strict=True))
    rows = []
    seen = sorted({(r.structure, r.item) for r in find.all("mean_rating")}, key=str)
    for structure, item_id in seen[:MOST_BLOCKS]:
        item = handover.description.item(item_id or "")
        for rating in find.all("mean_rating", item=item_id, structure=structure):
            medians = {
                metric.name: find.get(
                    "metric_median",
                    metric=metric.name,
                    metric_structure=structure or MEAN_OVER_STRUCTURES,
                    model=rating.model,
                    family=rating.family,
                )
                for metric in METRICS
            }
            rows.append(
                {"title": _title(item, structure), "rating": rating, "medians": medians}
                | {"class": classes[rating.model or ""]}
                | {
                    short: find.get(
                        name,
                        metric="rating",
                        metric_structure=structure or MEAN_OVER_STRUCTURES,
                        item=item_id,
                        structure=structure,
                        model=rating.model,
                        family=rating.family,
                    )
                    for short, name in (("rank", "model_rank"), ("first", "share_first"))
                }
            )
    return rows


def _shown(items: Iterable[tuple[Item, str, str]]) -> list[tuple[Item, str, str]]:
    """Order the combinations so that the mean over structures comes before single ones."""
    unique = list(dict.fromkeys(items))
    return sorted(unique, key=lambda one: one[1] == "" and one[2] != MEAN_OVER_STRUCTURES)


def _blocks(handover: Handover, measurements: Any, find: Finder) -> tuple[list[Block], int]:
    clouds: dict[tuple[Item, str, str], list[Cloud]] = {
        (one.item, one.structure, one.metric_structure): [
            Cloud(one.item, metric, one.metric_structure, *one.as_measured(metric.name))
            for metric in METRICS
        ]
        for one in judged_masks(handover, measurements)
    }
    shown = _shown(key for key, of_key in clouds.items() if any(_has_pairs(c) for c in of_key))
    blocks = [_block(clouds[key], key, find) for key in shown[:MOST_BLOCKS]]
    return blocks, len(shown) - len(blocks)


def _has_pairs(cloud: Cloud) -> bool:
    return len(cloud.values) > 0


def _block(clouds: list[Cloud], key: tuple[Item, str, str], find: Finder) -> Block:
    item, structure, metric_structure = key
    about = {"item": item.id, "structure": structure, "metric_structure": metric_structure}
    title = _title(item, structure)
    if metric_structure != structure:
        title += f" \u00b7 metrics: {metric_structure}"
    by_metric = {
        metric.name: [r for r in find.all("spearman", metric=metric.name, **about) if r.model]
        for metric in METRICS
    }
    lower_is_better = " A lower rating is better here." if item.best == "low" else ""
    quality = [metric for metric in METRICS if metric.orientation]
    pictures = (
        scatter(
            [cloud for cloud in clouds if cloud.metric.name != "hd95_directed_mm"],
            f"{title}: each mark is a mask, with its metrics as measured.{lower_is_better}",
        ),
        forest(
            [(metric.title, by_metric[metric.name]) for metric in quality],
            f"{title}: rank correlation within each model, with its interval; "
            "right of zero the metric agrees with the raters.",
        ),
    )
    rows = tuple(_correlation_rows(by_metric, about, find))
    pooled = find.one("spearman", metric="hd95_mm", **about)
    return Block(title, pictures, rows, pooled, level_rows(find, about))


def _correlation_rows(
    by_metric: dict[str, list[Result]], about: dict[str, str], find: Finder
) -> Iterable[tuple[str, str, dict[str, dict[str, Result]]]]:
    lines: list[tuple[str, str, str | None, str | None]] = [("All models", "pooled", None, None)]
    lines += [
        (family, "family", family, None)
        for family in FAMILIES
        if any(result.family == family for result in by_metric[METRICS[0].name])
    ]
    lines += [(r.model or "", "", r.family, r.model) for r in by_metric[METRICS[0].name]]
    for label, kind, family, model in lines:
        cells = {
            metric.name: {
                name: find.one(name, metric=metric.name, family=family, model=model, **about)
                for name in ("spearman", "kendall_tau_b")
            }
            for metric in METRICS
        }
        yield label, kind, cells


def _missing(handover: Handover, find: Finder) -> tuple[list[dict[str, Any]], int]:
    """Make one row an item, structure and family; the whole study's row comes first."""
    rows = []
    shares = find.all("ratings_missing")
    asked = list(dict.fromkeys((share.item, share.structure) for share in shares))
    for share in shares:
        if (share.item, share.structure) in asked[:MOST_BLOCKS]:
            item = handover.description.item(share.item or "")
            whose = share.family or "All masks"
            rows.append({"title": _title(item, share.structure), "whose": whose, "share": share})
    return rows, max(0, len(asked) - MOST_BLOCKS)


def _contrasts(handover: Handover, find: Finder) -> tuple[list[dict[str, Any]], int]:
    rows = [
        row | {"title": _title(handover.description.item(row["item"] or ""), row["structure"])}
        for row in contrast_rows(find)
    ]
    titles = list(dict.fromkeys(row["title"] for row in rows))
    shown = [row for row in rows if row["title"] in titles[:MOST_BLOCKS]]
    return shown, max(0, len(titles) - MOST_BLOCKS)


def _reasons(results: Sequence[Result]) -> list[str]:
    return list(dict.fromkeys(result.reason for result in results if result.reason))
