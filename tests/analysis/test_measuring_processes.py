"""Several processes give what one gives, outlive the death of one, and can be stopped."""

from __future__ import annotations

import math
import os
import re
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest

from analysis.measuring import CaseTask, measure_cases, measure_study, read_pairs, run
from analysis.measuring.processes import in_processes
from analysis.measuring.worker import measure_task
from analysis.metrics import MetricSettings
from analysis.regions import load_scheme
from tests.analysis.pairs_on_disk import cube, save, write_cases, write_pairs

ROOT = Path(__file__).parents[2]
SETTINGS = MetricSettings(("dsc", "hd_mm", "voxels", "lesions"))
LONGEST_S = 60.0


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONGEST_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


# What other processes do must stand in a module: they import it.


def first_case_last(task: CaseTask, scheme, settings) -> list[dict]:
    """Measure; c00 is done only when c04 is. The note tells the process."""
    marks = task.files[0].parent
    if task.case == "c00":
        wait_for((marks / "c04 is done").exists)
    rows = measure_task(task, scheme, settings)
    (marks / f"{task.case} is done").touch()
    return [row | {"note": str(os.getpid())} for row in rows]


def die_at_c2(task: CaseTask) -> list[dict]:
    """End the process as the kernel does when memory runs out."""
    if task.case == "c2":
        os.kill(os.getpid(), signal.SIGKILL)
    return [{"case": task.case}]


def lost(task: CaseTask) -> list[dict]:
    return [{"case": task.case, "note": "lost"}]


def test_two_processes_give_the_rows_of_one_in_their_order(tmp_path: Path, monkeypatch):
    tasks = read_pairs(write_cases(tmp_path, cases=20))
    expected = measure_cases(tasks, None, SETTINGS, jobs=1)
    monkeypatch.setattr(run, "measure_task", first_case_last)
    seen = []
    rows = measure_cases(tasks, None, SETTINGS, jobs=2, progress=lambda *told: seen.append(told))
    workers = {int(row["note"]) for row in rows}
    assert len(workers) == 2
    assert os.getpid() not in workers
    assert [row | {"note": ""} for row in rows] == expected
    assert [(done, total) for done, total, _ in seen] == [(done, 40) for done in range(0, 41, 2)]
    names = [what for _, _, what in seen]
    assert names.index("c00") > names.index("c04")


def test_few_pairs_are_not_worth_a_process(tmp_path: Path, monkeypatch):
    tasks = read_pairs(write_cases(tmp_path, cases=39, models=1))
    monkeypatch.setattr(run, "measure_task", first_case_last)
    (tmp_path / "masks" / "c04 is done").touch()
    rows = measure_cases(tasks, None, SETTINGS, jobs=2)
    assert {row["note"] for row in rows} == {str(os.getpid())}


def test_a_process_that_dies_takes_one_case_with_it_and_the_rest_goes_on():
    tasks = [CaseTask(f"c{n}", (), ()) for n in range(8)]
    left = deque(enumerate(tasks))
    done = {}
    for at, task, rows in in_processes(left, die_at_c2, lost, 1):
        # Memory: no more are handed out, and not given back before this one, than two a process.
        assert len(tasks) - len(left) - len(done) <= 2
        assert task is tasks[at]
        done[at] = rows
    assert done == {n: [{"case": f"c{n}"}] for n in range(8)} | {2: lost(tasks[2])}


def test_what_died_is_a_row_a_structure_with_the_reason(tmp_path: Path, monkeypatch):
    tasks = read_pairs(write_cases(tmp_path, cases=20))

    def all_die(left, _measure, died, _jobs):
        for at, task in reversed(left):
            yield at, task, died(task)

    monkeypatch.setattr(run, "in_processes", all_die)
    rows = measure_cases(tasks, load_scheme("lits"), SETTINGS, jobs=2)
    assert [(row["case"], row["model"], row["structure"]) for row in rows] == [
        (f"c{case:02}", model, structure)
        for case in range(20)
        for model in ("m0", "m1")
        for structure in ("liver", "tumour")
    ]
    for row in rows:
        assert row["note"].startswith("not measured: the process that measured it ended at once")
        assert all(math.isnan(row[name]) for name in SETTINGS.metrics)


