"""Arithmetic that is put off: an array that says how it will be computed.

A `Deferred` stands where an ndarray would. NumPy's ufuncs and their `reduce` on it give further
Deferred values, so that code written for arrays builds a graph instead; anything else about it (an
index, a method, `np.asarray`) computes it first, and goes on with the ndarray. Shapes and dtypes
are known at once. `programs.py` computes them, `fusion.py` turns a graph into few loops. Whose
memory they read, and who else may write there, `owners.py` knows.

Invariant: once `value` is there, `operands` is empty; before, nobody has seen the numbers.
"""

from __future__ import annotations

import functools
import math
import os
import threading
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from rushlight.engine import owners, types
from rushlight.engine.owners import root

Array = np.ndarray[Any, Any]
LEAST = 16384  # elements: below this, NumPy is done before a graph is built
LARGE = 131_072  # from here on, reading memory once is worth more than a quick call
LONGEST = 192  # operations in one graph: beyond, it is computed
MOST_WAITING = 1024  # operations that wait at once: beyond, each is computed as it comes

_blank = object.__new__
lock = threading.RLock()  # held while the process forks, or the child might find it held for ever
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=lock.acquire, after_in_parent=lock.release, after_in_child=lock.release)
_NUMBERS = (bool, int, float)
_OF_REDUCE = {"axis", "dtype", "keepdims"}


