"""Published figures of real ratings, by the public functions and by the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pandas as pd
import pytest

from analysis.agreement.alpha import Measurement, krippendorff_alpha
from analysis.agreement.chance_corrected import fleiss_kappa
from analysis.agreement.icc import intraclass_correlation
from analysis.agreement.kappa import cohen_kappa
from analysis.agreement.rating_table import RatingTable
from tests.analysis.small_study import find
from tests.command_line import run

EXACT = 1e-10
RATERS = ["rater_1", "rater_2", "rater_3"]
TRAINEES = [f"Rater0{n}" for n in range(1, 10)]
CHARACTERISTICS = (
    "subtlety",
    "internalStructure",
    "calcification",
    "sphericity",
    "margin",
    "lobulation",
    "spiculation",
    "texture",
    "malignancy",
)


def expected(folder: Path, file: str = "expected.json") -> dict[str, Any]:
    return dict(json.loads((folder / file).read_text(encoding="utf-8")))


def agreed(*arguments: object) -> dict[str, Any]:
    told = run("agree", *arguments, "--json", "--resamples", "0")
    assert told.exit_code == 0, told.stderr
    return dict(json.loads(told.stdout))


def value(document: dict[str, Any], name: str, **about: Any) -> float:
    return float(find(document, name, **about)["value"])


@pytest.fixture(scope="module")
def mriqc(shared: Path) -> Path:
    return shared / "data" / "mriqc_abide_ratings"


@pytest.fixture(scope="module")
def qrater(shared: Path) -> Path:
    return shared / "data" / "qrater_scan_quality_99"


@pytest.fixture(scope="module")
def lidc(shared: Path) -> Path:
    return shared / "data" / "lidc_nodules_a"


@pytest.fixture(scope="module")
def scans(qrater: Path) -> pd.DataFrame:
    """Items x readers of the 99 scans; Warning counts as Pass, as in the authors' script."""
    frame = pd.read_csv(qrater / "ratings_long.csv")
    frame["rating"] = frame["rating"].map({"Pass": "Pass", "Warning": "Pass", "Fail": "Fail"})
    frame["reader"] = frame["rater"] + frame["session"].map(
        {"1": "", "2": " again", "consensus": " consensus"}
    )
    return frame.pivot(index="item", columns="reader", values="rating")


class TestGradesOfMriqc:
    """1103 scans, three grades, a third of the ratings missing (Esteban, PLoS ONE 2017)."""

    @pytest.mark.parametrize("measurement", ["ordinal", "nominal", "interval"])
    def test_alpha_of_three_raters_with_missing_ratings(
        self, mriqc: Path, measurement: Measurement
    ) -> None:
        wide = pd.read_csv(mriqc / "ratings_wide.csv")
        gold = expected(mriqc)
        known = gold.get(f"alpha_{measurement}", gold["alpha_ordinal_3_raters_missing"])
        found = krippendorff_alpha(wide[RATERS].to_numpy(), measurement)
        assert found.value == pytest.approx(known, abs=EXACT)

    @pytest.mark.parametrize(
        ("weights", "known"),
        [("unweighted", "cohen_kappa"), ("linear", "linear"), ("quadratic", "quadratic")],
    )
    def test_kappa_of_two_raters(self, mriqc: Path, weights: Any, known: str) -> None:
        both = pd.read_csv(mriqc / "ratings_wide.csv")[RATERS[:2]].dropna()
        found = cohen_kappa(
            both["rater_1"], both["rater_2"], categories=[-1, 0, 1], weights=weights
        )
        assert len(both) == 100
        assert found.value == pytest.approx(expected(mriqc)["rater_1_vs_rater_2"][known], abs=EXACT)

    def test_kappa_of_exclude_against_the_rest(self, mriqc: Path) -> None:
        both = pd.read_csv(mriqc / "ratings_wide.csv")[RATERS[:2]].dropna() == -1
        found = cohen_kappa(both["rater_1"], both["rater_2"], categories=[False, True])
        known = expected(mriqc)["rater_1_vs_rater_2"]["cohen_kappa_binarised_exclude_vs_rest"]
        assert found.value == pytest.approx(known, abs=EXACT)

    def test_the_command_finds_raters_and_figures(self, mriqc: Path) -> None:
        told = agreed(mriqc / "ratings_wide.csv")
        gold = expected(mriqc)
        assert told["table"]["columns"]["raters"] == RATERS
        assert (told["table"]["items"], told["table"]["levels"]) == (1103, [-1, 0, 1])
        rated = {name: counts["rated"] for name, counts in told["missing"]["by_rater"].items()}
        assert rated == gold["n_rated"]
        pair = "rater_1 & rater_2"
        of_pair = gold["rater_1_vs_rater_2"]
        for found, known in (
            (value(told, "krippendorff_alpha"), gold["alpha_ordinal_3_raters_missing"]),
            (value(told, "krippendorff_alpha_interval"), gold["alpha_interval"]),
            (value(told, "cohen_kappa", rater=pair), of_pair["cohen_kappa"]),
            (value(told, "cohen_kappa_quadratic", rater=pair), of_pair["quadratic"]),
        ):
            assert found == pytest.approx(known, abs=EXACT)
        assert find(told, "cohen_kappa", rater=pair)["n"]["units"] == of_pair["n"]


