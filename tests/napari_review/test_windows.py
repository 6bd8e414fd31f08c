"""Windows are those of the browser."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from rater_app.napari_review.windows import CT_PRESETS, MR_PRESETS, presets, window_of

BROWSER = (
    Path(__file__).parents[2] / "rater_app" / "web" / "viewer" / "frontend" / "windows.js"
).read_text(encoding="utf-8")


def test_presets_are_those_of_the_browser() -> None:
    ct = re.findall(r'title: "(\w+)", width: (\d+), level: (-?\d+)', BROWSER)
    assert {name: (float(w), float(level)) for name, w, level in ct} == CT_PRESETS
    mr = re.findall(r'title: "(\w+)", percentiles: \[(\d+), (\d+)\]', BROWSER)
    assert {name: (float(low), float(high)) for name, low, high in mr} == MR_PRESETS
    assert (presets(True)[0], presets(False)[0]) == ("Abdomen", "Auto")


def test_percentiles_leave_the_background_out() -> None:
    background_and_ramp = np.concatenate([np.zeros(5000), np.arange(1, 1001)])
    # Percentiles 1 and 99 of 1..1000.
    assert window_of(background_and_ramp, "Auto") == pytest.approx((11, 990), abs=0.1)
    assert window_of(background_and_ramp, "Wide") == (1, 1000)
    assert window_of(background_and_ramp, "Abdomen") == (-160, 240)
    low, high = window_of(np.zeros((3, 3, 3)), "Auto")
    assert low < high
