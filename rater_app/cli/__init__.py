"""The command line: `rater-app COMMAND`, or `python -m rater_app COMMAND`.

Heavy packages are imported inside the commands, so that --help answers at once.
"""

from __future__ import annotations

from rater_app.cli.app import main

__all__ = ["main"]
