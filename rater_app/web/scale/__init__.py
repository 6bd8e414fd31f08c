"""A line from one end of a scale to the other, with no mark on it until the rater makes one."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

from rater_app.core.reading import Question

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

VALUE = "value"
"""The part of the component's state that holds the number."""

_PACKAGE = "rater-app-scale"
_COMPONENT = f"{_PACKAGE}.scale"


def line_scale(question: Question, held: int | None, key: str) -> None:
    """Ask for a whole number between the two ends of a scale; the session then holds it."""
    low, high = question.item.bounds
    ends = {level.value: level.label for level in question.item.levels}
    _renderer()(
        key=key,
        data={
            "label": question.text,
            "low": low,
            "high": high,
            "left": ends[low],
            "right": ends[high],
            "value": held,
        },
        default={VALUE: held},
        on_value_change=_ignore,
    )


def _renderer() -> ComponentRenderer:
    """Register the component with the running server, once per server."""
    return _register(get_bidi_component_manager())


@cache
def _register(manager: Any) -> ComponentRenderer:
    here = ComponentConfig.from_dict({"name": "scale", "asset_dir": "scale"})
    manager.register_from_manifest(
        ComponentManifest(_PACKAGE, "1", [here]), Path(__file__).parents[1]
    )
    return st.components.v2.component(_COMPONENT, js="scale.js", css="scale.css")


def _ignore() -> None:
    """Take no notice: Streamlit keeps a value only where somebody listens."""
