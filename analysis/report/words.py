"""The sentences of a report that do not depend on its numbers."""

from __future__ import annotations

from analysis.limits import few_cases, few_models, few_raters
from analysis.metrics import MetricSettings

THESE_MODELS = (
    "This difference is about these models, with the cases as a sample. What it says of the "
    "families as such, with the models as a sample too, stands further below."
)

_CONVENTIONS = {
    "Unit of sampling": (
        "The case. Every interval leaves out one case at a time, with all its masks, models and "
        "raters, and uses Student's t on cases minus one degrees of freedom on a stabilising "
        "scale: Fisher z for correlations, log(1 - x) for alpha and ICC (for a single rating by "
        "way of Spearman and Brown), logit for percent agreement. An undefined leave-one-out value "
        "is left out and counted; above 5 % of them no interval is given."
    ),
    "Ratings": (
        "Only first readings enter, in the revision that counts. \u201cCannot judge\u201d and "
        "unanswered items are missing. Unannounced replicates serve agreement within raters only."
    ),
    "Agreement": (
        "Krippendorff's alpha keeps masks with missing ratings as long as they have two; the ICC "
        "uses only masks rated by all raters. AC1 and AC2 (quadratic weights) are Gwet's, which a "
        "rare level does not pull down as it does kappa and alpha. tables/agreement.csv has the "
        "kappas, ICCs by REML where ratings are missing, and errors of measurement. Alpha and "
        "ICC are computed by the packages krippendorff and pingouin and by our own program; the "
        "two must agree to 1e-8."
    ),
    "Orientation": (
        "Correlations are signed so that positive means: the metric agrees with the raters. "
        "Distances change sign, and so do items whose best level is the lowest. A volume is "
        "neither good nor bad and is related to the ratings as it is. Items that do not judge the "
        "mask, such as the rater's confidence, are not related to metrics."
    ),
    "HD95": (
        "Distances between boundary voxels (a mask minus its erosion by the six neighbours; "
        "outside the image is background), in mm. Pooled: the 95th percentile of both directions "
        "together. Directed: the larger of the 95th percentiles of the two directions. They can "
        "differ many times over, so both are given. Percentiles are linear."
    ),
    "Mean over structures": (
        "A rating of the whole mask is related to each metric of single structures and to its mean "
        "over the structures of the study. Structures for which it is undefined are left out of "
        "the mean; one infinite distance makes it infinite."
    ),
    "Several references": (
        "Metrics against several references of a case are averaged before anything else."
    ),
    "Pooled": (
        "All masks of both families of models together. Masks by humans are shown on their own and "
        "enter neither the pooled line nor the contrast."
    ),
    "Family contrast": (
        "Spearman's rho of each model on Fisher's z, averaged over the models of a family, "
        "vision-language minus pure visual; all models count alike. These models: the cases are a "
        "sample; p tests zero with the same case jackknife-t, and by exchanging masks within cases "
        "after ranking within each model (studentised), which asks nothing of distributions. Where "
        "the interval that draws raters with the cases says otherwise, it leads. The families as "
        "such: Welch's t on one z a model, and the exact permutation of the models; below 4 models "
        "in a family no claim is made. Adjusted p values: Holm over both questions for DSC and "
        "pooled HD95 with the rating of the same structure or of the whole mask; "
        "Benjamini-Hochberg over the other contrasts. Equivalence: two one-sided tests with a "
        "margin of 0.10 in rho. The margin belongs into the plan of a study, as does the choice of "
        "one primary metric."
    ),
    "Levels of association": (
        "Pooled mixes two questions. Within cases: Kendall's tau-b of the masks of one case, "
        "averaged over cases. Between cases: Spearman's rho of case means. Volume held fixed: "
        "partial rank correlation. Ceiling: the square root of the reliability, ICC(C,k), of the "
        "mean rating; no metric is expected to correlate higher with it. Disattenuated: rho "
        "divided by the ceiling, reported as it is, even above 1. One rater: the correlation of "
        "each rater with the mean of the others, averaged over raters; the metric is set against "
        "the same means."
    ),
    "Ranks": (
        "Models are ranked within each case, then by their mean rank; interval and share of first "
        "places from resamples of the cases. A case in which a model has no value is left out."
    ),
    "Bootstrap": (
        "results.json has a percentile and a BCa interval beside every case jackknife-t interval, "
        "from the same resamples of the cases for all numbers, and closed forms where there are."
    ),
}

_EMPTY_MASKS = {
    "plain": (
        "Both masks empty: DSC and distances are undefined; the mask is excluded and counted. One "
        "empty: DSC is 0 and distances are infinite, which ranks worst."
    ),
    "metrics-reloaded": (
        "The values of the package MetricsReloaded. Both masks empty: DSC is 1 and distances are "
        "0. One empty: DSC is 0 and distances are undefined; the mask is excluded from them and "
        "counted."
    ),
    "brats": (
        "The values of the BraTS 2023 evaluation. Both masks empty: DSC is 1 and distances are 0. "
        "One empty: DSC is 0 and distances are 374 mm."
    ),
    "monai": (
        "The values of MONAI with its default arguments. Both masks or the reference empty: DSC "
        "is undefined. The mask empty: DSC is 0. HD95 is undefined as soon as one is empty. What "
        "is undefined is excluded and counted."
    ),
}


def conventions(settings: MetricSettings) -> dict[str, str]:
    """Return the conventions of a report; those of the metrics depend on the settings."""
    lesions = settings.lesions
    slack = (
        "" if settings.strict else " by more than a millionth of it (header spacings are rounded)"
    )
    return _CONVENTIONS | {
        "Empty masks": f"Convention \u201c{settings.empty}\u201d. {_EMPTY_MASKS[settings.empty]}",
        "Other metrics": (
            "tables/measurements.csv holds every metric of docs/metrics.md under its name. "
            f"A distance is within a tolerance when it does not exceed it{slack}. Lesions are "
            f"told apart after {lesions.dilations} dilations (BraTS 2023); those up to "
            f"{lesions.smallest_mm3:g} mm3 are left out, and a missed or false one counts as DSC 0 "
            f"and {lesions.penalty_mm:g} mm."
        ),
    }


NAMES = {
    "Alpha": ("krippendorff_alpha",),
    "AC2 or AC1": ("gwet_ac2", "gwet_ac1"),
    "ICC(A,1)": ("icc_a1",),
    "ICC(A,k)": ("icc_ak",),
    "Percent agreement": ("percent_agreement",),
    "Prevalence": ("prevalence_index",),
    "Within raters": ("intra_rater_alpha",),
}
"""Title of each column of the agreement table, and the results that may stand in it."""


def limits(
    cases: int,
    raters: int,
    models: dict[str, int],
    not_measured: int,
    without_reference: int,
) -> list[str]:
    """Say which parts of the study are too small to carry their numbers.

    `cases` and `raters` count those with a rating; `without_reference` counts cases.
    """
    warnings = [*few_cases(cases), *few_raters(raters), *few_models(models)]
    if without_reference:
        plural = "case has" if without_reference == 1 else "cases have"
        warnings.append(
            f"{without_reference} {plural} no reference mask: the masks of such a case have no "
            "metric and are missing from the correlations."
        )
    if not_measured:
        plural = (
            "pair of mask and reference" if not_measured == 1 else "pairs of mask and reference"
        )
        warnings.append(
            f"{not_measured} {plural} could not be measured; the reasons are in "
            "tables/measurements.csv."
        )
    return warnings
