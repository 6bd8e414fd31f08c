"""docs/statistics.md names every statistic; its examples and figures are what comes out."""

from __future__ import annotations

import doctest
import importlib
import inspect
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.agreement import agree
from analysis.agreement.rater_block import drift_results
from analysis.agreement.reference_masks import reference_results
from analysis.agreement.variance_block import generalizability_results
from analysis.association import Plan, associate
from analysis.correction_effort import correction_results
from analysis.measuring import (
    handover_scheme,
    handover_tasks,
    measure_cases,
    measurement_frame,
)
from analysis.metrics import MetricSettings
from analysis.results import Asked, Result
from analysis.tables import load_handover
from tests.analysis.corrected_study import correct_masks
from tests.analysis.expert_study import box, write_expert_study
from tests.analysis.small_study import write_small_study
from tests.command_line import run

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "statistics.md"
TEXT = DOCUMENT.read_text(encoding="utf-8")
COVERAGE = (ROOT / "docs" / "validation" / "coverage.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
PACKAGES = (
    "agreement",
    "association",
    "consensus",
    "interchangeability",
    "mixed",
    "planning",
    "preference",
    "ranking",
    "sample_size",
)
COLUMNS = 5
RATERS = ("Ann", "Ben", "Cy")


def sections() -> dict[str, list[list[str]]]:
    """Return package names, with commas -> the rows of the tables of functions below them."""
    found: dict[str, list[list[str]]] = {}
    packages = ""
    for line in TEXT.split("## A and B")[0].splitlines():
        if line.startswith("#"):
            packages = ""
        if line.startswith("`from analysis."):
            packages = ",".join(re.findall(r"from (analysis\.\w+) import", line))
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if packages and len(cells) == COLUMNS and cells[0].startswith("`"):
            found.setdefault(packages, []).append(cells)
    return found


ROWS = [(packages, row) for packages, rows in sections().items() for row in rows]
NAMED = {row[0].strip("`"): packages.split(",") for packages, row in ROWS}
RESULTS = {name for _, row in ROWS for name in re.findall(r"`([a-z_0-9.]+)`", row[-1])}


def test_each_function_has_one_row() -> None:
    names = [row[0].strip("`") for _, row in ROWS]
    assert sorted(names) == sorted(set(names))
    assert len(names) > 100


@pytest.mark.parametrize("name", NAMED)
def test_a_function_that_is_named_can_be_imported(name: str) -> None:
    modules = [importlib.import_module(package) for package in NAMED[name]]
    assert any(inspect.isfunction(getattr(module, name, None)) for module in modules)


@pytest.mark.parametrize("package", PACKAGES)
def test_every_public_function_is_named(package: str) -> None:
    """What a package does not export is internal on purpose."""
    module = importlib.import_module(f"analysis.{package}")
    public = {name for name in module.__all__ if inspect.isfunction(getattr(module, name))}
    assert public <= {name for name in NAMED if module.__name__ in NAMED[name]}


@pytest.mark.parametrize("path", re.findall(r"`(analysis\.[a-z_.]+)`", TEXT))
def test_a_path_that_is_named_can_be_imported(path: str) -> None:
    module, _, name = path.rpartition(".")
    assert hasattr(importlib.import_module(module), name)


@pytest.mark.parametrize("example", re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL))
def test_an_example_prints_what_it_says(example: str) -> None:
    test = doctest.DocTestParser().get_doctest(example, {}, DOCUMENT.name, str(DOCUMENT), 0)
    assert any(each.want for each in test.examples)
    assert doctest.DocTestRunner(verbose=False).run(test).failed == 0


def decided(name: str) -> str:
    return (ROOT / "docs" / "decisions" / f"{name}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "statistic",
    ["ordinal alpha", "ICC(A,1)", "pooled Spearman rho", "family difference of Fisher z"],
)
def test_the_coverage_is_that_of_the_study(statistic: str) -> None:
    studied = re.findall(
        rf"^\| {re.escape(statistic)}[^|]*\| case [^|]*\| ([\d.]+) \| ([\d.]+) \|",
        COVERAGE,
        re.MULTILINE,
    )
    twenty, fifty = zip(*studied, strict=True)
    (row,) = re.findall(rf"^\| {re.escape(statistic)} \| (\d.*) \|$", TEXT, re.MULTILINE)
    assert row.split(" | ") == [*twenty, *fifty]
    decision = decided("0007-intervals-from-case-weights")
    (row,) = re.findall(rf"^\| {re.escape(statistic)} \| (\d.*) \|$", decision, re.MULTILINE)
    assert row.split(" | ") == [f"{one}, {other}" for one, other in studied]


