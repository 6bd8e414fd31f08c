from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.regions import (
    LabelScheme,
    SchemeError,
    Structure,
    apply_scheme,
    label_problems,
    load_scheme,
    preset_names,
    structure_mask,
)
from analysis.volumes import VolumeError, read_labels

TWO = 'name="a"\n[labels]\n1="x"\n2="y"\n'


def labels(*values: int, kind: str = "uint8") -> np.ndarray:
    return np.array(values, kind).reshape(-1, 1, 1)


def test_brats_regions_are_unions_of_labels() -> None:
    scheme = load_scheme("brats")
    mapped = apply_scheme(labels(0, 1, 2, 3), scheme, "mask")
    found = {each.name: structure_mask(mapped, each).ravel().tolist() for each in scheme.structures}
    assert found == {
        "WT": [False, True, True, True],
        "TC": [False, True, False, True],
        "ET": [False, False, False, True],
    }


def test_the_old_number_of_the_enhancing_tumour_is_mapped() -> None:
    mapped = apply_scheme(labels(0, 1, 2, 4, kind="uint16"), load_scheme("brats"), "mask")
    assert mapped.dtype == np.uint8
    assert mapped.ravel().tolist() == [0, 1, 2, 3]


def test_both_numbers_of_one_label_are_refused() -> None:
    with pytest.raises(VolumeError, match="Label 4 is another number for label 3"):
        apply_scheme(labels(3, 4), load_scheme("brats"), "mask.nii.gz")


def test_all_problems_of_a_mask_are_named_at_once() -> None:
    problems = label_problems(labels(3, 4, 9, 300, kind="uint16"), load_scheme("brats"))
    assert len(problems) == 2
    assert "Labels 9, 300 are not in the label scheme 'brats' (it knows 1-4)" in problems[0]
    with pytest.raises(VolumeError, match=r"^mask\.nii: Label 9 is not in"):
        apply_scheme(labels(9), load_scheme("brats"), "mask.nii")


def test_structures_of_wide_labels_are_found() -> None:
    pair = Structure("pair", "pair", (300, 2))
    found = structure_mask(labels(0, 2, 44, 300, kind="uint16"), pair)
    assert found.ravel().tolist() == [False, True, False, True]


def test_totalsegmentator_has_one_structure_a_label() -> None:
    scheme = load_scheme("totalsegmentator")
    assert len(scheme.labels) == len(scheme.structures) == 117
    assert scheme.structures[1] == Structure("kidney_right", "kidney right", (2,))
    assert scheme.labels[52] == "aorta"
    assert scheme.labels[79] == "spinal_cord"


def test_totalsegmentator_numbers_fit_the_real_masks(shared: Path) -> None:
    """Where organs lie: the liver right of the spleen, the aorta left of the vena cava."""
    volume = read_labels(shared / "data/ct_totalsegmentator/model_full.nii.gz")
    scheme = load_scheme("totalsegmentator")
    mapped = apply_scheme(volume.array, scheme, "model_full")

    def centre_mm(name: str) -> np.ndarray:
        structure = next(each for each in scheme.structures if each.name == name)
        index = np.argwhere(structure_mask(mapped, structure)).mean(axis=0)
        return (volume.affine @ [*index, 1])[:3]

    assert centre_mm("liver")[0] > centre_mm("spleen")[0] + 50
    assert centre_mm("kidney_right")[0] > centre_mm("kidney_left")[0] + 50
    assert centre_mm("inferior_vena_cava")[0] > centre_mm("aorta")[0]
    assert centre_mm("spinal_cord")[1] < centre_mm("aorta")[1]
    assert centre_mm("vertebrae_L2")[2] < centre_mm("vertebrae_T11")[2]


@pytest.mark.parametrize("name", preset_names())
def test_schemes_survive_json(name: str) -> None:
    scheme = load_scheme(name)
    assert LabelScheme.from_dict(json.loads(json.dumps(scheme.to_dict()))) == scheme


