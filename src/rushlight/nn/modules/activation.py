"""Layers that are an activation: each is a function of `nn.functional` and its settings.

Source:
https://docs.pytorch.org/docs/stable/nn.html#non-linear-activations-weighted-sum-nonlinearity
"""

from __future__ import annotations

import warnings
from typing import Any, ClassVar

from rushlight.nn import functional as F
from rushlight.nn import init
from rushlight.nn.modules.linear import NonDynamicallyQuantizableLinear
from rushlight.nn.modules.module import Module
from rushlight.nn.modules.settings import Settings
from rushlight.nn.parameter import Parameter
from rushlight.ops.op import FACE
from rushlight.tensor.tensor import Tensor


class Threshold(Settings):
    """input where it is above `threshold`, else `value`."""

    function: ClassVar[str] = "threshold"
    threshold: float
    value: float
    inplace: bool = False


class ReLU(Settings):
    """max(input, 0)."""

    function: ClassVar[str] = "relu"
    inplace: bool = False

    def forward(self, input: Tensor) -> Tensor:
        """The part above 0."""
        return F.relu(input, self.inplace)


class RReLU(Settings):
    """input where it is positive, else input times a slope, drawn from [lower, upper] to train."""

    function: ClassVar[str] = "rrelu"
    lower: float = 1 / 8
    upper: float = 1 / 3
    inplace: bool = False

    def forward(self, input: Tensor) -> Tensor:
        """With random slopes while training, else with the middle one."""
        return F.rrelu(input, self.lower, self.upper, self.training, self.inplace)


class Hardtanh(Settings):
    """input, but not below `min_val` nor above `max_val`."""

    function: ClassVar[str] = "hardtanh"
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


class Sigmoid(Settings):
    """1 / (1 + exp(-input))."""

    function: ClassVar[str] = "sigmoid"


class Hardsigmoid(Settings):
    """A sigmoid of three straight lines."""

    function: ClassVar[str] = "hardsigmoid"
    inplace: bool = False

    def extra_repr(self) -> str:
        """Nothing."""
        return ""


class Tanh(Settings):
    """The hyperbolic tangent."""

    function: ClassVar[str] = "tanh"


class SiLU(Settings):
    """input * sigmoid(input)."""

    function: ClassVar[str] = "silu"
    inplace: bool = False


class Mish(Settings):
    """input * tanh(log(1 + exp(input)))."""

    function: ClassVar[str] = "mish"
    inplace: bool = False


class Hardswish(Settings):
    """input * hardsigmoid(input)."""

    function: ClassVar[str] = "hardswish"
    inplace: bool = False

    def extra_repr(self) -> str:
        """Nothing."""
        return ""


class ELU(Settings):
    """input where it is positive, else alpha * (exp(input) - 1)."""

    function: ClassVar[str] = "elu"
    alpha: float = 1.0
    inplace: bool = False


class CELU(Settings):
    """input where it is positive, else alpha * (exp(input / alpha) - 1)."""

    function: ClassVar[str] = "celu"
    alpha: float = 1.0
    inplace: bool = False


class SELU(Settings):
    """`ELU`, scaled so that layers keep mean 0 and variance 1."""

    function: ClassVar[str] = "selu"
    inplace: bool = False


class GLU(Settings):
    """The first half of the input along `dim` times the sigmoid of the second."""

    function: ClassVar[str] = "glu"
    dim: int = -1


class GELU(Settings):
    """input times the share of a normal distribution below it; approximate="tanh": by a tanh."""

    function: ClassVar[str] = "gelu"
    approximate: str = "none"

    def forward(self, input: Tensor) -> Tensor:
        """As the setting says."""
        return F.gelu(input, approximate=self.approximate)


class Hardshrink(Settings):
    """input, but 0 from -lambd to lambd."""

    function: ClassVar[str] = "hardshrink"
    lambd: float = 0.5

    def extra_repr(self) -> str:
        """The limit."""
        return str(self.lambd)


class LeakyReLU(Settings):
    """input where it is positive, else input * negative_slope."""

    function: ClassVar[str] = "leaky_relu"
    negative_slope: float = 0.01
    inplace: bool = False


class LogSigmoid(Settings):
    """log(sigmoid(input)), without leaving range."""

    function: ClassVar[str] = "logsigmoid"


class Softplus(Settings):
    """log(1 + exp(beta * input)) / beta; input where beta * input is above `threshold`."""

    function: ClassVar[str] = "softplus"
    beta: float = 1.0
    threshold: float = 20.0


class Softshrink(Settings):
    """input brought `lambd` nearer to 0, and 0 from -lambd to lambd."""

    function: ClassVar[str] = "softshrink"
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


class Softsign(Settings):
    """input / (1 + |input|)."""

    function: ClassVar[str] = "softsign"


class Tanhshrink(Settings):
    """input - tanh(input)."""

    function: ClassVar[str] = "tanhshrink"


class _AlongDim(Settings):
    def forward(self, input: Tensor) -> Tensor:
        """Along the dim."""
        return getattr(F, self.function)(input, self.dim, _stacklevel=5)


