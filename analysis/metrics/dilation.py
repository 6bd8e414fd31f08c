"""Growing a mask by its neighbours, inside the image."""

import numpy as np

from analysis.compiled import kernel
from analysis.metrics.bits import ALL, ZERO, down, up
from analysis.metrics.planes import Place, Planes, Words


def dilate18(mask: Planes, times: int, shape: Place) -> Planes:
    """Grow a mask by its neighbours by face or edge, several times.

    Parameters
    ----------
    mask : Planes
    times : int
        At least once.
    shape : tuple of int
        Size (z, y, x) of the image, which the mask cannot leave.
    """
    nz, ny, nw = mask.words.shape
    wide = np.zeros((nz + 2 * times, ny + 2 * times, nw + (2 * times + 63) // 64), np.uint64)
    _move_in(mask.words, times, wide)
    z, y, x = (index - times for index in mask.origin)
    for _ in range(times):
        grown = np.zeros_like(wide)
        _dilate18(wide, z, y, x, *shape, grown)
        wide = grown
    return Planes(wide, (z, y, x))


@kernel
def _move_in(words: Words, margin: int, wide: Words) -> None:
    nz, ny, nw = words.shape
    for z in range(nz):
        for y in range(ny):
            row = wide[z + margin, y + margin]
            for w in range(nw):
                row[w] |= up(words[z, y, w], margin)
                if w + 1 < len(row):
                    row[w + 1] |= down(words[z, y, w], 64 - margin)


@kernel
def _along_x(row: Words, w: int) -> np.uint64:
    word: np.uint64 = row[w]
    before = row[w - 1] if w > 0 else ZERO
    after = row[w + 1] if w + 1 < len(row) else ZERO
    word |= up(word, 1) | down(before, 63) | down(word, 1) | up(after, 63)
    return word


@kernel
def _dilate18(
    words: Words, z0: int, y0: int, x0: int, nz: int, ny: int, nx: int, grown: Words
) -> None:
    for z in range(max(1, -z0), min(words.shape[0] - 1, nz - z0)):
        for y in range(max(1, -y0), min(words.shape[1] - 1, ny - y0)):
            for w in range(words.shape[2]):
                some = _along_x(words[z, y], w) | _along_x(words[z - 1, y], w)
                some |= _along_x(words[z + 1, y], w) | _along_x(words[z, y - 1], w)
                some |= _along_x(words[z, y + 1], w)
                some |= words[z - 1, y - 1, w] | words[z - 1, y + 1, w]
                some |= words[z + 1, y - 1, w] | words[z + 1, y + 1, w]
                start = x0 + 64 * w
                if start < 0:
                    some &= up(ALL, -start) if start > -64 else ZERO
                if start + 64 > nx:
                    some &= ~up(ALL, nx - start) if start < nx else ZERO
                grown[z, y, w] = some
