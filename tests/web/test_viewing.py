"""The viewing log over HTTP, against a real server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rater_app.web.viewing import LARGEST_SNAPSHOT, viewing_url
from tests.builders import build_room
from tests.web.conftest import Reply, ServedRoom, served

SNAPSHOT = {
    "mount": "0f3a5b7c9d1e2f30",
    "stage": "rate",
    "active_s": 12.3,
    "idle_s": 0,
    "seen": {"axial": [[0, 4], [7, 7]], "coronal": [], "sagittal": []},
    "slices": {"axial": 12, "coronal": 20, "sagittal": 16},
    "window_changes": 2,
}


def put(
    server: ServedRoom, body: object, rater: str = "R1", owner: str = "R1", **headers: Any
) -> Reply:
    code = server.room.assignments(owner)[0].code
    text = body if isinstance(body, str) else json.dumps(body)
    sent = {"X_Rater_App": "1", **headers}
    sent = {name: value for name, value in sent.items() if value is not None}
    return server.ask(viewing_url(code), server.sign_in(rater), "PUT", text, **sent)


def test_snapshots_are_stored_one_after_the_other(server: ServedRoom) -> None:
    code = server.room.assignments("R1")[0].code
    later = {**SNAPSHOT, "active_s": 20}
    for snapshot in (SNAPSHOT, later):
        reply = put(server, snapshot)
        assert (reply.status, reply.body) == (204, b"")
    stored = server.room.store.viewings.snapshots(code)
    assert [viewing.snapshot for viewing in stored] == [SNAPSHOT, later]
    assert {viewing.mount for viewing in stored} == {SNAPSHOT["mount"]}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400),
        ("{", 400),
        ("[]", 400),
        ("{}", 400),
        ({**SNAPSHOT, "note": "the rater was tired"}, 400),
        ({**SNAPSHOT, "active_s": float("nan")}, 400),
        ("[" * 16000, 400),
        ({**SNAPSHOT, "half \ud83d": 1}, 400),
        ({**SNAPSHOT, "seen": {"axial": [[0, 1]] * 4000}}, 413),
        (" " * (LARGEST_SNAPSHOT + 1), 413),
    ],
)
def test_what_is_no_snapshot_is_refused(server: ServedRoom, body: object, status: int) -> None:
    before = server.room.store.viewings.snapshots()
    reply = put(server, body)
    assert (reply.status, list(json.loads(reply.body))) == (status, ["problem"])
    assert server.room.store.viewings.snapshots() == before


def test_nobody_else_adds_to_the_log(server: ServedRoom) -> None:
    before = server.room.store.viewings.snapshots()
    assert put(server, SNAPSHOT, rater="R2", owner="R1").status == 404
    assert put(server, SNAPSHOT, X_Rater_App=None).status == 403
    assert put(server, SNAPSHOT, Origin="http://evil.example").status == 403
    code = server.room.assignments("R1")[0].code
    nobody = server.ask(viewing_url(code), None, "PUT", json.dumps(SNAPSHOT), X_Rater_App="1")
    assert nobody.status == 401
    assert server.room.store.viewings.snapshots() == before


def test_a_study_may_keep_no_log(tmp_path: Path) -> None:
    with served(build_room(tmp_path / "room", viewing_log=False)) as server:
        assert put(server, SNAPSHOT).status == 204
        assert put(server, SNAPSHOT, rater="R2", owner="R1").status == 404
        assert server.room.store.viewings.snapshots() == ()
