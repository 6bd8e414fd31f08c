from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rater_app.core.instrument import Item, ItemKind, Level
from rater_app.core.reading import Answer, Question, questions
from rater_app.web.answers import (
    CANNOT_JUDGE,
    keyed_question,
    level_of_key,
    to_answer,
    to_held,
)
from rater_app.web.plain_text import plain
from tests.builders import FULL, STRUCTURES

ASKED = questions(FULL, STRUCTURES)
WT, TC, ET, CONFIDENCE, ERRORS, SOURCE, COMMENT = range(7)


@pytest.mark.parametrize(
    ("place", "held", "answer"),
    [
        (WT, 3, Answer("quality", "WT", values=(3,))),
        (WT, CANNOT_JUDGE, Answer("quality", "WT", cannot_judge=True)),
        (CONFIDENCE, 0, Answer("confidence", values=(0,))),
        (ERRORS, [1, 3], Answer("errors", values=(1, 3))),
        (SOURCE, 2, Answer("source", values=(2,))),
        (COMMENT, "cannot judge", Answer("comment", text="cannot judge")),
    ],
)
def test_widgets_and_answers_are_inverse(place: int, held: object, answer: Answer) -> None:
    assert to_answer(ASKED[place], held) == answer
    assert to_held(ASKED[place], [answer]) == held


@pytest.mark.parametrize("place", range(7))
def test_a_new_form_holds_nothing(place: int) -> None:
    held = to_held(ASKED[place], [])
    assert held in (None, "", [])
    assert to_answer(ASKED[place], held).is_empty


def test_number_keys_answer_the_first_open_rating_and_then_the_last() -> None:
    answers: list[Answer] = []
    for place in (WT, TC, ET):
        assert keyed_question(ASKED, answers) == place
        answers.append(to_answer(ASKED[place], 2))
    assert keyed_question(ASKED, answers) == ET
    assert keyed_question(ASKED, answers[1:]) == WT


def test_without_ratings_the_number_keys_answer_nothing() -> None:
    assert keyed_question(ASKED[CONFIDENCE:], []) is None


def test_a_key_stands_for_the_level_of_its_number() -> None:
    ten = _levels(*range(1, 11))
    stars = _levels(*range(6))
    assert [level_of_key(ten, key) for key in (1, 9, 10)] == [1, 9, 10]
    assert [level_of_key(stars, key) for key in (1, 5, 6, 10)] == [1, 5, None, 0]


def _levels(*values: int) -> Question:
    levels = tuple(Level(value, str(value)) for value in values)
    return Question(Item("q", ItemKind.LEVELS, "?", levels, best="high"))


def test_plain_text_escapes_what_markdown_acts_on() -> None:
    assert plain("![x](http://x)") == r"!\[x\](http\://x)"
    assert plain(":red[no] $x$ <b> `c` *i* _u_ ~s~") == (
        r"\:red\[no\] \$x\$ \<b\> \`c\` \*i\* \_u\_ \~s\~"
    )
    assert plain("# a\n1. b") == r"\# a 1. b"
    assert plain("1. a") == r"1\. a"
    assert plain("Is it good? Yes: 95 % (really)") == "Is it good? Yes: 95 % (really)"


@given(st.text())
def test_plain_text_leaves_no_active_sign_alone(text: str) -> None:
    escaped = plain(text)
    without = escaped.replace("\\\\", "")
    for sign in "`*_[]<>~$&@{}|":
        assert without.count(sign) == without.count(f"\\{sign}")
