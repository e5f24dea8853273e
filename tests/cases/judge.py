"""Judge: one outcome held against another, and what is wrong with it in words.

The tolerances are those of `torch.testing.assert_close`, by dtype. The invariant: shape and dtype
are never tolerant, and neither are integers.

Read next: `records.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from . import Case
from .checks import Absent, Array, Raised, Wrong, perform

TOLERANCES = {
    "float16": (1e-3, 1e-5),
    "bfloat16": (1.6e-2, 1e-5),
    "float32": (1.3e-6, 1e-5),
    "complex64": (1.3e-6, 1e-5),
    "float64": (1e-7, 1e-7),
    "complex128": (1e-7, 1e-7),
}
EXACT = (0.0, 0.0)


def verdicts(
    library: Any, case: Case, expected: dict[str, dict[str, Any]]
) -> Iterator[tuple[str, str, str]]:
    """For each check and dtype expected of the case: both, and what is wrong ("" if nothing).

    An operation that is absent fails once, not once for each check.
    """
    for check, by_dtype in expected.items():
        for dtype, outcome in by_dtype.items():
            actual = perform(library, case, check, dtype)
            yield check, dtype, difference(outcome, actual, case.tolerances)
            if isinstance(actual, Absent) and check == "values":
                return


def difference(expected: Any, actual: Any, widened: dict[str, tuple[float, float]]) -> str:
    """What is wrong with `actual`, or "" if nothing is."""
    if isinstance(actual, Absent):
        return f"there is no {actual.name}"
    if isinstance(actual, Wrong):
        return actual.what
    if isinstance(expected, Raised):
        return _error_difference(expected, actual)
    if isinstance(actual, Raised):
        return f"raised {actual.message}"
    if isinstance(expected, Array) and isinstance(actual, Array):
        tolerance = widened.get(expected.dtype) or TOLERANCES.get(expected.dtype, EXACT)
        return _array_difference(expected, actual, *tolerance)
    if isinstance(expected, float) and isinstance(actual, float):
        pair = (Array("float64", np.array(x)) for x in (expected, actual))
        return _array_difference(*pair, *TOLERANCES["float32"])
    if type(expected) is not type(actual):
        return f"returned {_kind(actual)}, expected {_kind(expected)}"
    if isinstance(expected, dict):
        if list(expected) != list(actual):
            return f"named its results {list(actual)}, expected {list(expected)}"
        pairs = [(f".{name}", expected[name], actual[name]) for name in expected]
        return _first_difference(pairs, widened)
    if isinstance(expected, list):
        if len(expected) != len(actual):
            return f"returned {len(actual)} results, expected {len(expected)}"
        pairs = [(f"[{n}]", e, a) for n, (e, a) in enumerate(zip(expected, actual, strict=True))]
        return _first_difference(pairs, widened)
    return "" if expected == actual else f"returned {actual}, expected {expected}"


def _first_difference(
    pairs: list[tuple[str, Any, Any]], widened: dict[str, tuple[float, float]]
) -> str:
    for where, expected, actual in pairs:
        if wrong := difference(expected, actual, widened):
            return f"result{where}: {wrong}"
    return ""


def _error_difference(expected: Raised, actual: Any) -> str:
    if expected.kind == "no kernel":
        return ""
    if not isinstance(actual, Raised):
        return f"returned {_kind(actual)}, expected {expected.kind}"
    return "" if expected.kind in actual.classes else f"raised {actual.message} ({expected.kind}?)"


def _kind(outcome: Any) -> str:
    if isinstance(outcome, Array):
        return f"a {outcome.dtype} tensor of shape {outcome.values.shape}"
    if isinstance(outcome, dict):
        return f"results named {list(outcome)}"
    return f"{len(outcome)} results" if isinstance(outcome, list) else repr(outcome)


def _array_difference(expected: Array, actual: Array, rtol: float, atol: float) -> str:
    if actual.dtype != expected.dtype or actual.values.shape != expected.values.shape:
        return f"returned {_kind(actual)}, expected {_kind(expected)}"
    far = ~close(expected.values, actual.values, rtol, atol)
    if not far.any():
        return ""
    where = tuple(map(int, np.argwhere(far)[0]))
    wanted, got = expected.values[where], actual.values[where]
    others = f", and {far.sum() - 1} of {far.size} others" if far.sum() > 1 else ""
    return f"element {where} is {got}, expected {wanted}{others}"


def close(expected: np.ndarray, actual: np.ndarray, rtol: float, atol: float) -> np.ndarray:
    """Elementwise: the same, or nan both, or nearer than `atol + rtol * abs(expected)`."""
    same = (expected == actual) | ((expected != expected) & (actual != actual))
    if rtol == atol == 0:
        return same
    with np.errstate(invalid="ignore", over="ignore"):
        distance = abs(actual - expected)
        return same | (distance <= atol + rtol * abs(expected)) & np.isfinite(expected)
