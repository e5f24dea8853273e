"""Layers that make pixels of channels and back."""

from __future__ import annotations

from rushlight.nn.modules.settings import Settings


class PixelShuffle(Settings):
    """`pixel_shuffle` by this factor.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.PixelShuffle.html
    """

    function = "pixel_shuffle"
    upscale_factor: int


class PixelUnshuffle(Settings):
    """`pixel_unshuffle` by this factor.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.PixelUnshuffle.html
    """

    function = "pixel_unshuffle"
    downscale_factor: int
