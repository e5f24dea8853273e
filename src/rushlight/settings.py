"""Switches and small answers that programs expect on `torch.`: threads, defaults, constants."""

from __future__ import annotations

import math
import os
from typing import Any

from rushlight.ops.construct import OLD_TYPES
from rushlight.ops.convert import _by_title
from rushlight.tensor import dtypes, memory
from rushlight.tensor.tensor import Tensor

inf, nan, pi, e = math.inf, math.nan, math.pi, math.e
newaxis = None


_threads = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def get_num_threads() -> int:
    """The number of threads that large work may use."""
    return _threads


def set_num_threads(int: int) -> None:
    """Set the number of threads that large work may use. RuntimeError unless it is positive."""
    global _threads
    if int < 1:
        raise RuntimeError(f"the number of threads must be positive, not {int}")
    _threads = int


def set_default_tensor_type(t: Any) -> None:
    """Make the dtype of this old type (`torch.DoubleTensor`, or its name) the default."""
    dtypes.set_default_dtype(_by_title(t))


def typename(obj: Any) -> str:
    """The name of an object's type: `torch.FloatTensor` for a tensor of float32."""
    if isinstance(obj, Tensor):
        return obj.type()
    kind = type(obj)
    return kind.__qualname__ if kind.__module__ == "builtins" else (
        f"{kind.__module__}.{kind.__qualname__}")


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Nothing to switch: results never depend on the number of threads."""


def are_deterministic_algorithms_enabled() -> bool:
    """True: results never depend on the number of threads."""
    return True


def is_storage(obj: Any) -> bool:
    """Whether `obj` is what `untyped_storage()` returns."""
    return hasattr(obj, "data_ptr") and hasattr(obj, "nbytes") and not isinstance(obj, Tensor)


NAMES = {
    each: globals()[each]
    for each in (
        "inf", "nan", "pi", "e", "newaxis", "get_num_threads",
        "set_num_threads", "set_default_tensor_type", "typename", "use_deterministic_algorithms",
        "are_deterministic_algorithms_enabled", "is_storage",
    )
} | OLD_TYPES

Tensor.layout = property(lambda self: memory.strided)  # type: ignore[attr-defined]
for _absent in ("is_cuda", "is_sparse", "is_quantized", "is_mps"):
    setattr(Tensor, _absent, False)
Tensor.is_meta = property(lambda self: self.device.type == "meta")  # type: ignore[attr-defined]
