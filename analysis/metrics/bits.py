"""Words of 64 voxels: the few machine operations that the metric kernels are made of.

A structure is kept as bits, 64 neighbouring voxels in one unsigned word. LLVM turns each of these
functions into one to four instructions on the processor at hand (with AVX-512, 64 labels are
compared at once), which Python and numpy have no way to ask for.
"""

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

Generate = Callable[..., Any]

ZERO = np.uint64(0)
ONE = np.uint64(1)
ALL = np.uint64(0xFFFF_FFFF_FFFF_FFFF)

_BYTE, _INDEX, _WORD = ir.IntType(8), ir.IntType(32), ir.IntType(64)
_BYTES = ir.VectorType(_BYTE, 64)
_NOT_ZERO = ir.Constant(ir.IntType(1), 0)  # a word without bits has a defined answer: 64


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
