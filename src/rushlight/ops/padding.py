"""More elements around an input: `nn.functional.pad`, in all its modes.

Pairs of numbers, for the last dim first, say how many stand before and behind; negative ones take
elements away.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rushlight.engine import deferred, resampling
from rushlight.ops.arguments import need_tensor
from rushlight.ops.assign import number_for
from rushlight.ops.op import composite, op
from rushlight.ops.resampling import resampled_beside
from rushlight.tensor.tensor import Array, Tensor


def _pairs(pad: Any) -> tuple[int, ...]:
    given = pad if isinstance(pad, (tuple, list)) else (pad,)
    for each in given:
        if isinstance(each, bool) or not hasattr(each, "__index__"):
            raise TypeError(f"pad(): pad is made of ints, not {type(each).__name__}")
    return tuple([each.__index__() for each in given])


@op(name="constant_pad_nd", method=False, input=lambda grad, pad:
    constant_pad_nd(grad, [-each for each in _pairs(pad)]))  # type: ignore[has-type]
def constant_pad_nd(input: Tensor, pad: Any, value: Any = 0) -> Any:
    """The input with `value` around it. pad: (before, behind) for the last dim, then for others.

    Raises RuntimeError for an odd number of them, for too many, and for sizes below 0.
    """
    array, pairs = deferred.computed(input._array), _pairs(pad)
    if len(pairs) % 2 or len(pairs) > 2 * array.ndim:
        raise RuntimeError(
            f"pad(): pad has a number before and one behind for each dim, at most "
            f"{2 * array.ndim} for an input of {array.ndim} dims, not {len(pairs)}")
    around = [(0, 0)] * (array.ndim - len(pairs) // 2)
    around += [(pairs[i], pairs[i + 1]) for i in range(len(pairs) - 2, -1, -2)]
    sizes = [n + low + high for n, (low, high) in zip(array.shape, around, strict=True)]
    if min(sizes, default=0) < 0:
        raise RuntimeError(
            f"pad(): {list(pairs)} takes away more than there is of a shape {list(array.shape)}")
    made = np.full(sizes, number_for(value, array.dtype), array.dtype)
    to = [slice(max(low, 0), n - max(high, 0)) for n, (low, high) in zip(
        sizes, around, strict=True)]
    source = [slice(max(-low, 0), n - max(-high, 0)) for n, (low, high) in zip(
        array.shape, around, strict=True)]
    made[tuple(to)] = array[tuple(source)]
    return made


_TITLES = {"reflect": "ReflectionPad", "replicate": "ReplicationPad", "circular": "CircularPad"}


def _places(mode: str, size: int, low: int, high: int) -> Array:
    """Which element each place of a padded dim holds."""
    if mode == "circular":  # what is taken away does not come round
        kept = np.arange(max(-low, 0), size - max(-high, 0))
        return kept[np.arange(-max(low, 0), len(kept) + max(high, 0)) % max(len(kept), 1)]
    at = np.arange(-low, size + high)
    if mode == "replicate":
        return at.clip(0, size - 1)
    return size - 1 - np.abs(size - 1 - np.abs(at))


def _refuse(mode: str, sizes: Sequence[int], size: int, low: int, high: int) -> None:
    """The limits of each mode."""
    if mode == "reflect" and (low >= size or high >= size):
        why = "what is reflected must be less than there is"
    elif mode == "circular" and (low > size or high > size):
        why = "it would go round more than once"
    elif size == 0 or size + low + high < (0 if mode == "circular" else 1):
        why = "there would be nothing left" if size else "there is nothing to repeat"
    else:
        return
    raise RuntimeError(
        f"pad(): mode {mode!r} can't put {low} before and {high} behind a dim of size {size} (of "
        f"{list(sizes)}): {why}")


@composite(name="nn.functional.pad", method=False)
def pad(input: Tensor, pad: Any, mode: str = "constant", value: Any = None) -> Tensor:
    """The input with more elements around it.

    pad: how many before and how many behind, for the last dim, then for the one before it and so
    on; negative numbers take away. mode: 'constant', with `value` (0); 'reflect', 'replicate' or
    'circular', for the last 1, 2 or 3 dims of an input with one or two dims more.
    Raises RuntimeError or NotImplementedError for a pad that does not fit.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pad.html
    """
    array = need_tensor("pad", "input", input)._array
    if mode == "constant":
        return constant_pad_nd(input, pad, 0 if value is None else value)
    if mode not in _TITLES:
        raise NotImplementedError(f"pad(): mode is 'constant' or of {list(_TITLES)}, not {mode!r}")
    if value is not None and value != 0:
        raise ValueError(f"pad(): mode {mode!r} repeats what there is and takes no value")
    pairs = _pairs(pad)
    dims = len(pairs) // 2
    if len(pairs) % 2 or dims not in (1, 2, 3) or array.ndim not in (dims + 1, dims + 2):
        raise NotImplementedError(
            f"pad(): mode {mode!r} takes 2, 4 or 6 numbers for the last 1, 2 or 3 dims of an input "
            f"with one or two more; it has {array.ndim}, pad has {len(pairs)}")
    sizes = array.shape[-dims:]
    indices: list[Array | None] = []
    for i, size in enumerate(sizes):
        low, high = pairs[2 * (dims - i) - 2 : 2 * (dims - i)]
        _refuse(mode, sizes, size, low, high)
        indices.append(_places(mode, size, low, high) if low or high else None)
    tables = resampling.gathering(sizes, indices)
    return resampled_beside(input, tables, f"{_TITLES[mode]}{dims}DBackward0")
