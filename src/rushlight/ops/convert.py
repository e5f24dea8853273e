"""Changing a tensor's dtype: `to`, `type`, `float()` and its kin, and the dtype questions."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from rushlight.engine import deferred
from rushlight.ops.op import composite, op, publish
from rushlight.tensor import device as devices
from rushlight.tensor import dtypes, promotion
from rushlight.tensor.meta import as_meta
from rushlight.tensor.tensor import Array, Tensor


def cast(array: Array, dtype: dtypes.dtype) -> Array:
    """A copy of the array in another dtype; complex numbers lose their imaginary part."""
    if array.dtype.kind == "c" and dtype.category != dtypes.COMPLEX:
        array = array.real if dtype.category != dtypes.BOOL else array != 0
    if array.dtype == np.float64 and dtype.numpy == np.float16:
        array = array.astype(np.float32)  # PyTorch rounds twice
    return array.astype(dtype.numpy)


@op(name="_to_copy", face=False, node="ToCopyBackward0", input=1)
def _to_copy(input: Tensor, dtype: dtypes.dtype) -> Any:
    """`input` in another dtype, always a copy."""
    return cast(deferred.of(input._array), dtype)


def _target(args: tuple[Any, ...], options: dict[str, Any]) -> tuple[Any, Any]:
    """The dtype and the device among the arguments of `to`."""
    dtype, device = options.get("dtype"), options.get("device")
    for each in args:
        if isinstance(each, (dtypes.dtype, builtins.type)):
            dtype = dtypes.as_dtype(each)
        elif isinstance(each, Tensor):
            dtype, device = each.dtype, each.device
        elif isinstance(each, (str, devices.device)):
            device = each
        elif each is not None and not isinstance(each, (bool, int)):
            raise TypeError(
                f"to() takes a dtype, a device or a tensor, not {builtins.type(each).__name__}")
    return dtype, device


@composite(face=False)
def to(self: Tensor, *args: Any, copy: bool = False, **options: Any) -> Tensor:
    """This tensor with another dtype or device; itself if it has them already.

    Forms: `to(dtype)`, `to(device)`, `to(device, dtype)`, `to(other)`, each with `copy=True` to
    force a copy. Raises RuntimeError for a device that is not here.
    Source: https://pytorch.org/docs/stable/generated/torch.Tensor.to.html
    """
    unknown = options.keys() - {"dtype", "device", "non_blocking", "memory_format", "other"}
    if unknown:
        raise TypeError(f"to() knows no {', '.join(sorted(unknown))}")
    if "other" in options:
        args = (*args, options.pop("other"))
    dtype, device = _target(args, options)
    if len(args) > 1 and args[-1] is True and not isinstance(args[-2], bool):
        copy = copy or len(args) > 3
    target = None if device is None else devices.usable(device)
    moved = self
    if target is not None and target is not self.device:
        moved = _move(self, target)
    if dtype is not None and dtypes.as_dtype(dtype) is not self.dtype:
        return _to_copy(moved, dtypes.as_dtype(dtype))
    if options.get("memory_format") is not None and not copy:
        return moved.contiguous(memory_format=options["memory_format"])
    return moved.clone() if copy and moved is self else moved


def _move(tensor: Tensor, target: devices.device) -> Tensor:
    from rushlight.tensor.tensor import wrap

    if target is devices.META:
        return wrap(as_meta(tensor._array))
    raise NotImplementedError("a meta tensor has no values to copy out: use empty_like(device=...)")


@composite(face=False)
def type(self: Tensor, dtype: Any = None, non_blocking: bool = False) -> Any:
    """The tensor's type as a string, or, given a dtype or such a string, a converted tensor."""
    if dtype is None:
        return f"torch.{self.dtype.title}Tensor"
    return to(self, _by_title(dtype))


def _by_title(given: Any) -> dtypes.dtype:
    if isinstance(given, str):
        title = given.rpartition(".")[2].removesuffix("Tensor")
        for each in dtypes.ALL:
            if each.title == title:
                return each
        raise ValueError(f"no such tensor type: {given!r}")
    return getattr(given, "dtype", None) or dtypes.as_dtype(given)


@composite(face=False)
def type_as(self: Tensor, other: Tensor) -> Tensor:
    """This tensor in the dtype of `other`."""
    return to(self, other.dtype)


def _conversion(name: str, dtype: dtypes.dtype) -> None:
    def convert(self: Tensor, memory_format: Any = None) -> Tensor:
        return self if self._array.dtype == dtype.numpy else _to_copy(self, dtype)

    publish(convert, name, face=False, doc=f"This tensor as {dtype}; itself if it is that already.")


for _name, _dtype in {
    "float": dtypes.float32, "double": dtypes.float64, "half": dtypes.float16,
    "bfloat16": dtypes.bfloat16, "long": dtypes.int64, "int": dtypes.int32,
    "short": dtypes.int16, "char": dtypes.int8, "byte": dtypes.uint8, "bool": dtypes.bool_,
    "cfloat": dtypes.complex64, "cdouble": dtypes.complex128,
}.items():
    _conversion(_name, _dtype)


@composite(face=False)
def cpu(self: Tensor, memory_format: Any = None) -> Tensor:
    """This tensor: it is on the CPU."""
    return to(self, "cpu")


@composite(face=False)
def cuda(self: Tensor, device: Any = None, non_blocking: bool = False) -> Tensor:
    """RuntimeError: there is no CUDA device here."""
    return to(self, "cuda")


@composite()
def is_floating_point(input: Tensor) -> bool:
    """Whether the dtype is a floating-point one."""
    return input.dtype.is_floating_point


@composite()
def is_complex(input: Tensor) -> bool:
    """Whether the dtype is complex."""
    return input.dtype.is_complex


@composite()
def is_signed(input: Tensor) -> bool:
    """Whether the dtype has negative values."""
    return input.dtype.is_signed


@composite(method=False)
def result_type(tensor1: Any, tensor2: Any) -> dtypes.dtype:
    """The dtype that arithmetic between the two (tensors or numbers) gives."""
    ranked = []
    for each in (tensor1, tensor2):
        if isinstance(each, Tensor):
            ranked.append((each.dtype, promotion.rank_of(each._array)))
        elif isinstance(each, (int, float, complex, np.generic)):
            ranked.append((dtypes.default_for(each), 0))  # type: ignore[arg-type]
        else:
            raise TypeError(f"result_type() is of tensors and numbers, not {each!r}")
    return promotion.result_of(ranked)


@composite(method=False)
def is_tensor(obj: Any) -> bool:
    """Whether `obj` is a Tensor."""
    return isinstance(obj, Tensor)


def as_array(value: Any) -> Array:
    """A tensor's array, or an array made of anything NumPy takes."""
    return value._array if isinstance(value, Tensor) else np.asarray(value)