class Deferred:
    """An array not yet computed: `operation` on `operands`, each an ndarray, a number, a Deferred.

    `axes` are those a reduction reduces (`shape` has them with size 1, or not at all); of a formula
    they are its function and options. `length` counts the graph's operations; `used` counts how
    often a loop has computed it on the way to something else. `into`: the array of a tensor that
    this value is to replace; it will be row-major as that is, and lie in its place if nobody else
    holds it.
    """

    __slots__ = (
        "__weakref__", "axes", "dtype", "into", "length", "operands", "operation", "shape", "used",
        "value",
    )

    operation: str
    operands: tuple[Any, ...]
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    axes: tuple[Any, ...] | None
    value: Array | None
    length: int
    used: int
    into: Array | None

    @property
    def ndim(self) -> int:
        """How many dims the array has."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """How many elements."""
        return math.prod(self.shape)

    @property
    def itemsize(self) -> int:
        """Bytes to an element."""
        return self.dtype.itemsize

    @property
    def base(self) -> Any:
        """Whose memory it is: its own, None, as long as it has none."""
        return None if self.value is None else self.value.base

    @property
    def nbytes(self) -> int:
        """Bytes to all elements."""
        return self.size * self.dtype.itemsize

    def compute(self) -> Array:
        """The array itself, computed now if it was not yet."""
        if self.value is None:
            with lock:
                if self.value is None:
                    _run()(self)
        assert self.value is not None
        return self.value

    def settle(self, value: Array) -> None:
        """Take this array for the value, and let go what it was to be made of."""
        self.value = value
        self.operands, self.into = (), None
        _waiting.pop(id(self), None)
        if _waiting:
            _read.add(id(root(value)))  # by what waits and is made of this
        else:
            _read.clear()

    # --- what stays deferred

    def __array_ufunc__(
        self, ufunc: np.ufunc, method: str, *inputs: Any, out: Any = None, **options: Any
    ) -> Any:
        if type(out) is tuple and out[0] is not Ellipsis and out[0] is not None:
            if any(type(each) is Deferred for each in out):
                raise TypeError("a deferred array can't be written to: compute it first")
            return getattr(ufunc, method)(*map(computed, inputs), out=out, **options)
        made = None
        if enabled and method == "__call__" and not options:
            made = apply(ufunc, inputs)
        elif enabled and method == "reduce" and options.keys() <= _OF_REDUCE:
            made = reduce(ufunc, self, **options)
        if made is None:
            if method in ("__call__", "reduce"):
                options["out"] = ...
            made = getattr(ufunc, method)(*map(computed, inputs), **options)
        return made

    def __array_function__(
        self, function: Callable[..., Any], types: Any, args: Any, kwargs: dict[str, Any]
    ) -> Any:
        if enabled and function is np.where and len(args) == 3 and not kwargs:
            made = where(*args)
            if made is not None:
                return made
        return function(*map(computed, args), **{k: computed(v) for k, v in kwargs.items()})

    def astype(self, dtype: Any, copy: bool = True) -> Any:
        """The elements converted."""
        dtype = np.dtype(dtype)
        if dtype is self.dtype and not copy:
            return self
        if not enabled or types.type_of(dtype) is None or types.type_of(self.dtype) is None:
            return self.compute().astype(dtype)
        if self.operation == "array" and self.size < LARGE:
            return at_once(_with(Deferred.astype, (dtype,)), self.value)
        return _new("cast", (self,), self.shape, dtype)

    def reshape(self, *shape: Any, copy: bool | None = None) -> Any:
        """The same elements in another shape; stays deferred where only dims of size 1 differ."""
        wanted = shape[0] if len(shape) == 1 and not isinstance(shape[0], int) else shape
        wanted = tuple(wanted)
        if self.value is not None:
            made = self.value.reshape(wanted, copy=copy)
            return of(made) if self.operation == "array" else made
        if wanted == self.shape:
            return self
        if [n for n in wanted if n != 1] == [n for n in self.shape if n != 1]:
            return _new("reshape", (self,), wanted, self.dtype)
        return self.compute().reshape(wanted)

    # --- what computes

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.array(self.compute(), dtype, copy=copy)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.compute(), name)

    def __getitem__(self, index: Any) -> Any:
        return self.compute()[index]

    def __setitem__(self, index: Any, value: Any) -> None:
        self.compute()[index] = computed(value)

    def __len__(self) -> int:
        return self.shape[0]

    def __bool__(self) -> bool:
        return bool(self.compute())

    def __int__(self) -> int:
        return int(self.compute())

    def __float__(self) -> float:
        return float(self.compute())

    def __complex__(self) -> complex:
        return complex(self.compute())


def _operator(name: str, ufunc: np.ufunc) -> None:
    def forward(self: Deferred, other: Any) -> Any:
        return ufunc(self, other)

    def reflected(self: Deferred, other: Any) -> Any:
        return ufunc(other, self)

    setattr(Deferred, f"__{name}__", forward)
    setattr(Deferred, f"__r{name}__", reflected)


for _name, _ufunc in {
    "add": np.add, "sub": np.subtract, "mul": np.multiply, "truediv": np.divide,
    "and": np.bitwise_and, "or": np.bitwise_or, "xor": np.bitwise_xor, "pow": np.power,
    "mod": np.remainder,
}.items():
    _operator(_name, _ufunc)
for _name, _ufunc in {
    "lt": np.less, "le": np.less_equal, "gt": np.greater, "ge": np.greater_equal, "eq": np.equal,
    "ne": np.not_equal,
}.items():
    setattr(Deferred, f"__{_name}__", lambda self, other, _ufunc=_ufunc: _ufunc(self, other))
for _name, _one in {"neg": np.negative, "invert": np.invert, "abs": np.absolute}.items():
    setattr(Deferred, f"__{_name}__", lambda self, _one=_one: _one(self))
Deferred.__hash__ = object.__hash__  # type: ignore[method-assign]
_ARRAYS = (Deferred, np.ndarray)


def _new(
    operation: str, operands: tuple[Any, ...], shape: tuple[int, ...], dtype: np.dtype[Any],
    axes: tuple[Any, ...] | None = None, into: Array | None = None,
) -> Deferred:
    node = _blank(Deferred)
    node.operation, node.shape, node.dtype, node.axes = operation, shape, dtype, axes
    node.value, node.into = None, into
    node.used = 0
    length = 1
    for each in operands:
        if type(each) is Deferred:
            if each.value is None:
                length += each.length
            else:
                operands = tuple([
                    x.value if type(x) is Deferred and x.value is not None else x
                    for x in operands])
    for each in operands:
        if type(each) is np.ndarray:
            _read.add(id(each if each.base is None else root(each)))
    node.operands = operands
    node.length = length
    reference = _Waiting(node, _forget)
    reference.key = key = id(node)
    _waiting[key] = reference
    if length > LONGEST or len(_waiting) > MOST_WAITING or (
        owners.exposed and owners.sees_exposed(operands)
    ):
        node.compute()
    return node


@functools.cache
def _run() -> Callable[[Deferred], None]:
    from rushlight.engine import programs  # which needs this module

    return programs.run


@functools.cache
def _available() -> bool:
    from rushlight.engine import native  # LLVM is for those who have large tensors

    return native.available()


@functools.cache
def _knows(operation: str, type: str) -> bool:
    from rushlight.engine import scalar_ops

    return scalar_ops.knows(operation, type)


def of(array: Any) -> Any:
    """The array as a value whose arithmetic waits; a small one, or one of a dtype that loops don't
    know, as it is."""
    if (
        type(array) is not np.ndarray or array.size < LEAST or not enabled
        or types.type_of(array.dtype) is None or not _available()
    ):
        return array
    node = leaf(array)
    node.operation = "array"
    return node


def leaf(array: Array) -> Deferred:
    """The array as a value whose arithmetic waits, whatever its size."""
    node = _blank(Deferred)
    node.operation, node.operands, node.axes = "operand", (), None
    node.shape, node.dtype, node.value = array.shape, array.dtype, array
    node.length, node.used, node.into = 1, 0, None
    return node


def replacing(array: Any, values: Deferred) -> Deferred:
    """What waits, as the next value of a tensor whose array is this one, in its dtype."""
    if type(array) is not Deferred:
        return _new("cast", (values,), values.shape, array.dtype, None, array)
    made = _new("cast", (values,), values.shape, array.dtype, None,
                array.into if array.value is None else array.value)
    array.into = None
    return made


def computed(value: Any) -> Any:
    """The array behind a deferred value, in lists too; anything else as it is."""
    if type(value) is Deferred:
        return value.compute()
    if type(value) in (list, tuple):
        return type(value)(map(computed, value))
    return value


# --- building the graph

_resolved: dict[Any, Any] = {}


def _as_array(value: Any) -> Any:
    return np.asarray(value) if isinstance(value, np.generic) else value


def _kinds(operands: tuple[Any, ...]) -> list[Any]:
    """What decides a result's dtype: an array's, a Python number's type, None for all else."""
    return [type(x) if type(x) in _NUMBERS else x.dtype if type(x) in _ARRAYS else None
            for x in operands]


