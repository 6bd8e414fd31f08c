"""What a wheel holds: the product, the bundle of the 3D tile, and nothing only for building."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

FRONTEND = "rater_app/web/viewer/frontend"
# Git's ignore list is among them: it decides what hatchling leaves out.
PARTS = (
    "pyproject.toml",
    "hatch_build.py",
    ".gitignore",
    "README.md",
    "LICENSE",
    "rater_app",
    "analysis",
)
NOT_REACHED = re.compile(
    r"Without the 3D tile: .*?(ENOTFOUND|ECONN\w+|EAI_AGAIN|E\w*TIMEDOUT)", re.S
)


def build_wheel(repository: Path, copy: Path, **environment: str) -> tuple[ZipFile, str]:
    """Build from a copy, in the isolation that pip gives, so that the build's own demands count."""
    copy.mkdir(exist_ok=True)
    for part in PARTS:
        if (repository / part).is_dir():
            left = shutil.ignore_patterns("__pycache__", "built")
            shutil.copytree(repository / part, copy / part, ignore=left)
        else:
            shutil.copy(repository / part, copy / part)
    target = copy / "wheels"
    build = [sys.executable, "-m", "pip", "wheel", "--verbose", "--no-deps", "--wheel-dir", target]
    done = subprocess.run(
        [*build, copy],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert not list(copy.rglob("node_modules"))
    return ZipFile(next(target.glob("*.whl"))), said


@pytest.fixture(scope="module")
def wheel(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ZipFile]:
    built, said = build_wheel(repository, tmp_path_factory.mktemp("copy"))
    if missing := NOT_REACHED.search(said):
        # tests/conftest.py makes a failure of every skip in CI, which reaches the registry.
        pytest.skip(f"the npm registry cannot be reached: {missing[1]}")
    with built:
        yield built


def test_the_wheel_holds_the_bundle_with_hashes_and_licences(wheel: ZipFile) -> None:
    manifest = json.loads(wheel.read(f"{FRONTEND}/built/manifest.json"))
    built = {name.rpartition("/")[2] for name in wheel.namelist() if "/built/" in name}
    assert built == {"manifest.json", *(entry["name"] for entry in manifest["files"])}
    for entry in manifest["files"]:
        content = wheel.read(f"{FRONTEND}/built/{entry['name']}")
        assert hashlib.sha256(content).hexdigest() == entry["sha256"]
        assert len(content) == entry["bytes"]
    assert manifest["entry"] == f"niivue-{manifest['files'][0]['sha256'][:16]}.js"
    assert manifest["files"][0]["bytes"] < 1_000_000
    packages = {package["name"]: package for package in manifest["packages"]}
    assert packages["@niivue/niivue"]["version"] == "0.69.0"
    assert {package["license"] for package in packages.values()} == {"BSD-2-Clause", "MIT", "ISC"}
    licences = wheel.read(f"{FRONTEND}/built/LICENCES.txt").decode()
    assert "Copyright (c) 2021, Niivue" in licences
    for name, package in packages.items():
        assert f"{name} {package['version']} ({package['license']})" in licences


def test_the_bundle_asks_nobody_else_and_evaluates_no_text(wheel: ZipFile) -> None:
    manifest = json.loads(wheel.read(f"{FRONTEND}/built/manifest.json"))
    bundle = wheel.read(f"{FRONTEND}/built/{manifest['entry']}").decode()
    # What NiiVue's own package.json says about itself; nothing fetches it.
    addresses = set(re.findall(r"\b(?:https?|wss?)://[\w./-]+", bundle))
    assert {address for address in addresses if "github.com/niivue/niivue" not in address} == set()
    assert not re.search(r"\beval\(|new Function\(|importScripts\(|new Worker\(", bundle)


def test_the_wheel_holds_the_viewer_and_nothing_that_is_only_for_building(wheel: ZipFile) -> None:
    names = wheel.namelist()
    for name in ("index.js", "viewer.css", "view3d/tile3d.js", "view3d/tile3d.css"):
        assert f"{FRONTEND}/{name}" in names
    assert [
        name
        for name in names
        if re.search(
            r"node_modules|/tests/|\.test\.js|\.mjs|package(-lock)?\.json|hatch_build", name
        )
    ] == []


def test_without_the_registry_a_wheel_is_built_all_the_same(
    repository: Path, tmp_path: Path
) -> None:
    nobody = {
        "NPM_CONFIG_REGISTRY": "http://127.0.0.1:9/",
        "NPM_CONFIG_CACHE": str(tmp_path / "npm"),
    }
    built, said = build_wheel(repository, tmp_path / "copy", **nobody)
    with built:
        names = built.namelist()
    assert f"{FRONTEND}/view3d/tile3d.js" in names
    assert not any("/built/" in name for name in names)
    assert NOT_REACHED.search(said)


def test_the_lock_file_pins_everything_and_carries_no_addresses(repository: Path) -> None:
    wanted = json.loads((repository / FRONTEND / "package.json").read_text(encoding="utf-8"))
    exact = {**wanted["dependencies"], **wanted["devDependencies"]}
    assert exact == {"@niivue/niivue": "0.69.0", "esbuild": "0.28.2"}
    text = (repository / FRONTEND / "package-lock.json").read_text(encoding="utf-8")
    assert "resolved" not in text
    assert "registry" not in text
    packages = json.loads(text)["packages"]
    assert packages.pop("")["dependencies"] == wanted["dependencies"]
    assert all(package["integrity"].startswith("sha512-") for package in packages.values())
