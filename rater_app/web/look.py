"""The look of every page: a slim bar, a dark room, no chrome that distracts from the images."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import streamlit as st

from rater_app.core.study import BlindedStudy, Rater
from rater_app.web.plain_text import plain

_STYLE = Path(__file__).with_name("look.css").read_text(encoding="utf-8")


def use_look() -> None:
    """Lay our style sheet over Streamlit's."""
    st.html(f"<style>{_STYLE}</style>")


def show_bar(study: BlindedStudy, rater: Rater, pages: Sequence[st.Page]) -> None:
    """Show the bar: where one can go, which study this is, and who is signed in."""
    with st.container(key="bar", horizontal=True, vertical_alignment="center", gap="medium"):
        for page in pages:
            st.page_link(page)
        st.space("stretch")
        if study.simulated:
            st.badge("Simulated data", color="orange")
        st.caption(plain(study.title))
        st.caption(plain(rater.name))
        st.html('<a class="sign-out" href="/sign-out" target="_self">Sign out</a>')
