"""A table of pairs: read into cases to measure, or refused with every problem."""

from __future__ import annotations

from pathlib import Path

import pytest

from analysis.measuring import CaseTask, read_pairs
from analysis.tables import HandoverError
from tests.analysis.pairs_on_disk import cube, save, write_pairs

HEADER = "case,model,reference_mask,mask\n"


def problems_of(table: Path) -> list[str]:
    with pytest.raises(HandoverError) as refused:
        read_pairs(table)
    return list(refused.value.problems)


def test_files_are_named_from_the_folder_of_the_table(tmp_path: Path):
    reference = save(tmp_path / "study" / "masks" / "r.nii.gz", cube())
    mask = save(tmp_path / "elsewhere" / "m.nii.gz", cube())
    table = tmp_path / "study" / "pairs.csv"
    table.write_text(
        f"mask,remark,case,model,reference_mask\n{mask},fine,c1,a,masks/r.nii.gz\n", "utf-8"
    )
    assert read_pairs(table) == [CaseTask("c1", (("", reference),), (("a", "", mask),))]


@pytest.mark.parametrize("first", ["prompt", "reference", "case"])
def test_a_mark_at_the_beginning_of_the_file_is_no_part_of_a_column(tmp_path: Path, first):
    mask = save(tmp_path / "m.nii.gz", cube())
    cells = {"case": "c", "model": "m", "reference_mask": "m.nii.gz", "mask": "m.nii.gz"}
    cells = {first: "first"} | cells | {first: "first"}
    table = tmp_path / "pairs.csv"
    table.write_text(f"{','.join(cells)}\n{','.join(cells.values())}\n", "utf-8-sig")
    (task,) = read_pairs(table)
    assert task == CaseTask(
        cells["case"],
        ((cells.get("reference", ""), mask),),
        (("m", cells.get("prompt", ""), mask),),
    )


def test_masks_of_a_case_share_its_references(tmp_path: Path):
    files = {name: save(tmp_path / f"{name}.nii.gz", cube()) for name in ("r1", "r2", "m", "n")}

    def row(case: str, prompt: str, reference: str, reference_mask: str, mask: str):
        names = {"case": case, "model": "a", "prompt": prompt, "reference": reference}
        return names | {"reference_mask": f"{reference_mask}.nii.gz", "mask": f"{mask}.nii.gz"}

    table = write_pairs(
        tmp_path / "pairs.csv",
        [
            row("whole", "short", "E2", "r2", "m"),
            row("whole", "short", "E1", "r1", "m"),
            row("whole", "long", "E2", "r2", "n"),
            row("whole", "long", "E1", "r1", "n"),
            row("gaps", "short", "E1", "r1", "m"),
            row("gaps", "long", "E1", "r1", "n"),
            row("gaps", "short", "E2", "r2", "m"),
            # One model and prompt, but another file against each reference.
            row("apart", "", "E1", "r1", "m"),
            row("apart", "", "E2", "r2", "n"),
        ],
    )
    e1, e2 = ("E1", files["r1"]), ("E2", files["r2"])
    short, long = ("a", "short", files["m"]), ("a", "long", files["n"])
    assert read_pairs(table) == [
        CaseTask("apart", (e1,), (("a", "", files["m"]),)),
        CaseTask("apart", (e2,), (("a", "", files["n"]),)),
        CaseTask("gaps", (e1,), (short, long)),
        CaseTask("gaps", (e2,), (short,)),
        CaseTask("whole", (e2, e1), (short, long)),
    ]
    assert [task.pairs for task in read_pairs(table)] == [1, 1, 2, 1, 4]


def test_every_problem_of_a_table_is_told_at_once(tmp_path: Path):
    for name in ("r", "s", "m"):
        save(tmp_path / f"{name}.nii.gz", cube())
    table = tmp_path / "pairs.csv"
    table.write_text(
        "case,model,reference,reference_mask,mask\n"
        "c1,a,E1,r.nii.gz,gone.nii.gz\n"
        "c1,a,E1,r.nii.gz,m.nii.gz\n"
        "c1,b,E1,s.nii.gz,m.nii.gz\n"
        "c2,a,E1,lost.nii.gz,gone.nii.gz\n"
        "c2,,E1,r.nii.gz,m.nii.gz\n"
        "c2,b,E1,r.nii.gz\n"
        "c3,a,E1,r.nii.gz,\n",
        "utf-8",
    )
    assert sorted(problems_of(table)) == [
        "pairs.csv, line 3: the key (case, model, reference) stands there twice",
        "pairs.csv, line 5: reference_mask lost.nii.gz is not there",
        "pairs.csv, line 6: column `model` is empty",
        "pairs.csv, line 7: has more or fewer cells than the header; quote cells with commas",
        "pairs.csv, line 8: column `mask` is empty",
        "pairs.csv, lines 2, 5: mask gone.nii.gz is not there",
        "pairs.csv: case `c1` has two files for the reference `E1`; name them apart",
    ]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "lacks the columns case, model, reference_mask, mask; is it a CSV file"),
        (b"case,model,prompt\nc1,a,\n", "lacks the columns reference_mask, mask; is it a CSV"),
        (HEADER.replace(",", ";").encode(), "lacks the columns case, model, reference_mask"),
        (HEADER.encode("utf-16"), "cannot be read as CSV in UTF-8"),
        (b"\x1f\x8b\x08\x00" + bytes(range(256)), "cannot be read as CSV in UTF-8"),
        (HEADER.encode() + b'c1,"a,r,m\n', "cannot be read as CSV in UTF-8: unexpected end"),
        (HEADER[:-1].encode() + b",mask\nc1,a,r,m,m\n", "has the column mask more than once"),
    ],
    ids=["empty", "columns", "semicolons", "UTF-16", "no text", "quotes", "column twice"],
)
def test_a_file_that_is_no_table_of_pairs(tmp_path: Path, content, told):
    (tmp_path / "pairs.csv").write_bytes(content)
    (problem, *others) = problems_of(tmp_path / "pairs.csv")
    assert problem.startswith(f"pairs.csv: {told}")
    assert all("is not there" in other for other in others)


def test_a_table_that_is_not_there(tmp_path: Path):
    assert problems_of(tmp_path / "no.csv") == [f"{tmp_path / 'no.csv'}: there is no such file"]


def test_a_table_without_a_pair_is_a_problem(tmp_path: Path):
    (tmp_path / "pairs.csv").write_text(HEADER, "utf-8")
    assert len(problems_of(tmp_path / "pairs.csv")) == 1


def test_a_file_name_that_no_disk_could_hold_is_a_missing_file(tmp_path: Path):
    mask = save(tmp_path / "m.nii.gz", cube())
    (tmp_path / "pairs.csv").write_text(f"{HEADER}c1,a,{mask},{'x' * 300}.nii.gz\n", "utf-8")
    assert problems_of(tmp_path / "pairs.csv") == [
        f"pairs.csv, line 2: mask {'x' * 300}.nii.gz is not there"
    ]
