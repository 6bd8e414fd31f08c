"""The headers of every response: nothing foreign is loaded, and nothing of a study is cached."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

import streamlit
from starlette.datastructures import MutableHeaders
from starlette.types import Message

_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)


def content_policy() -> str:
    """Write the content security policy: own files only, plus Streamlit's one inline script."""
    index = Path(streamlit.__file__).parent / "static" / "index.html"
    hashes = " ".join(
        f"'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}'"
        for script in _INLINE_SCRIPT.findall(index.read_text(encoding="utf-8"))
    )
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' {hashes}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "connect-src 'self' data: blob:",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def protect(start: Message, path: str, policy: str) -> None:
    """Add the headers to the start of a response."""
    headers = MutableHeaders(scope=start)
    headers["content-security-policy"] = policy
    headers["x-content-type-options"] = "nosniff"
    headers["referrer-policy"] = "no-referrer"
    headers["x-frame-options"] = "DENY"
    headers["cross-origin-opener-policy"] = "same-origin"
    if path.startswith("/_stcore/bidi-components/"):
        # Streamlit gives component files no version, so a browser must ask whether they changed.
        headers["cache-control"] = "no-cache"
    elif not path.startswith("/static/"):
        headers["cache-control"] = "no-store"
