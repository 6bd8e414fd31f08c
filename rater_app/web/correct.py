"""Beside the images while a mask is corrected: what to do, and the ways on."""

from __future__ import annotations

import streamlit as st

from rater_app.core.correction import CorrectionPlan, CorrectionRule
from rater_app.core.progress import Place
from rater_app.core.study import BlindedStudy
from rater_app.web.submit import show_ways

_STORED = "Your rating is stored and locked."
_WHAT = {
    CorrectionRule.OPTIONAL: (
        "Now mend the mask where it is wrong, as far as it is worth your time. "
        "You can also go on without."
    ),
    CorrectionRule.REQUIRED: (
        "Now mend the mask until you would use it. If nothing is wrong with it, say so "
        "beside the images."
    ),
}
_HOW = """
**Ctrl + S** saves, **Ctrl + Enter** saves and goes on, **Ctrl + Z** takes a step back,
**?** shows all keys. Drafts are kept by themselves: you can leave at any time.
"""


def show_correcting(study: BlindedStudy, place: Place) -> None:
    """Say what is asked for now; the tools and the saving lie beside the images."""
    with st.container(key="form", gap="small"):
        st.markdown("**Correct the mask**")
        st.markdown(f"{_STORED} {_WHAT[study.plan.rule]}")
        st.markdown(_HOW)
        if study.plan.rate_again:
            st.markdown("You are then asked to rate the corrected mask.")
    with st.container(key="submit", gap="small"):
        show_ways(study, place, keys="")


def tell_of_correcting(plan: CorrectionPlan) -> str:
    """Say for the guide what comes after the rating; nothing where masks are only rated."""
    if not plan.is_on:
        return ""
    asked = (
        "you may correct the mask with the tools beside the images, or go on without"
        if plan.rule is CorrectionRule.OPTIONAL
        else "you correct the mask with the tools beside the images, or say that it needs none"
    )
    again = " You then rate the corrected mask." if plan.rate_again else ""
    return f"When you have submitted a rating, it is locked, and {asked}.{again}"
