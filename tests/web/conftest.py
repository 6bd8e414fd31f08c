from __future__ import annotations

import http.client
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from rater_app.reading_room import ReadingRoom
from tests import viewer_page
from tests.builders import FULL, build_room
from tests.serving import Server
from tests.viewer_case import write_case


@pytest.fixture
def room(tmp_path: Path) -> Iterator[ReadingRoom]:
    built = build_room(tmp_path / "room")
    yield built
    built.close()


@pytest.fixture
def full_room(tmp_path: Path) -> Iterator[ReadingRoom]:
    built = build_room(tmp_path / "room", instrument=FULL)
    yield built
    built.close()


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class ServedRoom:
    """A room, and the server of it that a test asks as a browser would."""

    room: ReadingRoom
    process: Server

    @property
    def address(self) -> str:
        return self.process.address

    @property
    def url(self) -> str:
        return self.process.url

    def ask(
        self,
        path: str,
        cookie: str | None = None,
        method: str = "GET",
        body: bytes | str | None = None,
        **headers: str,
    ) -> Reply:
        """Send one request as it stands, follow nothing, decode nothing."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if cookie is not None:
            sent["Cookie"] = cookie
        connection = http.client.HTTPConnection(self.address, timeout=30)
        connection.request(method, path, body, sent)
        response = connection.getresponse()
        named = {name.lower(): value for name, value in response.getheaders()}
        reply = Reply(response.status, named, response.read())
        connection.close()
        return reply

    def sign_in(self, rater_id: str) -> str:
        """Open an invitation and give the cookie that it sets."""
        reply = self.ask(f"/invite/{self.room.invite(rater_id)}")
        return reply.headers["set-cookie"].partition(";")[0]


@contextmanager
def served(room: ReadingRoom) -> Iterator[ServedRoom]:
    """Serve a room, and close both in the end."""
    process = Server(room.folder, room.folder.parent / "server.log")
    process.start()
    try:
        yield ServedRoom(room, process)
    finally:
        process.stop()
        room.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedRoom]:
    """One server for all tests that only look."""
    with served(build_room(tmp_path_factory.mktemp("served") / "room")) as started:
        yield started


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve the viewer on a page of its own, with a case of several channels and masks."""
    folder = tmp_path_factory.mktemp("viewer")
    write_case(folder)
    with viewer_page.served(folder) as served_at:
        yield served_at


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start Chromium for the tests of a module that do not bring their own."""
    with viewer_page.chromium() as started:
        yield started


@pytest.fixture
def page(browser: Any, address: str) -> Iterator[Any]:
    """Open the viewer's page anew for each test."""
    with viewer_page.opened(browser, address) as opened:
        yield opened
