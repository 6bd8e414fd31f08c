"""Words of 64 voxels: the few machine operations that the metric kernels are made of.

A structure is kept as bits, 64 neighbouring voxels in one unsigned word. LLVM turns each of these
functions into one to four instructions on the processor at hand (with AVX-512, 64 labels are
compared at once), which Python and numpy have no way to ask for.
"""

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.core import event
from numba.extending import intrinsic

Kernel = TypeVar("Kernel", bound=Callable[..., Any])
Generate = Callable[..., Any]

ZERO = np.uint64(0)
ONE = np.uint64(1)
ALL = np.uint64(0xFFFF_FFFF_FFFF_FFFF)

_BYTE, _INDEX, _WORD = ir.IntType(8), ir.IntType(32), ir.IntType(64)
_BYTES = ir.VectorType(_BYTE, 64)
_NOT_ZERO = ir.Constant(ir.IntType(1), 0)  # a word without bits has a defined answer: 64


def _digest_of_sources() -> str:
    digest = hashlib.sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()


_SOURCES = _digest_of_sources()


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
        # calls does, in another file; old machine code would then give old numbers.
        compiled._cache._cache_file._source_stamp = _SOURCES
    return cast("Kernel", compiled)


def part_of_kernel(function: Kernel) -> Kernel:
    """Make a function that is written into the kernels that call it: no call, no arguments."""
    return cast("Kernel", njit(inline="always", error_model="numpy")(function))


class _TellOnce(event.Listener):
    """Say why the first metric takes seconds: its kernel is being compiled."""

    def on_start(self, event: Any) -> None:
        """Speak at the first of our kernels that is not found on disk, then no more."""
        if not self.has_told and event.data["dispatcher"].__module__.startswith(__package__):
            self.has_told = True
            print(
                "Compiling the metric kernels for this machine: some 10 seconds, once.",
                file=sys.stderr,
                flush=True,
            )

    def on_end(self, event: Any) -> None:
        """Stay silent."""

    has_told = False


event.register("numba:compile", _TellOnce())  # type: ignore[no-untyped-call]


def _instruction(returns: Any, *takes: Any) -> Callable[[Generate], Callable[..., Any]]:
    """Make a function for kernels from the LLVM instructions that it stands for."""

    def wrap(generate: Generate) -> Callable[..., Any]:
        def typed() -> Any:
            return returns(*takes), lambda _target, builder, _sig, given: generate(builder, *given)

        if len(takes) == 1:  # numba looks at the number of arguments
            return cast("Callable[..., Any]", intrinsic(lambda _context, first: typed()))
        return cast("Callable[..., Any]", intrinsic(lambda _context, first, second: typed()))

    return wrap


@_instruction(types.uint64, types.int64, types.uint8)
def _equal_labels(builder: Any, address: Any, label: Any) -> Any:
    voxels = builder.load(builder.inttoptr(address, _BYTES.as_pointer()), align=1)
    nothing = ir.Constant(_BYTES, ir.Undefined)
    one = builder.insert_element(nothing, label, ir.Constant(_INDEX, 0))
    lanes = ir.Constant(ir.VectorType(_INDEX, 64), [0] * 64)
    same = builder.icmp_unsigned("==", voxels, builder.shuffle_vector(one, nothing, lanes))
    return builder.bitcast(same, _WORD)


@_instruction(types.uint8, types.int64)
def _voxel_at(builder: Any, address: Any) -> Any:
    return builder.load(builder.inttoptr(address, _BYTE.as_pointer()), align=1)


@_instruction(types.int64, types.uint64)
def _count_bits(builder: Any, word: Any) -> Any:
    return builder.ctpop(word)


@_instruction(types.int64, types.uint64)
def _lowest_bit(builder: Any, word: Any) -> Any:
    return builder.cttz(word, _NOT_ZERO)


@_instruction(types.int64, types.uint64)
def _highest_bit(builder: Any, word: Any) -> Any:
    return builder.sub(ir.Constant(_WORD, 63), builder.ctlz(word, _NOT_ZERO))


@_instruction(types.uint64, types.uint64, types.int64)
def _up(builder: Any, word: Any, places: Any) -> Any:
    return builder.shl(word, places)


@_instruction(types.uint64, types.uint64, types.int64)
def _down(builder: Any, word: Any, places: Any) -> Any:
    return builder.lshr(word, places)


equal_labels: Callable[[int, np.uint8], np.uint64] = _equal_labels
"""Compare the 64 bytes at an address with a label: bit n is set where byte n equals it."""
voxel_at: Callable[[int], np.uint8] = _voxel_at
"""Read the label at an address."""
count_bits: Callable[[np.uint64], int] = _count_bits
"""Count the bits of a word."""
lowest_bit: Callable[[np.uint64], int] = _lowest_bit
"""Place of the lowest bit, 64 when there is none."""
highest_bit: Callable[[np.uint64], int] = _highest_bit
"""Place of the highest bit, -1 when there is none."""
up: Callable[[np.uint64, int], np.uint64] = _up
"""Move bits to higher places (0 to 63): bit 0 becomes bit `places`."""
down: Callable[[np.uint64, int], np.uint64] = _down
"""Move bits to lower places (0 to 63)."""
