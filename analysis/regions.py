"""Label schemes: what the numbers in a mask mean, and which labels make up a structure."""

import os
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.scheme_faults import label_pair, plain_name, scheme_faults
from analysis.volumes import VolumeError

_MOST_NAMED = 12


class SchemeError(ValueError):
    """A label scheme that cannot be used; the message names every fault in it."""


@dataclass(frozen=True)
class Structure:
    """What is segmented: one label, or a region of several.

    Parameters
    ----------
    name : str
        Short name without spaces, as it stands in tables ("WT").
    title : str
        Name for people ("whole tumour").
    labels : tuple of int
        The labels that belong to it.
    """

    name: str
    title: str
    labels: tuple[int, ...]


@dataclass(frozen=True)
class LabelScheme:
    """The meaning of the labels of a study's masks.

    Parameters
    ----------
    name : str
    labels : mapping of int to str
        Every label that may occur (1-255) and its name; 0 is background.
    structures : tuple of Structure
        What is rated and measured.
    aliases : mapping of int to int
        Labels that older files use for a label of the scheme (4 for 3 in BraTS until 2022).
    distances : mapping of (int, int) to float
        How wrong one label is in place of another, from 0 to 1 and the same both ways; 0 is
        background. Pairs that are not listed are 1 apart.
    """

    name: str
    labels: Mapping[int, str]
    structures: tuple[Structure, ...]
    aliases: Mapping[int, int]
    distances: Mapping[tuple[int, int], float] = field(default_factory=dict)

    def distance_matrix(self, labels: Sequence[int]) -> NDArray[np.float64]:
        """Lay out the distances between labels, for the generalised Wasserstein Dice.

        The matrix M of Fidon et al. 2017 (doi 10.1007/978-3-319-75238-9_6).

        Parameters
        ----------
        labels : sequence of int
            Without background, which is always the first.

        Returns
        -------
        ndarray of float64
            Symmetric, 0 on the diagonal: background, then the labels in the order given.

        Examples
        --------
        >>> load_scheme("lits").distance_matrix([1, 2]).tolist()
        [[0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0]]
        """
        return np.array(
            [[self._distance(one, other) for other in (0, *labels)] for one in (0, *labels)],
            np.float64,
        )

    def _distance(self, one: int, other: int) -> float:
        if one == other:
            return 0.0
        return self.distances.get((one, other), self.distances.get((other, one), 1.0))

    def to_dict(self) -> dict[str, Any]:
        """Return the scheme as plain values that JSON keeps (its keys are texts)."""
        content: dict[str, Any] = {
            "name": self.name,
            "labels": {str(label): title for label, title in self.labels.items()},
            "structures": [
                {"name": each.name, "title": each.title, "labels": list(each.labels)}
                for each in self.structures
            ],
            "aliases": {str(label): int(meant) for label, meant in self.aliases.items()},
        }
        if self.distances:
            content["distances"] = {
                f"{one}-{other}": float(distance)
                for (one, other), distance in self.distances.items()
            }
        return content

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> "LabelScheme":
        """Build a scheme from plain values, as `to_dict` or a TOML file gives them.

        Without `structures` every label is a structure of its own.

        Raises
        ------
        SchemeError
            Naming every fault.
        """
        faults = scheme_faults(content)
        if faults:
            raise SchemeError(f"Label scheme '{content.get('name', '')}': {' '.join(faults)}")
        labels = {int(label): str(title) for label, title in content["labels"].items()}
        structures = tuple(
            Structure(each["name"], each.get("title", each["name"]), tuple(each["labels"]))
            for each in content.get("structures", ())
        ) or tuple(
            Structure(plain_name(title), title.replace("_", " "), (label,))
            for label, title in labels.items()
        )
        aliases = {int(label): int(meant) for label, meant in content.get("aliases", {}).items()}
        distances = {
            pair: float(distance)
            for key, distance in content.get("distances", {}).items()
            if (pair := label_pair(key))
        }
        return cls(str(content["name"]), labels, structures, aliases, distances)


