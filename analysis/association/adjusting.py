"""P values of a study adjusted for their number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from analysis.association.multiplicity import Adjustment, adjust_p_values
from analysis.results import Result

CONTRASTS = ("family_difference_z", "family_claim_z")
BETWEEN_METRICS = "spearman_difference"


def with_adjusted(results: Sequence[Result], is_primary: Callable[[Result], bool]) -> list[Result]:
    """Adjust p values: Holm for the primary family contrasts, Benjamini-Hochberg for the rest.

    Targets A and B of the primary contrasts are one family of tests (Holm S. Scand J Stat
    1979;6:65-70). All other contrasts, and the differences between metrics, are exploratory, each
    a family of its own (Benjamini Y, Hochberg Y. J R Stat Soc B 1995;57:289-300). What has no p
    value does not count as a test.

    Parameters
    ----------
    results
        Results of association blocks.
    is_primary
        Tells which contrasts the plan of the study names.
    """
    adjusted = list(results)
    primary: list[int] = []
    others: list[int] = []
    between: list[int] = []
    for at, result in enumerate(results):
        if result.name in CONTRASTS:
            (primary if is_primary(result) else others).append(at)
        elif result.name == BETWEEN_METRICS:
            between.append(at)
    families: list[tuple[Adjustment, list[int]]] = [("holm", primary), ("BH", others)]
    for method, places in [*families, ("BH", between)]:
        p_values = adjust_p_values([results[at].p_value for at in places], method)
        for at, p_value in zip(places, p_values, strict=True):
            adjusted[at] = replace(results[at], p_adjusted=p_value, adjustment=method)
    return adjusted
