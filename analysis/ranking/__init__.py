"""Rankings of models: how they are made, how stable they are, how far two of them agree.

Methods of Maier-Hein L et al. Nat Commun 2018;9:5217 and Wiesenfarth M et al. Sci Rep 2021;11:2369
(challengeR), all as functions of case weights.
"""

from analysis.ranking.methods import (
    Ranking,
    aggregate_then_rank,
    consensus_ranking,
    rank_then_aggregate,
    significance_ranking,
)
from analysis.ranking.order import kendall_tau, rank_rows, weighted_median
from analysis.ranking.significance import SignificanceMap, significance_map
from analysis.ranking.stability import (
    RankingAgreement,
    RankingStability,
    compare_rankings,
    ranking_stability,
)
from analysis.ranking.values import CaseValues

__all__ = [
    "CaseValues",
    "Ranking",
    "RankingAgreement",
    "RankingStability",
    "SignificanceMap",
    "aggregate_then_rank",
    "compare_rankings",
    "consensus_ranking",
    "kendall_tau",
    "rank_rows",
    "rank_then_aggregate",
    "ranking_stability",
    "significance_map",
    "significance_ranking",
    "weighted_median",
]
