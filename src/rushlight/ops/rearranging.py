"""Windows as columns and back, channels as pixels and back: `fold`, `unfold`, `pixel_shuffle`.

Each pair of rows is each other's derivative, for all of them only move or add up elements.
"""

from __future__ import annotations

import math
from typing import Any

from rushlight.engine import deferred, windows
from rushlight.engine.windows import Sliding
from rushlight.ops.arguments import need_tensor, one_for_each, widened
from rushlight.ops.op import composite, op
from rushlight.tensor.tensor import Tensor

_ROOM = "nn.functional."


# --- windows as columns


@op(name="_unfolded", face=False, method=False, node="Im2ColBackward0",
    input=lambda grad, input_shape, where: _folded(grad, input_shape[2:], where))  # type: ignore[has-type]
def _unfolded(input: Tensor, where: Sliding) -> Any:
    array = deferred.computed(input._array)
    seen = windows.look(array, where)
    return seen.reshape(
        len(array), array.shape[1] * math.prod(where.kernel), math.prod(seen.shape[4:])).copy()


@op(name="_folded", face=False, method=False, node="Col2ImBackward0",
    input=lambda grad, where: _unfolded(grad, where))
def _folded(input: Tensor, sizes: tuple[int, ...], where: Sliding) -> Any:
    array = deferred.computed(input._array)
    channels = array.shape[1] // math.prod(where.kernel)
    columns = widened(array).reshape(
        len(array), channels, *where.kernel, *where.places(sizes))
    return windows.add_up(columns, sizes, where).astype(array.dtype)


