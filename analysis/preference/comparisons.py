"""Preferences: which of two masks of a case a rater preferred, and which was shown first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from analysis.resampling import FloatArray, IntArray

FIRST, SECOND, TIE = 0, 1, 2
Labels = Sequence[object] | NDArray[np.generic]


@dataclass(frozen=True, eq=False)
class Preferences:
    """Comparisons of two players (models) each, with case, rater and order of showing.

    Attributes
    ----------
    players
        Labels of what is compared.
    first, second
        For each row the number of the player shown first (on the left) and second.
    outcome
        0 when the first was preferred, 1 the second, 2 neither.
    count
        How many comparisons the row stands for.
    cases, raters
        For each row the number of its case and of its rater.
    case_names, rater_names
        Their labels.
    ordered
        Whether the order of showing is known.
    """

    players: tuple[str, ...]
    first: IntArray
    second: IntArray
    outcome: IntArray
    count: FloatArray
    cases: IntArray
    raters: IntArray
    case_names: NDArray[np.str_]
    rater_names: tuple[str, ...]
    ordered: bool = True

    @classmethod
    def of(
        cls,
        first: Labels,
        second: Labels,
        preferred: Labels,
        *,
        cases: Labels | None = None,
        raters: Labels | None = None,
        players: Sequence[object] | None = None,
        tie: str = "tie",
    ) -> Preferences:
        """Make a table from one entry per comparison.

        Parameters
        ----------
        first, second
            Labels of the two players in the order of showing.
        preferred
            Label of the preferred player, or `tie`.
        cases, raters
            Labels; without them every comparison is a case of its own, of one rater.
        players
            All players in the order wanted; sorted ones when not given.

        Raises
        ------
        ValueError
            If lengths differ, a player meets itself, or a preferred label is neither of the two.

        Examples
        --------
        >>> Preferences.of(["a", "b"], ["b", "c"], ["a", "tie"]).players
        ('a', 'b', 'c')
        """
        one, two, won = (
            np.asarray(labels).astype(np.str_) for labels in (first, second, preferred)
        )
        n = len(one)
        own = np.array([f"{at:0{len(str(n))}d}" for at in range(1, n + 1)], dtype=np.str_)
        case = own if cases is None else np.asarray(cases).astype(np.str_)
        rater = np.repeat("1", n) if raters is None else np.asarray(raters).astype(np.str_)
        if len({len(labels) for labels in (one, two, won, case, rater)}) > 1:
            lengths = [len(labels) for labels in (one, two, won, case, rater)]
            raise ValueError(f"first, second, preferred, cases, raters have lengths {lengths}")
        found = {str(name) for name in (*one, *two)}
        names = sorted(found) if players is None else [str(name) for name in players]
        problems = _problems(one, two, won, names, tie)
        if problems:
            raise ValueError("; ".join(problems))
        number = {name: at for at, name in enumerate(names)}
        case_names, case_numbers = np.unique(case, return_inverse=True)
        rater_names, rater_numbers = np.unique(rater, return_inverse=True)
        return cls(
            tuple(names),
            np.array([number[name] for name in one], dtype=np.int64),
            np.array([number[name] for name in two], dtype=np.int64),
            np.where(won == tie, TIE, np.where(won == one, FIRST, SECOND)).astype(np.int64),
            np.ones(n),
            case_numbers.astype(np.int64),
            rater_numbers.astype(np.int64),
            case_names.astype(np.str_),
            tuple(str(name) for name in rater_names),
        )

    @classmethod
    def from_long(
        cls,
        frame: pd.DataFrame,
        *,
        first: str,
        second: str,
        preferred: str,
        case: str | None = None,
        rater: str | None = None,
        tie: str = "tie",
    ) -> Preferences:
        """Make a table from one row per comparison; the columns are named by the arguments."""
        return cls.of(
            frame[first].to_numpy(),
            frame[second].to_numpy(),
            frame[preferred].to_numpy(),
            cases=None if case is None else frame[case].to_numpy(),
            raters=None if rater is None else frame[rater].to_numpy(),
            tie=tie,
        )

    @classmethod
    def of_wins(
        cls, wins: ArrayLike, *, players: Sequence[object] | None = None, ties: ArrayLike = 0.0
    ) -> Preferences:
        """Make a table from counts: entry (i, j) of `wins` is how often i was preferred to j.

        The order of showing is unknown and there is one case. `ties` is symmetric, the same number
        at (i, j) and (j, i).
        """
        won = _counts(wins, "wins")
        even = _counts(np.broadcast_to(np.asarray(ties, dtype=float), won.shape), "ties")
        if (even != even.T).any():
            raise ValueError("ties are not symmetric")
        return cls._counted(np.triu(won, 1), np.triu(won.T, 1), np.triu(even, 1), players, False)

    @classmethod
    def of_ordered_wins(
        cls,
        first_won: ArrayLike,
        second_won: ArrayLike,
        *,
        players: Sequence[object] | None = None,
        ties: ArrayLike = 0.0,
    ) -> Preferences:
        """Make a table from counts by order: entry (i, j) is about i shown first and j second.

        `first_won` counts the preferences for i, `second_won` those for j, `ties` those for
        neither (not symmetric). With teams, the first is the one that plays at home.
        """
        one, two = _counts(first_won, "first_won"), _counts(second_won, "second_won")
        if one.shape != two.shape:
            raise ValueError(f"first_won is {one.shape}, second_won is {two.shape}")
        even = _counts(np.broadcast_to(np.asarray(ties, dtype=float), one.shape), "ties")
        return cls._counted(one, two, even, players, True)

    @classmethod
    def _counted(
        cls,
        one: FloatArray,
        two: FloatArray,
        even: FloatArray,
        players: Sequence[object] | None,
        ordered: bool,
    ) -> Preferences:
        names = range(1, len(one) + 1) if players is None else players
        if len(names) != len(one):
            raise ValueError(f"{len(names)} labels for {len(one)} players")
        table = np.stack([one, two, even], axis=2)
        first, second, outcome = np.nonzero(table)
        zeros = np.zeros(len(first), dtype=np.int64)
        return cls(
            tuple(str(name) for name in names),
            first.astype(np.int64),
            second.astype(np.int64),
            outcome.astype(np.int64),
            table[first, second, outcome],
            zeros,
            zeros,
            np.array(["1"], dtype=np.str_),
            ("1",),
            ordered,
        )

    @property
    def n_cases(self) -> int:
        """Number of cases."""
        return len(self.case_names)

    @property
    def n_comparisons(self) -> float:
        """Number of comparisons."""
        return float(self.count.sum())

    def by_raters(self, raters: Sequence[str]) -> Preferences:
        """Return the comparisons of some raters, with all players and cases."""
        own = np.isin(self.raters, [self.rater_names.index(rater) for rater in raters])
        return replace(
            self,
            first=self.first[own],
            second=self.second[own],
            outcome=self.outcome[own],
            count=self.count[own],
            cases=self.cases[own],
            raters=self.raters[own],
        )

    def pair_counts(self, by_order: bool) -> tuple[IntArray, FloatArray]:
        """Count outcomes per case and pair: pairs (pairs x 2) and counts (cases x pairs x 3).

        Without order a pair is named with the smaller number first.
        """
        first, second, outcome = self.first, self.second, self.outcome
        if not by_order:
            turned = first > second
            first, second = np.where(turned, second, first), np.where(turned, first, second)
            outcome = np.where(turned & (outcome != TIE), 1 - outcome, outcome)
        key = first * len(self.players) + second
        keys, where = np.unique(key, return_inverse=True)
        counts = np.zeros((self.n_cases, len(keys), 3))
        np.add.at(counts, (self.cases, where, outcome), self.count)
        pairs = np.stack(np.divmod(keys, max(1, len(self.players))), axis=1)
        return pairs.astype(np.int64), counts


def _problems(
    one: NDArray[np.str_], two: NDArray[np.str_], won: NDArray[np.str_], names: list[str], tie: str
) -> list[str]:
    problems = []
    alone = int((one == two).sum())
    if alone:
        problems.append(f"{alone} comparisons of a player with itself")
    strange = sorted({str(w) for w in won[(won != one) & (won != two) & (won != tie)]})
    if strange:
        problems.append(f"preferred is neither of the two nor {tie!r}: {', '.join(strange[:5])}")
    unknown = sorted({str(name) for name in (*one, *two)} - set(names))
    if unknown:
        problems.append(f"not among the players: {', '.join(unknown)}")
    if len(set(names)) < len(names):
        problems.append("a player is named more than once")
    if tie in names:
        problems.append(f"a player is called {tie!r}, as a tie is")
    return problems


def _counts(table: ArrayLike, what: str) -> FloatArray:
    counts = np.asarray(table, dtype=float)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise ValueError(f"{what} is not players x players: {counts.shape}")
    if not np.isfinite(counts).all() or (counts < 0).any():
        raise ValueError(f"{what} has a count that is negative or not a number")
    if np.diag(counts).any():
        raise ValueError(f"{what}: a player cannot be compared with itself (diagonal)")
    return counts
