"""Blinding: names that raters must not read, random codes, and colours that tell nothing."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable, Sequence

_WORD = re.compile(r"[^\W_]+")
_LONGEST_NAME = 4  # words that a name may be written in: "Seg Any Med Vol"
_FEWEST_PROMPT_WORDS = 3

# Okabe and Ito's colours, told apart with every kind of colour vision and bright on grey images
# (https://jfly.uni-koeln.de/color/); black, which no image would show, is left out.
_COLOURS = ("#d55e00", "#56b4e9", "#f0e442", "#cc79a7", "#009e73", "#e69f00", "#0072b2")
_SHADES = (0.0, 0.4, -0.35, 0.65, -0.55, 0.2, -0.15)


def blinding_code() -> str:
    """Draw a code that says nothing: 128 random bits in hexadecimal."""
    return secrets.token_hex(16)


def label_colours(count: int) -> tuple[str, ...]:
    """Give distinct colours for so many labels; lighter and darker shades after the first seven.

    Examples
    --------
    >>> label_colours(2)
    ('#d55e00', '#56b4e9')
    """
    colours: list[str] = []
    shades = list(_SHADES)
    while len(colours) < count:
        rounds = len(colours) // len(_COLOURS)
        if rounds == len(shades):  # halfway between the shades there are
            shades += [
                (a + b) / 2 for a, b in zip(sorted(shades), sorted(shades)[1:], strict=False)
            ]
        colours += [_shaded(colour, shades[rounds]) for colour in _COLOURS]
    return tuple(colours[:count])


def _shaded(colour: str, amount: float) -> str:
    """Mix a colour with white (amount above 0) or with black (below 0)."""
    target = 255 if amount > 0 else 0
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    mixed = (round(part + abs(amount) * (target - part)) for part in parts)
    return "#" + "".join(f"{part:02x}" for part in mixed)


def name_leaks(
    texts: Iterable[tuple[str, str]], hidden: Iterable[tuple[str, str]]
) -> tuple[str, ...]:
    """Find names that raters must not read in the texts that they will read.

    Names are found whatever their case and however their words are joined (nnU-Net, nnUNet).
    Left out are names that tell nothing when they are read: numbers, single letters, prompts of
    one or two words (the structure's own name, as a rule), and case and file names that are plain
    words ("mask").

    Parameters
    ----------
    texts : iterable of (place, text)
        What raters will read.
    hidden : iterable of (what, name)
        What they must not: "model", "family", "class", "prompt", "case" or "file", and the name.

    Returns
    -------
    tuple of str
        One sentence for each text with a name in it.
    """
    names = {name: what for what, name in hidden if _is_telling(what, name)}
    searched = {name: _words(name) for name in names}
    leaks = []
    for place, text in texts:
        words = _words(text)
        joined = {
            "".join(words[at : at + length]).casefold()
            for length in range(1, _LONGEST_NAME + 1)
            for at in range(len(words) - length + 1)
        }
        spaced = f" {' '.join(words).casefold()} "
        for name, parts in searched.items():
            short = len(name) == 2  # "M1" is a name, "is" is a word
            if (
                name in words
                if short
                else "".join(parts).casefold() in joined
                or f" {' '.join(parts).casefold()} " in spaced
            ):
                leaks.append(
                    f"{place} holds the {names[name]} “{name}”, which raters must not read: "
                    "use other words"
                )
    return tuple(dict.fromkeys(leaks))


def _is_telling(what: str, name: str) -> bool:
    words = _words(name)
    if not words or len(name) < 2 or "".join(words).isdigit() or name.casefold() == "human":
        return False
    if what == "prompt":
        return len(words) >= _FEWEST_PROMPT_WORDS
    if what in ("case", "file"):
        has_digit = any(character.isdigit() for character in name)
        return len(name) > 3 and (has_digit or len(words) > 2)
    return True


def _words(text: str) -> Sequence[str]:
    return _WORD.findall(text)
