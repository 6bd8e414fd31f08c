from __future__ import annotations

import locale
import os
from pathlib import Path

import pytest
from hypothesis import settings

# A busy machine is slow, not wrong: speed is measured in benchmarks/, never by a test.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

NO_DATA = "no test data at"
REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def shared() -> Path:
    """Folder of real images and reference values that lies beside the repository."""
    folder = Path(os.environ.get("RATER_APP_SHARED", REPOSITORY.parent / "shared"))
    if not (folder / "data").is_dir():
        pytest.skip(f"{NO_DATA} {folder}: set RATER_APP_SHARED to the folder that holds data/")
    return folder


@pytest.fixture(scope="session")
def kernels() -> None:
    """Have the kernels of the metrics compiled, so that no command speaks of it."""
    from analysis.metrics.warming import compile_kernels

    compile_kernels()


@pytest.fixture(autouse=True)
def keep_locale():
    """Take back the locale "C" that SimpleITK leaves behind when a test writes DICOM."""
    before = locale.setlocale(locale.LC_ALL)
    yield
    locale.setlocale(locale.LC_ALL, before)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Let no test be skipped in CI for want of a package: only the shared data may be absent."""
    return _without_skips((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    """Let no module be skipped in CI either."""
    return _without_skips((yield))


def _without_skips(report):
    if report.skipped and os.environ.get("CI") and NO_DATA not in str(report.longrepr):
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid} was skipped in CI: {report.longrepr[2]}"
    return report
