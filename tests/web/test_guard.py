from __future__ import annotations

import gzip
import json

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.web.conftest import ServedRoom

INNER_PATHS = [
    "/",
    "/guide",
    "/static/js/index.js",
    "/_stcore/metrics",
    "/_stcore/agent/openapi.json",
    "/_stcore/bidi-components/rater-app.viewer/index.js",
    "/media/abc.png",
    "/component/x/index.html",
    "/volumes/abc/0",
    "/invite/",
    "/sign-in/../guide",
]


@pytest.mark.parametrize("path", INNER_PATHS)
def test_nothing_is_open_without_a_cookie(server: ServedRoom, path: str) -> None:
    reply = server.ask(path)
    assert (reply.status, reply.body.startswith(b"You are not signed in")) == (401, True)


@pytest.mark.parametrize("path", ["/", "/guide", "/volumes/abc/0"])
def test_a_page_without_a_cookie_leads_to_sign_in(server: ServedRoom, path: str) -> None:
    reply = server.ask(path, Accept="text/html,*/*")
    assert (reply.status, reply.headers["location"]) == (303, "/sign-in")


def test_health_and_sign_in_are_open(server: ServedRoom) -> None:
    assert server.ask("/_stcore/health").status == 200
    assert b"Open the invitation link" in server.ask("/sign-in").body


def test_signing_out_counts_in_every_window(server: ServedRoom) -> None:
    ended, other = server.sign_in("R1"), server.sign_in("R1")
    with _socket(server, ended) as socket:
        _session_id(socket)
        server.ask("/sign-out", ended)
        assert server.ask("/", ended).status == 401
        socket.send(BackMsg(rerun_script={}).SerializeToString())
        with pytest.raises(ConnectionClosed):
            _read_until_closed(socket)
    assert server.ask("/", other).status == 200


def test_an_open_page_without_a_valid_cookie_learns_what_to_do(server: ServedRoom) -> None:
    reply = server.ask("/_stcore/host-config")
    assert reply.status == 401
    assert "Open your invitation link in a new tab" in json.loads(reply.body)


def test_a_rater_gets_the_bytes_of_own_volumes(server: ServedRoom) -> None:
    cookie = server.sign_in("R1")
    code = server.room.assignments("R1")[0].code
    for part in ("0", "1", "mask"):
        reply = server.ask(f"/volumes/{code}/{part}", cookie)
        assert reply.status == 200
        assert reply.body == server.room.volume_path("R1", code, part).read_bytes()
        assert gzip.decompress(reply.body)[344:347] == b"n+1"  # the magic of NIfTI-1
        assert reply.headers["content-encoding"] == "gzip"
        assert reply.headers["content-type"] == "application/octet-stream"
        assert reply.headers["cache-control"] == "no-store"
        # Neither tells in which order the files were made.
        assert not {"last-modified", "etag"} & reply.headers.keys()


def test_others_codes_look_as_if_they_did_not_exist(server: ServedRoom) -> None:
    cookie = server.sign_in("R1")
    own = server.room.assignments("R1")[0].code
    others = server.room.assignments("R2")[0].code
    answers = {
        (reply.status, reply.body)
        for path in (
            f"/volumes/{others}/0",
            f"/volumes/{others}/mask",
            "/volumes/0123456789abcdef/0",
            f"/volumes/{own}/2",
            f"/volumes/{own}/...",
            f"/volumes/{own}/00",
            f"/volumes/{own}/{'9' * 5000}",
            f"/volumes/{own}/%C2%B2",
        )
        for reply in [server.ask(path, cookie)]
    }
    assert answers == {(404, b"There is no such image.")}


@pytest.mark.parametrize("header", ["x-rater", "X-Rater", "x_rater", "X-Rater-Id"])
def test_a_forged_identity_header_is_ignored(server: ServedRoom, header: str) -> None:
    others = server.room.assignments("R2")[0].code
    cookie = server.sign_in("R1")
    assert server.ask(f"/volumes/{others}/0", None, **{header: "R2"}).status == 401
    assert server.ask(f"/volumes/{others}/0", cookie, **{header: "R2"}).status == 404