def test_a_scheme_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(
        'name = "own"\n[labels]\n1 = "left lung"\n7 = "lesion"\n'
        '[[structures]]\nname = "all"\nlabels = [1, 7]\n'
    )
    assert load_scheme(path).structures == (Structure("all", "all", (1, 7)),)
    path.write_text('\ufeffname = "own"\n[labels]\n1 = "left lung"\n', encoding="utf-8")  # Notepad
    assert load_scheme(path).structures == (Structure("left_lung", "left lung", (1,)),)


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("", ["has no name", "must be whole numbers"]),
        ('name="a"\n[labels]\n0="x"\n', ["from 1 to 255"]),
        ('name="a"\n[labels]\n1="x"\n[aliases]\n1=1\n', ["[aliases]"]),
        ('name="a"\n[labels]\n1="x"\n[aliases]\n4=3\n', ["[aliases]"]),
        ('name="a"\nlabel=3\n[labels]\n1="x"\n2="x"\n', ["mean nothing here", "same name"]),
        (
            'name="a"\n[labels]\n1="x"\n[[structures]]\nname="two words"\nlabels=[2]\n'
            '[[structures]]\nname="b"\nlabels=[1]\n[[structures]]\nname="b"\nlabels=[[1]]\n',
            ["'two words'", "needs labels of this scheme", "'b' occurs twice"],
        ),
        ("name=", ["not valid TOML"]),
        ('name="a"\n[labels]\n1=5\n', ["a text in quotes"]),
        ('name="a"\n[labels]\n1=""\n', ["not empty"]),
        ('name="a"\n[labels]\n1="a b"\n2="a_b"\n', ["same name ('a b', 'a_b')"]),
        ('name="a"\n[labels]\n1="Ödem"\n', ["'Ödem' makes no name"]),
        (
            'name="a"\n[labels]\n1="x"\n[[structures]]\nname=7\ntitle=5\nlabels=[true]\n',
            ["'7' must be texts", "'7' needs labels"],
        ),
        (f"distances=1\n{TWO}", ["[distances] must be a table"]),
        (f"{TWO}[distances]\n1-3=0.5\n8-9=0\n", ["'1-3' names 3,", "'8-9' names 8 and 9,"]),
        (f"{TWO}[aliases]\n4=2\n[distances]\n1-4=0.5\n", ["'1-4' names 4,"]),
        (
            f'{TWO}[distances]\n0-1=1.1\n0-2=-0.1\n"1-2"="near"\n',
            [f"'{pair}' must be a number from 0 to 1" for pair in ("0-1", "0-2", "1-2")],
        ),
        (f"{TWO}[distances]\n0-1=nan\n0-2=inf\n1-2=true\n", ["'0-1' must", "'0-2' must", "'1-2'"]),
        (
            f'{TWO}[distances]\n1=0.5\n1-1=0\n01-2=0.5\n"1 - 2"=0.5\n1-2-0=0.5\n"1.2"=0.5\n',
            [
                f"'{key}' must name two different labels"
                for key in ("1", "1-1", "01-2", "1 - 2", "1-2-0", "1.2")
            ],
        ),
        (f"{TWO}[distances]\n1-2=0.5\n2-1=0.5\n", ["of 1 and 2 is given twice"]),
    ],
)
def test_every_fault_of_a_scheme_is_named(tmp_path: Path, text: str, faults: list[str]) -> None:
    (tmp_path / "own.toml").write_text(text, encoding="utf-8")
    with pytest.raises(SchemeError) as refusal:
        load_scheme(tmp_path / "own.toml")
    for fault in faults:
        assert fault in str(refusal.value)


def with_distances(distances: dict[str, float]) -> LabelScheme:
    numbers = {label for key in distances for label in key.split("-")} - {"0"}
    return LabelScheme.from_dict(
        {
            "name": "own",
            "labels": {number: f"label {number}" for number in sorted(numbers, key=int)}
            or {1: "x"},
            "distances": distances,
        }
    )


pairs = st.lists(st.integers(0, 255), min_size=2, max_size=2, unique=True).map(tuple)
tables = st.dictionaries(pairs, st.floats(0, 1), max_size=8).map(
    lambda table: {
        f"{one}-{other}": distance
        for (one, other), distance in table.items()
        if (other, one) not in table or one < other
    }
)
orders = st.lists(st.integers(1, 255), max_size=12, unique=True)


@given(tables, orders)
def test_a_distance_matrix_holds_what_the_table_says(
    table: dict[str, float], order: list[int]
) -> None:
    matrix = with_distances(table).distance_matrix(order)
    assert matrix.shape == (len(order) + 1, len(order) + 1)
    assert matrix.dtype == np.float64
    assert np.array_equal(matrix, matrix.T)
    assert np.all(np.diag(matrix) == 0)
    for row, one in enumerate([0, *order]):
        for column, other in enumerate([0, *order]):
            listed = table.get(f"{one}-{other}", table.get(f"{other}-{one}", float(one != other)))
            assert matrix[row, column] == listed


@given(tables, orders, st.randoms(use_true_random=False))
def test_the_order_of_labels_only_moves_distances(
    table: dict[str, float], order: list[int], random: Random
) -> None:
    scheme = with_distances(table)
    moved = random.sample(range(len(order)), len(order))
    rows = [0, *(place + 1 for place in moved)]
    assert np.array_equal(
        scheme.distance_matrix([order[place] for place in moved]),
        scheme.distance_matrix(order)[np.ix_(rows, rows)],
    )


@given(tables)
def test_distances_survive_json(table: dict[str, float]) -> None:
    scheme = with_distances(table)
    assert LabelScheme.from_dict(json.loads(json.dumps(scheme.to_dict()))) == scheme
    assert len(scheme.distances) == len(table)


def test_distances_of_a_file_hold_both_ways(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text(f'{TWO}[distances]\n2-1 = 0.5\n"0-2" = 1\n', "utf-8")
    scheme = load_scheme(tmp_path / "own.toml")
    assert scheme.distances == {(1, 2): 0.5, (0, 2): 1.0}
    assert scheme.to_dict()["distances"] == {"1-2": 0.5, "0-2": 1.0}
    assert scheme.distance_matrix([2, 1]).tolist() == [[0, 1, 1], [1, 0, 0.5], [1, 0.5, 0]]


def test_a_scheme_needs_no_distances() -> None:
    scheme = LabelScheme("own", {1: "x"}, (Structure("x", "x", (1,)),), {})
    assert scheme.distances == {}
    assert "distances" not in scheme.to_dict()
    assert scheme.distance_matrix([]).tolist() == [[0]]
    assert replace(scheme, distances={(1, 0): 0.2}).distance_matrix([1])[0, 1] == 0.2


def test_an_unknown_name_lists_the_presets() -> None:
    with pytest.raises(
        SchemeError, match=r"use acdc, amos, brats, .*, totalsegmentator, or the path"
    ):
        load_scheme("brain")
    with pytest.raises(SchemeError, match="cannot be read"):
        load_scheme("nowhere.toml")
