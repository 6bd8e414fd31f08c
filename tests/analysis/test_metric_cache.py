"""Machine code of the kernels: made once, kept on disk, and made anew when a source changes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import numba.core.config
import numpy as np
import pytest

from analysis import compiled as kernels
from analysis.metrics import bits, planes
from tests.analysis.pairs_on_disk import cube, save

ROOT = Path(__file__).parents[2]
PACKAGE = Path(bits.__file__).parent
NOTICE = "Compiling kernels"


def digest(folder: Path) -> str:
    kernels.digest_of_sources.cache_clear()
    return kernels.digest_of_sources(folder)


@pytest.mark.parametrize("name", sorted(path.name for path in PACKAGE.glob("*.py")))
def test_a_change_in_any_source_is_another_stamp(tmp_path: Path, name):
    shutil.copytree(PACKAGE, tmp_path / "metrics", ignore=shutil.ignore_patterns("__pycache__"))
    before = digest(tmp_path / "metrics")
    assert before == digest(tmp_path / "metrics")
    source = tmp_path / "metrics" / name
    status = source.stat()
    content = source.read_bytes()
    source.write_bytes(content.replace(b" ", b"\t", 1))  # neither longer nor, by its time, younger
    os.utime(source, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert digest(tmp_path / "metrics") != before
    source.write_bytes(content)
    assert digest(tmp_path / "metrics") == before


def test_the_stamp_is_that_of_the_kernels_own_folder():
    stamp = planes._pack._cache._cache_file._source_stamp
    assert stamp == digest(PACKAGE)


def add_one(number: int) -> int:
    return number + 1


def test_machine_code_of_other_sources_is_not_used(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(numba.core.config, "CACHE_DIR", str(tmp_path))

    def found_on_disk() -> bool:
        compiled = kernels.kernel(add_one)
        assert compiled(np.int64(1)) == 2
        return bool(sum(compiled.stats.cache_hits.values()))

    assert [found_on_disk(), found_on_disk()] == [False, True]
    monkeypatch.setattr(kernels, "digest_of_sources", lambda _folder: "other")
    assert [found_on_disk(), found_on_disk()] == [False, True]


def test_without_a_place_to_keep_it_a_kernel_is_still_compiled(tmp_path: Path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setattr(numba.core.config, "CACHE_DIR", str(tmp_path / "file" / "folder"))
    monkeypatch.setattr(numba.core.caching.CacheImpl, "_locator_classes", [])
    compiled = kernels.kernel(add_one)
    assert compiled(np.int64(1)) == 2


def test_the_notice_comes_once_for_a_machine(tmp_path: Path):
    reference = save(tmp_path / "r.nii.gz", cube())
    mask = save(tmp_path / "m.nii.gz", cube(1))
    command = [sys.executable, "-m", "rater_app", "measure", reference, mask]
    # Kernels of three steps, and not the search, which takes longest to compile.
    command += ["--metric", "dsc", "--metric", "apl_2d", "--metric", "lesion_f1_any"]
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}

    def told() -> tuple[str, str]:
        ended = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout, ended.stderr

    first, again = told(), told()
    assert first[1].count(NOTICE) == 1
    assert len(first[1].splitlines()) == 1
    assert again == (first[0], "")
