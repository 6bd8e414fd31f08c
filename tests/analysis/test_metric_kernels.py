"""The machine code of the metrics: all of it is made by one small pair, and on any processor."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from pathlib import Path

LIST_NOT_COMPILED = """
import importlib, pkgutil
import analysis.metrics
from analysis.metrics.warming import compile_kernels
from numba.core.dispatcher import Dispatcher
compile_kernels()
for module in pkgutil.iter_modules(analysis.metrics.__path__):
    module = importlib.import_module("analysis.metrics." + module.name)
    for name, function in vars(module).items():
        if isinstance(function, Dispatcher) and function.__module__ == module.__name__:
            if not function.signatures and function.targetoptions.get("inline") != "always":
                print(module.__name__, name)
"""

AGREE = """
from analysis.metrics import measure_masks
from tests.analysis.random_pairs import pair
names = ("dsc", "hd_mm", "hd95_mm", "assd_mm", "hd95_surfel_mm", "lesion_dsc", "apl_3d")
for seed in (3, 70, 500):
    one = pair(seed)
    print(seed, [float(measure_masks(one.reference, one.mask, one.spacing_mm)[n]) for n in names])
"""


def output_of(script: str, **environment: str) -> str:
    found = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        env={**os.environ, **environment},
        cwd=Path(__file__).parents[2],
        check=False,
    )
    assert found.returncode == 0, found.stderr
    return found.stdout


def test_a_plain_processor_gives_the_same_numbers_from_kernels_made_at_once(tmp_path: Path) -> None:
    """64 bytes are compared in pieces where the processor has no registers that wide."""
    fresh = {"NUMBA_CACHE_DIR": str(tmp_path)}
    if platform.machine() == "x86_64":
        fresh |= {"NUMBA_CPU_NAME": "x86-64", "NUMBA_CPU_FEATURES": ""}
    assert output_of(LIST_NOT_COMPILED, **fresh) == ""
    here = output_of(AGREE)
    assert here.count("\n") == 3
    assert output_of(AGREE, **fresh) == here
