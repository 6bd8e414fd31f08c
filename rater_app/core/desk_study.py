"""The study as one rater's desk knows it: no codes of masks, no other raters, no file names."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from rater_app.core.correction import CorrectionPlan, CorrectionRule
from rater_app.core.instrument import Instrument
from rater_app.core.reading import Question, questions
from rater_app.core.study import BlindedStudy, Label, RatedStructure, Rater


@dataclass(frozen=True)
class DeskStudy:
    """What a desktop needs to show masks of a study and to ask about them.

    `channels` are those of all cases, each once, in order of appearance; `id` tells two studies
    apart.
    """

    id: str
    title: str
    simulated: bool
    rater: Rater
    instrument: Instrument
    structures: tuple[RatedStructure, ...]
    labels: tuple[Label, ...]
    channels: tuple[str, ...]
    ct: bool = False
    correction: str = CorrectionRule.OFF.value
    rate_again: bool = False
    guide: str = ""

    @property
    def plan(self) -> CorrectionPlan:
        """What follows the rating of a mask."""
        return CorrectionPlan(CorrectionRule(self.correction), self.rate_again)

    @property
    def questions(self) -> tuple[Question, ...]:
        """What is asked about each mask, in order."""
        return questions(self.instrument, self.structures)

    def to_dict(self) -> dict[str, Any]:
        """Give the study as plain values that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> DeskStudy:
        """Build a study from the plain values of `to_dict`.

        Raises
        ------
        ValueError, LookupError, TypeError
            When they are none.
        """
        return cls(
            id=str(data["id"]),
            title=data["title"],
            simulated=data["simulated"],
            rater=Rater(**data["rater"]),
            instrument=Instrument.from_dict(data["instrument"]),
            structures=tuple(
                RatedStructure(entry["name"], entry["title"], tuple(entry["labels"]))
                for entry in data["structures"]
            ),
            labels=tuple(Label(**entry) for entry in data["labels"]),
            channels=tuple(data["channels"]),
            ct=data["ct"],
            correction=CorrectionRule(data["correction"]).value,
            rate_again=data["rate_again"],
            guide=data["guide"],
        )


def desk_study(study: BlindedStudy, rater: Rater, study_id: str) -> DeskStudy:
    """Take from a study what the desk of one rater may know."""
    every = (name for case in study.cases for name in case.channels)
    return DeskStudy(
        id=study_id,
        title=study.title,
        simulated=study.simulated,
        rater=rater,
        instrument=study.instrument,
        structures=study.structures,
        labels=study.labels,
        channels=tuple(dict.fromkeys(every)),
        ct=study.ct,
        correction=study.correction,
        rate_again=study.rate_again,
        guide=study.guide,
    )
