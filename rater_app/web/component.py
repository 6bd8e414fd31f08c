"""Our own components: Streamlit learns here where their JavaScript and style sheets lie."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st
from streamlit.components.v2.get_bidi_component_manager import get_bidi_component_manager
from streamlit.components.v2.manifest_scanner import ComponentConfig, ComponentManifest

if TYPE_CHECKING:
    from streamlit.components.v2.types import ComponentRenderer

_PACKAGE = "rater-app"
_WEB = Path(__file__).parent


def component(name: str, folder: str, js: str, css: str) -> ComponentRenderer:
    """Give what mounts a component; it is registered with the running server once.

    Streamlit by itself finds only the components of installed packages; ours are told to it, so
    that a plain checkout works too.

    Parameters
    ----------
    name : str
        Name of the component.
    folder : str
        Folder of its files below this package.
    js, css : str
        Its module and its style sheet in that folder.
    """
    return _register(get_bidi_component_manager(), name, folder, js, css)


def ignore() -> None:
    """Take no notice: Streamlit reports a value only where somebody listens."""


@cache
def _register(manager: Any, name: str, folder: str, js: str, css: str) -> ComponentRenderer:
    manifest = ComponentManifest(_PACKAGE, "1", [ComponentConfig(name, folder)])
    manager.register_from_manifest(manifest, _WEB)
    return st.components.v2.component(f"{_PACKAGE}.{name}", js=js, css=css)
