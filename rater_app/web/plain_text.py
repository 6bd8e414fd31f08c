"""Text of a study shown as it is, where Streamlit would read markdown."""

from __future__ import annotations

import re

_WORD_JOINER = "\N{WORD JOINER}"

# Signs that markdown, its links or Streamlit's directives act on; others stay readable for
# screen readers, which are given the text of a label with the escapes.
_ACTIVE = re.compile(r"[\\`*_\[\]<>~$&@{}|]|:(?=\S)|^[-+#>=]|(?<=^\d)[.)]|(?<=^\d\d)[.)]")
# Addresses become links in text that is escaped already; an invisible sign breaks them up.
_ADDRESS = re.compile(r"(?<=https)(?=:)|(?<=http)(?=:)|(?<=www)(?=\.)|(?=@)", re.IGNORECASE)


def plain(text: str) -> str:
    r"""Escape what markdown would act on; line breaks become spaces, and nothing becomes a link.

    Examples
    --------
    >>> plain("Is it *good*? ![x](y)")
    'Is it \\*good\\*? !\\[x\\](y)'
    """
    words = _ADDRESS.sub(_WORD_JOINER, " ".join(text.split()))
    return _ACTIVE.sub(lambda sign: f"\\{sign[0]}", words)
