"""What was measured so far, on disk, so that an interrupted run goes on where it was.

A file of JSON lines beside the table: the first says what is measured and how, each other holds
the rows of one case and the size and time of every file that they were read from.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from analysis.measuring.tasks import CaseTask
from analysis.measuring.worker import NOT_MEASURED, Row

Stamps = list[list[Any]]


class Journal:
    """The cases that are done.

    Parameters
    ----------
    path : Path
    heading : dict
        What the rows depend on besides the files. A journal with another heading is begun anew.
    """

    def __init__(self, path: Path, heading: dict[str, Any]) -> None:
        self._path = path
        self._heading = json.dumps(heading, sort_keys=True)
        self._done = self._read()
        path.parent.mkdir(parents=True, exist_ok=True)
        whole = [self._heading, *(json.dumps(entry) for entry in self._done)]
        path.write_text("\n".join(whole) + "\n", encoding="utf-8")

    def rows_of(self, files: Stamps) -> list[Row] | None:
        """Return the rows of a case that was measured from the same files, else None."""
        for entry in self._done:
            if entry["files"] == files:
                rows: list[Row] = entry["rows"]
                return rows
        return None

    def add(self, files: Stamps, rows: list[Row]) -> None:
        """Keep the rows of a case, read from files as they were before; not where a pair failed.

        What failed is tried again by the next run: memory may be free by then.
        """
        if any(row["note"].startswith(NOT_MEASURED) for row in rows):
            return
        with self._path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps({"files": files, "rows": rows}) + "\n")

    def _read(self) -> list[dict[str, Any]]:
        try:
            lines = self._path.read_text(encoding="utf-8").split("\n")
        except (OSError, UnicodeDecodeError):
            return []
        if lines[0] != self._heading:
            return []
        done = []
        for line in lines[1:]:
            try:
                entry = json.loads(line)
            except ValueError:  # the line at which the run was cut off
                continue
            if isinstance(entry, dict) and {"files", "rows"} <= entry.keys():
                done.append(entry)
        return done


def stamps_of(task: CaseTask) -> Stamps:
    """Return case, names, size and time of every file of a task."""
    stamps: list[list[Any]] = [[task.case, *(name for name, _ in task.references)]]
    for (*names, path), file in zip((*task.references, *task.masks), task.files, strict=True):
        try:
            status = file.stat()
        except OSError:
            stamps.append([*names, str(path), None, None])
        else:
            stamps.append([*names, str(path), status.st_size, status.st_mtime_ns])
    return stamps