@contextmanager
def heeding_ctrl_c() -> Iterator[None]:
    """Start processes that heed it; those of a shell's background job inherit that it is not."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


PIPED = {"cwd": ROOT, "text": True, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}


def command_for(table: Path, jobs: int) -> list[object]:
    measure = [sys.executable, "-m", "analysis", "measure", table, "-o", table.with_name("T.csv")]
    return [*measure, "--metric", "dsc", "--metric", "hd_mm", "--jobs", str(jobs)]


def stopped(command: list[object], moment: Callable[[int], bool]) -> str:
    """Press Ctrl-C when the moment has come, which is told the process; return the complaint."""
    with heeding_ctrl_c():
        process = subprocess.Popen(command, start_new_session=True, **PIPED)

    def has_come() -> bool:
        assert process.poll() is None, process.communicate()
        return moment(process.pid)

    try:
        wait_for(has_come)
        os.killpg(process.pid, signal.SIGINT)  # a terminal tells every process of the command
        printed, complaint = process.communicate(timeout=LONGEST_S)
    finally:
        process.kill()
    assert (process.returncode, printed) == (1, ""), complaint
    return said(complaint)


def stopped_and_resumed(table: Path, jobs: int, after: int) -> tuple[str, list[str]]:
    """Stop `python -m analysis measure` after some cases, run it again and check its table.

    Returns the complaint of the stopped run, and the lines of its journal.
    """
    output, journal = table.with_name("T.csv"), table.with_name(".T.csv.measured")
    command = command_for(table, jobs)
    complaint = stopped(
        command, lambda _: journal.exists() and journal.read_bytes().count(b"\n") > after
    )
    assert not output.exists()
    kept = journal.read_text("utf-8").splitlines()
    again = subprocess.run(command, check=False, **PIPED)
    assert (again.returncode, again.stdout, said(again.stderr)) == (0, f"{output}\n", "")
    assert not journal.exists()
    whole = table.with_name("whole.csv")
    measure_study(table, whole, settings=MetricSettings(("dsc", "hd_mm")), jobs=1)
    assert output.read_bytes() == whole.read_bytes()
    return complaint, kept


def said(complaint: str) -> str:
    """Leave out the notice of a machine on which nothing is compiled yet."""
    return re.sub(r"Compiling kernels.*\n", "", complaint)


def write_many(folder: Path, cases_and_models: list[tuple[str, str]]) -> Path:
    save(folder / "r.nii.gz", cube())
    save(folder / "m.nii.gz", cube(1))
    files = {"reference_mask": "r.nii.gz", "mask": "m.nii.gz"}
    rows = [{"case": case, "model": model, **files} for case, model in cases_and_models]
    return write_pairs(folder / "pairs.csv", rows)


def test_after_a_real_ctrl_c_the_same_command_completes(tmp_path: Path):
    table = write_many(tmp_path, [(f"c{case:03}", "a") for case in range(200)])
    complaint, kept = stopped_and_resumed(table, jobs=1, after=5)
    told = re.fullmatch(
        r"Stopped after (\d+) of 200 pairs; run the same command again to go on\.\n", complaint
    )
    assert told, complaint
    assert 5 <= int(told[1]) < 200
    # Ctrl-C may come between the last case and its line.
    assert len(kept) - 1 in (int(told[1]) - 1, int(told[1]), int(told[1]) + 1)


def test_ctrl_c_in_several_processes_is_one_sentence(tmp_path: Path):
    # A process is busy with the first case and, after the others, one has nothing to do.
    large = [("a", f"m{model:04}") for model in range(600)]
    table = write_many(tmp_path, [*large, ("b", "m"), ("c", "m")])
    complaint, kept = stopped_and_resumed(table, jobs=2, after=2)
    sentence = r"Stopped after [12] of 602 pairs; run the same command again to go on\.\n"
    assert re.fullmatch(sentence, complaint), complaint
    assert len(kept) == 3


def test_ctrl_c_before_anything_is_measured_is_one_sentence(tmp_path: Path):
    table = write_many(tmp_path, [(f"c{case:03}", "a") for case in range(300)])
    journal = table.with_name(".T.csv.measured")
    complaint = stopped(
        command_for(table, jobs=2), lambda _: journal.exists() and bool(journal.read_bytes())
    )
    assert complaint == "Stopped after 0 of 300 pairs; run the same command again to go on.\n"


def is_worker(group: int, process: Path) -> bool:
    try:
        ours = os.getpgid(int(process.name)) == group
        return ours and b"spawn_main" in (process / "cmdline").read_bytes()
    except OSError:  # it has ended
        return False


@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="no processes to look at")
def test_ctrl_c_while_processes_start_is_one_sentence(tmp_path: Path):
    table = write_many(tmp_path, [(f"c{case:03}", "a") for case in range(300)])
    started: list[float] = []

    def are_importing(group: int) -> bool:
        if not started and any(map(partial(is_worker, group), Path("/proc").glob("[0-9]*"))):
            started.append(time.monotonic())
        # Python heeds Ctrl-C some 50 ms after its start; what a worker imports takes a second.
        return bool(started) and time.monotonic() - started[0] > 0.3

    complaint = stopped(command_for(table, jobs=2), are_importing)
    sentence = r"Stopped after \d+ of 300 pairs; run the same command again to go on\.\n"
    assert re.fullmatch(sentence, complaint), complaint
