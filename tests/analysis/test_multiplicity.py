"""Adjusted p values: against R's, statsmodels, closed testing by brute force."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.multitest import multipletests

from analysis.association import multiplicity
from analysis.association.multiplicity import ADJUSTMENTS, adjust_p_values
from tests.analysis.gold import checks

FUNCTIONS = {
    "bonferroni": multiplicity.bonferroni,
    "holm": multiplicity.holm,
    "hochberg": multiplicity.hochberg,
    "hommel": multiplicity.hommel,
    "BH": multiplicity.benjamini_hochberg,
    "BY": multiplicity.benjamini_yekutieli,
}
STATSMODELS = {
    "bonferroni": "bonferroni",
    "holm": "holm",
    "hochberg": "simes-hochberg",
    "hommel": "hommel",
    "BH": "fdr_bh",
    "BY": "fdr_by",
}
some_p = st.lists(
    st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.01, 0.02, 0.05, 1.0])),
    min_size=1,
    max_size=7,
)


def simes(p: list[float]) -> float:
    return min(len(p) * value / (rank + 1) for rank, value in enumerate(sorted(p)))


def closed(p: list[float], of_set) -> list[float]:
    """Adjust by testing every set of hypotheses that contains each one."""
    adjusted = []
    for at, own in enumerate(p):
        others = [value for other, value in enumerate(p) if other != at]
        sets = (s for size in range(len(p)) for s in combinations(others, size))
        adjusted.append(min(1.0, max(of_set([own, *each]) for each in sets)))
    return adjusted


@pytest.mark.parametrize("check", checks("multiplicity"))
def test_benjamini_and_hochbergs_example(check):
    p = check["inputs"]["p"]
    assert set(check["expected"]) <= set(ADJUSTMENTS)
    for method, expected in check["expected"].items():
        assert adjust_p_values(p, method) == pytest.approx(expected, abs=check["atol"])
        assert FUNCTIONS[method](p) == pytest.approx(expected, abs=check["atol"])


@pytest.mark.parametrize("method", ADJUSTMENTS)
@settings(max_examples=15, deadline=None)  # its Holm takes 0.2 s for three p values
@given(some_p)
def test_statsmodels_agrees(method, p):
    expected = multipletests(p, method=STATSMODELS[method])[1]
    assert adjust_p_values(p, method) == pytest.approx(expected, abs=1e-12)


@given(some_p)
def test_holm_and_hommel_are_closed_tests(p):
    assert adjust_p_values(p, "hommel") == pytest.approx(closed(p, simes), abs=1e-12)
    bonferroni = closed(p, lambda each: len(each) * min(each))
    assert adjust_p_values(p, "holm") == pytest.approx(bonferroni, abs=1e-12)


@pytest.mark.parametrize("method", ADJUSTMENTS)
@given(some_p, st.randoms(use_true_random=False))
def test_order_and_undefined_tests_change_nothing(method, p, random):
    expected = dict(enumerate(adjust_p_values(p, method)))
    shuffled = [*range(len(p)), -1, -2]
    random.shuffle(shuffled)
    found = adjust_p_values([p[at] if at >= 0 else None for at in shuffled], method)
    assert [found[at] is None for at in range(len(found))] == [at < 0 for at in shuffled]
    for at, value in zip(shuffled, found, strict=True):
        if value is not None:
            assert value == pytest.approx(expected[at])
            assert p[at] - 1e-15 <= value <= 1


def test_nothing_to_adjust():
    assert adjust_p_values([]) == []
    assert adjust_p_values([None, None], "hommel") == [None, None]
    assert adjust_p_values([0.03], "hommel") == [0.03]


@pytest.mark.parametrize("wrong", [float("nan"), -0.1, 1.1])
def test_what_is_no_p_value_is_refused(wrong):
    with pytest.raises(ValueError, match=f"not p values: {wrong}"):
        adjust_p_values([0.1, wrong])


def test_an_unknown_method():
    with pytest.raises(ValueError, match="not one of bonferroni, holm"):
        adjust_p_values([0.1], "tukey")
