"""Names of the six intraclass correlations."""

from __future__ import annotations

import re
from typing import Literal, cast, get_args

Form = Literal["ICC(1,1)", "ICC(A,1)", "ICC(C,1)", "ICC(1,k)", "ICC(A,k)", "ICC(C,k)"]

_WAYS = {"1": "1", "2": "A", "3": "C", "A": "A", "C": "C"}
# How each form may be written, without "ICC" and punctuation.
_NAMES: dict[str, Form] = {
    **{
        name + unit: cast("Form", f"ICC({way},{unit.lower()})")
        for name, way in _WAYS.items()
        for unit in ("1", "K")
    },
    **{name: cast("Form", f"ICC({_WAYS[name]},1)") for name in ("1", "2", "3")},
    "K": "ICC(1,k)",
}


def icc_form(name: str) -> Form:
    """Return the form of an intraclass correlation from any of its usual names.

    McGraw and Wong 1996 write ICC(A,1), ICC(A,k) for absolute agreement, ICC(C,1), ICC(C,k) for
    consistency, ICC(1), ICC(k) for one-way. Shrout and Fleiss 1979 write ICC(1,1), ICC(2,1),
    ICC(3,1) and ICC(1,k), ICC(2,k), ICC(3,k) for one-way, two-way random and two-way mixed;
    psych writes ICC1, ICC2, ICC3, ICC1k, ICC2k, ICC3k. ICC(2,.) = ICC(A,.), ICC(3,.) = ICC(C,.).
    Case and punctuation do not matter: "ICC_A1", "icc2k", "A,k".

    Raises
    ------
    ValueError
        For a name of none of the six forms.

    Examples
    --------
    >>> icc_form("ICC(2,1)"), icc_form("ICC3k"), icc_form("ICC_A1")
    ('ICC(A,1)', 'ICC(C,k)', 'ICC(A,1)')
    """
    letters = re.sub(r"[^A-Z0-9]", "", name.upper()).removeprefix("ICC")
    if letters not in _NAMES:
        known = ", ".join(get_args(Form))
        raise ValueError(
            f"{name!r} is no form of the ICC: {known} (McGraw and Wong), or ICC(2,1) ... ICC(3,k), "
            "ICC1 ... ICC3k (Shrout and Fleiss)"
        )
    return _NAMES[letters]