class TestScansOfQrater:
    """99 scans, pass or fail (Fernandez-Lozano, Aperture Neuro 2024)."""

    def test_the_expert_repeats_herself(self, qrater: Path, scans: pd.DataFrame) -> None:
        found = cohen_kappa(scans["Expert01"], scans["Expert01 again"], categories=["Fail", "Pass"])
        known = expected(qrater)["expert_intra_cohen_kappa_session1_vs_2"]
        assert found.value == pytest.approx(known, abs=EXACT)

    @pytest.mark.parametrize(
        ("more", "known"),
        [
            (
                ["Expert01", "Expert01 again"],
                "fleiss_kappa_11_columns_(9_trainees+expert_session1+expert_session2)",
            ),
            ([], "fleiss_kappa_9_trainees"),
            (["Expert01 consensus"], "fleiss_kappa_10_(9_trainees+consensus)"),
        ],
    )
    def test_kappa_of_fleiss(
        self, qrater: Path, scans: pd.DataFrame, more: list[str], known: str
    ) -> None:
        passed = (scans[TRAINEES + more] == "Pass").astype(float)
        found = fleiss_kappa(passed.to_numpy())
        assert found.estimate.value == pytest.approx(expected(qrater)[known], abs=EXACT)

    def test_each_trainee_against_the_consensus(self, qrater: Path, scans: pd.DataFrame) -> None:
        known = expected(qrater)["cohen_kappa_each_trainee_vs_consensus"]
        consensus = scans["Expert01 consensus"]
        found = {
            name: cohen_kappa(scans[name], consensus, categories=["Fail", "Pass"]).value
            for name in TRAINEES
        }
        assert found == pytest.approx(known, abs=EXACT)

    def test_the_command_tells_kappa_z_and_pairs(
        self, qrater: Path, scans: pd.DataFrame, tmp_path: Path
    ) -> None:
        gold = expected(qrater)
        eleven = [*TRAINEES, "Expert01", "Expert01 again"]
        scans.to_csv(tmp_path / "wide.csv", sep=";")
        told = agreed(tmp_path / "wide.csv", "--raters", ",".join(eleven), "--level", "nominal")
        assert told["table"]["columns"]["item"] == ["item"]
        known = gold["fleiss_kappa_11_columns_(9_trainees+expert_session1+expert_session2)"]
        assert value(told, "fleiss_kappa") == pytest.approx(known, abs=EXACT)
        assert value(told, "fleiss_kappa_test") == pytest.approx(gold["z_null_se"], abs=1e-8)
        again = value(told, "cohen_kappa", rater="Expert01 & Expert01 again")
        assert again == pytest.approx(gold["expert_intra_cohen_kappa_session1_vs_2"], abs=EXACT)

    def test_alpha_of_the_trainees_by_the_command(
        self, qrater: Path, scans: pd.DataFrame, tmp_path: Path
    ) -> None:
        scans.to_csv(tmp_path / "wide.csv")
        told = agreed(tmp_path / "wide.csv", "--raters", ",".join(TRAINEES), "--level", "nominal")
        gold = expected(qrater)
        known = gold["krippendorff_alpha_nominal_9_trainees"]
        assert value(told, "krippendorff_alpha") == pytest.approx(known, abs=EXACT)
        assert value(told, "fleiss_kappa") == pytest.approx(
            gold["fleiss_kappa_9_trainees"], abs=EXACT
        )

    def test_the_table_as_it_was_published(self, qrater: Path) -> None:
        told = agreed(
            qrater / "ratings_long.csv",
            "--replicate",
            "session",
            "--categories",
            "Fail,Warning,Pass",
        )
        assert (told["table"]["raters"], told["table"]["ratings"]) == (10, 990)
        # The expert's second session and consensus, read as repeated readings.
        assert told["table"]["repeated_readings"] == 198
        alone = find(told, "intra_rater_alpha", rater="Expert01")
        assert alone["n"]["ratings"] == 297
        assert alone["value"] == value(told, "intra_rater_alpha")


class TestNodulesOfLidc:
    """435 nodules, four reader slots that are not the same people: one-way models fit."""

    @pytest.mark.parametrize("characteristic", CHARACTERISTICS)
    def test_alpha_and_icc_of_a_characteristic(self, lidc: Path, characteristic: str) -> None:
        frame = pd.read_csv(lidc / "ratings.csv")
        known = expected(lidc, "expected_ratings.json")[characteristic]
        table = RatingTable.from_long(
            frame, unit="item", rater="reader_slot", rating=characteristic
        )
        for measurement in set(get_args(Measurement)) & {"nominal", "ordinal", "interval"}:
            alpha = krippendorff_alpha(table, measurement)
            assert alpha.value == pytest.approx(known[f"alpha_{measurement}"], abs=EXACT)
        icc = intraclass_correlation(table, "ICC(1,1)")
        assert icc.value == pytest.approx(known["icc1_1"], abs=EXACT)

    def test_one_column_of_many_by_the_command(self, lidc: Path) -> None:
        told = agreed(lidc / "ratings.csv", "--rater", "reader_slot", "--rating", "malignancy")
        known = expected(lidc, "expected_ratings.json")["malignancy"]
        assert (told["table"]["items"], told["table"]["ratings"]) == (435, 1740)
        assert value(told, "krippendorff_alpha") == pytest.approx(known["alpha_ordinal"], abs=EXACT)
        assert value(told, "icc_11") == pytest.approx(known["icc1_1"], abs=EXACT)
