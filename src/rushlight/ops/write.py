"""Writing into a tensor that exists: `op_`, `out=`, and the checks that come before.

Everything is computed and checked first and written last, so a call that fails leaves every tensor
as it was. What a write means for the graph is in `autograd/inplace.py`.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from rushlight.autograd import inplace as history
from rushlight.autograd.modes import modes
from rushlight.engine.deferred import Deferred, before_write
from rushlight.ops import stand_ins
from rushlight.tensor import dtypes, meta, promotion, storage
from rushlight.tensor.meta import MetaArray
from rushlight.tensor.tensor import Tensor, settled, wrap

if TYPE_CHECKING:
    from rushlight.ops.op import Op

Array = np.ndarray[Any, Any]


_FLAGS = (dtypes.bool_, dtypes.uint8)  # which PyTorch takes for one another in `out`


def check_writable(tensor: Tensor, name: str) -> None:
    """Refuse what may not be written: leaves that want gradients, tensors over themselves."""
    if modes.grad:
        history.check(tensor, name)
    array: Any = tensor._array
    if type(array) is MetaArray or (type(array) is Deferred and array.value is None):
        return  # it has no memory, or one of its own
    if array.size > 1 and 0 in array.strides and any(
        stride == 0 and size > 1
        for stride, size in zip(array.strides, array.shape, strict=True)
    ):
        raise RuntimeError(
            f"{name}(): several elements of this tensor of shape {list(array.shape)} share one "
            "place in memory (it was expanded): clone() it before writing")
    if not array.flags.writeable:
        raise RuntimeError(f"{name}(): this tensor's memory is read-only: clone() it first")


def check_result(tensor: Tensor, name: str, result: Array) -> None:
    """Refuse a result whose shape or dtype the tensor cannot take."""
    target = tensor._array
    if result.shape != target.shape:
        raise RuntimeError(
            f"{name}(): the result has shape {list(result.shape)}, the tensor written to "
            f"{list(target.shape)}: it cannot grow by broadcasting")
    if result.dtype is not target.dtype:
        check_cast(name, result, target)


def check_cast(name: str, result: Array, target: Array) -> None:
    """Refuse to write, say, floating-point results into an integer tensor."""
    made, held = dtypes.of(result.dtype), dtypes.of(target.dtype)
    if not promotion.can_cast(made, held):
        raise RuntimeError(
            f"{name}(): a result of {made} can't be written into a tensor of {held}")


def inplace(row: Op, tensor: Tensor, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Tensor:
    """`tensor.op_(...)`: compute, check, write, and record on the tensor's history."""
    from rushlight.ops.op import explain, not_a_tensor, renamed_keywords

    name = row.name + "_"
    check_writable(tensor, name)
    if "axis" in kwargs:
        kwargs = renamed_keywords(row.parameters, kwargs)
    direct = row.into is not None and _may_write_at_once(
        row, tensor, (*args, *kwargs.values()))
    try:
        if direct:
            assert row.into is not None
            before_write(tensor._array)
            result = row.into(tensor._array, tensor, *args, **kwargs)
        else:
            forward = row.forward
            if meta.seen:
                forward = stand_ins.forward_of(row, (tensor, *args), kwargs)
            result = forward(tensor, *args, **kwargs)
        if type(result) is not Deferred:
            result = np.asarray(result)
    except ValueError as error:
        raise explain(row, (tensor, *args), kwargs, error) from None
    except AttributeError as error:
        raise not_a_tensor(row, (tensor, *args), kwargs, error) from None
    if getattr(row, "result", "") == "real" and tensor._array.dtype.kind == "c":
        raise RuntimeError(f"{name}(): the result is real, and would not stay so in {tensor.dtype}")
    check_result(tensor, name, result)
    if kwargs.get("dtype") is not None and result.dtype != tensor._array.dtype:
        raise RuntimeError(f"{name}(): dtype must be that of the tensor, {tensor.dtype}")
    bound = row.bind((tensor, *args), kwargs)
    record = modes.grad and row.wants_grad(bound)
    if record and row.positional[0] in row.saves:
        before = wrap(np.array(tensor._array))  # the derivative wants the value before the write
        before._node = tensor._node
        bound[row.positional[0]] = before
    if direct:
        storage.of(tensor).version += 1
    else:
        storage.write(tensor, result)
    if record:
        history.rebase(tensor, row.record(bound, tensor))
    return tensor


