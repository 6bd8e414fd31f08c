"""Commands around the raters' room: invite, serve, status, demo."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rater_app.cli.ending import fail, say_json, told_plainly
from rater_app.cli.study import AsJson

if TYPE_CHECKING:
    from rater_app.reading_room import ReadingRoom

REPOSITORY = Path(__file__).parents[2]
LOCAL_URL = "http://127.0.0.1:8501"

RoomFolder = Annotated[Path, typer.Argument(metavar="ROOM", help="Room that “prepare” built.")]
Url = Annotated[str, typer.Option(help="Address under which raters reach the server.")]


def invite(
    room: RoomFolder,
    rater: Annotated[
        list[str] | None,
        typer.Option(help="Id of a rater, several times for several; “all” (default) for all."),
    ] = None,
    url: Url = LOCAL_URL,
    as_json: AsJson = False,
) -> None:
    """Make an invitation link for each rater.

    Links are shown once and not stored; a link is a key, so send each to one person.
    """
    with told_plainly():
        _say_links(_invite(room, tuple(rater or ("all",)), url), as_json)


def serve(
    room: RoomFolder,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.", min=1, max=65535)] = 8501,
) -> None:
    """Serve a room to raters' browsers until Ctrl-C."""
    with told_plainly():
        _open(room).close()  # says at once when the folder is no room
        try:
            from rater_app.web.server import serve as serve_room
        except ModuleNotFoundError as error:
            raise fail(
                f"The web part is not installed ({error.name}): "
                "in the checkout, pip install '.[web]'"
            ) from error
        try:
            serve_room(room, host, port)
        except OSError as error:
            raise fail(f"The server cannot listen on {host}:{port} ({error.strerror}).") from error


def status(room: RoomFolder, as_json: AsJson = False) -> None:
    """Show how far each rater is, and when they were last there.

    Answers are not shown.
    """
    with told_plainly():
        reading_room = _open(room)
        try:
            rows = _status(reading_room)
        finally:
            reading_room.close()
    if as_json:
        say_json({"raters": rows})
        return
    width = max(len(row["rater"]) for row in rows)
    for row in rows:
        last = row["last_activity"] or "never"
        aside = f"  {row['set_aside']} readings with something set aside" * bool(row["set_aside"])
        typer.echo(
            f"{row['rater']:<{width}}  {row['done']:>4} of {row['total']:<4}  "
            f"last seen {last}{aside}"
        )


def demo(
    folder: Annotated[Path, typer.Option(help="Where the room and its key go.")] = Path("demo"),
    url: Url = LOCAL_URL,
    as_json: AsJson = False,
) -> None:
    """Prepare the demo study and make a link for each rater.

    A demo that was prepared before is used again.
    """
    with told_plainly():
        room = folder / "room"
        if not room.exists():
            _prepare_demo(folder, room)
        _say_links(_invite(room, ("all",), url), as_json)
    if not as_json:
        typer.echo(f"The links open once the room is served: rater-app serve {room}", err=True)


def _prepare_demo(folder: Path, room: Path) -> None:
    from rater_app.cli.study import prepare_with_progress

    places = (REPOSITORY, Path.cwd())
    studies = [place / "data_samples" / "demo" for place in places]
    study = next((study for study in studies if (study / "study.toml").is_file()), None)
    if study is None:
        raise fail(
            "The demo study is not here: run this command in a copy of the repository, which holds "
            f"it in data_samples/demo (looked for {' and '.join(map(str, studies))})."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise fail(f"{folder} cannot be made ({error.strerror}).") from error
    prepare_with_progress(study, room, folder / "unblinding_key.json")


def _open(room: Path) -> ReadingRoom:
    from rater_app.reading_room import ReadingRoom

    return ReadingRoom(room)


def _invite(room: Path, raters: tuple[str, ...], url: str) -> list[dict[str, str]]:
    reading_room = _open(room)
    try:
        listed = reading_room.study.raters
        wanted = [rater.id for rater in listed] if "all" in raters else list(raters)
        names = {rater.id: rater.name for rater in listed}
        unknown = [rater_id for rater_id in dict.fromkeys(wanted) if rater_id not in names]
        if unknown:  # before a link is made that nobody would see
            raise fail(
                f"The study has no rater {', '.join(f'“{rater_id}”' for rater_id in unknown)}. "
                f"Its raters are: {', '.join(names)}."
            )
        return [
            {
                "rater": rater_id,
                "link": f"{url.rstrip('/')}/invite/{reading_room.invite(rater_id)}",
                "name": names[rater_id],
            }
            for rater_id in wanted
        ]
    finally:
        reading_room.close()


def _say_links(links: list[dict[str, str]], as_json: bool) -> None:
    if as_json:
        say_json({"invitations": links})
        return
    width = max(len(link["name"]) for link in links)
    for link in links:
        typer.echo(f"{link['name']:<{width}}  {link['link']}")


def _status(room: ReadingRoom) -> list[dict[str, Any]]:
    seen: dict[str, str] = {}
    times = [*room.store.openings()]
    times += [(reading.assignment, reading.submitted_at) for reading in room.store.readings()]
    times += [(v.assignment, v.saved_at) for v in room.store.corrections.versions()]
    times += [
        (again.assignment, again.submitted_at) for again in room.store.second_readings.readings()
    ]
    sent = room.store.deliveries.all()
    # What was set aside is activity too; a package may arrive long after it.
    times += [(d.assignment, min(d.details["submitted_at"], d.received_at)) for d in sent]
    for code, at in times:
        seen[code] = max(at, seen.get(code, ""))
    aside = [d.assignment for d in sent if d.outcome == "set aside"]
    rows = []
    for rater in room.study.raters:
        progress = room.progress(rater.id)
        last = max((seen.get(a.code, "") for a in room.assignments(rater.id)), default="")
        rows.append(
            {
                "rater": rater.id,
                "done": progress.done,
                "total": progress.total,
                "last_activity": last[:19] + "+00:00" if last else None,
                "set_aside": sum(a.code in aside for a in room.assignments(rater.id)),
            }
        )
    return rows
