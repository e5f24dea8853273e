"""The dropout layers: noise while training, nothing otherwise.

Source: https://docs.pytorch.org/docs/stable/nn.html#dropout-layers
"""

from __future__ import annotations

from typing import ClassVar

from rushlight.nn import functional as F
from rushlight.nn.modules.settings import Settings
from rushlight.tensor.tensor import Tensor


class _DropoutNd(Settings):
    p: float = 0.5
    inplace: bool = False

    def check(self) -> None:
        """ValueError for a probability outside [0, 1]."""
        if not 0 <= self.p <= 1:
            raise ValueError(f"{type(self).__name__}: p must be between 0 and 1, it is {self.p}")

    def forward(self, input: Tensor) -> Tensor:
        """The input, with noise while training."""
        return getattr(F, self.function)(input, self.p, self.training, self.inplace)

    def extra_repr(self) -> str:
        """The settings."""
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_DropoutNd):
    """Zeroes each element with probability `p` while training, and scales the rest."""

    function: ClassVar[str] = "dropout"


class Dropout1d(_DropoutNd):
    """`Dropout` of whole channels of (N, C, L) or (C, L)."""

    function: ClassVar[str] = "dropout1d"


class Dropout2d(_DropoutNd):
    """`Dropout` of whole channels of (N, C, H, W)."""

    function: ClassVar[str] = "dropout2d"


class Dropout3d(_DropoutNd):
    """`Dropout` of whole channels of (N, C, D, H, W) or (C, D, H, W)."""

    function: ClassVar[str] = "dropout3d"


class AlphaDropout(_DropoutNd):
    """Dropout that keeps mean and variance of what `SELU` gives."""

    function: ClassVar[str] = "alpha_dropout"


class FeatureAlphaDropout(_DropoutNd):
    """`AlphaDropout` of whole channels."""

    function: ClassVar[str] = "feature_alpha_dropout"


