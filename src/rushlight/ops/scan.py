"""Running reductions along a dim: `cumsum`, `cumprod`, `cummax`, `cummin`, `logcumsumexp`, `diff`.

Each result has the shape of its input. The gradients of the running products and logarithms follow
one recurrence, y[k] = x[k] + factor[k] * y[k - 1], which is a row of its own (`recurrence`): its
derivative is the same recurrence walked from the other end, so every order of gradient is there.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from rushlight.ops.arguments import one_dim, widened
from rushlight.ops.extremes import need_ordered
from rushlight.ops.op import FACE, composite, conjugate, op
from rushlight.ops.reduce import cast_first
from rushlight.ops.returns import results
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Array, Tensor, wrap

_PRECISE = {np.dtype(np.float32): np.float64, np.dtype(np.complex64): np.complex128}


@cache
def running() -> Any:
    """The engine's running sums and products, loaded when first wanted."""
    from rushlight.engine import scans

    return scans.running


def _running(ufunc: np.ufunc, input: Tensor, dim: int, dtype: Any) -> Array:
    """`ufunc` accumulated along `dim`; one rounding per element, not one per step."""
    array = cast_first(input._array, dtype)
    axis = one_dim(dim, array.ndim)
    if dtype is None and array.dtype.kind in "iub":
        array = array.astype(np.int64, copy=False)
    if array.ndim == 0:
        return array.copy()
    return running()(ufunc, widened(array), axis).astype(array.dtype, copy=False)


def from_the_end(grad: Any, dim: int) -> Any:
    """The running sum from the last element to the first."""
    return grad if grad._array.ndim == 0 else grad.flip(dim).cumsum(dim).flip(dim)


@op(out="cast", inplace=True, input=lambda grad, dim: from_the_end(grad, dim))
def cumsum(input: Tensor, dim: int, *, dtype: Any = None) -> Any:
    """The running sum along `dim`: each element plus all before it.

    dtype: convert the elements first; integers and bool are summed as int64.
    Source: https://pytorch.org/docs/stable/generated/torch.cumsum.html
    """
    return _running(np.add, input, dim, dtype)


def _cumprod_back(grad: Any, input: Any, dim: int, out: Any) -> Any:
    if input._array.ndim == 0 or input._array.shape[dim] == 1:
        return grad
    if input._array.all():
        return from_the_end(grad * conjugate(out), dim) / conjugate(input)
    following = shifted(conjugate(input).flip(dim), dim, 0)
    reached = recurrence(grad.flip(dim), following, dim).flip(dim)
    return reached * conjugate(shifted(out, dim, 1))


@op(out="cast", inplace=True, input=_cumprod_back)
def cumprod(input: Tensor, dim: int, *, dtype: Any = None) -> Any:
    """The running product along `dim`: each element times all before it.

    dtype: convert the elements first; integers and bool are multiplied as int64.
    Source: https://pytorch.org/docs/stable/generated/torch.cumprod.html
    """
    return _running(np.multiply, input, dim, dtype)


# --- the recurrence


def shifted(input: Any, dim: int, first: float) -> Any:
    """Each element moved on by one place along `dim`, and `first` put in front."""
    return _headed(first, input.narrow(dim, 0, input._array.shape[dim] - 1), dim)


def _headed(first: float, input: Any, dim: int) -> Any:
    """The elements with `first` put in front along `dim`."""
    shape = list(input._array.shape)
    shape[dim] = 1
    return FACE["cat"]((wrap(np.full(shape, first, input._array.dtype)), input), dim)


def _back_to_terms(grad: Any, factor: Any, dim: int) -> Any:
    following = shifted(conjugate(factor).flip(dim), dim, 0)
    return recurrence(grad.flip(dim), following, dim).flip(dim)


def _back_to_factors(grad: Any, factor: Any, dim: int, out: Any) -> Any:
    return _back_to_terms(grad, factor, dim) * conjugate(shifted(out, dim, 0))


