"""Correcting a mask over HTTP, against a real server."""

from __future__ import annotations

import gzip
import hashlib
import http.client
import json
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rater_app.reading_room import ReadingRoom
from rater_app.web.corrections import LARGEST_PACKED, correction_url
from tests.builders import build_room
from tests.correcting import GOOD, candidate_file, candidate_voxels, painted, rated
from tests.web.conftest import Reply, ServedRoom, served

OWN = {"X_Rater_App": "1"}
EFFORT = {"active_s": 12.5, "strokes": 3, "tools": {"brush": 3}}


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedRoom]:
    """One server for all tests here; each rates a mask of its own."""
    folder = tmp_path_factory.mktemp("corrections") / "room"
    built = build_room(folder, cases=6, masks_per_case=8, correction="required", rate_again=True)
    with served(built) as started:
        yield started


class Correcting:
    """One reading that is open for correcting, and a browser that corrects it."""

    def __init__(self, server: ServedRoom, rater: str = "R1") -> None:
        self.server = server
        self.rater = rater
        self.code = rated(server.room, rater)
        self.cookie = server.sign_in(rater)
        self.voxels = candidate_voxels(server.room, self.code, rater)

    @property
    def tag(self) -> str:
        return tag_of(0, self.voxels)

    def ask(
        self, method: str, way: str = "", body: bytes | str | None = None, **more: Any
    ) -> Reply:
        headers = {**OWN, **more}
        sent = {name: value for name, value in headers.items() if value is not None}
        path = correction_url(self.code) + way
        return self.server.ask(path, self.cookie, method, body, **sent)

    def put(self, way: str, voxels: bytes, tag: str | None, **more: Any) -> Reply:
        body = gzip.compress(voxels, 6, mtime=0)
        return self.put_bytes(way, body, tag, Content_Encoding="gzip", **more)

    def put_bytes(self, way: str, body: bytes, tag: str | None, **more: Any) -> Reply:
        effort = json.dumps(EFFORT)
        return self.ask("PUT", way, body, **{"If_Match": tag, "X_Effort": effort, **more})

    def versions(self) -> list[int]:
        return [v.version for v in self.server.room.store.corrections.versions(self.code)]


@pytest.fixture
def mask(many: ServedRoom) -> Iterator[Correcting]:
    """Open a mask for correcting, and finish it so that the next test gets another."""
    correcting = Correcting(many)
    yield correcting
    finish_all(many.room, correcting.code, correcting.rater)


def finish_all(room: ReadingRoom, code: str, rater: str) -> None:
    version = room.store.assignment(rater, code).version  # type: ignore[union-attr]
    room.corrections.finish(rater, code, version, confirmed=True)
    if version:
        base = len(room.store.second_readings.readings(code))
        room.submit_again(rater, code, GOOD, base, version)


def tag_of(version: int, voxels: bytes) -> str:
    return f"{version}-{hashlib.sha256(voxels).hexdigest()[:16]}"


def told(reply: Reply) -> Any:
    return json.loads(reply.body)


def test_the_working_state_is_a_whole_mask_with_its_name(mask: Correcting) -> None:
    reply = mask.ask("GET")
    assert reply.status == 200
    assert gzip.decompress(reply.body) == candidate_file(mask.server.room, mask.code)
    assert reply.headers["etag"] == f'"{mask.tag}"'
    assert (reply.headers["x-version"], reply.headers["x-draft"]) == ("0", "0")
    assert "x-effort" not in reply.headers
    assert reply.headers["content-encoding"] == "gzip"
    assert reply.headers["content-type"] == "application/octet-stream"
    assert reply.headers["cache-control"] == "no-store"
    assert "last-modified" not in reply.headers


def test_a_draft_is_kept_and_found_again(mask: Correcting) -> None:
    changed = painted(mask.voxels, 3, 4, 5)
    reply = mask.put("/draft", changed, f'"{mask.tag}"')
    wanted = {"tag": tag_of(0, changed), "version": 0, "sha256": sha256(changed)}
    assert (reply.status, told(reply)) == (200, wanted)
    found = mask.ask("GET")
    assert gzip.decompress(found.body)[352:] == changed
    assert found.headers["etag"] == f'"{wanted["tag"]}"'
    assert (found.headers["x-version"], found.headers["x-draft"]) == ("0", "1")
    effort = json.loads(found.headers["x-effort"])
    assert effort == {**EFFORT, "idle_s": 0.0, "undos": 0, "redos": 0, "tool": "browser"}
    dropped = mask.ask("DELETE", "/draft")
    assert (dropped.status, told(dropped)["tag"]) == (200, mask.tag)
    assert mask.ask("GET").headers["x-draft"] == "0"


