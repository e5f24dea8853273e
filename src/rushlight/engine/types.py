"""The types that loops compute in, and which dtypes of memory become which."""

from __future__ import annotations

from typing import Any

import numpy as np

FLOATS = ("float", "double")
BOOL = "i1"
BFLOAT16 = "E"  # the character of ml_dtypes' bfloat16

NARROW = "e" + BFLOAT16  # dtypes that are computed with in float and rounded after each operation

# How the elements of a dtype are computed with; "u8" is our own word for an unsigned i8.
COMPUTED = {
    "f": "float", "d": "double", "?": "i1", "b": "i8", "h": "i16", "i": "i32", "l": "i64",
    "q": "i64", "B": "u8", "e": "float", "E": "float",
}


def type_of(dtype: np.dtype[Any]) -> str | None:
    """The type that elements of this dtype are computed in; None if loops don't know it."""
    return COMPUTED.get(dtype.char)


# Operations whose result is a bool.
PREDICATES = frozenset({
    "equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "logical_and",
    "logical_or", "logical_xor", "logical_not", "isnan", "isinf", "isfinite", "signbit",
})
