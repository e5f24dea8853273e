"""Layers that standardize each channel of each sample by itself."""

from __future__ import annotations

import warnings
from typing import Any

from rushlight.nn import functional as F
from rushlight.nn.modules.batchnorm import _LazyNormBase, _NormBase
from rushlight.tensor.tensor import Tensor


class _InstanceNorm(_NormBase):
    """Instance normalization, of a batch or of one sample without batch."""

    def __init__(
        self, num_features: int, eps: float = 1e-5, momentum: float = 0.1, affine: bool = False,
        track_running_stats: bool = False, device: Any = None, dtype: Any = None, *,
        bias: bool = True,
    ) -> None:
        super().__init__(
            num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def forward(self, input: Tensor) -> Tensor:
        """The input, standardized: by its own statistics in training or if none are kept."""
        self._check_input_dim(input)
        single = input.dim() == self.dims[0]
        channels = input.shape[0 if single else 1]
        if channels != self.num_features:
            message = (
                f"{type(self).__name__}: input has {channels} channels, num_features is "
                f"{self.num_features}")
            if self.affine:
                raise ValueError(message)
            warnings.warn(f"{message}, which makes no difference without affine", stacklevel=2)
        batch = input.unsqueeze(0) if single else input
        made = F.instance_norm(
            batch, self.running_mean, self.running_var, self.weight, self.bias,
            self.training or not self.track_running_stats,
            0.0 if self.momentum is None else self.momentum, self.eps)
        return made.squeeze(0) if single else made


class InstanceNorm1d(_InstanceNorm):
    """`instance_norm` of (batch, channels, length) or (channels, length).

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.InstanceNorm1d.html
    """

    dims = (2, 3)


class InstanceNorm2d(_InstanceNorm):
    """`instance_norm` of (batch, channels, height, width) or (channels, height, width).

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.InstanceNorm2d.html
    """

    dims = (3, 4)


class InstanceNorm3d(_InstanceNorm):
    """`instance_norm` of (batch, channels, depth, height, width) or without batch.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.InstanceNorm3d.html
    """

    dims = (4, 5)


class _LazyInstanceNorm(_LazyNormBase, _InstanceNorm):
    """An instance normalization that takes `num_features` from its first input."""

    def initialize_parameters(self, input: Tensor) -> None:
        """Make weight, bias and statistics for this input."""
        single = input.dim() == self.dims[0]
        super().initialize_parameters(input.unsqueeze(0) if single else input)


class LazyInstanceNorm1d(_LazyInstanceNorm, InstanceNorm1d):
    """An `InstanceNorm1d` that takes `num_features` from its first input.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.LazyInstanceNorm1d.html
    """

    cls_to_become = InstanceNorm1d


class LazyInstanceNorm2d(_LazyInstanceNorm, InstanceNorm2d):
    """An `InstanceNorm2d` that takes `num_features` from its first input.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.LazyInstanceNorm2d.html
    """

    cls_to_become = InstanceNorm2d


class LazyInstanceNorm3d(_LazyInstanceNorm, InstanceNorm3d):
    """An `InstanceNorm3d` that takes `num_features` from its first input.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.LazyInstanceNorm3d.html
    """

    cls_to_become = InstanceNorm3d