def sha256(voxels: bytes) -> str:
    return hashlib.sha256(voxels).hexdigest()


def test_a_version_is_saved_finished_and_given_back(mask: Correcting) -> None:
    changed = painted(mask.voxels, 3, 4, 5)
    saved = mask.put("", changed, mask.tag)
    assert (saved.status, told(saved)) == (
        200,
        {
            "tag": tag_of(1, changed),
            "version": 1,
            "sha256": sha256(changed),
            "changed": {"3": [2, 0]},
        },
    )
    assert saved.headers["etag"] == f'"{tag_of(1, changed)}"'
    more = painted(changed, 2, 6)
    again = mask.put("?finish=1", more, f'W/"{tag_of(1, changed)}"')
    assert told(again)["version"] == 2
    reply = mask.ask("GET", "/1")
    header = candidate_file(mask.server.room, mask.code)[:352]
    assert (reply.status, gzip.decompress(reply.body)) == (200, header + changed)
    assert gzip.decompress(mask.ask("GET", "/2").body) == header + more
    assert gzip.decompress(mask.ask("GET", "/0").body) == header + mask.voxels
    (finishing,) = mask.server.room.store.corrections.finishings(mask.code)
    assert finishing.version == 2


def test_raw_voxels_are_taken_as_they_are(mask: Correcting) -> None:
    changed = painted(mask.voxels, 3, 4)
    assert mask.put_bytes("/draft", changed, mask.tag).status == 200
    reply = mask.put_bytes("", changed, tag_of(0, changed), Content_Encoding="identity")
    assert (reply.status, told(reply)["version"]) == (200, 1)


def test_a_repeated_request_succeeds_again(mask: Correcting) -> None:
    changed = painted(mask.voxels, 3, 4)
    replies = [mask.put("/draft", changed, mask.tag) for _ in range(2)]
    replies += [mask.put("?finish=1", changed, mask.tag) for _ in range(3)]
    assert [reply.status for reply in replies] == [200] * 5
    assert told(replies[0]) == told(replies[1])
    assert told(replies[2]) == told(replies[3]) == told(replies[4])
    assert mask.versions() == [1]
    finish = json.dumps({"version": 1, "confirmed": False})
    assert mask.ask("POST", "/finish", finish).status == 200


def test_an_outdated_tag_is_a_conflict_with_the_name_of_what_is_there(mask: Correcting) -> None:
    one, two = painted(mask.voxels, 3, 4), painted(mask.voxels, 3, 5)
    mask.put("", one, mask.tag)
    for way in ("", "/draft", "?finish=1"):
        reply = mask.put(way, two, mask.tag)
        assert reply.status == 409
        assert told(reply) == {
            "problem": "This mask was changed in another window. Nothing is lost: choose which of "
            "the two to keep.",
            "tag": tag_of(1, one),
            "version": 1,
        }
    assert mask.versions() == [1]


