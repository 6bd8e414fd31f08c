"""The shipped label schemes against the lists that their challenges published.

Each number below was looked up in a source that is named beside it, not in our files.
"""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from analysis.regions import (
    LabelScheme,
    apply_scheme,
    label_problems,
    load_scheme,
    preset_names,
    structure_mask,
)
from analysis.volumes import VolumeError

DOCUMENT = (Path(__file__).parents[2] / "docs" / "label-schemes.md").read_text("utf-8")
STRUCTURE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_+-]*")

EVALUATION_OF_FLARE = (
    *("liver", "kidney_right", "spleen", "pancreas", "aorta", "inferior_vena_cava"),
    *("adrenal_gland_right", "adrenal_gland_left", "gallbladder", "esophagus", "stomach"),
    *("duodenum", "kidney_left"),
)
"""Liver, RK, Spleen, Pancreas, Aorta, IVC, RAG, LAG, Gallbladder, Esophagus, Stomach, Duodenum, LK:
the order of FLARE22_DSC_NSD_Eval.py in github.com/JunMa11/FLARE at be3eb6f; FLARE23_DSC_NSD_Eval.py
at 082b340 adds Tumor."""

PUBLISHED: dict[str, dict[int, str]] = {
    # 0, 1, 2 and 3 are background, RV cavity, myocardium and LV cavity:
    # www.creatis.insa-lyon.fr/Challenge/acdc/evaluation.html
    "acdc": {
        1: "cavity of the right ventricle",
        2: "myocardium of the left ventricle",
        3: "cavity of the left ventricle",
    },
    # dataset.json of zenodo.org/records/7262581 ("postcava" is the inferior vena cava)
    "amos": dict(
        enumerate(
            (
                *("spleen", "kidney_right", "kidney_left", "gallbladder", "esophagus", "liver"),
                *("stomach", "aorta", "inferior_vena_cava", "pancreas", "adrenal_gland_right"),
                *("adrenal_gland_left", "duodenum", "urinary_bladder", "prostate_or_uterus"),
            ),
            1,
        )
    ),
    # NCR 1, ED 2, ET 4 until 2022 and 3 since: Sensors 2025;25:1838
    "brats": {
        1: "necrotic or non-enhancing core",
        2: "oedema or infiltrated tissue",
        3: "enhancing tumour",
    },
    # NETC 1, SNFH 2, ET 3, RC 4: de Verdier et al., arXiv:2405.18368
    "brats24": {
        1: "non-enhancing tumour core",
        2: "surrounding FLAIR hyperintensity",
        3: "enhancing tumour",
        4: "resection cavity",
    },
    # syn3193805, as given with the Swin UNETR of the MONAI model zoo; four of them also in
    # FLARE's DSC_NSD_eval.py, which reads BTCV: 1 spleen, 3 kidney, 6 liver, 11 pancreas
    "btcv": dict(
        enumerate(
            (
                *("spleen", "kidney_right", "kidney_left", "gallbladder", "esophagus", "liver"),
                *("stomach", "aorta", "inferior_vena_cava", "portal_vein_and_splenic_vein"),
                *("pancreas", "adrenal_gland_right", "adrenal_gland_left"),
            ),
            1,
        )
    ),
    "flare": dict(enumerate(EVALUATION_OF_FLARE, 1)),
    "flare23": dict(enumerate((*EVALUATION_OF_FLARE, "tumour"), 1)),
    # KITS_LABEL_NAMES in kits23/configuration/labels.py of github.com/neheller/kits23 at 2b09050
    "kits": {1: "kidney", 2: "tumour", 3: "cyst"},
    # program/evaluate.py of the challenge's own evaluation: liver is >= 1, lesion is 2
    "lits": {1: "liver without tumour", 2: "liver tumour"},
    # "labels" of the dataset.json of each task (medicaldecathlon.com, arXiv:1902.09063)
    "msd01": {1: "oedema", 2: "non-enhancing tumour", 3: "enhancing tumour"},
    "msd02": {1: "left atrium"},
    "msd03": {1: "liver without tumour", 2: "liver tumour"},
    "msd04": {1: "anterior hippocampus", 2: "posterior hippocampus"},
    "msd05": {1: "peripheral zone", 2: "transition zone"},
    "msd06": {1: "lung cancer"},
    "msd07": {1: "pancreas without tumour", 2: "pancreatic tumour"},
    "msd08": {1: "hepatic vessels", 2: "liver tumour"},
    "msd09": {1: "spleen"},
    "msd10": {1: "primary colon cancer"},
}
SOME_OF_TOTALSEGMENTATOR = {1: "spleen", 5: "liver", 52: "aorta", 117: "costal_cartilages"}
"""Of the 117 in class_map["total"] of github.com/wasserth/TotalSegmentator, version 2."""