@op(face=False, method=False, input=_back_to_terms, factor=_back_to_factors)
def recurrence(input: Tensor, factor: Tensor, dim: int) -> Any:
    """y[k] = input[k] + factor[k] * y[k - 1] along `dim`; the first factor is not used."""
    axis = one_dim(dim, input._array.ndim)
    terms, factors = np.moveaxis(input._array, axis, 0), np.moveaxis(factor._array, axis, 0)
    found = np.empty(np.broadcast_shapes(terms.shape, factors.shape), terms.dtype)
    found[:1] = terms[:1]
    for k in range(1, len(found)):
        found[k] = factors[k] * found[k - 1] + terms[k]
    return np.moveaxis(found, 0, axis)


# --- the running logarithm of a sum


def _logcumsumexp_back(grad: Any, input: Any, dim: int, out: Any) -> Any:
    """exp(input[j]) times the sum over k >= j of grad[k] / exp(out[k]), without leaving range.

    Walking from the end, the sum carries over by exp(out[j] - out[j + 1]), which is at most 1.
    """
    if input._array.ndim == 0 or input._array.size == 0:
        return grad
    pairs = input._array.shape[dim] - 1
    decay = _exp_of_difference(out.narrow(dim, 0, pairs), out.narrow(dim, 1, pairs))
    factors = _headed(0, conjugate(decay).flip(dim), dim)
    carried = recurrence(grad.flip(dim), factors, dim).flip(dim)
    return carried * conjugate(_exp_of_difference(input, out))


def _exp_of_difference(low: Any, high: Any) -> Any:
    """exp(low - high), and 0 where both are -inf."""
    nothing = low._array == -np.inf
    if nothing.any():
        low = low.masked_fill(wrap(nothing), -np.inf)
        high = high.masked_fill(wrap(nothing), 0)
    return (low - high).exp()


@op(out=True, input=_logcumsumexp_back)
def logcumsumexp(input: Tensor, dim: int) -> Any:
    """The logarithm of the running sum of exponentials along `dim`.

    Source: https://pytorch.org/docs/stable/generated/torch.logcumsumexp.html
    """
    array = input._array
    if array.dtype.kind in "iub":
        raise NotImplementedError(f"logcumsumexp() is not defined for {input.dtype}: convert first")
    axis = one_dim(dim, array.ndim)
    if array.ndim == 0:
        return array.copy()
    wide = widened(array)
    if array.dtype.kind != "c":
        run = np.logaddexp.accumulate(wide, axis, _PRECISE.get(wide.dtype))
        return run.astype(array.dtype, copy=False)
    found = np.moveaxis(wide.copy(), axis, 0)
    for k in range(1, len(found)):
        found[k] = _complex_logaddexp(found[k - 1], found[k])
    return np.moveaxis(found, 0, axis)


def _complex_logaddexp(a: Array, b: Array) -> Array:
    """log(exp(a) + exp(b)), the larger exponent taken out first."""
    larger = a.real >= b.real
    high, low = np.where(larger, a, b), np.where(larger, b, a)
    beyond = np.isinf(high.real) & (high.real == low.real)
    found = high + np.log1p(np.exp(low - high))
    return np.where(beyond, np.log(np.exp(a) + np.exp(b)), found)


# --- running extremes


def _cum_extreme(name: str, ufunc: np.ufunc, doc: str) -> Any:
    fields = results(name, "values", "indices")

    def back(grad: Any, input_shape: tuple[int, ...], dim: int, out: Any) -> Any:
        zeros: Any = wrap(np.zeros(input_shape, grad._array.dtype))
        return zeros.scatter_add(dim, out[1], grad)

    def forward(input: Tensor, dim: int) -> Any:
        array = input._array
        need_ordered(name, array)
        axis = one_dim(dim, array.ndim)
        if array.ndim == 0:
            return fields._make((array.copy(), np.zeros((), np.int64)))
        values = ufunc.accumulate(array, axis)
        new = (array == values) | (array != array)
        places = np.arange(array.shape[axis]).reshape([-1] + [1] * (array.ndim - 1 - axis))
        return fields._make((values, np.maximum.accumulate(np.where(new, places, 0), axis)))

    forward.__doc__ = doc
    return op(name=name, out=True, input=back)(forward)


