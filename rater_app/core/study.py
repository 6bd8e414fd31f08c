"""The blinded study: all that a rater may know, and nothing that names a model."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from rater_app.core.correction import CorrectionPlan, CorrectionRule
from rater_app.core.instrument import Instrument


@dataclass(frozen=True)
class Rater:
    """A person who judges masks: a short id for the tables and a name for the greeting."""

    id: str
    name: str


@dataclass(frozen=True)
class Label:
    """One number of a mask, with the name and the colour that raters see."""

    value: int
    name: str
    color: str


@dataclass(frozen=True)
class RatedStructure:
    """A structure that items may ask about: the labels that make it up."""

    name: str
    title: str
    labels: tuple[int, ...]


@dataclass(frozen=True)
class BlindedCase:
    """One patient image under a random code: channel names, and where each one is stored."""

    code: str
    channels: tuple[str, ...]
    volumes: tuple[str, ...]


@dataclass(frozen=True)
class BlindedMask:
    """A mask without its model: a random code, the case it lies on, and where it is stored."""

    code: str
    case: str
    volume: str


@dataclass(frozen=True)
class BlindedStudy:
    """Everything the rooms' doors need: who judges what with which instrument."""

    title: str
    simulated: bool
    instrument: Instrument
    raters: tuple[Rater, ...]
    labels: tuple[Label, ...]
    structures: tuple[RatedStructure, ...]
    cases: tuple[BlindedCase, ...]
    masks: tuple[BlindedMask, ...]
    allow_back: bool = True
    ct: bool = False
    guide: str = ""
    correction: str = CorrectionRule.OFF.value
    rate_again: bool = False
    viewing_log: bool = True

    @property
    def plan(self) -> CorrectionPlan:
        """What follows the rating of a mask."""
        return CorrectionPlan(CorrectionRule(self.correction), self.rate_again)

    def rater(self, rater_id: str) -> Rater | None:
        """Give the rater with this id, or None."""
        return next((rater for rater in self.raters if rater.id == rater_id), None)

    def case(self, code: str) -> BlindedCase:
        """Give the case with this code."""
        return next(case for case in self.cases if case.code == code)

    def mask(self, code: str) -> BlindedMask:
        """Give the mask with this code."""
        return next(mask for mask in self.masks if mask.code == code)

    def to_dict(self) -> dict[str, Any]:
        """Give the study as plain values that JSON can hold."""
        return asdict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> BlindedStudy:
        """Build a study from the plain values of `to_dict`.

        Rooms of the first layout lack the last three, and keep their meaning without them.
        """
        return cls(
            title=data["title"],
            simulated=data["simulated"],
            instrument=Instrument.from_dict(data["instrument"]),
            raters=tuple(Rater(**entry) for entry in data["raters"]),
            labels=tuple(Label(**entry) for entry in data["labels"]),
            structures=tuple(
                RatedStructure(entry["name"], entry["title"], tuple(entry["labels"]))
                for entry in data["structures"]
            ),
            cases=tuple(
                BlindedCase(entry["code"], tuple(entry["channels"]), tuple(entry["volumes"]))
                for entry in data["cases"]
            ),
            masks=tuple(BlindedMask(**entry) for entry in data["masks"]),
            allow_back=data["allow_back"],
            ct=data["ct"],
            guide=data["guide"],
            correction=CorrectionRule(data.get("correction", CorrectionRule.OFF)).value,
            rate_again=data.get("rate_again", False),
            viewing_log=data.get("viewing_log", True),
        )
