"""Layers that take windows out of images and put them back."""

from __future__ import annotations

from typing import Any

from rushlight.nn.modules.settings import Settings


class Fold(Settings):
    """`fold` with these settings.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Fold.html
    """

    function = "fold"
    output_size: Any
    kernel_size: Any
    dilation: Any = 1
    padding: Any = 0
    stride: Any = 1


class Unfold(Settings):
    """`unfold` with these settings.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Unfold.html
    """

    function = "unfold"
    kernel_size: Any
    dilation: Any = 1
    padding: Any = 0
    stride: Any = 1