cummax = _cum_extreme("cummax", np.maximum, """\
The largest element so far along `dim`, and where it was: (values, indices).

Of equal elements the last; once there was a nan, it stays nan.
Source: https://pytorch.org/docs/stable/generated/torch.cummax.html
""")
cummin = _cum_extreme("cummin", np.minimum, """\
The smallest element so far along `dim`, and where it was: see `cummax`.

Source: https://pytorch.org/docs/stable/generated/torch.cummin.html
""")


# --- differences and areas


@composite(out="cast")
def diff(
    input: Tensor, n: int = 1, dim: int = -1, prepend: Tensor | None = None,
    append: Tensor | None = None,
) -> Tensor:
    """The differences of neighbours along `dim`, taken `n` times; of bool, whether they differ.

    prepend, append: put before and behind `input` along `dim` first.
    Source: https://pytorch.org/docs/stable/generated/torch.diff.html
    """
    if input._array.ndim == 0:
        raise RuntimeError("diff() needs a tensor of one dim or more: 0-d has no neighbours")
    axis = one_dim(dim, input._array.ndim)
    if n < 0:
        raise RuntimeError(f"diff(): n is how often to take differences, not {n}")
    parts = [each for each in (prepend, input, append) if each is not None]
    found: Any = FACE["cat"](parts, axis) if len(parts) > 1 else input
    for _ in range(n):
        rest = found._array.shape[axis] - 1
        if rest <= 0:
            return found.narrow(axis, 0, 0)
        later, earlier = found.narrow(axis, 1, rest), found.narrow(axis, 0, rest)
        found = later != earlier if found.dtype is dtypes.bool_ else later - earlier
    return found if found is not input else input.clone()


def _areas(y: Tensor, x: Any, dx: Any, dim: int) -> Any:
    """The areas of the trapezoids between neighbours, `dx` or the differences of `x` wide."""
    if y._array.ndim == 0:
        raise IndexError("a 0-d tensor has no neighbours: give a tensor of one dim or more")
    axis = one_dim(dim, y._array.ndim)
    count = y._array.shape[axis]
    if isinstance(x, Tensor):
        if x._array.ndim == 1:
            x = x.view([-1 if i == axis else 1 for i in range(y._array.ndim)])
        if x._array.shape[axis - y._array.ndim] != count:
            raise RuntimeError(
                f"x of shape {list(x.shape)} does not give one place for each of the {count} "
                f"elements along dim {dim}")
        dx = diff(x, dim=axis - y._array.ndim)
    samples: Any = y
    pairs = max(count - 1, 0)
    return (samples.narrow(axis, count - pairs, pairs) + samples.narrow(axis, 0, pairs)) * dx / 2


@composite(method=False, aliases=("trapz",))
def trapezoid(y: Tensor, x: Any = None, *, dx: Any = 1, dim: int = -1) -> Tensor:
    """The integral along `dim` of samples `y`, `dx` apart or taken at `x`, by straight lines.

    Source: https://pytorch.org/docs/stable/generated/torch.trapezoid.html
    """
    return _areas(y, x, dx, dim).sum(dim)


@composite(method=False)
def cumulative_trapezoid(y: Tensor, x: Any = None, *, dx: Any = 1, dim: int = -1) -> Tensor:
    """The running integral along `dim`: see `trapezoid`.

    Source: https://pytorch.org/docs/stable/generated/torch.cumulative_trapezoid.html
    """
    return _areas(y, x, dx, dim).cumsum(dim)
