"""The server: Streamlit with our routes beside it and the guard in front of both."""

from __future__ import annotations

import logging
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from streamlit import config
from streamlit.web import bootstrap

from rater_app.reading_room import ReadingRoom, RoomError
from rater_app.web.cookie import SignInCookie
from rater_app.web.corrections import correction_routes
from rater_app.web.demo import Demo, prepare_demo
from rater_app.web.desk import desk_routes
from rater_app.web.desk_pass import DeskPass
from rater_app.web.guard import Guard
from rater_app.web.served_room import serve_room
from rater_app.web.settings import SETTINGS, refuse_wrong_settings
from rater_app.web.sign_in import sign_in_routes
from rater_app.web.viewing import viewing_route
from rater_app.web.volumes import volume_route
from rater_app.web.wrong_invitations import WrongInvitations

ROOM_VARIABLE = "RATER_APP_ROOM"
SCRIPT = Path(__file__).with_name("app.py")

_log = logging.getLogger(__name__)


def app_arguments(room_folder: Path | None = None) -> dict[str, Any]:
    """Give what `st.App` needs to serve a room.

    Parameters
    ----------
    room_folder : Path, optional
        The room; without it the environment variable RATER_APP_ROOM names one, and without
        that the demo study is prepared and served.

    Raises
    ------
    SystemExit
        With a plain sentence when the settings are unsafe or the folder is not a room.
    """
    refuse_wrong_settings()
    demo = None
    if room_folder is None and ROOM_VARIABLE in os.environ:
        room_folder = Path(os.environ[ROOM_VARIABLE])
    elif room_folder is None:
        demo = prepare_demo()
        room_folder = demo.room
    try:
        room = ReadingRoom(room_folder)
        cookie = SignInCookie(room.session_secret())
    except (RoomError, OSError) as error:
        raise SystemExit(f"The room cannot be served: {error}") from error
    serve_room(room)
    wrong = WrongInvitations()
    desks = DeskPass(room.invited_rater, wrong)
    return {
        "script_path": SCRIPT,
        "routes": [
            *sign_in_routes(room, cookie, wrong),
            volume_route(room),
            *correction_routes(room),
            viewing_route(room),
            *desk_routes(room),
        ],
        "middleware": [Middleware(Guard, study=room.study, cookie=cookie, desks=desks)],
        "lifespan": _lifespan(room, demo),
        "on_script_error": apologise,
    }


def serve(room: Path, host: str = "127.0.0.1", port: int = 8501) -> None:
    """Serve a room until the process is stopped, with our settings over all others."""
    settings = {**SETTINGS, "server.address": host, "server.port": port}
    bootstrap.load_config_options(settings)
    st.App(**app_arguments(room)).run(config=settings)


def apologise(error: Exception) -> bool:
    """Log a fault of the app, and show the rater a sentence in place of Streamlit's message."""
    _log.error("A page failed.", exc_info=error)
    st.error(
        "Something went wrong on our side. What you have submitted is stored. "
        "Please reload the page, and tell your coordinator if this stays."
    )
    return True


def _lifespan(
    room: ReadingRoom, demo: Demo | None
) -> Callable[[st.App], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: st.App) -> AsyncIterator[None]:
        address = config.get_option("server.address") or "localhost"
        base = f"http://{address}:{config.get_option('server.port')}"
        print(demo.links(base) if demo else f"Serving {room.study.title} at {base}", flush=True)
        try:
            yield
        finally:
            room.close()

    return lifespan
