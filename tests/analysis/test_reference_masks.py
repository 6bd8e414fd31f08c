"""Reference masks of several experts: Dice that can be counted by hand, and what is left out."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy import stats

from analysis.agreement.reference_masks import reference_results
from analysis.measuring import (
    handover_scheme,
    handover_tasks,
    measure_cases,
    measurement_frame,
)
from analysis.metrics import MetricSettings, measure_file_pair
from analysis.resampling import Resamples
from analysis.results import Asked, Result
from analysis.study import analyse
from analysis.tables import load_handover
from tests.analysis.expert_study import NOTHING, box, write_expert_study
from tests.analysis.small_study import CASES, find
from tests.analysis.test_report_sparse import with_rows

pytestmark = pytest.mark.usefixtures("kernels")


def results(
    folder: Path, settings: MetricSettings | None = None, resamples: Resamples | None = None
) -> list[Result]:
    settings = settings or MetricSettings(("dsc",))
    handover = load_handover(folder)
    scheme = handover_scheme(handover)
    rows = measure_cases(handover_tasks(handover), scheme, settings)
    asked = Asked(0.95, resamples)
    return reference_results(handover, measurement_frame(rows, settings), scheme, settings, asked)


def one(found: Sequence[Result], name: str, structure: str = "all", **about: Any) -> Result:
    (result,) = [
        each
        for each in found
        if (each.name, each.metric_structure) == (name, structure)
        and all(getattr(each, key) == value for key, value in about.items())
    ]
    return result


@pytest.fixture
def three_cases(tmp_path: Path) -> list[Result]:
    """E2 is moved by 1, 2 and 1 voxels; a fourth case has one reference; pv lacks the second."""
    references = {f"c{at}": {"E1": box(0), "E2": box(by)} for at, by in enumerate((1, 2, 1))}
    references["c3"] = {"E1": box(0)}
    masks = {(case, "vl", ""): box(1) for case in references}
    masks |= {(case, "pv", ""): box(0) for case in ("c0", "c2", "c3")}
    return results(write_expert_study(tmp_path / "h", references, masks))


def test_pairs_are_counted_by_hand(three_cases: list[Result]) -> None:
    """Boxes of 32 voxels that share 24, 16 and 24: DSC 0.75, 0.5 and 0.75."""
    dsc = one(three_cases, "reference_dsc")
    assert dsc.value == pytest.approx((0.75 + 0.5 + 0.75) / 3)
    assert dsc.n == {"cases": 3, "experts": 2, "pairs": 3, "undefined_pairs": 0}
    assert dsc.interval is not None
    assert 0 < dsc.interval[0] < dsc.value < dsc.interval[1] < 1
    assert (dsc.metric, dsc.structure, dsc.unit) == ("dsc", None, "1")
    # A quarter of the boundary voxels of both is 1 (or 2) mm away, the others lie less far.
    hd95 = one(three_cases, "reference_hd95_mm")
    assert (hd95.value, hd95.unit) == (pytest.approx(4 / 3), "mm")


def test_a_model_is_set_against_the_experts(three_cases: list[Result]) -> None:
    """vl lies between the experts: 0.875, 0.75 and 0.875 with them."""
    vl = one(three_cases, "model_minus_expert_dsc", model="vl")
    differences = [0.125, 0.25, 0.125]
    expected = stats.ttest_1samp(differences, 0)
    assert vl.value == pytest.approx(np.mean(differences))
    assert vl.interval == pytest.approx(tuple(expected.confidence_interval()))
    assert vl.p_value == pytest.approx(expected.pvalue)
    assert (vl.family, vl.rater, vl.n) == ("vision-language", None, {"cases": 3, "experts": 2})
    pv = one(three_cases, "model_minus_expert_dsc", model="pv")
    assert pv.value == pytest.approx(0.125)
    assert pv.n["cases"] == 2


def test_of_two_experts_the_majority_of_the_others_is_the_other(three_cases: list[Result]) -> None:
    together = one(three_cases, "reference_dsc")
    for expert in ("E1", "E2"):
        alone = one(three_cases, "reference_dsc_against_others", rater=expert)
        assert (alone.value, alone.interval) == (together.value, together.interval)


def test_of_three_experts_nobody_is_in_the_own_majority(tmp_path: Path) -> None:
    """Ties of the two others are background: E1 stands against the 16 voxels of E2 and E3."""
    references = {"c0": {"E1": box(0), "E2": box(0), "E3": box(2)}}
    found = results(write_expert_study(tmp_path, references, {("c0", "vl", ""): box(0)}))
    others = {
        expert: one(found, "reference_dsc_against_others", rater=expert).value
        for expert in ("E1", "E2", "E3")
    }
    assert others == {"E1": pytest.approx(2 / 3), "E2": pytest.approx(2 / 3), "E3": 0.5}
    assert one(found, "reference_dsc").value == pytest.approx((1 + 0.5 + 0.5) / 3)
    model = one(found, "model_minus_expert_dsc")
    assert model.value == pytest.approx((1 + 1 + 0.5) / 3 - 2 / 3)
    assert model.interval is None
    assert model.reason


def test_the_majority_is_that_of_a_structure_not_of_a_label(tmp_path: Path) -> None:
    """The experts agree on the whole and not on its labels; 4 is another number for 1."""
    references = {"c0": {"E1": box(0, 1), "E2": box(0, 2), "E3": box(0, 4)}}
    found = results(write_expert_study(tmp_path, references, {("c0", "vl", ""): box(0)}))
    for expert in references["c0"]:
        whole = one(found, "reference_dsc_against_others", rater=expert)
        assert whole.value == 1.0
    assert one(found, "reference_dsc", "core").value == pytest.approx(1 / 3)


def test_references_that_do_not_fit_are_left_out_and_counted(tmp_path: Path) -> None:
    references = {
        "c0": {"E1": box(0), "E2": box(1), "E3": box(0)[:6]},
        "c1": {"E1": box(0), "E2": box(1), "E3": box(0, 9)},
        "c2": {"E1": box(0), "E2": box(2)},
    }
    masks = {(case, "vl", ""): box(0) for case in references}
    folder = write_expert_study(tmp_path, references, masks)
    (folder / "masks" / "c2-E2.nii.gz").write_bytes(b"no image")
    found = results(folder)
    dsc = one(found, "reference_dsc")
    assert dsc.value == 0.75
    assert dsc.n == {
        "cases": 2,
        "experts": 2,
        "pairs": 2,
        "undefined_pairs": 0,
        "references_left_out": 3,
    }
    assert {each.rater for each in found} == {None, "E1", "E2"}
    assert one(found, "model_minus_expert_dsc").n["references_left_out"] == 3


def test_a_structure_that_an_expert_does_not_see(tmp_path: Path) -> None:
    references = {"c0": {"E1": box(0), "E2": NOTHING}, "c1": {"E1": NOTHING, "E2": NOTHING}}
    masks = {(case, "vl", ""): box(0) for case in references}
    folder = write_expert_study(tmp_path, references, masks)
    found = results(folder)
    dsc, hd95 = one(found, "reference_dsc"), one(found, "reference_hd95_mm")
    assert dsc.value == 0.0
    assert dsc.n == {"cases": 1, "experts": 2, "pairs": 1, "undefined_pairs": 1}
    assert hd95.value is None
    assert "infinite (c0)" in str(hd95.reason)
    brats = results(folder, MetricSettings(("dsc",), "brats"))
    assert one(brats, "reference_hd95_mm").value == pytest.approx(374 / 2)
    assert one(brats, "reference_dsc").value == 0.5
    # Against E1, E2 and each other: (1 + 0) / 2 - 0 in c0, 0 - 1 in c1.
    assert one(brats, "model_minus_expert_dsc").value == pytest.approx((0.5 - 1) / 2)


def test_prompts_are_averaged_and_a_model_may_be_called_as_an_expert(tmp_path: Path) -> None:
    references = {"c0": {"E1": box(0), "E2": box(2)}}
    masks = {("c0", "E1", "a"): box(0), ("c0", "E1", "b"): box(1)}
    found = results(write_expert_study(tmp_path, references, masks, family_of={"E1": "human"}))
    model = one(found, "model_minus_expert_dsc", model="E1", family="human")
    assert model.value == pytest.approx((np.mean([1, 0.75]) + np.mean([0.5, 0.75])) / 2 - 0.5)


def test_without_a_scheme_every_label_is_a_structure(tmp_path: Path) -> None:
    labels = box(0, 10)
    labels[0] = 2
    references = {"c0": {"E1": labels, "E2": box(1, 10)}, "c1": {"E1": box(0), "E2": box(0, 300)}}
    masks = {(case, "vl", ""): box(0, 10) for case in references}
    found = results(write_expert_study(tmp_path, references, masks, scheme=None))
    names = [each.metric_structure for each in found if each.name == "reference_dsc"]
    assert names == ["label_1", "label_2", "label_10", "label_300"]
    assert one(found, "reference_dsc", "label_2").value == 0.0
    assert one(found, "reference_dsc", "label_10").n["cases"] == 1
    assert one(found, "model_minus_expert_dsc", "label_10").value is not None


def test_nothing_where_no_case_has_two_references(tmp_path: Path) -> None:
    references = {"c0": {"E1": box(0)}, "c1": {"E2": box(0)}}
    masks = {(case, "vl", ""): box(0) for case in references}
    assert results(write_expert_study(tmp_path, references, masks)) == []


def test_bootstrap_intervals_stand_beside(tmp_path: Path) -> None:
    references = {f"c{at}": {"E1": box(0), "E2": box(at % 3)} for at in range(6)}
    masks = {(case, "vl", ""): box(0) for case in references}
    folder = write_expert_study(tmp_path, references, masks)
    found = results(folder, resamples=Resamples([*references, "z"], 50))
    assert all([each.n_resamples for each in result.beside] == [50, 50] for result in found)


def test_a_report_has_a_table_of_them(handover: Path, report: Path, document: dict) -> None:
    """The small study has two experts; its pairs are measured one by one here."""
    scheme = handover_scheme(load_handover(handover))
    folder = handover / "masks"
    dsc = [
        {row["structure"]: row["dsc"] for row in measure_file_pair(one_, other, scheme)}
        for one_, other in (
            (folder / f"{case}-E1.nii.gz", folder / f"{case}-E2.nii.gz") for case in CASES
        )
    ]
    with (report / "tables" / "reference_agreement.csv").open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 2 * (2 + 2 + 5)
    page = (report / "report.html").read_text("utf-8")
    section = page.split("<h3>Agreement of the reference masks</h3>")[1].split("<h3>")[0]
    for structure in ("all", "core"):
        about = {"metric": "dsc", "metric_structure": structure}
        found = find(document, "reference_dsc", **about)
        assert found["value"] == pytest.approx(np.mean([case[structure] for case in dsc]))
        assert f'data-result="{document["results"].index(found)}"' in section
        expert = find(document, "model_minus_expert_dsc", model="expert", family="human", **about)
        assert f'data-result="{document["results"].index(expert)}"' in section


def test_a_report_without_several_references_does_not_mention_them(
    handover: Path, tmp_path: Path
) -> None:
    folder = with_rows(handover, tmp_path / "h", references=lambda row: row["reference"] == "E1")
    analysis = analyse(folder, tmp_path / "r")
    assert analysis.references == []
    assert not (tmp_path / "r" / "tables" / "reference_agreement.csv").exists()
    assert "Agreement of the reference masks" not in (tmp_path / "r" / "report.html").read_text()
