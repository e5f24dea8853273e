"""Images looked at through a grid of places: `affine_grid`, `grid_sample`.

A place is (x, y) or (x, y, z), -1 and 1 at the edges. What lies between pixels is made of those
around: each corner is gathered and weighted by ops, so gradients of any order come by themselves.
"""

from __future__ import annotations

import itertools
import math
import warnings
from typing import Any

import numpy as np

from rushlight.ops.arguments import need_tensor
from rushlight.ops.op import FACE, composite
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Tensor, wrap

_ROOM = "nn.functional."


def _base(count: int, align: bool, dtype: Any) -> Any:
    """The places of so many pixels along a dim."""
    if count == 1:
        return np.zeros(1, dtype)
    found = np.linspace(-1, 1, count, dtype=dtype)
    return found if align else (found * (count - 1) / count).astype(dtype)


@composite(name=_ROOM + "affine_grid", method=False, looks=True)
def affine_grid(theta: Tensor, size: Any, align_corners: bool | None = None) -> Tensor:
    """The places that affine maps take the pixels of an image to, for `grid_sample`.

    theta: (batch, 2, 3) for size (batch, channels, height, width), giving (batch, height, width,
    2); or (batch, 3, 4) and a depth more. Raises ValueError for other shapes.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.affine_grid.html
    """
    array = need_tensor("affine_grid", "theta", theta)._array
    if array.dtype.kind != "f" and dtypes.of(array.dtype).category != dtypes.FLOATING:
        raise ValueError(f"affine_grid(): theta must be floating point, not {theta.dtype}")
    sizes = tuple([each.__index__() for each in size])
    dims = len(sizes) - 2
    if dims not in (2, 3):
        raise NotImplementedError(
            f"affine_grid(): size has 4 numbers for images or 5 for volumes, not {list(sizes)}")
    if array.shape[-2:] != (dims, dims + 1) or array.ndim != 3:
        raise ValueError(
            f"affine_grid(): theta for size {list(sizes)} is (batch, {dims}, {dims + 1}), not "
            f"{list(array.shape)}")
    if min(sizes) <= 0:
        raise ValueError(f"affine_grid(): sizes must be positive, not {list(sizes)}")
    if align_corners is None:
        _warn("affine_grid")
    kind = array.dtype if array.dtype.kind == "f" else np.dtype(np.float32)
    axes = [_base(n, bool(align_corners), kind) for n in sizes[2:]]
    mesh = np.meshgrid(*axes, indexing="ij")[::-1]  # x, the last dim, stands first
    points = np.stack([*mesh, np.ones_like(mesh[0])], -1).reshape(-1, dims + 1)
    rows: Any = wrap(points.astype(array.dtype))
    return (rows @ theta.transpose(1, 2)).reshape((array.shape[0], *sizes[2:], dims))


def _warn(op: str) -> None:
    warnings.warn(
        f"{op}(): align_corners is taken as False, which older programs may not expect: give it",
        stacklevel=4)


def _unnormalized(place: Any, size: int, align: bool) -> Any:
    """From -1 .. 1 to pixels."""
    if align:
        return (place + 1) * ((size - 1) / 2)
    return ((place + 1) * size - 1) / 2


def _reflected(place: Any, low: float, high: float) -> Any:
    """The place with all beyond two walls turned back between them."""
    if low == high:
        return place * 0
    width = high - low
    away = (place - low).abs()
    rest = away.fmod(width)
    turns = (away.detach() / width).floor()
    return FACE["where"](turns % 2 == 0, rest + low, high - rest)


def _limited(place: Any, size: int, padding_mode: str, align: bool) -> Any:
    """What a place beyond the image counts as."""
    if padding_mode == "reflection":
        edges = (0, size - 1) if align else (-0.5, size - 0.5)
        place = _reflected(place, *edges)
    if padding_mode in ("border", "reflection"):
        place = place.clamp(0, size - 1)
    return place


class _Image:
    """An input whose pixels are picked: (batch, channels, all pixels)."""

    def __init__(self, input: Any) -> None:
        self.sizes = tuple(input._array.shape[2:])
        batch, channels = input._array.shape[:2]
        self.flat = input.reshape((batch, channels, math.prod(self.sizes)))

    def pixels(self, index: list[Any]) -> Tensor:
        """The pixels at whole places (an array for each dim), zeros beyond: (batch, channels, ...).
        """
        at: Any = 0
        inside: Any = True
        for each, size in zip(index, self.sizes, strict=True):
            inside = inside & (each >= 0) & (each < size)
            at = at * size + np.clip(each, 0, size - 1)
        shape = at.shape
        channels = self.flat._array.shape[1]
        at = np.broadcast_to(
            at.reshape(shape[0], 1, -1), (shape[0], channels, math.prod(shape[1:])))
        found: Any = self.flat.gather(-1, wrap(np.ascontiguousarray(at)))
        found = found.reshape((shape[0], channels, *shape[1:]))
        if inside.all():
            return found
        return found.masked_fill(wrap(~inside[:, None]), 0)


def _whole(place: Any) -> Any:
    """Places as integers; what is no number, or far beyond, counts as beyond."""
    array = np.asarray(place, np.float64)
    return np.where(np.abs(array) < 2**40, array, -(2**40)).astype(np.int64)


