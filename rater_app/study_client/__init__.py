"""Desks: how a rater's program reaches the study, from this computer, another one, or none."""

from rater_app.study_client.client import (
    Refused,
    StudyClient,
    Task,
    TaskVolumes,
    Unreachable,
)
from rater_app.study_client.desk import Desk, DeskState
from rater_app.study_client.desk_folder import desk_folder, desks_folder
from rater_app.study_client.room_client import RoomClient

__all__ = [
    "Desk",
    "DeskState",
    "Refused",
    "RoomClient",
    "StudyClient",
    "Task",
    "TaskVolumes",
    "Unreachable",
    "desk_folder",
    "desks_folder",
]
