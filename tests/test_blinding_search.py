"""The search that guards the blinding finds what is planted for it."""

from __future__ import annotations

import base64
import hashlib
import urllib.parse

import pytest

from tests.blinding_search import files_of, find_secrets, gzipped

SECRET = "Zephyr Seg/V2"
NOISE = b'{"code": "9f3a77c1d2", "title": "Glioma reader study"} ' * 50


@pytest.mark.parametrize(
    "planted",
    [
        SECRET.encode(),
        SECRET.upper().encode(),
        urllib.parse.quote(SECRET, safe="").encode(),
        urllib.parse.quote_plus(SECRET).encode(),
        SECRET.encode().hex().encode(),
        SECRET.encode("utf-16-le"),
        gzipped(b"header text: " + SECRET.encode()),
        base64.b64encode(b"x-model: " + SECRET.encode()),
        base64.b64encode(b"x-model : " + SECRET.encode()),
        base64.urlsafe_b64encode(b'{"m": "' + SECRET.encode() + b'"}'),
        hashlib.md5(SECRET.encode()).hexdigest().encode(),
        hashlib.sha256(SECRET.encode()).hexdigest()[:20].encode(),
        b"\xff\xfe" + SECRET.encode("utf-16-le"),
    ],
)
def test_a_planted_secret_is_found(planted):
    assert find_secrets([SECRET], {"page": NOISE + planted + NOISE})


def test_clean_bytes_have_no_hit():
    assert find_secrets([SECRET], {"page": NOISE, "packed": gzipped(NOISE)}) == []


def test_names_of_files_are_searched_too(tmp_path):
    (tmp_path / "zephyr seg").mkdir()
    (tmp_path / "zephyr seg" / "mask.txt").write_bytes(b"nothing")
    assert find_secrets(["Zephyr Seg"], files_of(tmp_path))
