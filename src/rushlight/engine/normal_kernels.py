"""Box and Muller's transform natively: the steps of `box_muller.py`, the same roundings, many at
once.

float32 is LLVM code of ours. float64 calls the C library for each number, as PyTorch does. Words
come in rows of 16: eight distances, then eight angles. A fused operation rounds once here; in
NumPy's way, which rounds a float64 again, one in some hundred million may differ in its last bit.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from rushlight.engine import box_muller, share, twister
from rushlight.engine import function_writer as fw
from rushlight.engine.function_writer import library, repeat, stack
from rushlight.engine.vector_writer import Value, Writer, fma, polynomial, root

Array = np.ndarray[Any, Any]
_ROWS = 32  # that a thread transforms together
_HALF = 8  # numbers in half a row
_NAMES = ("radius", "cosine", "sine")
_log, _cos, _sin = (library(each, "double(double)") for each in ("log", "cos", "sin"))


def fill(made: Array, words: Array, mean: float, std: float) -> None:
    """Fill an array of float32 or float64, some rows of 16, from as many words (or twice as many);
    the numbers times `std`, plus `mean`, rounded once."""
    moved = mean != 0 or std != 1
    kernel = _kernel64(moved) if made.itemsize == 8 else _kernel32(moved)
    share.share(kernel, made.size // (2 * _HALF), 32 * _ROWS if made.itemsize == 4 else _ROWS, made,
                words, np.array([mean, std], made.dtype))


def _in_halves(kernel: str, type: str, moved: bool, pairs: Any, functions: str = "") -> int:
    """The kernel that puts uniform numbers apart into distances and angles, calls
    `pairs(distances, angles, count)` to make them normal, and puts them together."""
    bits, bytes = (53, 8) if type == "double" else (24, 4)
    together = _ROWS * _HALF

    def make(words: fw.Value, begin: fw.Value, end: fw.Value) -> None:
        made, drawn, numbers = share.given(words, "ppp")
        mean, std = (numbers.item(type, i) for i in range(2))
        halves = [stack(type, together) for _ in range(2)]
        with repeat((end - begin + (_ROWS - 1)) // _ROWS) as part:
            first = begin + part * _ROWS
            left = end - first
            rows = fw.choose(left.below(_ROWS), left, left.like(_ROWS))
            for k, half in enumerate(halves):
                with repeat(rows) as row, repeat(_HALF) as j:
                    at = (first + row) * (2 * _HALF) + j + k * _HALF
                    half.set_item(type, row * _HALF + j, twister.unit(drawn, at, bits))
            pairs(*halves, rows * _HALF)
            for k, half in enumerate(halves):
                with repeat(rows) as row, repeat(_HALF) as j:
                    at = (first + row) * (2 * _HALF) + j + k * _HALF
                    value = half.item(type, row * _HALF + j)
                    if moved:
                        value = value.vector(
                            f"call {type} @llvm.fma.f{8 * bytes}({type} {value.text}, {type} "
                            f"{std.text}, {type} {mean.text})", type)
                    else:
                        value = value + 0  # -0.0 becomes 0.0
                    made.set_item(type, at, value)

    return share.kernel(kernel, make, functions)


# --- float64

@cache
def _kernel64(moved: bool) -> int:
    def pairs(distances: fw.Value, angles: fw.Value, count: fw.Value) -> None:
        with repeat(count) as k:
            one = fw.Value("double", "1.0")
            log = _log(one - distances.item("double", k))
            radius = log.vector(
                f"call double @llvm.sqrt.f64(double {(log * -2).text})", "double")
            angle = angles.item("double", k) * box_muller.TWO_PI
            distances.set_item("double", k, radius * _cos(angle))
            angles.set_item("double", k, radius * _sin(angle))

    return _in_halves("normal64", "double", moved, pairs)


# --- float32

@cache
def _kernel32(moved: bool) -> int:
    def pairs(distances: fw.Value, angles: fw.Value, count: fw.Value) -> None:
        with repeat(count) as k:
            angle = angles.item("float", k)
            radius, cosine, sine = (
                angle.vector(f"call float @rl.{name}(float {each.text})", "float")
                for name, each in zip(
                    _NAMES, (distances.item("float", k), angle, angle), strict=True))
            distances.set_item("float", k, radius * cosine)
            angles.set_item("float", k, radius * sine)

    return _in_halves("normal32", "float", moved, pairs, _functions())


def _functions() -> str:
    texts = []
    for name, formula in zip(_NAMES, (_radius, _cosine, _sine), strict=True):
        writer = Writer()
        result = formula(Value(writer, "float", "%x"))
        texts.append("\n".join([
            f"define internal float @rl.{name}(float %x) alwaysinline nounwind willreturn "
            "memory(none) {", *writer.lines, f"  ret float {result.name}", "}\n"]))
    return "".join(texts)


def _radius(u: Value) -> Value:
    """sqrt(-2 log(1 - u))."""
    return root(_log32(1.0 - u) * -2.0)


def _log32(x: Value) -> Value:
    bits = x.bits
    exponent = (bits - box_muller.ROOT_HALF) >> 23
    x = (bits - (exponent << 23)).number - 1.0
    e = exponent.counted
    square = x * x
    y = polynomial(x, _numbers(box_muller.LOG)) * x
    y = fma(y, square, e * float(box_muller.LN2_LOW))
    y = fma(square, -0.5, y)
    return fma(e, float(box_muller.LN2_HIGH), x + y)


def _numbers(coefficients: Any) -> list[float]:
    """From the constant one to the highest."""
    return [float(each) for each in reversed(coefficients)]


def _turned(v: Value) -> tuple[Value, Value, Value]:
    """Of 2 pi v: what is left of it after even octants, their number, and its square."""
    angle = v * float(np.float32(box_muller.TWO_PI))
    octant = (angle * float(np.float32(8 / box_muller.TWO_PI))).truncated
    octant = (octant + 1) & ~1
    x, number = angle, octant.counted
    for part in box_muller.QUARTER_PI:
        x = fma(number, -float(part), x)
    return x, octant, x * x


def _both(v: Value) -> tuple[Value, Value, Value, Value]:
    """The bits of the cosine and the sine of what is left; whether they change places, as a mask;
    and the octants."""
    x, octant, square = _turned(v)
    cosine = polynomial(square, _numbers(box_muller.COS)) * square
    cosine = fma(cosine, square, square * -0.5) + 1.0
    sine = fma(polynomial(square, _numbers(box_muller.SIN)) * square, x, x)
    swap = (cosine.bits ^ sine.bits) & (((octant >> 1) & 1) * -1)
    return cosine.bits, sine.bits, swap, octant


def _cosine(v: Value) -> Value:
    cosine, _, swap, octant = _both(v)
    return (cosine ^ swap ^ (((octant + 2) & 4) << 29)).number


def _sine(v: Value) -> Value:
    _, sine, swap, octant = _both(v)
    return (sine ^ swap ^ ((octant & 4) << 29)).number
