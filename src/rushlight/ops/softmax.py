"""Exponentials that are scaled to sum to one: `softmax`, `log_softmax`, `logsumexp`.

The largest element is subtracted before exponentials are taken, so nothing overflows: the result
does not depend on it.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from rushlight.engine import deferred
from rushlight.ops.arguments import Dims, one_dim, widened
from rushlight.ops.op import composite, conjugate, op
from rushlight.ops.reduce import cast_first, reduced, restored, total
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Array, Tensor


def _numbers(name: str, input: Tensor, dim: Any, dtype: Any) -> tuple[Array, int]:
    """The elements in the dtype to compute in, at least 1-d, and the axis."""
    array = deferred.of(input._array)
    if dtype is not None:
        array = cast_first(array, dtype)
    if array.dtype.char not in "fd":
        if array.dtype.kind in "iubc":
            raise NotImplementedError(
                f"{name}() is not defined for {dtypes.of(array.dtype)}: give dtype=torch.float32, "
                "or convert first")
        array = widened(array)
    ndim = array.ndim
    if type(dim) is not int or not -ndim <= dim < ndim:
        dim = one_dim(dim, ndim)
    if dim < 0:
        dim += max(ndim, 1)
    return (array if ndim else array.reshape(1)), dim


def _below_zero(array: Array, axis: int) -> Array:
    """The elements less the largest along the axis."""
    if array.size == 0:
        return array.copy()
    return array - np.maximum.reduce(array, axis, keepdims=True)


def _final(input: Tensor, array: Array, dtype: Any) -> Array:
    """The result in the shape and dtype it should have."""
    source = input._array
    wanted = source.dtype if dtype is None else dtypes.as_dtype(dtype).numpy
    if array.dtype is wanted and array.ndim == source.ndim:
        return array
    return array.astype(wanted, copy=False).reshape(source.shape)


def _softmax_back(grad: Any, dim: int, out: Any) -> Any:
    share = grad * out
    return share - out * share.sum(dim, True)


@op(out=True, input=_softmax_back, aliases=("special.softmax",))
def softmax(input: Tensor, dim: int, dtype: Any = None) -> Any:
    """exp(input), scaled to sum to one along `dim`. dtype: convert the elements first.

    Source: https://pytorch.org/docs/stable/generated/torch.nn.functional.softmax.html
    """
    array, axis = _numbers("softmax", input, dim, dtype)
    return _final(input, deferred.formula(_shares, array, options=(axis,)), dtype)


def _shares(array: Array, axis: int) -> Array:
    powers = np.exp(_below_zero(array, axis))
    return powers / total(powers, (axis,), True)


@op(out=True, aliases=("special.log_softmax",),
    input=lambda grad, dim, out: grad - out.exp() * grad.sum(dim, True))
def log_softmax(input: Tensor, dim: int, dtype: Any = None) -> Any:
    """The logarithm of `softmax`, without leaving range. dtype: convert the elements first.

    Source: https://pytorch.org/docs/stable/generated/torch.nn.functional.log_softmax.html
    """
    array, axis = _numbers("log_softmax", input, dim, dtype)
    return _final(input, deferred.formula(_log_shares, array, options=(axis,)), dtype)


def _log_shares(array: Array, axis: int) -> Array:
    powers = _below_zero(array, axis)
    return powers - np.log(total(np.exp(powers), (axis,), True))


# --- as torch.nn.functional has them


def _chosen(name: str, input: Tensor, dim: int | None, stacklevel: int) -> int:
    """`dim`, or the one that older programs mean by leaving it out."""
    if dim is not None:
        return dim
    warnings.warn(
        f"{name}() without dim chooses one by itself: give dim=", stacklevel=stacklevel + 1)
    return 0 if input._array.ndim in (0, 1, 3) else 1


@composite(name="nn.functional.softmax", method=False)
def _functional_softmax(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None
) -> Tensor:
    """exp(input), scaled to sum to one along `dim`: see `torch.softmax`."""
    return softmax(input, _chosen("softmax", input, dim, _stacklevel), dtype)


@composite(name="nn.functional.log_softmax", method=False)
def _functional_log_softmax(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None
) -> Tensor:
    """The logarithm of `softmax` along `dim`: see `torch.log_softmax`."""
    return log_softmax(input, _chosen("log_softmax", input, dim, _stacklevel), dtype)


@composite(name="nn.functional.softmin", method=False)
def _functional_softmin(
    input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None
) -> Tensor:
    """exp(-input), scaled to sum to one along `dim`."""
    return softmax(-input, _chosen("softmin", input, dim, _stacklevel), dtype)


# --- the logarithm of the sum


def _logsumexp_back(grad: Any, input: Any, dim: Dims, keepdim: bool, out: Any) -> Any:
    ndim = input._array.ndim
    value = restored(out, ndim, dim, keepdim)
    return restored(grad, ndim, dim, keepdim) * conjugate((input - value).exp())


@op(out="cast", input=_logsumexp_back, aliases=("special.logsumexp",))
def logsumexp(input: Tensor, dim: Dims, keepdim: bool = False) -> Any:
    """The logarithm of the sum of exponentials along `dim` (an int or several).

    Integers are converted to the default dtype first.
    Source: https://pytorch.org/docs/stable/generated/torch.logsumexp.html
    """
    array = deferred.of(input._array)
    if array.dtype.kind in "iub":
        array = array.astype(dtypes.get_default_dtype().numpy)
    axes = reduced(dim, array.ndim)
    wide = widened(array)
    if wide.size:
        real = wide.real if wide.dtype.kind == "c" else wide
        largest = np.maximum.reduce(real, axis=axes, keepdims=True, out=...)
        largest = np.where(np.isfinite(largest), largest, largest.dtype.type(0))
    else:
        largest = np.zeros([1] * wide.ndim, np.zeros((), wide.dtype).real.dtype)
    found = np.log(total(np.exp(wide - largest), axes, True)) + largest
    shape = [1 if i in axes else n for i, n in enumerate(array.shape) if keepdim or i not in axes]
    return found.astype(array.dtype, copy=False).reshape(shape)


@composite(method=False, out=True)
def _softmax_backward_data(
    grad_output: Tensor, output: Tensor, dim: int, input_dtype: Any
) -> Tensor:
    """The gradient of softmax's input, given that of its output."""
    wide = output.float() if output.dtype.itemsize < 4 else output
    inner = grad_output * wide
    return (inner - wide * inner.sum(dim, True)).to(input_dtype)
