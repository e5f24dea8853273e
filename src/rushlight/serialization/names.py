"""The names that a checkpoint may use, and what each of them builds.

Nothing else is imported or called, whatever a file says. `add_safe_globals` adds classes of one's
own, which are then constructed as pickle would.
"""

from __future__ import annotations

import contextlib
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterator
from pickle import UnpicklingError
from typing import Any

import numpy as np

from rushlight.autograd.modes import no_grad
from rushlight.ops.op import FACE
from rushlight.serialization.opcodes import Builder
from rushlight.tensor import dtypes, storage
from rushlight.tensor.device import device
from rushlight.tensor.size import Size
from rushlight.tensor.tensor import Tensor, wrap

STORAGES = {
    "DoubleStorage": "float64", "FloatStorage": "float32", "HalfStorage": "float16",
    "BFloat16Storage": "bfloat16", "LongStorage": "int64", "IntStorage": "int32",
    "ShortStorage": "int16", "CharStorage": "int8", "ByteStorage": "uint8", "BoolStorage": "bool",
    "ComplexFloatStorage": "complex64", "ComplexDoubleStorage": "complex128",
}
STORAGE_OF = {dtype: name for name, dtype in STORAGES.items()}


class Loaded:
    """The bytes of a storage, and once a tensor lies in it, what its tensors share."""

    __slots__ = ("bytes", "dtype", "shared")

    def __init__(self, bytes: Any, dtype: Any):
        self.bytes = bytes  # flat uint8, or None: on the meta device
        self.dtype = dtype  # None: untyped
        self.shared: Any = None


