"""Can a candidate (a model) stand in for a rater: the alt-test and Williams' index."""

from analysis.interchangeability.alignment import Alignment
from analysis.interchangeability.alt_test import (
    AltTest,
    alt_test,
    alt_test_of_agreement,
)
from analysis.interchangeability.left_out import RaterComparison
from analysis.interchangeability.williams import williams_index, williams_index_of_agreement

__all__ = [
    "Alignment",
    "AltTest",
    "RaterComparison",
    "alt_test",
    "alt_test_of_agreement",
    "williams_index",
    "williams_index_of_agreement",
]
