"""The Streamlit settings that the product relies on, in one table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from streamlit import config

IDENTITY_HEADER = "x-rater"
"""The request header by which the guard tells Streamlit who is signed in."""

REQUIRED: dict[str, Any] = {
    # Nothing about the study leaves the server by accident.
    "client.showErrorDetails": "none",
    "client.showErrorLinks": "false",
    "client.toolbarMode": "minimal",
    "browser.gatherUsageStats": False,
    "logger.hideWelcomeMessage": True,  # the message asks an outside address for the server's own
    "server.enableStaticServing": False,
    "server.enableAgentApi": False,
    "server.enableCORS": True,
    "server.enableXsrfProtection": True,
    # A session belongs to a rater: another one who presents its id gets a fresh session.
    "server.trustedUserHeaders": {IDENTITY_HEADER: "rater"},
    "server.maxUploadSize": 1,
    "server.fileWatcherType": "none",
    "runner.magicEnabled": False,
    # A full garbage collection after every click costs 100 ms, and seconds with many raters.
    "runner.postScriptGC": False,
    # An answer can come from the store and, on the same run, from the keyboard.
    "global.disableWidgetStateDuplicationWarning": True,
}
"""Without these the app does not start."""

# Nothing is fetched for these.
_MACHINE_FONTS = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', sans-serif"

LOOKS: dict[str, Any] = {
    "theme.base": "dark",
    "theme.primaryColor": "#6fa8dc",
    "theme.backgroundColor": "#101215",
    "theme.secondaryBackgroundColor": "#1b1f24",
    "theme.textColor": "#d9dde2",
    "theme.borderColor": "#2c323a",
    "theme.linkColor": "#8fbce6",
    "theme.linkUnderline": False,
    "theme.baseRadius": "0.35rem",
    "theme.baseFontSize": 15,
    "theme.font": _MACHINE_FONTS,
    "theme.headingFont": _MACHINE_FONTS,
}
"""A dark reading room."""

PLACE: dict[str, Any] = {"server.address": "127.0.0.1", "server.headless": True}
"""Where the app is served unless the command line says otherwise."""

SETTINGS: dict[str, Any] = {**PLACE, **REQUIRED, **LOOKS}
"""What .streamlit/config.toml holds, word for word."""


def wrong_settings(effective: Mapping[str, Any] | None = None) -> tuple[str, ...]:
    """Name the required settings whose effective value is another, one sentence each."""
    if effective is None:
        effective = {name: config.get_option(name) for name in REQUIRED}
    return tuple(
        f"The Streamlit setting {name} is {effective[name]!r} and must be {wanted!r}."
        for name, wanted in REQUIRED.items()
        if str(effective[name]).lower() != str(wanted).lower()
    )


def refuse_wrong_settings() -> None:
    """Stop the program when a setting would weaken the study.

    Raises
    ------
    SystemExit
        With one sentence for each wrong setting, and what to do.
    """
    wrong = wrong_settings()
    if wrong:
        raise SystemExit(
            "\n".join(
                (
                    *wrong,
                    "rater-app does not start like this. Start it in the folder that holds its "
                    ".streamlit/config.toml, without options or STREAMLIT_ variables that "
                    "change these settings, or use “rater-app serve ROOM”.",
                )
            )
        )
