"""The demo room, prepared by a child process when no room was named."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

FOLDER_VARIABLE = "RATER_APP_DEMO"


@dataclass(frozen=True)
class Demo:
    """A prepared demo: its room, and for each rater's name the path of an invitation link."""

    room: Path
    invitations: dict[str, str]

    def links(self, base: str) -> str:
        """Write the invitations as a block of lines for the terminal."""
        width = max(map(len, self.invitations), default=0)
        lines = [f"  {name:<{width}}  {base}{path}" for name, path in self.invitations.items()]
        return "\n".join(["", "Demo study. Open one of these links to rate as:", *lines, ""])


def prepare_demo() -> Demo:
    """Prepare the demo room, unless it is there already, and invite its raters.

    A child process does it, because what serves raters must not load what knows the models.

    Raises
    ------
    SystemExit
        With the child's message when it fails.
    """
    folder = Path(os.environ.get(FOLDER_VARIABLE, "demo"))
    packages = str(Path(__file__).parents[2])
    search = os.pathsep.join(filter(None, (packages, os.environ.get("PYTHONPATH"))))
    child = subprocess.run(
        [sys.executable, "-m", "rater_app", "demo", "--folder", str(folder), "--json"],
        env={**os.environ, "PYTHONPATH": search},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    # What the child says of its progress, or of a problem, goes to the terminal by itself.
    if child.returncode != 0:
        raise SystemExit("The demo study could not be prepared; the lines above say why.")
    try:
        invitations = json.loads(child.stdout)["invitations"]
        paths = {entry["name"]: urlsplit(entry["link"]).path for entry in invitations}
    except (ValueError, KeyError) as error:
        raise SystemExit(
            "The demo study could not be prepared: “rater-app demo” gave no invitations."
        ) from error
    return Demo(folder / "room", paths)
