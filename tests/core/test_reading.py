"""What a reading still lacks."""

from __future__ import annotations

import pytest

from rater_app.core.instrument import Instrument, Item, ItemKind, Level
from rater_app.core.reading import (
    LONGEST_TEXT,
    Answer,
    Question,
    check_reading,
    keyed_question,
    level_of_key,
    questions,
)
from rater_app.core.study import RatedStructure

LEVELS = [{"value": value, "label": str(value)} for value in (1, 2, 3)]
INSTRUMENT = Instrument.from_dict(
    {
        "items": [
            {"id": "quality", "kind": "levels", "text": "Quality", "best": "high",
             "levels": LEVELS, "per_structure": True, "cannot_judge": True},
            {"id": "line", "kind": "slider", "text": "Line", "best": "high",
             "levels": [{"value": 0, "label": "worst"}, {"value": 100, "label": "best"}]},
            {"id": "errors", "kind": "multiple", "text": "Errors", "levels": LEVELS},
            {"id": "source", "kind": "choice", "text": "Source", "levels": LEVELS,
             "required": False},
            {"id": "comment", "kind": "text", "text": "Comment", "required": False},
        ]
    }
)  # fmt: skip
ASKED = questions(
    INSTRUMENT, (RatedStructure("WT", "whole tumour", (1, 2)), RatedStructure("ET", "rim", (3,)))
)
COMPLETE = (
    Answer("quality", "WT", (2,)),
    Answer("quality", "ET", cannot_judge=True),
    Answer("line", values=(57,)),
)


def replaced(answer: Answer) -> tuple[Answer, ...]:
    return (*(given for given in COMPLETE if given.key != answer.key), answer)


def test_questions_are_asked_per_structure_in_order():
    assert [question.key for question in ASKED] == [
        ("quality", "WT"),
        ("quality", "ET"),
        ("line", ""),
        ("errors", ""),
        ("source", ""),
        ("comment", ""),
    ]
    assert ASKED[0].text == "Quality — whole tumour"


def test_without_structures_an_item_is_asked_once():
    assert [question.key for question in questions(INSTRUMENT, ())][:2] == [
        ("quality", ""),
        ("line", ""),
    ]


def test_a_complete_reading_has_no_problem():
    assert check_reading(COMPLETE, ASKED) == ()


def test_an_empty_reading_names_every_required_question():
    problems = check_reading((), ASKED)
    assert len(problems) == 3
    assert problems[0] == "Please answer: Quality — whole tumour"


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (Answer("quality", "WT", (4,)), "choose again"),
        (Answer("quality", "WT", (1, 2)), "choose again"),
        (Answer("quality", "WT", (1,), cannot_judge=True), "either a level"),
        (Answer("line", values=(101,)), "choose again"),
        (Answer("line", values=(-1,)), "choose again"),
        (Answer("line", cannot_judge=True), "no answer"),
        (Answer("errors", values=(1, 1)), "choose again"),
        (Answer("source", values=(1, 2)), "choose again"),
        (Answer("comment", text="x" * (LONGEST_TEXT + 1)), "below 2000 characters"),
        (Answer("comment", text="a\0b"), "unreadable"),
        (Answer("comment", text="a\ud800b"), "unreadable"),
        (Answer("unknown", values=(1,)), "no question"),
        (Answer("quality", "", (1,)), "no question"),
    ],
)
def test_impossible_answers_are_refused(answer, sentence):
    (problem,) = check_reading(replaced(answer), ASKED)
    assert sentence.lower() in problem.lower()


@pytest.mark.parametrize(
    "answer",
    [
        Answer("line", values=(0,)),
        Answer("line", values=(100,)),
        Answer("errors", values=(1, 3)),
        Answer("source", values=(3,)),
        Answer("comment", text="Müller: größer als nötig 👍"),
        Answer("comment", text="   "),
    ],
)
def test_possible_answers_pass(answer):
    assert check_reading(replaced(answer), ASKED) == ()


def test_a_question_answered_twice_is_refused():
    assert "twice" in check_reading((*COMPLETE, Answer("quality", "WT", (1,))), ASKED)[0]


def test_number_keys_answer_the_first_open_rating_and_then_the_last():
    wt, et = ASKED[0], ASKED[1]
    assert keyed_question(ASKED, []) == 0
    assert keyed_question(ASKED, [Answer(*wt.key, (2,))]) == 1
    assert keyed_question(ASKED, [Answer(*et.key, (2,))]) == 0
    assert keyed_question(ASKED, [Answer(*wt.key, (2,)), Answer(*et.key, cannot_judge=True)]) == 1
    assert keyed_question(ASKED[2:], []) is None


def test_a_key_stands_for_the_level_of_its_number():
    ten, stars = levels_of(range(1, 11)), levels_of(range(6))
    assert [level_of_key(ten, key) for key in (1, 9, 10)] == [1, 9, 10]
    assert [level_of_key(stars, key) for key in (1, 5, 6, 10)] == [1, 5, None, 0]


def levels_of(values):
    levels = tuple(Level(value, str(value)) for value in values)
    return Question(Item("q", ItemKind.LEVELS, "?", levels, best="high"))
