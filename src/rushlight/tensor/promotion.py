"""Which dtype comes out when dtypes meet.

PyTorch promotes by category (bool < integer < floating < complex): a tensor with dimensions decides
over a 0-d tensor, and that over a Python number, unless the lesser operand is of a higher category.
Source: https://pytorch.org/docs/stable/tensor_attributes.html#type-promotion-doc
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np

from rushlight.tensor import dtypes
from rushlight.tensor.dtypes import COMPLEX, FLOATING, INTEGER, dtype

_WIDE_UNSIGNED = (dtypes.uint16, dtypes.uint32, dtypes.uint64)


@cache
def promote_types(type1: dtype, type2: dtype) -> dtype:
    """The smallest dtype that both can be promoted to.

    Raises RuntimeError for pairs PyTorch does not promote (uint16, uint32 and uint64 with other
    integers; float8 with anything).
    """
    a, b = dtypes.as_dtype(type1), dtypes.as_dtype(type2)
    if a is b:
        return a
    if a.storage_only or b.storage_only:
        raise RuntimeError(f"{a} and {b} do not promote: float8 types only store. Convert first")
    if a.category != b.category:
        low, high = sorted((a, b), key=lambda d: d.category)
        widens = high.category == COMPLEX and low is dtypes.float64
        return dtypes.complex128 if widens else high
    if a.category == INTEGER and (a in _WIDE_UNSIGNED or b in _WIDE_UNSIGNED):
        raise RuntimeError(f"{a} and {b} do not promote: convert one of them first")
    if {a, b} == {dtypes.float16, dtypes.bfloat16}:
        return dtypes.float32
    return dtypes.of(np.promote_types(a.numpy, b.numpy))


def result_of(operands: Iterable[tuple[dtype, int]]) -> dtype:
    """The dtype of a result; each operand as (dtype, rank): 2 has dimensions, 1 is 0-d, 0 a number.

    A lower rank only counts where its category is above that of every higher rank.
    """
    best: list[dtype | None] = [None, None, None]
    for each, rank in operands:
        seen = best[rank]
        best[rank] = each if seen is None else promote_types(seen, each)
    result: dtype | None = None
    for seen in reversed(best):
        if seen is None:
            continue
        if result is None:
            result = seen
        elif seen.category > result.category:
            result = _lift(result, seen)
    if result is None:
        raise RuntimeError("no operand to take a dtype from")
    return result


def _lift(result: dtype, weaker: dtype) -> dtype:
    """A weak operand of higher category lifts the category, keeping the width where it can."""
    if weaker.category == COMPLEX and result.category == FLOATING:
        return result.to_complex()
    return weaker


def can_cast(from_: dtype, to: dtype) -> bool:
    """Whether a result of dtype `from_` may be written into a tensor of dtype `to`."""
    source, target = dtypes.as_dtype(from_), dtypes.as_dtype(to)
    if source.category == INTEGER and target.category == dtypes.BOOL:
        return False
    return source.category <= target.category or (source.category, target.category) == (
        FLOATING, FLOATING)


def rank_of(value: Any) -> int:
    """2 for an array with dimensions, 1 for a 0-d one, 0 for a Python number."""
    if hasattr(value, "ndim"):
        return 2 if value.ndim else 1
    return 0
