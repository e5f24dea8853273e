"""Weights of convolutions in another order in memory: accepted, and left as they are.

Our convolutions choose the order that suits them, so there is nothing to gain.
"""

from __future__ import annotations

from typing import Any


def convert_conv2d_weight_memory_format(module: Any, memory_format: Any) -> Any:
    """The module, as it is."""
    return module


def convert_conv3d_weight_memory_format(module: Any, memory_format: Any) -> Any:
    """The module, as it is."""
    return module
