"""Desks over HTTP, against a real server that is killed, restarted, and lied about."""

from __future__ import annotations

import http.server
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
import urllib3

from analysis.volumes import Volume, decode_nifti_gz, write_nifti_gz
from rater_app.core.correction import Stage
from rater_app.core.submission import Step
from rater_app.napari_review.layers import layer_of, volume_of
from rater_app.reading_room import VOLUMES, SentMask
from rater_app.study_client import Desk, Refused, Unreachable
from rater_app.study_client.http_client import HttpClient
from rater_app.study_client.voxels import digest_of, packed_of, voxels_of
from tests.builders import build_room
from tests.correcting import GOOD, POOR, candidate_voxels, painted
from tests.napari_review.test_layers import AXIS_ORDERS, _affine
from tests.submitting import correction, made, rating, sha256
from tests.web.conftest import ServedRoom, served

LONGEST_S = 30.0


def enter(server: ServedRoom, rater: str = "R1") -> HttpClient:
    return HttpClient(f"{server.url}/invite/{server.room.invite(rater)}")


def test_a_whole_reading_over_http(served_room: ServedRoom, tmp_path: Path) -> None:
    room = served_room.room
    client = enter(served_room)
    assert client.study.rater.name == "Dr One"
    assert client.study.channels == ("T1", "T2")
    desk = Desk(client, tmp_path / "desk", (0.05,))
    task = desk.next()
    assert task is not None
    code = task.assignment.code
    volumes = desk.volumes(task)
    for part, channel in enumerate(volumes.channels):
        stored = decode_nifti_gz(
            room.volume_path("R1", code, str(part)).read_bytes(), Path("stored")
        )
        np.testing.assert_array_equal(channel.array, stored.array)
        np.testing.assert_array_equal(channel.affine, stored.affine)
    assert voxels_of(volumes.mask.array) == candidate_voxels(room, code)
    desk.submit(rating(code))
    voxels = painted(candidate_voxels(room, code), 2, 100)
    desk.submit(*correction(room, code, voxels))
    assert desk.flush(LONGEST_S)
    task = desk.next()
    assert task is not None
    assert (task.stage, task.assignment.version) == (Stage.RATE_AGAIN, 1)
    assert voxels_of(desk.volumes(task).mask.array) == voxels
    desk.submit(made(Step.SECOND_RATING, code, answers=POOR, version=1))
    assert desk.flush(LONGEST_S)
    desk.close()
    assert room.progress("R1").done == 1
    assert room.store.corrections.versions(code)[0].sha256 == sha256(voxels)


def test_a_draft_of_the_browser_and_half_a_form_are_found(served_room: ServedRoom) -> None:
    room, client = served_room.room, enter(served_room)
    code = room.assignments("R1")[0].code
    room.save_draft("R1", code, GOOD)
    task = client.next()
    assert task is not None
    assert task.answers == GOOD
    room.submit("R1", code, GOOD, 0)
    draft = painted(candidate_voxels(room, code), 3, 50)
    submission, _ = correction(room, code, draft)
    kept = room.corrections.keep_draft(
        "R1", code, SentMask(draft, is_packed=False), submission.tag, submission.effort
    )
    task = client.next()
    assert task is not None
    volumes = client.volumes(task)
    assert (volumes.tag, volumes.effort) == (kept.tag, submission.effort)
    assert voxels_of(volumes.mask.array) == draft
    client.close()


def test_a_killed_server_costs_nothing(served_room: ServedRoom, tmp_path: Path) -> None:
    room = served_room.room
    desk = Desk(enter(served_room), tmp_path / "desk", (0.05,))
    task = desk.next()
    assert task is not None
    code = task.assignment.code
    ahead = desk.next(skip=code)
    assert ahead is not None
    served_room.process.kill()
    desk.submit(rating(code))
    voxels = painted(candidate_voxels(room, code), 2, 100)
    desk.submit(*correction(room, code, voxels))
    desk.submit(made(Step.SECOND_RATING, code, answers=POOR, version=1))
    assert not desk.flush(0.3)
    assert desk.state.problem == "The study's server cannot be reached."
    # What was heard of before is gone on with; its images were fetched ahead.
    following = desk.next()
    assert following is not None
    assert following.assignment == ahead.assignment
    with pytest.raises(Unreachable, match="cannot be reached"):
        desk.volumes(following)
    served_room.process.start()
    assert desk.flush(LONGEST_S)
    assert (desk.state.waiting, desk.state.problem) == (0, "")
    desk.close()
    assert room.store.corrections.versions(code)[0].sha256 == sha256(voxels)
    assert len(room.store.deliveries.all()) == 3


def test_what_the_server_refuses_is_refused(served_room: ServedRoom) -> None:
    client = enter(served_room)
    with pytest.raises(Refused, match="not one of yours"):
        client.submit(rating(served_room.room.assignments("R2")[0].code), None)
    client.close()


@pytest.mark.parametrize(
    "link",
    [
        "",
        "http://",
        "ftp://a/invite/b",
        "http://127.0.0.1/sign-in",
        "http://host/invite/",
        "http://[::1/invite/abc",
        "http://host:port/invite/abc",
        "http://host/invite/SECRET…",  # as programs of mail shorten links
        "http://host/invite/SECRET and more",
    ],
)
def test_what_is_no_link_is_told_so(link: str) -> None:
    with pytest.raises(Refused, match="no invitation link") as raised:
        HttpClient(link)
    assert "SECRET" not in repr([raised.value, raised.value.__cause__])


def test_a_wrong_invitation_is_told_in_the_words_of_the_server(served_room: ServedRoom) -> None:
    with pytest.raises(Unreachable, match="not valid, or no longer"):
        HttpClient(f"{served_room.url}/invite/wrong")


