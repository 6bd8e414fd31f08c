"""DeskDrafts: what a rater has not submitted yet, on this computer's disk."""

from __future__ import annotations

from pathlib import Path

from rater_app.core.submission import (
    Step,
    Submission,
    WrongSubmission,
    is_code,
    pack_submission,
    unpack_submission,
)
from rater_app.reading_room.kept_files import make_folder, sync_folder, write_for_good


class DeskDrafts:
    """One file for each reading and step, replaced whole or not at all.

    A draft is a submission that was not submitted.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = make_folder(folder / "drafts")
        self._aside = folder / "set_aside"

    def keep(self, draft: Submission, voxels: bytes | None) -> None:
        """Put a draft in the place of the one before; when this returns, it is on the disk.

        Raises
        ------
        OSError
            When it cannot be written; the one before is as it was.
        """
        write_for_good(self._place(draft.code, draft.step), pack_submission(draft, voxels))

    def find(self, code: str, step: Step) -> tuple[Submission, bytes | None] | None:
        """Give the draft of a step with its voxels, or None.

        Raises
        ------
        OSError
            When there is one and it cannot be read: it must not be taken for none.
        """
        place = self._place(code, step)
        try:
            return unpack_submission(place.read_bytes())
        except FileNotFoundError:
            return None
        except WrongSubmission as error:
            raise OSError(f"{place} is damaged ({error}): please tell your coordinator.") from error

    def drop(self, code: str, step: Step) -> None:
        """Throw a draft away, if there is one."""
        self._place(code, step).unlink(missing_ok=True)

    def set_aside(self, code: str, step: Step) -> Path:
        """Move a draft out of the way, and give its new place; nothing is thrown away."""
        folder = make_folder(self._aside)
        place = self._place(code, step)
        taken = {path.name for path in folder.iterdir()}
        number = next(n for n in range(1, 10_000) if f"{place.name}-{n}" not in taken)
        moved = place.replace(folder / f"{place.name}-{number}")
        sync_folder(folder)
        return moved

    def _place(self, code: str, step: Step) -> Path:
        if not is_code(code):
            raise OSError(f"“{code}” is no reading of a study.")
        return self._folder / f"{code}-{step.value}"
