"""A real server in a process of its own, to be stopped, killed and started again by tests."""

from __future__ import annotations

import http.client
import re
import socket
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
LONGEST_START_S = 60


def rater_app(*arguments: object) -> subprocess.CompletedProcess[str]:
    """Run a command of the product as a person would."""
    return subprocess.run(
        [sys.executable, "-m", "rater_app", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def free_port() -> int:
    """Give a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Server:
    """`rater-app serve ROOM` on a port of its own."""

    def __init__(self, room: Path, log: Path) -> None:
        self.room = room
        self.log = log
        self.port = free_port()
        self.address = f"127.0.0.1:{self.port}"
        self.url = f"http://{self.address}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the server and return when it answers."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "rater_app", "serve", self.room, "--port", str(self.port)],
                cwd=ROOT,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + LONGEST_START_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"The server did not start:\n{self.log.read_text()}")
            time.sleep(0.1)

    def kill(self) -> None:
        """Kill the server without warning, as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Stop the server as Ctrl-C does."""
        assert self._process is not None
        self._process.terminate()
        self._process.wait(timeout=30)

    def invite(self, rater: str) -> str:
        """Make an invitation link."""
        made = rater_app("invite", self.room, "--rater", rater, "--url", self.url)
        assert made.returncode == 0, made.stderr
        found = re.search(r"http://\S+", made.stdout)
        assert found is not None
        return found.group()

    def _answers(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
        try:
            connection.request("GET", "/_stcore/health")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()