def test_a_token_is_in_no_message(served_room: ServedRoom, caplog) -> None:
    token = served_room.room.invite("R1")
    client = HttpClient(f"{served_room.url}/invite/{token}")
    served_room.process.kill()
    with caplog.at_level(0), pytest.raises(Unreachable) as raised:
        client.submit(rating("a1"), None)
    chain = [raised.value, raised.value.__cause__]
    assert token not in caplog.text + repr(client) + repr(vars(client)) + repr(chain)
    client.close()
    served_room.process.start()


@contextmanager
def answering(status: int, body: bytes, **headers: str) -> Iterator[str]:
    """Serve the same answer to everything, as something that is no study would."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        do_PUT = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (200, b"<html>login</html>", "unreadable"),
        (200, b"[]", "unreadable"),
        (302, b"", "sends elsewhere"),
        (404, b"nothing here", "Something answered 404"),
        (503, json.dumps({"problem": "In repair."}).encode(), "In repair"),
    ],
)
def test_what_is_no_study_is_told_so(status: int, body: bytes, words: str) -> None:
    with (
        answering(status, body, Location="http://127.0.0.1:1/") as address,
        pytest.raises(Unreachable, match=words),
    ):
        HttpClient(f"{address}/invite/abc")


def test_a_slow_line_is_no_dead_one(served_room: ServedRoom) -> None:
    """Pieces of a submission have time of their own; in one piece it would be cut off for ever."""
    client = enter(served_room)
    sizes: list[int] = []

    class Line:
        """What a connection is made of, as far as sending goes."""

        def __init__(self, line: socket.socket) -> None:
            self._line = line

        def sendall(self, content: bytes) -> None:
            sizes.append(len(content))
            self._line.sendall(content)

        def __getattr__(self, name: str) -> object:
            return getattr(self._line, name)

    create = urllib3.util.connection.create_connection
    with mock.patch(
        "urllib3.util.connection.create_connection", lambda *a, **k: Line(create(*a, **k))
    ):
        client.close()
        with pytest.raises(Refused, match="not one of yours"):
            client.submit(rating("a1"), bytes(200_000))
    client.close()
    assert sum(sizes) > 200_000
    assert max(sizes) <= 1 << 16


def test_odd_news_do_not_replace_what_was_heard(served_room: ServedRoom) -> None:
    client = enter(served_room)
    heard = client.status()
    odd = {"readings": [{**asdict(heard[0]), "code": "../a"}]}
    with mock.patch.object(client, "_json", return_value=odd), pytest.raises(Unreachable):
        client.status()
    served_room.process.kill()
    assert client.status() == heard
    client.close()
    served_room.process.start()


def oblique() -> np.ndarray:
    turn = np.eye(4)
    turn[:3, :3] = [[0.8, -0.6, 0], [0.36, 0.48, 0.8], [-0.48, -0.64, 0.6]]
    return turn @ _affine((1, 2, 0), (-1.0, 1.0, -1.0))


def test_a_mask_comes_back_in_its_own_grid_whatever_its_axes(tmp_path: Path) -> None:
    affines = [*(_affine(*case) for case in AXIS_ORDERS), oblique()]
    room = build_room(
        tmp_path / "room", cases=len(affines), masks_per_case=1, correction="required"
    )
    shape = (4, 5, 6)
    rng = np.random.default_rng(3)
    for case, affine in zip(room.study.cases, affines, strict=True):
        mask = next(mask for mask in room.study.masks if mask.case == case.code)
        for name in (*case.volumes, mask.volume):
            array = rng.integers(0, 4, shape).astype(np.uint8)
            write_nifti_gz(room.folder / VOLUMES / name, Volume(array, affine))
    with served(room) as server:
        client = enter(server)
        desk = Desk(client, tmp_path / "desk", (0.05,))
        while (task := desk.next()) is not None:
            code = task.assignment.code
            volumes = desk.volumes(task)
            layer = layer_of("mask", volumes.mask)
            place = (layer.array.shape[0] - 1, 1, 2)  # z, y, x: next to the head
            layer.array[place] = (layer.array[place] + 1) % 4
            after = volume_of(layer).array
            desk.submit(rating(code))
            stored = volumes.mask.array
            desk.submit(
                made(
                    Step.CORRECTION,
                    code,
                    tag=f"0-{digest_of(stored)[:16]}",
                    input_sha256=digest_of(stored),
                    output_sha256=digest_of(after),
                    shape=stored.shape,
                    spacing_mm=(1.0, 2.0, 3.0),
                ),
                packed_of(after),
            )
            assert desk.flush(LONGEST_S)
            _check_stored(room, code, volumes.mask)
        desk.close()
    assert len(room.store.corrections.versions()) == len(affines)


def _check_stored(room, code: str, before: Volume) -> None:
    """One voxel differs: the uppermost of its column, second from behind, third from the left."""
    packed = room.corrections.version_volume("R1", code, 1)
    stored = decode_nifti_gz(packed, Path("stored"))
    np.testing.assert_array_equal(stored.affine, before.affine)
    (changed,) = np.argwhere(stored.array != before.array)
    axes = before.affine[:3, :3] / np.linalg.norm(before.affine[:3, :3], axis=0)
    order = np.abs(axes).argmax(axis=1)
    ups = [axes[world, axis] > 0 for world, axis in enumerate(order)]
    counted = [
        changed[axis] if up else before.array.shape[axis] - 1 - changed[axis]
        for axis, up in zip(order, ups, strict=True)
    ]
    assert counted[:2] == [2, 1]
    assert counted[2] == before.array.shape[order[2]] - 1
