"""What cannot be done in the room, each told in sentences for the person in front of it."""

from __future__ import annotations

from collections.abc import Sequence

from rater_app.core.correction import Stage


class RoomError(Exception):
    """Something that a rater or coordinator asked for cannot be done; the message says why."""


class NotThere(RoomError):
    """A reading of somebody else, or something that does not exist: both sound alike."""


class NotComplete(RoomError):
    """A reading that still lacks answers, with one sentence for each."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class AlreadySubmitted(RoomError):
    """The reading was submitted in another window, or the study allows no second thought."""


class NotSaved(RoomError):
    """The store could not be written; nothing was saved."""

    def __init__(self) -> None:
        super().__init__(
            "NOT saved. The study's store could not be written. Your answers are still here: "
            "please submit again, and tell your coordinator if this stays."
        )


class MaskNotSaved(RoomError):
    """The correction could not be stored; what was stored before is as it was."""

    def __init__(self) -> None:
        super().__init__(
            "NOT saved. The study's store could not be written. Your changes are still on this "
            "page: please save again, and tell your coordinator if this stays."
        )


class NotReadableNow(RoomError):
    """Something that is stored cannot be read."""


class StageError(RoomError):
    """The reading waits for something else; `stage` says for what."""

    def __init__(self, message: str, stage: Stage) -> None:
        super().__init__(message)
        self.stage = stage


class Conflict(RoomError):
    """The mask was changed elsewhere; `tag` and `version` are those of the state there is now."""

    def __init__(self, message: str, tag: str, version: int) -> None:
        super().__init__(message)
        self.tag = tag
        self.version = version


class NotConfirmed(Conflict):
    """The study wants every mask corrected, or the rater's word that this one needs none."""


class WrongMask(RoomError):
    """What was sent is no mask of this image in the labels of this study."""
