"""Signing in and out: invitations, the cookie, and what takes it away."""

from __future__ import annotations

import time
from unittest import mock

from itsdangerous import URLSafeTimedSerializer

from rater_app.web.cookie import HOURS_SIGNED_IN, SignInCookie
from rater_app.web.wrong_invitations import WRONG_ALLOWED, WRONG_WINDOW_S, WrongInvitations
from tests.web.conftest import ServedRoom


def test_an_invitation_sets_a_guarded_cookie_and_leads_to_the_page(server: ServedRoom) -> None:
    reply = server.ask(f"/invite/{server.room.invite('R1')}")
    assert (reply.status, reply.headers["location"]) == (303, "/")
    attributes = reply.headers["set-cookie"].lower()
    assert "httponly" in attributes
    assert "samesite=lax" in attributes
    assert "secure" not in attributes
    cookie = reply.headers["set-cookie"].partition(";")[0]
    assert b'<div id="root">' in server.ask("/", cookie).body


def test_behind_https_the_cookie_is_secure(server: ServedRoom) -> None:
    path = f"/invite/{server.room.invite('R1')}"
    reply = server.ask(path, X_Forwarded_Proto="https")
    assert "secure" in reply.headers["set-cookie"].lower()


def test_an_invitation_can_be_pasted(server: ServedRoom) -> None:
    pasted = f"invitation=http%3A%2F%2Fexample.org%2Finvite%2F{server.room.invite('R2')}"
    reply = server.ask("/sign-in", method="POST", body=pasted)
    assert (reply.status, reply.headers["location"]) == (303, "/")


def test_a_wrong_invitation_is_refused_in_a_sentence(server: ServedRoom) -> None:
    for reply in (
        server.ask("/invite/wrong"),
        server.ask("/sign-in", method="POST", body="invitation=wrong"),
        server.ask("/sign-in", method="POST", body="invitation=" + "x" * 5000),
    ):
        assert reply.status == 403
        assert b"This invitation is not valid" in reply.body
        assert "set-cookie" not in reply.headers


def test_many_wrong_invitations_are_too_many_for_a_while() -> None:
    wrong = WrongInvitations()
    with mock.patch("rater_app.web.wrong_invitations.time.monotonic", return_value=1000.0):
        for number in range(WRONG_ALLOWED):
            assert not wrong.is_too_many("10.0.0.1")
            for _ in range(2):  # the same one again does not count again
                wrong.note("10.0.0.1", f"wrong{number}")
        assert wrong.is_too_many("10.0.0.1")
        assert not wrong.is_too_many("10.0.0.2")
    with mock.patch(
        "rater_app.web.wrong_invitations.time.monotonic", return_value=1001 + WRONG_WINDOW_S
    ):
        assert not wrong.is_too_many("10.0.0.1")


def test_signing_out_takes_the_cookie_away(server: ServedRoom) -> None:
    reply = server.ask("/sign-out", server.sign_in("R1"))
    assert reply.status == 200
    assert "max-age=0" in reply.headers["set-cookie"].lower()


def test_the_next_rater_at_a_browser_ends_the_sign_in_of_the_one_before(
    server: ServedRoom,
) -> None:
    first = server.sign_in("R1")
    assert server.ask(f"/invite/{server.room.invite('R1')}", first).status == 303
    assert server.ask("/", first).status == 200
    assert server.ask(f"/invite/{server.room.invite('R2')}", first).status == 303
    assert server.ask("/", first).status == 401


def test_another_site_cannot_sign_a_rater_out(server: ServedRoom) -> None:
    cookie = server.sign_in("R1")
    reply = server.ask("/sign-out", cookie, Sec_Fetch_Site="cross-site")
    assert (reply.status, reply.headers["location"]) == (303, "/")
    assert "set-cookie" not in reply.headers
    assert server.ask("/", cookie).status == 200


def test_a_tampered_cookie_is_none(server: ServedRoom) -> None:
    name, _, sealed = server.sign_in("R1").partition("=")
    # Not the last character: two of its six bits are no part of the signature's 20 bytes.
    other = sealed[:-2] + ("A" if sealed[-2] != "A" else "B") + sealed[-1]
    foreign = SignInCookie("another secret").seal("R1")
    unsigned = "IlIxIg"
    for value in (other, foreign, unsigned, "", "%00"):
        assert server.ask("/", f"{name}={value}").status == 401


def test_a_cookie_of_a_rater_who_is_not_in_the_study_is_none(server: ServedRoom) -> None:
    cookie = SignInCookie(server.room.session_secret())
    assert server.ask("/", f"{cookie.name}={cookie.seal('R9')}").status == 401


def test_a_cookie_expires() -> None:
    cookie = SignInCookie("secret")
    sealed = cookie.seal("R1")
    assert cookie.read(sealed) == "R1"
    later = time.time() + HOURS_SIGNED_IN * 3600 + 2
    with mock.patch("itsdangerous.timed.time.time", return_value=later):
        assert cookie.read(sealed) is None


def test_a_statement_signed_for_another_purpose_is_no_cookie() -> None:
    other = URLSafeTimedSerializer("secret", salt="another purpose").dumps("R1")
    assert SignInCookie("secret").read(other) is None
