"""The demo study as one in which masks are corrected and rated again, prepared and served."""

from __future__ import annotations

import http.client
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def prepare(folder: Path) -> Path:
    """Prepare the demo study as one in which masks are corrected and rated again."""
    study, room = folder / "study", folder / "room"
    shutil.copytree(ROOT / "data_samples" / "demo", study)
    settings = study / "study.toml"
    told = settings.read_text(encoding="utf-8")
    plain = re.sub(r"(?m)^(correction|rate_again|viewing_log)\b.*\n", "", told)
    settings.write_text(f'correction = "optional"\nrate_again = true\n{plain}', encoding="utf-8")
    rater_app("prepare", study, "--room", room, "--key", folder / "unblinding_key.json")
    return room


def rater_app(*arguments: object) -> str:
    """Run a command of the product, and give what it prints."""
    command = [sys.executable, "-m", "rater_app", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE).stdout


def invitation(room: Path, rater: str, address: str) -> str:
    """Make the link of a rater."""
    link = re.search(r"http://\S+", rater_app("invite", room, "--rater", rater, "--url", address))
    assert link is not None
    return link.group()


@contextmanager
def served(room: Path) -> Iterator[str]:
    """Serve a room on a port of its own."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "rater_app", "serve", str(room), "--port", str(port)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        while not answers(port):
            try:
                process.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
            raise SystemExit("The server did not start; the lines above say why.")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait()


def answers(port: int) -> bool:
    """Whether a server answers at a port."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/_stcore/health")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
