from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.agreement.alpha import krippendorff_alpha
from analysis.agreement.icc import intraclass_correlation
from analysis.agreement.intra_rater import IntraRaterAgreement, intra_rater
from analysis.agreement.rating_table import RatingTable
from analysis.agreement.within_subject import within_subject_sd
from analysis.resampling import Resamples


def long_table(seed: int = 1) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    rows = []
    for case in range(6):
        for model in ("m", "n"):
            truth = rng.integers(1, 5)
            for rater in ("a", "b"):
                for replicate in range(2 if case < 5 else 1):
                    rating = float(truth + rng.integers(0, 2))
                    rows.append((rater, f"c{case}", model, replicate, rating))
    return pd.DataFrame(rows, columns=["rater", "case", "model", "replicate", "rating"])


def by_hand(frame: pd.DataFrame) -> tuple[np.ndarray, list[str]]:
    """Return readings, one row per rater x mask that was read twice, and their cases."""
    rows, cases = [], []
    for (_, case, _), part in frame.groupby(["rater", "case", "model"]):
        readings = part.sort_values("replicate")["rating"].tolist()
        if len(readings) == 2:
            rows.append(readings)
            cases.append(case)
    return np.array(rows), cases


def test_numbers_of_each_rater_and_of_all() -> None:
    frame = long_table()
    found = intra_rater(frame, unit=["case", "model"], case="case")
    assert list(found.by_rater) == ["a", "b"]
    parts = {**{name: frame[frame["rater"] == name] for name in ("a", "b")}, "all": frame}
    for name, part in parts.items():
        agreement = found.by_rater.get(name, found.pooled)
        readings, cases = by_hand(part)
        table = RatingTable.of(readings, cases)
        assert agreement.n_units == len(readings)
        assert agreement.n_readings == readings.size
        assert agreement.alpha.value == krippendorff_alpha(table).value
        assert agreement.alpha.low == krippendorff_alpha(table).low
        assert agreement.icc.value == intraclass_correlation(table).value
        assert agreement.within_sd.high == within_subject_sd(table).high
        assert agreement.identical.value == pytest.approx(np.mean(readings[:, 0] == readings[:, 1]))
        assert agreement.icc.n_cases == 5


def test_order_and_names_of_columns_do_not_matter() -> None:
    frame = long_table()
    renamed = frame.sample(frac=1, random_state=3).rename(
        columns={"rater": "who", "replicate": "again", "rating": "value", "case": "patient"}
    )
    one = intra_rater(frame, unit=["case", "model"], case="case")
    two = intra_rater(
        renamed,
        rater="who",
        unit=["model", "patient"],
        replicate="again",
        rating="value",
        case="patient",
    )
    assert one.pooled.alpha.low == pytest.approx(two.pooled.alpha.low)
    assert one.by_rater["b"].within_sd.value == two.by_rater["b"].within_sd.value


def test_a_case_outside_the_key_and_none_at_all() -> None:
    frame = long_table()
    frame["unit"] = frame["case"] + frame["model"]
    with_case = intra_rater(frame, case="case")
    without = intra_rater(frame)
    assert with_case.pooled.within_sd.n_cases == 5
    assert without.pooled.within_sd.n_cases == 10
    assert with_case.pooled.within_sd.value == without.pooled.within_sd.value


def test_three_readings_count_all_and_the_icc_takes_the_first_two() -> None:
    rows = [("a", 1, 0, 3.0), ("a", 1, 1, np.nan), ("a", 1, 2, 4.0), ("a", 2, 0, 1.0)]
    rows += [("a", 2, 1, 2.0), ("a", 2, 2, 2.0), ("a", 3, 1, 5.0), ("a", 3, 2, 5.0)]
    frame = pd.DataFrame(rows, columns=["rater", "unit", "replicate", "rating"])
    found = intra_rater(frame, measurement="interval").pooled
    assert found.n_readings == 7
    assert found.identical.value == pytest.approx((0 + 1 / 3 + 1) / 3)
    expected = intraclass_correlation([[3.0, 4.0], [1.0, 2.0], [5.0, 5.0]])
    assert found.icc.value == pytest.approx(expected.value)
    assert found.alpha.method.startswith("interval")


def test_resamples_reach_every_estimate() -> None:
    frame = long_table()
    resamples = Resamples(sorted(set(frame["case"])), n=300)
    found = intra_rater(frame, unit=["case", "model"], case="case", resamples=resamples).pooled
    for estimate in (found.alpha, found.icc, found.identical, found.within_sd):
        assert estimate.beside[0].n_resamples > 0


def test_raters_who_read_nothing_twice_get_a_reason() -> None:
    frame = long_table()
    frame = frame[(frame["rater"] == "a") | (frame["replicate"] == 0)]
    found = intra_rater(frame, unit=["case", "model"], case="case")
    alone = found.by_rater["b"]
    assert alone.n_units == 0
    for estimate in (alone.alpha, alone.icc, alone.identical, alone.within_sd):
        assert estimate.value is None
        assert estimate.reason == "no unit was read twice by the same rater"
    assert isinstance(found.pooled, IntraRaterAgreement)
    assert found.pooled.alpha.value == found.by_rater["a"].alpha.value


def test_faults_are_named_all_at_once() -> None:
    frame = pd.DataFrame(
        [("a", 1, 0, 3.0, "x"), ("a", 1, 0, 2.0, "y"), ("a", 2, 0, 2.0, None)],
        columns=["rater", "unit", "replicate", "rating", "case"],
    )
    with pytest.raises(ValueError, match=r"column case has gaps; .*a/1/0; 1 units lie in more"):
        intra_rater(frame, case="case")
    with pytest.raises(ValueError, match="no column replicate, rating"):
        intra_rater(frame[["rater", "unit"]])
