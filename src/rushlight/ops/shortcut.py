"""The hot path: elementwise ops that are one NumPy ufunc, on tensors of one dtype.

Here every Python call counts, so a Tensor and its Node are filled in by hand. Whatever is unusual
(mixed dtypes, numbers NumPy would round differently, errors) goes to `general`, which knows all the
rules; a short cut may only do what `general` would have done. See `elementwise.py`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from rushlight.autograd.modes import modes
from rushlight.autograd.node import next_order
from rushlight.engine.at_hand import compute as compute_now
from rushlight.engine.deferred import LARGE, LEAST, Deferred, at_once, before_write, call
from rushlight.ops import write
from rushlight.ops.op import needs
from rushlight.tensor import storage
from rushlight.tensor.tensor import Tensor

if TYPE_CHECKING:
    from rushlight.ops.elementwise import Pointwise

_blank = object.__new__
_ARRAYS = (np.ndarray, Deferred)
_FOREIGN = (int, float, complex, np.ndarray, np.generic)
General = Callable[["Pointwise", tuple[Any, ...], dict[str, Any]], Tensor]


# Ufuncs whose result on two arrays of one dtype is PyTorch's, whatever the dtype.
_CLOSED = (
    np.add, np.multiply, np.bitwise_and, np.bitwise_or, np.bitwise_xor, np.equal, np.not_equal)


def unary(row: Pointwise, ufunc: Callable[..., Any], general: General) -> Callable[[Any], Tensor]:
    """One tensor through one ufunc."""
    node_class = row.node_class() if row.inputs else None
    save = _saver(row)
    of_array = functools.partial(ufunc, out=...)
    chars = frozenset("fdil" if row.promote == "same" and "i" in row.supports else "fd")

    def shortcut(input: Any) -> Tensor:
        array: Any = input._array
        if type(array) is Deferred and array.value is not None:
            array = input._array = array.value
        if array.dtype.char not in chars:
            return general(row, (input,), {})
        result = _blank(Tensor)
        if type(array) is np.ndarray and array.size < LEAST:
            result._array = ufunc(array, out=...)
        elif type(array) is np.ndarray and array.size < LARGE:
            result._array = at_once(of_array, array)
        else:
            result._array = call(ufunc, array)
        result._node = result._storage = result._base = result._grad = None
        if input._node is not None and node_class is not None and modes.grad:
            node = _blank(node_class)
            node.edges = (input._node,)
            node.order = next_order()
            node.targets = node.watch = None
            save(node, input, None, result)
            result._node = node
        return result

    return shortcut


def binary(row: Pointwise, ufunc: np.ufunc, general: General) -> Callable[[Any, Any], Any]:
    """Two tensors of one dtype, or a floating-point tensor and a number.

    What is no operand of ours gives NotImplemented, so that Python can ask the other side.
    """
    with_tensor = _class_for(row, _blank(Tensor))
    with_number = _class_for(row, 0)
    save_tensor, save_number = _saver(row), _saver(row, number=True)
    closed = ufunc in _CLOSED

    def shortcut(input: Any, other: Any) -> Any:
        a: Any = input._array
        if type(a) is Deferred and a.value is not None:
            a = input._array = a.value
        if isinstance(other, Tensor):
            b: Any = other._array
            if type(b) is Deferred and b.value is not None:
                b = other._array = b.value
            if a.dtype is not b.dtype or not (closed or a.dtype.char in "fd"):
                return general(row, (input, other), {})
            second, node_class, save = other._node, with_tensor, save_tensor
            # Two small ones may make a large one: a column and a row.
            large = type(b) is Deferred or b.size >= LEAST or (
                a.size * b.size >= LEAST and a.shape != b.shape)
        else:
            kind = type(other)
            if (kind is not float and kind is not int) or a.dtype.char not in "fd":
                if isinstance(other, _FOREIGN):
                    return general(row, (input, other), {})
                return NotImplemented
            b, second, node_class, save = other, None, with_number, save_number
            large = False
        try:
            if large or type(a) is Deferred or a.size >= LEAST:
                array = call(ufunc, a, b)
            else:
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
            node.watch = node.targets = None
            shape = array.shape
            if a.shape != shape or (second is not None and b.shape != shape):
                node.targets = ((a.shape, a.dtype), _target(b))
            save(node, input, other, result)
            result._node = node
        return result

    return shortcut


def formula(row: Pointwise, summed: bool = False) -> Callable[..., Any]:
    """A formula of any parameters on float tensors of one dtype and numbers: gives the array, or
    the sum of its elements; None for anything else.
    """
    names, defaults = row.positional, row.defaults
    rest = tuple(defaults.get(each) for each in names)
    needed = len(names) - len(defaults)
    program: Any = None
    check = row.check

    def compute(*given: Any) -> Any:
        nonlocal program
        count = len(given)
        if count != len(names):
            if not needed <= count < len(names):
                return None
            given += rest[count:]
        if not isinstance(given[0], Tensor):
            return None
        dtype = given[0]._array.dtype
        if dtype.char not in "fd":
            return None
        values: list[Any] = []
        largest = 0
        for each in given:
            kind = type(each)
            if kind is float or kind is int:
                try:
                    values.append(np.asarray(each, dtype))
                except OverflowError:
                    return None
                continue
            if not isinstance(each, Tensor):
                return None
            array = each._array
            if type(array) is not np.ndarray or array.dtype is not dtype:
                return None
            if array.size > largest:
                largest = array.size
            values.append(array)
        if largest >= LARGE:
            return None
        if check is not None:
            check(**dict(zip(names, given, strict=True)))
        if program is None:
            program, _ = row.program({})
            program = _sum_of(program) if summed else program
        try:
            made = compute_now(program, *values)
        except ValueError:
            return None
        return made if type(made) is np.ndarray else np.asarray(made)

    return compute


def _sum_of(program: Callable[..., Any]) -> Callable[..., Any]:
    def whole(*arrays: Any) -> Any:
        return np.add.reduce(program(*arrays), axis=None)

    whole.cost = program.cost + 2  # type: ignore[attr-defined]
    return whole


def assigned(row: Pointwise, ufunc: np.ufunc | None) -> Callable[[Any, Any], Any]:
    """`a += b` where nothing is recorded and both are plain: the ufunc writes into `a`."""

    def shortcut(self: Any, other: Any) -> Any:
        a: Any = self._array
        if ufunc is not None and a.dtype.char in "fd" and (
            type(a) is Deferred or a.flags.carray
        ) and (not modes.grad or (self._node is None and self._base is None)):
            b = other._array if isinstance(other, Tensor) else other
            plain = type(b) is float or (
                isinstance(other, Tensor) and b.dtype is a.dtype
                and (other._node is None or not modes.grad))
            if plain and (type(a) is Deferred or a.size >= LARGE) and (
                other is b or a.shape == b.shape
            ):
                storage.write(self, call(ufunc, a, b))
                return self
            if plain and type(a) is not Deferred:
                before_write(a)
                try:
                    ufunc(a, b, out=a)
                except (ValueError, TypeError):
                    return write.inplace(row, self, (other,), {})
                storage.of(self).version += 1
                return self
        return write.inplace(row, self, (other,), {})

    return shortcut


def _class_for(row: Pointwise, other: Any) -> Any:
    """The class of the nodes for a second operand of this kind; None if there are none."""
    if not row.inputs:
        return None
    first, second = row.operands[:2]
    return row.node_class(row.defaults | {first: _blank(Tensor), second: other})


def _target(b: Any) -> Any:
    return (b.shape, b.dtype) if isinstance(b, _ARRAYS) else None


def _saver(row: Pointwise, number: bool = False) -> Callable[[Any, Any, Any, Any], None]:
    """How to give the node what the derivatives name: a call of (node, input, other, result).

    number: the second operand is no tensor, so only the first one's derivative will be asked.
    """
    first, second = (*row.operands[:2], None)[:2]
    constants = tuple(row.defaults.get(each) for each in row.saves)
    if all(each in row.defaults for each in row.saves):
        def save(node: Any, input: Any, other: Any, out: Any) -> None:
            node.saved = constants
            node.versions = None
    elif row.saves == (first,):
        def save(node: Any, input: Any, other: Any, out: Any) -> None:
            node.saved = (input,)
            node.versions = None if input._storage is None else (input._storage.version,)
    elif row.saves == ("out",):
        def save(node: Any, input: Any, other: Any, out: Any) -> None:
            node.saved = (_apart(out),)
            node.versions = None
    elif row.saves == (second, first):
        def save(node: Any, input: Any, other: Any, out: Any) -> None:
            node.saved = (other, input)
            if input._storage is None and getattr(other, "_storage", None) is None:
                node.versions = None
            else:
                node.versions = (_version(other), _version(input))
    else:
        asked = needs(row.derivatives.get(row.operands[0])) if number else row.saves
        def save(node: Any, input: Any, other: Any, out: Any) -> None:
            saved: list[Any] = []
            for each in row.saves:
                if each == first:
                    saved.append(input)
                elif each == second:
                    saved.append(other)
                elif each == "out":
                    saved.append(_apart(out) if each in asked else None)
                else:
                    saved.append(row.defaults[each])
            node.saved = tuple(saved)
            node.versions = tuple([_version(each) for each in saved])
    return save


def _apart(out: Tensor) -> Tensor:
    """The result as an alias without its node, or node and result would be a ring."""
    held = _blank(Tensor)
    held._array = out._array
    held._storage = storage.of(out)
    held._node = held._base = held._grad = None
    return held


def _version(value: Any) -> int:
    if not isinstance(value, Tensor):
        return -1
    held = value._storage
    return 0 if held is None else held.version
