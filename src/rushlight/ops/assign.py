"""Writing values into a tensor: `copy_`, `fill_`, `zero_`, and the Python numbers a dtype can hold.

Invariant: a value is checked and converted before the first element is written. What a write does
to the graph is in `autograd/inplace.py`.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from rushlight.autograd import inplace as history
from rushlight.autograd.modes import modes
from rushlight.engine.deferred import LEAST, Deferred, before_write, computed
from rushlight.engine.movers import fill as fill_array
from rushlight.ops import write
from rushlight.ops.convert import cast
from rushlight.ops.op import composite, op
from rushlight.tensor import dtypes, storage
from rushlight.tensor.meta import MetaArray
from rushlight.tensor.tensor import Array, Tensor, wrap

_NUMBERS = (bool, int, float, complex, np.number, np.bool_)


# --- numbers

def number_for(value: Any, dtype: Any) -> Any:
    """A Python number as an array without dims, of the NumPy dtype.

    RuntimeError if the dtype can't hold it: too large, a fraction of infinity in an integer, an
    imaginary part in a real type.
    """
    kind = type(value)
    if (kind is float or kind is int) and dtype.char in "fd" and -3.4e38 < value < 3.4e38:
        return value  # the commonest case: NumPy converts these as it writes
    if not isinstance(value, _NUMBERS):
        raise TypeError(f"a tensor is filled with numbers, not with {type(value).__name__}")
    if not isinstance(value, (bool, int, float, complex)):
        value = value.item()
    if dtype == np.bool_:
        return np.asarray(value != 0)
    held = dtypes.of(dtype)
    if isinstance(value, complex) and held.category != dtypes.COMPLEX:
        if value.imag != 0:
            raise _unfit(value, held)
        value = value.real
    if held.category == dtypes.INTEGER:
        return np.asarray(_integer(value, held)).astype(dtype)
    if held.category == dtypes.FLOATING and not isinstance(value, complex):
        if math.isfinite(value) and abs(value) > dtypes.finfo(held).max:
            raise _unfit(value, held)
        return np.asarray(value, np.float64).astype(dtype)
    return np.asarray(value, dtype)


def _integer(value: Any, held: dtypes.dtype) -> int:
    if isinstance(value, float) and not math.isfinite(value):
        raise _unfit(value, held)
    whole, limits = int(value), dtypes.iinfo(held)
    lowest = limits.min or -limits.max  # a negative number wraps around in an unsigned type
    if not lowest <= whole <= limits.max:
        raise _unfit(value, held)
    return whole if whole >= limits.min else whole + limits.max + 1


def _unfit(value: Any, held: dtypes.dtype) -> RuntimeError:
    return RuntimeError(f"the value {value} does not fit into a tensor of {held}")


def converted(values: Array, dtype: Any) -> Array:
    """An array's values in another dtype; complex to real drops the imaginary part, and warns."""
    if values.dtype is dtype:
        return values
    if values.dtype.kind == "c" and dtype.kind not in "cb":
        warnings.warn("a complex tensor written into a real one loses its imaginary part",
                      UserWarning, stacklevel=3)
    return cast(values, dtypes.of(dtype))


# --- the rows that stand behind a write

def _zeros(grad: Tensor) -> Tensor:
    return wrap(np.zeros_like(grad._array, subok=False))


@op(name="copy", face=False, method=False, node="CopyBackwards",
    input=_zeros, src=lambda grad: grad)
def _copied(input: Tensor, src: Tensor) -> Any:
    """`src`, in the shape and dtype of `input`."""
    return np.broadcast_to(converted(src._array, input._array.dtype), input._array.shape).copy()


def _fill_name(bound: dict[str, Any]) -> str:
    return f"FillBackward{2 + isinstance(bound['value'], Tensor)}"


@op(node=_fill_name, input=_zeros, value=lambda grad: grad.sum())
def fill(input: Tensor, value: Any) -> Any:
    """A tensor of the shape and dtype of `input`, every element `value`.

    `value`: a number, or a tensor without dims, which may require grad.
    """
    filled = np.empty(input._array.shape, input._array.dtype)
    filled[...] = _filling(value, filled.dtype)
    return filled


def _filling(value: Any, dtype: Any) -> Any:
    if not isinstance(value, Tensor):
        return number_for(value, dtype)
    if value._array.ndim:
        raise RuntimeError(
            f"fill_(): the value is a number or a tensor without dims, not one of shape "
            f"{list(value.shape)}: use copy_()")
    return converted(value._array, dtype)


