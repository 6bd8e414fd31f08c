from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from analysis.agreement.reading_ratings import RatingColumns, read_ratings
from analysis.any_table import TableError, read_text_table, rows


def written(folder: Path, text: str, name: str = "ratings.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


LONG = "rater,item,rating,case\nb,2,3,x\na,1,1,x\na,2,2,x\nb,1,1,x\na,3,5,y\nb,3,NA,y\n"


def test_a_long_table_is_found_by_its_names(tmp_path: Path) -> None:
    read = read_ratings(written(tmp_path, LONG))
    assert read.layout == "long"
    assert read.table.rater_names == ("a", "b")
    assert list(read.table.case_names) == ["x", "y"]
    expected = [[1, 1], [2, 3], [5, np.nan]]
    assert np.array_equal(read.table.values, expected, equal_nan=True)
    assert (read.categories, read.labels) == (None, ())


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_wide_table_has_a_column_a_rater(tmp_path: Path, separator: str) -> None:
    text = "scan,site,anna,ben\ns1,X,1,2\ns2,Y,3,\n".replace(",", separator)
    read = read_ratings(written(tmp_path, "\ufeff" + text))
    assert (read.layout, read.columns.item, read.columns.raters) == (
        "wide",
        ("scan",),
        ("anna", "ben"),
    )
    assert np.array_equal(read.table.values, [[1, 2], [3, np.nan]], equal_nan=True)


def test_a_wide_table_may_name_its_cases_first(tmp_path: Path) -> None:
    read = read_ratings(written(tmp_path, "case,mask,Ann,Ben\nc1,a,1,2\nc1,b,3,3\nc2,c,2,2\n"))
    assert (read.columns.item, read.columns.case) == (("mask",), "case")
    assert (len(read.table.values), read.table.n_cases) == (3, 2)
    alone = read_ratings(written(tmp_path, "case,Ann,Ben\nc1,1,2\nc2,3,3\n", "alone.csv"))
    assert (alone.columns.item, alone.table.n_cases) == (("case",), 2)


def test_long_and_wide_give_the_same_table(tmp_path: Path) -> None:
    wide = "item,case,a,b\n1,x,1,1\n2,x,2,3\n3,y,5,\n"
    one = read_ratings(written(tmp_path, LONG)).table
    other = read_ratings(written(tmp_path, wide, "wide.csv")).table
    assert np.array_equal(one.values, other.values, equal_nan=True)
    assert np.array_equal(one.cases, other.cases)


def test_columns_of_any_name_and_several_for_an_item(tmp_path: Path) -> None:
    text = "reader,patient,model,grade\nr1,p1,m1,2\nr1,p1,m2,3\nr2,p1,m1,2\nr2,p1,m2,1\n"
    columns = RatingColumns("reader", ("patient", "model"), "grade", "patient")
    read = read_ratings(written(tmp_path, text), columns)
    assert read.table.values.tolist() == [[2, 2], [3, 1]]
    assert read.table.n_cases == 1


def test_words_have_an_order_only_when_it_is_told(tmp_path: Path) -> None:
    path = written(tmp_path, "item,rater,rating\n1,a,poor\n1,b,good\n2,a,fair\n2,b,fair\n")
    with pytest.raises(TableError, match=r"the ratings are words \(fair, good, poor\)"):
        read_ratings(path)
    ordered = read_ratings(path, categories=["poor", "fair", "good"])
    assert ordered.table.values.tolist() == [[1, 3], [2, 2]]
    assert (ordered.categories, ordered.labels) == ((1.0, 2.0, 3.0), ("poor", "fair", "good"))
    nominal = read_ratings(path, measurement="nominal")
    assert nominal.labels == ("fair", "good", "poor")


def test_replicates_are_set_apart(tmp_path: Path) -> None:
    text = "item,rater,rating,replicate\n1,a,2,10\n1,a,3,9\n1,b,4,9\n2,a,5,9\n2,b,1,9\n"
    read = read_ratings(written(tmp_path, text))
    # Reading 9 comes before reading 10.
    assert read.table.values.tolist() == [[3, 4], [5, 1]]
    assert len(read.readings) == 5


@pytest.mark.parametrize(
    ("text", "columns", "categories", "problems"),
    [
        (
            "item,rater,rating\n1,a,2\n1,a,3\n",
            None,
            (),
            ["ratings.csv: row 3: the rater has rated this item before. If these are repeated"],
        ),
        (
            "item,rater,rating\n1,a,7\n1,b,x\n2,b,3\n",
            None,
            ("1", "2", "3"),
            ["ratings.csv: rows 2, 3: “7”, “x” is none of the levels 1, 2, 3"],
        ),
        (
            "item,rater,rating\n1,a,7\n",
            RatingColumns(rater="reader", item=("scan",), rating="rating"),
            (),
            ["there is no column “reader” (--rater)", "there is no column “scan” (--item)"],
        ),
        (
            "item,rater,rating\n,a,7\n1,,3\n",
            None,
            (),
            ["ratings.csv: row 3: “rater” is empty", "ratings.csv: row 2: “item” is empty"],
        ),
        (
            "item,rater,rating,case\n1,a,1,x\n1,b,1,y\n",
            None,
            (),
            ["ratings.csv: 1 items lie in more than one case: 1"],
        ),
        ("item,rater,rating\n1,a,inf\n1,b,2\n", None, (), ["ratings.csv: a rating is infinite"]),
        ("item,rater,rating\n1,a,\n1,b,NA\n", None, (), ["ratings.csv: there is no rating"]),
        ("a,b\n1,x\n", None, (), ["fewer than two columns of numbers that could be raters"]),
        (
            "rater,item,value,time\na,1,2,9\nb,1,3,8\n",
            None,
            (),
            ["there is a column “rater” and none called “rating”: name the column of the rating"],
        ),
        (
            "rater,item,rating,replicate,case\na,q,2,0,x\na,q,3,0,y\n",
            None,
            (),
            [
                "row 3: the rater has rated this item before, in the same reading (replicate)",
                "ratings.csv: 1 items lie in more than one case: q",
            ],
        ),
    ],
)
def test_every_problem_of_a_table_is_told(
    tmp_path: Path,
    text: str,
    columns: RatingColumns | None,
    categories: tuple[str, ...],
    problems: list[str],
) -> None:
    with pytest.raises(TableError) as refused:
        read_ratings(written(tmp_path, text), columns, categories=categories)
    assert len(refused.value.problems) == len(problems)
    for found, expected in zip(refused.value.problems, problems, strict=True):
        assert expected in found


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("", ["ratings.csv: there are no rows below the header"]),
        ("a,b\n", ["ratings.csv: there are no rows below the header"]),
        ("a,a,b\n1,2,3\n", ["ratings.csv: the header names “a” 2 times"]),
        ("a,b\n1\n1,2\n1,2,3\n", ["ratings.csv: rows 2, 4: not 2 cells, as the header has"]),
    ],
)
def test_broken_files_say_what_is_wrong(tmp_path: Path, text: str, problems: list[str]) -> None:
    with pytest.raises(TableError) as refused:
        read_text_table(written(tmp_path, text))
    assert list(refused.value.problems) == problems


def test_files_that_are_none(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="there is no such file"):
        read_text_table(tmp_path / "none.csv")
    with pytest.raises(TableError, match="is a folder"):
        read_text_table(tmp_path)
    (tmp_path / "latin.csv").write_bytes("a,b\nä,1\n".encode("latin-1"))
    with pytest.raises(TableError, match="is not UTF-8"):
        read_text_table(tmp_path / "latin.csv")


def test_quoted_cells_may_span_lines(tmp_path: Path) -> None:
    text = 'item,rater,rating,comment\n1,a,2,"blurred,\nnoisy"\n1,b,3,fine\n'
    assert read_ratings(written(tmp_path, text)).table.values.tolist() == [[2, 3]]


def test_many_rows_are_named_by_their_first() -> None:
    assert rows(range(2, 40)) == "rows 2, 3, 4, 5, 6 and 33 more"