def _sliding(op: str, kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> Sliding:
    kernel, far, around, step = (one_for_each(op, name, value, 2) for name, value in (
        ("kernel_size", kernel_size), ("dilation", dilation), ("padding", padding),
        ("stride", stride)))
    if min(*kernel, *far, *step) <= 0 or min(around) < 0:
        raise RuntimeError(
            f"{op}(): kernel_size {kernel}, dilation {far} and stride {step} must be positive, "
            f"padding {around} not negative")
    return Sliding(kernel, step, tuple([(n, n) for n in around]), far)


@composite(name=_ROOM + "unfold", method=False)
def unfold(
    input: Tensor, kernel_size: Any, dilation: Any = 1, padding: Any = 0, stride: Any = 1
) -> Tensor:
    """The windows over an image as columns: (batch, channels * kernel elements, windows).

    input: (batch, channels, height, width), or without batch. kernel_size, dilation, padding,
    stride: an int or two. Raises RuntimeError where no window fits.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.unfold.html
    """
    array = need_tensor("unfold", "input", input)._array
    where = _sliding("unfold", kernel_size, dilation, padding, stride)
    if array.ndim not in (3, 4) or 0 in array.shape[-3:]:
        raise RuntimeError(
            "unfold(): input is (batch, channels, height, width), the batch left out or maybe "
            f"empty; its shape is {list(array.shape)}")
    if min(where.places(array.shape[-2:])) <= 0:
        raise RuntimeError(
            f"unfold(): a kernel of {where.kernel}, dilation {where.dilation}, does not fit into "
            f"{list(array.shape[-2:])} with padding {padding}")
    if array.ndim == 4:
        return _unfolded(input, where)
    return _unfolded(input.unsqueeze(0), where).squeeze(0)


@composite(name=_ROOM + "fold", method=False)
def fold(
    input: Tensor, output_size: Any, kernel_size: Any, dilation: Any = 1, padding: Any = 0,
    stride: Any = 1,
) -> Tensor:
    """Columns put back as windows of an image, and added where windows overlap.

    input: (batch, channels * kernel elements, windows), or without batch, as `unfold` gives.
    output_size: height and width. Raises RuntimeError where sizes do not fit.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.fold.html
    """
    array = need_tensor("fold", "input", input)._array
    where = _sliding("fold", kernel_size, dilation, padding, stride)
    sizes = one_for_each("fold", "output_size", output_size, 2)
    if array.ndim not in (2, 3) or 0 in array.shape[-2:]:
        raise RuntimeError(
            "fold(): input is (batch, channels * kernel elements, windows), or without batch; its "
            f"shape is {list(array.shape)}")
    places = where.places(sizes)
    if array.shape[-2] % math.prod(where.kernel):
        raise RuntimeError(
            f"fold(): {array.shape[-2]} rows do not make whole windows of {where.kernel}")
    if min(places) <= 0 or math.prod(places) != array.shape[-1]:
        raise RuntimeError(
            f"fold(): an image of {list(sizes)} has {list(places)} windows, and input of shape "
            f"{list(array.shape)} has {array.shape[-1]}")
    if array.ndim == 3:
        return _folded(input, sizes, where)
    return _folded(input.unsqueeze(0), sizes, where).squeeze(0)


# --- channels as pixels


def _factor(op: str, name: str, input: Any, factor: Any, dims: int = 3) -> int:
    array = need_tensor(op, "input", input)._array
    (found,) = one_for_each(op, name, factor, 1)
    if array.ndim < dims:
        raise RuntimeError(f"{op}(): input has at least {dims} dims, not {array.ndim}")
    if found <= 0:
        raise RuntimeError(f"{op}(): {name} must be positive, not {found}")
    return found


@op(name="pixel_shuffle", method=False, aliases=(_ROOM + "pixel_shuffle",),
    input=lambda grad, upscale_factor: pixel_unshuffle(grad, upscale_factor))  # type: ignore[has-type]
def pixel_shuffle(input: Tensor, upscale_factor: int) -> Any:
    """(..., channels * r * r, height, width) to (..., channels, height * r, width * r).

    Raises RuntimeError for channels that are no multiple of r * r.
    Source: Shi et al., 2016, https://arxiv.org/abs/1609.05158
    """
    r = _factor("pixel_shuffle", "upscale_factor", input, upscale_factor)
    array = deferred.computed(input._array)
    *outer, channels, height, width = array.shape
    if channels % (r * r):
        raise RuntimeError(
            f"pixel_shuffle(): {channels} channels (of {list(array.shape)}) are no multiple of "
            f"{r} * {r}")
    parts = array.reshape(*outer, channels // (r * r), r, r, height, width)
    n = len(outer)
    moved = parts.transpose(*range(n), n, n + 3, n + 1, n + 4, n + 2)
    return moved.reshape(*outer, channels // (r * r), height * r, width * r).copy()


@op(name="pixel_unshuffle", method=False, aliases=(_ROOM + "pixel_unshuffle",),
    input=lambda grad, downscale_factor: pixel_shuffle(grad, downscale_factor))
def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Any:
    """(..., channels, height * r, width * r) to (..., channels * r * r, height, width).

    Raises RuntimeError for sizes that are no multiples of r.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pixel_unshuffle.html
    """
    r = _factor("pixel_unshuffle", "downscale_factor", input, downscale_factor)
    array = deferred.computed(input._array)
    *outer, channels, height, width = array.shape
    if height % r or width % r:
        raise RuntimeError(
            f"pixel_unshuffle(): height and width of {list(array.shape)} are no multiples of {r}")
    parts = array.reshape(*outer, channels, height // r, r, width // r, r)
    n = len(outer)
    moved = parts.transpose(*range(n), n, n + 2, n + 4, n + 1, n + 3)
    return moved.reshape(*outer, channels * r * r, height // r, width // r).copy()


@op(name="native_channel_shuffle", method=False, aliases=(_ROOM + "native_channel_shuffle",),
    node="NativeChannelShuffleBackward0",
    input=lambda grad, input_shape, groups: native_channel_shuffle(grad, input_shape[1] // groups))  # type: ignore[has-type]
def native_channel_shuffle(input: Tensor, groups: int) -> Any:
    """`channel_shuffle` by its other name."""
    groups = _factor("channel_shuffle", "groups", input, groups)
    array = deferred.computed(input._array)
    if array.shape[1] % groups:
        raise RuntimeError(
            f"channel_shuffle(): {array.shape[1]} channels (of {list(array.shape)}) are no "
            f"multiple of {groups} groups")
    parts = array.reshape(len(array), groups, array.shape[1] // groups, *array.shape[2:])
    return parts.swapaxes(1, 2).reshape(array.shape).copy()


@composite(name="channel_shuffle", method=False, aliases=(_ROOM + "channel_shuffle",))
def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """The channels, in `groups` parts, dealt out: first the first of each part, and so on.

    input: (batch, channels, ...). Raises RuntimeError for channels that are no multiple of groups.
    Source: Zhang et al., 2017, https://arxiv.org/abs/1707.01083
    """
    return native_channel_shuffle(input, groups)
