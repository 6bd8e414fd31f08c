"""A run that is stopped goes on where it was, and never with what has changed since."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from analysis.measuring import CaseTask, Interrupted, measure_cases, measure_study, read_pairs, run
from analysis.metrics import MetricSettings
from analysis.regions import LabelScheme
from tests.analysis.pairs_on_disk import cube, save, stop_at, write_cases
from tests.analysis.small_study import SCHEME

SETTINGS = MetricSettings(("dsc", "hd_mm", "lesions", "recognised"))
TWO = LabelScheme.from_dict(SCHEME)
CASES, PAIRS = 6, 12


@pytest.fixture
def measured(monkeypatch) -> list[str]:
    """Cases in the order in which they were measured."""
    names: list[str] = []
    measure = run.measure_task

    def counted(task: CaseTask, **about):
        names.append(task.case)
        return measure(task, **about)

    monkeypatch.setattr(run, "measure_task", counted)
    return names


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return write_cases(tmp_path / "study", CASES)


@pytest.fixture
def journal(table: Path, tmp_path: Path, measured: list[str]) -> Path:
    """The journal of a run that was stopped after half of the cases."""
    path = tmp_path / "journal"
    with pytest.raises(Interrupted):
        measure_cases(read_pairs(table), TWO, SETTINGS, journal=path, progress=stop_at(PAIRS // 2))
    assert measured == ["c00", "c01", "c02"]
    measured.clear()
    return path


def go_on(table: Path, journal: Path, scheme=TWO, settings=SETTINGS):
    return measure_cases(read_pairs(table), scheme, settings, journal=journal)


def text(rows: list[dict]) -> str:
    return json.dumps(rows)  # in which NaN equals itself


def test_the_rest_is_measured_and_the_rows_are_those_of_one_run(table, journal, measured):
    seen = []
    rows = measure_cases(
        read_pairs(table),
        TWO,
        SETTINGS,
        journal=journal,
        progress=lambda *told: seen.append(told),
    )
    assert measured == ["c03", "c04", "c05"]
    assert seen == [(6, 12, ""), (8, 12, "c03"), (10, 12, "c04"), (12, 12, "c05")]
    assert text(rows) == text(measure_cases(read_pairs(table), TWO, SETTINGS))


def test_a_run_can_be_stopped_more_than_once(table, journal, measured):
    with pytest.raises(Interrupted):
        measure_cases(read_pairs(table), TWO, SETTINGS, journal=journal, progress=stop_at(8))
    rows = go_on(table, journal)
    assert measured == ["c03", "c04", "c05"]
    assert text(rows) == text(measure_cases(read_pairs(table), TWO, SETTINGS))


def test_a_study_that_is_stopped_keeps_what_it_did_beside_the_table(table, tmp_path, measured):
    output, kept = tmp_path / "T.csv", tmp_path / ".T.csv.measured"
    with pytest.raises(Interrupted) as stopped:
        measure_study(table, output, settings=SETTINGS, jobs=1, progress=stop_at(4))
    assert str(stopped.value) == "Stopped after 4 of 12 pairs; run the same command again to go on."
    assert kept.is_file()
    assert not output.exists()
    assert not output.with_suffix(".json").exists()
    assert measure_study(table, output, settings=SETTINGS, jobs=1) == (0, PAIRS)
    assert measured == [f"c{case:02}" for case in range(CASES)]
    assert not kept.exists()
    measure_study(table, tmp_path / "whole.csv", settings=SETTINGS, jobs=1)
    assert output.read_bytes() == (tmp_path / "whole.csv").read_bytes()


def test_without_a_journal_a_stop_is_a_stop(table):
    with pytest.raises(KeyboardInterrupt):
        measure_cases(read_pairs(table), TWO, SETTINGS, progress=stop_at(4))


def _age(path: Path) -> None:
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1))


def _grow(path: Path) -> None:
    """Change the size alone."""
    status = path.stat()
    with path.open("ab") as stream:
        stream.write(b"\0" * 512)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


@pytest.mark.parametrize("file", ["c01-m1", "c01-reference"])
@pytest.mark.parametrize("change", [_age, _grow, Path.unlink])
def test_a_case_whose_files_changed_is_measured_again(table, journal, measured, change, file):
    tasks = read_pairs(table)
    change(table.parent / "masks" / f"{file}.nii.gz")
    rows = measure_cases(tasks, TWO, SETTINGS, journal=journal)
    assert measured == ["c01", "c03", "c04", "c05"]
    failed = {row["model"] for row in rows if row["note"].startswith("not measured: ")}
    gone = {"m1"} if file == "c01-m1" else {"m0", "m1"}
    assert failed == (gone if change is Path.unlink else set())


def test_a_changed_mask_gives_its_new_rows(table, journal):
    save(table.parent / "masks" / "c01-m1.nii.gz", cube(2))
    rows = go_on(table, journal)
    assert text(rows) == text(measure_cases(read_pairs(table), TWO, SETTINGS))


def test_a_mask_that_comes_back_is_measured(table, journal, measured):
    mask = table.parent / "masks" / "c04-m0.nii.gz"
    tasks, content = read_pairs(table), mask.read_bytes()
    mask.unlink()
    with pytest.raises(Interrupted):
        measure_cases(tasks, TWO, SETTINGS, journal=journal, progress=stop_at(10))
    mask.write_bytes(content)
    measured.clear()
    rows = go_on(table, journal)
    assert measured == ["c04", "c05"]
    assert [row["note"] for row in rows if row["note"]] == []


def test_a_mask_that_changes_while_it_is_measured_is_measured_again(table, tmp_path, monkeypatch):
    tasks, journal = read_pairs(table), tmp_path / "journal"
    measure = run.measure_task

    def slow(task: CaseTask, **about):
        rows = measure(task, **about)
        if task.case == "c01":  # somebody saves it anew after it was read
            save(table.parent / "masks" / "c01-m0.nii.gz", cube(2))
        return rows

    monkeypatch.setattr(run, "measure_task", slow)
    with pytest.raises(Interrupted):
        measure_cases(tasks, TWO, SETTINGS, journal=journal, progress=stop_at(6))
    monkeypatch.setattr(run, "measure_task", measure)
    rows = go_on(table, journal)
    assert text(rows) == text(measure_cases(tasks, TWO, SETTINGS))


def test_what_failed_for_want_of_memory_is_tried_again(table, tmp_path, monkeypatch):
    tasks, journal, failed = read_pairs(table), tmp_path / "journal", []

    def full(*_):
        failed.append(1)
        raise MemoryError

    with monkeypatch.context() as short:
        short.setattr("analysis.metrics.structure_pair.surface_distances", full)
        with pytest.raises(Interrupted):
            measure_cases(tasks, TWO, SETTINGS, journal=journal, progress=stop_at(6))
    assert failed
    rows = go_on(table, journal)
    assert {row["note"] for row in rows} == {""}


@pytest.mark.parametrize(
    ("scheme", "settings"),
    [
        (None, SETTINGS),
        (LabelScheme.from_dict(SCHEME | {"aliases": {"9": 1}}), SETTINGS),
        (LabelScheme.from_dict(SCHEME | {"distances": {"1-2": 0.5}}), SETTINGS),
        (TWO, MetricSettings(("dsc", "hd_mm", "lesions"))),
        (TWO, MetricSettings(("hd_mm", "dsc", "lesions", "recognised"))),
        (TWO, MetricSettings(SETTINGS.metrics, "brats")),
        (TWO, MetricSettings(SETTINGS.metrics, strict=True)),
    ],
    ids=["no scheme", "aliases", "distances", "metrics", "their order", "empty", "strict"],
)
def test_other_settings_start_anew(table, journal, measured, scheme, settings):
    rows = go_on(table, journal, scheme, settings)
    assert measured == [f"c{case:02}" for case in range(CASES)]
    assert text(rows) == text(measure_cases(read_pairs(table), scheme, settings))


def test_another_version_starts_anew(table, journal, measured, monkeypatch):
    monkeypatch.setattr("analysis.measuring.table.version", lambda _: "999")
    go_on(table, journal)
    assert len(measured) == CASES


@pytest.mark.parametrize("what", ["case", "reference", "model", "prompt"])
def test_names_count_as_much_as_files(table, journal, measured, what):
    def renamed(task: CaseTask) -> CaseTask:
        ((_, reference),) = task.references
        return CaseTask(
            f"{task.case}x" if what == "case" else task.case,
            (("other" if what == "reference" else "", reference),),
            tuple(
                (f"{model}x" if what == "model" else model, "x" * (what == "prompt"), path)
                for model, _, path in task.masks
            ),
        )

    tasks = [renamed(task) for task in read_pairs(table)]
    rows = measure_cases(tasks, TWO, SETTINGS, journal=journal)
    assert len(measured) == CASES
    assert text(rows) == text(measure_cases(tasks, TWO, SETTINGS))


@pytest.mark.parametrize("cut", [1, 2, 40, "half"])
def test_a_journal_that_was_cut_off_in_a_line_loses_that_line_alone(table, journal, measured, cut):
    content = journal.read_bytes()
    last = content.rstrip(b"\n").rpartition(b"\n")[2]
    lost = len(last) // 2 if cut == "half" else cut
    journal.write_bytes(content[:-lost])
    with pytest.raises(Interrupted):  # what is added now stands in lines of its own
        measure_cases(read_pairs(table), TWO, SETTINGS, journal=journal, progress=stop_at(8))
    whole = cut == 1  # the end of the line alone
    assert measured == ([] if whole else ["c02"]) + ["c03"]
    measured.clear()
    rows = go_on(table, journal)
    assert measured == ["c04", "c05"]
    assert text(rows) == text(measure_cases(read_pairs(table), TWO, SETTINGS))


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"",
        lambda content: content[:10],
        lambda content: b"\xff\xfe" + content,
        lambda content: content.partition(b"\n")[2],
        lambda content: content.partition(b"\n")[0] + b'\n[1]\n{"files": 3}\nnull\n',
    ],
    ids=["empty", "cut heading", "no text", "no heading", "other entries"],
)
def test_a_damaged_journal_is_begun_anew(table, journal, measured, damage):
    journal.write_bytes(damage(journal.read_bytes()))
    rows = go_on(table, journal)
    assert len(measured) == CASES
    assert text(rows) == text(measure_cases(read_pairs(table), TWO, SETTINGS))


def test_a_journal_serves_a_study_that_grew(tmp_path, journal, measured):
    grown = write_cases(tmp_path / "grown", CASES)
    added = read_pairs(grown)[:1]
    tasks = read_pairs(tmp_path / "study" / "pairs.csv")
    rows = measure_cases([*added, *tasks], TWO, SETTINGS, journal=journal)
    assert measured == ["c00", "c03", "c04", "c05"]
    assert text(rows) == text(measure_cases([*added, *tasks], TWO, SETTINGS))
