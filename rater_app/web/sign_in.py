"""The plain pages outside the guard: open an invitation, sign in, sign out."""

from __future__ import annotations

from html import escape
from string import Template
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from rater_app.reading_room import ReadingRoom
from rater_app.web.cookie import SignInCookie
from rater_app.web.wrong_invitations import WrongInvitations

_LONGEST_FORM = 4096

_WRONG = "This invitation is not valid, or no longer. Please ask your coordinator for a new link."
_TOO_MANY = "Too many wrong invitations came from here. Please wait five minutes and try again."

_PAGE = Template("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Sign in</title>
<style>
  :root { color-scheme: dark; }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center;
         background: #101215; color: #d9dde2;
         font: 16px/1.55 system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
  main { width: min(26rem, 88vw); }
  h1 { font-size: 1.5rem; font-weight: 600; margin: 0 0 .75rem; }
  p { margin: 0 0 1.25rem; color: #a9b1bb; }
  .problem { color: #f0b8a8; border-left: 3px solid #d5714f; padding-left: .75rem; }
  label { display: block; margin-bottom: .4rem; }
  input { box-sizing: border-box; width: 100%; padding: .65rem .75rem; font: inherit;
          color: inherit; background: #1b1f24; border: 1px solid #2c323a; border-radius: .35rem; }
  button { margin-top: .9rem; padding: .6rem 1.4rem; font: inherit; font-weight: 600;
           color: #0d1720; background: #6fa8dc; border: 0; border-radius: .35rem;
           cursor: pointer; }
  input:focus-visible, button:focus-visible { outline: 2px solid #8fbce6; outline-offset: 2px; }
</style>
</head>
<body>
<main>
  <h1>$heading</h1>
  $problem
  <p>Open the invitation link that you were sent. There is no password.</p>
  <form method="post" action="/sign-in">
    <label for="invitation">Or paste the link here</label>
    <input id="invitation" name="invitation" autocomplete="off" spellcheck="false" required>
    <button>Sign in</button>
  </form>
</main>
</body>
</html>
""")


def sign_in_routes(room: ReadingRoom, cookie: SignInCookie, wrong: WrongInvitations) -> list[Route]:
    """Make the routes /invite/<token>, /sign-in and /sign-out."""

    def admit(request: Request, token: str) -> Response:
        address = request.client.host if request.client else ""
        if wrong.is_too_many(address):
            return _page(problem=_TOO_MANY, status=429)
        rater = room.invited_rater(token)
        if rater is None:
            wrong.note(address, token)
            return _page(problem=_WRONG, status=403)
        before = cookie.of(request.scope) or ""
        if cookie.read(before) != rater.id:
            # Pages that an earlier rater left open in this browser rate no longer.
            cookie.end(before)
        response = RedirectResponse("/", 303)
        cookie.put(response, rater.id, secure=request.url.scheme == "https")
        return response

    def invite(request: Request) -> Response:
        return admit(request, request.path_params["token"])

    async def sign_in(request: Request) -> Response:
        if request.method == "POST":
            return await run_in_threadpool(admit, request, await _pasted_token(request))
        return _page()

    def sign_out(request: Request) -> Response:
        if request.headers.get("sec-fetch-site") == "cross-site":
            return RedirectResponse("/", 303)
        cookie.end(cookie.of(request.scope) or "")
        response = _page(heading="You are signed out")
        cookie.remove(response)
        return response

    return [
        Route("/invite/{token}", invite),
        Route("/sign-in", sign_in, methods=["GET", "POST"]),
        Route("/sign-out", sign_out),
    ]


async def _pasted_token(request: Request) -> str:
    """Read the token from a pasted link, or from a token alone."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LONGEST_FORM:
            return ""
    pasted = parse_qs(body.decode("utf-8", "replace")).get("invitation", [""])[0]
    return pasted.strip().rstrip("/").rpartition("/")[2]


def _page(heading: str = "Sign in", problem: str = "", status: int = 200) -> HTMLResponse:
    shown = f'<p class="problem" role="alert">{escape(problem)}</p>' if problem else ""
    return HTMLResponse(_PAGE.substitute(heading=heading, problem=shown), status)
