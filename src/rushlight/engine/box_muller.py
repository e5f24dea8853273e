"""Box and Muller's transform, from uniform numbers to normal ones, rounded as PyTorch rounds it.

With u and v uniform in [0, 1), `sqrt(-2 log(1 - u))` times the cosine and the sine of `2 pi v`
are two normal numbers. In float32 PyTorch evaluates the polynomials of the Cephes library with
fused multiply-adds; in float64 it calls the C library. Invariant: same steps and same roundings,
so the same bits on any processor that runs NumPy. `normals.py` says which numbers are transformed.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

f32, f64 = np.float32, np.float64
Number = float | np.floating[Any]
TWO_PI = 2 * math.pi

# ---- rounding once


def fused32(a: Array, b: Array | Number, c: Array | Number) -> Array:
    """a * b + c in float32, rounded once: a product of two float32 is exact in float64."""
    exact = a.astype(f64)
    exact *= b
    exact += c
    return exact.astype(f32)


def fused64(a: Array, b: float, c: float) -> Array:
    """a * b + c in float64, rounded once: what the product and the sum lose is added last."""
    product = a * b
    if c == 0:
        return product + 0.0
    total = product + c
    rest = total - product
    lost = (product - (total - rest)) + (c - rest) + _product_error(a, b, product)
    return np.where(np.isfinite(lost), total + lost, total)


def _product_error(a: Array, b: float, product: Array) -> Array:
    """a * b - product exactly, by Veltkamp's and Dekker's halves of 26 bits."""
    a_high, a_low = _halves(a)
    b_high, b_low = _halves(b)
    return a_low * b_low - (((product - a_high * b_high) - a_low * b_high) - a_high * b_low)


def _halves(a: Any) -> tuple[Any, Any]:
    scaled = a * 134217729.0  # 2**27 + 1
    high = scaled - (scaled - a)
    return high, a - high


# ---- float32: Cephes's logarithm, sine and cosine

ROOT_HALF = 0x3F3504F3  # the bits of sqrt(1/2)
_LOG_AS_PRINTED = (
    7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
    -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
)  # fmt: skip
LOG = tuple(map(f32, _LOG_AS_PRINTED))
LN2_HIGH, LN2_LOW = f32(0.693359375), f32(-2.12194440e-4)
SIN = tuple(map(f32, (-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1)))
COS = tuple(map(f32, (2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2)))
# In three parts, whose sum has more digits than a float32.
QUARTER_PI = tuple(map(f32, (0.78515625, 2.4187564849853515625e-4, 3.77489497744594108e-8)))


def _polynomial(coefficients: tuple[np.float32, ...], x: Array) -> Array:
    """Horner's rule, each step rounded once."""
    first, second, *others = coefficients
    wide = x.astype(f64)
    value = (wide * first + second).astype(f32)
    for each in others:
        value = fused32(value, wide, each)
    return value


def log32(x: Array) -> Array:
    """log(x) for positive normal float32."""
    bits = x.view(np.int32)
    exponent = (bits - ROOT_HALF) >> 23
    x = (bits - (exponent << 23)).view(f32) - f32(1)  # the mantissa, in [sqrt(1/2), sqrt(2))
    e = exponent.astype(f32)
    square = x * x
    y = _polynomial(LOG, x) * x
    y = fused32(y, square, e * LN2_LOW)
    y = fused32(square, -0.5, y)
    return fused32(e, LN2_HIGH, x + y)


def cos_sin32(angle: Array) -> tuple[Array, Array]:
    """The cosine and the sine of float32 angles in [0, 2 pi)."""
    octant = (angle * f32(4 / math.pi)).astype(np.int32)
    octant = (octant + 1) & ~1  # the even one nearby
    x = angle
    for part in QUARTER_PI:
        x = fused32(octant, -part, x)
    square = x * x
    cos = _polynomial(COS, square) * square
    cos = fused32(cos, square, square * f32(-0.5)) + f32(1)
    sin = fused32(_polynomial(SIN, square) * square, x, x)
    cos_bits, sin_bits = cos.view(np.int32), sin.view(np.int32)
    swap = (cos_bits ^ sin_bits) & -((octant >> 1) & 1)  # in every other octant they change places
    cos_bits ^= swap ^ (((octant + 2) & 4) << 29)  # and then take their signs
    sin_bits ^= swap ^ ((octant & 4) << 29)
    return cos, sin


def radius32(u: Array) -> Array:
    """sqrt(-2 log(1 - u))."""
    return np.sqrt(f32(-2) * log32(f32(1) - u))


def turn32(v: Array) -> tuple[Array, Array]:
    """The cosine and the sine of 2 pi v."""
    return cos_sin32(f32(TWO_PI) * v)


# ---- float64: the C library
#
# NumPy's real functions are vector code of its own, with other last bits on some processors. Its
# complex ones call the C library once per value, as PyTorch does, and hold the real ones inside.


def per_value(function: Callable[[float], float], x: Array) -> Array:
    """One of the maths module's functions, which are the C library's, on each value."""
    return np.fromiter(map(function, x.ravel().tolist()), f64, x.size).reshape(x.shape)


def exp64(x: Array) -> Array:
    """exp(x)."""
    return np.exp(x.astype(np.complex128)).real.copy()


def radius64(u: Array) -> Array:
    """sqrt(-2 log(1 - u)): the real part of a complex log1p(z) is the log of abs(1 + z)."""
    return np.sqrt(-2.0 * np.log1p((-u).astype(np.complex128)).real)


def turn64(v: Array) -> tuple[Array, Array]:
    """The cosine and the sine of 2 pi v: exp(i t) is cos(t) + i sin(t)."""
    angle = np.zeros(v.shape, np.complex128)
    angle.imag = TWO_PI * v
    turned = np.exp(angle)
    return turned.real, turned.imag
