"""The versions of the programs around a review: they are stored with every submission."""

from __future__ import annotations

import platform
from collections.abc import Mapping

from qtpy import API_NAME, QT_VERSION

_LONGEST = 100


def program_versions() -> Mapping[str, str]:
    """Give the versions of napari, Qt and the system."""
    import napari

    system = platform.platform()[:_LONGEST]
    return {"napari": napari.__version__, API_NAME: str(QT_VERSION), "system": system}
