"""Measure every mask of a study against every reference of its case: one long table."""

from analysis.measuring.run import Interrupted, Progress, all_cores, measure_cases, silent
from analysis.measuring.study import measure_study
from analysis.measuring.table import (
    KEY_COLUMNS,
    NOT_MEASURED,
    measurement_frame,
    table_columns,
    write_measurements,
)
from analysis.measuring.tasks import CaseTask, handover_scheme, handover_tasks, read_pairs

__all__ = [
    "KEY_COLUMNS",
    "NOT_MEASURED",
    "CaseTask",
    "Interrupted",
    "Progress",
    "all_cores",
    "handover_scheme",
    "handover_tasks",
    "measure_cases",
    "measure_study",
    "measurement_frame",
    "read_pairs",
    "silent",
    "table_columns",
    "write_measurements",
]
