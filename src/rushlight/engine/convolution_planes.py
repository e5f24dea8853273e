"""How operands of a convolution lie for its loops: planes with the padding in them.

An operand that is slid over lies in *planes*, one for each sample and channel. Where the kernel
moves in strides, elements a stride apart are made neighbours: a plane has a part for each residue.
Then a tap of the kernel is one distance from any place to what it sees there. Memory that lies so
already is used as it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rushlight.engine import convolution_kernels as kernels
from rushlight.engine import memory
from rushlight.engine.share import share

if TYPE_CHECKING:
    from rushlight.engine.convolution import Geometry

Array = np.ndarray[Any, Any]
Three = tuple[int, int, int]
DIMS = 3
TYPES = {"f": "float", "d": "double"}
_SCRATCH = 1 << 23  # bytes of planes that are laid out at once
_TURN = 1 << 14  # elements to one turn of a thread
_MOST = 512  # plans that are kept
_plans: dict[Any, Any] = {}


def planned(make: Callable[..., Any], a: Array, b: Array, *rest: Any) -> Any:
    """What `make` gives for the layouts of two operands, and the rest; kept for the next such."""
    key = (make, a.dtype.char, a.shape, a.strides, b.shape, b.strides, *rest)
    plan = _plans.get(key)
    if plan is None:
        if len(_plans) >= _MOST:
            _plans.clear()
        plan = _plans[key] = make(seen_of(a), seen_of(b), *rest)
    return plan


class Seen(NamedTuple):
    """An operand's layout: three trailing dims, missing ones of size 1. Strides in bytes."""

    type: str
    itemsize: int
    outer: tuple[int, int]
    outer_strides: tuple[int, int]
    sizes: Three
    strides: Three


def three(values: Sequence[Any], fill: Any) -> Any:
    """The values of the trailing dims as those of three: `fill` goes before them."""
    return (*(fill,) * (DIMS - len(values)), *values)


def seen_of(array: Array) -> Seen:
    """The layout of this array."""
    (batch, channels), (over_batch, over_channels) = array.shape[:2], array.strides[:2]
    return Seen(
        TYPES[array.dtype.char], array.itemsize, (batch, channels), (over_batch, over_channels),
        three(array.shape[2:], 1), three(array.strides[2:], 0))


def row_major(type: str, itemsize: int, shape: Sequence[int]) -> Seen:
    """The layout of a new array."""
    strides = [itemsize]
    for n in reversed(shape[1:]):
        strides.insert(0, strides[0] * n)
    return Seen(type, itemsize, (shape[0], shape[1]), (strides[0], strides[1]),
                three(shape[2:], 1), three(strides[2:], 0))


class Steps(NamedTuple):
    """The geometry over three dims."""

    stride: Three
    low: Three
    dilation: Three
    groups: int


def steps_of(geometry: Geometry) -> Steps:
    """How this convolution goes over its input."""
    return Steps(
        three(geometry.stride, 1), three([low for low, _ in geometry.padding], 0),
        three(geometry.dilation, 1), geometry.groups)


class Planes:
    """An operand's planes: where they are in its own memory, or how they are copied out of it.

    low: how many zeros stand before each dim. residues: which elements, modulo `stride`, there is a
    part for. places: the sizes of each part. beyond: how many zeros stand behind each part; 0 if
    anything may. pitches: in bytes, of the three dims of a part.
    """

    def __init__(
        self, source: Seen, low: Three, stride: Three, residues: Sequence[Sequence[int]],
        places: Three, beyond: int = 0,
    ) -> None:
        self.source, self.residues = source, residues
        size = source.itemsize
        behind = places[2] - low[2] - source.sizes[2]
        if stride[2] == 1 and 0 < behind <= low[2]:
            # The zeros behind a row are those before the next one; behind the last, of a row more.
            places = (places[0], places[1], places[2] - behind)
            beyond += behind
        if beyond:
            places = (places[0], places[1] + -(-beyond // places[2]), places[2])
        _, down, across = source.strides
        fits = all(p <= n for p, n in zip(places, source.sizes, strict=True))
        rows = source.sizes[2] == 1 or across == size
        self.copied = beyond > 0 or not (
            stride == (1, 1, 1) and low == (0, 0, 0) and fits and rows
            and all(each >= 0 and each % size == 0 for each in source.strides)
            and (source.sizes[1] == 1 or down >= places[2] * size))
        if not self.copied:
            self.pitches: Three = (source.strides[0], down, size)
            self.sample, self.channel = source.outer_strides
            return
        part = math.prod(places) * size
        self.part = part
        plane = -(-part * math.prod(map(len, residues)) // 64) * 64
        # Planes that begin in one and the same part of the first cache would push each other out.
        self.channel = plane + 64 * (plane // 64 % 2 == 0)
        self.sample = self.channel * source.outer[1]
        self.pitches = (places[1] * places[2] * size, places[2] * size, size)
        order = ("z", "y", "x")
        numbers = {
            "channels": source.outer[1], "sample": source.outer_strides[0],
            "channel": source.outer_strides[1], "plane": self.channel}
        numbers |= dict(zip(("deep", "down", "across"), source.strides, strict=True))
        for name, values in (("sizes", source.sizes), ("low", low), ("step", stride),
                             ("places", places), ("count", [len(each) for each in residues])):
            numbers |= {f"{name}_{dim}": n for dim, n in zip(order, values, strict=True)}
        self.numbers = kernels.PLANES.ordered(numbers)
        self.kernel = kernels.planes(source.type, across == size and stride[2] == 1)
        self.table = np.array([r for each in residues for r in each], np.int64)
        self.grain = max(1, _TURN * size // plane)

    def offset(self, tap: Sequence[tuple[int, int]]) -> int:
        """How far a tap is from its places: (residue, how many strides further) for each dim."""
        at = sum(pitch * further for pitch, (_, further) in zip(self.pitches, tap, strict=True))
        if self.copied:
            part = 0
            for residues, (residue, _) in zip(self.residues, tap, strict=True):
                part = part * len(residues) + residues.index(residue)
            at += part * self.part
        return at

    def room(self, samples: int) -> int:
        """How many samples are laid out at once."""
        return max(1, min(samples, _SCRATCH // self.sample)) if self.copied else samples

    def laid(self, array: Array) -> Array:
        """The planes of these samples."""
        if not self.copied:
            return array
        made = memory.empty((len(array) * self.sample,), np.dtype(np.uint8))
        share(self.kernel, len(array) * self.source.outer[1], self.grain, array, made, self.table,
              *self.numbers)
        return made


def residues_of(
    kernel: Three, steps: Steps
) -> tuple[list[list[tuple[int, int]]], list[list[int]]]:
    """For each dim, the taps as (residue, how many strides further), and which residues occur."""
    taps = [[divmod(k * far, step)[::-1] for k in range(n)] for n, far, step in zip(
        kernel, steps.dilation, steps.stride, strict=True)]
    return taps, [sorted({residue for residue, _ in each}) for each in taps]


class Runs(NamedTuple):
    """Places as runs: how many, in two dims, and how long; of each `pitch` places of a run the
    first `inside` are wanted."""

    deep: int
    rows: int
    length: int
    pitch: int
    inside: int