class Softmin(_AlongDim):
    """exp(-input), scaled to sum to one along `dim`."""

    function: ClassVar[str] = "softmin"
    dim: int | None = None


class Softmax(_AlongDim):
    """exp(input), scaled to sum to one along `dim`."""

    function: ClassVar[str] = "softmax"
    dim: int | None = None


class LogSoftmax(_AlongDim):
    """The logarithm of `Softmax`, without leaving range."""

    function: ClassVar[str] = "log_softmax"
    dim: int | None = None


class Softmax2d(Module):
    """`Softmax` over the channels of (N, C, H, W) or (C, H, W). ValueError for other shapes."""

    def forward(self, input: Tensor) -> Tensor:
        """Along the third dim from the end."""
        if input.ndim not in (3, 4):
            raise ValueError(f"Softmax2d: input has 3 or 4 dims, not {input.ndim}")
        return F.softmax(input, -3, _stacklevel=5)


class MultiheadAttention(Module):
    """Attention in `num_heads` parts of `embed_dim` features, between projections.

    query: (L, N, E), with `batch_first` (N, L, E), or (L, E) for one sequence; key and value have
    S for L, and `kdim` and `vdim` for E if these are given. add_bias_kv: a trained key and value
    more. add_zero_attn: one of zeros more. dropout: of the weights, while training.
    Raises ValueError or AssertionError for sizes that make no sense.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.MultiheadAttention.html
    """

    def __init__(
        self, embed_dim: int, num_heads: int, dropout: float = 0.0, bias: bool = True,
        add_bias_kv: bool = False, add_zero_attn: bool = False, kdim: int | None = None,
        vdim: int | None = None, batch_first: bool = False, device: Any = None, dtype: Any = None,
    ) -> None:
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(
                f"MultiheadAttention: embed_dim and num_heads must be above 0, they are "
                f"{embed_dim} and {num_heads}")
        super().__init__()
        self.embed_dim, self.num_heads = embed_dim, num_heads
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self._qkv_same_embed_dim = self.kdim == self.vdim == embed_dim
        self.dropout, self.batch_first = dropout, batch_first
        self.head_dim = embed_dim // num_heads
        if self.head_dim * num_heads != embed_dim:
            raise AssertionError(
                f"MultiheadAttention: {num_heads} heads do not divide {embed_dim} features")

        def make(name: str, wanted: bool, *shape: int) -> None:
            made = FACE["empty"](shape, device=device, dtype=dtype) if wanted else None
            self.register_parameter(name, None if made is None else Parameter(made))

        same = self._qkv_same_embed_dim
        if same:
            make("in_proj_weight", True, 3 * embed_dim, embed_dim)
        make("q_proj_weight", not same, embed_dim, embed_dim)
        make("k_proj_weight", not same, embed_dim, self.kdim)
        make("v_proj_weight", not same, embed_dim, self.vdim)
        if not same:
            make("in_proj_weight", False)
        make("in_proj_bias", bias, 3 * embed_dim)
        self.out_proj = NonDynamicallyQuantizableLinear(
            embed_dim, embed_dim, bias=bias, device=device, dtype=dtype)
        make("bias_k", add_bias_kv, 1, 1, embed_dim)
        make("bias_v", add_bias_kv, 1, 1, embed_dim)
        self.add_zero_attn = add_zero_attn
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        for name in ("in_proj_weight", "q_proj_weight", "k_proj_weight", "v_proj_weight"):
            if getattr(self, name) is not None:
                init.xavier_uniform_(getattr(self, name))
        if self.in_proj_bias is not None:
            init.constant_(self.in_proj_bias, 0.0)
            init.constant_(self.out_proj.bias, 0.0)  # type: ignore[arg-type]
        for name in ("bias_k", "bias_v"):
            if getattr(self, name) is not None:
                init.xavier_normal_(getattr(self, name))

    def forward(
        self, query: Tensor, key: Tensor, value: Tensor, key_padding_mask: Tensor | None = None,
        need_weights: bool = True, attn_mask: Tensor | None = None,
        average_attn_weights: bool = True, is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """What the queries take, and with `need_weights` the weights, of all heads in the mean.

        Masks are True, or -inf, where nobody may look: key_padding_mask (N, S), attn_mask (L, S) or
        (N * heads, L, S). is_causal says that attn_mask is the causal one.
        """
        turned = self.batch_first and query.ndim == 3
        if turned:
            same, twin = key is query, value is key
            query = query.transpose(1, 0)
            key = query if same else key.transpose(1, 0)
            value = key if twin else value.transpose(1, 0)
        result, weights = F.multi_head_attention_forward(
            query, key, value, self.embed_dim, self.num_heads, self.in_proj_weight,
            self.in_proj_bias, self.bias_k, self.bias_v, self.add_zero_attn, self.dropout,
            self.out_proj.weight, self.out_proj.bias, self.training, key_padding_mask,
            need_weights, attn_mask, not self._qkv_same_embed_dim, self.q_proj_weight,
            self.k_proj_weight, self.v_proj_weight, None, None, average_attn_weights, is_causal)
        return (result.transpose(1, 0) if turned else result), weights
