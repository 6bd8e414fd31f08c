"""The only module that touches Streamlit's session: who is signed in, and what the form holds.

The session is lost with a refresh or a lost connection, so nothing lives in it alone: the store
has the readings and the drafts, the address names a reading that is being revised.
"""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import unquote

import streamlit as st

from rater_app.core.study import BlindedStudy, Rater

_FAILURE = "failure"
_NOTICE = "notice"
_SUBMITTED = "submitted"
_OPENED = "opened"
_OPENED_AT = "opened at"
_READING = "reading"


def signed_in_rater(study: BlindedStudy) -> Rater | None:
    """Give the rater whom the guard let in."""
    named = st.user.get("rater")
    return study.rater(unquote(str(named))) if named else None


def value(key: str) -> Any:
    """Give what a widget holds, or None."""
    return st.session_state.get(key)


def put_value(key: str, new: Any) -> None:
    """Set what a widget holds, before it is drawn."""
    st.session_state[key] = new


def part(component: str, name: str) -> Any:
    """Give a part of what a component has sent, or None."""
    return getattr(st.session_state.get(component), name, None)


def opened_reading() -> tuple[str, int, str] | None:
    """Give the code, the revision and the stage of the reading that this session has open."""
    opened: tuple[str, int, str] | None = st.session_state.get(_OPENED)
    return opened


def put_opened(code: str, revision: int, stage: str) -> None:
    """Note that this session has this reading open, from now on."""
    st.session_state[_OPENED] = (code, revision, stage)
    st.session_state[_OPENED_AT] = time.monotonic()


def seconds_open() -> float:
    """Give how long this session has had its reading open."""
    return time.monotonic() - float(st.session_state.get(_OPENED_AT, 0.0))


def close_reading() -> None:
    """Note that this session is done with the reading that it had open."""
    st.session_state.pop(_OPENED, None)


def failure(code: str) -> str | None:
    """Give what kept this reading from being stored: empty when answers are missing, or None."""
    about, what = st.session_state.get(_FAILURE, ("", ""))
    return str(what) if about == code else None


def put_failure(code: str, what: str) -> None:
    """Keep what kept this reading from being stored, to be shown beside its form."""
    st.session_state[_FAILURE] = (code, what)


def put_notice(text: str) -> None:
    """Keep a sentence for the next page that is drawn."""
    st.session_state[_NOTICE] = text


def take_notice() -> str | None:
    """Give the sentence that was kept, once."""
    notice: str | None = st.session_state.pop(_NOTICE, None)
    return notice


def note_submission() -> None:
    """Note that a callback has dealt with the click of this run."""
    st.session_state[_SUBMITTED] = True


def take_submission() -> bool:
    """Whether a callback has dealt with the click of this run; asked once."""
    return bool(st.session_state.pop(_SUBMITTED, False))


def chosen_reading() -> str | None:
    """Give the code of the reading that the address names, or None."""
    return st.query_params.get(_READING)


def choose_reading(code: str | None) -> None:
    """Name a reading in the address, or none, which stands for the next open one."""
    if code is None:
        st.query_params.pop(_READING, None)
    else:
        st.query_params[_READING] = code


def address_of(code: str) -> dict[str, str]:
    """Give the query that names a reading, for a link to it."""
    return {_READING: code}
