"""Layers that only see their input in another shape: `Flatten`, `Unflatten`."""

from __future__ import annotations

from typing import Any

from rushlight.nn.modules.module import Module
from rushlight.tensor.tensor import Tensor


class Flatten(Module):
    """Makes one dim of all from `start_dim` to `end_dim`; as it stands, of all but the first.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Flatten.html
    """

    start_dim: int
    end_dim: int

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim, self.end_dim = start_dim, end_dim

    def forward(self, input: Tensor) -> Tensor:
        """The input, with fewer dims."""
        return input.flatten(self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        """The dims."""
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Unflatten(Module):
    """Makes several dims of one: dim `dim` becomes dims of the sizes `unflattened_size`.

    One size may be -1, which stands for what is left. TypeError for sizes that are no ints.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Unflatten.html
    """

    dim: int
    unflattened_size: Any

    def __init__(self, dim: int, unflattened_size: Any) -> None:
        super().__init__()
        if not isinstance(unflattened_size, (tuple, list)):
            raise TypeError(
                f"unflattened_size is a tuple of ints, not a {type(unflattened_size).__name__}")
        for i, each in enumerate(unflattened_size):
            if not isinstance(each, int):
                raise TypeError(
                    f"unflattened_size is a tuple of ints, and entry {i} is a "
                    f"{type(each).__name__}")
        self.dim, self.unflattened_size = dim, unflattened_size

    def forward(self, input: Tensor) -> Tensor:
        """The input, with more dims."""
        return input.unflatten(self.dim, self.unflattened_size)

    def extra_repr(self) -> str:
        """The dim and the sizes."""
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"
