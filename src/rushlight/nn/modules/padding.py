"""Layers that put more elements around their input."""

from __future__ import annotations

from typing import Any, ClassVar

from rushlight.nn import functional as F
from rushlight.nn.modules.conv import as_tuple
from rushlight.nn.modules.module import Module
from rushlight.tensor.tensor import Tensor


class _Pad(Module):
    """`pad` with this mode. padding: an int for all sides, or two for each dim, the last first."""

    dims: ClassVar[int]
    mode: ClassVar[str] = "constant"

    def __init__(self, padding: Any) -> None:
        super().__init__()
        self.padding = as_tuple(padding, 2 * self.dims)

    def forward(self, input: Tensor) -> Tensor:
        """The input with more around it."""
        return F.pad(input, self.padding, self.mode)

    def extra_repr(self) -> str:
        """The padding."""
        return f"{self.padding}"


class _ConstantPad(_Pad):
    def __init__(self, padding: Any, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        """The input with the value around it."""
        return F.pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        """The padding and the value."""
        return f"padding={self.padding}, value={self.value}"


class ConstantPad1d(_ConstantPad):
    """The last dim with `value` before and behind it."""

    dims = 1


class ConstantPad2d(_ConstantPad):
    """The last two dims with `value` around them."""

    dims = 2


class ConstantPad3d(_ConstantPad):
    """The last three dims with `value` around them."""

    dims = 3


class _ZeroPad(_ConstantPad):
    def __init__(self, padding: Any) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        """The padding."""
        return f"{self.padding}"


class ZeroPad1d(_ZeroPad, ConstantPad1d):
    """The last dim with zeros before and behind it."""


class ZeroPad2d(_ZeroPad, ConstantPad2d):
    """The last two dims with zeros around them."""


class ZeroPad3d(_ZeroPad, ConstantPad3d):
    """The last three dims with zeros around them."""


class ReflectionPad1d(_Pad):
    """The last dim with its own elements, mirrored at the first and the last, around it."""

    dims, mode = 1, "reflect"


class ReflectionPad2d(_Pad):
    """The last two dims with their own elements, mirrored, around them."""

    dims, mode = 2, "reflect"


class ReflectionPad3d(_Pad):
    """The last three dims with their own elements, mirrored, around them."""

    dims, mode = 3, "reflect"


class ReplicationPad1d(_Pad):
    """The last dim with its first element before it and its last one behind."""

    dims, mode = 1, "replicate"


class ReplicationPad2d(_Pad):
    """The last two dims with their outermost elements around them."""

    dims, mode = 2, "replicate"


class ReplicationPad3d(_Pad):
    """The last three dims with their outermost elements around them."""

    dims, mode = 3, "replicate"


class CircularPad1d(_Pad):
    """The last dim with its end before it and its beginning behind."""

    dims, mode = 1, "circular"


class CircularPad2d(_Pad):
    """The last two dims with what comes round around them."""

    dims, mode = 2, "circular"


class CircularPad3d(_Pad):
    """The last three dims with what comes round around them."""

    dims, mode = 3, "circular"
