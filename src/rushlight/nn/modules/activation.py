"""Layers that are an activation: each is a function of `nn.functional` and its settings.

Source:
https://docs.pytorch.org/docs/stable/nn.html#non-linear-activations-weighted-sum-nonlinearity
"""

from __future__ import annotations

import warnings
from typing import Any

from rushlight.nn import functional as F
from rushlight.nn import init
from rushlight.nn.modules.layer import Layer
from rushlight.nn.modules.module import Module
from rushlight.nn.parameter import Parameter
from rushlight.ops.op import FACE
from rushlight.tensor.tensor import Tensor


class Threshold(Layer, of="threshold"):
    """input where it is above `threshold`, else `value`."""

    threshold: float
    value: float
    inplace: bool = False


class ReLU(Layer, of="relu"):
    """max(input, 0)."""

    inplace: bool = False

    def forward(self, input: Tensor) -> Tensor:
        """The part above 0."""
        return F.relu(input, self.inplace)


class RReLU(Layer, of="rrelu"):
    """input where it is positive, else input times a slope, drawn from [lower, upper] to train."""

    lower: float = 1 / 8
    upper: float = 1 / 3
    inplace: bool = False

    def forward(self, input: Tensor) -> Tensor:
        """With random slopes while training, else with the middle one."""
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)


class Hardtanh(Layer, of="hardtanh"):
    """input, but not below `min_val` nor above `max_val`."""

    min_val: float = -1.0
    max_val: float = 1.0
    inplace: bool = False

    def __init__(
        self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False,
        min_value: float | None = None, max_value: float | None = None,
    ) -> None:
        if min_value is not None:
            warnings.warn("Hardtanh: min_value is now min_val", FutureWarning, stacklevel=2)
            min_val = min_value
        if max_value is not None:
            warnings.warn("Hardtanh: max_value is now max_val", FutureWarning, stacklevel=2)
            max_val = max_value
        super().__init__(min_val, max_val, inplace)
        if not min_val < max_val:
            raise AssertionError(f"Hardtanh: min_val {min_val} must be below max_val {max_val}")


class ReLU6(Hardtanh):
    """input, but not below 0 nor above 6."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__(0.0, 6.0, inplace)

    def extra_repr(self) -> str:
        """The limits are known."""
        return "inplace=True" if self.inplace else ""


class Sigmoid(Layer, of="sigmoid"):
    """1 / (1 + exp(-input))."""


class Hardsigmoid(Layer, of="hardsigmoid"):
    """A sigmoid of three straight lines."""

    inplace: bool = False

    def extra_repr(self) -> str:
        """Nothing."""
        return ""


class Tanh(Layer, of="tanh"):
    """The hyperbolic tangent."""


class SiLU(Layer, of="silu"):
    """input * sigmoid(input)."""

    inplace: bool = False


class Mish(Layer, of="mish"):
    """input * tanh(log(1 + exp(input)))."""

    inplace: bool = False


class Hardswish(Layer, of="hardswish"):
    """input * hardsigmoid(input)."""

    inplace: bool = False

    def extra_repr(self) -> str:
        """Nothing."""
        return ""


class ELU(Layer, of="elu"):
    """input where it is positive, else alpha * (exp(input) - 1)."""

    alpha: float = 1.0
    inplace: bool = False


class CELU(Layer, of="celu"):
    """input where it is positive, else alpha * (exp(input / alpha) - 1)."""

    alpha: float = 1.0
    inplace: bool = False


class SELU(Layer, of="selu"):
    """`ELU`, scaled so that layers keep mean 0 and variance 1."""

    inplace: bool = False


class GLU(Layer, of="glu"):
    """The first half of the input along `dim` times the sigmoid of the second."""

    dim: int = -1


class GELU(Layer, of="gelu"):
    """input times the share of a normal distribution below it; approximate="tanh": by a tanh."""

    approximate: str = "none"

    def forward(self, input: Tensor) -> Tensor:
        """As the setting says."""
        return F.gelu(input, approximate=self.approximate)


class Hardshrink(Layer, of="hardshrink"):
    """input, but 0 from -lambd to lambd."""

    lambd: float = 0.5

    def extra_repr(self) -> str:
        """The limit."""
        return str(self.lambd)


class LeakyReLU(Layer, of="leaky_relu"):
    """input where it is positive, else input * negative_slope."""

    negative_slope: float = 0.01
    inplace: bool = False


class LogSigmoid(Layer, of="logsigmoid"):
    """log(sigmoid(input)), without leaving range."""


class Softplus(Layer, of="softplus"):
    """log(1 + exp(beta * input)) / beta; input where beta * input is above `threshold`."""

    beta: float = 1.0
    threshold: float = 20.0


class Softshrink(Layer, of="softshrink"):
    """input brought `lambd` nearer to 0, and 0 from -lambd to lambd."""

    lambd: float = 0.5

    def extra_repr(self) -> str:
        """The limit."""
        return str(self.lambd)


class PReLU(Module):
    """input where it is positive, else input times a weight: one, or one for each channel, dim 1.

    weight: (num_parameters), all `init` at the beginning.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.PReLU.html
    """

    num_parameters: int
    weight: Parameter

    def __init__(
        self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.num_parameters, self.init = num_parameters, init
        self.weight = Parameter(FACE["empty"](num_parameters, device=device, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Give all weights the value they begin with."""
        init.constant_(self.weight, self.init)

    def forward(self, input: Tensor) -> Tensor:
        """By the weights as they are now."""
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        """How many weights."""
        return f"num_parameters={self.num_parameters}"


class Softsign(Layer, of="softsign"):
    """input / (1 + |input|)."""


class Tanhshrink(Layer, of="tanhshrink"):
    """input - tanh(input)."""


class _AlongDim(Layer):
    def forward(self, input: Tensor) -> Tensor:
        """Along the dim."""
        return getattr(F, self.function)(input, self.dim, _stacklevel=5)


class Softmin(_AlongDim, of="softmin"):
    """exp(-input), scaled to sum to one along `dim`."""

    dim: int | None = None


class Softmax(_AlongDim, of="softmax"):
    """exp(input), scaled to sum to one along `dim`."""

    dim: int | None = None


class LogSoftmax(_AlongDim, of="log_softmax"):
    """The logarithm of `Softmax`, without leaving range."""

    dim: int | None = None


class Softmax2d(Module):
    """`Softmax` over the channels of (N, C, H, W) or (C, H, W). ValueError for other shapes."""

    def forward(self, input: Tensor) -> Tensor:
        """Along the third dim from the end."""
        if input.ndim not in (3, 4):
            raise ValueError(f"Softmax2d: input has 3 or 4 dims, not {input.ndim}")
        return F.softmax(input, -3, _stacklevel=5)
