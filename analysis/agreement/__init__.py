"""Agreement between raters: of ratings, of numbers, of masks."""

from analysis.agreement.agreement_of_table import agreement_of_table
from analysis.agreement.alpha import krippendorff_alpha
from analysis.agreement.any_ratings import agree
from analysis.agreement.bland_altman import bland_altman, proportional_bias
from analysis.agreement.bland_altman_repeated import bland_altman_repeated
from analysis.agreement.block import agreement_block
from analysis.agreement.category_weights import category_weights
from analysis.agreement.chance_corrected import (
    brennan_prediger,
    conger_kappa,
    fleiss_kappa,
    gwet_ac1,
    gwet_ac2,
    krippendorff_alpha_fixed_weights,
    percent_agreement,
    scott_pi,
    unanimous_percent,
)
from analysis.agreement.concordance import lin_ccc, overall_ccc
from analysis.agreement.d_study import d_study, d_study_curve, how_many_raters
from analysis.agreement.drift import rater_drift
from analysis.agreement.generalizability import g_study, generalizability
from analysis.agreement.halo import halo_ratio
from analysis.agreement.icc import intraclass_correlation, intraclass_correlations
from analysis.agreement.icc_intervals import icc_f_interval, icc_f_test
from analysis.agreement.intra_rater import intra_rater
from analysis.agreement.kappa import cohen_kappa, cohen_kappa_of_table
from analysis.agreement.kendall_w import kendall_w
from analysis.agreement.light_kappa import light_kappa
from analysis.agreement.marginal_homogeneity import bhapkar, cochran_q, friedman, stuart_maxwell
from analysis.agreement.mask_cases import mask_agreement, model_against_raters, others_agreement
from analysis.agreement.mask_distances import energy_distance, mean_energy_distance
from analysis.agreement.masks import against_others, pairwise_metrics
from analysis.agreement.mean_correlation import mean_interrater_correlation
from analysis.agreement.measurement_error import (
    minimal_detectable_change,
    standard_error_of_measurement,
)
from analysis.agreement.nonparametric_limits import nonparametric_limits
from analysis.agreement.prevalence_and_bias import prevalence_and_bias
from analysis.agreement.rating_table import RatingTable
from analysis.agreement.severity import rater_severity, spread_ratio
from analysis.agreement.variance_components import (
    icc_adjusted,
    icc_reml,
    rating_variances,
    variance_shares,
)
from analysis.agreement.vote_histogram import vote_histogram
from analysis.agreement.votes import (
    voxel_agreement,
    voxel_alpha,
    voxel_fleiss_kappa,
    voxel_percent_agreement,
    voxel_specific_agreement,
)
from analysis.agreement.within_subject import (
    repeatability_coefficient,
    within_subject_cv,
    within_subject_sd,
)

__all__ = [
    "RatingTable",
    "against_others",
    "agree",
    "agreement_block",
    "agreement_of_table",
    "bhapkar",
    "bland_altman",
    "bland_altman_repeated",
    "brennan_prediger",
    "category_weights",
    "cochran_q",
    "cohen_kappa",
    "cohen_kappa_of_table",
    "conger_kappa",
    "d_study",
    "d_study_curve",
    "energy_distance",
    "fleiss_kappa",
    "friedman",
    "g_study",
    "generalizability",
    "gwet_ac1",
    "gwet_ac2",
    "halo_ratio",
    "how_many_raters",
    "icc_adjusted",
    "icc_f_interval",
    "icc_f_test",
    "icc_reml",
    "intra_rater",
    "intraclass_correlation",
    "intraclass_correlations",
    "kendall_w",
    "krippendorff_alpha",
    "krippendorff_alpha_fixed_weights",
    "light_kappa",
    "lin_ccc",
    "mask_agreement",
    "mean_energy_distance",
    "mean_interrater_correlation",
    "minimal_detectable_change",
    "model_against_raters",
    "nonparametric_limits",
    "others_agreement",
    "overall_ccc",
    "pairwise_metrics",
    "percent_agreement",
    "prevalence_and_bias",
    "proportional_bias",
    "rater_drift",
    "rater_severity",
    "rating_variances",
    "repeatability_coefficient",
    "scott_pi",
    "spread_ratio",
    "standard_error_of_measurement",
    "stuart_maxwell",
    "unanimous_percent",
    "variance_shares",
    "vote_histogram",
    "voxel_agreement",
    "voxel_alpha",
    "voxel_fleiss_kappa",
    "voxel_percent_agreement",
    "voxel_specific_agreement",
    "within_subject_cv",
    "within_subject_sd",
]