def load_scheme(name_or_path: str | os.PathLike[str]) -> LabelScheme:
    """Load a preset by name, or a scheme of your own from a TOML file.

    Parameters
    ----------
    name_or_path : str or path
        One of `preset_names` ("brats", "btcv", ...), or a path that ends in .toml.

    Raises
    ------
    SchemeError
        No such scheme, or every fault in it.

    Examples
    --------
    >>> [structure.name for structure in load_scheme("brats").structures]
    ['WT', 'TC', 'ET']
    """
    wanted = os.fspath(name_or_path)
    try:
        if wanted.endswith(".toml"):
            text = Path(wanted).read_text("utf-8-sig")
        elif wanted in preset_names():
            text = files("analysis").joinpath("schemes", f"{wanted}.toml").read_text("utf-8")
        else:
            raise SchemeError(
                f"There is no label scheme '{wanted}'; use {', '.join(preset_names())}, "
                "or the path of a .toml file of your own."
            )
        content = tomllib.loads(text)
    except (OSError, UnicodeDecodeError) as error:
        raise SchemeError(f"{wanted}: the file cannot be read as text; check the path.") from error
    except tomllib.TOMLDecodeError as error:
        raise SchemeError(f"{wanted}: it is not valid TOML ({error}); correct the file.") from error
    return LabelScheme.from_dict(content)


def preset_names() -> tuple[str, ...]:
    """Names of the label schemes that come with the package."""
    found = (entry.name for entry in files("analysis").joinpath("schemes").iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in found if name.endswith(".toml")))


def label_problems(labels: NDArray[Any], scheme: LabelScheme) -> list[str]:
    """Name the labels of a mask that its scheme cannot explain; [] when there are none."""
    present = _present(labels)
    unknown = sorted(present - set(scheme.labels) - set(scheme.aliases) - {0})
    problems = []
    if unknown:
        problems.append(
            f"{_listed(unknown)} not in the label scheme '{scheme.name}' (it knows "
            f"{_listed_plain([*scheme.labels, *scheme.aliases])}); correct the mask or the scheme."
        )
    problems += [
        f"Label {alias} is another number for label {meant}, and the mask holds both, so its "
        "numbering is unclear; keep one of them."
        for alias, meant in scheme.aliases.items()
        if {alias, meant} <= present
    ]
    return problems


def apply_scheme(labels: NDArray[Any], scheme: LabelScheme, where: str) -> NDArray[np.uint8]:
    """Bring the labels of a mask to the numbers of its scheme.

    Parameters
    ----------
    labels : ndarray of whole numbers
    scheme : LabelScheme
    where : str
        What to call the mask in a message: its file.

    Returns
    -------
    ndarray of uint8
        The same shape, aliases replaced.

    Raises
    ------
    VolumeError
        Labels that the scheme does not know, or an alias beside the label that it stands for.
    """
    problems = label_problems(labels, scheme)
    if problems:
        raise VolumeError(f"{where}: {' '.join(problems)}")
    meaning = np.arange(256, dtype=np.uint8)
    for alias, meant in scheme.aliases.items():
        meaning[alias] = meant
    mapped: NDArray[np.uint8] = meaning[labels]
    return mapped


def structure_mask(labels: NDArray[Any], structure: Structure) -> NDArray[np.bool_]:
    """Return where a structure is: the union of its labels."""
    if labels.dtype == np.uint8:
        belongs = np.zeros(256, dtype=np.bool_)
        belongs[list(structure.labels)] = True
        within: NDArray[np.bool_] = belongs[labels]
        return within
    return np.isin(labels, structure.labels)


def _present(labels: NDArray[Any]) -> set[int]:
    if labels.dtype == np.uint8:
        return {int(label) for label in np.flatnonzero(np.bincount(labels.ravel(order="K")))}
    return {int(label) for label in np.unique(labels)}


def _listed(labels: list[int]) -> str:
    told = _listed_plain(labels)
    return f"Label {told} is" if len(labels) == 1 else f"Labels {told} are"


def _listed_plain(labels: Iterable[int]) -> str:
    """List labels in order; a run of three or more is told by its ends."""
    runs: list[list[int]] = []
    for label in sorted(labels):
        if runs and label == runs[-1][-1] + 1:
            runs[-1].append(label)
        else:
            runs.append([label])
    told = [
        f"{run[0]}-{run[-1]}" if len(run) > 2 else ", ".join(map(str, run))
        for run in runs[:_MOST_NAMED]
    ]
    return ", ".join(told) + (", ..." if len(runs) > _MOST_NAMED else "")
