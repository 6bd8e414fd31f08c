"""The whole analysis of a study: from a hand-over to a report."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.aggregation import OVER_STRUCTURES, over_prompts, over_structures, presence
from analysis.agreement.items import agreement_results
from analysis.agreement.reference_masks import reference_results
from analysis.association.items import PURE_VISUAL, VISION_LANGUAGE, association_results
from analysis.brought import BroughtColumns, ColumnsFile, read_brought
from analysis.correction_effort import correction_results
from analysis.measuring import (
    Progress,
    all_cores,
    handover_scheme,
    handover_tasks,
    measure_cases,
    measurement_frame,
    silent,
)
from analysis.metrics import MetricSettings
from analysis.overview import overview_results
from analysis.report.document import (
    RESULT_COLUMNS,
    result_rows,
    results_document,
    wide_ratings,
)
from analysis.report.folder import ReportError, check_place, replaced_folder
from analysis.report.page import render_page
from analysis.report.words import limits
from analysis.resampling import Resamples
from analysis.results import Asked, Result
from analysis.tables import RATING_COLUMNS, Handover, load_handover, write_table

__all__ = ["LEVEL", "Analysis", "ReportError", "analyse", "analyse_handover", "write_report"]

LEVEL = 0.95
RESAMPLES = 2000
SEED = 1


@dataclass(frozen=True, eq=False)
class Analysis:
    """A hand-over with everything that was computed from it."""

    handover: Handover
    settings: MetricSettings
    measurements: pd.DataFrame
    overview: list[Result]
    agreement: list[Result]
    references: list[Result]
    association: list[Result]
    corrections: list[Result]
    brought: BroughtColumns | None = None

    @property
    def results(self) -> list[Result]:
        """All results, in the order of results.json."""
        return [
            *self.overview,
            *self.agreement,
            *self.association,
            *self.references,
            *self.corrections,
        ]


def analyse(
    handover: Path,
    report: Path,
    progress: Progress = silent,
    settings: MetricSettings | None = None,
    jobs: int = 1,
    brought: ColumnsFile | None = None,
) -> Analysis:
    """Analyse the hand-over in a folder and write its report into another.

    The report is complete or not there: it is built beside `report` and then put in its place. A
    previous report is replaced, anything else is left alone.

    Parameters
    ----------
    handover
        Folder with the hand-over.
    report
        Folder for `report.html`, `results.json` and `tables/`.
    progress
        Called as progress(done, total, what) while masks are measured.
    settings
        Conventions of the metrics; those of `MetricSettings` when not given.
    jobs
        Processes that measure; 0 for one a core.
    brought
        Further columns to relate to the ratings.

    Raises
    ------
    HandoverError
        With all problems of the hand-over.
    TableError
        With all problems of the further columns.
    ReportError
        If something else stands where the report should go.
    Interrupted
        By Ctrl-C while masks are measured; those that were are kept for the next run.
    """
    check_place(report)
    journal = report.parent / f".{report.name}.measured"
    loaded = load_handover(handover)
    analysis = analyse_handover(
        loaded,
        progress,
        settings,
        jobs or all_cores(),
        journal,
        read_brought(brought, loaded) if brought else None,
    )
    write_report(analysis, report)
    journal.unlink()
    return analysis


def analyse_handover(
    handover: Handover,
    progress: Progress = silent,
    settings: MetricSettings | None = None,
    jobs: int = 1,
    journal: Path | None = None,
    brought: BroughtColumns | None = None,
) -> Analysis:
    """Measure the masks of a hand-over and estimate everything that the report says."""
    settings = settings or MetricSettings()
    scheme = handover_scheme(handover)
    rows = measure_cases(
        handover_tasks(handover),
        scheme,
        settings,
        jobs=jobs,
        journal=journal,
        progress=progress,
    )
    measurements = measurement_frame(rows, settings)
    resamples = Resamples(handover.masks["case"].astype(str).unique(), RESAMPLES, SEED)
    return Analysis(
        handover,
        settings,
        measurements,
        overview_results(handover, measurements, LEVEL),
        agreement_results(handover, LEVEL, resamples),
        reference_results(handover, measurements, scheme, settings, Asked(LEVEL, resamples)),
        association_results(handover, measurements, LEVEL, resamples, brought),
        correction_results(handover, LEVEL, resamples),
        brought,
    )


def write_report(analysis: Analysis, report: Path) -> None:
    """Write `report.html`, `results.json` and `tables/` into the folder `report`."""
    handover, results = analysis.handover, analysis.results
    document = results_document(handover, results, _limits(analysis), LEVEL, analysis.settings)
    if analysis.brought is not None:
        document["settings"]["brought"] = analysis.brought.to_dict()
    page = render_page(handover, analysis.measurements, document, results)
    with replaced_folder(report) as folder:
        text = json.dumps(document, ensure_ascii=False, indent=1, allow_nan=False)
        (folder / "results.json").write_text(text + "\n", encoding="utf-8")
        (folder / "report.html").write_text(page, encoding="utf-8")
        _write_tables(analysis, folder / "tables")


def _limits(analysis: Analysis) -> list[str]:
    value = {
        (result.name, result.family): result.value
        for result in analysis.overview
        if result.rater is None and result.model is None
    }
    families = (VISION_LANGUAGE, PURE_VISUAL)
    return limits(
        cases=int(value["cases_rated", None] or 0),
        raters=int(value["raters", None] or 0),
        models={family: int(value["models", family] or 0) for family in families},
        without_reference=int(value["cases", None] or 0)
        - int(value["cases_with_reference", None] or 0),
        not_measured=int(value["pairs_not_measured", None] or 0),
    )


def _write_tables(analysis: Analysis, folder: Path) -> None:
    folder.mkdir()
    handover = analysis.handover
    _write_frame(folder / "ratings.csv", handover.ratings[list(RATING_COLUMNS)])
    _write_frame(folder / "ratings_wide.csv", wide_ratings(handover))
    measurements = analysis.measurements
    _write_frame(folder / "measurements.csv", measurements)
    for how in OVER_STRUCTURES:
        _write_frame(folder / f"measurements_{how}.csv", over_structures(measurements, how))
    _write_frame(folder / "dsc_over_prompts.csv", over_prompts(measurements, "dsc"))
    _write_frame(folder / "presence.csv", presence(measurements))
    if analysis.brought is not None:
        _write_frame(folder / "brought.csv", analysis.brought.frame)
    contrast = ("family_difference_z", "family_difference_rho", "spearman_model_mean")
    for name, results in (
        ("overview", analysis.overview),
        ("agreement", analysis.agreement),
        ("association", [r for r in analysis.association if r.name not in contrast]),
        ("contrast", [r for r in analysis.association if r.name in contrast]),
    ):
        write_table(folder / f"{name}.csv", result_rows(results), RESULT_COLUMNS)
    for name, results in (
        ("reference_agreement", analysis.references),
        ("correction_effort", analysis.corrections),
    ):
        if results:
            write_table(folder / f"{name}.csv", result_rows(results), RESULT_COLUMNS)


def _write_frame(path: Path, frame: pd.DataFrame) -> None:
    rows: list[dict[str, Any]] = [
        {str(name): value for name, value in row.items()} for row in frame.to_dict("records")
    ]
    write_table(path, rows, [str(name) for name in frame.columns])
