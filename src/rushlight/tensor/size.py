"""`torch.Size`: a tuple of dimensions that prints its own name."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any


class Size(tuple[int, ...]):
    """The shape of a tensor. A tuple in every way, printed `torch.Size([2, 3])`."""

    __slots__ = ()

    def __new__(cls, dimensions: Iterable[int] = ()) -> Size:
        size = tuple.__new__(cls, dimensions)
        for each in size:
            if type(each) is not int and not hasattr(each, "__index__"):
                raise TypeError(f"Size is made of integers, not {type(each).__name__}")
        return size

    def numel(self) -> int:
        """How many elements a tensor of this shape holds."""
        return math.prod(self)

    def __repr__(self) -> str:
        return f"torch.Size([{', '.join(map(str, self))}])"

    def __getitem__(self, key: Any) -> Any:
        found = tuple.__getitem__(self, key)
        return Size(found) if isinstance(key, slice) else found

    def __add__(self, other: Any) -> Size:
        return Size(tuple.__add__(self, tuple(other)))

    def __radd__(self, other: Any) -> Size:
        return Size(other + tuple(self)) if isinstance(other, tuple) else NotImplemented

    def __mul__(self, times: Any) -> Size:
        return Size(tuple.__mul__(self, times))

    __rmul__ = __mul__

    def __reduce__(self) -> Any:
        return _size_of, (tuple(self),)  # `torch.Size` may not be found again


Size.__module__ = "torch"


def _size_of(dimensions: tuple[int, ...]) -> Size:
    """An unpickled size."""
    return Size(dimensions)
