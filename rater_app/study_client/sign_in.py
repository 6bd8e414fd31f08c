"""Which way leads to a study: told from what a rater was given."""

from __future__ import annotations

from pathlib import Path

from rater_app.study_client.client import Refused, StudyClient
from rater_app.study_client.room_client import RoomClient

_WHAT = "Please give your invitation link, a work package, or the folder of a room."


def needs_invitation(address: str) -> bool:
    """Whether an address is a folder, which takes an invitation besides."""
    return not _is_link(address) and bool(address.strip()) and Path(address.strip()).is_dir()


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
    address = address.strip().strip('"')
    if not address:
        raise Refused(_WHAT)
    if _is_link(address):
        from rater_app.study_client.http_client import HttpClient

        return HttpClient(address)
    place = Path(address).expanduser()
    if place.is_dir():
        return RoomClient.sign_in(place, invitation)
    if place.is_file():
        from rater_app.study_client.package_client import PackageClient

        return PackageClient(place)
    raise Refused(f"“{address}” is not there. {_WHAT}")


def _is_link(address: str) -> bool:
    return address.strip().lower().startswith(("http://", "https://"))