@op(name="zero", face=False, method=False, input=_zeros)
def _zero(input: Tensor) -> Any:
    """Zeros of the shape and dtype of `input`."""
    return np.zeros_like(input._array, subok=False)


# --- copy_, fill_, zero_

@composite(face=False)
def copy_(self: Tensor, src: Any, non_blocking: bool = False) -> Tensor:
    """Write the values of `src` into this tensor: broadcast to its shape, converted to its dtype.

    Raises RuntimeError where `src` does not broadcast to this shape.
    Source: https://pytorch.org/docs/stable/generated/torch.Tensor.copy_.html
    """
    target = self._array
    if not isinstance(src, Tensor):
        src = wrap(np.asarray(number_for(src, target.dtype)))
    values: Any = src._array
    if type(values) is Deferred and values.value is not None:
        values = values.value
    recorded = modes.grad and takes_gradient(self, src)
    if recorded or 0 in target.strides:
        write.check_writable(self, "copy_")
    if values.dtype is not target.dtype and (target.size < LEAST or values.dtype.kind == "c"):
        values = converted(values, target.dtype)
    if values.shape != target.shape:
        check_broadcast("copy_", values.shape, target.shape)
    if type(values) is Deferred and values.shape == target.shape:
        write.check_writable(self, "copy_")
        storage.write(self, values.astype(target.dtype, copy=False))
        if recorded:
            history.rebase(self, _copied.row.record({"input": self, "src": src}, self))
        return self
    before_write(target)
    try:
        if type(target) is MetaArray:
            pass
        elif target.size < LEAST:
            target[...] = _with_values(computed(values))
        else:
            fill_array(computed(target), _with_values(computed(values)))
    except ValueError:
        write.check_writable(self, "copy_")
        raise
    shared = self._storage
    if shared is None:
        shared = storage.of(self)
    shared.version += 1
    if recorded:
        history.rebase(self, _copied.row.record({"input": self, "src": src}, self))
    return self


def _with_values(values: Array) -> Array:
    """The values of a source, if it has any: NotImplementedError on the meta device."""
    if type(values) is MetaArray:
        raise NotImplementedError(
            "copy_(): a tensor on the meta device has no values: Module.to_empty() or "
            "empty_like(device=...) gives memory for some")
    return values


def takes_gradient(target: Tensor, src: Tensor) -> bool:
    """Whether writing `src` into `target` is a step of the graph."""
    if target._node is not None:
        return True
    return src._node is not None and target._array.dtype.kind in "fcV"


def check_broadcast(name: str, given: tuple[int, ...], shape: tuple[int, ...]) -> None:
    """RuntimeError unless values of shape `given` can be written into one of `shape`."""
    if given == shape or given == ():
        return
    fits = len(given) <= len(shape) and all(
        size in (1, into) for size, into in zip(given[::-1], shape[::-1], strict=False))
    if not fits:
        raise RuntimeError(
            f"{name}(): values of shape {list(given)} do not broadcast to the shape written to, "
            f"{list(shape)}: from the last dim, each size must be equal or 1")


@composite()
def fill_(input: Tensor, value: Any) -> Tensor:
    """Set every element to `value`, a number or a tensor without dims."""
    array = input._array
    recorded = modes.grad and (input._node is not None or isinstance(value, Tensor))
    if recorded:
        history.check(input, "fill_")
    _fill(input, _filling(value, array.dtype), "fill_")
    if recorded and fill.row.wants_grad({"input": input, "value": value}):
        node = fill.row.record({"input": input, "value": value}, input)
        history.rebase(input, node)
    return input


@composite()
def zero_(input: Tensor) -> Tensor:
    """Set every element to zero."""
    recorded = modes.grad and input._node is not None
    if recorded:
        history.check(input, "zero_")
    _fill(input, 0, "zero_")
    if recorded:
        history.rebase(input, _zero.row.record({"input": input}, input))
    return input


def _fill(tensor: Tensor, value: Any, name: str) -> None:
    before_write(tensor._array)
    try:
        if type(tensor._array) is not MetaArray:
            tensor._array.fill(computed(value))
    except ValueError:
        write.check_writable(tensor, name)
        raise
    shared = tensor._storage
    if shared is None:
        shared = storage.of(tensor)
    shared.version += 1
