from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analysis.agreement.category_weights import category_weights

KINDS = ("linear", "quadratic", "ordinal", "radical", "ratio", "circular", "bipolar")


# Four equidistant categories 1-4, from the definitions in Gwet 2014, chapter 3: one triangle each,
# (1,2) (1,3) (1,4) (2,3) (2,4) (3,4).
@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("unweighted", [0, 0, 0, 0, 0, 0]),
        ("identity", [0, 0, 0, 0, 0, 0]),
        ("linear", [2 / 3, 1 / 3, 0, 2 / 3, 1 / 3, 2 / 3]),
        ("quadratic", [8 / 9, 5 / 9, 0, 8 / 9, 5 / 9, 8 / 9]),
        ("radical", [1 - 3**-0.5, 1 - (2 / 3) ** 0.5, 0, 1 - 3**-0.5, 1 - (2 / 3) ** 0.5, None]),
        ("ordinal", [5 / 6, 3 / 6, 0, 5 / 6, 3 / 6, 5 / 6]),
        ("circular", [0.5, 0, 0.5, 0.5, 0, 0.5]),
        ("bipolar", [0.8, 0.5, 0, 1 - 1 / 9 / 1, 0.5, 0.8]),
        ("ratio", [1 - 25 / 81, 1 - 25 / 36, 0, 1 - 25 / 225, 1 - 25 / 81, 1 - 25 / 441]),
    ],
)
def test_definitions(kind: Any, expected: list[Any]) -> None:
    weights = category_weights(kind, [1, 2, 3, 4])
    assert np.diagonal(weights).tolist() == [1, 1, 1, 1]
    assert weights == pytest.approx(weights.T)
    for value, (k, m) in zip(expected, zip(*np.triu_indices(4, 1), strict=True), strict=True):
        if value is not None:
            assert weights[k, m] == pytest.approx(value), (k, m)


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_stand_at_their_values_in_any_order(kind: Any) -> None:
    weights = category_weights(kind, [1, 2, 5])
    mixed = category_weights(kind, [5, 1, 2])
    assert mixed == pytest.approx(weights[np.ix_([2, 0, 1], [2, 0, 1])])
    full = category_weights(kind, [1, 2, 3, 4, 5])
    if kind != "ordinal":  # which counts ranks
        assert weights == pytest.approx(full[np.ix_([0, 1, 4], [0, 1, 4])])


@pytest.mark.parametrize("kind", KINDS)
def test_labels_stand_at_their_places(kind: Any) -> None:
    labels = category_weights(kind, ["unusable", "minor edits", "perfect"])
    assert labels == pytest.approx(category_weights(kind, [1, 2, 3]))


def test_ratio_weights_with_a_zero() -> None:
    weights = category_weights("ratio", [0, 1, 2])
    assert weights == pytest.approx(np.array([[1, 0, 0], [0, 1, 8 / 9], [0, 8 / 9, 1]]))


@pytest.mark.parametrize("kind", KINDS)
def test_one_category(kind: Any) -> None:
    assert category_weights(kind, [3]).tolist() == [[1.0]]


def test_disagreement_weights_in_any_unit() -> None:
    disagreement = np.array([[0, 1, 3], [1, 0, 6], [3, 6, 0]])
    for unit in (1, 50, 1e-3):
        weights = category_weights(unit * disagreement, "abc")
        assert weights == pytest.approx(1 - disagreement / 6)
    assert category_weights(1 - disagreement / 6, "abc") == pytest.approx(1 - disagreement / 6)


@pytest.mark.parametrize(
    ("weights", "categories", "message"),
    [
        ("cubic", [1, 2], "unknown weights 'cubic'"),
        ("linear", [1, 2, 2], "listed twice"),
        ("ratio", [-1, 2], "at least 0"),
        (np.eye(3), [1, 2], "shape"),
        ([[1, 2], [2, 1]], [1, 2], "ones on the diagonal"),
        ([[0.5, 0], [0, 1]], [1, 2], "ones on the diagonal"),
        ([[0, -1], [-1, 0]], [1, 2], "negative"),
        ([[1, np.nan], [0, 1]], [1, 2], "finite"),
    ],
)
def test_what_are_no_weights(weights: Any, categories: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        category_weights(weights, categories)
