"""A store of the first layout, as it was made before masks could be corrected."""

from __future__ import annotations

import sqlite3
from pathlib import Path

_TABLES = {
    "schema": ("version INTEGER NOT NULL, PRIMARY KEY (version)", "version"),
    "assignments": (
        "code TEXT NOT NULL, rater TEXT NOT NULL, mask TEXT NOT NULL, "
        "replicate INTEGER NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (code), "
        "UNIQUE (rater, mask, replicate), UNIQUE (rater, position)",
        "code",
    ),
    "invitations": (
        "token_sha256 TEXT NOT NULL, rater TEXT NOT NULL, created_at TEXT NOT NULL, "
        "expires_at TEXT NOT NULL, PRIMARY KEY (token_sha256)",
        "token_sha256",
    ),
    "openings": (
        "id INTEGER NOT NULL, assignment TEXT NOT NULL, opened_at TEXT NOT NULL, "
        "PRIMARY KEY (id), FOREIGN KEY(assignment) REFERENCES assignments (code)",
        "id",
    ),
    "drafts": (
        "id INTEGER NOT NULL, assignment TEXT NOT NULL, answers TEXT NOT NULL, "
        "saved_at TEXT NOT NULL, PRIMARY KEY (id), "
        "FOREIGN KEY(assignment) REFERENCES assignments (code)",
        "id",
    ),
    "readings": (
        "assignment TEXT NOT NULL, revision INTEGER NOT NULL, answers TEXT NOT NULL, "
        "instrument TEXT NOT NULL, opened_at TEXT NOT NULL, submitted_at TEXT NOT NULL, "
        "PRIMARY KEY (assignment, revision), "
        "FOREIGN KEY(assignment) REFERENCES assignments (code)",
        "assignment, revision",
    ),
}


def write_layout_1(path: Path, rows: dict[str, list[tuple[object, ...]]]) -> None:
    """Write a store of layout 1 with these rows of its tables."""
    with sqlite3.connect(path) as raw:
        raw.execute("PRAGMA journal_mode=WAL")
        for table, (columns, key) in _TABLES.items():
            raw.execute(f"CREATE TABLE {table} ({columns})")
            same = " AND ".join(f"{part} = NEW.{part}" for part in key.split(", "))
            for verb, when in (
                ("UPDATE", ""),
                ("DELETE", ""),
                ("INSERT", f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same})"),
            ):
                raw.execute(
                    f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} {when} "
                    f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are never changed'); END"
                )
        for table in ("openings", "drafts"):
            raw.execute(f"CREATE INDEX ix_{table}_assignment ON {table} (assignment)")
        raw.execute("INSERT INTO schema VALUES (1)")
        for table, entries in rows.items():
            for entry in entries:
                marks = ", ".join("?" * len(entry))
                raw.execute(f"INSERT INTO {table} VALUES ({marks})", entry)
    raw.close()