def _tensor(
    held: Any, offset: Any, size: Any, stride: Any, requires_grad: Any = False, hooks: Any = None,
    metadata: Any = None, dtype: Any = None,
) -> Tensor:
    """A tensor that lies in a storage. UnpicklingError where it would lie outside."""
    if isinstance(held, tuple):
        raise UnpicklingError("a tensor over no storage")
    if not isinstance(held, Loaded):
        raise UnpicklingError(f"a tensor over {type(held).__name__}, which is no storage")
    kind = (held.dtype if dtype is None else dtype)
    if kind is None or not isinstance(size, tuple) or not isinstance(stride, tuple):
        raise UnpicklingError("a tensor needs a dtype, a size and strides")
    numbers = (offset, *size, *stride)
    if len(size) != len(stride) or len(size) > 64 or any(
        type(each) is not int or not 0 <= each < 1 << 62 for each in numbers
    ):
        raise UnpicklingError(f"a tensor of size {size} and strides {stride} at {offset}")
    itemsize = kind.numpy.itemsize
    last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    empty = 0 in size
    if not empty and (last + 1) * itemsize > len(held.bytes):
        raise UnpicklingError(
            f"a tensor of size {size} and strides {stride} at {offset} does not fit into a storage "
            f"of {len(held.bytes)} bytes")
    flat = held.bytes[: len(held.bytes) // itemsize * itemsize].view(kind.numpy)
    if empty:
        made = wrap(np.empty(size, kind.numpy))
    else:
        made = wrap(np.lib.stride_tricks.as_strided(
            flat[offset:], size, [each * itemsize for each in stride]))
        if held.shared is None:
            held.shared = storage.of(wrap(flat))
        made._storage = held.shared
    if requires_grad is True:
        made.requires_grad_()
    return made


def _tensor_of_dtype(
    held: Any, offset: Any, size: Any, stride: Any, requires_grad: Any, hooks: Any, dtype: Any,
    metadata: Any = None,
) -> Tensor:
    return _tensor(held, offset, size, stride, requires_grad, hooks, metadata, dtype)


def _parameter(data: Any, requires_grad: Any = True, hooks: Any = None, state: Any = None) -> Any:
    from rushlight.nn.parameter import Parameter

    if not isinstance(data, Tensor):
        raise UnpicklingError(f"a parameter of {type(data).__name__}, which is no tensor")
    with no_grad():
        made = Parameter(data, requires_grad is True)
    made._storage = data._storage
    return made


def _of_type(function: Any, kind: Any, arguments: Any, state: Any) -> Any:
    if not isinstance(function, Builder) or not isinstance(arguments, tuple):
        raise UnpicklingError("a tensor of a class of its own, made in an unknown way")
    return function.make(*arguments)


def _bytes(text: Any, encoding: Any = "latin1") -> bytes:
    if type(text) is not str or encoding not in ("latin1", "latin-1"):
        raise UnpicklingError("bytes in an unknown encoding")
    return text.encode("latin1")


def _plain(kind: Any) -> Any:
    def make(*arguments: Any) -> Any:
        return kind(*arguments)

    return make


def _counter(items: Any = ()) -> Counter[Any]:
    return Counter(dict(items))


def _defaultdict(factory: Any = None, items: Any = ()) -> Any:
    kind: Any = {"list": list, "dict": dict, "int": int, "set": set}.get(
        getattr(factory, "name", ""))
    return defaultdict(kind, items)


_NAMES: dict[str, Any] = {
    "collections.OrderedDict": Builder("OrderedDict", _plain(OrderedDict)),
    "collections.Counter": Builder("Counter", _counter),
    "collections.defaultdict": Builder("defaultdict", _defaultdict),
    "_codecs.encode": Builder("encode", _bytes),
    "torch._utils._rebuild_tensor": Builder("tensor", _tensor),
    "torch._utils._rebuild_tensor_v2": Builder("tensor", _tensor),
    "torch._utils._rebuild_tensor_v3": Builder("tensor", _tensor_of_dtype),
    "torch._utils._rebuild_parameter": Builder("parameter", _parameter),
    "torch._utils._rebuild_parameter_with_state": Builder("parameter", _parameter),
    "torch._tensor._rebuild_from_type_v2": Builder("tensor", _of_type),
    "torch.Size": Builder("Size", Size),
    "torch.device": Builder("device", device),
    "torch.Tensor": Builder("Tensor", lambda *_: FACE["empty"](0)),
    "torch.nn.parameter.Parameter": Builder("Parameter", _parameter),
    **{f"{module}.{each.__name__}": Builder(each.__name__, _plain(each))
       for module in ("builtins", "__builtin__")
       for each in (set, frozenset, list, dict, int, float, complex, bytearray, slice, range)},
}


def _of_torch(name: str) -> Any:
    """dtypes, and the classes of storages, which stand for dtypes; None for anything else."""
    if name in STORAGES:
        return dtypes.named(STORAGES[name])
    found = dtypes.public_names().get(name)
    return found if isinstance(found, dtypes.dtype) else None


class Finder:
    """What a name in a pickle stands for."""

    def __init__(self) -> None:
        self.safe = frozenset(_safe.values())

    def __call__(self, module: str, name: str) -> Any:
        path = f"{module}.{name}"
        if path in _safe:
            return _safe[path]
        if path in _NAMES:
            return _NAMES[path]
        if path in ("torch.storage.UntypedStorage", "torch.UntypedStorage"):
            return None
        found = _of_torch(name) if module == "torch" else None
        if found is None:
            raise UnpicklingError(
                f"the file names {path}, which is no plain data: nothing of it was run. A class of "
                "your own that holds data alone can be allowed: torch.serialization."
                "add_safe_globals([Class])")
        return found


_safe: dict[str, Any] = {}


def add_safe_globals(safe_globals: list[Any]) -> None:
    """Let checkpoints hold objects of these classes, or of (class, "its full name") pairs.

    What their constructors and `__setstate__` do is then done when a file is loaded.
    Source: https://docs.pytorch.org/docs/stable/notes/serialization.html
    """
    for each in safe_globals:
        kind, path = each if isinstance(each, tuple) else (
            each, f"{each.__module__}.{each.__qualname__}")
        if not isinstance(kind, type):
            raise TypeError(f"{path} is no class: only classes of data can be allowed")
        _safe[path] = kind


def get_safe_globals() -> list[Any]:
    """The classes that were allowed."""
    return list(_safe.values())


def clear_safe_globals() -> None:
    """Allow none of one's own any more."""
    _safe.clear()


@contextlib.contextmanager
def safe_globals(safe_globals: list[Any]) -> Iterator[None]:
    """Allow these classes inside a `with` block."""
    before = dict(_safe)
    add_safe_globals(safe_globals)
    try:
        yield
    finally:
        _safe.clear()
        _safe.update(before)
