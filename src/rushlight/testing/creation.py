"""`make_tensor`: a random tensor for a test."""

from __future__ import annotations

from typing import Any

from rushlight.ops.arguments import size_of
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Tensor


def make_tensor(
    *shape: Any, dtype: dtypes.dtype, device: Any, low: float | None = None,
    high: float | None = None, requires_grad: bool = False, noncontiguous: bool = False,
    exclude_zero: bool = False, memory_format: Any = None,
) -> Tensor:
    """A tensor of uniform values in [low, high) (floats by default [-9, 9), integers [-9, 10)).

    Raises ValueError for an empty interval. Values come from the global generator.
    """
    import rushlight as torch

    size = size_of(shape)
    chosen = dtypes.as_dtype(dtype)
    made: Any
    bottom, top = _interval(chosen, low, high)
    if chosen.category <= dtypes.INTEGER:
        made = torch.randint(int(bottom), int(top), size, dtype=torch.int64).to(chosen)
    else:
        made = _uniform(size, chosen, bottom, top)
    if exclude_zero:
        made = torch.where(made == 0, torch.ones_like(made), made)
    made = made.to(device)
    if noncontiguous and made.numel() > 1:
        made = torch.repeat_interleave(made, 2, dim=-1)[..., ::2]
    if requires_grad and chosen.category < dtypes.FLOATING:
        raise ValueError(f"requires_grad needs a floating-point or complex dtype, not {dtype}")
    return made.requires_grad_(requires_grad) if requires_grad else made


def _interval(dtype: dtypes.dtype, low: float | None, high: float | None) -> tuple[float, float]:
    if dtype.category == dtypes.BOOL:
        default: tuple[float, float] = (0, 2)
    elif dtype.category == dtypes.INTEGER:
        default = (-9 if dtype.is_signed else 0, 10)
    else:
        default = (-9, 9)
    bottom = default[0] if low is None else low
    top = default[1] if high is None else high
    if not bottom < top:
        raise ValueError(f"make_tensor(): low must be below high, not {bottom} and {top}")
    return bottom, top


def _uniform(size: tuple[int, ...], dtype: dtypes.dtype, low: float, high: float) -> Any:
    import rushlight as torch

    wide = torch.empty(size, dtype=torch.float64).uniform_(low, high)
    if dtype.is_complex:
        return torch.complex(wide, torch.empty(size, dtype=torch.float64).uniform_(low, high)).to(
            dtype)
    return wide.to(dtype)
