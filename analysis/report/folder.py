"""The report folder: written whole or not at all, and never over something else."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class ReportError(ValueError):
    """A place where no report can be written; the message says why and what to do."""


def check_place(report: Path) -> None:
    """Refuse a place that holds anything but nothing or a previous report.

    Raises
    ------
    ReportError
        If `report` is a file, or a folder with something else in it.
    """
    if not report.exists():
        return
    if not report.is_dir():
        raise ReportError(f"{report} is a file; name a folder for the report")
    if any(report.iterdir()) and not _is_report(report):
        raise ReportError(
            f"{report} is not empty and holds no previous report; name another folder"
        )


def _is_report(folder: Path) -> bool:
    try:
        document = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(document, dict) and {"format", "results"} <= document.keys()


@contextmanager
def replaced_folder(report: Path) -> Iterator[Path]:
    """Give an empty folder beside `report`, which takes its place when the block succeeds."""
    report.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(
        prefix=f".{report.name}.", suffix=".partial", dir=report.parent
    ) as scratch:
        fresh, old = Path(scratch) / "new", Path(scratch) / "old"
        fresh.mkdir()
        yield fresh
        check_place(report)
        if report.exists():
            report.rename(old)
        fresh.rename(report)
        shutil.rmtree(old, ignore_errors=True)
