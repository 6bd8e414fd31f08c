"""How small is too small: the warnings that go with a study of few cases, raters or models."""

from __future__ import annotations

from collections.abc import Mapping

FEW_CASES, FEW_RATERS, FEW_MODELS = 10, 3, 4


def few_cases(cases: int) -> list[str]:
    """Warn below 10 cases."""
    if cases >= FEW_CASES:
        return []
    return [f"Few rated cases: {cases}. Intervals from fewer than {FEW_CASES} cases are rough."]


def few_raters(raters: int) -> list[str]:
    """Warn below 3 raters."""
    if raters >= FEW_RATERS:
        return []
    return [
        f"Few raters: {raters}. Agreement among fewer than {FEW_RATERS} raters says little about "
        "others."
    ]


def few_models(models: Mapping[str, int]) -> list[str]:
    """Warn for each family with fewer than 4 models."""
    return [
        f"Few models in the family \u201c{family}\u201d: {count}. The contrast speaks of these "
        f"models; the family as such would take at least {FEW_MODELS}, and more."
        for family, count in models.items()
        if count < FEW_MODELS
    ]
