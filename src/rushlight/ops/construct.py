"""Tensors from what the user has: `tensor`, `as_tensor`, `from_numpy`, and the old constructors."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from rushlight.autograd.methods import set_requires_grad
from rushlight.autograd.node import AccumulateGrad
from rushlight.engine import deferred
from rushlight.ops.convert import cast
from rushlight.ops.op import composite
from rushlight.tensor import device as devices
from rushlight.tensor import dtypes
from rushlight.tensor.meta import as_meta
from rushlight.tensor.tensor import Array, Tensor, wrap

_NUMBERS = (int, float, complex, np.number, np.bool_)
_blank = object.__new__


@composite(method=False)
def tensor(
    data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """A new tensor with a copy of `data`: a number, nested sequences of them, or an array.

    dtype: that of an array; else bool, int64, the default dtype or its complex one, by what the
    numbers are. Raises ValueError for ragged lists, TypeError for what is no number.
    Source: https://pytorch.org/docs/stable/generated/torch.tensor.html
    """
    chosen = None if dtype is None else dtypes.as_dtype(dtype)
    if type(data) is list and chosen is None and device is None and data:
        array = _flat_list(data)
    else:
        array = None
    if array is None:
        array = _array_of(data, chosen, copy=True)
        if device is not None and devices.usable(device) is devices.META:
            array = as_meta(array)
    made = _blank(Tensor)
    made._array = array
    made._node = made._storage = made._base = made._grad = None
    if requires_grad:
        set_requires_grad(made, True)
    return made


def _flat_list(data: list[Any]) -> Array | None:
    """A list of nothing but floats, or nothing but ints: the commonest case, done at once."""
    kinds = set(map(type, data))
    if kinds == {float}:
        return np.array(data, dtypes._default.numpy)
    if kinds == {int}:
        return _ints(data)
    return None


def _ints(data: Any) -> Array:
    try:
        return np.array(data, np.int64)
    except OverflowError:
        raise ValueError("an integer has more than 64 bits: give a floating dtype") from None


def _array_of(data: Any, dtype: dtypes.dtype | None, copy: bool) -> Array:
    """`data` as an array of one of our dtypes; a copy unless it may be shared."""
    if isinstance(data, Tensor):
        array = data._array
        if dtype is None or dtype.numpy == array.dtype:
            return array.copy() if copy else array
        return cast(array, dtype)
    if isinstance(data, np.ndarray):
        array = data if data.dtype.isnative else data.astype(data.dtype.newbyteorder("="))
        found = dtypes.of(array.dtype)
        if dtype is None or dtype is found:
            if copy:
                return array.copy()
            deferred.expose(array)
            return array
        return cast(array, dtype)
    if isinstance(data, np.generic):
        return _array_of(np.asarray(data), dtype, copy)
    if hasattr(data, "__array__"):
        return _array_of(np.asarray(data), dtype, copy)
    if hasattr(data, "__array_interface__") or hasattr(data, "__dlpack__"):
        return _array_of(np.asarray(data), dtype, copy)
    if isinstance(data, (bytearray, memoryview)):
        return _array_of(np.frombuffer(data, np.uint8), dtype, copy)
    return _of_sequence(data, dtype)


def _of_sequence(data: Any, dtype: dtypes.dtype | None) -> Array:
    leaves: list[Any] = []
    shape = _measure(data, 0, leaves)
    if dtype is None:
        dtype = _common(leaves)
    values = [_number(each) for each in leaves]
    if dtype.category < dtypes.COMPLEX and any(isinstance(each, complex) for each in values):
        raise TypeError(f"a complex number can't become {dtype}: take its .real")
    if dtype.category == dtypes.INTEGER:
        array = _integers(values, dtype)
    elif dtype.category == dtypes.BOOL:
        array = np.array([bool(each) for each in values], np.bool_)
    else:
        wide = np.complex128 if dtype.category == dtypes.COMPLEX else np.float64
        array = np.array(values, wide).astype(dtype.numpy)
    return array.reshape(shape)


def _integers(values: list[Any], dtype: dtypes.dtype) -> Array:
    whole = [int(each) for each in values]
    low, high = dtypes.iinfo(dtype).min, dtypes.iinfo(dtype).max
    for each in whole:
        if not -(2**63) <= each < 2**64:
            raise ValueError(f"the value {each} has more than 64 bits: give a floating dtype")
        if each > high or each < (-high if low == 0 else low):
            raise RuntimeError(f"the value {each} does not fit into {dtype} ({low} to {high})")
    if low == 0:
        whole = [each % (high + 1) for each in whole]
    return np.array(whole, dtype.numpy)


def _number(leaf: Any) -> Any:
    return leaf._array.item() if isinstance(leaf, Tensor) else leaf


def _measure(data: Any, depth: int, leaves: list[Any]) -> tuple[int, ...]:
    """The shape of nested sequences, their numbers appended to `leaves`; ValueError if ragged."""
    if isinstance(data, _NUMBERS):
        leaves.append(data)
        return ()
    if isinstance(data, (Tensor, np.ndarray)):
        array = data._array if isinstance(data, Tensor) else data
        leaves.extend(array.reshape(-1))
        return array.shape
    if data is None or isinstance(data, (dict, set)):
        raise RuntimeError(f"a tensor can't be made of a {type(data).__name__}: it is no sequence")
    if isinstance(data, str) or not hasattr(data, "__len__") or not hasattr(data, "__getitem__"):
        raise TypeError(f"a tensor is made of numbers or sequences, not of {type(data).__name__}")
    if depth > 64:
        raise ValueError("a tensor has at most 64 dims: this nesting is deeper")
    shape: tuple[int, ...] | None = None
    for i, each in enumerate(data):
        if isinstance(each, str) and i == 0:
            raise ValueError("a tensor is made of numbers, not of str")
        found = _measure(each, depth + 1, leaves)
        if shape is not None and len(found) != len(shape):
            raise TypeError(
                f"a list at depth {depth} mixes numbers and sequences: entry {i} is not like the "
                "first")
        if shape is not None and found != shape:
            raise ValueError(
                f"ragged data at depth {depth}: entry 0 has shape {list(shape)}, entry {i} "
                f"{list(found)}. All entries of a list must have the same shape")
        shape = found
    return (len(data), *(shape or ()))


def _common(leaves: list[Any]) -> dtypes.dtype:
    """The dtype of a list: that of its highest number."""
    if not leaves:
        return dtypes.get_default_dtype()
    best = dtypes.bool_
    for kind, sample in {type(each): each for each in leaves}.items():
        if issubclass(kind, Tensor):
            found = sample.dtype
        elif isinstance(sample, np.generic):
            found = dtypes.of(sample.dtype)
        else:
            found = dtypes.default_for(sample)
        if (found.category, found.itemsize) > (best.category, best.itemsize):
            best = found
    return best


@composite(method=False)
def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Tensor:
    """`data` as a tensor, sharing memory with an array or tensor of that dtype already."""
    chosen = None if dtype is None else dtypes.as_dtype(dtype)
    if isinstance(data, Tensor):
        options = {"device": device} if device is not None else {}
        return data.to(chosen, **options) if chosen is not None or options else data
    array = _array_of(data, chosen, copy=False)
    if any(stride < 0 for stride in array.strides):
        raise ValueError("this array has negative strides, which tensors lack: copy() it first")
    if device is not None and devices.usable(device) is devices.META:
        array = as_meta(array)
    return wrap(array)


@composite(method=False)
def asarray(
    obj: Any, *, dtype: Any = None, device: Any = None, copy: bool | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """`obj` as a tensor; `copy` forces (True) or forbids (False, ValueError) a copy."""
    if isinstance(obj, Tensor) and not copy:
        made = as_tensor(obj, dtype, device)
    elif copy:
        made = tensor(obj, dtype=dtype, device=device)
    else:
        made = as_tensor(obj, dtype, device)
    shared = isinstance(obj, (Tensor, np.ndarray)) and np.shares_memory(
        made._array, obj._array if isinstance(obj, Tensor) else obj)
    if copy is False and not shared and made._array.size:
        raise ValueError("asarray(copy=False): this object can't be shared without a copy")
    if requires_grad and made._node is None:
        set_requires_grad(made, True)
    return made


@composite(method=False)
def from_numpy(ndarray: Array) -> Tensor:
    """A tensor over the array's own memory: what one writes, the other sees.

    Raises TypeError for types tensors lack, ValueError for negative strides.
    Source: https://pytorch.org/docs/stable/generated/torch.from_numpy.html
    """
    if not isinstance(ndarray, np.ndarray):
        raise TypeError(f"from_numpy() takes a NumPy array, not {type(ndarray).__name__}")
    if not ndarray.dtype.isnative:
        raise ValueError("this array's bytes are in another order: .astype() it to native first")
    dtypes.of(ndarray.dtype)
    if any(stride < 0 for stride in ndarray.strides):
        raise ValueError("this array has negative strides, which tensors lack: copy() it first")
    if any(stride % ndarray.itemsize for stride in ndarray.strides):
        raise ValueError("this array's strides are no multiple of its element size: copy() it")
    if not ndarray.flags.writeable:
        warnings.warn(
            "the NumPy array is read-only, and tensors know no such thing: writing to this tensor "
            "will be refused. copy() the array first", UserWarning, stacklevel=2)
    deferred.expose(ndarray)
    return wrap(ndarray.view(np.ndarray))


@composite(method=False)
def frombuffer(
    buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False
) -> Tensor:
    """A 1-d tensor over a buffer's memory, from `offset` bytes, of `count` elements (-1: all)."""
    chosen = dtypes.as_dtype(dtype)
    view = memoryview(buffer)
    if view.nbytes == 0:
        raise ValueError("frombuffer(): the buffer is empty")
    if count == 0 or count < -1:
        raise ValueError(f"frombuffer(): count must be positive or -1, not {count}")
    if not 0 <= offset < view.nbytes:
        raise ValueError(
            f"frombuffer(): offset {offset} is outside a buffer of {view.nbytes} bytes")
    room = view.nbytes - offset
    needed = room if count < 0 else count * chosen.itemsize
    if needed > room or (count < 0 and room % chosen.itemsize):
        raise ValueError(
            f"frombuffer(): {room} bytes after the offset don't hold {count} elements of {chosen}")
    array = np.frombuffer(view, chosen.numpy, count, offset)
    deferred.expose(array)
    made = wrap(array)
    if requires_grad:
        set_requires_grad(made, True)
    return made


