"""Reductions and normalisations that leave out the elements whose mask is False.

Each puts a value that changes nothing in the place of what is left out, and computes as ever, so
gradients there are zero. Where nothing counts the result is that value, or nan where there is none.
`mask` broadcasts to the input; a MaskedTensor brings its own, and the result is one, too.
Source: https://docs.pytorch.org/docs/stable/masked.html#reductions
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import Any

from rushlight.masked import tensor as masked_tensors
from rushlight.ops.arguments import need_tensor
from rushlight.ops.op import FACE
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Tensor

# --- arguments

def _dims(input: Any, dim: Any) -> tuple[int, ...]:
    """The dims as numbers from 0: all for None. IndexError out of range, RuntimeError twice."""
    ndim = max(input.ndim, 1)
    if dim is None:
        return tuple(range(input.ndim))
    found: list[int] = []
    for each in (dim,) if isinstance(dim, int) else dim:
        if not -ndim <= each < ndim:
            raise IndexError(f"dim {each} is out of range: from {-ndim} to {ndim - 1}")
        if each % ndim in found:
            raise RuntimeError(f"dim {each} is named twice in {tuple(dim)}")
        found.append(each % ndim)
    return tuple(sorted(found))


def _mask_of(input: Any, mask: Any) -> Any:
    """The mask in the input's shape, or None."""
    if mask is None:
        return None
    need_tensor("masked", "mask", mask)
    if mask.ndim > input.ndim:
        raise IndexError(
            f"the mask has {mask.ndim} dims, the input {input.ndim}: it must broadcast to it")
    return mask.to(dtypes.bool_).broadcast_to(input.shape)


def _filled(input: Any, mask: Any, value: Any) -> Any:
    return input if mask is None else input.masked_fill(~mask, value)


def _least(input: Any) -> Any:
    """The identity of a maximum."""
    if input.dtype.is_floating_point or input.dtype.is_complex:
        return -math.inf
    return 0 if input.dtype == dtypes.bool_ else dtypes.iinfo(input.dtype).min


def _greatest(input: Any) -> Any:
    """The identity of a minimum."""
    if input.dtype.is_floating_point:
        return math.inf
    return 1 if input.dtype == dtypes.bool_ else dtypes.iinfo(input.dtype).max