COMPARED: dict[str, dict[str, tuple[int, ...]]] = {
    # Baid et al., arXiv:2107.02314
    "brats": {"WT": (1, 2, 3), "TC": (1, 3), "ET": (3,)},
    # the same three, and the cavity: arXiv:2405.18368
    "brats24": {"WT": (1, 2, 3), "TC": (1, 3), "ET": (3,), "RC": (4,)},
    # the same regions in the numbers of the decathlon
    "msd01": {"WT": (1, 2, 3), "TC": (2, 3), "ET": (3,)},
    # KITS_HEC_LABEL_MAPPING in kits23/configuration/labels.py
    "kits": {"kidney_and_masses": (1, 2, 3), "masses": (2, 3), "tumour": (2,)},
    "lits": {"liver": (1, 2), "tumour": (2,)},
    "msd03": {"liver": (1, 2), "tumour": (2,)},
    "msd07": {"pancreas": (1, 2), "tumour": (2,)},
    "msd08": {"vessels": (1,), "tumour": (2,)},
    "acdc": {"RV": (1,), "MYO": (2,), "LV": (3,)},
}


def text_of(name: str) -> str:
    return files("analysis").joinpath("schemes", f"{name}.toml").read_text("utf-8")


def structures_of(scheme: LabelScheme) -> dict[str, tuple[int, ...]]:
    return {each.name: each.labels for each in scheme.structures}


def test_the_presets_are_these() -> None:
    assert preset_names() == (*sorted(PUBLISHED), "totalsegmentator")


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_numbers_are_the_published_ones(name: str) -> None:
    assert load_scheme(name).labels == PUBLISHED[name]


def test_totalsegmentator_has_its_117_classes() -> None:
    labels = load_scheme("totalsegmentator").labels
    assert sorted(labels) == list(range(1, 118))
    assert labels.items() >= SOME_OF_TOTALSEGMENTATOR.items()


@pytest.mark.parametrize("name", COMPARED)
def test_the_structures_are_the_published_regions(name: str) -> None:
    assert structures_of(load_scheme(name)) == COMPARED[name]


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_is_complete(name: str) -> None:
    scheme = load_scheme(name)
    names = [each.name for each in scheme.structures]
    assert scheme.name == name
    assert len(set(names)) == len(names)
    assert [each for each in names if not STRUCTURE_NAME.fullmatch(each)] == []
    assert {label for each in scheme.structures for label in each.labels} == set(scheme.labels)
    assert scheme.distances == {}
    assert LabelScheme.from_dict(scheme.to_dict()) == scheme


def test_an_organ_has_one_name_in_all_lists_of_organs() -> None:
    known = set(load_scheme("totalsegmentator").labels.values())
    lists = ("amos", "btcv", "flare", "flare23")
    own = {title for name in lists for title in load_scheme(name).labels.values()} - known
    assert own == {"prostate_or_uterus", "tumour"}


def test_flare_differs_between_the_years_by_the_tumour_alone() -> None:
    assert load_scheme("flare23").labels == load_scheme("flare").labels | {14: "tumour"}


