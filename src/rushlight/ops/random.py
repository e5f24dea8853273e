"""Random tensors: `rand`, `randn`, `randint`, `randperm` and draws with given parameters.

The numbers come from `engine/distributions.py` and `engine/choices.py`, PyTorch's CPU streams to
the bit. The in-place forms (`uniform_`, `normal_` ...) are in `sample.py`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from rushlight.ops import create
from rushlight.ops.op import composite, op, publish
from rushlight.tensor import dtypes
from rushlight.tensor.generator import stream_of
from rushlight.tensor.tensor import Array, Tensor

Draw = Callable[..., Array]


class _Kernels:
    """The engine's random kernels, opened on first use: `import rushlight` does without them."""

    def __getattr__(self, name: str) -> Any:
        from rushlight.engine import choices, distributions, normals

        for module in (distributions, normals, choices):
            if hasattr(module, name):
                setattr(self, name, getattr(module, name))
                return getattr(module, name)
        raise AttributeError(name)


kernels = _Kernels()


def checked_normal(mean: float, std: float) -> None:
    """RuntimeError for a negative standard deviation."""
    if std < 0:
        raise RuntimeError(f"normal: the standard deviation must not be negative, it is {std}")


def _floating(name: str, dtype: Any, out: Any = None) -> dtypes.dtype:
    chosen = create.chosen(dtype, out)
    if chosen.category < dtypes.FLOATING:
        raise NotImplementedError(f"{name}() makes floating-point tensors, not {chosen}")
    return chosen


def _sized(name: str, kernel: str) -> None:
    """A creation function of sizes: `rand(2, 3)`, and its `_like`."""

    def function(
        *size: Any, generator: Any = None, out: Any = None, dtype: Any = None, device: Any = None,
        requires_grad: bool = False, **options: Any,
    ) -> Tensor:
        shape = create.sizes(name, size, options)
        chosen = _floating(name, dtype, out)
        draw = getattr(kernels, kernel)
        array = _drawn(
            lambda: draw(stream_of(generator), shape, chosen.numpy), shape, chosen, device)
        return create.finish(name, array, out=out, requires_grad=requires_grad, **options)

    def like(
        input: Tensor, *, dtype: Any = None, device: Any = None, generator: Any = None,
        requires_grad: bool = False, memory_format: Any = None, **options: Any,
    ) -> Tensor:
        return function(
            input.shape, generator=generator, dtype=dtype or input.dtype,
            device=device or input.device, requires_grad=requires_grad, **options)

    what = "uniform in [0, 1)" if kernel == "uniform" else "normal, mean 0 and variance 1"
    publish(function, name, method=False, doc=f"A tensor of random numbers, {what}.")
    publish(like, name + "_like", method=False, doc=f"Like `{name}`, in the shape of `input`.")


def _drawn(draw: Callable[[], Array], shape: Any, dtype: dtypes.dtype, device: Any) -> Array:
    from rushlight.tensor.device import META, usable
    from rushlight.tensor.meta import blank

    if device is not None and usable(device) is META:
        return blank(shape, dtype.numpy)
    if math.prod(shape) > 2**44:
        return create.allocate("random", shape, dtype.numpy)  # type: ignore[arg-type]
    return draw()


_sized("rand", "uniform")
_sized("randn", "normal")


@composite(method=False)
def randint(
    *args: Any, low: Any = None, high: Any = None, size: Any = None, generator: Any = None,
    out: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False,
    **options: Any,
) -> Tensor:
    """Integers from `low` (0 if left out) up to and without `high`, all equally likely.

    Forms: `randint(high, size)` and `randint(low, high, size)`. RuntimeError if low >= high.
    """
    given = list(args)
    if size is None:
        if not given:
            raise TypeError("randint() needs a size")
        size = given.pop()
    if (low is not None and high is None and given and len(args) == 2) or len(args) > 3:
        raise TypeError("randint(low=0, high, size): low is given as a keyword, and high is not")
    if high is None and low is None:
        low, high = (0, *given) if len(given) == 1 else (*given, None, None)[:2]
    elif high is None:
        high = given.pop() if given else None
    elif low is None:
        low = given.pop() if given else 0
    if not isinstance(size, (tuple, list)) or high is None:
        raise TypeError("randint(low=0, high, size): size is a tuple of integers, high an integer")
    shape = create.sizes("randint", (size,), {})
    chosen = dtypes.int64 if dtype is None and out is None else create.chosen(dtype, out)
    array = integers(shape, chosen, int(low), int(high), generator)
    return create.finish("randint", array, out=out, requires_grad=requires_grad, **options)


def integers(
    shape: tuple[int, ...], dtype: dtypes.dtype, low: int, high: int | None, generator: Any
) -> Array:
    """Random integers of a dtype; RuntimeError for an empty range or one the dtype can't hold."""
    if high is not None and low >= high:
        raise RuntimeError(f"random integers: low must be below high, they are {low} and {high}")
    if dtype.category == dtypes.INTEGER:
        limits = dtypes.iinfo(dtype)
        if low < limits.min or (high is not None and high - 1 > limits.max):
            raise RuntimeError(f"random integers from {low} to {high} don't fit into {dtype}")
    elif dtype is dtypes.bool_ and (low < 0 or (high is not None and high > 2)):
        raise RuntimeError(f"random integers from {low} to {high} don't fit into {dtype}")
    elif dtype.is_complex:
        raise NotImplementedError("random integers of a complex dtype are not defined")
    drawn = kernels.integers(stream_of(generator), shape, dtype.numpy, low, high)
    return np.asarray(drawn)