def _public(reduces: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a function of (input, ..., dtype, mask) its conversions, and MaskedTensors."""

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def call(input: Any, *args: Any, dtype: Any = None, mask: Any = None, **kw: Any) -> Any:
            inner = None
            if isinstance(input, masked_tensors.MaskedTensor):
                if mask is not None:
                    raise ValueError(f"{function.__name__}(): a MaskedTensor has its own mask")
                inner = mask = input.get_mask()
                input = input._data
            need_tensor(function.__name__, "input", input)
            given = input if dtype is None else input.to(dtype)
            result = function(given, *args, mask=_mask_of(given, mask), **kw)
            if inner is None:
                return result
            if not reduces:
                return masked_tensors.MaskedTensor(result, inner)
            if function.__name__ == "norm":
                args = args[1:]
            dim, keepdim = args[0] if args else kw.get("dim"), kw.get("keepdim", False)
            if function.__name__ == "median" and dim is None:
                dim = -1
            return masked_tensors.MaskedTensor(result, _over(inner, dim, keepdim))

        return call

    return decorate


def _over(mask: Any, dim: Any, keepdim: Any) -> Any:
    """Where a reduction has anything to go by."""
    dims = _dims(mask, dim)
    return mask.any(dims, bool(keepdim)) if dims else mask


# --- reductions

def _count(input: Any, mask: Any, dims: tuple[int, ...], keepdim: bool, dtype: Any) -> Any:
    """How many elements count: a number, or a tensor of `dtype`."""
    if mask is None:
        return math.prod([input.shape[each] for each in dims]) if input.ndim else 1
    return mask.to(dtype).sum(dims, keepdim) if dims else mask.to(dtype)


def _add(input: Any, dims: tuple[int, ...], keepdim: bool) -> Any:
    """The sum over these dims; of integers, as ever, int64."""
    if dims:
        return input.sum(dims, keepdim)
    return input if input.dtype.is_floating_point or input.dtype.is_complex else input.to(
        dtypes.int64)


@_public(True)
def sum(input: Any, dim: Any = None, *, keepdim: bool = False, mask: Any = None) -> Any:
    """The sum over `dim` (all dims if None) of the elements that count."""
    return _add(_filled(input, mask, 0), _dims(input, dim), bool(keepdim))


@_public(True)
def prod(input: Any, dim: Any = None, *, keepdim: bool = False, mask: Any = None) -> Any:
    """The product over `dim` (all dims if None) of the elements that count."""
    made = _filled(input, mask, 1)
    for each in reversed(_dims(input, dim)):
        made = made.prod(each, keepdim=bool(keepdim))
    return made if made.dtype.is_floating_point or made.dtype.is_complex else made.to(dtypes.int64)


@_public(True)
def amax(input: Any, dim: Any = None, *, keepdim: bool = False, mask: Any = None) -> Any:
    """The largest element over `dim` (all dims if None) of those that count."""
    return _filled(input, mask, _least(input)).amax(_dims(input, dim), bool(keepdim))


@_public(True)
def amin(input: Any, dim: Any = None, *, keepdim: bool = False, mask: Any = None) -> Any:
    """The smallest element over `dim` (all dims if None) of those that count."""
    return _filled(input, mask, _greatest(input)).amin(_dims(input, dim), bool(keepdim))


@_public(True)
def argmax(input: Any, dim: int | None = None, *, keepdim: bool = False, mask: Any = None) -> Any:
    """Where the largest element along `dim` is, of those that count; None: of all, flattened.

    In the dtype of `input`, as in PyTorch.
    """
    return _filled(input, mask, _least(input)).argmax(dim, bool(keepdim)).to(input.dtype)


@_public(True)
def argmin(input: Any, dim: int | None = None, *, keepdim: bool = False, mask: Any = None) -> Any:
    """Where the smallest element along `dim` is, of those that count; as `argmax`."""
    return _filled(input, mask, _greatest(input)).argmin(dim, bool(keepdim)).to(input.dtype)


@_public(True)
def mean(input: Any, dim: Any = None, *, keepdim: bool = False, mask: Any = None) -> Any:
    """The mean over `dim` (all dims if None) of the elements that count.

    Raises ValueError for integers: give a dtype.
    """
    if not (input.dtype.is_floating_point or input.dtype.is_complex):
        raise ValueError(f"mean(): input is {input.dtype}: give a floating point dtype")
    dims = _dims(input, dim)
    total = _add(_filled(input, mask, 0), dims, bool(keepdim))
    return total / _count(input, mask, dims, bool(keepdim), input.dtype)


@_public(True)
def median(input: Any, dim: int = -1, *, keepdim: bool = False, mask: Any = None) -> Any:
    """The median along `dim` of the elements that count: the lower one of two.

    Raises ValueError for what is no float, and for a nan among the elements that count.
    """
    if not input.dtype.is_floating_point:
        raise ValueError(f"median(): input is {input.dtype}: give a floating point dtype")
    (dim,) = _dims(input, dim)
    if bool(_filled(input, mask, 0).isnan().any()):
        raise ValueError("median(): a nan is among the elements that count")
    return _filled(input, mask, math.nan).nanmedian(dim, bool(keepdim)).values


@_public(True)
def norm(
    input: Any, ord: float | None = 2.0, dim: Any = None, *, keepdim: bool = False,
    mask: Any = None,
) -> Any:
    """The norm of order `ord` over `dim` (all dims if None) of the elements that count."""
    order = 2.0 if ord is None else float(ord)
    made = _filled(input, mask, math.inf if order == -math.inf else 0)
    return FACE["linalg.vector_norm"](made, order, _dims(input, dim), bool(keepdim))


def _spread(
    input: Any, dim: Any, unbiased: bool | None, correction: Any, keepdim: bool, mask: Any,
    root: bool,
) -> Any:
    if unbiased is not None and correction is not None:
        raise RuntimeError("give unbiased or correction, not both")
    if correction is None:
        correction = 1 if unbiased is None or unbiased else 0
    if not (input.dtype.is_floating_point or input.dtype.is_complex):
        input = input.to(dtypes.float32)
    dims = _dims(input, dim)
    count = _count(input, mask, dims, True, input.dtype)
    apart = input - _add(_filled(input, mask, 0), dims, True) / count
    if mask is not None:  # 0 at what does not count, and nowhere nan: its gradients are 0, too
        apart = FACE["where"](mask, apart, 0)
    total = _add(apart * apart.conj() if apart.is_complex() else apart * apart, dims, bool(keepdim))
    least = _count(input, mask, dims, bool(keepdim), total.real.dtype) - correction
    made = total / (least.clamp(min=0) if isinstance(least, Tensor) else max(least, 0))
    return made.sqrt() if root else made


@_public(True)
def var(
    input: Any, dim: Any = None, unbiased: bool | None = None, *, correction: Any = None,
    keepdim: bool = False, mask: Any = None,
) -> Any:
    """The variance over `dim` (all dims if None) of the elements that count.

    correction: how much less than their number to divide by: 1, or 0 with unbiased=False.
    """
    return _spread(input, dim, unbiased, correction, keepdim, mask, False)


@_public(True)
def std(
    input: Any, dim: Any = None, unbiased: bool | None = None, *, correction: Any = None,
    keepdim: bool = False, mask: Any = None,
) -> Any:
    """The standard deviation: the root of `var`."""
    return _spread(input, dim, unbiased, correction, keepdim, mask, True)


@_public(True)
def logsumexp(input: Any, dim: Any = None, *, keepdim: bool = False, mask: Any = None) -> Any:
    """log(sum(exp(input))) over `dim` (all dims if None) of the elements that count.

    In the dtype of `input`, as in PyTorch: of integers it is cut off.
    """
    made = _filled(input, mask, _least(input)).logsumexp(_dims(input, dim), bool(keepdim))
    return made.to(input.dtype)


# --- normalisations: the result has the input's shape, and what does not count means nothing in it

@_public(False)
def cumsum(input: Any, dim: int, *, mask: Any = None) -> Any:
    """The sums so far along `dim` of the elements that count."""
    return _filled(input, mask, 0).cumsum(*_dims(input, dim))


@_public(False)
def cumprod(input: Any, dim: int, *, mask: Any = None) -> Any:
    """The products so far along `dim` of the elements that count."""
    return _filled(input, mask, 1).cumprod(*_dims(input, dim))


@_public(False)
def softmax(input: Any, dim: int, *, mask: Any = None) -> Any:
    """exp(input), scaled to sum to one along `dim` over the elements that count."""
    return _filled(input, mask, _least(input)).softmax(*_dims(input, dim))


@_public(False)
def log_softmax(input: Any, dim: int, *, mask: Any = None) -> Any:
    """The logarithm of `softmax`."""
    return _filled(input, mask, _least(input)).log_softmax(*_dims(input, dim))


@_public(False)
def softmin(input: Any, dim: int, *, mask: Any = None) -> Any:
    """`softmax` of the negative input."""
    return (-_filled(input, mask, _greatest(input))).softmax(*_dims(input, dim))


@_public(False)
def normalize(input: Any, ord: float, dim: int, *, eps: float = 1e-12, mask: Any = None) -> Any:
    """The elements over their norm of order `ord` along `dim`, or over `eps` if that is more."""
    made = _filled(input, mask, 0)
    length = norm(input, ord, dim, keepdim=True, mask=mask)
    return made / length.clamp(min=eps)


def logaddexp(
    input: Tensor, other: Tensor, *, dtype: Any = None, input_mask: Any = None,
    other_mask: Any = None,
) -> Any:
    """log(exp(input) + exp(other)), where an element that does not count adds nothing."""
    both = []
    for name, each, mask in (("input", input, input_mask), ("other", other, other_mask)):
        made: Any = need_tensor("logaddexp", name, each)
        made = made if dtype is None else made.to(dtype)
        both.append(_filled(made, _mask_of(made, mask), _least(made)))
    return FACE["logaddexp"](*both)
