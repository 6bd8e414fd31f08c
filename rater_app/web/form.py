"""The form of a reading, built from the instrument. Nothing is preselected."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any

import streamlit as st

from rater_app.core.instrument import ORDERED_KINDS, Item, ItemKind, Level
from rater_app.core.reading import LONGEST_TEXT, Answer, Question, keyed_question
from rater_app.reading_room import OpenReading
from rater_app.web import session
from rater_app.web.answers import CANNOT_JUDGE, to_answer, to_held
from rater_app.web.plain_text import plain
from rater_app.web.scale import VALUE, line_scale

_PlacedQuestion = tuple[int, Question]


def given_answers(reading: OpenReading) -> tuple[Answer, ...]:
    """Collect what the form of a reading holds now, open questions left out."""
    held = (
        to_answer(question, _held(question, _key(reading, place)))
        for place, question in enumerate(reading.questions)
    )
    return tuple(answer for answer in held if not answer.is_empty)


def put_answer(reading: OpenReading, place: int, level: int) -> None:
    """Answer a question in the rater's stead, as the number keys do, before it is drawn."""
    session.put_value(_key(reading, place), level)


def show_form(reading: OpenReading) -> tuple[Answer, ...]:
    """Draw the questions of a reading and give the answers so far."""
    keyed = _keyed_before_drawing(reading)
    if keyed is not None:
        _mark_keyed(_key(reading, keyed), reading.questions[keyed].item)
    for item, group in groupby(enumerate(reading.questions), key=lambda placed: placed[1].item):
        with st.container(gap=None):
            _show_item(reading, item, list(group))
    return given_answers(reading)


def _keyed_before_drawing(reading: OpenReading) -> int | None:
    """Say which question the number keys answer, before this run's widgets tell what they hold."""
    known = {answer.key: answer for answer in (*reading.answers, *given_answers(reading))}
    return keyed_question(reading.questions, tuple(known.values()))


def _mark_keyed(key: str, item: Item) -> None:
    """Hang the key hint on a question by style alone, so that its widget stays untouched."""
    low, high = item.bounds
    digits = f"{low} … 9, 0" if high == 10 and low > 0 else f"{low} … {high}"
    label = f'.st-key-{key} [data-testid="stWidgetLabel"]::after'
    st.html(f'<style>{label} {{ content: "Alt + {digits}" }}</style>')


def _held(question: Question, key: str) -> Any:
    if question.item.kind is not ItemKind.SLIDER:
        return session.value(key)
    return CANNOT_JUDGE if session.value(_gives_up(key)) else session.part(key, VALUE)


def _gives_up(key: str) -> str:
    """Name the box beside a line that says “cannot judge”."""
    return f"{key}-gives-up"


def _show_item(reading: OpenReading, item: Item, placed: list[_PlacedQuestion]) -> None:
    if placed[0][1].structure is None:
        place, question = placed[0]
        _ASK[item.kind](reading, place, question, _heading(item))
        return
    st.markdown(f"**{_heading(item)}**")
    if item.kind in ORDERED_KINDS:
        _show_anchors(item.levels)
    for place, question in placed:
        title = plain(question.structure.title) if question.structure else ""
        ask = _ask_in_a_row if item.kind is ItemKind.LEVELS else _ASK[item.kind]
        ask(reading, place, question, title)


def _heading(item: Item) -> str:
    optional = not item.required and item.kind is not ItemKind.MULTIPLE
    return f"{plain(item.text)} (optional)" if optional else plain(item.text)


def _show_anchors(levels: Sequence[Level]) -> None:
    """Say once what the levels mean, for the structures that are then asked about."""
    lines = []
    for level in levels:
        label = "" if level.label == str(level.value) else level.label
        meaning = " — ".join(plain(words) for words in (label, level.anchor) if words)
        if meaning:
            lines.append(f"**{level.value}** {meaning}")
    if lines:
        st.caption("  \n".join(lines))


def _ask_in_a_row(reading: OpenReading, place: int, question: Question, title: str) -> None:
    _radio(reading, place, question, title, lambda level: str(level.value), in_a_row=True)


def _ask_levels(reading: OpenReading, place: int, question: Question, title: str) -> None:
    def shown(level: Level) -> str:
        number = str(level.value)
        return number if level.label == number else f"**{number}** {plain(level.label)}"

    _radio(reading, place, question, title, shown)


def _ask_choice(reading: OpenReading, place: int, question: Question, title: str) -> None:
    _radio(reading, place, question, title, lambda level: plain(level.label))


def _radio(
    reading: OpenReading,
    place: int,
    question: Question,
    title: str,
    shown: Callable[[Level], str],
    in_a_row: bool = False,
) -> None:
    item = question.item
    options: list[int | str] = [level.value for level in item.levels]
    captions = [plain(level.anchor) for level in item.levels]
    if item.cannot_judge:
        options.append(CANNOT_JUDGE)
        captions.append("")

    def option_text(option: int | str) -> str:
        level = None if isinstance(option, str) else item.level(option)
        return shown(level) if level else "Cannot judge"

    held = to_held(question, reading.answers)
    key = _key(reading, place)
    apart = "apart" if item.cannot_judge else "plain"
    with st.container(key=f"{apart}-{key}"):
        st.radio(
            title,
            options,
            index=options.index(held) if held in options else None,
            format_func=option_text,
            captions=captions if any(captions) and not in_a_row else None,
            horizontal=in_a_row,
            key=key,
            width="stretch",
        )


def _ask_multiple(reading: OpenReading, place: int, question: Question, title: str) -> None:
    item = question.item
    st.pills(
        f"{title} (none or several)",
        [level.value for level in item.levels],
        selection_mode="multi",
        default=to_held(question, reading.answers) or None,
        format_func=lambda value: plain(_label(item, value)),
        key=_key(reading, place),
        width="stretch",
    )


def _label(item: Item, value: int) -> str:
    level = item.level(value)
    return level.label if level else str(value)


def _ask_text(reading: OpenReading, place: int, question: Question, title: str) -> None:
    st.text_area(
        title,
        to_held(question, reading.answers),
        max_chars=LONGEST_TEXT,
        height=96,
        key=_key(reading, place),
    )


def _ask_on_a_line(reading: OpenReading, place: int, question: Question, title: str) -> None:
    """Ask for a place on a line; the line goes while “cannot judge” is ticked."""
    key, held = _key(reading, place), to_held(question, reading.answers)
    st.markdown(f"**{title}**")
    if question.structure is None:
        _show_anchors(question.item.levels)
    line = st.container()
    gave_up = held == CANNOT_JUDGE
    if question.item.cannot_judge and st.checkbox("Cannot judge", gave_up, key=_gives_up(key)):
        return
    with line:
        line_scale(question, None if gave_up else held, key=key)


_ASK: dict[ItemKind, Callable[[OpenReading, int, Question, str], None]] = {
    ItemKind.LEVELS: _ask_levels,
    ItemKind.CHOICE: _ask_choice,
    ItemKind.MULTIPLE: _ask_multiple,
    ItemKind.TEXT: _ask_text,
    ItemKind.SLIDER: _ask_on_a_line,
}


def _key(reading: OpenReading, place: int) -> str:
    """Name a widget after the reading: a late click can never answer for the next mask."""
    return f"{reading.assignment.code}-{reading.mark}-{place}"
