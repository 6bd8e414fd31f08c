"""Other ways to ask about the families: what is told where a mixed model cannot be fitted."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.association.contrast_checks import SEVERAL_MASKS, mixed_model_results
from analysis.association.rated_masks import RatedMasks, rated_masks
from analysis.results import Asked

FAMILIES = ("vision-language", "pure-visual")


def masks(prompts: int) -> RatedMasks:
    rng = np.random.default_rng(3)
    rows = [
        (f"c{case}", f"{family}-{model}", family, f"p{prompt}", rater, dsc, rng.integers(1, 6))
        for case in range(6)
        for family in FAMILIES
        for model in range(2)
        for prompt in range(prompts)
        for dsc in rng.uniform(size=1)
        for rater in "xy"
    ]
    names = ["case", "model", "family", "prompt", "rater", "dsc", "rating"]
    frame = pd.DataFrame(rows, columns=names)
    return rated_masks(frame, metrics=["dsc"], rater="rater", family="family", mask=["prompt"])


@pytest.mark.parametrize("ordinal", [False, True])
def test_several_prompts_have_a_reason_for_every_model_that_was_asked_for(ordinal: bool) -> None:
    found = list(mixed_model_results(masks(2), "dsc", Asked(), FAMILIES, ordinal=ordinal))
    names = ["family_interaction_mixed_model", "family_interaction_cumulative_link"]
    assert [result.name for result in found] == names[: 1 + ordinal]
    assert {(result.value, result.reason) for result in found} == {(None, SEVERAL_MASKS)}


def test_one_prompt_has_a_number() -> None:
    (found,) = mixed_model_results(masks(1), "dsc", Asked(), FAMILIES, ordinal=False)
    assert found.name == "family_interaction_mixed_model"
    assert found.value is not None
