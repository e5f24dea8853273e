"""How parameters begin: `nn.init`. Each function fills a tensor in place and returns it.

The draws are made in PyTorch's order, so the same seed gives the same numbers.
Source: https://docs.pytorch.org/docs/stable/nn.init.html
"""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from rushlight.autograd.modes import no_grad
from rushlight.ops.op import FACE
from rushlight.tensor.meta import MetaArray
from rushlight.tensor.tensor import Tensor, wrap

_GAINS = {
    "linear": 1, "conv1d": 1, "conv2d": 1, "conv3d": 1, "conv_transpose1d": 1,
    "conv_transpose2d": 1, "conv_transpose3d": 1, "sigmoid": 1, "tanh": 5 / 3,
    "relu": math.sqrt(2), "selu": 3 / 4,
}
_MODES = ("fan_in", "fan_out")


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """By how much weights before this nonlinearity are larger, to keep the variance as it was.

    param: the negative slope of "leaky_relu" (0.01). ValueError for a name that is not known.
    """
    if nonlinearity == "leaky_relu":
        slope: Any = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, (int, float)):
            raise ValueError(f"the negative slope of leaky_relu is a number, not {slope!r}")
        return math.sqrt(2 / (1 + slope**2))
    if nonlinearity not in _GAINS:
        raise ValueError(f"no gain is known for the nonlinearity {nonlinearity!r}")
    return _GAINS[nonlinearity]


# --- by given numbers


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Any = None) -> Tensor:
    """Uniform in [a, b)."""
    with no_grad():
        return tensor.uniform_(a, b, generator=generator)


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Any = None) -> Tensor:
    """Normal with this mean and standard deviation."""
    with no_grad():
        return tensor.normal_(mean, std, generator=generator)


def constant_(tensor: Tensor, val: float) -> Tensor:
    """All elements `val`."""
    with no_grad():
        return tensor.fill_(val)


def ones_(tensor: Tensor) -> Tensor:
    """All elements 1."""
    return constant_(tensor, 1.0)


def zeros_(tensor: Tensor) -> Tensor:
    """All elements 0."""
    return constant_(tensor, 0.0)


def trunc_normal_(
    tensor: Tensor, mean: float = 0.0, std: float = 1.0, a: float = -2.0, b: float = 2.0,
    generator: Any = None,
) -> Tensor:
    """Normal, but only what lies in [a, b]: the rest is drawn again.

    Where most of the bell lies outside, draws are uniform in [a, b] and kept in proportion to the
    bell's height instead.
    """
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn(
            "trunc_normal_: the mean is more than 2 standard deviations outside [a, b]; the "
            "distribution may be off", stacklevel=2)
    if type(tensor._array) is MetaArray:
        return tensor
    with no_grad():
        if _below((b - mean) / std) - _below((a - mean) / std) > 0.3:
            values = _drawn_inside(tensor, mean, std, a, b, generator)
        else:
            values = _drawn_below_bell(tensor, mean, std, a, b, generator)
        return tensor.copy_(values)


def _below(x: float) -> float:
    """The probability that a standard normal number is below x."""
    return (1 + math.erf(x / math.sqrt(2))) / 2


def _drawn_inside(tensor: Any, mean: float, std: float, a: float, b: float, generator: Any) -> Any:
    """Normal draws; those outside [a, b] (as the dtype has these) are replaced by new ones."""
    low, high = (tensor.new_tensor(each).item() for each in (a, b))
    values = tensor.detach().clone().normal_(mean, std, generator=generator)
    while True:
        outside = (values < low) | (values > high)
        if not outside.any():
            return values
        drawn = FACE["empty_like"](values).normal_(mean, std, generator=generator)
        values = FACE["where"](outside, drawn, values)


def _drawn_below_bell(
    tensor: Any, mean: float, std: float, a: float, b: float, generator: Any
) -> Any:
    """Uniform draws, each kept if another draw lies below the bell there (1 at its highest)."""
    top = -0.5 * ((max(a, min(mean, b)) - mean) / std) ** 2
    where, empty_like = FACE["where"], FACE["empty_like"]
    values, rejected = None, None
    while rejected is None or rejected.any():
        drawn = empty_like(tensor).uniform_(a, b, generator=generator)
        height = drawn.clone().sub_(mean).div_(std).pow_(2).mul_(-0.5).sub_(top)
        above = empty_like(tensor).uniform_(generator=generator).log_().gt(height)
        values = drawn if rejected is None else where(rejected, drawn, values)
        rejected = above if rejected is None else rejected & above
    return values


# --- patterns


def _need_dims(name: str, tensor: Tensor, dims: tuple[int, ...]) -> None:
    if tensor._array.ndim not in dims:
        raise ValueError(
            f"{name}() is for tensors of {' or '.join(map(str, dims))} dims, this one has "
            f"{tensor._array.ndim}")


