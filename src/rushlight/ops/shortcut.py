"""The hot path: elementwise ops that are one NumPy ufunc, on tensors of one dtype.

Here every Python call counts, so a Tensor and its Node are filled in by hand. Whatever is unusual
(mixed dtypes, numbers NumPy would round differently, errors) goes to `general`, which knows all the
rules; a short cut may only do what `general` would have done. See `elementwise.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from rushlight.autograd.modes import modes
from rushlight.autograd.node import next_order
from rushlight.tensor import storage
from rushlight.tensor.tensor import Tensor

if TYPE_CHECKING:
    from rushlight.ops.elementwise import Pointwise

_blank = object.__new__
_FOREIGN = (int, float, complex, np.ndarray, np.generic)
General = Callable[["Pointwise", tuple[Any, ...], dict[str, Any]], Tensor]


def unary(row: Pointwise, ufunc: np.ufunc, general: General) -> Callable[[Any], Tensor]:
    """One tensor through one ufunc."""
    node_class = row.node_class() if row.inputs else None
    saver = _saver(row)
    integers = row.promote == "same" and "i" in row.supports
    chars = frozenset("fdil" if integers else "fd")

    def shortcut(input: Any) -> Tensor:
        array = input._array
        if array.dtype.char not in chars:
            return general(row, (input,), {})
        result = _blank(Tensor)
        result._array = ufunc(array, out=...)
        result._node = result._storage = result._base = result._grad = None
        if input._node is not None and node_class is not None and modes.grad:
            node = _blank(node_class)
            node.edges = (input._node,)
            node.order = next_order()
            node.targets = None
            node.saved, node.versions = saver(input, None, result)
            result._node = node
        return result

    return shortcut


def binary(row: Pointwise, ufunc: np.ufunc, general: General) -> Callable[[Any, Any], Any]:
    """Two tensors of one dtype, or a floating-point tensor and a number.

    What is no operand of ours gives NotImplemented, so that Python can ask the other side.
    """
    node_class = row.node_class() if row.inputs else None
    saver = _saver(row)
    anything = (row.promote, row.result, row.check) == ("same", "same", None)
    chars = frozenset("fdFDilhbB?" if anything and "b" in row.supports else "fd")

    def shortcut(input: Any, other: Any) -> Any:
        a = input._array
        if isinstance(other, Tensor):
            b = other._array
            if a.dtype is not b.dtype or a.dtype.char not in chars:
                return general(row, (input, other), {})
            second = other._node
        else:
            kind = type(other)
            if (kind is not float and kind is not int) or a.dtype.char not in "fd":
                if isinstance(other, _FOREIGN):
                    return general(row, (input, other), {})
                return NotImplemented
            b, second = other, None
        try:
            array = ufunc(a, b, out=...)
        except (ValueError, TypeError, OverflowError):
            return general(row, (input, other), {})
        result = _blank(Tensor)
        result._array = array
        result._node = result._storage = result._base = result._grad = None
        first = input._node
        if (first is not None or second is not None) and node_class is not None and modes.grad:
            node = _blank(node_class)
            node.edges = (first, second)
            node.order = next_order()
            shape = array.shape
            if a.shape != shape or (second is not None and b.shape != shape):
                node.targets = ((a.shape, a.dtype), _target(b))
            else:
                node.targets = None
            node.saved, node.versions = saver(input, other, result)
            result._node = node
        return result

    return shortcut


def _target(b: Any) -> Any:
    return (b.shape, b.dtype) if isinstance(b, np.ndarray) else None


def _saver(row: Pointwise) -> Callable[[Any, Any, Any], Any]:
    """How to save what the derivatives name: (input, other, result) to (saved, versions)."""
    names = (*row.operands[:2], None)[:2]
    if not row.saves:
        return lambda input, other, out: ((), None)
    if row.saves == names:
        return lambda input, other, out: ((input, other), (_version(input), _version(other)))
    if row.saves == names[::-1]:
        return lambda input, other, out: ((other, input), (_version(other), _version(input)))
    if row.saves == ("out",):
        return _save_out
    return _saver_of_any(row, names)


def _saver_of_any(row: Pointwise, names: tuple[Any, ...]) -> Callable[[Any, Any, Any], Any]:
    def save(input: Any, other: Any, out: Tensor) -> Any:
        saved, versions = [], []
        for name in row.saves:
            if name == "out":
                (value,), (version,) = _save_out(input, other, out)
            else:
                value = input if name == names[0] else other if name == names[1] else (
                    row.defaults[name])
                version = _version(value)
            saved.append(value)
            versions.append(version)
        return tuple(saved), tuple(versions) if max(versions) >= 0 else None

    return save


def _save_out(input: Any, other: Any, out: Tensor) -> Any:
    """The result is saved as an alias without its node, or node and result would be a ring."""
    held = _blank(Tensor)
    held._array = out._array
    held._storage = storage.of(out)
    held._node = held._base = held._grad = None
    return (held,), (0,)


def _version(value: Any) -> int:
    if not isinstance(value, Tensor):
        return -1
    held = value._storage
    return 0 if held is None else held.version
