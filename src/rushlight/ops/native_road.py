"""The native road: operators that LLVM made take the place of the Python ones, once they are hot."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from rushlight.engine import builtins as py
from rushlight.ops import native_elementwise as elementwise
from rushlight.ops import native_tensors
from rushlight.ops.op import ROWS
from rushlight.ops.shortcut import _class_for
from rushlight.tensor.tensor import Tensor

_lock = threading.Lock()
_armed: dict[str, Any] | None = None


def arm() -> bool:
    global _armed
    with _lock:
        if _armed is None:
            _armed = _replace() if native_tensors.supported() else {}
    return bool(_armed)


OPERATORS = {"add": ("add", np.add), "sub": ("sub", np.subtract), "mul": ("mul", np.multiply),
    "truediv": ("true_divide", np.true_divide)}


def _replace() -> dict[str, Any]:
    from rushlight.engine.function_writer import Unit
    symbols = dict(native_tensors.SYMBOLS)
    entries = []
    before = {}
    for name, (row_name, ufunc) in OPERATORS.items():
        row = ROWS[row_name]
        chars = "fdil?" if name in ("add", "mul") else "fd"
        loops = elementwise.loop_table(ufunc, chars)
        plain, reflected = getattr(Tensor, f"__{name}__"), getattr(Tensor, f"__r{name}__")
        symbols[f"row_{name}"] = elementwise.row_table(plain, row, loops, _class_for(row, native_tensors.wrap(np.zeros(1))), _class_for(row, 0), False)
        rrow, rloops = (row, loops) if name in ("add", "mul") else (ROWS["rsub"], loops) if name == "sub" else (row, 0)
        symbols[f"row_r{name}"] = elementwise.row_table(reflected, rrow, rloops, None, _class_for(rrow, 0), rrow is not row)
        entries.append(elementwise.operator_entry(name))
    found = py.exported(Unit(), entries, symbols)
    for name in OPERATORS:
        for each in (f"__{name}__", f"__r{name}__"):
            before[each] = getattr(Tensor, each)
            setattr(Tensor, each, py.operator(Tensor, each, found[f"operator_{name}"]))
    return before
