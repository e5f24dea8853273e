"""Large permutations natively: swaps one after another, their places looked up in advance."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from rushlight.engine import memory, share, walks
from rushlight.engine.function_writer import Field, Value, repeat, stack
from rushlight.engine.share import given

Array = np.ndarray[Any, Any]
_AHEAD = 64  # swaps whose places are fetched before they are done


def shuffled(words: Array, n: int) -> Array:
    """0, 1 ... n - 1 after swapping places i and i + words[i] % (n - i), one i after another, as
    int32."""
    order = memory.empty((n,), np.dtype(np.int32))
    share.share(_shuffle(), 1, 1, order, words, n)
    return order


@cache
def _shuffle() -> int:
    def shuffle(words: Value, begin: Value, end: Value) -> None:
        order, drawn, n = given(words, "ppi")
        partners = stack("i64", _AHEAD)
        with repeat(n) as i:
            order.set_item("i32", i, i.to("i32", "trunc"))
        last = n - 1
        with repeat((last + (_AHEAD - 1)) // _AHEAD) as block:
            first = block * _AHEAD
            count = walks.least(last - first, _AHEAD)
            with repeat(count) as k:
                i = first + k
                word = drawn.item("i32", i).to("i64", "zext")
                left = n - i
                # Of integers below 2**32 the quotient is never rounded up to the next integer.
                quotient = word.to("double", "sitofp").over(left.to("double", "sitofp"))
                rest = word - quotient.to("i64", "fptosi") * left
                partners.set_item("i64", k, i + rest)
            with repeat(count) as k:
                place = order.place("i32", partners.item("i64", k))
                place.vector(
                    f"call void @llvm.prefetch.p0(ptr {place.text}, i32 1, i32 3, i32 1)", "void")
            with repeat(count) as k:
                here = order.place("i32", first + k)
                there = order.place("i32", partners.item("i64", k))
                one, other = here[Field("i32", 0)], there[Field("i32", 0)]
                here[Field("i32", 0)] = other
                there[Field("i32", 0)] = one

    return share.kernel("shuffle", shuffle)
