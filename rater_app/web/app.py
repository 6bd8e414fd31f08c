"""The Streamlit script: it runs anew for every click of every rater."""

from __future__ import annotations

import streamlit as st

from rater_app.core.study import Rater
from rater_app.reading_room import ReadingRoom
from rater_app.web import guide, my_progress, rate, session
from rater_app.web.look import show_bar, use_look
from rater_app.web.served_room import served_room


def show(room: ReadingRoom, rater: Rater) -> None:
    """Show the page that the rater has chosen, under the bar."""

    def rate_page() -> None:
        rate.render(room, rater)

    def guide_page() -> None:
        guide.render(room, rater)

    def progress_page() -> None:
        my_progress.render(room, rater, pages[0])

    pages = [
        st.Page(rate_page, title="Rate", url_path="rate", default=True),
        st.Page(guide_page, title="Guide", url_path="guide"),
        st.Page(progress_page, title="My progress", url_path="my-progress"),
    ]
    chosen = st.navigation(pages, position="hidden")
    show_bar(room.study, rater, pages)
    chosen.run()


st.set_page_config(page_title="Rating", layout="wide")
use_look()
_room = served_room()
_rater = session.signed_in_rater(_room.study)
if _rater is None:
    st.error("You are not signed in. Open the invitation link that you were sent.")
else:
    show(_room, _rater)
