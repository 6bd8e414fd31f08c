"""The guide: what the study asks, what its levels mean, the keys, and what is recorded."""

from __future__ import annotations

import streamlit as st

from rater_app.core.instrument import Item
from rater_app.core.study import Rater
from rater_app.reading_room import ReadingRoom
from rater_app.web.plain_text import plain

_KEYS = """
| Keys | What they do |
| --- | --- |
| Wheel, ↑ ↓, Page ↑ ↓ | scroll through the slices, one or ten at a time |
| Click or drag | move the crosshair; the other planes follow |
| 1 … 9, 0 | show a channel; all channels of one plane |
| M, O, [ ] | hide the mask, outline or fill, more or less of it |
| Right-drag | window and level |
| Ctrl + wheel, middle-drag | zoom, move |
| Alt + 1 … 9, 0 | choose a level of the question marked “Alt” |
| Ctrl + Enter | submit and go on |
| ? | all keys of the viewer |
"""

_RECORDED = """
Your answers, every change of them, and the times at which you opened and submitted a mask.
Other raters never see your answers, and you do not see theirs. You can stop at any time: open
your link again, on any computer, and go on where you were.
"""


def render(room: ReadingRoom, _rater: Rater) -> None:
    """Show the guide of the study."""
    with st.container(key="page"):
        st.header("Guide")
        if room.study.guide:
            st.text(room.study.guide)
        st.markdown(
            "You see one mask at a time on its images, and answer the questions beside it. "
            "You are not told where a mask comes from."
        )
        st.subheader("The questions")
        for item in room.study.instrument.items:
            _show_item(item)
        st.subheader("Keys")
        st.markdown(_KEYS)
        st.subheader("What is recorded")
        st.markdown(_RECORDED)


def _show_item(item: Item) -> None:
    st.markdown(f"**{plain(item.text)}**")
    for level in item.levels:
        label = "" if level.label == str(level.value) else plain(level.label)
        anchor = f" — {plain(level.anchor)}" if level.anchor else ""
        st.markdown(f"{level.value}\u2002{label}{anchor}")
    if item.cannot_judge:
        st.markdown("Choose “Cannot judge” when the images do not allow an answer.")
