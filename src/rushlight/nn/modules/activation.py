"""Activation functions as layers: each is its function and settings."""

from __future__ import annotations

from typing import Any, ClassVar

from rushlight.nn import functional as F
from rushlight.nn.modules.module import Module
from rushlight.nn.modules.settings import Settings
from rushlight.nn.parameter import Parameter
from rushlight.ops.op import FACE
from rushlight.tensor.tensor import Tensor


class ReLU(Settings):
    """max(0, input). Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.ReLU.html"""

    function: ClassVar[str] = "relu"
    inplace: bool = False

    def forward(self, input: Tensor) -> Tensor:
        """The input, 0 where it is below."""
        return F.relu(input, inplace=True) if self.inplace else F.relu(input)


class ReLU6(Settings):
    """The input, limited to 0 to 6."""

    function: ClassVar[str] = "relu6"
    inplace: bool = False


class LeakyReLU(Settings):
    """The input where it is above 0, `negative_slope` times it elsewhere."""

    function: ClassVar[str] = "leaky_relu"
    negative_slope: float = 0.01
    inplace: bool = False


class ELU(Settings):
    """The input where it is above 0, alpha * (exp(input) - 1) elsewhere."""

    function: ClassVar[str] = "elu"
    alpha: float = 1.0
    inplace: bool = False


class SELU(Settings):
    """`ELU` scaled so that mean 0 and variance 1 stay."""

    function: ClassVar[str] = "selu"
    inplace: bool = False


class CELU(Settings):
    """`ELU` of input / alpha, whose slope is continuous."""

    function: ClassVar[str] = "celu"
    alpha: float = 1.0
    inplace: bool = False


class GELU(Settings):
    """The input times the share of a normal distribution below it."""

    function: ClassVar[str] = "gelu"
    approximate: str = "none"


class SiLU(Settings):
    """input * sigmoid(input)."""

    function: ClassVar[str] = "silu"
    inplace: bool = False


class Mish(Settings):
    """input * tanh(softplus(input))."""

    function: ClassVar[str] = "mish"
    inplace: bool = False


class Hardtanh(Settings):
    """The input, limited to `min_val` to `max_val`. Raises ValueError unless max_val is larger."""

    function: ClassVar[str] = "hardtanh"
    min_val: float = -1.0
    max_val: float = 1.0
    inplace: bool = False

    def check(self) -> None:
        """The limits must be in order."""
        if not self.max_val > self.min_val:
            raise ValueError(f"max_val {self.max_val} must be above min_val {self.min_val}")


class Hardsigmoid(Settings):
    """input / 6 + 1/2, limited to 0 to 1."""

    function: ClassVar[str] = "hardsigmoid"
    inplace: bool = False

    def extra_repr(self) -> str:
        """Nothing, as in PyTorch."""
        return ""


class Hardswish(Hardsigmoid):
    """input * hardsigmoid(input)."""

    function: ClassVar[str] = "hardswish"


class Threshold(Settings):
    """The input where it is above `threshold`, `value` elsewhere."""

    function: ClassVar[str] = "threshold"
    threshold: float
    value: float
    inplace: bool = False


class Softplus(Settings):
    """log(1 + exp(beta * input)) / beta; the input itself where beta * input is above threshold."""

    function: ClassVar[str] = "softplus"
    beta: float = 1.0
    threshold: float = 20.0


class _OfLambda(Settings):
    """What PyTorch shows without its setting's name."""

    lambd: float = 0.5

    def extra_repr(self) -> str:
        """The one setting."""
        return str(self.lambd)


class Hardshrink(_OfLambda):
    """The input where it is further than `lambd` from 0, 0 elsewhere."""

    function: ClassVar[str] = "hardshrink"


class Softshrink(_OfLambda):
    """The input moved towards 0 by `lambd`, but not beyond."""

    function: ClassVar[str] = "softshrink"


class GLU(Settings):
    """The first half along `dim` times the sigmoid of the second."""

    function: ClassVar[str] = "glu"
    dim: int = -1


class Softmax(Settings):
    """exp(input), scaled to sum to one along `dim`."""

    function: ClassVar[str] = "softmax"
    dim: int | None = None


class LogSoftmax(Softmax):
    """The logarithm of `Softmax`."""

    function: ClassVar[str] = "log_softmax"

    def extra_repr(self) -> str:
        """The dim."""
        return f"dim={self.dim}"


class Softmin(Softmax):
    """`Softmax` of minus the input."""

    function: ClassVar[str] = "softmin"


class _Plain(Settings):
    """Without settings."""


class Sigmoid(_Plain):
    """1 / (1 + exp(-input))."""

    function: ClassVar[str] = "sigmoid"


class Tanh(_Plain):
    """The hyperbolic tangent."""

    function: ClassVar[str] = "tanh"


class LogSigmoid(_Plain):
    """log(sigmoid(input))."""

    function: ClassVar[str] = "logsigmoid"


class Softsign(_Plain):
    """input / (1 + |input|)."""

    function: ClassVar[str] = "softsign"


class Tanhshrink(_Plain):
    """input - tanh(input)."""

    function: ClassVar[str] = "tanhshrink"


class Softmax2d(Module):
    """`Softmax` over the channels of (N, C, H, W) or (C, H, W). ValueError for other inputs."""

    def forward(self, input: Tensor) -> Tensor:
        """The shares of the channels at each place."""
        if input.dim() not in (3, 4):
            raise ValueError(f"Softmax2d takes 3 or 4 dims, not {input.dim()}")
        return FACE["softmax"](input, -3)


class PReLU(Module):
    """The input where it is above 0, `weight` times it elsewhere.

    num_parameters: 1, or the number of channels, dim 1 of the input. init: what weight begins as.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.PReLU.html
    """

    num_parameters: int
    weight: Parameter

    def __init__(
        self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: Any = None
    ) -> None:
        super().__init__()
        self.num_parameters, self.init = num_parameters, init
        self.weight = Parameter(FACE["full"]((num_parameters,), init, device=device, dtype=dtype))

    def forward(self, input: Tensor) -> Tensor:
        """The function with this weight."""
        return F.prelu(input, self.weight)

    def extra_repr(self) -> str:
        """How many parameters there are."""
        return f"num_parameters={self.num_parameters}"