@composite(method=False)
def randint_like(
    input: Tensor, *args: Any, low: Any = None, high: Any = None, dtype: Any = None,
    **options: Any,
) -> Tensor:
    """Like `randint`, in the shape and dtype of `input`."""
    options.pop("memory_format", None)
    bounds = [each for each in (low, *args, high) if each is not None]
    bounds = [int(each) for each in bounds]
    return randint(*bounds, tuple(input.shape), dtype=dtype or input.dtype, **options)


@composite(method=False)
def randperm(
    n: int, *, generator: Any = None, out: Any = None, dtype: Any = None, device: Any = None,
    requires_grad: bool = False, **options: Any,
) -> Tensor:
    """The numbers 0 to n - 1 in random order. RuntimeError for negative n."""
    if not isinstance(n, (int, np.integer)):
        raise TypeError(f"randperm(): n must be an int, not {type(n).__name__}")
    if n < 0:
        raise RuntimeError(f"randperm(): n must not be negative, it is {n}")
    chosen = dtypes.int64 if dtype is None and out is None else create.chosen(dtype, out)
    array = kernels.permutation(stream_of(generator), int(n), chosen.numpy)
    return create.finish("randperm", array, out=out, requires_grad=requires_grad, **options)


@op(out="cast", input=lambda grad: grad * 0)
def bernoulli(input: Tensor, p: Any = None, *, generator: Any = None) -> Any:
    """1 with probability `input` (elementwise; or `p` for all), else 0, in the dtype of `input`."""
    stream = stream_of(generator)
    probability = input._array if p is None else p
    check_probability("bernoulli", probability)
    if p is None and input._array.dtype.kind not in "fV":
        raise NotImplementedError(f"bernoulli(): probabilities are floats, not {input.dtype}")
    return kernels.bernoulli(stream, input._array.shape, input._array.dtype, probability)


def check_probability(name: str, p: Any) -> None:
    """RuntimeError unless all of `p` is in [0, 1]."""
    values = np.asarray(p)
    if values.size and not ((values >= 0) & (values <= 1)).all():
        raise RuntimeError(f"{name}(): probabilities must be between 0 and 1")


@op(name="_normal_of", face=False, method=False, mean=lambda grad: grad * 0,
    std=lambda grad: grad * 0)
def _normal_of(mean: Any, std: Any, generator: Any) -> Any:
    """Normal numbers with a mean or a standard deviation for each."""
    stream = stream_of(generator)
    means = mean._array if isinstance(mean, Tensor) else None
    stds = std._array if isinstance(std, Tensor) else std
    if np.size(stds) and (np.asarray(stds) < 0).any():
        raise RuntimeError("normal: standard deviations must not be negative")
    dtype = stds.dtype if means is None else means.dtype
    if means is None:
        means = np.asarray(mean, dtype)
    return kernels.normal_around(stream, means, stds, dtype)


@composite(method=False, out="cast")
def normal(
    mean: Any = 0.0, std: Any = 1.0, size: Any = None, *, generator: Any = None,
    dtype: Any = None, device: Any = None, requires_grad: bool = False, **options: Any,
) -> Tensor:
    """Normal numbers, with a tensor of means, of standard deviations, or numbers and a `size`."""
    if isinstance(mean, Tensor) or isinstance(std, Tensor):
        return _normal_of(mean, std, generator)
    checked_normal(mean, std)
    shape = create.sizes("normal", (size,), {})
    chosen = _floating("normal", dtype)
    array = kernels.normal(stream_of(generator), shape, chosen.numpy, mean, std)
    return create.finish("normal", array, requires_grad=requires_grad, **options)


@op(out=True)
def multinomial(
    input: Tensor, num_samples: int, replacement: bool = False, *, generator: Any = None
) -> Any:
    """`num_samples` indices for each row of weights, in proportion to them.

    RuntimeError for weights that are negative, infinite or sum to zero, and for more samples than
    weights without replacement.
    """
    array = input._array
    if array.dtype.kind not in "fV":
        raise RuntimeError(f"multinomial(): weights are floats, not {input.dtype}")
    if array.ndim not in (1, 2):
        raise RuntimeError(f"multinomial(): weights have 1 or 2 dims, not {array.ndim}")
    if num_samples <= 0:
        raise RuntimeError(f"multinomial(): num_samples must be positive, it is {num_samples}")
    if not replacement and num_samples > array.shape[-1]:
        raise RuntimeError(
            f"multinomial(): {num_samples} samples of {array.shape[-1]} weights need "
            "replacement=True")
    if not (np.isfinite(array) & (array >= 0)).all() or (array.sum(-1) <= 0).any():
        raise RuntimeError(
            "multinomial(): weights must be finite, not negative, with a sum above 0")
    return kernels.multinomial(stream_of(generator), array, num_samples, replacement)


@op(method=False, input=lambda grad: grad * 0)
def poisson(input: Tensor, generator: Any = None) -> Any:
    """Poisson numbers with these rates. RuntimeError for negative rates."""
    array = input._array
    if array.dtype.kind not in "fV":
        raise NotImplementedError(f"poisson(): rates are floats, not {input.dtype}")
    if array.size and (array < 0).any():
        raise RuntimeError("poisson(): rates must not be negative")
    return kernels.poisson(stream_of(generator), array)