def _loop(ufunc: np.ufunc, kinds: tuple[Any, ...]) -> Any:
    """The operand dtypes and the result's of a ufunc, if there is a loop of ours for it."""
    if any(each is None for each in kinds) or not _available():
        return None
    try:
        *taken, made = ufunc.resolve_dtypes((*kinds, None))
    except TypeError:
        return None
    name = ufunc.__name__
    within = types.type_of(taken[0])
    if within is None or any(each != taken[0] for each in taken) or types.type_of(made) is None:
        return None
    if not _knows(name, within):
        return None
    if (made == taken[0]) == (name in types.PREDICATES) and made.char != "?":
        return None
    straight = all(
        kind is dtype or (kind is float and dtype.kind == "f")
        for kind, dtype in zip(kinds, taken, strict=True))
    return tuple(taken), made, straight


def apply(ufunc: np.ufunc, operands: tuple[Any, ...]) -> Any:
    """A ufunc on values of which one at least is deferred; None if no loop of ours can do it."""
    key = (ufunc, *_kinds(operands))
    try:
        found = _resolved[key]
    except KeyError:
        found = _resolved[key] = _loop(ufunc, key[1:])
    if found is None:
        if any(isinstance(each, np.generic) for each in operands):
            return apply(ufunc, tuple(map(_as_array, operands)))
        if ufunc is np.conjugate and operands[0].dtype.kind in "fiub":
            return operands[0]
        return None
    taken, made, straight = found
    if straight:
        return _new(ufunc.__name__, operands, _together(operands), made)
    cast = []
    for each, kind, dtype in zip(operands, key[1:], taken, strict=True):
        if isinstance(kind, type):  # OverflowError for what does not fit
            each = float(each) if dtype.kind == "f" else np.asarray(each, dtype)
        elif kind is not dtype:
            each = _new("cast", (each,), each.shape, dtype)
        cast.append(each)
    return _new(ufunc.__name__, tuple(cast), _together(operands), made)


