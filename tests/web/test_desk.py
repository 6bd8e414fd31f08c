"""The routes of desks, against a real server."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from rater_app.core.submission import pack_submission
from rater_app.reading_room import ReadingRoom
from rater_app.store import NotReadable
from rater_app.web.desk import LARGEST_SUBMISSION
from rater_app.web.desk_pass import DeskPass
from rater_app.web.wrong_invitations import WRONG_ALLOWED, WrongInvitations
from tests.blinding_search import find_secrets
from tests.builders import build_room
from tests.correcting import POOR, candidate_voxels, painted
from tests.submitting import correction, rating
from tests.web.conftest import Reply, ServedRoom, served

OWN = {"X_Rater_App": "1"}


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedRoom]:
    """One server for all tests here; each rates a mask of its own."""
    folder = tmp_path_factory.mktemp("desks") / "room"
    built = build_room(folder, cases=4, masks_per_case=4, correction="optional", rate_again=True)
    with served(built) as started:
        yield started


class DeskAtServer:
    """What a desk asks, as it stands."""

    def __init__(self, server: ServedRoom, rater: str = "R1") -> None:
        self.server = server
        self.token = server.room.invite(rater)
        undone = [a for a in server.room.assignments(rater) if not a.is_done]
        self.code = undone[0].code

    def ask(self, way: str, method: str = "GET", body: bytes | None = None) -> Reply:
        bearer = {"Authorization": f"Bearer {self.token}", **OWN}
        return self.server.ask(f"/desk{way}", None, method, body, **bearer)

    def put(self, submission, voxels=None) -> Reply:
        body = pack_submission(submission, voxels)
        return self.ask(f"/submissions/{submission.id}", "PUT", body)


@pytest.fixture
def desk(many: ServedRoom) -> DeskAtServer:
    return DeskAtServer(many)


WAYS = (
    "/desk/study",
    "/desk/status",
    "/desk/readings/{code}",
    "/desk/readings/{code}/volumes/mask",
)


@pytest.mark.parametrize("way", WAYS)
def test_nothing_is_open_without_an_invitation(many: ServedRoom, desk: DeskAtServer, way) -> None:
    path = way.format(code=desk.code)
    assert desk.ask(path.removeprefix("/desk")).status == 200
    for headers in ({}, {"Authorization": "Bearer x"}, {"Authorization": f"Basic {desk.token}"}):
        reply = many.ask(path, None, **headers)
        assert reply.status == 401
        assert "not valid" in json.loads(reply.body)["problem"]
    # A cookie is sent by a browser, whatever page asks it to.
    assert many.ask(path, many.sign_in("R1")).status == 401
    assert many.ask(path, None, X_Rater="R1").status == 401


def test_an_invitation_opens_no_page_and_no_route_of_browsers(
    many: ServedRoom, desk: DeskAtServer
) -> None:
    bearer = {"Authorization": f"Bearer {desk.token}"}
    for path in ("/", f"/volumes/{desk.code}/0", f"/corrections/{desk.code}"):
        assert many.ask(path, None, **bearer).status in (401, 303)


def test_an_invitation_opens_no_page_under_the_desk_and_no_socket(
    many: ServedRoom, desk: DeskAtServer
) -> None:
    for method, way in (("GET", "/nothing"), ("GET", "/static/js/index.js"), ("PUT", "/study")):
        reply = desk.ask(way, method)
        assert (reply.status, "of your version" in reply.body.decode()) == (404, True)
    for path in ("/_stcore/stream", "/desk/_stcore/stream"):
        with pytest.raises(InvalidStatus, match="403"):
            connect(
                f"ws://{many.address}{path}",
                additional_headers={"Authorization": f"Bearer {desk.token}"},
            )


def test_an_expired_invitation_is_none(many: ServedRoom) -> None:
    desk = DeskAtServer(many)
    desk.token = many.room.invite("R1", days=0)
    assert desk.ask("/study").status == 401


def test_nobody_tries_many_invitations() -> None:

    wrong = WrongInvitations()
    seen: list[str] = []
    tokens = [b"x%d" % number for number in range(WRONG_ALLOWED + 1)]

    def invited(token: str) -> None:
        seen.append(token)

    desks = DeskPass(invited, wrong)
    assert _knock(desks, tokens) == [401] * WRONG_ALLOWED + [429]
    assert len(seen) == WRONG_ALLOWED + 1


def test_a_desk_with_an_old_invitation_does_not_shut_out_its_colleagues() -> None:
    wrong = WrongInvitations()
    desks = DeskPass(lambda _token: None, wrong)
    assert set(_knock(desks, [b"old"] * (2 * WRONG_ALLOWED))) == {401}
    assert not wrong.is_too_many("10.0.0.1")


def test_a_store_that_cannot_be_read_is_no_wrong_invitation() -> None:
    wrong = WrongInvitations()

    def invited(_token: str) -> None:
        raise NotReadable

    assert _knock(DeskPass(invited, wrong), [b"x"]) == [503]


def _knock(desks: DeskPass, tokens: list[bytes]) -> list[int]:
    async def knock() -> list[int]:
        scopes = [
            {
                "type": "http",
                "client": ("10.0.0.1", 1),
                "headers": [(b"authorization", b"Bearer " + token)],
            }
            for token in tokens
        ]
        return [(await desks.rater_or_refusal(scope)).status_code for scope in scopes]

    return asyncio.run(knock())


def test_others_readings_are_answered_as_unknown_ones(many: ServedRoom, desk: DeskAtServer) -> None:
    others = many.room.assignments("R2")[0].code
    answers = {
        (reply.status, reply.body.replace(code.encode(), b""))
        for code in (others, "0" * 16)
        for way in ("", "/volumes/mask", "/correction", "/versions/0")
        for reply in [desk.ask(f"/readings/{code}{way}")]
    }
    assert answers == {(404, b'{"problem":"This reading is not one of yours."}')}
    assert desk.put(rating(others)).status == 404


def test_a_submission_is_stored_once(many: ServedRoom, desk: DeskAtServer) -> None:
    sent = rating(desk.code)
    replies = [desk.put(sent) for _ in range(2)]
    assert {(r.status, r.body) for r in replies} == {
        (
            200,
            json.dumps(
                {"id": sent.id, "outcome": "stored", "problem": ""}, separators=(",", ":")
            ).encode(),
        )
    }
    assert len(many.room.store.readings(desk.code)) == 1
    late = desk.put(rating(desk.code, POOR))
    assert json.loads(late.body)["outcome"] == "set aside"


def test_what_is_wrong_is_told_in_a_sentence(many: ServedRoom, desk: DeskAtServer) -> None:
    desk.put(rating(desk.code))
    before = candidate_voxels(many.room, desk.code)
    mine, packed = correction(many.room, desk.code, painted(before, 2, 100), input_sha256="0" * 64)
    sent = rating(desk.code)
    way = f"/submissions/{sent.id}"
    for reply, status, words in (
        (desk.put(mine, packed), 422, "changed on its way"),
        (desk.ask(way, "PUT", b"{}\n"), 422, "same version of rater-app"),
        (desk.ask(way, "PUT", b"x"), 422, "cut off"),
        (desk.ask("/submissions/" + "0" * 32, "PUT", pack_submission(sent, None)), 400, "number"),
        (desk.ask(way, "PUT", b"x" * (LARGEST_SUBMISSION + 1)), 413, "larger"),
        (desk.ask(f"/readings/{desk.code}/versions/7"), 404, "no such version"),
        (desk.ask(f"/readings/{desk.code}/volumes/9"), 404, "no such image"),
    ):
        assert (reply.status, words in reply.body.decode()) == (status, True), reply
    assert many.room.store.corrections.versions(desk.code) == ()


def test_a_correction_waits_for_its_rating(desk: DeskAtServer) -> None:
    reply = desk.ask(f"/readings/{desk.code}/correction")
    assert (reply.status, json.loads(reply.body)["stage"]) == (409, "rate")


def test_a_desk_learns_nothing_that_is_not_for_its_rater(
    many: ServedRoom, desk: DeskAtServer
) -> None:
    room: ReadingRoom = many.room
    ways = ["/study", "/status"]
    for reading in room.assignments("R1"):
        parts = ("", "/volumes/0", "/volumes/1", "/volumes/mask", "/versions/0", "/correction")
        ways += [f"/readings/{reading.code}{part}" for part in parts]
    replies = {way: desk.ask(way) for way in ways}
    told = {way: str(reply.headers).encode() + reply.body for way, reply in replies.items()}
    secrets = [
        *(mask.code for mask in room.study.masks),
        *(mask.volume for mask in room.study.masks),
        *(case.code for case in room.study.cases),
        *(volume for case in room.study.cases for volume in case.volumes),
        *(a.code for a in room.assignments("R2")),
        "Dr Two",
        room.session_secret(),
        str(room.folder),
        desk.token,
    ]
    assert find_secrets(secrets, told) == []
    assert {r["replicate"] for r in json.loads(replies["/status"].body)["readings"]} == {0}
    assert {r["mask"] for r in json.loads(replies["/status"].body)["readings"]} == {""}
