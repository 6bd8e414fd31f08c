"""`rater-app plan`: a table, sentences for people, every problem at once."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from analysis.simulation import Components, Design, simulate
from tests.command_line import run

SMALL = ("--cases", "8", "--models", "4", "--raters", "2", "--runs", "6")


@pytest.fixture
def pilot(tmp_path: Path) -> Path:
    drawn = simulate(Design(8, (4, 4), 3, 0.3), Components(), np.random.default_rng(1)).long(0)
    drawn["family"] = drawn["family"].map({0: "vision-language", 1: "pure visual"})
    path = tmp_path / "pilot.csv"
    drawn.to_csv(path, index=False)
    return path


def planned(*arguments: object) -> dict:
    told = run("plan", *arguments, "--json")
    assert told.exit_code == 0, told.stderr
    return json.loads(told.stdout)


def problems(*arguments: object) -> list[str]:
    told = run("plan", *arguments)
    assert (told.exit_code, told.stdout) == (2, "")
    return told.stderr.splitlines()[:-1]


def test_a_line_for_each_design():
    told = run("plan", "--cases", "8, 10", "--models", "3,4", "--raters", "2", "--runs", "6")
    assert told.exit_code == 0
    lines = [line.split() for line in told.stdout.split("\n\n")[0].splitlines()[2:]]
    assert [line[:3] for line in lines] == [
        ["8", "3", "2"],
        ["8", "4", "2"],
        ["10", "3", "2"],
        ["10", "4", "2"],
    ]
    # Below 4 models there is no statement about the families.
    assert [line[-2] == "-" for line in lines if line[1] == "3"] == [True, True]


def test_sentences_for_people():
    clear = (*SMALL, "--rho-vl", "0.95", "--rho-pv", "-0.9", "--replicates", "0.5")
    told = run("plan", *clear).stdout
    assert "8 cases, 4 models a family, 2 raters, 192 readings in all, is the smallest" in told
    assert "Of 100 such studies 100 would find that the metric follows the raters" in told
    assert "For the families as such, models nobody tried included: 8 cases" in told
    assert "50 % of the masks read twice" in told
    assert "0.95 for vision-language and -0.90 for pure visual models" in told
    assert "6 simulated studies of each design, seed 1" in told
    same = run("plan", *SMALL, "--rho-vl", "0.5", "--rho-pv", "0.5").stdout
    assert "none of these designs finds the assumed difference in 80 of 100 studies" in same
    assert "differ too little for any number of models" in same


def test_json_holds_every_number():
    found = planned(*SMALL, "--seed", "3", "--rho-vl", "0.9", "--rho-pv", "0.1")
    (design,) = found["designs"]
    assert design["design"]["models"] == [4, 4]
    assert design["design"]["readings"] == 128
    assert set(design["power_families"]) == {"value", "monte_carlo_error", "undefined"}
    assert found["assumed"]["metric_rho"] == [0.9, 0.1]
    assert (found["runs"], found["seed"]) == (6, 3)
    assert found == planned(*SMALL, "--seed", "3", "--rho-vl", "0.9", "--rho-pv", "0.1")
    assert found["designs"] != planned(*SMALL, "--rho-vl", "0.9", "--rho-pv", "0.1")["designs"]


def test_a_pilot_sets_what_is_assumed(pilot: Path):
    assumed = planned(*SMALL, "--pilot", pilot)["assumed"]
    assert assumed["case"] != Components().case
    assert assumed["metric_rho"] != [0.6, 0.4]
    chosen = planned(*SMALL, "--pilot", pilot, "--rho-vl", "0.7")["assumed"]
    assert chosen["metric_rho"] == [0.7, assumed["metric_rho"][1]]
    assert "No pilot" not in run("plan", *SMALL, "--pilot", pilot).stdout


def test_every_problem_at_once(tmp_path: Path):
    told = problems(
        *("--cases", "2,x", "--models", "", "--raters", "99", "--replicates", "1.5,half"),
        *("--missing", "1", "--runs", "1", "--seed", "-1", "--rho-vl", "1"),
        *("--pilot", tmp_path / "none.csv"),
    )
    begins = ["--cases", "--cases", "--models", "--raters", "--replicates", "--replicates"]
    begins += ["--missing", "--runs", "--seed", "--rho-vl", str(tmp_path)]
    assert len(told) == len(begins)
    assert all(line.startswith(begin) for line, begin in zip(told, begins, strict=True))


def test_problems_of_the_pilot(pilot: Path):
    text = pilot.read_text().splitlines()
    pilot.write_text("\n".join([*text[:2], "0,0,0,gold,0,good,1"]))
    assert {line.split(":")[0] for line in problems("--pilot", pilot)} == {"pilot.csv, line 3"}
    pilot.write_text("\n".join(text[:2]))
    told = problems("--pilot", pilot)
    assert all(line.startswith("pilot.csv: ") for line in told)
    assert len(told) == 4
    refused = run("plan", "--pilot", pilot, "--json")
    assert json.loads(refused.stdout)["problems"] == told


def test_what_would_take_hours_is_refused():
    told = problems("--cases", "1000", "--models", "50", "--raters", "50", "--runs", "20000")
    assert "hours" in told[0]
