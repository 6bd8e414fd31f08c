"""The association block against plain computations with scipy and pingouin."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pingouin
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from analysis.association.adjusting import with_adjusted
from analysis.association.block import Plan, association_block
from analysis.association.rated_masks import RatedMasks, rated_masks
from analysis.resampling import FloatArray, Resamples
from analysis.results import Asked, Result
from tests.analysis.crossed_study import CrossedStudy

FAMILIES = ("vision-language", "pure visual")
COEFFICIENTS = {
    "spearman": stats.spearmanr,
    "kendall_tau_b": stats.kendalltau,
    "pearson": stats.pearsonr,
}
PLAN = Plan(contrast=FAMILIES)


def study_frame(models: int = 8, cases: int = 20, human: bool = True) -> pd.DataFrame:
    """Return the crossed study as a long table, with an expert's masks that all raters like."""
    study = CrossedStudy(2, cases=cases, models=models)
    rows = []
    for case, label in enumerate(study.labels):
        for model, name in enumerate(study.names):
            value = study.metric[case, model]
            metrics = {"dsc": 1 / (1 + np.exp(-value)), "hd95_mm": np.exp(2 - value)}
            metrics["confidence"] = np.sin(7 * value) + value
            family = FAMILIES[model >= models // 2]
            for rater in range(3):
                rating = study.ratings[case, model, rater]
                rows.append((label, name, family, f"r{rater}", rating, *metrics.values()))
        if human:
            for rater in range(3):
                rows.append((label, "expert", "human", f"r{rater}", 5 - rater % 2, 0.1, 40.0, 0.0))
    columns = ["case", "model", "family", "rater", "rating", "dsc", "hd95_mm", "confidence"]
    frame = pd.DataFrame(rows, columns=columns)
    # One mask without a value, one with an infinite distance.
    frame.loc[(frame["case"] == "c003") & (frame["model"] == "m1"), "dsc"] = np.nan
    frame.loc[(frame["case"] == "c004") & (frame["model"] == "m5"), "hd95_mm"] = np.inf
    return frame


def read(frame: pd.DataFrame, *metrics: str) -> RatedMasks:
    return rated_masks(
        frame,
        metrics=metrics or ("dsc", "hd95_mm", "confidence"),
        rater="rater",
        family="family",
        lower_is_better=[name for name in metrics or ("hd95_mm",) if name == "hd95_mm"],
    )


def means(frame: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return the masks with their mean rating, where the metric is defined."""
    keys = ["case", "model", "family"]
    return frame.dropna(subset=[metric]).groupby(keys, as_index=False)[["rating", metric]].mean()


def find(results: list[Result], name: str, metric: str = "dsc", **about: str) -> Result:
    wanted = {"family": None, "model": None, **about}
    (found,) = [
        r
        for r in results
        if (r.name, r.metric) == (name, metric) and {k: getattr(r, k) for k in wanted} == wanted
    ]
    return found


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return study_frame()


@pytest.fixture(scope="module")
def results(frame: pd.DataFrame) -> list[Result]:
    return association_block(read(frame), Asked(), PLAN)


@pytest.mark.parametrize("coefficient", COEFFICIENTS)
def test_pooled_by_family_and_by_model(
    frame: pd.DataFrame, results: list[Result], coefficient: str
) -> None:
    plain = COEFFICIENTS[coefficient]
    masks = means(frame, "dsc")
    by_models = masks[masks["family"] != "human"]
    parts: list[tuple[pd.DataFrame, dict[str, str]]] = [(by_models, {})]
    parts += [(part, {"family": str(name)}) for name, part in by_models.groupby("family")]
    parts += [
        (part, {"family": str(part["family"].iloc[0]), "model": str(name)})
        for name, part in by_models.groupby("model")
    ]
    assert len(parts) == 1 + 2 + 8
    for part, about in parts:
        found = find(results, coefficient, **about)
        assert found.value == pytest.approx(plain(part["dsc"], part["rating"])[0], abs=1e-4)
        assert found.n["masks"] == len(part)
        if coefficient != "pearson":  # no noise of rounding to six decimals in ranks
            assert found.value == pytest.approx(plain(part["dsc"], part["rating"])[0], abs=1e-12)
    assert find(results, coefficient).n["excluded"] == 1
    of_people = find(results, coefficient, family="human", model="expert")
    assert "no variation" in str(of_people.reason)


def test_metrics_that_are_better_when_lower_change_sign(
    frame: pd.DataFrame, results: list[Result]
) -> None:
    masks = means(frame, "hd95_mm")
    masks = masks[masks["family"] != "human"]
    plain = stats.spearmanr(masks["hd95_mm"], masks["rating"])[0]
    found = find(results, "spearman", "hd95_mm")
    assert found.value == pytest.approx(-plain, abs=1e-12)
    assert found.value is not None
    assert found.value > 0.3
    assert found.n["infinite"] == 1
    pearson = find(results, "pearson", "hd95_mm")
    assert (pearson.value, pearson.interval) == (None, None)
    assert "infinite values" in str(pearson.reason)


def test_a_column_of_the_users_is_a_metric_like_any_other(
    frame: pd.DataFrame, results: list[Result]
) -> None:
    of = {
        m: {(r.name, r.family, r.model) for r in results if r.metric == m}
        for m in ("dsc", "confidence")
    }
    assert of["dsc"] == of["confidence"]
    masks = means(frame, "confidence")
    masks = masks[masks["family"] != "human"]
    plain = stats.kendalltau(masks["confidence"], masks["rating"])[0]
    assert find(results, "kendall_tau_b", "confidence").value == pytest.approx(plain, abs=1e-12)


def test_within_cases_and_between_cases(frame: pd.DataFrame, results: list[Result]) -> None:
    masks = means(frame, "confidence")
    masks = masks[masks["family"] != "human"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        rm = pingouin.rm_corr(data=masks, x="confidence", y="rating", subject="case")
    assert find(results, "rm_corr", "confidence").value == pytest.approx(rm["r"].iloc[0], abs=1e-5)
    of_cases = masks.groupby("case")[["confidence", "rating"]].mean().round(9)
    plain = stats.spearmanr(of_cases["confidence"], of_cases["rating"])[0]
    found = find(results, "between_case_spearman", "confidence")
    assert found.value == pytest.approx(plain, abs=1e-9)
    of_models = masks.groupby("model")[["confidence", "rating"]].mean().round(9)
    plain = stats.spearmanr(of_models["confidence"], of_models["rating"])[0]
    found = find(results, "model_level_spearman", "confidence")
    assert found.value == pytest.approx(plain, abs=1e-9)
    taus = [
        stats.kendalltau(part["confidence"], part["rating"])[0]
        for _, part in masks.groupby("case")
        if part["rating"].nunique() > 1
    ]
    within = find(results, "within_case_tau_b", "confidence")
    assert within.value == pytest.approx(np.mean(taus), abs=1e-9)


def test_volume_is_held_fixed(frame: pd.DataFrame) -> None:
    draw = np.random.default_rng(5)
    volume = {key: draw.lognormal() for key in frame.groupby(["case", "model"]).groups}
    with_volume = frame.assign(
        volume_ml=[volume[key] for key in zip(frame["case"], frame["model"], strict=True)]
    )
    results = association_block(read(with_volume, "confidence", "volume_ml"), Asked())
    masks = with_volume[with_volume["family"] != "human"].groupby(["case", "model"])
    values = masks[["confidence", "rating", "volume_ml"]].mean()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain = pingouin.partial_corr(
            values, x="confidence", y="rating", covar="volume_ml", method="spearman"
        )
    found = find(results, "partial_spearman", "confidence")
    assert found.value == pytest.approx(plain["r"].iloc[0], abs=1e-9)
    assert not [r for r in results if r.name == "partial_spearman" and r.metric == "volume_ml"]


def z_of_models(frame: pd.DataFrame, family: str) -> FloatArray:
    masks = means(frame, "dsc")
    return np.array(
        [
            np.arctanh(stats.spearmanr(part["dsc"], part["rating"])[0])
            for _, part in masks[masks["family"] == family].groupby("model")
        ]
    )


def test_the_contrast_of_families(frame: pd.DataFrame, results: list[Result]) -> None:
    first, second = (z_of_models(frame, family) for family in FAMILIES)
    difference = first.mean() - second.mean()
    found = find(results, "family_difference_z")
    assert found.value == pytest.approx(difference, abs=1e-10)
    assert (found.n["vision_language_models"], found.n["pure_visual_models"]) == (4, 4)
    rho = np.tanh(first.mean()) - np.tanh(second.mean())
    assert find(results, "family_difference_rho").value == pytest.approx(rho, abs=1e-10)
    for family, z in zip(FAMILIES, (first, second), strict=True):
        mean = find(results, "spearman_model_mean", family=family)
        assert mean.value == pytest.approx(np.tanh(z.mean()), abs=1e-10)
        spread = find(results, "between_models_sd_z", family=family)
        assert spread.value == pytest.approx(z.std(ddof=1), abs=1e-10)
    claim = find(results, "family_claim_z")
    welch = stats.ttest_ind(first, second, equal_var=False)
    assert claim.value == pytest.approx(difference, abs=1e-10)
    assert claim.p_value == pytest.approx(welch.pvalue, abs=1e-10)
    assert claim.interval == pytest.approx(tuple(welch.confidence_interval(0.95)), abs=1e-10)


def test_the_claim_about_families_is_refused_below_four_models() -> None:
    results = association_block(read(study_frame(models=6), "dsc"), Asked(), PLAN)
    these = find(results, "family_difference_z")
    assert these.value is not None
    assert these.p_value is not None
    for name in ("family_claim_z", "family_claim_permutation"):
        claim = find(results, name)
        assert (claim.value, claim.p_value, claim.interval) == (None, None, None)
        assert "3 and 3 models, at least 4 of each are needed" in str(claim.reason)


def test_people_change_nothing_but_their_own_lines(results: list[Result]) -> None:
    without = association_block(read(study_frame(human=False)), Asked(), PLAN)
    assert without == [r for r in results if r.family != "human"]


def test_the_difference_of_two_metrics(frame: pd.DataFrame, results: list[Result]) -> None:
    masks = means(frame.dropna(), "dsc").merge(means(frame, "confidence"))
    masks = masks[masks["family"] != "human"]
    rho = [stats.spearmanr(masks[m], masks["rating"])[0] for m in ("dsc", "confidence")]
    found = find(results, "spearman_difference", "dsc - confidence")
    assert found.value == pytest.approx(rho[0] - rho[1], abs=1e-12)
    assert sum(r.name == "spearman_difference" for r in results) == 3


def test_adjusted_p_values(results: list[Result]) -> None:
    adjusted = with_adjusted(results, lambda result: result.metric != "confidence")
    contrasts = [r for r in adjusted if r.name in {"family_difference_z", "family_claim_z"}]
    primary = [r for r in contrasts if r.metric != "confidence"]
    p = np.array([r.p_value for r in primary], dtype=float)
    order = np.argsort(p)
    holm = np.empty(4)
    holm[order] = np.minimum(1, np.maximum.accumulate(p[order] * np.arange(4, 0, -1)))
    assert [r.p_adjusted for r in primary] == pytest.approx(holm, abs=1e-12)
    assert {r.adjustment for r in primary} == {"holm"}
    others = [r for r in contrasts if r.metric == "confidence"]
    by_rate = stats.false_discovery_control([r.p_value or 0 for r in others])
    assert [r.p_adjusted for r in others] == pytest.approx(by_rate, abs=1e-12)
    explored = [r for r in adjusted if r.name == "spearman_difference"]
    false_discovery = stats.false_discovery_control([r.p_value or 0 for r in explored])
    assert [r.p_adjusted for r in explored] == pytest.approx(false_discovery, abs=1e-12)
    assert {r.adjustment for r in adjusted} == {"holm", "BH", None}
    assert sum(r.adjustment is None for r in adjusted) == len(results) - 9


def test_acceptable_masks(frame: pd.DataFrame) -> None:
    masks = read(frame, "dsc", "hd95_mm")
    asked = Asked(0.95, Resamples(masks.case_names, 40))
    results = association_block(masks, asked, Plan(contrast=FAMILIES, acceptable=3.5))
    plain = means(frame, "hd95_mm")
    plain = plain[plain["family"] != "human"]
    accepted = plain["rating"] >= 3.5
    worst = plain["hd95_mm"].replace(np.inf, 1e9)
    area = find(results, "auc", "hd95_mm")
    assert area.value == pytest.approx(roc_auc_score(accepted, -worst), abs=1e-12)
    assert area.n["acceptable"] == accepted.sum()
    # In the metric's own unit: one of the distances, and a mask below it is taken as acceptable.
    cut = find(results, "cut_off_youden", "hd95_mm").value
    assert cut is not None
    candidates = np.unique(worst)
    youden = [(worst[accepted] <= c).mean() + (worst[~accepted] > c).mean() for c in candidates]
    best = (worst[accepted] <= cut).mean() + (worst[~accepted] > cut).mean()
    assert best == pytest.approx(max(youden), abs=1e-12)
    assert candidates.min() <= cut <= candidates[-2]
    names = {r.name for r in association_block(masks, Asked(), PLAN)}
    assert not names & {"auc", "cut_off_youden", "family_difference_auc"}


def test_one_rater_has_no_ceiling(frame: pd.DataFrame, results: list[Result]) -> None:
    ceilings = {"noise_ceiling", "human_ceiling_lower", "metric_minus_rater"}
    assert ceilings <= {r.name for r in results}
    alone = association_block(read(frame[frame["rater"] == "r1"], "dsc"), Asked(), PLAN)
    assert not ceilings & {r.name for r in alone}


def test_the_margins_of_the_plan() -> None:
    masks = read(study_frame(), "dsc")
    wide = Plan(contrast=FAMILIES, margin_rho=0.99)
    p = [
        find(association_block(masks, Asked(), plan), "family_equivalence").p_value or 0
        for plan in (PLAN, wide)
    ]
    assert p[1] < 0.01 < p[0]
