"""One operation of the loop language on one array: a kernel for what NumPy has no loop for."""

from __future__ import annotations

from typing import Any

import numpy as np

from rushlight.engine import launch, types
from rushlight.engine.plan import Output, Value

Array = np.ndarray[Any, Any]
_ready: dict[Any, launch.Work | launch.Blocks] = {}
MOST_READY = 1024


def one(name: str, array: Array) -> Array:
    """The operation on every element, as an array of the same dtype."""
    key = (name, array.dtype.char, array.shape, array.strides)
    work = _ready.get(key)
    if work is None:
        if len(_ready) >= MOST_READY:
            _ready.clear()
        work = _ready[key] = _prepare(name, array)
    (made,) = work.run([array])
    return made


def _prepare(name: str, array: Array) -> launch.Work | launch.Blocks:
    type = types.type_of(array.dtype)
    assert type is not None
    layout = launch.Layout(array.shape, None, [array], [array.shape])
    values = (Value("load", type, (), 0), Value(name, type, (0,)))
    return launch.prepare(layout, [array], values, (Output(1, array.dtype, False),))