def call(function: Callable[..., Any], *operands: Any) -> Any:
    """A ufunc, or what looks like one, of arrays that are not small, put off where it can be."""
    if type(function) is not np.ufunc:
        return function(*map(of, operands), out=...)
    first, last = operands[0], operands[-1]
    if type(first) is np.ndarray and first.size < LARGE:
        if type(last) in (float, int):
            return at_once(function, first, np.array(last, first.dtype))
        if type(last) is np.ndarray and last.size < LARGE:
            return at_once(function, *operands)
    if type(operands[-1]) in (float, int):
        operands = (*operands[:-1], _as_operand(operands[-1], operands[0].dtype))
    made = apply(function, operands) if enabled else None
    return function(*map(computed, operands), out=...) if made is None else made


def _as_operand(number: float, dtype: Any) -> Any:
    """A number that meets an array: part of the kernel if it is of the kind that programs are
    written with, else read by it, or a learning rate that changes would need a kernel each time.
    """
    if dtype.kind != "f" or (-16 <= number <= 16 and 4 * number % 1 == 0):
        return number
    return np.array(number, dtype)


def at_once(function: Callable[..., Any], *operands: Any) -> Any:
    """`function(*operands)` on arrays that are not small, but too small for waiting to pay."""
    if not enabled or not _available():
        return function(*operands)
    return _at_once()(function, *operands)


@functools.lru_cache(4096)
def _with(function: Callable[..., Any], options: tuple[Any, ...]) -> Callable[..., Any]:
    """The function with these options, the same object each time."""
    return lambda *operands: function(*operands, *options)


@functools.cache
def _at_once() -> Callable[..., Array]:
    from rushlight.engine import programs

    return programs.at_once


def formula(
    function: Callable[..., Any], *operands: Any, options: tuple[Any, ...] = (),
    shape: tuple[int, ...] | None = None, dtype: Any = None,
) -> Any:
    """`function(*operands, *options)`: arithmetic that gives an array of this shape and dtype, the
    first operand's if not given.

    If an operand is deferred it is one value that waits. Only where no program is known for what is
    asked for is it written out in single operations.
    """
    waits = False
    for each in operands:
        if type(each) is Deferred:
            if each.operation != "array" or each.size >= LARGE:
                break
            waits = True
    else:
        if waits:
            return at_once(_with(function, options), *map(computed, operands))
        return function(*operands, *options)
    first = operands[0]
    return _new("formula", operands, first.shape if shape is None else shape,
                first.dtype if dtype is None else dtype, (function, options))


def elementwise(name: str, a: Any) -> Any:
    """A function of one number that is no ufunc, such as erf; None if no loop of ours can do it."""
    within = types.type_of(a.dtype)
    if within is None or not _knows(name, within):
        return None
    return _new(name, (a,), a.shape, a.dtype)


def where(condition: Any, a: Any, b: Any) -> Any:
    """a where the condition holds, else b; None if no loop of ours can do it."""
    condition, a, b = (
        np.asarray(x) if isinstance(x, np.generic) else x for x in (condition, a, b))
    kinds = _kinds((a, b))
    if any(each is None for each in kinds) or getattr(condition, "dtype", None) != np.bool_:
        return None
    dtypes = [each for each in kinds if not isinstance(each, type)]
    if not dtypes or any(each != dtypes[0] for each in dtypes):
        return None
    dtype = dtypes[0]
    if types.type_of(dtype) is None or dtype.char == types.BFLOAT16:
        return None
    if any(kind is float and dtype.kind != "f" for kind in kinds):
        return None
    chosen = [
        x if kind is dtype else _as_operand(x, dtype) if dtype.kind == "f" else np.asarray(x, dtype)
        for x, kind in zip((a, b), kinds, strict=True)]
    return _new("where", (condition, *chosen), _together((condition, a, b)), dtype)


def _together(operands: tuple[Any, ...]) -> tuple[int, ...]:
    """The shape that the operands broadcast to; ValueError if they do not."""
    shape: Any = None
    for each in operands:
        if type(each) in _NUMBERS:
            continue
        if shape is None or shape == each.shape or not shape:
            shape = each.shape
        elif each.shape:
            return np.broadcast_shapes(
                *[x.shape for x in operands if type(x) not in _NUMBERS])
    return shape


