"""Whether a kernel is worth starting for arrays of which none is large."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rushlight.engine import deferred

Array = np.ndarray[Any, Any]
FEW = 4096  # operations on elements, which NumPy has done before a kernel starts
_at_hand = False


def kernels_are_at_hand() -> None:
    """Let smaller arrays have kernels too: LLVM is loaded, and the program is a long one."""
    global _at_hand
    _at_hand = True


def worth_a_kernel(size: int, cost: int) -> bool:
    """Whether so many elements are, each in so many operations: they are many, or LLVM is there."""
    return size >= deferred.LEAST or (_at_hand and size * cost >= FEW)


def compute(function: Callable[..., Any], *operands: Array) -> Any:
    """A formula's program on arrays of which none is large, by a kernel where that is quicker."""
    size = max([each.size for each in operands])
    if not worth_a_kernel(size, function.cost):  # type: ignore[attr-defined]
        return function(*operands)
    return deferred.at_once(function, *operands)