def _linear(image: _Image, places: list[Any]) -> Tensor:
    low = [each.detach().floor() for each in places]
    share = [each - down for each, down in zip(places, low, strict=True)]
    whole = [_whole(each._array) for each in low]
    made: Any = None
    for corner in itertools.product((0, 1), repeat=len(places)):
        weight: Any = 1
        for up, each in zip(corner, share, strict=True):
            weight = weight * (each if up else 1 - each)
        found = image.pixels([each + up for each, up in zip(whole, corner, strict=True)])
        part = found * weight.unsqueeze(1)
        made = part if made is None else made + part
    return made


def _cubic_weights(share: Any) -> list[Any]:
    """The weights of the four pixels around, for a sharpness of -0.75."""
    a = -0.75
    far, near = share + 1, 1 - share
    return [
        ((a * far - 5 * a) * far + 8 * a) * far - 4 * a,
        ((a + 2) * share - (a + 3)) * share * share + 1,
        ((a + 2) * near - (a + 3)) * near * near + 1,
        ((a * (near + 1) - 5 * a) * (near + 1) + 8 * a) * (near + 1) - 4 * a,
    ]


def _cubic(image: _Image, places: list[Any], padding_mode: str, align: bool) -> Tensor:
    low = [each.detach().floor() for each in places]
    weights = [_cubic_weights(each - down) for each, down in zip(places, low, strict=True)]
    made: Any = None
    for taps in itertools.product(range(4), repeat=2):
        index = [
            _whole(_limited(down + (tap - 1), size, padding_mode, align)._array)
            for down, tap, size in zip(low, taps, image.sizes, strict=True)]
        part = image.pixels(index) * (weights[0][taps[0]] * weights[1][taps[1]]).unsqueeze(1)
        made = part if made is None else made + part
    return made


def _check(input: Any, grid: Any, mode: str, padding_mode: str) -> None:
    if mode not in ("bilinear", "nearest", "bicubic"):
        raise ValueError(
            f"grid_sample(): mode is 'bilinear', 'nearest' or 'bicubic', not {mode!r}")
    if padding_mode not in ("zeros", "border", "reflection"):
        raise ValueError(
            "grid_sample(): padding_mode is 'zeros', 'border' or 'reflection', not "
            f"{padding_mode!r}")
    a, g = (need_tensor("grid_sample", *each)._array for each in (
        ("input", input), ("grid", grid)))
    dims = a.ndim - 2
    if dims not in (2, 3) or g.ndim != a.ndim or g.shape[-1] != dims or len(a) != len(g):
        raise RuntimeError(
            "grid_sample(): input is (batch, channels, height, width) and grid (batch, height, "
            f"width, 2), or both with a depth more; their shapes are {list(a.shape)} and "
            f"{list(g.shape)}")
    if a.dtype != g.dtype:
        raise RuntimeError(
            f"grid_sample(): input is {input.dtype} and grid {grid.dtype}: they need one dtype")
    if 0 in a.shape[1:]:
        raise RuntimeError(f"grid_sample(): input of shape {list(a.shape)} has no pixels")
    if mode == "bicubic" and dims == 3:
        raise RuntimeError("grid_sample(): mode 'bicubic' is for images, not for volumes")


@composite(name=_ROOM + "grid_sample", method=False, looks=True)
def grid_sample(
    input: Tensor, grid: Tensor, mode: str = "bilinear", padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Tensor:
    """The input at the places of a grid.

    input: (batch, channels, height, width). grid: (batch, height out, width out, 2), of (x, y)
    from -1 to 1; both may have a depth more. mode: 'bilinear', 'nearest', 'bicubic'. padding_mode:
    what stands beyond the edges, 'zeros', the 'border' or a 'reflection'. align_corners: whether
    -1 and 1 are the middles of the outermost pixels, or their outer edges.
    Raises ValueError for other words, RuntimeError for shapes that do not fit.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.grid_sample.html
    """
    _check(input, grid, mode, padding_mode)
    if align_corners is None:
        _warn("grid_sample")
    align = bool(align_corners)
    dtype = input.dtype
    if dtype.itemsize < 4:
        return grid_sample(
            input.float(), grid.float(), mode, padding_mode, align).to(dtype)
    image = _Image(input)
    parts: Any = grid.unbind(-1)
    places = [_unnormalized(each, size, align)
              for each, size in zip(parts[::-1], image.sizes, strict=True)]
    if mode == "bicubic":
        return _cubic(image, places, padding_mode, align)
    places = [_limited(each, size, padding_mode, align)
              for each, size in zip(places, image.sizes, strict=True)]
    if mode == "nearest":
        whole = [_whole(each.detach().round()._array) for each in places]
        nothing = places[0].unsqueeze(1) * 0 if grid.requires_grad else 0
        return image.pixels(whole) + nothing
    return _linear(image, places)


_MODES = ("bilinear", "nearest", "bicubic")
_PADDINGS = ("zeros", "border", "reflection")


def _sampler(name: str) -> None:
    def grid_sampler(
        input: Tensor, grid: Tensor, interpolation_mode: int, padding_mode: int,
        align_corners: bool,
    ) -> Tensor:
        return grid_sample(
            input, grid, _MODES[interpolation_mode], _PADDINGS[padding_mode], align_corners)

    grid_sampler.__doc__ = "`grid_sample` with its modes as numbers."
    composite(name=name, method=False)(grid_sampler)


for _name in ("grid_sampler", "grid_sampler_2d", "grid_sampler_3d"):
    _sampler(_name)


@composite(method=False)
def affine_grid_generator(theta: Tensor, size: Any, align_corners: bool) -> Tensor:
    """`affine_grid` with align_corners always given."""
    return affine_grid(theta, size, align_corners)
