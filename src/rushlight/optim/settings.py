"""Settings that optimisers share, and what is wrong with some."""

from __future__ import annotations

from typing import Any

from rushlight.ops.op import FACE
from rushlight.tensor.dtypes import float32
from rushlight.tensor.tensor import Tensor

full, full_like, where, zeros_like = (
    FACE[each] for each in ("full", "full_like", "where", "zeros_like"))


def number(value: Any) -> Any:
    """A setting as a Python number: a learning rate may be a tensor of one element."""
    return value.item() if isinstance(value, Tensor) else value


def need_at_least_zero(**values: Any) -> None:
    """ValueError for a negative or nan setting."""
    for name, value in values.items():
        if not number(value) >= 0.0:
            raise ValueError(f"{name} must be at least 0, not {value}")


def need_betas(betas: Any) -> None:
    """ValueError unless each of the betas is in [0, 1)."""
    for i, beta in enumerate(betas):
        if not 0.0 <= number(beta) < 1.0:
            raise ValueError(f"betas[{i}] must be at least 0 and below 1, not {beta}")


def ways(
    foreach: bool | None, differentiable: bool, *, fused: bool | None = False,
    capturable: bool = False,
) -> None:
    """RuntimeError for ways of running a step that exclude each other.

    They choose between PyTorch's implementations; here there is one, which does not care.
    """
    if fused and (foreach or differentiable):
        other = "foreach" if foreach else "differentiable"
        raise RuntimeError(f"fused and {other} can't both be True")


def zero_step() -> Tensor:
    """The number of steps so far, as PyTorch keeps it: a float32 tensor."""
    return full((), 0.0, dtype=float32)
