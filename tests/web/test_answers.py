from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rater_app.core.reading import Answer, questions
from rater_app.web.answers import CANNOT_JUDGE, to_answer, to_held
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


def test_plain_text_escapes_what_markdown_acts_on() -> None:
    assert plain("![x](y)") == r"!\[x\](y)"
    assert plain(":red[no] $x$ <b> `c` *i* _u_ ~s~") == (
        r"\:red\[no\] \$x\$ \<b\> \`c\` \*i\* \_u\_ \~s\~"
    )
    assert plain("# a\n1. b") == r"\# a 1. b"
    assert plain("1. a") == r"1\. a"
    assert plain("Is it good? Yes: 95 % (really)") == "Is it good? Yes: 95 % (really)"


def test_an_address_is_broken_up_by_an_invisible_sign() -> None:
    joiner = "\N{WORD JOINER}"
    assert plain("HTTP://x https://y") == rf"HTTP{joiner}\://x https{joiner}\://y"
    assert plain("www.a.org a@b.org") == rf"www{joiner}.a.org a{joiner}\@b.org"


@given(st.text())
def test_plain_text_leaves_no_active_sign_alone(text: str) -> None:
    escaped = plain(text)
    without = escaped.replace("\\\\", "")
    for sign in "`*_[]<>~$&@{}|":
        assert without.count(sign) == without.count(f"\\{sign}")
