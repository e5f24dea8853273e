"""The Mersenne twister MT19937, natively: many words at once from the state of NumPy's generator.

Also what large arrays of words become: uniform numbers, and integers of a range.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from rushlight.engine import memory, share
from rushlight.engine.function_writer import Value, choose, repeat
from rushlight.engine.function_writer import constant as whole
from rushlight.engine.share import given

Array = np.ndarray[Any, Any]
BLOCK = 624
_FAR = 397  # how far off the word is that each one is mixed with
_TURN = 16384  # elements to one turn of a thread


def draw(bits: Any, blocks: int, words: Array) -> None:
    """Fill an array of 32-bit words with the next whole blocks of NumPy's MT19937, which must stand
    at the end of a block, and does so after."""
    share.share(_draw(), 1, 1, int(bits.ctypes.state_address), words, blocks)


@cache
def _draw() -> int:
    def draw_all(words: Value, begin: Value, end: Value) -> None:
        key, made, blocks = given(words, "ppi")

        def mixed(at: Value, following: Value) -> Value:
            """Of a word and the one behind it."""
            low = key.item("i32", following)
            joined = (key.item("i32", at) & 0x80000000) | (low & 0x7FFFFFFF)
            return (joined >> 1) ^ ((low.like(0) - (low & 1)) & 0x9908B0DF)

        with repeat(blocks) as block:
            with repeat(BLOCK - _FAR) as i:
                key.set_item("i32", i, key.item("i32", i + _FAR) ^ mixed(i, i + 1))
            with repeat(_FAR - 1) as i:
                at = i + (BLOCK - _FAR)
                key.set_item("i32", at, key.item("i32", i) ^ mixed(at, at + 1))
            last, first = whole("i64", BLOCK - 1), whole("i64", 0)
            key.set_item("i32", last, key.item("i32", _FAR - 1) ^ mixed(last, first))
            out = made.place("i32", block * BLOCK)
            with repeat(BLOCK) as i:
                y = key.item("i32", i)
                y = y ^ (y >> 11)
                y = y ^ ((y << 7) & 0x9D2C5680)
                y = y ^ ((y << 15) & 0xEFC60000)
                out.set_item("i32", i, y ^ (y >> 18))

    return share.kernel("draw", draw_all)


# --- uniform numbers

def uniform(words: Array, dtype: Any, low: float, span: float, high: float) -> Array:
    """Numbers `low + span * u`, rounded once, of one word each, or two for float64.

    u are the uniform ones in [0, 1); what is rounded up to `high` becomes `low`.
    """
    made = memory.empty((words.size // (2 if dtype.itemsize == 8 else 1),), dtype)
    moved = low != 0 or span != 1
    share.share(_uniform(dtype.itemsize, moved), made.size, _TURN, made, words,
                np.array([low, span, high], dtype))
    return made


@cache
def _uniform(bytes: int, moved: bool) -> int:
    type, bits = ("double", 53) if bytes == 8 else ("float", 24)

    def make(words: Value, begin: Value, end: Value) -> None:
        made, drawn, numbers = given(words, "ppp")
        low, span, high = (numbers.item(type, i) for i in range(3))
        with repeat(end - begin) as i:
            value = unit(drawn, begin + i, bits)
            if moved:
                value = value.vector(
                    f"call {type} @llvm.fma.f{8 * bytes}({type} {value.text}, {type} {span.text}, "
                    f"{type} {low.text})", type)
                value = choose(value.equals(high), low, value)
            made.set_item(type, begin + i, value)

    return share.kernel("uniform", make)


def unit(drawn: Value, at: Value, bits: int) -> Value:
    """The uniform number of so many bits that words make: one, or of 53 bits the first above the
    second."""
    if bits == 24:
        low = drawn.item("i32", at) & 0xFFFFFF
        return low.to("float", "uitofp") * _number("float", 2.0**-24)
    return (pair(drawn, at) & ((1 << 53) - 1)).to("double", "sitofp") * _number(
        "double", 2.0**-53)


def pair(drawn: Value, at: Value) -> Value:
    """Two words as one of 64 bits, the first above the second."""
    swapped = drawn.item("i64", at)
    return (swapped << 32) | (swapped >> 32)


def _number(type: str, number: float) -> Value:
    from rushlight.engine.vector_writer import constant

    return Value(type, constant(type, number))


# --- integers

def integers(words: Array, low: int, span: int) -> Array:
    """`low` plus the words modulo `span`, which has 28 bits at most, as int64."""
    made = memory.empty((words.size,), np.dtype(np.int64))
    share.share(_integers(), words.size, _TURN, made, words, low, span)
    return made


@cache
def _integers() -> int:
    def make(words: Value, begin: Value, end: Value) -> None:
        made, drawn, low, span = given(words, "ppii")
        inverse = _number("double", 1.0).over(span.to("double", "sitofp"))
        with repeat(end - begin) as i:
            word = drawn.item("i32", begin + i).to("i64", "zext")
            # Too small by one if the word is a multiple of the span, never too large: a quotient
            # that is no whole number is further from the next one than two roundings reach.
            quotient = (word.to("double", "sitofp") * inverse).to("i64", "fptosi")
            rest = word - quotient * span
            made.set_item("i64", begin + i, low + choose(rest.equals(span), rest.like(0), rest))

    return share.kernel("integers", make)
