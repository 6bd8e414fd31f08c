"""One engine for uncertainty: every statistic is a function of case weights.

A statistic takes a matrix W with one row per resample and one column per case, and returns one
value per row; NaN means undefined. Weight 2 counts a case twice, weight 0 leaves it out, and
everything that belongs to a case (masks, models, raters) goes with it. All ones is the estimate
itself, ones minus the identity the jackknife, random counts a bootstrap.
"""

from analysis.resampling.bootstrap import (
    bca_acceleration,
    bca_interval,
    evaluate,
    percentiles,
    quantiles,
)
from analysis.resampling.crossed import crossed_mean, crossed_replicates
from analysis.resampling.estimates import (
    Estimate,
    Interval,
    SignificanceTest,
    check_level,
    undefined,
)
from analysis.resampling.jackknife import (
    estimate,
    group_jackknife_values,
    jackknife_error_on,
    jackknife_standard_error,
    jackknife_values,
    method_on,
)
from analysis.resampling.permutation import permutation_p, shuffles_within_cases
from analysis.resampling.scales import (
    FISHER_Z,
    HALF_DIFFERENCE,
    IDENTITY,
    LOG,
    LOG_COMPLEMENT,
    LOGIT,
    Scale,
)
from analysis.resampling.weights import (
    BLOCK_BYTES,
    Cases,
    FloatArray,
    IntArray,
    Resamples,
    Statistic,
    blocks,
    leave_one_out,
)

__all__ = [
    "BLOCK_BYTES",
    "FISHER_Z",
    "HALF_DIFFERENCE",
    "IDENTITY",
    "LOG",
    "LOGIT",
    "LOG_COMPLEMENT",
    "Cases",
    "Estimate",
    "FloatArray",
    "IntArray",
    "Interval",
    "Resamples",
    "Scale",
    "SignificanceTest",
    "Statistic",
    "bca_acceleration",
    "bca_interval",
    "blocks",
    "check_level",
    "crossed_mean",
    "crossed_replicates",
    "estimate",
    "evaluate",
    "group_jackknife_values",
    "jackknife_error_on",
    "jackknife_standard_error",
    "jackknife_values",
    "leave_one_out",
    "method_on",
    "percentiles",
    "permutation_p",
    "quantiles",
    "shuffles_within_cases",
    "undefined",
]
