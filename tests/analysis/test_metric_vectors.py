"""Known answers: what other programs and their test suites say of masks that can be drawn.

Each vector names where it is published. Its values are those of the source; "run" means that the
source tells fewer digits, or only the masks, and the named program was run for the rest. Every
vector is held against the product and against `plain_metrics`.
"""

from __future__ import annotations

import numpy as np
import pytest

from analysis.metrics import MetricSettings, measure_masks
from tests.analysis.drawing import ball
from tests.analysis.plain_metrics import plain_metrics
from tests.analysis.plain_surfaces import boundary, nearest
from tests.analysis.published_2d import VECTORS_2D
from tests.analysis.published_3d import VECTORS_3D, Vector

VECTORS = VECTORS_3D + VECTORS_2D


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_the_published_values_are_met(vector: Vector) -> None:
    reference, mask = vector.masks()
    settings = MetricSettings(metrics=tuple(vector.expected), strict=vector.strict)
    found = measure_masks(reference, mask, vector.spacing_mm[: mask.ndim], settings)
    assert {*found} == {*vector.expected, "note"}
    for name, value in vector.expected.items():
        assert found[name] == pytest.approx(value, rel=0, abs=vector.close_to(name)), name


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector.name)
def test_the_plain_metrics_meet_them_too(vector: Vector) -> None:
    reference, mask = vector.masks()
    found = plain_metrics(
        reference,
        mask,
        vector.spacing_mm,
        percents=(50, 95, 100),
        tolerances_mm=(0, 0.3, 0.5, 1, 2, 2.1, 2.8, 3, 3.3, 5.5, 6, 10),
        ious=(0, 80, 81),
        strict=vector.strict,
    )
    for name, value in vector.expected.items():
        assert found[name] == pytest.approx(value, rel=0, abs=vector.close_to(name)), name


@pytest.mark.parametrize(
    ("reference", "mask", "spacing_mm", "largest", "percentile95"),
    [
        # MONAI, test_hausdorff_distance.py: from the mask to the reference alone
        ((40, (20, 33, 22)), (20, (20, 33, 22)), (1, 1, 1), 20.09975124224178, 19.924858845171276),
        ((20, (19, 19, 19)), (20, (20, 20, 20)), (0.85, 1.2, 0.9), 2.0808651447, None),
        ((30, (20, 33, 22)), (15, (20, 33, 22)), (0.85, 1.2, 0.9), 15.4396410, None),
    ],
    ids=["T6", "T7", "T7 in another"],
)
def test_the_plain_distances_of_one_direction(
    reference, mask, spacing_mm, largest, percentile95
) -> None:
    """Of one direction the product tells the mean alone; both are in its directed percentile."""
    one, other = (boundary(ball(*each, spacing_mm)) for each in (mask, reference))
    found = nearest(one, other, spacing_mm)
    assert found.max() == pytest.approx(largest, abs=5e-7)
    if percentile95:
        assert np.percentile(found, 95) == pytest.approx(percentile95, abs=1e-12)
