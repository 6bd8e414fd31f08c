"""Which way leads to a study: told from what a rater was given."""

from __future__ import annotations

from pathlib import Path

from rater_app.study_client.client import Refused, StudyClient
from rater_app.study_client.room_client import RoomClient

_WHAT = "Please give your invitation link, a work package, or the folder of a room."
_SHOWN = 200


def needs_invitation(address: str) -> bool:
    """Whether an address is a folder, which takes an invitation besides."""
    address = _bare(address)
    place = None if _is_link(address) else _place(address)
    return place is not None and place.is_dir()


def sign_in(address: str, invitation: str = "") -> StudyClient:
    """Enter a study.

    Parameters
    ----------
    address : str
        An invitation link, the path of a work package, or the folder of a room on this computer.
    invitation : str
        For a room: the link, or the token that it ends with.

    Raises
    ------
    Refused
        When it is none of these, or the invitation is not valid.
    Unreachable
        When the server does not answer.
    """
    address = _bare(address)
    if not address:
        raise Refused(_WHAT)
    if _is_link(address):
        from rater_app.study_client.http_client import HttpClient

        return HttpClient(address)
    place = _place(address)
    if place is not None and place.is_dir():
        return RoomClient.sign_in(place, invitation)
    if place is not None and place.is_file():
        from rater_app.study_client.package_client import PackageClient

        return PackageClient(place)
    raise Refused(f"“{address[:_SHOWN]}” is not there. {_WHAT}")


def _bare(address: str) -> str:
    return address.strip().strip('"')


def _place(address: str) -> Path | None:
    """Give what is at a path on this computer, or None."""
    try:
        place = Path(address).expanduser()
        there = bool(address) and place.exists()
    except (OSError, ValueError, RuntimeError):  # no path at all, such as a whole mail
        return None
    return place if there else None


def _is_link(address: str) -> bool:
    return address.lower().startswith(("http://", "https://"))
