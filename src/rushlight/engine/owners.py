"""Who owns the memory of arrays, and which of it somebody outside may see and write to."""

from __future__ import annotations

import functools
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
exposed: dict[int, Callable[[], Any]] = {}  # by the id of the owner

# What NumPy's as_strided puts between a view and its base.
_BETWEEN = type(np.lib.stride_tricks.as_strided(np.zeros(1), (1,), (0,)).base)


def root(array: Any) -> Any:
    """The object that owns the memory behind an array."""
    while True:
        base = array.base
        if base is None:
            return array
        if not isinstance(base, np.ndarray) and type(base) is not _BETWEEN:
            return base
        array = base


def expose(array: Array) -> None:
    """Note that somebody outside may write to this memory from now on."""
    owner = root(array)
    key = id(owner)
    if key not in exposed:
        try:
            exposed[key] = weakref.ref(owner, functools.partial(_conceal, key))
        except TypeError:  # a bytearray, say: what NumPy does not own counts as exposed from now on
            exposed[0] = lambda: None


def _conceal(key: int, _: Any) -> None:
    exposed.pop(key, None)


def sees_exposed(operands: tuple[Any, ...]) -> bool:
    """Whether any of the arrays among these reads memory that somebody outside may write to."""
    return any(type(each) is np.ndarray and is_exposed(each) for each in operands)


def is_exposed(array: Array) -> bool:
    """Whether somebody outside may see this memory."""
    owner = root(array)
    return id(owner) in exposed or not isinstance(owner, np.ndarray)