def _legacy(dtype: dtypes.dtype | None, args: tuple[Any, ...]) -> Array:
    """The old constructors: sizes make an uninitialised tensor, anything else is data."""
    chosen = dtype or dtypes.get_default_dtype()
    if len(args) == 1 and not isinstance(args[0], int):
        (data,) = args
        if type(data).__name__ == "Size":
            return np.zeros(data, chosen.numpy)
        if isinstance(data, Tensor):
            if data.dtype is not chosen:
                raise TypeError(f"expected a tensor of {chosen}, not {data.dtype}: use .to()")
            return data._array
        return _array_of(data, chosen, copy=not isinstance(data, np.ndarray))
    if any(not hasattr(each, "__index__") for each in args):
        raise TypeError("sizes are integers: for data, pass one sequence")
    return np.zeros(args or (0,), chosen.numpy)


def _new(cls: type[Tensor], *args: Any, **kwargs: Any) -> Tensor:
    made = _blank(cls)
    made._array = _legacy(None, args) if cls is Tensor or cls.__new__ is _new else args[0]._array
    made._node = made._storage = made._base = made._grad = None
    return made


Tensor.__new__ = _new  # type: ignore[assignment]


class _OldType(type):
    """`FloatTensor` and kin: a constructor, and a question for `isinstance`."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor) and instance.dtype is getattr(cls, "dtype", None)

    def __call__(cls, *args: Any, **kwargs: Any) -> Tensor:
        return wrap(_legacy(cls.dtype, args))  # type: ignore[attr-defined]

    def __str__(cls) -> str:
        return f"torch.{cls.__name__}"


OLD_TYPES = {
    f"{each.title}Tensor": _OldType(
        f"{each.title}Tensor", (), {"dtype": each, "__module__": "torch", "is_cuda": False})
    for each in dtypes.ALL
    if not each.storage_only and not each.title.startswith("U") and not each.is_complex
}


def leaf(tensor: Tensor) -> Tensor:
    """The tensor as a leaf that wants its gradient."""
    tensor._node = AccumulateGrad(tensor)
    return tensor
