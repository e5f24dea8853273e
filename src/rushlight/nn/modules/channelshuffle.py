"""A layer that deals channels out."""

from __future__ import annotations

from rushlight.nn.modules.settings import Settings


class ChannelShuffle(Settings):
    """`channel_shuffle` with so many groups.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.ChannelShuffle.html
    """

    function = "channel_shuffle"
    groups: int
