"""Blinding a study: the codes, what raters may know of it, and the key that undoes it."""

from __future__ import annotations

import re
from typing import Any

from rater_app.coordinator.blinding import blinding_code, label_colours
from rater_app.coordinator.canonical_masks import ONLY_LABEL
from rater_app.coordinator.manifest import CandidateMask, StudyManifest
from rater_app.coordinator.room_volumes import RoomVolumes
from rater_app.coordinator.unblinding_key import UnblindingKey
from rater_app.core.allocation import allocate
from rater_app.core.progress import Assignment
from rater_app.core.study import BlindedCase, BlindedMask, BlindedStudy, Label, RatedStructure

_LONGEST_LEGEND = 12


class BlindingCodes:
    """The codes of a study's cases and masks, drawn at random and apart from each other.

    `masks` maps codes to candidate masks in the order of case, model and prompt: the plan of the
    readings hangs on the masks and the seed, not on the order of a table. `cases` maps cases to
    codes.
    """

    def __init__(self, manifest: StudyManifest) -> None:
        self.masks: dict[str, CandidateMask] = {
            blinding_code(): mask for mask in sorted(manifest.masks, key=lambda mask: mask.key)
        }
        self.cases = {case: blinding_code() for case in manifest.cases}


def blinded_study(
    manifest: StudyManifest, volumes: RoomVolumes, codes: BlindingCodes
) -> BlindedStudy:
    """Give what raters may know: cases and masks under their codes, in the order of these."""
    settings = manifest.settings
    assert settings.instrument is not None  # a study without one has a problem
    cases = [
        BlindedCase(
            code,
            tuple(image.channel for image in manifest.images if image.case == case),
            volumes.channels[case],
        )
        for case, code in codes.cases.items()
    ]
    masks = [
        BlindedMask(code, codes.cases[mask.case], volumes.masks[mask.key])
        for code, mask in codes.masks.items()
    ]
    return BlindedStudy(
        title=settings.title,
        simulated=settings.simulated,
        instrument=settings.instrument,
        raters=settings.raters,
        labels=_labels(manifest, volumes),
        structures=_structures(manifest),
        cases=tuple(sorted(cases, key=lambda case: case.code)),
        masks=tuple(sorted(masks, key=lambda mask: mask.code)),
        allow_back=settings.allow_back,
        ct=settings.ct or any(_is_ct(image.channel) for image in manifest.images),
        guide=settings.guide,
        correction=settings.correction.value,
        rate_again=settings.rate_again,
        viewing_log=settings.viewing_log,
    )


def _is_ct(channel: str) -> bool:
    return "CT" in re.findall("[A-Z]+", channel.upper())


def _structures(manifest: StudyManifest) -> tuple[RatedStructure, ...]:
    scheme = manifest.settings.scheme
    known = {structure.name: structure for structure in scheme.structures} if scheme else {}
    return tuple(
        RatedStructure(name, known[name].title, known[name].labels)
        for name in manifest.settings.structures
    )


def _labels(manifest: StudyManifest, volumes: RoomVolumes) -> tuple[Label, ...]:
    """List the labels of the scheme with their colours; of a long one those that masks hold."""
    scheme = manifest.settings.scheme
    names = scheme.labels if scheme else {ONLY_LABEL: "segmentation"}
    shown = sorted(names)
    if len(shown) > _LONGEST_LEGEND:  # a hundred organs that no mask holds help nobody
        shown = sorted(volumes.labels)
    return tuple(
        Label(value, names[value].replace("_", " "), colour)
        for value, colour in zip(shown, label_colours(len(shown)), strict=True)
    )


def plan_readings(manifest: StudyManifest, codes: BlindingCodes) -> tuple[Assignment, ...]:
    """Deal the readings to the raters, each under a code of its own."""
    settings = manifest.settings
    # The plan is made on places in the sorted table, so that the seed alone decides it.
    places = {str(place): code for place, code in enumerate(codes.masks)}
    plan = allocate(
        [BlindedMask(place, codes.masks[code].case, "") for place, code in places.items()],
        [rater.id for rater in settings.raters],
        settings.seed,
        settings.replicate_share,
    )
    return tuple(
        Assignment(blinding_code(), p.rater, places[p.mask], p.replicate, p.position) for p in plan
    )


def unblinding_key(
    manifest: StudyManifest,
    volumes: RoomVolumes,
    codes: BlindingCodes,
    assignments: tuple[Assignment, ...],
) -> UnblindingKey:
    """Give the key: what every code stands for, and where the masks came from."""
    settings = manifest.settings
    assert settings.instrument is not None
    study: dict[str, Any] = {
        "title": settings.title,
        "simulated": settings.simulated,
        "seed": settings.seed,
        "instrument": settings.instrument.to_dict(),
        "scheme": settings.scheme.to_dict() if settings.scheme else None,
        "structures": list(settings.structures),
    }
    return UnblindingKey(
        study,
        {code: case for case, code in codes.cases.items()},
        {
            code: {
                "case": mask.case,
                "model": mask.model,
                "family": mask.family,
                "class": mask.model_class,
                "prompt": mask.prompt,
                "mask": str(mask.path.resolve()),
                "sha256": volumes.sources[mask.path],
            }
            for code, mask in codes.masks.items()
        },
        tuple(
            {
                "case": reference.case,
                "reference": reference.reference,
                "mask": str(reference.path.resolve()),
                "sha256": volumes.sources[reference.path],
            }
            for reference in manifest.references
        ),
        {assignment.code: assignment.mask for assignment in assignments},
    )
