"""A small web server with pages of our own, the viewer's files, and the volumes of a case."""

from __future__ import annotations

import http.server
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
FRONTEND = HERE.parent / "rater_app" / "web" / "viewer" / "frontend"
PAGES = {"/": HERE / "viewer_page.html", "/niivue": HERE / "workstation_niivue.html"}
TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
    ".json": "application/json",
}


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers with a page, a file of the viewer, or a volume as the application sends it."""

    def __init__(self, volumes: Mapping[str, bytes], *args: Any) -> None:
        self.volumes = volumes
        super().__init__(*args)

    def do_GET(self) -> None:
        """Answer; every case has the same volumes, under an address of its own."""
        path = self.path.partition("?")[0]
        part = path.rsplit("/", 1)[-1]
        file = _file_of_viewer(path)
        if path.startswith("/volumes/") and part in self.volumes:
            self.reply(self.volumes[part], "application/octet-stream", {"Content-Encoding": "gzip"})
        elif file is not None:
            self.reply(file.read_bytes(), TYPES[file.suffix])
        elif path in PAGES:
            self.reply(PAGES[path].read_bytes(), "text/html")
        else:
            self.send_error(404)

    def reply(self, body: bytes, kind: str, headers: Mapping[str, str] | None = None) -> None:
        """Send a body that no cache may keep."""
        self.send_response(200)
        sent = {"Content-Type": kind, "Content-Length": str(len(body)), "Cache-Control": "no-store"}
        for name, value in {**sent, **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        # A page that is closed wants no more.
        with suppress(ConnectionError):
            self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep the output to the numbers."""


def _file_of_viewer(path: str) -> Path | None:
    """Give the file below the viewer's folder that an address means; None where there is none."""
    if not path.startswith("/frontend/"):
        return None
    file = (FRONTEND / path.removeprefix("/frontend/")).resolve()
    is_ours = file.is_relative_to(FRONTEND.resolve()) and file.suffix in TYPES
    return file if is_ours and file.is_file() else None


@contextmanager
def serving(volumes: Mapping[str, bytes]) -> Iterator[str]:
    """Serve on a port of its own, and give the address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, volumes))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def niivue_entry() -> str | None:
    """Give the file of the 3D library that the package build made; None without it."""
    manifest = FRONTEND / "built" / "manifest.json"
    if not manifest.is_file():
        return None
    entry = json.loads(manifest.read_text(encoding="utf-8"))["entry"]
    return entry if (FRONTEND / "built" / entry).is_file() else None
