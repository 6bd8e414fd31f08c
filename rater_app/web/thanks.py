"""What a rater sees when every reading is done."""

from __future__ import annotations

import streamlit as st

from rater_app.core.progress import Progress
from rater_app.core.study import BlindedStudy, Rater
from rater_app.web.plain_text import plain
from rater_app.web.submit import show_notice


def show_thanks(study: BlindedStudy, rater: Rater, progress: Progress) -> None:
    """Thank the rater and say what was done."""
    with st.container(key="page"):
        show_notice()
        if progress.total == 0:
            st.header("Nothing to read yet")
            st.markdown("You have no masks in this study. Please ask your coordinator.")
            return
        st.header(f"Thank you, {plain(rater.name)}")
        masks = "The one mask is" if progress.total == 1 else f"All {progress.total} masks are"
        st.markdown(f"{masks} rated, and everything is stored. You can close this page.")
        if study.allow_back:
            st.markdown("Under **My progress** you can look at a mask again and change an answer.")
