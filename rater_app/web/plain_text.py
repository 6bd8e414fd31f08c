"""Text of a study shown as it is, where Streamlit would read markdown."""

from __future__ import annotations

import re

# Signs that markdown, its links or Streamlit's directives act on; others stay readable for
# screen readers, which are given the text of a label with the escapes.
_ACTIVE = re.compile(
    r"[\\`*_\[\]<>~$&@{}|]|:(?=\S)|(?<=www)\.|^[-+#>=]|(?<=^\d)[.)]|(?<=^\d\d)[.)]"
)


def plain(text: str) -> str:
    r"""Escape what markdown would act on; line breaks become spaces.

    Examples
    --------
    >>> plain("Is it *good*? ![x](http://x)")
    'Is it \\*good\\*? !\\[x\\](http\\://x)'
    """
    return _ACTIVE.sub(lambda sign: f"\\{sign[0]}", " ".join(text.split()))
