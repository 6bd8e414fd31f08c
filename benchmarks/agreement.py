"""What agreement and association cost beside loops over the libraries, as ratios.

Run as ``python benchmarks/agreement.py``: about two minutes. Ours gives 2,000 replicates from
arrays, all preparation included, once with the weights drawn beforehand (they are shared by
all statistics of a report) and once with the draw. A library is called for some of the same
resamples, with rows that are repeated outside the time, and its time is scaled to 2,000; its values
must be ours. Times are CPU time of this process on one thread, the best of turns that ours and the
library take one after the other; of the library the best of each single call. A target is met by
the weights that are shared. Exit code 1 when one is missed or a value differs: ratios in one
process hardly depend on the machine.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

for _threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_threads] = "1"

import agreement_peers as peers  # noqa: E402
import numpy as np  # noqa: E402
from agreement_tasks import (  # noqa: E402
    CASES,
    MODELS,
    RATERS,
    Study,
    Task,
    label_masks,
    tasks,
    voxel_masks,
    whole_report,
)
from metric_timing import machine  # noqa: E402
from threadpoolctl import threadpool_limits  # noqa: E402

from analysis.agreement.votes import vote_histogram, voxel_alpha  # noqa: E402
from analysis.mixed import fit_mixed_model, interaction  # noqa: E402
from analysis.resampling import Resamples, evaluate  # noqa: E402

N_RESAMPLES = 2000
OUR_TURNS = 5
FEWEST_CALLS = 20
LEAST_VOXEL_RATIO = 200
LIBRARIES = ("krippendorff", "pingouin", "scikit-learn", "statsmodels")
PARTS = ("resamples", "voxels", "mixed", "report")
HEADER = """| what | ours, W shared | ours, W drawn | library | its loop | times faster | W drawn \
| target | largest difference |
|---|---|---|---|---|---|---|---|---|"""


@dataclass(frozen=True)
class Row:
    """A line of the table; times in seconds."""

    what: str
    ours_s: float
    drawn_s: float | None = None
    library: str = ""
    library_s: float | None = None
    target: float | None = None
    difference: float | None = None
    close: float = 0.0

    @property
    def ratio(self) -> float | None:
        """How many times faster ours is."""
        return None if self.library_s is None else self.library_s / self.ours_s

    @property
    def failed(self) -> bool:
        """Whether the target is missed, or ours and the library differ."""
        missed = self.target is not None and not (self.ratio or 0) >= self.target
        return missed or self.differs

    @property
    def differs(self) -> bool:
        """Whether ours and the library do not give the same."""
        return self.difference is not None and not self.difference <= self.close

    def __str__(self) -> str:
        """Return the line in Markdown."""
        with_draw = self.library_s / self.drawn_s if self.library_s and self.drawn_s else None
        target = ""
        if self.target is not None:
            met = "" if (self.ratio or 0) >= self.target else ", MISSED"
            target = f">= {self.target:,g}{met}"
        difference = ""
        if self.difference is not None:
            wrong = ", DIFFERS" if self.differs else ""
            difference = f"{self.difference:.1e} (<= {self.close:g}){wrong}"
        cells = (
            *(self.what, _seconds(self.ours_s), _seconds(self.drawn_s)),
            *(self.library, _seconds(self.library_s), _times(self.ratio), _times(with_draw)),
            *(target, difference),
        )
        return f"| {' | '.join(cells)} |"


def cpu_of(step: Callable[[], Any]) -> tuple[float, Any]:
    """Run a step; return its CPU time in seconds, and what it gave."""
    started = time.process_time()
    result = step()
    return time.process_time() - started, result


def best_of(turns: int, step: Callable[[], Any]) -> tuple[float, Any]:
    """Run a step several times; return the least CPU time and what it gave at last."""
    found = [cpu_of(step) for _ in range(turns)]
    return min(cost for cost, _ in found), found[-1][1]


def of_resamples(study: Study, rounds: int, least_s: float) -> Iterator[Row]:
    """Time each statistic on all resamples, and its library on some of them."""
    shared = Resamples(study.n_cases, N_RESAMPLES)
    for task in tasks(study):
        evaluate(task.statistic(), shared)  # draws the weights, compiles the kernels
        yield _beside(task, study, shared, rounds, least_s)


def _beside(task: Task, study: Study, shared: Resamples, rounds: int, least_s: float) -> Row:
    calls = [task.prepare(study.of_masks(w)) for w in shared.rows(0, FEWEST_CALLS)]
    calls[0]()  # what it loads at first is not its cost
    each_s = cpu_of(lambda: [call() for call in calls])[0] / len(calls)
    n_calls = min(N_RESAMPLES, max(FEWEST_CALLS, round(least_s / each_s)))
    some = shared.rows(FEWEST_CALLS, n_calls)
    calls += [task.prepare(study.of_masks(w)) for w in some]
    ours_s, drawn_s = [], []
    library_s, theirs = np.full(len(calls), np.inf), np.empty(len(calls))
    for _ in range(rounds):
        cost, replicates = best_of(OUR_TURNS, lambda: evaluate(task.statistic(), shared))
        ours_s.append(cost)
        drawn_s.append(
            best_of(
                OUR_TURNS,
                lambda: evaluate(task.statistic(), Resamples(study.n_cases, N_RESAMPLES)),
            )[0]
        )
        for at, call in enumerate(calls):
            cost, theirs[at] = cpu_of(call)
            library_s[at] = min(library_s[at], cost)
    difference = float(np.abs(replicates[: len(theirs)] - theirs).max())
    return Row(
        task.what,
        min(ours_s),
        min(drawn_s),
        f"{task.library}, {len(calls)} calls",
        float(library_s.mean()) * N_RESAMPLES,
        task.least_ratio,
        difference,
        task.close,
    )


def of_voxels(rounds: int) -> Iterator[Row]:
    """Time alpha of masks of two million voxels, from the masks to one value."""
    yield _voxel_alpha(voxel_masks(), "one structure", rounds)
    yield _voxel_alpha(label_masks(), "three labels", rounds)


def _voxel_alpha(masks: Sequence[peers.Mask], what: str, rounds: int) -> Row:
    def ours() -> float | None:
        return voxel_alpha(vote_histogram(masks)).value

    library = peers.krippendorff_voxels(masks)
    ours()
    costs = []
    for _ in range(rounds):
        ours_s, value = best_of(OUR_TURNS, ours)
        library_s, theirs = cpu_of(library)
        costs.append((ours_s, library_s))
    return Row(
        f"voxel alpha, {masks[0].size:,} voxels x {len(masks)} masks, {what}",
        min(cost for cost, _ in costs),
        None,
        "krippendorff.alpha, once",
        min(cost for _, cost in costs),
        LEAST_VOXEL_RATIO,
        abs(value - theirs),
        1e-12,
    )


def of_mixed_model() -> Iterator[Row]:
    """Time one fit of crossed variance components by REML, 60 cases x 8 models x 5 raters."""
    study = Study(60, 8, 5)
    mask, rater = (axis.ravel() for axis in np.indices(study.ratings.shape))
    response, metric = study.ratings.ravel(), study.metric[mask]
    case = study.case[mask]
    groups = {"case": case, "rater": rater, "mask": interaction(case, study.model[mask])}

    def ours() -> float | None:
        return fit_mixed_model(response, {"metric": metric}, groups).reml_criterion

    ours()
    ours_s, criterion = best_of(OUR_TURNS, ours)
    library_s, theirs = cpu_of(peers.statsmodels_reml(response, metric, groups))
    what = f"REML, case + rater + mask, {len(response):,} ratings"
    # The criterion, twice the negative log likelihood; statsmodels stops where it is flat.
    apart = abs(theirs - criterion)
    yield Row(what, ours_s, None, "statsmodels mixedlm, once", library_s, None, apart, 1e-3)


def of_report() -> Iterator[Row]:
    """Time everything that a report says about a study of 60 cases x 8 models x 5 raters."""
    study = Study(60, 8, 5)
    whole_report(study, 100)  # compiles the kernels
    cost, results = cpu_of(lambda: whole_report(study, N_RESAMPLES))
    yield Row(f"blocks of agreement and association, 4 metrics, {len(results):,} results", cost)


def _seconds(cost: float | None) -> str:
    if cost is None:
        return ""
    return f"{1000 * cost:.3g} ms" if cost < 1 else f"{cost:.3g} s"


def _times(ratio: float | None) -> str:
    if ratio is None:
        return ""
    return f"{ratio:,.0f}" if ratio >= 100 else f"{ratio:.3g}"


def main() -> int:
    """Print the table; 1 when a target is missed or a value differs."""
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--least", type=float, default=1.0, metavar="S", help="of library calls")
    options.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    chosen = options.parse_args()
    warnings.simplefilter("ignore")  # pingouin 0.7 and statsmodels warn about pandas 3
    parts: dict[str, Callable[[], Iterator[Row]]] = {
        "resamples": lambda: of_resamples(
            Study(CASES, MODELS, RATERS), chosen.rounds, chosen.least
        ),
        "voxels": lambda: of_voxels(chosen.rounds),
        "mixed": of_mixed_model,
        "report": of_report,
    }
    before = machine()
    print(
        f"{CASES} cases x {MODELS} models x {RATERS} raters, {N_RESAMPLES:,} resamples of cases:\n"
    )
    print(HEADER)
    failed = False
    with threadpool_limits(1):
        for name in chosen.only:
            for row in parts[name]():
                print(row, flush=True)
                failed |= row.failed
    about = before | {"load": f"{before['load']} before, {machine()['load']} after"}
    about["software"] += "".join(f", {name} {version(name)}" for name in LIBRARIES)
    print("\n" + "; ".join(f"{name}: {value}" for name, value in about.items()))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
