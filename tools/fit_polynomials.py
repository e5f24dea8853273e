"""Writes vector_coefficients.py and vector_tables.py in src/rushlight/engine.

Each polynomial is the least-squares fit on Chebyshev's nodes, in 60 digits, which is within a few
per cent of the best there is. Coefficients are rounded one after the other, the lowest first, and
the rest is fitted anew after each: so what rounding one of them loses, the others make good.
Where a weight is given, errors count by it: by how much they change the result, relative to it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
from mpmath import mp, mpf

mp.dps = 60
ENGINE = Path(__file__).parent.parent / "src/rushlight/engine"

Number = mpf
Function = Callable[[Number], Number]
ROUNDING: dict[str, Callable[[Number], float]] = {
    "float": lambda c: float(np.float32(float(c))),
    "narrow": float,
    "double": float,
}


def fit(
    function: Function, low: Number, high: Number, degree: int, precision: str,
    weight: Function | None = None,
) -> list[float]:
    """Coefficients of x**0, x**1, ... of the polynomial that follows the function."""
    # An even number, so that none is 0, where some functions are 0 / 0.
    count = 4 * (degree + 1) + 8 * (weight is not None)
    nodes = [
        (low + high) / 2 + (high - low) / 2 * mp.cos(mp.pi * (i + mpf(1) / 2) / count)
        for i in range(count)
    ]
    weights = [mpf(1) if weight is None else weight(x) for x in nodes]
    rest = [w * function(x) for w, x in zip(weights, nodes, strict=True)]
    rounded: list[float] = []
    for power in range(degree + 1):
        rows = mp.matrix(
            [[w * x**k for k in range(power, degree + 1)]
             for w, x in zip(weights, nodes, strict=True)])
        first = mp.lu_solve(rows, mp.matrix(rest))[0]
        rounded.append(ROUNDING[precision](first))
        rest = [
            y - w * mpf(rounded[-1]) * x**power
            for w, x, y in zip(weights, nodes, rest, strict=True)]
    return rounded


def worst(function: Function, low: Number, high: Number, coefficients: list[float]) -> float:
    """The largest difference relative to the function."""
    points = mp.linspace(low + (high - low) / 1000, high, 99)
    total = [sum(mpf(c) * x**k for k, c in enumerate(coefficients)) for x in points]
    return float(max(abs(y / function(x) - 1) for x, y in zip(points, total, strict=True)))


def logarithm_ratio(z: Number) -> Number:
    """log1p(f) = 2 s + s**3 * this, where s = f / (2 + f) and z = s * s."""
    s = mp.sqrt(z)
    return (mp.log((1 + s) / (1 - s)) - 2 * s) / s**3


def of_root(function: Function, power: int, *taylor: int | Number) -> Function:
    """z -> (function(x) less its first Taylor terms) / x**power, where x = sqrt(z)."""

    def inner(z: Number) -> Number:
        x = mp.sqrt(z)
        return (function(x) - sum(c * x**k for k, c in enumerate(taylor))) / x**power

    return inner


def beyond_rounded(function: Function, slope: Number) -> Function:
    """x -> function(x) / x less the slope rounded to a float."""
    return lambda x: function(x) / x - mpf(ROUNDING["float"](slope))


def scaled_erfc(q: Number) -> Number:
    """erfc(x) exp(x**2) (1 + 2 x), where q = (x - 4) / (x + 4)."""
    x = 4 * (1 + q) / (1 - q)
    return mp.erfc(x) * mp.exp(x * x) * (1 + 2 * x)


def stirlings_series(w: Number) -> Number:
    """(lgamma(a) - what Stirling's formula says) a, where w = 1 / a**2."""
    a = 1 / mp.sqrt(w)
    return (mp.loggamma(a) - (a - mpf(1) / 2) * mp.log(a) + a - mp.log(2 * mp.pi) / 2) * a


LN2 = mp.log(mpf(2))
HALF_LN2 = LN2 / 2 * mpf("1.001")
BELOW_ONE, ABOVE_ONE = mp.sqrt(mpf(1) / 2) - 1, mp.sqrt(mpf(2)) - 1
RATIO = (ABOVE_ONE / (2 + ABOVE_ONE)) ** 2 * mpf("1.001")
QUARTER = (mp.pi / 4) ** 2 * mpf("1.001")

# erf of this is a float but for 2**-37 of it.
ERF_MIDDLE = mpf("2.2872557640075684")

EXP_TAIL: Function = lambda r: (mp.expm1(r) - r) / r**2  # noqa: E731

# name and precision: what an error of the polynomial is multiplied by in the result.
WEIGHTS: dict[tuple[str, str], Function] = {
    ("EXP", "float"): lambda r: r * r,
    ("EXP", "double"): lambda r: r * r,
    ("EXPM1", "float"): lambda r: r * r,
    ("TANH", "float"): lambda z: z * mp.sqrt(z) / mp.tanh(mp.sqrt(z)),
    ("TANH_FAR", "float"): lambda e: e,
    ("LOG", "float"): lambda f: abs(f**3 / mp.log1p(f)),
    ("LOG1P", "float"): lambda f: abs(f**3 / mp.log1p(f)),
    ("ARCSIN", "float"): lambda z: z * mp.sqrt(z) / mp.asin(mp.sqrt(z)),
    ("ARCTAN", "float"): lambda z: z * mp.sqrt(z) / mp.atan(mp.sqrt(z)),
    ("TAN", "float"): lambda z: z * mp.sqrt(z) / mp.tan(mp.sqrt(z)),
    ("TAN", "double"): lambda z: z * mp.sqrt(z) / mp.tan(mp.sqrt(z)),
    ("ARCTAN", "double"): lambda z: z * mp.sqrt(z) / mp.atan(mp.sqrt(z)),
    ("ERF", "float"): lambda z: mp.sqrt(z) / mp.erf(mp.sqrt(z)),
    ("SIN_HALF", "double"): lambda z: z * mp.sqrt(z) / mp.sin(mp.sqrt(z)),
    ("SIN", "float"): lambda z: z * mp.sqrt(z) / mp.sin(mp.sqrt(z)),
    ("COS", "float"): lambda z: z * z / mp.cos(mp.sqrt(z)),
}

# name: the function, the interval, the degree for each precision
FITS: dict[str, tuple[Function, Number, Number, dict[str, int]]] = {
    "EXP": (
        EXP_TAIL, -HALF_LN2, HALF_LN2,
        {"float": 4, "narrow": 5, "double": 9},
    ),
    "EXPM1": (EXP_TAIL, -HALF_LN2, HALF_LN2, {"float": 5}),
    "EXP2": (
        lambda r: mp.expm1(r * LN2) / r, mpf("-0.5005"), mpf("0.5005"),
        {"float": 5, "narrow": 6, "double": 12},
    ),
    "SINH": (of_root(mp.sinh, 3, 0, 1), mpf(0), HALF_LN2**2, {"narrow": 3, "double": 5}),
    "COSH": (of_root(mp.cosh, 2, 1), mpf(0), HALF_LN2**2, {"narrow": 3, "double": 6}),
    "TANH": (of_root(mp.tanh, 3, 0, 1), mpf(0), mpf("1.002"), {"float": 6}),
    "TANH_FAR": (lambda e: -2 / (1 + e), mpf(0), mp.exp(-2) * mpf("1.001"), {"float": 4}),
    "LOG": (
        lambda f: (mp.log1p(f) - f + f * f / 2) / f**3, BELOW_ONE, ABOVE_ONE, {"float": 7},
    ),
    "LOG1P": (
        lambda f: (mp.log1p(f) - f + f * f / 2) / f**3, BELOW_ONE, ABOVE_ONE, {"float": 8},
    ),
    "LOG_RATIO": (logarithm_ratio, mpf(0), RATIO, {"double": 7}),
    "LOG_RATIO_TAIL": (
        lambda z: (logarithm_ratio(z) - mpf(2) / 3) / z, mpf(0), RATIO, {"double": 7},
    ),
    "LOG2": (lambda f: mp.log1p(f) / f / LN2, BELOW_ONE, ABOVE_ONE, {"narrow": 13}),
    "LOG2_TAIL": (
        beyond_rounded(lambda f: mp.log1p(f) / LN2, 1 / LN2), BELOW_ONE, ABOVE_ONE, {"float": 9},
    ),
    "LOG10_TAIL": (
        beyond_rounded(lambda f: mp.log1p(f) / mp.log(10), 1 / mp.log(10)), BELOW_ONE, ABOVE_ONE,
        {"float": 9},
    ),
    "SIN_TURN": (
        lambda z: mp.sin(mp.pi * mp.sqrt(z)) / mp.sqrt(z), mpf(0), mpf("0.48"), {"narrow": 5},
    ),
    "SIN_HALF": (of_root(mp.sin, 3, 0, 1), mpf(0), (mp.pi / 2) ** 2 * mpf("1.001"), {"double": 8}),
    "TAN": (of_root(mp.tan, 3, 0, 1), mpf(0), QUARTER, {"float": 6, "double": 14}),
    "SIN_QUARTER": (
        lambda z: mp.sin(mp.pi / 2 * mp.sqrt(z)) / mp.sqrt(z), mpf(0), mpf("0.33"), {"narrow": 4},
    ),
    "COS_QUARTER": (lambda z: mp.cos(mp.pi / 2 * mp.sqrt(z)), mpf(0), mpf("0.33"), {"narrow": 5}),
    "SIN": (of_root(mp.sin, 3, 0, 1), mpf(0), QUARTER, {"float": 2, "double": 6}),
    "COS": (of_root(mp.cos, 4, 1, 0, mpf(-1) / 2), mpf(0), QUARTER, {"float": 2, "double": 6}),
    "ARCSIN": (of_root(mp.asin, 3, 0, 1), mpf(0), mpf("0.2501"), {"float": 4, "double": 13}),
    "ARCTAN": (of_root(mp.atan, 3, 0, 1), mpf(0), mpf(1), {"float": 9, "double": 19}),
    "ERF": (of_root(mp.erf, 1, 0, 1), mpf(0), mpf("1.33"), {"float": 7, "double": 16}),
    "ERF_FAR": (
        lambda t: mp.erf(ERF_MIDDLE + t), 1 - ERF_MIDDLE, mpf("3.93") - ERF_MIDDLE, {"float": 14},
    ),
    "LGAMMA": (
        lambda v: (mp.loggamma(2 + v) - (1 - mp.euler) * v) / v**2,
        mpf("-0.5001"), mpf("0.5001"), {"double": 18},
    ),
    "LGAMMA_FAR": (stirlings_series, mpf("1e-9"), 1 / mpf("7.5") ** 2, {"double": 7}),
    "SIN_PI": (
        of_root(lambda x: mp.sin(mp.pi * x) / mp.pi, 3, 0, 1), mpf(0), mpf("0.2501"), {"double": 8},
    ),
    "ERFC_FLOAT": (
        lambda q: scaled_erfc(q) * 8 / (9 + 7 * q), mpf(-1), mpf("0.467"), {"narrow": 10},
    ),
    "ERFC": (scaled_erfc, mpf(-1), mpf("0.752"), {"double": 23}),
}  # fmt: skip

HEAD = '''"""Coefficients of x**0, x**1, ... Written by tools/fit_polynomials.py: change them there.

"float" is for arithmetic in float32, "double" for arithmetic in float64, and "narrow" for
arithmetic in float64 whose result is to be a float32.
"""

'''


def listed(numbers: list[float], indent: str) -> list[str]:
    rows = [", ".join(map(repr, numbers[i : i + 3])) for i in range(0, len(numbers), 3)]
    return [f"{indent}{row}," for row in rows]


def table(name: str, columns: dict[str, list[float]]) -> str:
    lines = [f"{name} = {{"]
    for precision, numbers in columns.items():
        lines += [f'    "{precision}": (', *listed(numbers, " " * 8), "    ),"]
    return "\n".join([*lines, "}\n"])


STEPS, LAST = 64, 6  # of erf, to 1 and to the end
TABLES: dict[str, Function] = {
    "ERF": mp.erf,
    "ERF_SLOPE": lambda x: 2 / mp.sqrt(mp.pi) * mp.exp(-x * x),
}

TABLES_HEAD = f'''"""Values of erf and of its slope at 0, 1/{STEPS}, ... {LAST}.

Written by tools/fit_polynomials.py: change them there.
"""

STEPS = {STEPS}
LAST = {LAST}

'''


def long_table(name: str) -> str:
    numbers = [float(TABLES[name](mpf(i) / STEPS)) for i in range(LAST * STEPS + 1)]
    return "\n".join([f"{name} = (", *listed(numbers, " " * 4), ")\n"])


def main() -> None:
    parts = []
    for name, (function, low, high, degrees) in FITS.items():
        columns = {
            p: fit(function, low, high, d, p, WEIGHTS.get((name, p))) for p, d in degrees.items()}
        for precision, numbers in columns.items():
            bits = np.log2(worst(function, low, high, numbers))
            print(f"{name:16}{precision:8}degree {degrees[precision]:2}   2**{bits:.1f}")
        parts.append(table(name, columns))
    (ENGINE / "vector_coefficients.py").write_text(HEAD + "\n".join(parts))
    (ENGINE / "vector_tables.py").write_text(TABLES_HEAD + "\n".join(map(long_table, TABLES)))


if __name__ == "__main__":
    main()
