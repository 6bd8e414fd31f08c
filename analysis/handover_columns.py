"""The tables of a hand-over: their files, their columns and types, their keys."""

from __future__ import annotations

from analysis.typed_csv import Table

FAMILIES = ("vision-language", "pure visual", "human")
STATUSES = ("submitted", "opened", "waiting")
STAGES = ("rate", "correct", "rate_again")
PLANES = ("axial", "coronal", "sagittal")
CANNOT_JUDGE = "cannot judge"

_READING = {
    "rater": "name",
    "case": "name",
    "model": "name",
    "prompt": "text",
    "replicate": "integer",
}
READING_KEY = tuple(_READING)

MODELS = Table("models.csv", {"model": "name", "family": "name", "class": "text"}, ("model",))
MASKS = Table(
    "masks.csv",
    {"case": "name", "model": "name", "prompt": "text", "mask": "name", "sha256": "text"},
    ("case", "model", "prompt"),
)
MASK_KEY = list(MASKS.key)
REFERENCES = Table(
    "references.csv",
    {"case": "name", "reference": "name", "mask": "name"},
    ("case", "reference"),
)
RATINGS = Table(
    "ratings.csv",
    {
        "rater": "name",
        "case": "name",
        "structure": "text",
        "model": "name",
        "prompt": "text",
        "replicate": "integer",
        "item": "name",
        "value": "number",
        "answer": "text",
        "revision": "integer",
        "valid": "flag",
        "position": "integer",
        "opened_at": "time",
        "submitted_at": "time",
        "elapsed_s": "number",
        "code": "text",
    },
    ("rater", "case", "structure", "model", "prompt", "replicate", "item", "revision"),
)
ASSIGNMENTS = Table(
    "assignments.csv",
    {**_READING, "position": "integer", "code": "text", "status": "name"},
    READING_KEY,
)

CORRECTIONS = Table(
    "corrections.csv",
    {
        **_READING,
        "version": "integer",
        "parent": "integer",
        "valid": "flag",
        "saved_at": "time",
        "finished_at": "time",
        "active_s": "number",
        "idle_s": "number",
        "strokes": "integer",
        "undos": "integer",
        "redos": "integer",
        "tools": "text",
        "host": "text",
        "mask": "name",
        "sha256": "text",
        "code": "text",
    },
    (*READING_KEY, "version"),
)
CORRECTION_EFFORT = Table(
    "correction_effort.csv",
    {
        **_READING,
        "version": "integer",
        "structure": "text",
        "changed_voxels": "integer",
        "added_ml": "number",
        "removed_ml": "number",
        "added_path_length_mm": "number",
        "dsc": "number",
        "hd95_mm": "distance",
    },
    (*CORRECTIONS.key, "structure"),
)
CORRECTED_RATINGS = Table(
    "corrected_ratings.csv", {**RATINGS.types, "version": "integer"}, RATINGS.key
)
VIEWING_COUNTS = (
    "window_changes",
    "channel_changes",
    "mask_toggles",
    "layout_changes",
    "structure_toggles",
    "measurements",
    "zooms",
)
VIEWING_TIMES = ("active_s", "idle_s", "cine_s")
VIEWING = Table(
    "viewing.csv",
    {
        **_READING,
        "stage": "name",
        "openings": "integer",
        **dict.fromkeys(VIEWING_TIMES, "number"),
        **{f"{plane}_seen": "integer" for plane in PLANES},
        **{f"{plane}_slices": "integer" for plane in PLANES},
        **dict.fromkeys(VIEWING_COUNTS, "integer"),
        "code": "text",
    },
    (*READING_KEY, "stage"),
)

STEPS = ("rating", "correction", "second_rating")
OUTCOMES = ("stored", "set aside")
DESKTOP = Table(
    "desktop.csv",
    {
        **_READING,
        "step": "name",
        "outcome": "name",
        "problem": "text",
        "host": "text",
        "programs": "text",
        "opened_at": "time",
        "submitted_at": "time",
        "received_at": "time",
        "active_s": "number",
        "idle_s": "number",
        "strokes": "integer",
        "undos": "integer",
        "redos": "integer",
        "interpolations": "integer",
        "fills": "integer",
        "input_sha256": "text",
        "output_sha256": "text",
        "shape": "text",
        "spacing_mm": "text",
        "answers": "text",
        "mask": "text",
        "code": "text",
        "id": "text",
    },
    (*READING_KEY, "id"),
)

TABLES = (MODELS, MASKS, REFERENCES, RATINGS, ASSIGNMENTS)
"""In every hand-over."""
CORRECTION_TABLES = (CORRECTIONS, CORRECTION_EFFORT, CORRECTED_RATINGS)
"""All three of them where raters correct masks, none of them elsewhere."""
LOG_TABLES = (VIEWING, DESKTOP)
"""Each of them where there is something to tell."""