def _may_write_at_once(row: Op, tensor: Tensor, args: tuple[Any, ...]) -> bool:
    """Whether the row may write as it reads: the tensor lies in row-major order, none of the
    others lies there too, and no derivative wants to know what was there before."""
    array = settled(tensor)
    return (
        type(array) is np.ndarray and array.flags.c_contiguous
        and array.dtype not in dtypes.LOW_PRECISION and row.positional[0] not in row.saves
        and not any(isinstance(each, Tensor) and np.may_share_memory(settled(each), array)
                    for each in args)
    )


def replace(tensor: Tensor, name: str, result: Tensor) -> Tensor:
    """`tensor.name_()` for an op made of others: its result becomes the tensor's value."""
    check_writable(tensor, name + "_")
    check_result(tensor, name + "_", result._array)
    storage.write(tensor, result._array)
    if modes.grad and (result._node is not None or tensor._node is not None):
        history.rebase(tensor, result._node)
    return tensor


def into(row: Op, args: tuple[Any, ...], kwargs: dict[str, Any], out: Any) -> Any:
    """`op(..., out=out)`: compute without recording, then write."""
    from rushlight.ops.op import run

    refuse_gradients(row.name, args, kwargs, out)
    before, modes.grad = modes.grad, False
    try:
        result = run(row, args, kwargs)
    finally:
        modes.grad = before
    return copy_out(row.name, result, out, args, kwargs, row.exact)


def copy_out(
    name: str, result: Any, out: Any, args: tuple[Any, ...], kwargs: dict[str, Any],
    exact: bool = False,
) -> Any:
    """Write each result into its `out` tensor, giving it the result's shape if it differs.

    exact: `out` must have the result's dtype; else any that the result's may be cast to will do.
    """
    refuse_gradients(name, args, kwargs, out)
    if isinstance(result, Tensor):
        _check_out(name, result, out, args, exact)
        fill_out(name, result, out)
        return out
    if not isinstance(out, (tuple, list)) or len(out) != len(result):
        raise TypeError(f"{name}(): out must be {len(result)} tensors, one for each result")
    for each, target in zip(result, out, strict=True):
        _check_out(name, each, target, args, exact)
    for each, target in zip(result, out, strict=True):
        fill_out(name, each, target)
    return type(result)(out) if type(result) in (tuple, list) else type(result)._make(out)


def refuse_gradients(name: str, args: Any, kwargs: dict[str, Any], out: Any) -> None:
    """`out=` does not take part in autograd, so no tensor near it may ask for gradients."""
    if not modes.grad:
        return
    given = [*args, *kwargs.values(), *(out if isinstance(out, (tuple, list)) else (out,))]
    for each in list(given):
        given += each if isinstance(each, (tuple, list)) else ()
    if any(isinstance(each, Tensor) and each._node is not None for each in given):
        raise RuntimeError(
            f"{name}(): out= does not record gradients, but an argument requires grad: leave out= "
            "away, or write inside torch.no_grad()")


def _check_out(
    name: str, result: Tensor, out: Any, args: tuple[Any, ...], exact: bool
) -> None:
    if not isinstance(out, Tensor):
        raise RuntimeError(f"{name}(): out must be a Tensor, not {type(out).__name__}")
    if exact and out.dtype != result.dtype and (result.dtype, out.dtype) != _FLAGS:
        raise RuntimeError(f"{name}(): the result is {result.dtype}, so out can't be {out.dtype}")
    check_cast(name, result._array, out._array)
    check_writable(out, name)
    if out._array.shape != result._array.shape and any(
        isinstance(each, Tensor) and np.may_share_memory(each._array, out._array) for each in args
    ):
        raise RuntimeError(
            f"{name}(): out shares memory with an argument and would have to be resized: give it a "
            "tensor of its own")


def fill_out(name: str, result: Tensor, out: Tensor) -> None:
    """Write one result into one `out` tensor."""
    if out._array.shape != result._array.shape:
        if out._array.size:
            warnings.warn(
                f"{name}(): out had shape {list(out.shape)} and was resized to "
                f"{list(result.shape)}: give it that shape, or no elements", stacklevel=3)
        resize(out, result._array.shape)
    storage.write(out, result._array)


def resize(tensor: Tensor, shape: tuple[int, ...]) -> None:
    """Give the tensor this shape, contiguous; its leading elements stay, in storage order."""
    old = storage.of(tensor).bytes()
    itemsize = tensor._array.itemsize
    offset = storage.address(tensor._array) - storage.address(old) if old.size else 0
    count = int(np.prod(shape, dtype=object))
    if old.size < offset + count * itemsize:
        grown = np.empty(count * itemsize, np.uint8)
        kept = old[offset:]
        grown[: kept.size] = kept
        old, offset = grown, 0
        tensor._storage = None
    tensor._array = old[offset : offset + count * itemsize].view(tensor._array.dtype).reshape(shape)
    storage.of(tensor).version += 1
