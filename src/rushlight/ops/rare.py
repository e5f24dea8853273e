"""How rare functions are computed: by NumPy or SciPy, in float64, rounded once."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import numpy as np

from rushlight.tensor.tensor import Array


def scipy(part: str, wanted_by: str) -> Any:
    """The module `scipy.<part>`; ImportError that says how to install it, where it is not."""
    try:
        return importlib.import_module(f"scipy.{part}")
    except ImportError:
        raise ImportError(
            f"{wanted_by}() is computed by SciPy: pip install 'rushlight[scipy]'") from None


def in_float64(function: Callable[..., Array]) -> Callable[..., Array]:
    """A function of float64 arrays for arrays of any float dtype."""
    def apply(input: Any, **others: Any) -> Array:
        array = np.asarray(input)
        wide = {name: np.asarray(each, np.float64) for name, each in others.items()}
        with np.errstate(all="ignore"):
            return function(array.astype(np.float64), **wide).astype(array.dtype)

    return apply


def by_scipy(name: str) -> Callable[..., Array]:
    """`scipy.special.<name>` for arrays of any float dtype."""
    return in_float64(lambda *given, **more: getattr(
        scipy("special", name), name)(*given, *more.values()))
