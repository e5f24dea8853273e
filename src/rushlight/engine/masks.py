"""The places where a large mask holds, natively.

The mask is counted in parts first; then each part knows where what it finds belongs.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from rushlight.engine import memory, share, walks
from rushlight.engine.function_writer import Value, choose, repeat, stack, variable
from rushlight.engine.share import given

Array = np.ndarray[Any, Any]
_TURN = 16384  # elements to a part
MOST_DIMS = 16


def nonzero(mask: Array) -> Array:
    """The places where a contiguous mask holds, in row-major order, as rows of numbers."""
    n = mask.shape[-1]
    rows = mask.size // n
    size = max(1, _TURN // n)
    parts = -(-rows // size)
    starts = np.zeros(parts + 1, np.int64)
    share.share(_count(), parts, 1, starts, mask, size * n, mask.size)
    np.add.accumulate(starts, out=starts)
    found = memory.empty((int(starts[-1]), mask.ndim), np.dtype(np.int64))
    share.share(
        _nonzero(mask.ndim), parts, 1, found, mask, starts, size, rows, n, *mask.shape[:-1])
    return found


@cache
def _count() -> int:
    def count(words: Value, begin: Value, end: Value) -> None:
        starts, mask, size, total = given(words, "ppii")
        with repeat(end - begin) as i:
            part = begin + i
            found, start = variable("i64", 0), mask.plus(part * size)
            with repeat(walks.least(total - part * size, size)) as j:
                found.set(found.value + start.item("i8", j).to("i64", "zext"))
            starts.set_item("i64", part + 1, found.value)

    return share.kernel("count", count)


@cache
def _nonzero(ndim: int) -> int:
    def nonzero(words: Value, begin: Value, end: Value) -> None:
        found, mask, starts, size, rows, n, *sizes = given(words, "pppiii" + "i" * (ndim - 1))
        aside = stack("i64", ndim)
        with repeat(end - begin) as i:
            part = begin + i
            at, stop = variable("i64", starts.item("i64", part)), starts.item("i64", part + 1)
            with repeat(walks.least(rows - part * size, size)) as r:
                row = part * size + r
                rest, place = row, []
                for each in sizes[:0:-1]:
                    place.append(rest % each)
                    rest = rest // each
                place += [rest] * bool(sizes)
                start = mask.plus(row * n)
                with repeat(n) as j:
                    # Written always, and kept if the mask holds: that takes no guess.
                    to = choose(at.value.below(stop), found.place("i64", at.value * ndim), aside)
                    for d, each in enumerate([*place[::-1], j]):
                        to.set_item("i64", d, each)
                    at.set(at.value + start.item("i8", j).to("i64", "zext"))

    return share.kernel("nonzero", nonzero)
