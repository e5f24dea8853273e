"""Layers that zero some of their input at random, while training."""

from __future__ import annotations

from typing import ClassVar

from rushlight.nn import functional as F
from rushlight.nn.modules.settings import Settings
from rushlight.tensor.tensor import Tensor


class Dropout(Settings):
    """Zeroes each element with probability `p` and scales the rest by 1 / (1 - p).

    Raises ValueError for a probability outside [0, 1].
    Source: Hinton et al., 2012, https://arxiv.org/abs/1207.0580
    """

    function: ClassVar[str] = "dropout"
    p: float = 0.5
    inplace: bool = False

    def check(self) -> None:
        """p is a probability."""
        if not 0 <= self.p <= 1:
            raise ValueError(f"p must be from 0 to 1, not {self.p}")

    def forward(self, input: Tensor) -> Tensor:
        """The input, thinned out while training."""
        made: Tensor = getattr(F, self.function)(input, self.p, self.training, self.inplace)
        return made

    def extra_repr(self) -> str:
        """The settings."""
        return f"p={self.p}, inplace={self.inplace}"
