"""Where a desk keeps what it has: a folder for each study and rater on a computer."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from rater_app.core.desk_study import DeskStudy

FOLDER_VARIABLE = "RATER_APP_DESK"
"""Names another folder for all desks of a computer."""


def desk_folder(study: DeskStudy) -> Path:
    """Give the folder of a rater's desk; its name tells neither the study nor the rater.

    It is the same whichever way the study is reached, so that what was begun over the network goes
    on in a work package.
    """
    mark = hashlib.sha256(f"{study.id}\n{study.rater.id}".encode()).hexdigest()[:24]
    return desks_folder() / mark


def desks_folder() -> Path:
    """Give the folder of all desks on this computer."""
    named = os.environ.get(FOLDER_VARIABLE)
    if named:
        return Path(named)
    from platformdirs import user_data_path  # of the extra "desktop"

    return user_data_path("rater-app", appauthor=False) / "desks"
