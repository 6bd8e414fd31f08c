"""Everything that is wrong with a study, collected so that it can be told all at once."""

from __future__ import annotations

from collections.abc import Sequence


class StudyError(ValueError):
    """A study that cannot be used; `problems` lists everything that is wrong with it."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class InTheWay(Exception):
    """Something outside of the study keeps a command from its work; the message says what."""


class StudyProblems:
    """Collects problems and warnings, each with its file and line."""

    def __init__(self) -> None:
        self._problems: list[tuple[str, int, str]] = []
        self._warnings: list[tuple[str, int, str]] = []

    def __bool__(self) -> bool:
        return bool(self._problems)

    def add(self, file: str, sentence: str, line: int = 0) -> None:
        """Note what keeps the study from being used."""
        self._problems.append((file, line, sentence))

    def warn(self, file: str, sentence: str, line: int = 0) -> None:
        """Note what the coordinator should look at."""
        self._warnings.append((file, line, sentence))

    @property
    def sentences(self) -> tuple[str, ...]:
        """The problems by file and line; lines with the same problem share a sentence."""
        return _told(self._problems)

    @property
    def warnings(self) -> tuple[str, ...]:
        """The warnings by file and line."""
        return _told(self._warnings)


_FILES = ("study.toml", "images.csv", "masks.csv", "references.csv")


def _told(noted: Sequence[tuple[str, int, str]]) -> tuple[str, ...]:
    lines: dict[tuple[str, str], list[int]] = {}
    order = {file: place for place, file in enumerate(_FILES)}
    for file, line, sentence in sorted(noted, key=lambda n: (order.get(n[0], 9), n[0], n[1])):
        lines.setdefault((file, sentence), []).append(line)
    return tuple(
        f"{file}{_where(sorted(set(found)))}: {sentence}"
        for (file, sentence), found in lines.items()
    )


def _where(lines: Sequence[int], shown: int = 5) -> str:
    if not any(lines):
        return ""
    named = ", ".join(map(str, lines[:shown]))
    more = f" and {len(lines) - shown} more" if len(lines) > shown else ""
    return f", {'line' if len(lines) == 1 else 'lines'} {named}{more}"
