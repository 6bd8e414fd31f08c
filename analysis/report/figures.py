"""The figures of a report, each an SVG picture with a text for those who cannot see it."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from analysis.description import Item
from analysis.metrics import Metric
from analysis.results import Result
from analysis.tables import FAMILIES

# Okabe and Ito's palette: told apart with any colour vision; the marker says the same again.
COLOURS = dict(zip(FAMILIES, ("#0072b2", "#d55e00", "#666666"), strict=True))
MARKERS = dict(zip(FAMILIES, ("o", "^", "s"), strict=True))
# Width of a character of a model's name, generous for the font below at its size.
CHARACTER_IN = 0.075
LONGEST_NAME = 32
"""Characters of a model's name beside a figure; the table below has the whole name."""
_STYLE: Any = {
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#888888",
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "xtick.color": "#444444",
    "ytick.color": "#444444",
    "svg.hashsalt": "report",
}


@dataclass(frozen=True)
class Picture:
    """A figure ready for the page: address with the picture in it, and what it shows."""

    source: str
    alt: str
    caption: str


@dataclass(frozen=True, eq=False)
class Cloud:
    """The rated masks of one item, structure and metric: value, mean rating and family of each."""

    item: Item
    metric: Metric
    metric_structure: str
    values: np.ndarray
    ratings: np.ndarray
    families: np.ndarray


def scatter(clouds: Sequence[Cloud], caption: str) -> Picture:
    """Draw mean rating against metric, one panel a metric, families apart by colour and marker.

    Infinite distances stand at the right edge, past the largest finite one.
    """
    with mpl.rc_context(_STYLE):
        figure, axes = _panels(len(clouds), height_in=2.2, left_in=0.55, top_in=0.28)
        for panel, cloud in zip(axes, clouds, strict=True):
            _draw_cloud(panel, cloud)
        axes[0].set_ylabel("Mean rating over raters")
        handles, labels = axes[0].get_legend_handles_labels()
        if handles:
            figure.legend(handles, labels, loc="upper left", ncols=3, frameon=False, borderpad=0.2)
        return _picture(figure, "Scatter of mean rating against metric. " + caption, caption)


def _draw_cloud(panel: Axes, cloud: Cloud) -> None:
    x, y, families = cloud.values, cloud.ratings, cloud.families
    finite = x[np.isfinite(x)]
    edge = (float(finite.max()) if len(finite) else 1.0) * 1.12
    drawn = np.where(np.isinf(x), edge, x)
    for family in FAMILIES:
        of_family = families == family
        if of_family.any():
            panel.scatter(
                drawn[of_family],
                y[of_family],
                s=16,
                c=COLOURS[family],
                marker=MARKERS[family],
                alpha=0.65,
                linewidths=0,
                label=family,
            )
    if np.isinf(x).any():
        panel.axvline(edge, color="#aaaaaa", lw=0.8, ls=":")
        panel.annotate(
            "infinite",
            (edge, 1),
            xycoords=("data", "axes fraction"),
            xytext=(-3, -2),
            textcoords="offset points",
            ha="right",
            va="top",
            fontsize=8,
            color="#666666",
        )
    panel.locator_params(axis="x", nbins=6)
    unit = "" if cloud.metric.unit == "1" else f" ({cloud.metric.unit})"
    panel.set_xlabel(f"{cloud.metric.title}{unit}")
    panel.grid(color="#eeeeee", lw=0.6)
    panel.set_axisbelow(True)


def forest(columns: Sequence[tuple[str, Sequence[Result]]], caption: str) -> Picture:
    """Draw Spearman's rho of every model with its interval, one panel a metric."""
    models = [shorten(result.model or "") for result in columns[0][1]]
    with mpl.rc_context(_STYLE):
        widest = max(map(len, models), default=0)
        figure, axes = _panels(
            len(columns),
            height_in=0.26 * max(1, len(models)),
            left_in=0.15 + CHARACTER_IN * widest,
            top_in=0.25,
        )
        for panel, (title, results) in zip(axes, columns, strict=True):
            _draw_forest(panel, title, results)
        axes[0].set_yticks(range(len(models)), models)
        axes[0].set_ylim(len(models) - 0.4, -0.6)
        alt = "Forest plot of Spearman's rho by model; the table below has the numbers. "
        return _picture(figure, alt + caption, caption)


def shorten(name: str) -> str:
    """Cut a long name in the middle, where names of one series differ least.

    Examples
    --------
    >>> shorten("a-very-long-name-of-a-model-with-its-version-2")
    'a-very-long-name…th-its-version-2'
    """
    half = LONGEST_NAME // 2
    return name if len(name) <= LONGEST_NAME else f"{name[:half]}…{name[-half:]}"


def _draw_forest(panel: Axes, title: str, results: Sequence[Result]) -> None:
    panel.axvline(0, color="#999999", lw=0.8)
    for row, result in enumerate(results):
        colour = COLOURS[result.family or "human"]
        if result.value is None:
            panel.text(0.03, row, "not estimable", va="center", fontsize=7.5, color="#777777")
            continue
        if result.interval is not None:
            panel.plot(result.interval, (row, row), color=colour, lw=1.6, solid_capstyle="butt")
        panel.plot(result.value, row, MARKERS[result.family or "human"], color=colour, ms=5)
    panel.set_xlim(-1.04, 1.04)
    panel.set_xticks([-1, -0.5, 0, 0.5, 1], ["\u22121", "\u22120.5", "0", "0.5", "1"])
    panel.set_xlabel("Spearman's rho")
    panel.set_title(title)
    panel.grid(axis="x", color="#eeeeee", lw=0.6)
    panel.tick_params(axis="y", length=0)
    panel.set_axisbelow(True)


def _panels(
    count: int, *, height_in: float, left_in: float, top_in: float
) -> tuple[Figure, Sequence[Axes]]:
    """Lay out panels side by side with fixed margins; fitting them costs as much as drawing."""
    bottom_in, right_in, panel_in, gap_in = 0.45, 0.1, 3.15, 0.25
    wide = left_in + count * panel_in + (count - 1) * gap_in + right_in
    high = bottom_in + height_in + top_in
    figure = Figure(figsize=(wide, high))
    margins = {
        "left": left_in / wide,
        "right": 1 - right_in / wide,
        "bottom": bottom_in / high,
        "top": 1 - top_in / high,
        "wspace": gap_in / panel_in,
    }
    panels = figure.subplots(1, count, squeeze=False, sharey=True, gridspec_kw=margins)[0]
    return figure, list(panels)


def _picture(figure: Figure, alt: str, caption: str) -> Picture:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    packed = base64.b64encode(buffer.getvalue()).decode("ascii")
    return Picture(f"data:image/svg+xml;base64,{packed}", alt, caption)
