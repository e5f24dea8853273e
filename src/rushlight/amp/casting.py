"""How autocast is done: while it is on, functions that cast stand in the places of the listed ones.

A place is a name in a module, an attribute of Tensor or an entry of `FACE`. With autocast off in
every thread the functions themselves are there, so it costs nothing. In a thread that has it off
while another has it on, the functions that cast call the ones they stand for.

A name that a program bound in something else than a module (an attribute, a default argument) is
no place: calls of it are not cast.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

from rushlight.amp import lists
from rushlight.autograd.engine import walk
from rushlight.autograd.modes import modes
from rushlight.ops import later, warm_up
from rushlight.ops.op import FACE
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Tensor

Function = Callable[..., Any]


class _State(threading.local):
    """What autocast is set to in this thread; whether it is on is `modes.autocast`."""

    dtype = dtypes.bfloat16
    cached = True  # whether casts of parameters are kept for the next use

    def __init__(self) -> None:
        self.casts: dict[int, tuple[Tensor, int, Tensor]] = {}


state = _State()


# --- casting arguments

def _is_eligible(tensor: Tensor) -> bool:
    return tensor.dtype.is_floating_point and tensor.dtype is not dtypes.float64


def _cast(tensor: Tensor, dtype: Any) -> Any:
    """The tensor in this dtype. A parameter's is kept until autocast ends, or it is written to."""
    if tensor.dtype is dtype or not _is_eligible(tensor):
        return tensor
    keep = (state.cached and dtype is state.dtype and tensor._base is None and tensor.is_leaf
            and tensor.requires_grad and tensor.dtype is dtypes.float32)
    if not keep:
        return tensor.to(dtype)
    known = state.casts.get(id(tensor))
    if known is not None and known[0] is tensor and known[1] == tensor._version:
        made = known[2]
        if made.dtype is dtype and made.requires_grad == modes.grad:
            return made
    made = tensor.to(dtype)
    state.casts[id(tensor)] = tensor, tensor._version, made
    return made


def each_cast(value: Any, cast: Callable[[Tensor], Any]) -> Any:
    """The value with every tensor in it cast, however deep in lists, tuples and dicts."""
    if isinstance(value, Tensor):
        return cast(value)
    if isinstance(value, dict):
        return {key: each_cast(each, cast) for key, each in value.items()}
    if type(value) in (list, tuple):
        return type(value)([each_cast(each, cast) for each in value])
    return value


def _tensors(value: Any) -> Iterator[Tensor]:
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from _tensors(each)


def _lower(name: str, args: Any) -> Any:
    return state.dtype


def _single(name: str, args: Any) -> Any:
    return dtypes.float32


def _widest(name: str, args: Any) -> Any:
    """float32 if one of the tensors is, else the lower precision; no third kind may be there."""
    found = {each.dtype for each in _tensors(args) if _is_eligible(each)}
    if strange := found - {dtypes.float32, state.dtype}:
        raise RuntimeError(
            f"{name}(): under autocast to {state.dtype} the tensors may be of that dtype, float32 "
            f"and float64, not {next(iter(strange))}")
    return dtypes.float32 if dtypes.float32 in found else state.dtype


def _as_first(name: str, args: Any) -> Any:
    return state.dtype if args and args[0].dtype is state.dtype else dtypes.float32


def _unchanged(name: str, args: Any) -> Any:
    return None


def _casting(
    name: str, function: Function, choose: Callable[[str, Any], Any],
    applies: Callable[..., bool] | None = None,
) -> Function:
    """The function that casts and calls this one. What that calls in turn is not cast."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        if not modes.autocast or kwargs.get("out") is not None or not (
            applies is None or applies(*args, **kwargs)
        ):
            return function(*args, **kwargs)
        dtype = choose(name, args)
        if dtype is not None:
            args, kwargs = each_cast((args, kwargs), lambda each: _cast(each, dtype))
        modes.autocast = False
        try:
            return function(*args, **kwargs)
        finally:
            modes.autocast = True

    return call


def _apart(function: Function) -> Function:
    """The function, run with autocast off: for derivatives, whose dtypes forward has settled."""

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        before, modes.autocast = modes.autocast, False
        try:
            return function(*args, **kwargs)
        finally:
            modes.autocast = before

    return call


# --- the places

_METHODS = {"__matmul__": "matmul", "__rmatmul__": "matmul"}
_lock = threading.RLock()
_entries = 0  # how many have autocast on
_places: list[tuple[Any, str, Function, Function]] = []  # holder, name, function, its stand-in
_known: tuple[int, int] = (0, 0)  # how many modules and names there were when they were found


def _choices() -> Iterator[tuple[str, Any, Any]]:
    for names, choose in (
        (lists.LOWER, _lower), (lists.SINGLE, _single), (lists.WIDEST, _widest),
        (lists.AS_FIRST, _as_first), (lists.UNCHANGED, _unchanged),
    ):
        for name in names:
            yield name, choose, None
    for name, applies in lists.CONDITIONS.items():
        yield name, _single, applies


def _stand_ins() -> dict[int, tuple[Function, Function]]:
    """Each listed function and its stand-in, by the function's id."""
    road = sys.modules.get("rushlight.ops.native_road")
    before = {} if road is None else road._replaced or {}
    found: dict[int, tuple[Function, Function]] = {id(walk): (walk, _apart(walk))}
    for name, choose, applies in _choices():
        for function in (FACE.get(name), before.get(name)):
            while function is not None:  # and what a counting function stands for
                if id(function) not in found:
                    found[id(function)] = function, _casting(name, function, choose, applies)
                function = getattr(function, "__wrapped__", None)
    return found


def _find() -> None:
    """Find every place of every listed function, and make what will stand there."""
    global _known
    found = _stand_ins()
    _places.clear()
    for holder in (FACE, *[getattr(each, "__dict__", {}) for each in sys.modules.copy().values()]):
        for key, value in list(holder.items()):
            if id(value) in found:
                _places.append((holder, key, *found[id(value)]))
    for name, choose, applies in _choices():
        for key in (name, *[each for each, of in _METHODS.items() if of == name]):
            method = vars(Tensor).get(key)
            if method is not None:
                _places.append((Tensor, key, method, _casting(name, method, choose, applies)))
    _known = _size()


def _size() -> tuple[int, int]:
    return len(sys.modules), len(FACE)


def _put(holder: Any, key: str, value: Function) -> None:
    if isinstance(holder, dict):
        holder[key] = value
    else:
        setattr(holder, key, value)


def _held(holder: Any, key: str) -> Any:
    return holder.get(key) if isinstance(holder, dict) else vars(holder).get(key)


def _enter() -> None:
    """One more has autocast on: the first puts the stand-ins in place."""
    global _entries
    with _lock:
        _entries += 1
        if _entries > 1:
            return
        warm_up.hold(True)  # what is in place now must come back as it was
        later.load()
        if _known != _size() or any(_held(*each[:2]) is not each[2] for each in _places):
            _find()
        for holder, key, _, stand in _places:
            _put(holder, key, stand)


def _leave() -> None:
    global _entries
    with _lock:
        _entries -= 1
        if _entries:
            return
        for holder, key, function, stand in _places:
            if _held(holder, key) is stand:
                _put(holder, key, function)
        warm_up.hold(False)


def switch(on: bool) -> None:
    """Turn autocast on or off in this thread."""
    if on and not modes.autocast:
        _enter()
        modes.autocast = True
    elif modes.autocast and not on:
        modes.autocast = False
        _leave()
