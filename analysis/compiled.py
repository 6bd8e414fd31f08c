"""Functions as machine code, compiled by numba once and kept on disk."""

from __future__ import annotations

import hashlib
import inspect
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar, cast

from numba import njit
from numba.core import event

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


@cache
def digest_of_sources(folder: Path) -> str:
    """Return a digest of all Python files of a folder."""
    digest = hashlib.sha256()
    for source in sorted(folder.glob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()


def kernel(function: Kernel) -> Kernel:
    """Compile a function to machine code that lets other threads run; kept on disk after once.

    Where no folder can be written, it is compiled in every process.
    """
    compiled: Any
    try:
        compiled = njit(nogil=True, cache=True, error_model="numpy")(function)
    except RuntimeError:
        compiled = njit(nogil=True, error_model="numpy")(function)
    else:
        # numba compiles anew when the file of a kernel changes, but not when a kernel that it
        # calls does, in another file; old machine code would then give old numbers. Kernels call
        # each other within their package.
        folder = Path(inspect.getfile(function)).parent
        compiled._cache._cache_file._source_stamp = digest_of_sources(folder)
    return cast("Kernel", compiled)


def part_of_kernel(function: Kernel) -> Kernel:
    """Make a function that is written into the kernels that call it: no call, no arguments."""
    return cast("Kernel", njit(inline="always", error_model="numpy")(function))


class _TellOnce(event.Listener):
    """Say why the first number takes seconds: its kernel is being compiled."""

    def on_start(self, event: Any) -> None:
        """Speak at the first of our kernels that is not found on disk, then no more."""
        if not self.has_told and event.data["dispatcher"].__module__.startswith(__package__):
            self.has_told = True
            print(
                "Compiling kernels for this machine: some 10 seconds, once.",
                file=sys.stderr,
                flush=True,
            )

    def on_end(self, event: Any) -> None:
        """Stay silent."""

    has_told = False


event.register("numba:compile", _TellOnce())  # type: ignore[no-untyped-call]
