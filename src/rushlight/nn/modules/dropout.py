"""The dropout layers: noise while training, nothing otherwise.

Source: https://docs.pytorch.org/docs/stable/nn.html#dropout-layers
"""

from __future__ import annotations

from rushlight.nn import functional as F
from rushlight.nn.modules.layer import Layer
from rushlight.tensor.tensor import Tensor


class _DropoutNd(Layer):
    p: float
    inplace: bool

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__(p, inplace)
        if not 0 <= p <= 1:
            raise ValueError(f"{type(self).__name__}: p must be between 0 and 1, it is {p}")

    def forward(self, input: Tensor) -> Tensor:
        """The input, with noise while training."""
        return getattr(F, self.function)(input, self.p, self.training, self.inplace)

    def extra_repr(self) -> str:
        """The settings."""
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_DropoutNd, of="dropout"):
    """Zeroes each element with probability `p` while training, and scales the rest."""

    p: float = 0.5
    inplace: bool = False


class Dropout1d(_DropoutNd, of="dropout1d"):
    """`Dropout` of whole channels of (N, C, L) or (C, L)."""

    p: float = 0.5
    inplace: bool = False


class Dropout2d(_DropoutNd, of="dropout2d"):
    """`Dropout` of whole channels of (N, C, H, W)."""

    p: float = 0.5
    inplace: bool = False


class Dropout3d(_DropoutNd, of="dropout3d"):
    """`Dropout` of whole channels of (N, C, D, H, W) or (C, D, H, W)."""

    p: float = 0.5
    inplace: bool = False


class AlphaDropout(_DropoutNd, of="alpha_dropout"):
    """Dropout that keeps mean and variance of what `SELU` gives."""

    p: float = 0.5
    inplace: bool = False


class FeatureAlphaDropout(_DropoutNd, of="feature_alpha_dropout"):
    """`AlphaDropout` of whole channels."""

    p: float = 0.5
    inplace: bool = False


