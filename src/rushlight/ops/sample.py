"""Filling a tensor with random numbers: `uniform_`, `normal_`, `bernoulli_` and their kin.

Each checks its parameters, then draws in the order of the tensor's memory, as PyTorch does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rushlight.autograd import inplace as history
from rushlight.autograd.modes import modes
from rushlight.engine.deferred import before_write
from rushlight.ops import random, write
from rushlight.ops.op import composite
from rushlight.tensor import dtypes, storage
from rushlight.tensor.generator import stream_of
from rushlight.tensor.meta import MetaArray
from rushlight.tensor.tensor import Array, Tensor


def _refill(tensor: Tensor, name: str, draw: Callable[..., Array], *inputs: Array) -> Tensor:
    """Write `draw(shape, *inputs)` into the tensor: a fresh value, with no history."""
    write.check_writable(tensor, name)
    if type(tensor._array) is not MetaArray:
        before_write(tensor._array)
        random.kernels.fill(tensor._array, draw, *inputs)
    storage.of(tensor).version += 1
    if modes.grad and (tensor._node is not None or tensor._base is not None):
        history.rebase(tensor, None)
    return tensor


def _floats_only(tensor: Tensor, name: str) -> None:
    if tensor.dtype.category < dtypes.FLOATING:
        raise NotImplementedError(f"{name}() fills floating-point tensors, not {tensor.dtype}")


@composite(face=False)
def uniform_(self: Tensor, from_: float = 0.0, to: float = 1.0, *, generator: Any = None,
             **bounds: float) -> Tensor:
    """Fill with numbers uniform in [from, to). RuntimeError if from > to."""
    low = bounds.pop("from", from_)
    _floats_only(self, "uniform_")
    if not low <= to:
        raise RuntimeError(f"uniform_(): from must not be above to; they are {low} and {to}")
    draw = random.kernels.uniform
    stream, dtype = stream_of(generator), self._array.dtype
    return _refill(self, "uniform_", lambda shape: draw(stream, shape, dtype, low, to))


@composite(face=False)
def normal_(self: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Any = None) -> Tensor:
    """Fill with normal numbers. RuntimeError for a negative `std`."""
    _floats_only(self, "normal_")
    random.checked_normal(mean, std)
    draw = random.kernels.normal
    stream, array = stream_of(generator), self._array
    contiguous = array.flags.c_contiguous
    return _refill(self, "normal_", lambda shape: draw(
        stream, shape, array.dtype, mean, std, contiguous=contiguous))


@composite(face=False)
def random_(self: Tensor, from_: Any = None, to: Any = None, *, generator: Any = None,
            **bounds: Any) -> Tensor:
    """Fill with integers in [from, to); with one number, [0, to); with none, all of the dtype's."""
    low = bounds.pop("from", from_)
    array, stream = self._array, stream_of(generator)
    if low is None and to is None:
        draw = random.kernels.any_integers
        return _refill(self, "random_", lambda shape: draw(stream, shape, array.dtype))
    if to is None and "from" not in bounds and from_ is not None:
        low, to = 0, from_
    dtype = dtypes.of(array.dtype)
    return _refill(self, "random_", lambda shape: random.integers(
        shape, dtype, int(low or 0), None if to is None else int(to), generator))


@composite(face=False)
def bernoulli_(self: Tensor, p: Any = 0.5, *, generator: Any = None) -> Tensor:
    """Fill with 1 (probability `p`, a number or a tensor) and 0."""
    given = p._array if isinstance(p, Tensor) else p
    random.check_probability("bernoulli_", given)
    draw = random.kernels.bernoulli
    stream, dtype = stream_of(generator), self._array.dtype
    if isinstance(given, np.ndarray):
        return _refill(self, "bernoulli_", lambda shape, q: draw(stream, shape, dtype, q), given)
    return _refill(self, "bernoulli_", lambda shape: draw(stream, shape, dtype, given))


def _shaped(name: str, kernel: str, defaults: dict[str, Any], check: Callable[..., str | None],
            doc: str, integers: bool = False) -> None:
    """One of the in-place samplers with numbers for parameters."""
    names = tuple(defaults)

    def fill(self: Tensor, *args: Any, generator: Any = None, **kwargs: Any) -> Tensor:
        given = {**defaults, **dict(zip(names, args, strict=False)), **kwargs}
        if not integers:
            _floats_only(self, name)
        values = tuple(given[each] for each in names)
        if len(given) != len(names) or any(each is None for each in values):
            raise TypeError(f"{name}() takes {', '.join(names)}")
        problem = check(*values)
        if problem:
            raise RuntimeError(f"{name}(): {problem}")
        draw = getattr(random.kernels, kernel)
        stream, dtype = stream_of(generator), self._array.dtype
        return _refill(self, name, lambda shape: draw(stream, shape, dtype, *values))

    fill.__doc__ = doc
    composite(name=name, face=False)(fill)


_shaped("exponential_", "exponential", {"lambd": 1.0},
        lambda rate: None if rate > 0 else f"lambd must be positive, it is {rate}",
        "Fill with exponential numbers of rate `lambd`.")
_shaped("geometric_", "geometric", {"p": None},
        lambda p: None if 0 < p < 1 else f"p must be between 0 and 1, it is {p}",
        "Fill with how many trials of probability `p` the first success takes.", integers=True)
_shaped("log_normal_", "log_normal", {"mean": 1.0, "std": 2.0},
        lambda mean, std: None if std > 0 else f"std must be positive, it is {std}",
        "Fill with numbers whose logarithm is normal with this mean and std.")
_shaped("cauchy_", "cauchy", {"median": 0.0, "sigma": 1.0},
        lambda median, sigma: None if sigma > 0 else f"sigma must be positive, it is {sigma}",
        "Fill with Cauchy numbers.")
