"""What the statistics are timed on: a simulated study, our function and the loop beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import agreement_peers as peers
import numpy as np
from agreement_peers import Counts, Prepare
from numpy.typing import NDArray
from scipy import ndimage

from analysis.agreement.alpha import alpha_statistic
from analysis.agreement.block import agreement_block
from analysis.agreement.icc import icc_statistic
from analysis.agreement.kappa import cohen_kappa_statistic
from analysis.agreement.rating_table import RatingTable
from analysis.association.acceptability import Verdicts
from analysis.association.auc import auc_statistic
from analysis.association.block import Plan, association_block
from analysis.association.correlation import correlation_statistic
from analysis.association.pairs import Pairs
from analysis.association.rated_masks import RatedMasks
from analysis.association.repeated_measures import rm_corr_statistic
from analysis.resampling import FloatArray, IntArray, Resamples, Statistic
from analysis.results import Asked, Result

CASES, MODELS, RATERS = 100, 5, 5
LEVELS, SLIDER = np.arange(1.0, 6.0), np.arange(101.0)
VOXELS = (128, 128, 128)


@dataclass(frozen=True)
class Task:
    """A statistic that ours and a library compute on the same resamples.

    Attributes
    ----------
    what, library
        Names of the statistic, and of the function that is called in a loop.
    statistic
        Prepares our function of case weights from arrays.
    prepare
        Takes how often each mask is drawn; repeats the rows and returns the call to be timed.
    least_ratio
        How many times faster ours shall be.
    close
        The largest difference that is no difference.
    """

    what: str
    library: str
    statistic: Callable[[], Statistic]
    prepare: Prepare
    least_ratio: float
    close: float = 1e-12


class Study:
    """Cases x models x raters: ratings of five levels, ratings of a slider, and a metric.

    A mask is a case of a model; masks lie case by case.
    """

    def __init__(self, cases: int, models: int, raters: int, seed: int = 1) -> None:
        draw = np.random.default_rng(seed)
        self.case, self.model = (axis.ravel() for axis in np.indices((cases, models)))
        self.n_cases, self.n_models = cases, models
        masks = cases * models
        quality = draw.normal(size=cases)[self.case] + 0.7 * draw.normal(size=masks)
        severity = 0.4 * draw.normal(size=raters)
        heard = quality[:, None] + severity + 0.6 * draw.normal(size=(masks, raters))
        self.ratings: FloatArray = np.clip(np.round(3 + heard), 1, 5)
        self.slider: FloatArray = np.clip(np.round(50 + 18 * heard), 0, 100)
        self.mean_rating: FloatArray = np.round(self.ratings.mean(axis=1), 10)
        self.metrics: FloatArray = _dice(quality[:, None] + 0.8 * draw.normal(size=(masks, 4)))

    @property
    def metric(self) -> FloatArray:
        """The first metric, to six decimals."""
        return self.metrics[:, 0]

    @property
    def acceptable(self) -> NDArray[np.bool_]:
        """The verdict: a mean rating of at least 3.5."""
        return self.mean_rating >= 3.5

    def of_masks(self, counts: Counts) -> IntArray:
        """Return how often each mask is drawn when its case is drawn so often."""
        return counts.astype(np.int64)[self.case]


def _dice(quality: FloatArray) -> FloatArray:
    return np.round(1 / (1 + np.exp(-0.8 * quality - 1.5)), 6)


def tasks(study: Study) -> list[Task]:
    """Return the statistics that stand beside a library."""
    x, y, case = study.metric, study.mean_rating, study.case
    one, other = study.ratings[:, 0], study.ratings[:, 1]
    return [
        Task(
            "alpha, ordinal, 5 levels",
            "krippendorff.alpha",
            lambda: alpha_statistic(RatingTable.of(study.ratings, case), "ordinal"),
            peers.krippendorff_alpha(study.ratings, LEVELS),
            250,
        ),
        Task(
            "alpha, ordinal, slider 0-100",
            "krippendorff.alpha",
            lambda: alpha_statistic(RatingTable.of(study.slider, case), "ordinal"),
            peers.krippendorff_alpha(study.slider, SLIDER),
            2000,
        ),
        Task(
            "ICC(A,1)",
            "pingouin.intraclass_corr",
            lambda: icc_statistic(RatingTable.of(study.ratings, case), "ICC(A,1)"),
            peers.pingouin_icc(study.ratings, "ICC(A,1)"),
            2000,
        ),
        Task(
            "kappa, quadratic, 2 raters",
            "sklearn cohen_kappa_score",
            lambda: cohen_kappa_statistic(
                one, other, categories=LEVELS.tolist(), weights="quadratic", cases=case
            ),
            peers.sklearn_kappa(one, other, LEVELS),
            100,
        ),
        Task(
            "Spearman's rho",
            "scipy.stats.spearmanr",
            lambda: correlation_statistic(Pairs.of(x, y, case), "spearman"),
            peers.scipy_spearman(x, y),
            30,
        ),
        Task(
            "Kendall's tau-b",
            "scipy.stats.kendalltau",
            lambda: correlation_statistic(Pairs.of(x, y, case), "kendall"),
            peers.scipy_kendall(x, y),
            100,
        ),
        Task(
            "repeated-measures correlation",
            "pingouin.rm_corr",
            lambda: rm_corr_statistic(Pairs.of(x, y, case)),
            peers.pingouin_rm_corr(x, y, case),
            10_000,
        ),
        Task(
            "area under the ROC curve",
            "sklearn roc_auc_score",
            lambda: auc_statistic(Verdicts.of(x, study.acceptable, case)),
            peers.sklearn_auc(x, study.acceptable),
            500,
        ),
    ]


def voxel_masks(seed: int = 1) -> list[NDArray[np.bool_]]:
    """Draw a structure as five raters outline it: balls that differ in place and size."""
    draw = np.random.default_rng(seed)
    grid = np.indices(VOXELS, dtype=np.float32)
    masks = []
    for _ in range(RATERS):
        centre, radius = 64 + draw.normal(scale=2, size=3), 32 + draw.normal(scale=2)
        apart = sum((axis - np.float32(at)) ** 2 for axis, at in zip(grid, centre, strict=True))
        masks.append(np.asarray(apart <= radius**2))
    return masks


def label_masks() -> list[NDArray[np.uint8]]:
    """Draw the same structure with three parts, one inside the other: labels 1 to 3."""
    masks = []
    for mask in voxel_masks():
        labels = mask.astype(np.uint8)
        for depth in (8, 16):
            labels += ndimage.binary_erosion(mask, iterations=depth)
        masks.append(labels)
    return masks


def whole_report(study: Study, n: int) -> list[Result]:
    """Estimate the blocks of agreement and association of a study of two families."""
    models = np.array([f"m{model}" for model in range(study.n_models)])
    cases = np.array([f"c{case:03d}" for case in range(study.n_cases)])
    families = dict.fromkeys(models[: study.n_models // 2], "VL")
    families |= dict.fromkeys(models[study.n_models // 2 :], "PV")
    masks = RatedMasks(
        cases[study.case],
        models[study.model],
        study.ratings,
        tuple(f"R{rater}" for rater in range(study.ratings.shape[1])),
        dict(zip(("dsc", "nsd_2mm", "iou", "volume_ml"), study.metrics.T, strict=True)),
        families,
    )
    asked = Asked(resamples=Resamples(masks.case_names, n))
    plan = Plan(contrast=("VL", "PV"), acceptable=3.5)
    agreement = agreement_block(masks.rating_table(), asked, "ordinal", LEVELS.tolist())
    return agreement + association_block(masks, asked, plan)
