"""Copies of large arrays by a kernel of their own, on all cores; in squares of elements where the
order of memory changes."""

from __future__ import annotations

from typing import Any

import numpy as np

from rushlight.engine import deferred, types

Array = np.ndarray[Any, Any]
_ready: dict[Any, Any] = {}
MOST_READY = 1024


def copied(array: Any, order: str) -> Array:
    """A copy in row-major order ("C"), or in the order of the array itself ("K")."""
    if type(deferred.of(array)) is not deferred.Deferred:
        return array.copy(order)  # small, or of a dtype that loops don't know
    array = deferred.computed(array)
    key = (array.dtype.char, array.shape, array.strides, order)
    work = _ready.get(key)
    if work is None:
        if len(_ready) >= MOST_READY:
            _ready.clear()
        work = _ready[key] = _prepare(array, order)
    (made,) = work.run([array])
    return made


def _prepare(array: Array, order: str) -> Any:
    from rushlight.engine import launch
    from rushlight.engine.plan import Output, Value

    type = types.type_of(array.dtype)
    assert type is not None
    layout = launch.Layout(array.shape, None, [array] if order == "K" else [], [array.shape])
    return launch.prepare(
        layout, [array], (Value("load", type, (), 0),), (Output(0, array.dtype, False),))