def test_numbers_of_another_challenge_are_refused() -> None:
    """Where they can be: AMOS has 15 labels, BTCV and FLARE 13, KiTS 3."""
    organs = np.arange(16, dtype=np.uint8).reshape(-1, 1, 1)
    for name, known in (("btcv", "1-13"), ("flare", "1-13"), ("kits", "1-3"), ("lits", "1, 2")):
        (problem,) = label_problems(organs, load_scheme(name))
        assert f"not in the label scheme '{name}' (it knows {known})" in problem
    assert label_problems(organs, load_scheme("amos")) == []


def test_brats_before_2017_is_refused() -> None:
    """Label 3 was the non-enhancing core then, beside 4 (Sensors 2025;25:1838)."""
    with pytest.raises(VolumeError, match="Label 4 is another number for label 3"):
        apply_scheme(np.array([1, 2, 3, 4], np.uint8).reshape(-1, 1, 1), load_scheme("brats"), "a")


def test_the_decathlon_s_glioma_is_brats_under_other_numbers() -> None:
    decathlon = np.array([0, 1, 2, 3], np.uint8).reshape(-1, 1, 1)
    renumbered = np.array([0, 2, 1, 3], np.uint8)[decathlon]  # oedema, core, enhancing
    for one, other in zip(
        load_scheme("msd01").structures, load_scheme("brats").structures, strict=True
    ):
        assert one.name == other.name
        assert np.array_equal(structure_mask(decathlon, one), structure_mask(renumbered, other))


def sources_of(name: str) -> list[str]:
    comments = "\n".join(line for line in text_of(name).splitlines() if line.startswith("#"))
    assert "# Source: " in comments
    return [found.rstrip(";,.") for found in re.findall(r"https://\S+", comments)]


def row_of(name: str) -> str:
    """Write the line of the document's table about a preset."""
    content: dict[str, Any] = tomllib.loads(text_of(name))
    labels = content["labels"]
    told = (
        ", ".join(f"{label} {title}" for label, title in labels.items())
        if len(labels) <= 20
        else f"1-{len(labels)}, see its file"
    )
    regions = ", ".join(
        f"{each['name']} {'+'.join(map(str, each['labels']))}"
        for each in content.get("structures", ())
    )
    source = sources_of(name)[0]
    return f"| `{name}` | {content['title']} | {told} | {regions or 'each label'} | <{source}> |"


@pytest.mark.parametrize("name", preset_names())
def test_the_document_shows_every_preset_as_it_is(name: str) -> None:
    assert row_of(name) in DOCUMENT.splitlines()


def test_the_document_shows_no_other_presets() -> None:
    assert tuple(re.findall(r"^\| `(\w+)` \|", DOCUMENT, re.MULTILINE)) == preset_names()


def test_the_scheme_of_the_document_can_be_used(tmp_path: Path) -> None:
    (written,) = re.findall(r"```toml\n(.*?)```", DOCUMENT, re.DOTALL)
    (tmp_path / "own.toml").write_text(written, "utf-8")
    scheme = load_scheme(tmp_path / "own.toml")
    assert structures_of(scheme) == {"lungs": (1, 2, 3), "lesion": (3,)}
    assert scheme.aliases == {9: 3}
    assert scheme.distance_matrix([1, 2, 3]).tolist() == [
        [0, 1, 1, 0.8],
        [1, 0, 1, 0.5],
        [1, 1, 0, 0.5],
        [0.8, 0.5, 0.5, 0],
    ]


def test_the_help_of_the_commands_names_every_preset(monkeypatch: pytest.MonkeyPatch) -> None:
    from rater_app.cli.app import app

    monkeypatch.setenv("COLUMNS", "400")
    shown = CliRunner().invoke(app, ["check", "--help"]).stdout
    told = {"msd01 to msd10" if each.startswith("msd") else each for each in preset_names()}
    assert [each for each in sorted(told) if not re.search(rf"\b{each}\b", shown)] == []
