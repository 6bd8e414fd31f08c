"""Association of ratings with metrics: correlations, families, cut-offs, ceilings."""

from analysis.association.acceptability import Verdicts
from analysis.association.all_pairs import compare_all_pairs
from analysis.association.any_masks import associate
from analysis.association.attenuation import disattenuate, spearman_brown
from analysis.association.auc import auc, auc_difference, compare_family_aucs
from analysis.association.auc_variance import delong, delong_test, obuchowski, obuchowski_test
from analysis.association.block import Plan, association_block
from analysis.association.calibration import calibration, logistic_regression
from analysis.association.ceiling import noise_ceiling, noise_ceiling_of_metric
from analysis.association.comparison import compare_independent
from analysis.association.comparison_clustered import compare_clustered
from analysis.association.comparison_dependent import compare_nonoverlapping, compare_overlapping
from analysis.association.correlation import correlation
from analysis.association.correlation_equivalence import (
    tost_correlation,
    tost_correlation_difference,
)
from analysis.association.correlation_intervals import (
    bonett_wright_interval,
    fieller_interval_kendall,
    fieller_interval_spearman,
    fisher_interval,
)
from analysis.association.correlation_tests import correlation_test
from analysis.association.cut_off_performance import performance_at, sensitivity_at_specificity
from analysis.association.equivalence import (
    tost_estimate,
    tost_mean,
    tost_of_estimate,
    tost_two_means,
)
from analysis.association.families import compare_families
from analysis.association.family_claim import family_claim
from analysis.association.family_permutation import within_case_permutation
from analysis.association.human_ceiling import (
    correlation_per_rater,
    human_ceiling,
    inside_rater_variability,
)
from analysis.association.max_t import max_t, max_t_permutation
from analysis.association.model_level import model_level_correlation
from analysis.association.multiplicity import adjust_p_values
from analysis.association.non_inferiority import non_inferiority
from analysis.association.pairs import Pairs
from analysis.association.partial import partial_correlation, semipartial_correlation
from analysis.association.random_effects import random_effects
from analysis.association.rated_masks import RatedMasks, rated_masks
from analysis.association.repeated_measures import compare_rm_corr, compare_rm_corr_fisher, rm_corr
from analysis.association.thresholds import choose_cut_off
from analysis.association.within_between import (
    between_case_correlation,
    mean_within_case_correlation,
    split_correlation,
)

__all__ = [
    "Pairs",
    "Plan",
    "RatedMasks",
    "Verdicts",
    "adjust_p_values",
    "associate",
    "association_block",
    "auc",
    "auc_difference",
    "between_case_correlation",
    "bonett_wright_interval",
    "calibration",
    "choose_cut_off",
    "compare_all_pairs",
    "compare_clustered",
    "compare_families",
    "compare_family_aucs",
    "compare_independent",
    "compare_nonoverlapping",
    "compare_overlapping",
    "compare_rm_corr",
    "compare_rm_corr_fisher",
    "correlation",
    "correlation_per_rater",
    "correlation_test",
    "delong",
    "delong_test",
    "disattenuate",
    "family_claim",
    "fieller_interval_kendall",
    "fieller_interval_spearman",
    "fisher_interval",
    "human_ceiling",
    "inside_rater_variability",
    "logistic_regression",
    "max_t",
    "max_t_permutation",
    "mean_within_case_correlation",
    "model_level_correlation",
    "noise_ceiling",
    "noise_ceiling_of_metric",
    "non_inferiority",
    "obuchowski",
    "obuchowski_test",
    "partial_correlation",
    "performance_at",
    "random_effects",
    "rated_masks",
    "rm_corr",
    "semipartial_correlation",
    "sensitivity_at_specificity",
    "spearman_brown",
    "split_correlation",
    "tost_correlation",
    "tost_correlation_difference",
    "tost_estimate",
    "tost_mean",
    "tost_of_estimate",
    "tost_two_means",
    "within_case_permutation",
]
