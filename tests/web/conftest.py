from __future__ import annotations

import http.client
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from rater_app.reading_room import ReadingRoom
from tests.builders import FULL, build_room


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
class Server:
    """A room served by a process of its own."""

    room: ReadingRoom
    address: str

    @property
    def url(self) -> str:
        return f"http://{self.address}"

    def ask(
        self,
        path: str,
        cookie: str | None = None,
        method: str = "GET",
        body: str | None = None,
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


def start_server(room: ReadingRoom, port: int = 0) -> tuple[subprocess.Popen[str], Server]:
    """Serve a room on a free port and wait for the line that names it."""
    code = (
        "import sys; from pathlib import Path; from rater_app.web.server import serve; "
        "serve(Path(sys.argv[1]), '127.0.0.1', int(sys.argv[2]))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(room.folder), str(port)],
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith("Serving "):
            return process, Server(room, urlsplit(line.split()[-1]).netloc)
    raise AssertionError(f"the server stopped with exit code {process.wait()}")


def stop_server(process: subprocess.Popen[str]) -> None:
    process.terminate()
    process.wait(timeout=30)
    assert process.stdout is not None
    process.stdout.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests that only look."""
    room = build_room(tmp_path_factory.mktemp("served") / "room")
    process, started = start_server(room)
    yield started
    stop_server(process)
    room.close()
