"""Every number of a report, computed again from arrays and answers, the long way.

Nothing of the `analysis` package is used: Dice by counting, distances by brute force, agreement by
the packages and textbook sums, the jackknife by leaving out one case after the other.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import krippendorff
import numpy as np
import pandas as pd
from scipy import ndimage, stats
from scipy.spatial.distance import cdist

STRUCTURES = {"WT": (1, 2, 3), "TC": (1, 3), "ET": (3,)}
ORIENTATION = {"dsc": 1, "hd95_mm": -1, "hd95_directed_mm": -1, "volume_ml": 1}
MEAN = "mean over structures"
Cases = Sequence[str]

SCALES: dict[str, tuple[Callable[[float], float], Callable[[float], float]]] = {
    "its own scale": (lambda x: x, lambda y: y),
    "Fisher z": (math.atanh, math.tanh),
    "log(1 - x)": (lambda x: -math.log(1 - x), lambda y: 1 - math.exp(-y)),
    "logit": (lambda x: math.log(x / (1 - x)), lambda y: 1 / (1 + math.exp(-y))),
    # With two raters k - 1 is 1.
    "log((1 + (k - 1) x) / (1 - x))": (lambda x: 2 * math.atanh(x), lambda y: math.tanh(y / 2)),
    "Fisher z of half the difference": (lambda x: math.atanh(x / 2), lambda y: 2 * math.tanh(y)),
}  # fmt: skip


SCALE_OF = {
    "mean_rating": "its own scale",
    "krippendorff_alpha": "log(1 - x)",
    "krippendorff_alpha_interval": "log(1 - x)",
    "icc_a1": "log((1 + (k - 1) x) / (1 - x))",
    "icc_ak": "log(1 - x)",
    "icc_ck": "log(1 - x)",
    "percent_agreement": "logit",
    "intra_rater_alpha": "log(1 - x)",
    "spearman": "Fisher z",
    "kendall_tau_b": "Fisher z",
    "pearson": "Fisher z",
    "rm_corr": "Fisher z",
    "spearman_model_mean": "Fisher z",
    "family_difference_z": "its own scale",
    "family_difference_rho": "Fisher z of half the difference",
}


def measure(reference: np.ndarray, mask: np.ndarray, spacing_mm: Sequence[float]) -> pd.DataFrame:
    """Measure a mask, structure by structure."""
    rows = []
    for name, labels in STRUCTURES.items():
        one, two = np.isin(reference, labels), np.isin(mask, labels)
        there, back = _distances(one, two, spacing_mm), _distances(two, one, spacing_mm)
        rows.append(
            {
                "structure": name,
                "dsc": 2 * (one & two).sum() / (one.sum() + two.sum()),
                "hd95_mm": np.percentile([*there, *back], 95),
                "hd95_directed_mm": max(np.percentile(there, 95), np.percentile(back, 95)),
                "volume_ml": two.sum() * math.prod(spacing_mm) / 1000,
            }
        )
    frame = pd.DataFrame(rows)
    mean = frame.drop(columns="structure").mean().to_dict()
    return pd.DataFrame([*rows, {"structure": MEAN, **mean}])


def _distances(one: np.ndarray, two: np.ndarray, spacing_mm: Sequence[float]) -> np.ndarray:
    border = [np.argwhere(m & ~ndimage.binary_erosion(m)) * spacing_mm for m in (one, two)]
    return cdist(border[0], border[1]).min(axis=1)


@dataclass
class Direct:
    """The study as frames: `masks` (case, model, family, r1, r2, rating) and `metrics`."""

    masks: pd.DataFrame
    metrics: pd.DataFrame
    elapsed_s: pd.DataFrame
    counts: dict[str, int]

    def knows(self, result: dict[str, Any]) -> bool:
        """Tell whether the long way of a result is written here."""
        name = result["name"]
        counted = name.startswith("reading_time") or name in {"metric_median", *self._counted()}
        return counted or hasattr(self, f"_{name}")

    def _counted(self) -> set[str]:
        return {name.split(" ")[0] for name in self.counts}

    def value(self, result: dict[str, Any], cases: Cases) -> float:
        """Compute the value of a result from some of the cases; NaN where it is undefined."""
        compute = getattr(self, f"_{result['name']}", None)
        if compute is not None:
            return float(compute(result, self.masks[self.masks["case"].isin(cases)]))
        return float(self._count(result))

    def interval(self, result: dict[str, Any]) -> tuple[float, float, float] | None:
        """Compute the case jackknife-t interval, and the p value of zero on its scale."""
        forward, back = SCALES[SCALE_OF[result["name"]]]
        masks = self._selected(result, self.masks)
        cases = sorted(set(masks["case"]))
        try:
            centre = forward(self.value(result, cases))
            left_out = [
                forward(self.value(result, [c for c in cases if c != case])) for case in cases
            ]
        except (ValueError, ZeroDivisionError):  # the edge of a scale
            return None
        if not np.isfinite(left_out).all():
            return None
        n = len(cases)
        error = math.sqrt((n - 1) / n * sum((x - np.mean(left_out)) ** 2 for x in left_out))
        reach = stats.t.ppf(0.975, n - 1) * error
        p_value = 2 * stats.t.sf(abs(centre) / error, n - 1)
        return back(centre - reach), back(centre + reach), p_value

    def _selected(self, result: dict[str, Any], masks: pd.DataFrame) -> pd.DataFrame:
        for column in ("model", "family"):
            if result[column] is not None:
                masks = masks[masks[column] == result[column]]
        return masks

    def _count(self, result: dict[str, Any]) -> float:
        name = result["name"]
        if name.startswith("reading_time"):
            times = self.elapsed_s
            if result["rater"] is not None:
                times = times[times["rater"] == result["rater"]]
            share = {"q1": 0.25, "median": 0.5, "q3": 0.75}[name.split("_")[2]]
            return float(np.quantile(times["elapsed_s"], share))
        if name == "metric_median":
            model, structure = result["model"], result["metric_structure"]
            metrics = self.metrics
            chosen = metrics[(metrics["model"] == model) & (metrics["structure"] == structure)]
            return float(np.median(chosen[result["metric"]]))
        about = [str(result[c]) for c in ("family", "rater") if result[c] is not None]
        return self.counts[" ".join([name, *about])]

    def _mean_rating(self, result: dict[str, Any], masks: pd.DataFrame) -> float:
        return self._selected(result, masks)[["r1", "r2"]].to_numpy().mean()

    def _ratings_missing(self, result: dict[str, Any], masks: pd.DataFrame) -> float:
        """The bots answer everything."""
        return self._selected(result, masks)[["r1", "r2"]].isna().to_numpy().mean()

    def _krippendorff_alpha(self, result: dict[str, Any], masks: pd.DataFrame) -> float:
        masks = self._selected(result, masks)
        return krippendorff.alpha(
            masks[["r1", "r2"]].to_numpy(dtype=float).T, level_of_measurement="ordinal"
        )

    def _krippendorff_alpha_interval(self, result: dict[str, Any], masks: pd.DataFrame) -> float:
        return krippendorff.alpha(
            masks[["r1", "r2"]].to_numpy(dtype=float).T, level_of_measurement="interval"
        )

    def _percent_agreement(self, result: dict[str, Any], masks: pd.DataFrame) -> float:
        return (masks["r1"] == masks["r2"]).mean()

    def _mean_squares(self, masks: pd.DataFrame) -> tuple[float, float, float, int]:
        """Mean squares of rows, columns and rest of the two-way table without replication."""
        x = masks[["r1", "r2"]].to_numpy(dtype=float)
        n, k = x.shape
        rows = k * ((x.mean(1) - x.mean()) ** 2).sum()
        columns = n * ((x.mean(0) - x.mean()) ** 2).sum()
        rest = ((x - x.mean()) ** 2).sum() - rows - columns
        return rows / (n - 1), columns / (k - 1), rest / ((n - 1) * (k - 1)), n

    # McGraw and Wong 1996, table 4.
    def _icc_a1(self, result: dict[str, Any], masks: pd.DataFrame) -> float:
        rows, columns, rest, n = self._mean_squares(masks)
        return (rows - rest) / (rows + rest + 2 * (columns - rest) / n)

    def _icc_ak(self, result: dict[str, Any], masks: pd.DataFrame) -> float:
        rows, columns, rest, n = self._mean_squares(masks)
        return (rows - rest) / (rows + (columns - rest) / n)

    def _icc_ck(self, result: dict[str, Any], masks: pd.DataFrame) -> float:
        rows, _, rest, _ = self._mean_squares(masks)
        return (rows - rest) / rows

    def _pairs(self, result: dict[str, Any], masks: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        metrics = self.metrics[self.metrics["structure"] == result["metric_structure"]]
        both = self._selected(result, masks).merge(metrics, on=["case", "model"])
        metric = result["metric"]
        return both[metric].to_numpy() * ORIENTATION[metric], both["rating"].to_numpy()

    def _spearman(self, result: dict[str, Any], masks: pd.DataFrame) -> float:
        metric, rating = self._pairs(result, masks)
        if len(set(metric)) < 2 or len(set(rating)) < 2:
            return math.nan
        return stats.spearmanr(metric, rating).statistic

    def _kendall_tau_b(self, result: dict[str, Any], masks: pd.DataFrame) -> float:
        metric, rating = self._pairs(result, masks)
        if len(set(metric)) < 2 or len(set(rating)) < 2:
            return math.nan
        return stats.kendalltau(metric, rating, variant="b").statistic

    def _pearson(self, result: dict[str, Any], masks: pd.DataFrame) -> float:
        metric, rating = self._pairs(result, masks)
        if len(set(metric)) < 2 or len(set(rating)) < 2:
            return math.nan
        return stats.pearsonr(metric, rating).statistic

    def _rm_corr(self, result: dict[str, Any], masks: pd.DataFrame) -> float:
        metrics = self.metrics[self.metrics["structure"] == result["metric_structure"]]
        both = self._selected(result, masks).merge(metrics, on=["case", "model"])
        columns = both[[result["metric"], "rating"]]
        x, y = (columns - columns.groupby(both["case"]).transform("mean")).to_numpy().T
        spread = math.sqrt((x**2).sum() * (y**2).sum())
        if spread < 1e-9:
            return math.nan
        return ORIENTATION[result["metric"]] * (x * y).sum() / spread

    def _mean_z(self, result: dict[str, Any], masks: pd.DataFrame, family: str) -> float:
        models = sorted(set(masks.loc[masks["family"] == family, "model"]))
        rho = [self._spearman({**result, "model": m, "family": family}, masks) for m in models]
        if not all(abs(r) < 1 - 1e-12 for r in rho):  # NaN included
            return math.nan
        return float(np.mean(np.arctanh(rho)))

    def _spearman_model_mean(self, result: dict[str, Any], masks: pd.DataFrame) -> float:
        return math.tanh(self._mean_z(result, masks, result["family"]))

    def _family_difference_z(self, result: dict[str, Any], masks: pd.DataFrame) -> float:
        return self._mean_z(result, masks, "vision-language") - self._mean_z(
            result, masks, "pure visual"
        )

    def _family_difference_rho(self, result: dict[str, Any], masks: pd.DataFrame) -> float:
        one, two = (self._mean_z(result, masks, f) for f in ("vision-language", "pure visual"))
        return math.tanh(one) - math.tanh(two)

    def _intra_rater_alpha(self, result: dict[str, Any], masks: pd.DataFrame) -> float:
        """The bots answer by what they see, so a replicate gets the level of its first reading."""
        return 1.0
