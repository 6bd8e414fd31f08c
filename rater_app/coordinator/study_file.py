"""study.toml: the settings of a study, read with every problem named."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from analysis.regions import LabelScheme, SchemeError, load_scheme
from rater_app.coordinator.instruments import is_path, load_instrument
from rater_app.coordinator.study_problems import StudyProblems
from rater_app.core.correction import CorrectionRule
from rater_app.core.instrument import ORDERED_KINDS, Instrument, InstrumentError
from rater_app.core.study import Rater

STUDY = "study.toml"
LARGEST_REPLICATE_SHARE = 0.5

_KINDS: Mapping[str, tuple[tuple[type, ...], str]] = {
    "title": ((str,), "a text in quotes"),
    "simulated": ((bool,), "true or false"),
    "seed": ((int,), "a whole number"),
    "instrument": ((str,), "a name or a path in quotes"),
    "per_structure": ((bool,), "true or false"),
    "further_items": ((list,), "a list of names in quotes"),
    "scheme": ((str,), "a name or a path in quotes"),
    "structures": ((list,), "a list of names in quotes"),
    "replicate_share": ((int, float), "a number from 0 to 0.5"),
    "allow_back": ((bool,), "true or false"),
    "correction": ((str,), '"off", "optional" or "required"'),
    "rate_again": ((bool,), "true or false"),
    "viewing_log": ((bool,), "true or false"),
    "guide": ((str,), "a text in quotes"),
    "ct": ((bool,), "true or false"),
    "raters": ((list,), "[[raters]] tables with id and name"),
}
_NEEDED = ("title", "seed", "instrument")


@dataclass(frozen=True)
class StudySettings:
    """What study.toml says, with its instrument and label scheme loaded.

    `instrument` is None only when it could not be loaded, which is then a problem of the study.
    """

    title: str
    simulated: bool
    seed: int
    instrument: Instrument | None
    scheme: LabelScheme | None
    structures: tuple[str, ...]
    replicate_share: float
    allow_back: bool
    correction: CorrectionRule
    rate_again: bool
    viewing_log: bool
    guide: str
    ct: bool
    raters: tuple[Rater, ...]


def read_settings(folder: Path, problems: StudyProblems) -> StudySettings | None:
    """Read study.toml, adding whatever is wrong to `problems`.

    Returns None when the file cannot be read at all.
    """
    table = _read_toml(folder / STUDY, problems)
    if table is None:
        return None
    told = _sound_entries(table, problems)
    for key in _NEEDED:
        if key not in table:
            problems.add(STUDY, f"“{key}” is missing: add {key} = {_KINDS[key][1]}")
    share = float(told.get("replicate_share", 0.0))
    if not 0 <= share <= LARGEST_REPLICATE_SHARE:
        problems.add(STUDY, f"replicate_share is {share:g}: it must lie between 0 and 0.5")
    if not told.get("title", "x").strip():
        problems.add(STUDY, "the title is empty: write what raters shall see at the top")
    scheme = _scheme(folder, told, problems)
    correction = _correction(told, problems)
    wrong_raters = "raters" in table and "raters" not in told  # told already
    raters = () if wrong_raters else _raters(told.get("raters", []), problems)
    return StudySettings(
        title=told.get("title", ""),
        simulated=told.get("simulated", False),
        seed=told.get("seed", 0),
        instrument=_instrument(folder, told, problems),
        scheme=scheme,
        structures=_structures(told, scheme, problems),
        replicate_share=share,
        allow_back=told.get("allow_back", True),
        correction=correction,
        rate_again=told.get("rate_again", False),
        viewing_log=told.get("viewing_log", True),
        guide=told.get("guide", ""),
        ct=told.get("ct", False),
        raters=raters,
    )


def _read_toml(path: Path, problems: StudyProblems) -> dict[str, Any] | None:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        problems.add(STUDY, "the file is missing; “rater-app init” writes one to start from")
    except UnicodeDecodeError:
        problems.add(STUDY, "the file is not UTF-8 text; save it with that encoding")
    except OSError as error:
        problems.add(STUDY, f"the file cannot be opened ({error.strerror})")
    except tomllib.TOMLDecodeError as error:
        problems.add(STUDY, f"the file is not TOML: {error}; {_remedy(error, path)}")
    return None


def _remedy(error: tomllib.TOMLDecodeError, path: Path) -> str:
    told = str(error)
    if "hex value" in told or "'\\\\'" in told:  # a Windows path: TOML reads \U as a character
        return "write / instead of \\ in paths"
    return f"texts in {path.name} need quotes around them"


def _sound_entries(table: Mapping[str, Any], problems: StudyProblems) -> dict[str, Any]:
    """Keep the entries whose key and type are right."""
    told = {}
    for key, value in table.items():
        if key not in _KINDS:
            problems.add(STUDY, f"the key “{key}” is not known: use {', '.join(_KINDS)}")
            continue
        kinds, meant = _KINDS[key]
        names = value if kinds == (list,) and key != "raters" and isinstance(value, list) else ()
        # type() and not isinstance(): true is no number here.
        if type(value) not in kinds or not all(isinstance(name, str) for name in names):
            problems.add(STUDY, f"“{key}” must be {meant}, not {value!r}")
        else:
            told[key] = value
    return told


def _instrument(
    folder: Path, told: Mapping[str, Any], problems: StudyProblems
) -> Instrument | None:
    if "instrument" not in told:
        return None
    try:
        instrument = load_instrument(
            told["instrument"],
            folder,
            told.get("further_items", ()),
            told.get("per_structure", False),
        )
    except InstrumentError as error:
        for sentence in error.problems:
            problems.add(STUDY, f"instrument: {sentence}")
        return None
    if not any(item.kind in ORDERED_KINDS for item in instrument.items):
        problems.warn(
            STUDY,
            "the instrument has no rating item (kind “levels” or “slider”): there will be no "
            "agreement and no correlation to report",
        )
    if any(item.per_structure for item in instrument.items) and "scheme" not in told:
        problems.add(
            STUDY,
            "items are asked for every structure, but there is no label scheme: add "
            'scheme = "brats", another one of docs/label-schemes.md or the path of your own',
        )
    return instrument


def _correction(told: Mapping[str, Any], problems: StudyProblems) -> CorrectionRule:
    name = told.get("correction", CorrectionRule.OFF.value)
    if name not in list(CorrectionRule):
        problems.add(STUDY, f"correction is “{name}”: it must be {_KINDS['correction'][1]}")
        return CorrectionRule.OFF
    if name == CorrectionRule.OFF and told.get("rate_again"):
        problems.add(
            STUDY,
            'rate_again is true, but no mask is corrected: set correction to "optional" or '
            '"required", or rate_again to false',
        )
    return CorrectionRule(name)


def _scheme(folder: Path, told: Mapping[str, Any], problems: StudyProblems) -> LabelScheme | None:
    if "scheme" not in told:
        return None
    name = told["scheme"]
    try:
        return load_scheme(folder / name if is_path(name) else name)
    except SchemeError as error:
        problems.add(STUDY, f"scheme: {error}")
        return None


def _structures(
    told: Mapping[str, Any], scheme: LabelScheme | None, problems: StudyProblems
) -> tuple[str, ...]:
    known = [structure.name for structure in scheme.structures] if scheme else []
    asked = told.get("structures")
    if asked is None:
        return tuple(known)
    if "scheme" not in told:
        problems.add(STUDY, "“structures” needs a label scheme: add the key “scheme”")
        return ()
    if not asked:
        problems.add(STUDY, "“structures” is empty: name some, or remove the line to ask for all")
    for name in asked if scheme else []:
        if name not in known:
            problems.add(
                STUDY,
                f"the label scheme has no structure “{name}”: use {', '.join(known)}",
            )
    for name in dict.fromkeys(name for name in asked if asked.count(name) > 1):
        problems.add(STUDY, f"“structures” names “{name}” twice")
    return tuple(dict.fromkeys(asked))


def _raters(listed: list[Any], problems: StudyProblems) -> tuple[Rater, ...]:
    raters: list[Rater] = []
    if not listed:
        problems.add(STUDY, "there are no raters: add a [[raters]] table with id and name for each")
    for number, entry in enumerate(listed, start=1):
        if not isinstance(entry, dict):
            problems.add(STUDY, f"rater {number} is not a [[raters]] table with id and name")
            continue
        for key in entry:
            if key not in ("id", "name"):
                problems.add(STUDY, f"rater {number} has the unknown key “{key}”: use id and name")
        rater_id, name = entry.get("id"), entry.get("name", entry.get("id"))
        if not isinstance(rater_id, str) or not rater_id.strip():
            problems.add(STUDY, f'rater {number} has no id: give a short one such as id = "r1"')
        elif not isinstance(name, str) or not name.strip():
            problems.add(STUDY, f"the name of rater “{rater_id}” must be a text in quotes")
        elif rater_id == "all":
            problems.add(STUDY, "the rater id “all” means every rater: use another")
        elif any(rater_id.casefold() == rater.id.casefold() for rater in raters):
            problems.add(STUDY, f"the rater id “{rater_id}” stands twice: give each their own")
        else:
            raters.append(Rater(rater_id, name))
    return tuple(raters)
