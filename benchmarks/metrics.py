"""What metrics cost in time and memory, beside reading the masks and beside other programs.

Run as ``python benchmarks/metrics.py``: some minutes; with ``--all`` also the programs that need
minutes for one CT volume. Masks are drawn, and lie in memory in the order of NIfTI unless files
are read. Times are CPU time of this process: the median of rounds in which all that is compared
takes turns. Nothing is asserted: the numbers are printed as a Markdown table.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path

import metric_masks as masks
import numpy as np
from metric_masks import Pair
from metric_peers import BRATS2023_METRICS, PEERS, TREE, Peer, brats2023
from metric_timing import HEADER, Row, Step, compared, cpu_s, machine, peak_mb, timed

from analysis.measuring import measure_study
from analysis.metrics import (
    METRIC_NAMES,
    CaseReference,
    MetricSettings,
    measure_file_pair,
    measure_masks,
    measure_pair,
)
from analysis.regions import load_scheme
from analysis.typed_csv import write_table
from analysis.volumes import read_labels, write_nifti_gz

OVERLAP = (
    *("dsc", "iou", "sensitivity", "specificity", "precision", "recognised", "volume_similarity"),
    *("volume_ml", "reference_volume_ml", "volume_difference_ml"),
)
BOUNDARY = (
    *OVERLAP,
    *("hd_mm", "hd95_mm", "hd95_directed_mm", "asd_mm", "assd_mm", "masd_mm"),
    *("nsd_1mm", "nsd_2mm"),
)
VOXEL_SET, EVERYTHING = "+ boundary voxels", "everything"
SETS = {
    "overlap": MetricSettings(OVERLAP),
    VOXEL_SET: MetricSettings(BOUNDARY),
    "+ surface elements": MetricSettings((*BOUNDARY, "hd95_surfel_mm", "nsd_surfel_1mm")),
    EVERYTHING: MetricSettings(METRIC_NAMES),
}
TIMES_FASTER = {"mikan-rs": 12, "surface-distance": 8, "MONAI": 100, "MedPy": 800}
STUDY_CASES, STUDY_MODELS = 1251, 10
CORES = os.cpu_count() or 1
PARTS = ("costs", "case", "reading", "worst", "peers", "memory", "study")


def measure(pair: Pair, settings: MetricSettings) -> object:
    return measure_pair(pair.reference, pair.mask, pair.scheme, settings)


def our_costs(rounds: int) -> Iterator[Row]:
    """Time each of our sets of metrics; a set holds those before it."""
    glioma, organ = masks.glioma(), masks.organ()
    targets = {
        **{("BraTS", glioma, name): most for name, most in zip(SETS, (3, 8, 15, 28), strict=True)},
        ("organ", organ, VOXEL_SET): 45,
        ("organ", organ, EVERYTHING): 130,
    }
    steps = {f"{what}: {name}": partial(measure, pair, SETS[name]) for what, pair, name in targets}
    for step in steps.values():
        step()  # compiled kernels are loaded
    ms, _ = timed(steps, rounds)
    for what, most in zip(steps, targets.values(), strict=True):
        yield Row(what, ms[what], target=f"<= {most} ms")


def shared_reference(rounds: int) -> Iterator[Row]:
    """Time ten masks of a case that share the work on their reference; per mask."""
    pairs = [masks.glioma(1, model) for model in range(1, STUDY_MODELS + 1)]

    def together(settings: MetricSettings) -> None:
        case = CaseReference(pairs[0].reference, pairs[0].scheme, settings, "reference")
        for pair in pairs:
            case.measure(pair.mask, "mask")

    def apart(settings: MetricSettings) -> None:
        for pair in pairs:
            measure(pair, settings)

    for name in (VOXEL_SET, EVERYTHING):
        steps = {each.__name__: partial(each, SETS[name]) for each in (together, apart)}
        ms, _ = timed(steps, rounds)
        what = f"BraTS: {name}, one of ten masks of a case; other: each alone"
        yield Row(what, ms["together"] / len(pairs), other=ms["apart"] / len(pairs))


def reading(rounds: int) -> Iterator[Row]:
    """Time reading a mask, and set measuring a pair against reading it."""
    import nibabel
    import SimpleITK as sitk

    pair = masks.glioma()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mask.nii.gz"
        write_nifti_gz(path, pair.mask)
        steps: dict[str, Step] = {
            "ours": lambda: read_labels(path),
            "nibabel": lambda: np.asarray(nibabel.load(path).dataobj),
            "SimpleITK": lambda: sitk.GetArrayFromImage(sitk.ReadImage(path)),
            **{name: partial(measure, pair, SETS[name]) for name in (VOXEL_SET, EVERYTHING)},
        }
        ms, _ = timed(steps, 2 * rounds)
        in_a_row, _ = timed({"": steps["ours"]}, 4 * rounds)
    yield Row("read a BraTS .nii.gz, one after the other", in_a_row[""], "ms", "<= 1 ms")
    for peer in ("nibabel", "SimpleITK"):
        yield Row(f"read a BraTS .nii.gz; other: {peer}", ms["ours"], "ms", other=ms[peer])
    for name in (VOXEL_SET, EVERYTHING):
        yield Row(f"read a BraTS pair; other: measure it, {name}", 2 * ms["ours"], other=ms[name])


def worst_cases(rounds: int) -> Iterator[Row]:
    """Time pairs that a search for nearest neighbours does not like, beside a k-d tree."""
    for pair in masks.worst_cases():
        for structure in pair.structures():
            # the target: at most 1.2 times the time of the tree
            yield from beside(pair, structure, [TREE], rounds, ">= 0.83")


def peers(rounds: int, slow_too: bool) -> Iterator[Row]:
    """Time other programs on one structure at a time, and compare their values with ours."""
    missing = [peer.name for peer in PEERS if not peer.is_installed]
    if missing:
        print(f"Not installed: {', '.join(missing)}.", file=sys.stderr)
    cube = np.pad(np.ones((9, 9, 9), np.bool_), 3)
    there = [peer for peer in PEERS if peer.is_installed]
    for peer in there:
        peer.prepare(cube, cube, (1.0, 1.0, 1.0))()  # what it loads at first is not its cost
    for draw in (masks.glioma, masks.metastases, masks.thick_slices, masks.organ):
        pair = draw()
        usable = [
            peer
            for peer in there
            if (slow_too or pair.mask.array.size < peer.slow_voxels)
            and not (peer.needs_cubes and len(set(pair.mask.spacing_mm)) > 1)
        ]
        for structure in pair.structures():
            yield from beside(pair, structure, usable, rounds)


def beside(
    pair: Pair, structure: str, others: list[Peer], rounds: int, target: str = ""
) -> Iterator[Row]:
    """Time programs on one structure, and ours for what each of them tells."""
    both, spacing_mm = pair.structures()[structure], pair.reference.spacing_mm
    steps: dict[str, Step] = {}
    for peer in others:
        steps[peer.name] = peer.prepare(*both, spacing_mm)
        steps[f"ours, {peer.name}"] = partial(
            measure_masks, *both, spacing_mm, MetricSettings(peer.metrics)
        )
    area = "surface-distance"
    if area in steps:
        steps[EVERYTHING] = partial(measure_masks, *both, spacing_mm)
    ms, results = timed(steps, rounds)
    for peer in others:
        mine = f"ours, {peer.name}"
        times = target or (f">= {TIMES_FASTER[peer.name]}" if peer.name in TIMES_FASTER else "")
        same = compared(results[mine], results[peer.name], peer.close)
        yield Row(f"{structure}; other: {peer.name}", ms[mine], "ms", times, ms[peer.name], same)
        if peer.name == area:
            yield Row(
                f"{structure}, everything; other: {area}", ms[EVERYTHING], "ms", times, ms[area]
            )


def official_brats(checkout: Path, rounds: int) -> Iterator[Row]:
    """Time the official code of BraTS 2023, once, on two files and three structures."""
    official, scheme = brats2023(checkout), load_scheme("brats")
    told = MetricSettings(BRATS2023_METRICS, "brats")
    for pair in (masks.glioma(), masks.metastases()):
        with tempfile.TemporaryDirectory() as folder:
            reference, mask = (Path(folder) / f"{name}.nii.gz" for name in ("reference", "mask"))
            write_nifti_gz(reference, pair.reference)
            write_nifti_gz(mask, pair.mask)
            official_ms, theirs = timed({"": partial(official, reference, mask)}, 1)
            ours = partial(measure_file_pair, reference, mask, scheme)
            everything = partial(ours, MetricSettings(METRIC_NAMES, "brats"))
            ms, results = timed({"": partial(ours, told), ", everything": everything}, rounds)
        for name, rows in results.items():
            what = f"{pair.name} from files{name}; other: BraTS-2023 code"
            mine = {
                f"{row['structure']} {each}": row[each] for row in rows for each in told.metrics
            }
            same = compared(mine, theirs[""], 1e-9)
            yield Row(what, ms[name], "ms", ">= 300", official_ms[""], same)


def memory() -> Iterator[Row]:
    """Tell the memory needed to measure everything beyond the two masks."""
    for draw, what, most in ((masks.glioma, "BraTS", 20), (masks.organ, "organ", 60)):
        pair = draw()
        measure(pair, SETS[EVERYTHING])
        peak = peak_mb(partial(measure, pair, SETS[EVERYTHING]))
        yield Row(f"{what}: {EVERYTHING}, memory at the peak", peak, "MB", f"<= {most} MB")


def study(pairs: int) -> Iterator[Row]:
    """Measure a study into its table, and reckon what a large one takes on this machine.

    What it takes to start is left out of the reckoning by measuring two studies, one with
    `pairs` pairs and one with ten times as many of the same files.
    """
    cases = max(1, pairs // STUDY_MODELS)
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        for case in range(1, cases + 1):
            for model in range(1, STUDY_MODELS + 1):
                pair = masks.glioma(case, model)
                write_nifti_gz(folder / f"case_{case}_model_{model}.nii.gz", pair.mask)
            write_nifti_gz(folder / f"case_{case}_reference.nii.gz", pair.reference)
        for name, most in ((VOXEL_SET, 1.5), (EVERYTHING, 4)):
            small, large = (
                study_min(write_pairs(folder, cases, times), SETS[name]) for times in (1, 10)
            )
            what = f"study {STUDY_CASES} x {STUDY_MODELS} x 3 from files, table written: {name}"
            for clock, few, many in zip(("by the clock", "CPU / cores"), small, large, strict=True):
                whole = few + (many - few) * (STUDY_CASES - cases) / (9 * cases)
                yield Row(f"{what}, {clock}", whole, "min", f"<= {most} min")


def write_pairs(folder: Path, cases: int, times: int) -> Path:
    """Write a table of pairs that has every case several times."""
    rows = [
        {
            "case": f"{case}-{time_}",
            "model": str(model),
            "reference_mask": f"case_{case}_reference.nii.gz",
            "mask": f"case_{case}_model_{model}.nii.gz",
        }
        for time_ in range(times)
        for case in range(1, cases + 1)
        for model in range(1, STUDY_MODELS + 1)
    ]
    write_table(folder / "pairs.csv", rows, list(rows[0]))
    return folder / "pairs.csv"


def study_min(table: Path, settings: MetricSettings) -> tuple[float, float]:
    """Measure a study on all cores; return minutes by the clock, and of CPU for each core."""
    started, started_cpu = time.perf_counter(), cpu_s()
    measure_study(table, table.with_name("measured.csv"), "brats", settings)
    elapsed, used = time.perf_counter() - started, cpu_s() - started_cpu
    return elapsed / 60, used / 60 / CORES


def main() -> None:
    options = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    options.add_argument("--rounds", type=int, default=9)
    options.add_argument("--peer-rounds", type=int, default=3)
    options.add_argument("--all", action="store_true", help="programs that take minutes, too")
    options.add_argument("--study", type=int, default=60, metavar="PAIRS")
    options.add_argument("--brats2023", type=Path, metavar="CHECKOUT")
    options.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    options.add_argument("--json", type=Path, metavar="FILE")
    chosen = options.parse_args()
    parts: dict[str, Callable[[], Iterator[Row]]] = {
        "costs": partial(our_costs, chosen.rounds),
        "case": partial(shared_reference, max(1, chosen.rounds // 3)),
        "reading": partial(reading, chosen.rounds),
        "worst": partial(worst_cases, chosen.peer_rounds),
        "peers": partial(peers, chosen.peer_rounds, chosen.all),
        "memory": memory,
        "study": partial(study, chosen.study),
    }
    if chosen.brats2023:
        parts["brats2023"] = partial(official_brats, chosen.brats2023, chosen.rounds)
    before = machine()
    print(HEADER)
    rows = []
    for name, part in parts.items():
        if name in chosen.only or name == "brats2023":
            for row in part():
                print(row, flush=True)
                rows.append(row)
    about = before | {"load": f"{before['load']} before, {machine()['load']} after"}
    print("\n" + "; ".join(f"{name}: {value}" for name, value in about.items()))
    if chosen.json:
        content = about | {"rows": [asdict(row) for row in rows]}
        chosen.json.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
