"""The manifest: what a study folder describes, checked before any image is read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.tables import FAMILIES
from rater_app.coordinator.blinding import name_leaks
from rater_app.coordinator.study_file import STUDY, StudySettings, read_settings
from rater_app.coordinator.study_problems import StudyProblems
from rater_app.coordinator.study_tables import IMAGES, MASKS, REFERENCES, Row, read_rows


@dataclass(frozen=True)
class ChannelImage:
    """One channel of a case: its name and its file."""

    case: str
    channel: str
    path: Path
    line: int


@dataclass(frozen=True)
class CandidateMask:
    """A mask with the model that produced it."""

    case: str
    model: str
    family: str
    model_class: str
    prompt: str
    path: Path
    line: int

    @property
    def key(self) -> tuple[str, str, str]:
        """Case, model and prompt, which name one mask."""
        return self.case, self.model, self.prompt


@dataclass(frozen=True)
class ReferenceMask:
    """A mask that metrics compare with; a case may have several."""

    case: str
    reference: str
    path: Path
    line: int


@dataclass(frozen=True)
class StudyManifest:
    """A study folder: settings, images, candidate masks and reference masks."""

    folder: Path
    settings: StudySettings
    images: tuple[ChannelImage, ...]
    masks: tuple[CandidateMask, ...]
    references: tuple[ReferenceMask, ...]

    @property
    def cases(self) -> tuple[str, ...]:
        """The cases that have images, in the order of images.csv."""
        return tuple(dict.fromkeys(image.case for image in self.images))


def load_manifest(folder: Path, problems: StudyProblems) -> StudyManifest | None:
    """Load a study folder, adding whatever is wrong to `problems`.

    References are needed for every case once references.csv exists; without that file the study
    has ratings only.

    Returns
    -------
    StudyManifest or None
        None when study.toml cannot be read at all.
    """
    if not folder.is_dir():
        problems.add(
            str(folder),
            "this is a file: give the folder that holds study.toml"
            if folder.is_file()
            else "there is no such folder",
        )
        return None
    settings = read_settings(folder, problems)
    images = tuple(
        ChannelImage(row["case"], row["channel"], folder / row["image"], row.line)
        for row in read_rows(folder, IMAGES, problems)
    )
    mask_rows = read_rows(folder, MASKS, problems)
    masks = tuple(_candidate(folder, row) for row in mask_rows)
    references: tuple[ReferenceMask, ...] = ()
    if (folder / REFERENCES.file).exists():
        references = tuple(
            ReferenceMask(row["case"], row["reference"], folder / row["mask"], row.line)
            for row in read_rows(folder, REFERENCES, problems)
        )
        _check_references(masks, references, problems)
    _check_cases(images, masks, references, problems)
    _check_models(masks, problems)
    _check_files(masks, problems)
    if settings is None:
        return None
    manifest = StudyManifest(folder, settings, images, masks, references)
    for sentence in name_leaks(_texts_of(manifest), _hidden_names(manifest)):
        problems.add(STUDY, sentence)
    return manifest


def _candidate(folder: Path, row: Row) -> CandidateMask:
    return CandidateMask(
        row["case"],
        row["model"],
        row["family"],
        row["class"],
        row["prompt"],
        folder / row["mask"],
        row.line,
    )


def _check_cases(
    images: Sequence[ChannelImage],
    masks: Sequence[CandidateMask],
    references: Sequence[ReferenceMask],
    problems: StudyProblems,
) -> None:
    if not images:
        return
    known = {image.case for image in images}
    rated = {mask.case for mask in masks}
    for file, rows in ((MASKS.file, masks), (REFERENCES.file, references)):
        for row in rows:
            if row.case not in known:
                sentence = f"case “{row.case}” has no image: add it to images.csv"
                problems.add(file, sentence, row.line)
    for image in images:
        if masks and image.case not in rated:
            sentence = f"case “{image.case}” has no mask: add one to masks.csv or remove the case"
            problems.add(IMAGES.file, sentence, image.line)


def _check_references(
    masks: Sequence[CandidateMask], references: Sequence[ReferenceMask], problems: StudyProblems
) -> None:
    compared = {reference.case for reference in references}
    for case in dict.fromkeys(mask.case for mask in masks):
        if references and case not in compared:
            problems.add(
                REFERENCES.file,
                f"case “{case}” has no reference mask to measure with: add one, or remove "
                "references.csv for a study without metrics",
            )


def _check_models(masks: Sequence[CandidateMask], problems: StudyProblems) -> None:
    first: dict[str, CandidateMask] = {}
    for mask in masks:
        if mask.family not in FAMILIES:
            problems.add(
                MASKS.file,
                f"the family “{mask.family}” is not known: use {', '.join(FAMILIES)}",
                mask.line,
            )
        before = first.setdefault(mask.model, mask)
        for word, here, there in (
            ("family", mask.family, before.family),
            ("class", mask.model_class, before.model_class),
        ):
            if here != there:
                problems.add(
                    MASKS.file,
                    f"model “{mask.model}” has the {word} “{here}” here and “{there}” in line "
                    f"{before.line}: a model has one {word}",
                    mask.line,
                )


def _check_files(masks: Sequence[CandidateMask], problems: StudyProblems) -> None:
    """Warn where a file is named twice: a slip of copying, as a rule."""
    first: dict[Path, CandidateMask] = {}
    for mask in masks:
        before = first.setdefault(mask.path, mask)
        if before is not mask:
            problems.warn(
                MASKS.file,
                f"{mask.path.name} is the mask of line {before.line} too: check that it is meant",
                mask.line,
            )


def _texts_of(manifest: StudyManifest) -> Iterable[tuple[str, str]]:
    """Yield every text that raters will read, with the name of its place."""
    settings = manifest.settings
    yield "the title", settings.title
    yield "the guide", settings.guide
    for rater in settings.raters:
        yield f"the name of rater “{rater.id}”", rater.name
        yield f"the id of rater “{rater.id}”", rater.id
    for channel in dict.fromkeys(image.channel for image in manifest.images):
        yield "a channel name in images.csv", channel
    if settings.instrument is not None:
        yield "the title of the instrument", settings.instrument.title
        yield "the name of the instrument", settings.instrument.name
        for item in settings.instrument.items:
            yield f"item “{item.id}”", " ".join([item.id, item.text])
            for level in item.levels:
                yield f"a level of item “{item.id}”", f"{level.label} | {level.anchor}"
    if settings.scheme is not None:
        for label in settings.scheme.labels.values():
            yield "a label of the scheme", label
        for structure in settings.scheme.structures:
            yield "a structure of the scheme", f"{structure.name} | {structure.title}"


def _hidden_names(manifest: StudyManifest) -> Iterable[tuple[str, str]]:
    """Yield every name that raters must not learn, with what it names."""
    for mask in manifest.masks:
        yield "model", mask.model
        yield "family", mask.family
        yield "class", mask.model_class
        yield "prompt", mask.prompt
        yield "case", mask.case
        yield "file", mask.path.name
        yield "file", mask.path.name.partition(".")[0]
    for image in manifest.images:
        yield "file", image.path.name
