"""The sentences of a report that do not depend on its numbers."""

from __future__ import annotations

from analysis.metrics import MetricSettings

NO_FAMILY_CLAIM = (
    "This difference is about these models, with the cases as a sample. A claim about the families "
    "as such would have to treat the models as a sample too; it is not made here."
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
        "uses only masks rated by all raters. Values are computed by the packages krippendorff and "
        "pingouin and by our own program, which must agree to 1e-8."
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
        "vision-language minus pure visual; all models count alike. The p value tests zero with "
        "the same case jackknife-t. P values are not adjusted for the number of comparisons."
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
    "krippendorff_alpha": "Alpha",
    "icc_a1": "ICC(A,1)",
    "icc_ak": "ICC(A,k)",
    "icc_ck": "ICC(C,k)",
    "percent_agreement": "Percent agreement",
    "intra_rater_alpha": "Alpha within raters",
}

FEW_CASES, FEW_RATERS, FEW_MODELS = 10, 3, 4


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
    warnings = []
    if cases < FEW_CASES:
        warnings.append(
            f"Few rated cases: {cases}. Intervals from fewer than {FEW_CASES} cases are rough."
        )
    if raters < FEW_RATERS:
        warnings.append(
            f"Few raters: {raters}. Agreement among fewer than {FEW_RATERS} raters says little "
            "about others."
        )
    for family, count in models.items():
        if count < FEW_MODELS:
            warnings.append(
                f"Few models in the family \u201c{family}\u201d: {count}. The contrast speaks of "
                f"these models; the family as such would take at least {FEW_MODELS}, and more."
            )
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
