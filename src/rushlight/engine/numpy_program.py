"""Run a traced formula through NumPy: the tree becomes one Python function of NumPy calls.

`sigmoid` becomes `lambda input: divide(1, add(1, exp(negative(input))))`. A tree of a single ufunc
over the parameters in order is that ufunc itself, which is what makes tiny tensors quick.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from rushlight.engine import deferred
from rushlight.engine.deferred import Deferred
from rushlight.engine.expression import Apply, Formula, Symbol

Array = np.ndarray[Any, Any]


def _per_element(name: str, function: Callable[[float], float]) -> Callable[[Any], Any]:
    """A function of the maths module, element by element, in double precision."""
    ufunc = np.frompyfunc(function, 1, 1)

    def apply(a: Any) -> Any:
        if type(a) is Deferred:
            made = deferred.elementwise(name, a)
            if made is not None:
                return made
        a = np.asarray(a)
        return np.asarray(ufunc(a.astype(np.float64)), dtype=np.float64).astype(a.dtype)

    return apply


def _lgamma(x: float) -> float:
    if math.isinf(x) or (x <= 0 and x == math.floor(x)):
        return math.inf
    return math.lgamma(x)


def _right_shift(a: Any, by: Any) -> Any:
    """Shifts beyond the width leave the sign, as the hardware's arithmetic shift would."""
    bits = np.asarray(a).dtype.itemsize * 8
    beyond = (np.asarray(by) >= bits) | (np.asarray(by) < 0)
    return np.right_shift(a, np.where(beyond, bits - 1, by).astype(np.asarray(a).dtype))


def _logaddexp(a: Any, b: Any) -> Any:
    """For complex numbers too, which NumPy's lacks."""
    if a.dtype.kind != "c":
        return np.logaddexp(a, b)
    high = np.where(a.real >= b.real, a, b)
    low = np.where(a.real >= b.real, b, a)
    return high + np.log1p(np.exp(low - high))


def _trunc_divide(a: Any, b: Any) -> Any:
    """The quotient rounded towards zero; exact for integers."""
    if np.asarray(a).dtype.kind in "iu":
        quotient = np.floor_divide(a, b)
        return quotient + ((quotient < 0) & (quotient * b != a))
    return np.trunc(np.divide(a, b))


OPERATIONS: dict[str, Callable[..., Any]] = {
    "erf": _per_element("erf", math.erf),
    "erfc": _per_element("erfc", math.erfc),
    "lgamma": _per_element("lgamma", _lgamma),
    "right_shift": _right_shift,
    "conj": np.conjugate,
    "angle": np.angle,
    "logaddexp": _logaddexp,
    "trunc_divide": _trunc_divide,
    "real": np.real,
    "imag": np.imag,
    "power": np.power,
    "round": np.rint,
    "nan_to_num": np.nan_to_num,
}

# What an operation takes, an addition being 1: some go one element at a time, in Python.
_COSTS = {"erf_": 100, "erfc_": 100, "lgamma_": 100} | dict.fromkeys(
    ("exp_", "exp2_", "expm1_", "log_", "log1p_", "tanh_", "sin_", "cos_", "power_"), 4)


def callee(operation: str) -> Callable[..., Any]:
    """The NumPy function that an operation of the scalar language is."""
    found = OPERATIONS.get(operation)
    return getattr(np, operation) if found is None else found


def single_ufunc(tree: Formula, parameters: tuple[str, ...]) -> np.ufunc | None:
    """The ufunc that alone is the whole tree, called with the parameters in order."""
    if not isinstance(tree, Apply):
        return None
    names = tuple(each.name if isinstance(each, Symbol) else None for each in tree.operands)
    found = callee(tree.operation)
    return found if names == parameters and isinstance(found, np.ufunc) else None


def compile(tree: Formula, parameters: tuple[str, ...]) -> Callable[..., Any]:
    """A Python function of the parameters that computes the tree with NumPy."""
    names: dict[str, Any] = {"__name__": "rushlight.engine.formula"}
    lines: list[str] = []
    done: dict[int, str] = {}

    def show(term: Formula) -> str:
        if isinstance(term, Symbol):
            return term.name
        if not isinstance(term, Apply):
            number: Any = term
            return f"({number!r})" if math.isfinite(abs(number)) else f"float('{number}')"
        if id(term) not in done:  # a term used twice is computed once
            operands = ", ".join(show(each) for each in term.operands)
            names[term.operation + "_"] = callee(term.operation)
            done[id(term)] = f"t{len(lines)}"
            lines.append(f"    t{len(lines)} = {term.operation}_({operands})")
        return done[id(term)]

    result = show(tree)
    source = "\n".join([f"def program({', '.join(parameters)}):", *lines, f"    return {result}"])
    exec(source, names)
    program: Callable[..., Any] = names["program"]
    program.__doc__ = source
    program.cost = sum(  # type: ignore[attr-defined]
        [_COSTS.get(each, 1) for each in names if each.endswith("_") and each[0] != "_"])
    return program
