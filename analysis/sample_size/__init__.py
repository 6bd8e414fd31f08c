"""How many: closed formulas for kappa, the ICC, correlations and the models of a family.

They count independent units. Masks of one case are not independent, so where a case brings several
masks, count cases here, or plan the crossed study with `analysis.planning`. Each raises a
ValueError that names every argument outside its range.
"""

from analysis.sample_size.correlations import (
    sample_size_correlation,
    sample_size_correlation_difference,
    sample_size_correlation_precision,
)
from analysis.sample_size.icc import sample_size_icc, sample_size_icc_precision
from analysis.sample_size.kappa import sample_size_kappa
from analysis.sample_size.models import models_for_power, power_of_models

__all__ = [
    "models_for_power",
    "power_of_models",
    "sample_size_correlation",
    "sample_size_correlation_difference",
    "sample_size_correlation_precision",
    "sample_size_icc",
    "sample_size_icc_precision",
    "sample_size_kappa",
]