def test_the_false_positives_are_those_of_the_study() -> None:
    differ = dict(re.findall(r"^\| ([AB], [^|]+) \| [\d.]+ \| ([\d.]+) \|", COVERAGE, re.MULTILINE))
    told = " ".join(TEXT.split())
    welch = differ["B, Welch t on the models' z"]
    assert f"{welch} % (Welch)" in told
    assert f"{differ['B, exact permutation of models']} % (permutation)" in told
    assert f"another question there, in {differ['A, case jackknife t']} %" in told
    (alike,) = re.findall(r"^\| A, permutation within cases \| ([\d.]+) \|", COVERAGE, re.MULTILINE)
    decision = " ".join(decided("0008-ranks-within-each-model").split())
    assert f"in {alike} % at a level of 5 %" in decision


def readings() -> pd.DataFrame:
    """Return ratings of 10 cases x 8 models by three raters, a few of them twice or missing."""
    draw = np.random.default_rng(3)
    rows = []
    for case in range(10):
        for model in range(8):
            quality = draw.normal()
            for rater in RATERS:
                for replicate in range(2 if model == 0 else 1):
                    noise = draw.normal(0, 0.6)
                    rating = int(np.clip(round(3 + quality + noise), 1, 5))
                    rows.append((f"c{case}", f"m{model}", rater, replicate, rating, quality))
    frame = pd.DataFrame(rows, columns=["case", "model", "rater", "replicate", "rating", "quality"])
    frame["family"] = np.where(frame["model"] < "m4", "vision-language", "pure visual")
    frame["dsc"] = 1 / (1 + np.exp(-frame["quality"] - 0.3 * np.sin(7 * frame["quality"])))
    frame["volume_ml"] = 20 + 5 * np.cos(9 * frame["quality"])
    return frame


def named(results: list[dict[str, Any]]) -> set[str]:
    return {result["name"] for result in results}


def of_experts(folder: Path) -> list[Result]:
    """Return the results about two reference masks in each of three cases."""
    experts = {f"c{at}": {"E1": box(0), "E2": box(1)} for at in range(3)}
    masks = {(case, model, ""): box(1) for case in experts for model in ("vl", "pv")}
    handover = load_handover(write_expert_study(folder, experts, masks))
    scheme, settings = handover_scheme(handover), MetricSettings(("dsc",))
    rows = measure_cases(handover_tasks(handover), scheme, settings)
    return reference_results(handover, measurement_frame(rows, settings), scheme, settings, Asked())


def of_corrections(folder: Path) -> list[Result]:
    """Return the results about the corrections of a small study."""
    write_small_study(folder)
    correct_masks(folder)
    return correction_results(load_handover(folder))


@cache
def came_out(folder: Path) -> frozenset[str]:
    """Return the names of all results about agreement, association and corrections."""
    frame = readings()
    frame.drop(index=[5, 40]).drop(columns=["quality", "family", "dsc", "volume_ml"]).to_csv(
        folder / "ratings.csv", index=False
    )
    first = frame[frame["replicate"] == 0].drop(columns=["quality", "replicate"])
    first.to_csv(folder / "masks.csv", index=False)
    plan = Plan(acceptable=3.5, ordinal=True)
    names = named(agree(folder / "ratings.csv", n_resamples=50)["results"])
    names |= named(associate(folder / "masks.csv", plan=plan, n_resamples=50)["results"])
    first = first.rename(columns={"rating": "value"}).assign(prompt="")
    first["submitted_at"] = [f"2026-11-01T{n // 60:02}:{n % 60:02}:00" for n in range(len(first))]
    names |= {result.name for result in drift_results(first, Asked())}
    names |= {result.name for result in generalizability_results(first, Asked())}
    names |= {result.name for result in of_experts(folder / "experts")}
    names |= {result.name for result in of_corrections(folder / "corrected")}
    return frozenset(names)


def test_every_result_is_told_where_it_comes_from(tmp_path_factory: pytest.TempPathFactory) -> None:
    names = came_out(tmp_path_factory.mktemp("tables"))
    alike = {name for name in names if re.match(r"variance_(share_)?(?!case$)", name)}
    assert {name for name in names if name not in RESULTS} <= alike
    assert RESULTS - names <= {"p_adjusted"}


def test_the_examples_of_the_readme_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    section = README.split("## Any ratings, any table")[1].split("\n## ")[0]
    tables = re.findall(r"cat > (\S+) <<END\n(.*?)\nEND", section, re.DOTALL)
    commands = re.findall(r"^rater-app (agree|associate|plan)(.*)$", section, re.MULTILINE)
    assert {command for command, _ in commands} == {"agree", "associate", "plan"}
    monkeypatch.chdir(tmp_path)
    for name, text in tables:
        Path(name).write_text(text + "\n", encoding="utf-8")
    for command, rest in commands:
        few = ["--runs", "2", "--json"] if command == "plan" else []
        told = run(command, *rest.split("#")[0].split(), *few)
        assert told.exit_code == 0, told.stderr