REDUCTIONS = {
    "add": "add", "multiply": "multiply", "maximum": "maximum", "minimum": "minimum",
    "logical_or": "any", "logical_and": "all",
}


def reduce(
    ufunc: np.ufunc, array: Any, axis: Any = 0, dtype: Any = None, keepdims: bool = False
) -> Any:
    """`ufunc.reduce` of an array that is not small; None if no loop of ours can do it."""
    if type(array) is Deferred:
        if array.operation != "array" or array.size >= LARGE:
            return _reduce(array, ufunc, axis, dtype, keepdims)
        array = array.value
    if not enabled or not _available():
        return None
    return _at_once()(_with(_reduce, (ufunc, axis, dtype, keepdims)), array)


def _reduce(array: Deferred, ufunc: np.ufunc, axis: Any, dtype: Any, keepdims: bool) -> Any:
    name = REDUCTIONS.get(ufunc.__name__)
    ndim = len(array.shape)
    if name is None or ndim == 0 or array.dtype.kind not in "fiub" or array.size == 0:
        return None
    axes = range(ndim) if axis is None else axis if type(axis) is tuple else (axis,)
    axes = tuple(sorted([each % ndim for each in axes]))
    if dtype is None:
        dtype = array.dtype
        if name in ("add", "multiply") and dtype.kind in "iub":
            dtype = np.dtype(np.int64)
    if name in ("any", "all"):
        dtype = np.dtype(np.bool_)
    dtype = np.dtype(dtype)
    operand: Any = array
    if operand.dtype != dtype:
        if name in ("any", "all"):
            operand = apply(np.not_equal, (operand, 0))
        elif types.type_of(dtype) is None:
            return None
        else:
            operand = _new("cast", (operand,), operand.shape, dtype)
    if operand is None or (dtype.itemsize < 4 and dtype.kind == "f"):
        return None
    shape = [
        1 if i in axes else n for i, n in enumerate(operand.shape) if keepdims or i not in axes]
    return _new("reduce." + name, (operand,), tuple(shape), dtype, axes)


# --- who waits, and for what

enabled = True
_waiting: dict[int, _Waiting] = {}  # oldest first
# Ids of all that owns memory which something that waits may read: what is not here, nothing reads.
_read: set[int] = set()


class _Waiting(weakref.ref[Deferred]):
    """A value that is not computed, held weakly: whom nobody holds, nobody waits for."""

    __slots__ = ("key",)
    key: int


def _forget(reference: _Waiting) -> None:
    _waiting.pop(reference.key, None)


def expose(array: Array) -> None:
    """Somebody outside may write to this memory from now on: what reads it will not wait."""
    before_write(array)
    owners.expose(array)


def before_write(array: Any) -> None:
    """Compute all that waits and reads the memory of `array`, which is about to be written."""
    if _waiting:
        owner = root(computed(array))
        if id(owner) in _read:
            _read.discard(id(owner))  # ids come again: it may have been another's
            _compute_where(lambda node: _reads(node, owner))


def anything_waits() -> bool:
    """Whether some value that somebody holds has yet to be computed."""
    return any(each() is not None for each in list(_waiting.values()))


def compute_all() -> None:
    """Compute everything that waits."""
    _compute_where(lambda node: True)


def _compute_where(condition: Callable[[Deferred], bool]) -> None:
    """Newest first: what only newer values wanted is gone by the time its turn would come."""
    for each in list(_waiting.values())[::-1]:
        node = each()
        if node is not None and node.value is None and condition(node):
            node.compute()


def _reads(node: Deferred, owner: Any) -> bool:
    """Whether the value is made, however far back, of this memory."""
    stack: list[Any] = [node]
    seen: set[int] = set()
    while stack:
        each = stack.pop()
        if type(each) is Deferred:
            if id(each) in seen:
                continue
            seen.add(id(each))
            if each.value is None:
                stack += each.operands
                continue
            each = each.value
        if isinstance(each, np.ndarray) and root(each) is owner:
            return True
    return False