def eye_(tensor: Tensor) -> Tensor:
    """The identity matrix. ValueError for other than 2 dims."""
    _need_dims("eye_", tensor, (2,))
    with no_grad():
        tensor.zero_()
        tensor.diagonal().fill_(1)
    return tensor


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """The weight of a convolution that gives its input back, as many channels as there are.

    ValueError unless the tensor has 3 to 5 dims and `groups` divides the first.
    """
    _need_dims("dirac_", tensor, (3, 4, 5))
    shape = tensor._array.shape
    if shape[0] % groups:
        raise ValueError(f"dirac_(): {shape[0]} channels do not fall into {groups} equal groups")
    each = shape[0] // groups
    centre = tuple([size // 2 for size in shape[2:]])
    with no_grad():
        tensor.zero_()
        for group in range(groups):
            for i in range(min(each, shape[1])):
                tensor[(group * each + i, i, *centre)] = 1
    return tensor


def orthogonal_(tensor: Tensor, gain: float = 1, generator: Any = None) -> Tensor:
    """A matrix whose rows (or columns, if they are fewer) are orthonormal, times `gain`.

    More dims than 2 are taken as columns. ValueError for fewer.
    """
    if tensor._array.ndim < 2:
        raise ValueError(
            f"orthogonal_() is for tensors of 2 or more dims, this one has {tensor._array.ndim}")
    if not tensor._array.size or type(tensor._array) is MetaArray:
        return tensor
    rows = tensor._array.shape[0]
    with no_grad():
        drawn = tensor.new_empty((rows, tensor._array.size // rows))
        matrix = drawn.normal_(0, 1, generator=generator).numpy()
        tall = matrix.T if matrix.shape[0] < matrix.shape[1] else matrix
        q, r = np.linalg.qr(tall)
        q = q * np.sign(np.diagonal(r))  # or the signs would depend on how QR was computed
        tensor.copy_(wrap(q.T if tall is not matrix else q).reshape(tensor.shape))
        return tensor.mul_(gain)


def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Any = None) -> Tensor:
    """Normal, with a fraction `sparsity` of each column zero. ValueError for other than 2 dims."""
    _need_dims("sparse_", tensor, (2,))
    if type(tensor._array) is MetaArray:
        return tensor
    rows, columns = tensor._array.shape
    zeros = math.ceil(sparsity * rows)
    with no_grad():
        tensor.normal_(0, std, generator=generator)
        for column in range(columns):
            order = FACE["randperm"](rows)
            tensor[order[:zeros], column] = 0
    return tensor


# --- by the number of connections


def _calculate_fan_in_and_fan_out(tensor: Tensor) -> tuple[int, int]:
    """How many inputs reach one output, and how many outputs one input reaches."""
    shape = tensor.shape
    if len(shape) < 2:
        raise ValueError(
            f"a weight has 2 or more dims (outputs, inputs, ...), this tensor has {len(shape)}")
    field = math.prod(shape[2:])
    return shape[1] * field, shape[0] * field


def _calculate_correct_fan(tensor: Tensor, mode: str) -> int:
    if str(mode).lower() not in _MODES:
        raise ValueError(f"mode must be one of {', '.join(_MODES)}, not {mode!r}")
    return _calculate_fan_in_and_fan_out(tensor)[_MODES.index(mode.lower())]


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Uniform, of variance 2 gain^2 / (fan_in + fan_out) (Glorot and Bengio, 2010)."""
    bound = math.sqrt(3.0) * _xavier_std(tensor, gain)
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Normal, of variance 2 gain^2 / (fan_in + fan_out) (Glorot and Bengio, 2010)."""
    return normal_(tensor, 0.0, _xavier_std(tensor, gain), generator)


def _xavier_std(tensor: Tensor, gain: float) -> float:
    return gain * math.sqrt(2.0 / float(sum(_calculate_fan_in_and_fan_out(tensor))))


def kaiming_uniform_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu",
    generator: Any = None,
) -> Tensor:
    """Uniform, of variance gain^2 / fan (He et al., 2015); `a`: the slope of "leaky_relu"."""
    if 0 in tensor.shape:
        return _nothing_to_fill(tensor)
    bound = math.sqrt(3.0) * _kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu",
    generator: Any = None,
) -> Tensor:
    """Normal, of variance gain^2 / fan (He et al., 2015); `a`: the slope of "leaky_relu"."""
    if 0 in tensor.shape:
        return _nothing_to_fill(tensor)
    return normal_(tensor, 0, _kaiming_std(tensor, a, mode, nonlinearity), generator)


def _kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    fan = _calculate_correct_fan(tensor, mode)
    return calculate_gain(nonlinearity, a) / math.sqrt(fan)


def _nothing_to_fill(tensor: Tensor) -> Tensor:
    warnings.warn("a tensor without elements has no values to begin with", stacklevel=3)
    return tensor


# --- the names of before 2018


def _old_name(function: Callable[..., Tensor]) -> Callable[..., Tensor]:
    name = function.__name__.removesuffix("_")

    @functools.wraps(function)
    def warned(*args: Any, **kwargs: Any) -> Tensor:
        warnings.warn(
            f"nn.init.{name} is the old name of nn.init.{function.__name__}", FutureWarning,
            stacklevel=2)
        return function(*args, **kwargs)

    warned.__name__ = name
    return warned


uniform, normal, constant = (_old_name(each) for each in (uniform_, normal_, constant_))
eye, dirac, orthogonal, sparse = (_old_name(each) for each in (eye_, dirac_, orthogonal_, sparse_))
xavier_uniform, xavier_normal = (_old_name(each) for each in (xavier_uniform_, xavier_normal_))
kaiming_uniform, kaiming_normal = (_old_name(each) for each in (kaiming_uniform_, kaiming_normal_))
