"""How preferences are turned into abilities: reference player, ties, order and penalty."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from analysis.preference.comparisons import Preferences
from analysis.preference.likelihood import Model, model
from analysis.resampling import FloatArray, IntArray

Ties = Literal["davidson", "half", "omit"]
Penalty = Literal["none", "firth"]


@dataclass(frozen=True)
class Options:
    """How preferences are turned into abilities: reference player, ties, order, penalty."""

    reference: str | None = None
    ties: Ties = "davidson"
    order_effect: bool = False
    penalty: Penalty = "none"


def checked(table: Preferences, options: Options) -> Options:
    """Return the options with a reference player, or raise for those that cannot be."""
    problems = []
    if len(table.players) < 2:
        problems.append(f"{len(table.players)} players: at least 2 are needed")
    if options.reference is not None and options.reference not in table.players:
        problems.append(f"reference {options.reference!r} is not among the players")
    for what, given, allowed in (
        ("ties", options.ties, get_args(Ties)),
        ("penalty", options.penalty, get_args(Penalty)),
    ):
        if given not in allowed:
            problems.append(f"{what}={given!r} is not one of {', '.join(allowed)}")
    if options.order_effect and not table.ordered:
        problems.append("an order effect cannot be estimated: the order of showing is not known")
    if problems:
        raise ValueError("; ".join(problems))
    reference = table.players[0] if options.reference is None else options.reference
    return Options(reference, options.ties, options.order_effect, options.penalty)


def counted(table: Preferences, options: Options) -> tuple[IntArray, FloatArray]:
    """Count outcomes per case and pair, ties dealt with."""
    pairs, counts = table.pair_counts(options.order_effect)
    if options.ties == "half":
        return pairs, counts[:, :, :2] + counts[:, :, 2:] / 2
    return pairs, counts[:, :, :2] if options.ties == "omit" else counts


def lay_out(table: Preferences, options: Options, pairs: IntArray, n_outcomes: int) -> Model:
    """Lay out the model of the options for the pairs that met."""
    return model(
        pairs,
        len(table.players),
        table.players.index(str(options.reference)),
        order=options.order_effect,
        ties=n_outcomes > 2,
        firth=options.penalty == "firth",
    )


def described(options: Options) -> str:
    """Name the model."""
    parts = ["Bradley-Terry", "Firth-penalised" if options.penalty == "firth" else "ML"]
    parts.append(
        {"davidson": "Davidson ties", "half": "ties half", "omit": "ties left out"}[options.ties]
    )
    if options.order_effect:
        parts.append("order effect")
    return ", ".join(parts)
