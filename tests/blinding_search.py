"""Search bytes for what must not reach a rater, in the disguises that bytes travel in."""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
import urllib.parse
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path

GZIP_MAGIC = b"\x1f\x8b\x08"
BASE64_RUN = re.compile(rb"[A-Za-z0-9+/_-]{16,}={0,2}")
LONGEST_INFLATED = 64 * 1024 * 1024


def disguises(secret: str) -> dict[str, bytes]:
    """Give the forms in which a secret could hide, in lower case where case is free."""
    plain = secret.encode()
    forms = {
        "plain": plain.lower(),
        "url": urllib.parse.quote(secret, safe="").lower().encode(),
        "plus": urllib.parse.quote_plus(secret).lower().encode(),
        "hex": plain.hex().encode(),
        "utf-16": secret.lower().encode("utf-16-le"),
        "json": secret.encode("unicode_escape").lower(),
    }
    for name in ("md5", "sha1", "sha256", "blake2b"):
        forms[name] = hashlib.new(name, plain).hexdigest()[:16].encode()
    return forms


def find_secrets(
    secrets: Iterable[str], haystacks: Mapping[str, bytes]
) -> list[tuple[str, str, str]]:
    """List every hit as (where, secret, disguise)."""
    forms = [(s, name, form) for s in secrets for name, form in disguises(s).items()]
    hits = []
    for where, data in haystacks.items():
        for layer, content in _layers(where, data):
            lowered = content.lower()
            hits += [(layer, s, name) for s, name, form in forms if form in lowered]
    return hits


def files_of(folder: Path) -> dict[str, bytes]:
    """Read every file of a folder, and its paths, as haystacks."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    names = "\n".join(str(path.relative_to(folder)) for path in files)
    return {
        "the names of the files": names.encode(),
        **{str(path.relative_to(folder)): path.read_bytes() for path in files},
    }


def _layers(where: str, data: bytes) -> Iterable[tuple[str, bytes]]:
    """Give the bytes as they are, what is gzipped inside them, and what is base64 inside them."""
    yield where, data
    start = data.find(GZIP_MAGIC)
    while start >= 0:
        try:
            inner = zlib.decompressobj(31).decompress(data[start:], LONGEST_INFLATED)
        except zlib.error:
            inner = b""
        if inner:
            yield f"{where} (gzip at {start})", inner
        start = data.find(GZIP_MAGIC, start + 1)
    runs = []
    for run in BASE64_RUN.findall(data):
        text = run.rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
        # A run found in the middle of other text may begin at any of four offsets.
        for offset in range(4):
            piece = text[offset:]
            piece = piece[: len(piece) - (len(piece) % 4 == 1)]
            runs.append(base64.b64decode(piece + b"=" * (-len(piece) % 4)))
    if runs:
        yield f"{where} (base64)", b"\n".join(runs)


def gzipped(data: bytes) -> bytes:
    """Compress as a careless server would."""
    return gzip.compress(data)
