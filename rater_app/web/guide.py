"""The guide: what the study asks, what its levels mean, the keys, and what is recorded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import streamlit as st

from rater_app.core.instrument import ORDERED_KINDS, Item, Level
from rater_app.core.study import BlindedStudy, RatedStructure, Rater
from rater_app.reading_room import ReadingRoom
from rater_app.web.correct import tell_of_correcting
from rater_app.web.plain_text import plain

_KEYS = """
| Keys | What they do |
| --- | --- |
| Wheel, ↑ ↓, Page ↑ ↓ | scroll through the slices, one or ten at a time |
| Click or drag | move the crosshair; the other planes follow |
| 1 … 9, 0 | show a channel; all channels of one plane |
| M, O, [ ] | hide the mask, outline or fill or pattern, less or more of it |
| V, X | next layout, next plane |
| P, D, Z | play the slices, measure a distance, see the mask in 3D |
| Right-drag, W | window and level; next preset |
| Ctrl + wheel, middle-drag | zoom, move |
| Alt + 1 … 9, 0 | choose a level of the question marked “Alt” |
| Ctrl + Enter | submit and go on |
| ? | all keys of the viewer |
"""

_TOOLS = """
| Keys | What they do |
| --- | --- |
| B, E | brush, eraser; round in millimetres |
| A, S | make them smaller, larger |
| U | the brush is a ball: it paints through the slices, and so do the actions |
| L | outline: draw it in one go, or click its corners |
| K, Q | fill the region under the pointer; pick its label |
| T | paint only voxels between two intensities |
| Shift + 1 … 9 | choose the label to paint |
| Shift + G, Shift + K | grow or shrink the label by the margin |
| Shift + H, Shift + I | fill its holes; fill between the slices that you have drawn |
| Shift + C, Shift + V | take the label from the slice below or above |
| Del | remove the piece under the crosshair |
| Shift + P | protect all other labels |
| Ctrl + Z, Ctrl + Y | a step back, and again |
| Ctrl + S, Ctrl + Enter | save; save and go on |
| Shift + ← → ↑ ↓, Enter | move the crosshair by a voxel; use the tool there |
"""

_RECORDED = """
Your answers, every change of them, and the times at which you opened and submitted a mask.
"""
_RECORDED_CORRECTING = """
Every version of a mask that you save, how long you were active and idle, how many strokes of which
tool and steps back it took, and how many voxels changed. Unsaved changes are kept as a draft on
the server, and in this browser until the server has them.
"""
_RECORDED_VIEWING = """
How you looked at a mask: which slices were on screen, for how long you were active and idle (no
input for 30 seconds, or the page hidden), how often you changed the window, the channel, the
layout, the zoom and what is shown of the mask, how many distances you measured, and how long you
played slices.
"""
_NOT_SEEN = """
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
            _show_item(
                item, [_made_of(structure, room.study) for structure in room.study.structures]
            )
        correcting = tell_of_correcting(room.study.plan)
        if correcting:
            st.subheader("Correcting")
            st.markdown(correcting)
        st.subheader("Keys")
        st.markdown(_KEYS)
        if correcting:
            st.subheader("Keys for correcting")
            st.markdown(_TOOLS)
        st.subheader("What is recorded")
        for text in _recorded(room.study):
            st.markdown(text)


def _recorded(study: BlindedStudy) -> Iterator[str]:
    yield _RECORDED
    if study.plan.is_on:
        yield _RECORDED_CORRECTING
    if study.viewing_log:
        yield _RECORDED_VIEWING
    yield _NOT_SEEN


def _made_of(structure: RatedStructure, study: BlindedStudy) -> str:
    """Name a structure with the labels that make it up, as the legend names them."""
    names = [label.name for label in study.labels if label.value in structure.labels]
    alone = names in ([], [structure.title])
    return structure.title if alone else f"{structure.title} ({', '.join(names)})"


def _show_item(item: Item, structures: Sequence[str]) -> None:
    lines = [f"**{plain(item.text)}**"]
    if item.per_structure and structures:
        lines += [f"Asked for: {plain(structure)}" for structure in structures]
    lines += [_level_line(item, level) for level in item.levels]
    if item.cannot_judge:
        lines.append("“Cannot judge”: when the images do not allow an answer.")
    st.markdown("  \n".join(lines))


def _level_line(item: Item, level: Level) -> str:
    parts = [str(level.value)] if item.kind in ORDERED_KINDS else []
    parts += [plain(level.label)] if level.label != str(level.value) else []
    parts += [f"— {plain(level.anchor)}"] if level.anchor else []
    return " ".join(parts)
