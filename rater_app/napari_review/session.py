"""ReviewSession: one rater's way through the room on this computer, without Qt or napari."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from analysis.volumes import read_image, read_labels
from rater_app.core.progress import Assignment, Progress
from rater_app.core.reading import Answer
from rater_app.core.study import Rater
from rater_app.napari_review.layers import CaseLayers, layer_of
from rater_app.reading_room import OpenReading, ReadingRoom, RoomError


class ReviewSession:
    """The readings of one rater, one after the other.

    Attributes
    ----------
    reading : OpenReading or None
        What the rater judges now.
    layers : CaseLayers or None
        The images of `reading`.
    """

    def __init__(self, room: ReadingRoom, rater: Rater) -> None:
        self.room = room
        self.rater = rater
        self.reading: OpenReading | None = None
        self.layers: CaseLayers | None = None

    @classmethod
    def sign_in(cls, folder: Path, token: str) -> ReviewSession:
        """Enter a room with an invitation.

        Raises
        ------
        RoomError
            When the folder is no room, the invitation is not valid in it, or its masks are
            corrected, which this window cannot do yet.
        """
        try:
            room = ReadingRoom(folder)
        except (ValueError, LookupError, TypeError, OSError) as error:
            raise RoomError(f"{folder} is damaged: ask the coordinator for the room.") from error
        if room.study.plan.is_on:
            room.close()
            raise RoomError("This study corrects masks: open your invitation in a browser.")
        rater = room.invited_rater(token.strip())
        if rater is None:
            room.close()
            raise RoomError("This invitation is not valid here: ask the coordinator for a new one.")
        return cls(room, rater)

    @property
    def progress(self) -> Progress:
        """How many of the rater's readings are done."""
        return self.room.progress(self.rater.id)

    @property
    def channel_names(self) -> tuple[str, ...]:
        """The channels of all cases of the study, each once, in order of appearance."""
        every = (name for case in self.room.study.cases for name in case.channels)
        return tuple(dict.fromkeys(every))

    def next(self) -> OpenReading | None:
        """Open the reading that comes next, or give None when all are done.

        The images are read before the opening is noted: loading is not reading time.

        Raises
        ------
        VolumeError, OSError
            When an image cannot be read; then no reading is open.
        """
        self.reading = self.layers = None
        assignment = self.room.next(self.rater.id)
        if assignment is not None:
            layers = self._load(assignment)
            self.reading = self.room.open(self.rater.id, assignment.code)
            self.layers = layers
        return self.reading

    def keep(self, answers: Sequence[Answer]) -> None:
        """Keep the answers given so far, so that a crash does not lose them."""
        if self.reading is not None:
            given = [answer for answer in answers if not answer.is_empty]
            self.room.save_draft(self.rater.id, self.reading.assignment.code, given)

    def submit(self, answers: Sequence[Answer]) -> None:
        """Submit the open reading; when this returns, it is stored for good.

        Raises
        ------
        RoomError
            As `ReadingRoom.submit`; also when no reading is open.
        """
        if self.reading is None:
            raise RoomError("There is no mask to rate.")
        code = self.reading.assignment.code
        self.room.submit(self.rater.id, code, answers, self.reading.base_revision)
        self.reading = self.layers = None

    def close(self) -> None:
        """Leave the room."""
        self.room.close()

    def _load(self, assignment: Assignment) -> CaseLayers:
        study = self.room.study
        names = study.case(study.mask(assignment.mask).case).channels
        channels = tuple(
            layer_of(name, read_image(self._path(assignment, str(part))))
            for part, name in enumerate(names)
        )
        return CaseLayers(channels, layer_of("mask", read_labels(self._path(assignment, "mask"))))

    def _path(self, assignment: Assignment, part: str) -> Path:
        return self.room.volume_path(self.rater.id, assignment.code, part)
