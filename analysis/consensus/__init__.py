"""One mask from the masks of several raters: votes, STAPLE, SIMPLE."""

from analysis.consensus.hierarchical import hierarchical_majority_vote
from analysis.consensus.majority import majority_vote
from analysis.consensus.mask_input import NO_VOTE, Masks
from analysis.consensus.patterns import VotePatterns, vote_patterns
from analysis.consensus.simple import Simple, simple
from analysis.consensus.staple import Staple, staple

__all__ = [
    "NO_VOTE",
    "Masks",
    "Simple",
    "Staple",
    "VotePatterns",
    "hierarchical_majority_vote",
    "majority_vote",
    "simple",
    "staple",
    "vote_patterns",
]