def test_another_site_cannot_post_nor_open_a_socket(server: ServedRoom) -> None:
    invitation = f"invitation={server.room.invite('R1')}"
    for origin in ("http://evil.example", "null"):
        reply = server.ask("/sign-in", method="POST", body=invitation, Origin=origin)
        assert reply.status == 403
        assert "set-cookie" not in reply.headers
        with pytest.raises(InvalidStatus, match="403"):
            _socket(server, server.sign_in("R1"), origin=origin)
    reply = server.ask("/sign-in", method="POST", body=invitation, Origin=server.url)
    assert reply.status == 303


def test_the_socket_needs_the_cookie(server: ServedRoom) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        _socket(server, None)
    with pytest.raises(InvalidStatus, match="403"):
        _socket(server, "rater=forged", x_rater="R1")
    with _socket(server, server.sign_in("R1")) as socket:
        assert _session_id(socket)


def test_a_session_cannot_be_taken_over_by_another_rater(server: ServedRoom) -> None:
    with _socket(server, server.sign_in("R1")) as first:
        session_id = _session_id(first)
    with _socket(server, server.sign_in("R1"), session_id=session_id) as same:
        assert _session_id(same) == session_id
    with _socket(server, server.sign_in("R2"), session_id=session_id) as other:
        assert _session_id(other) != session_id


def test_only_page_messages_reach_streamlit(server: ServedRoom) -> None:
    with _socket(server, server.sign_in("R1")) as socket:
        _session_id(socket)
        for unwelcome in (BackMsg(clear_cache=True), BackMsg(load_git_info=True)):
            socket.send(unwelcome.SerializeToString())
        # Streamlit would close the socket of a client that sends this; the guard drops it.
        socket.send(b"not a message")
        socket.send(BackMsg(rerun_script={}).SerializeToString())
        while _received(socket).WhichOneof("type") != "script_finished":
            pass


def test_streamlits_other_doors_are_shut_for_raters_too(server: ServedRoom) -> None:
    cookie = server.sign_in("R1")
    for path in ("/_stcore/metrics", "/_stcore/agent/openapi.json"):
        assert server.ask(path, cookie).status == 403
    upload = server.ask("/_stcore/upload_file/a/b", cookie, method="PUT", body="x")
    assert upload.status == 403


def test_every_answer_carries_the_protecting_headers(server: ServedRoom) -> None:
    cookie = server.sign_in("R1")
    for reply in (
        server.ask("/sign-in"),
        server.ask("/", cookie),
        server.ask("/guide"),
        server.ask("/volumes/x/0", cookie),
    ):
        policy = reply.headers["content-security-policy"]
        assert "default-src 'self'; script-src 'self' 'sha256-" in policy
        assert "http" not in policy
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["referrer-policy"] == "no-referrer"
        assert reply.headers["cache-control"] == "no-store"
    component = server.ask("/_stcore/bidi-components/rater-app.viewer/index.js", cookie)
    assert component.headers["cache-control"] == "no-cache"


def _socket(
    server: ServedRoom,
    cookie: str | None,
    origin: str | None = None,
    session_id: str | None = None,
    **headers: str,
) -> ClientConnection:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    if cookie:
        sent["Cookie"] = cookie
    subprotocols = ["streamlit", "token", *([session_id] if session_id else [])]
    return connect(
        f"ws://{server.address}/_stcore/stream",
        additional_headers=sent,
        origin=origin,  # type: ignore[arg-type]
        subprotocols=subprotocols,  # type: ignore[arg-type]
        max_size=None,
    )


def _read_until_closed(socket: ClientConnection) -> None:
    while True:
        socket.recv(timeout=30)


def _received(socket: ClientConnection) -> ForwardMsg:
    message = ForwardMsg()
    try:
        message.ParseFromString(socket.recv(timeout=30))
    except ConnectionClosed as error:
        raise AssertionError("the server closed the socket") from error
    return message


def _session_id(socket: ClientConnection) -> str:
    """Ask for a run, as a page does when it opens, and give the session that answers."""
    socket.send(BackMsg(rerun_script={}).SerializeToString())
    while True:
        message = _received(socket)
        if message.WhichOneof("type") == "new_session":
            return str(message.new_session.initialize.session_id)
