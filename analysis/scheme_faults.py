"""What is wrong with a label scheme, before it is believed."""

import re
from collections.abc import Mapping
from typing import Any

_ENTRIES = {"name", "title", "labels", "structures", "aliases", "distances"}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+-]*")
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9_+-]+")
_PAIR = re.compile(r"(0|[1-9][0-9]*)-(0|[1-9][0-9]*)")


def plain_name(title: str) -> str:
    """Make the name of a structure from the name of its label.

    Examples
    --------
    >>> plain_name("left lung")
    'left_lung'
    """
    return _NOT_IN_A_NAME.sub("_", title)


def label_pair(key: str) -> tuple[int, int] | None:
    """Read the two labels of a distance, the lower one first; None when they are not told so.

    Examples
    --------
    >>> label_pair("3-1")
    (1, 3)
    """
    told = _PAIR.fullmatch(key)
    if not told or told[1] == told[2]:
        return None
    one, other = sorted(int(label) for label in told.groups())
    return one, other


def scheme_faults(content: Mapping[str, Any]) -> list[str]:
    """Name every fault of a scheme in plain values; [] when it can be used."""
    faults = []
    unknown = sorted(set(content) - _ENTRIES)
    if unknown:
        faults.append(f"The entries {', '.join(unknown)} mean nothing here; remove them.")
    if not _is_text(content.get("name")):
        faults.append("It has no name; add name = '...'.")
    labels, labels_are_whole = _whole_keys(content.get("labels"))
    if not labels_are_whole or not labels or not all(1 <= label <= 255 for label in labels):
        faults.append("Its [labels] must be whole numbers from 1 to 255, each with a name.")
    elif not all(_is_text(title) for title in content["labels"].values()):
        faults.append("Each of its [labels] needs a name: a text in quotes that is not empty.")
    aliases, aliases_are_whole = _whole_keys(content.get("aliases", {}))
    if (
        not aliases_are_whole
        or aliases & (labels | {0})
        or not all(1 <= alias <= 255 for alias in aliases)
        or not _all_in(list(content["aliases"].values()) if aliases else [], labels)
    ):
        faults.append(
            "Its [aliases] must name numbers from 1 to 255 that are no labels, each with the label "
            "that it stands for."
        )
    structures = content.get("structures", [])
    if labels_are_whole and not structures:
        faults += _label_name_faults([str(title) for title in content["labels"].values()])
    faults += _structure_faults(structures, labels)
    return faults + _distance_faults(content.get("distances", {}), labels)


def _label_name_faults(titles: list[str]) -> list[str]:
    """Find labels that cannot be structures of their own under their names."""
    names = [plain_name(title) for title in titles]
    faults = [
        f"The label name '{title}' makes no name for a table: begin it with a letter (A-Z) or a "
        "digit, or list [[structures]] with a short name for each."
        for title, name in zip(titles, names, strict=True)
        if title and not _NAME.fullmatch(name)
    ]
    twice = [
        title
        for title, name in zip(titles, names, strict=True)
        if names.count(name) > 1 and _NAME.fullmatch(name)
    ]
    if twice:
        told = ", ".join(f"'{title}'" for title in dict.fromkeys(twice))
        faults.append(
            f"Two labels have the same name ({told}); rename one, or list [[structures]]."
        )
    return faults


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _all_in(values: Any, labels: set[int]) -> bool:
    return isinstance(values, list | tuple) and all(
        type(value) is int and value in labels for value in values
    )


def _whole_keys(table: Any) -> tuple[set[int], bool]:
    if not isinstance(table, Mapping):
        return set(), False
    try:
        return {int(key) for key in table}, True
    except ValueError:
        return set(), False


def _structure_faults(structures: Any, labels: set[int]) -> list[str]:
    if not isinstance(structures, list) or not all(
        isinstance(each, Mapping) for each in structures
    ):
        return ["Its structures must be given as [[structures]] tables."]
    faults = []
    names = [str(each.get("name", "")) for each in structures]
    faults += [
        f"The name and the title of the structure '{each.get('name', '')}' must be texts in quotes."
        for each in structures
        if not all(_is_text(each.get(key, "-")) for key in ("name", "title"))
    ]
    for name in names:
        if not _NAME.fullmatch(name):
            faults.append(
                f"The structure name '{name}' may hold only letters, digits, '_', '+' and '-'."
            )
        if names.count(name) > 1:
            faults.append(f"The structure name '{name}' occurs twice.")
    for each in structures:
        members = each.get("labels")
        if not members or not _all_in(members, labels):
            faults.append(f"The structure '{each.get('name', '')}' needs labels of this scheme.")
    return list(dict.fromkeys(faults))


def _distance_faults(distances: Any, labels: set[int]) -> list[str]:
    if not isinstance(distances, Mapping):
        return ['Its [distances] must be a table with lines such as "1-3" = 0.5.']
    faults = []
    told: set[tuple[int, int]] = set()
    for key, distance in distances.items():
        pair = label_pair(str(key))
        if pair is None:
            faults.append(
                f"The distance '{key}' must name two different labels with a '-' between them "
                '("1-3"; 0 is background).'
            )
        else:
            unknown = sorted(set(pair) - labels - {0})
            if unknown:
                faults.append(
                    f"The distance '{key}' names {' and '.join(map(str, unknown))}, which is no "
                    "label of this scheme."
                )
            if pair in told:
                faults.append(f"The distance of {pair[0]} and {pair[1]} is given twice; keep one.")
            told.add(pair)
        if type(distance) not in (int, float) or not 0 <= distance <= 1:
            faults.append(f"The distance '{key}' must be a number from 0 to 1.")
    return faults