def test_of_two_tabs_that_save_at_once_exactly_one_wins(mask: Correcting) -> None:
    barrier = threading.Barrier(4)
    statuses = []

    def save(number: int) -> None:
        barrier.wait()
        statuses.append(mask.put("", painted(mask.voxels, 3, number), mask.tag).status)

    threads = [threading.Thread(target=save, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 409, 409, 409]
    assert mask.versions() == [1]


WRONG_EFFORTS = (
    "{",
    "[]",
    '{"strokes": -1}',
    '{"active_s": NaN}',
    r'{"half \ud83d": 1}',  # JSON can name half of a character, no answer in UTF-8 can repeat it
)


def test_what_must_be_named_is_asked_for(mask: Correcting) -> None:
    for way in ("", "/draft"):
        for missing in (None, "", '""'):
            reply = mask.put(way, mask.voxels, missing)
            assert (reply.status, "which state it changed" in told(reply)["problem"]) == (400, True)
        for effort in (*WRONG_EFFORTS, "9" * 5000, "[" * 5000):
            reply = mask.put(way, mask.voxels, mask.tag, X_Effort=effort)
            assert (reply.status, list(told(reply))) == (400, ["problem"])
    for body in ("", "{", "[]", "{}", '{"version": "1"}', '{"version": true}', '{"version": -1}'):
        assert mask.ask("POST", "/finish", body).status == 400
    assert mask.ask("POST", "/finish", '{"version": 0, "confirmed": 1}').status == 400
    assert mask.put("/draft", mask.voxels, mask.tag, X_Effort=None).status == 200
    assert mask.versions() == []


@pytest.fixture(scope="module")
def bomb() -> bytes:
    return gzip.compress(bytes(500 << 20), 6)


@pytest.mark.parametrize("way", ["", "/draft", "?finish=1"])
def test_what_is_no_mask_of_this_image_is_refused(mask: Correcting, way: str, bomb: bytes) -> None:
    voxels = mask.voxels
    bodies = {
        "damaged": voxels,
        "incomplete": gzip.compress(voxels)[:-4],
        "larger than this image": bomb,
        "this image needs": gzip.compress(voxels[1:]),
        "labels that this study lacks: 8, 9": gzip.compress(painted(painted(voxels, 9, 1), 8, 2)),
    }
    for problem, body in bodies.items():
        reply = mask.put_bytes(way, body, mask.tag, Content_Encoding="gzip")
        assert (reply.status, problem in told(reply)["problem"]) == (422, True)
    assert mask.put_bytes(way, voxels[1:], mask.tag).status == 422
    assert mask.put_bytes(way, voxels, mask.tag, Content_Encoding="br").status == 422
    assert mask.versions() == []
    assert mask.ask("GET").headers["etag"] == f'"{mask.tag}"'


def test_bodies_are_read_up_to_a_limit(mask: Correcting) -> None:
    reply = mask.put_bytes("", bytes(LARGEST_PACKED + 1), mask.tag, Content_Encoding="gzip")
    assert (reply.status, "larger" in told(reply)["problem"]) == (413, True)
    assert mask.put_bytes("/draft", mask.voxels + b"\0", mask.tag).status == 413
    assert mask.ask("POST", "/finish", " " * 5000).status == 413


def test_a_body_that_does_not_tell_its_length_is_read_up_to_the_limit(mask: Correcting) -> None:
    connection = http.client.HTTPConnection(mask.server.address, timeout=30)
    headers = {"Cookie": mask.cookie, "X-Rater-App": "1", "If-Match": mask.tag}
    chunks = (mask.voxels for _ in range(2))
    connection.request("PUT", correction_url(mask.code), chunks, headers, encode_chunked=True)
    assert connection.getresponse().status == 413
    connection.close()


def test_a_required_correction_or_the_word_that_none_is_needed(mask: Correcting) -> None:
    for reply in (
        mask.ask("POST", "/finish", '{"version": 0, "confirmed": false}'),
        mask.ask("POST", "/finish", '{"version": 0}'),
        mask.put("?finish=1", mask.voxels, mask.tag),
    ):
        assert reply.status == 409
        assert "confirm that it needs no correction" in told(reply)["problem"]
        assert (told(reply)["tag"], told(reply)["version"]) == (mask.tag, 0)
    reply = mask.ask("POST", "/finish", '{"version": 3, "confirmed": true}')
    assert (reply.status, told(reply)["version"]) == (409, 0)
    reply = mask.ask("POST", "/finish", '{"version": 0, "confirmed": true}')
    assert (reply.status, told(reply)) == (200, {})


def test_correcting_waits_for_the_rating(many: ServedRoom) -> None:
    room, cookie = many.room, many.sign_in("R2")
    assignment = room.next("R2")
    assert assignment is not None
    url = correction_url(assignment.code)
    voxels = candidate_voxels(room, assignment.code, "R2")
    sent = {**OWN, "If_Match": tag_of(0, voxels)}
    for reply in (
        many.ask(url, cookie),
        many.ask(url, cookie, "PUT", voxels, **sent),
        many.ask(f"{url}/draft", cookie, "PUT", voxels, **sent),
        many.ask(f"{url}/draft", cookie, "DELETE", **OWN),
        many.ask(f"{url}/finish", cookie, "POST", '{"version": 0, "confirmed": true}', **OWN),
    ):
        assert reply.status == 409
        assert told(reply) == {
            "problem": "Please rate this mask first: it is corrected after that.",
            "stage": "rate",
        }


WRITES = [("PUT", ""), ("PUT", "/draft"), ("DELETE", "/draft"), ("POST", "/finish")]
EVERY = [("GET", ""), ("GET", "/0"), ("GET", "/1"), *WRITES]


@pytest.mark.parametrize(("method", "way"), EVERY)
def test_nobody_else_reaches_a_correction(mask: Correcting, method: str, way: str) -> None:
    mask.put("", painted(mask.voxels, 3, 4), mask.tag)
    body = "{}" if way == "/finish" else mask.voxels if method == "PUT" else None
    if way == "/finish":
        body = '{"version": 1, "confirmed": true}'
    url = correction_url(mask.code) + way
    sent = {**OWN, "If_Match": tag_of(1, mask.voxels)}
    other = mask.server.sign_in("R2")
    unknown = "/corrections/0123456789abcdef" + way
    before = mask.versions()

    nobody = mask.server.ask(url, None, method, body, **sent)
    forged = mask.server.ask(url, "rater=forged", method, body, **sent, X_Rater="R1")
    assert (nobody.status, forged.status) == (401, 401)
    theirs = mask.server.ask(url, other, method, body, **sent)
    missing = mask.server.ask(unknown, other, method, body, **sent)
    assert (theirs.status, missing.status) == (404, 404)
    assert theirs.body == missing.body
    assert mask.server.ask(url, other, method, body, **sent, X_Rater="R1").status == 404
    if method != "GET":
        foreign = mask.server.ask(
            url, mask.cookie, method, body, **sent, Origin="http://evil.example"
        )
        unmarked = mask.server.ask(url, mask.cookie, method, body, If_Match="0-0")
        assert (foreign.status, unmarked.status) == (403, 403)
        assert "did not come from a page" in told(unmarked)["problem"]
    assert mask.versions() == before
    assert mask.server.room.store.corrections.finishings(mask.code) == ()


@pytest.mark.parametrize("version", ["2", "-1", "1.0", "draft", "x", "9" * 5000, "%C2%B2", "01x"])
def test_there_are_no_other_versions(mask: Correcting, version: str) -> None:
    mask.put("", painted(mask.voxels, 3, 4), mask.tag)
    reply = mask.ask("GET", f"/{version}")
    assert (reply.status, list(told(reply))) == (404, ["problem"])


def test_a_store_that_cannot_be_written_acknowledges_nothing(tmp_path: Path) -> None:
    """A table that was taken away stands for a full disk: the driver reports both alike."""
    with served(build_room(tmp_path / "room", correction="optional")) as server:
        mask = Correcting(server)
        changed = painted(mask.voxels, 3, 4)
        assert mask.put("/draft", changed, mask.tag).status == 200
        with sqlite3.connect(server.room.folder / "store.sqlite") as raw:
            for table in ("corrections", "finishings"):
                raw.execute(f"ALTER TABLE {table} RENAME TO away_{table}")
                raw.execute(f"CREATE VIEW {table} AS SELECT * FROM away_{table}")
        raw.close()
        reply = mask.put("?finish=1", changed, tag_of(0, changed))
        assert (reply.status, told(reply)["problem"][:10]) == (503, "NOT saved.")
        found = mask.ask("GET")
        assert (found.status, found.headers["x-draft"]) == (200, "1")
        drafts = server.room.folder / "drafts"
        (drafts / mask.code).unlink()
        reply = mask.ask("POST", "/finish", '{"version": 0, "confirmed": true}')
        assert (reply.status, told(reply)["problem"][:10]) == (503, "NOT saved.")
        drafts.rmdir()
        drafts.write_text("in the way")
        reply = mask.put("/draft", changed, mask.tag)
        assert (reply.status, told(reply)["problem"][:10]) == (503, "NOT saved.")
        with sqlite3.connect(server.room.folder / "store.sqlite") as raw:
            raw.execute("DROP VIEW corrections")
        raw.close()
        reply = mask.ask("GET")
        assert (reply.status, "cannot be read" in told(reply)["problem"]) == (503, True)


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    with served(build_room(tmp_path / "room", correction="optional")) as server:
        mask = Correcting(server)
        voxels, tag = mask.voxels, mask.tag
        for number in range(3):
            voxels = painted(voxels, 3, number)
            reply = mask.put("", voxels, tag)
            server.process.kill()
            assert (reply.status, told(reply)["version"]) == (200, number + 1)
            server.process.start()
            tag = told(reply)["tag"]
            found = mask.ask("GET")
            assert (found.headers["etag"], gzip.decompress(found.body)[352:]) == (
                f'"{tag}"',
                voxels,
            )
        draft = painted(voxels, 2, 9)
        reply = mask.put("/draft", draft, tag)
        server.process.kill()
        server.process.start()
        found = mask.ask("GET")
        assert (found.headers["x-draft"], gzip.decompress(found.body)[352:]) == ("1", draft)
        assert found.headers["etag"] == f'"{told(reply)["tag"]}"'
