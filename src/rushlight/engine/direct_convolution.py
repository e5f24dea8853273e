"""Convolution by loops of our own: how arrays are laid out for them, and what is done in which
order.

An operand that is slid over lies in *planes*, one for each sample and channel, with the padding in
them. Where the kernel moves in strides, elements a stride apart are made neighbours: a plane has a
part for each residue. Then a tap of the kernel is one distance from any place to what it sees
there, and a row of places, or a whole plane of them, is one long run (`convolution_kernels.py`).
Runs over whole planes pass places that are not wanted, at the ends of rows; `_runs` weighs that.

The transpose for the input is a product as well: places of the input a stride apart see the same
taps, so each residue is a convolution of the gradient with a part of the kernel.

A plan is made for operands of given shapes and strides, and kept. Nothing in it depends on how many
threads there are, nor does the result.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rushlight.engine import convolution_kernels as kernels
from rushlight.engine import memory, native
from rushlight.engine.share import share

if TYPE_CHECKING:
    from rushlight.engine.convolution import Geometry

Array = np.ndarray[Any, Any]
_TYPES = {"f": "float", "d": "double"}
_DIMS = 3
_SCRATCH = 1 << 23  # bytes of planes that are laid out at once
_NEAR = 1 << 19  # bytes of planes that stay in the second cache
_ITEMS = 16  # as many parts of the work there should be
_TURN = 1 << 20  # multiplications to one turn of a thread
_ENTRIES = 256  # of a table
_CHUNK = 64  # vectors to a short sum of the gradient of weights
_TILES = 1 << 18  # bytes of such sums that wait in memory
_MOST = 512  # plans that are kept
_plans: dict[Any, Any] = {}


def available(a: Array, b: Array) -> bool:
    """Whether these loops know such operands."""
    return (
        a.dtype == b.dtype and a.dtype.char in _TYPES and a.ndim <= 2 + _DIMS and native.available()
        and a.size > 0 and b.size > 0)


def _planned(make: Callable[..., Any], a: Array, b: Array, *rest: Any) -> Any:
    key = (make, a.dtype.char, a.shape, a.strides, b.shape, b.strides, *rest)
    plan = _plans.get(key)
    if plan is None:
        if len(_plans) >= _MOST:
            _plans.clear()
        plan = _plans[key] = make(_seen(a), _seen(b), *rest)
    return plan


# --- arrays of three trailing dims

Three = tuple[int, int, int]


class _Seen(NamedTuple):
    """An operand's layout: three trailing dims, missing ones of size 1. Strides in bytes."""

    type: str
    itemsize: int
    outer: tuple[int, int]
    outer_strides: tuple[int, int]
    sizes: Three
    strides: Three


def _three(values: Sequence[Any], fill: Any) -> Any:
    return (*(fill,) * (_DIMS - len(values)), *values)


def _seen(array: Array) -> _Seen:
    return _Seen(
        _TYPES[array.dtype.char], array.itemsize, array.shape[:2], array.strides[:2],
        _three(array.shape[2:], 1), _three(array.strides[2:], 0))


def _row_major(type: str, itemsize: int, shape: Sequence[int]) -> _Seen:
    """The layout of a new array."""
    strides = [itemsize]
    for n in reversed(shape[1:]):
        strides.insert(0, strides[0] * n)
    return _Seen(type, itemsize, tuple(shape[:2]), tuple(strides[:2]),
                 _three(shape[2:], 1), _three(strides[2:], 0))


class _Steps(NamedTuple):
    """The geometry over three dims."""

    stride: Three
    low: Three
    dilation: Three
    groups: int


def _steps(geometry: Geometry) -> _Steps:
    return _Steps(
        _three(geometry.stride, 1), _three([low for low, _ in geometry.padding], 0),
        _three(geometry.dilation, 1), geometry.groups)


# --- planes


class _Planes:
    """An operand's planes: where they are in its own memory, or how they are copied out of it.

    low: how many zeros stand before each dim. residues: which elements, modulo `stride`, there is a
    part for. places: the sizes of each part. pitches: in bytes, of the three dims of a part.
    """

    def __init__(
        self, source: _Seen, low: Three, stride: Three, residues: Sequence[Sequence[int]],
        places: Three,
    ) -> None:
        self.source, self.residues = source, residues
        size = source.itemsize
        behind = places[2] - low[2] - source.sizes[2]
        if stride[2] == 1 and 0 < behind <= low[2]:
            # The zeros behind a row are those before the next one; behind the last, of a row more.
            places = (places[0], places[1] + 1, places[2] - behind)
        _, down, across = source.strides
        fits = all(p <= n for p, n in zip(places, source.sizes, strict=True))
        rows = source.sizes[2] == 1 or across == size
        self.copied = not (
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
        self.numbers = kernels.numbers("planes", numbers)
        self.kernel = kernels.planes(source.type, across == size and stride[2] == 1)
        self.table = np.array([r for each in residues for r in each], np.int64)
        self.grain = max(1, (1 << 14) * size // plane)

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


# --- runs of places


class _Runs(NamedTuple):
    """Places as runs: how many, in two dims, and how long; of each `pitch` places of a run the
    first `inside` are wanted."""

    deep: int
    rows: int
    length: int
    pitch: int
    inside: int


def _runs(places: Three, pitches: Three, itemsize: int, dense: bool, taps: int) -> _Runs:
    """Whether it is better to run over rows or, with what lies between them, over planes.

    dense: whether the result's rows follow one on the other.
    """
    deep, rows, across = places
    pitch = pitches[1] // itemsize if rows > 1 else across
    if pitch == across and dense:
        return _Runs(deep, 1, rows * across, rows * across, rows * across)
    by_rows = _Runs(deep, rows, across, across, across)
    if pitches[1] % itemsize or pitch < across or rows == 1:
        return by_rows
    by_planes = _Runs(deep, 1, (rows - 1) * pitch + across, pitch, across)
    lanes = native.vector_bits() // 8 // itemsize

    def cost(runs: _Runs) -> float:
        vectors = -(-runs.length // lanes)
        calls = -(-vectors // 3)
        spread = 0.0 if runs is by_rows else 8 * (3 * lanes / pitch + 1)
        # In turns of a block's loop: the last block is small, a call costs some, spreading more.
        return runs.deep * runs.rows * (vectors + 0.6 * (vectors % 3 > 0) + calls * (
            10 + spread) / taps)

    return min(by_rows, by_planes, key=cost)


# --- products


class _Product:
    """A product of weights and planes: the kernels to run, in order.

    taps: for each, how far in bytes it lies from its places in the planes, and in the weight.
    """

    def __init__(
        self, weight: _Seen, planes: _Planes, taps: Sequence[tuple[int, int]], groups: int,
        row_dim: int, places: Three, made: _Seen, steps: Three,
    ) -> None:
        size = made.itemsize
        self.weight, self.type, self.planes = weight, made.type, planes
        outer = (weight.outer[0] // groups, weight.outer[1])
        strides = weight.outer_strides
        rows, channels = outer[row_dim], outer[1 - row_dim]
        self.elements = groups * rows * channels * len(taps)
        packing = {
            "rows": rows, "channels": channels, "taps_count": len(taps), "row": strides[row_dim],
            "channel": strides[1 - row_dim], "group": strides[0] * outer[0]}
        self.weight_table = np.array([at for _, at in taps], np.int64)
        together = _largest_divisor(channels, max(1, _ENTRIES // len(taps)))
        self.table = np.array(
            [c * planes.channel + at for c in range(together) for at, _ in taps], np.int64)
        made_strides = [
            stride * step for stride, step in zip(made.strides, steps, strict=True)]
        dense = made_strides[2] == size and made_strides[1] == places[2] * size
        runs = _runs(places, planes.pitches, size, dense, channels * len(taps))
        whole = {
            "groups": groups, "rows": rows, "runs": runs.deep * runs.rows, "runs_y": runs.rows,
            "length": runs.length, "run_z": planes.pitches[0], "run_y": planes.pitches[1],
            "made_run_z": made_strides[0], "made_run_y": made_strides[1], "pitch": runs.pitch,
            "inside": runs.inside, "made_y": made_strides[1], "made_x": made_strides[2],
            "sample": planes.sample, "group": channels * planes.channel,
            "repeats": channels // together, "entries": len(self.table),
            "step": together * planes.channel, "made_sample": made.outer_strides[0],
            "made_row": made.outer_strides[1]}
        self.parts: list[tuple[int, list[int], int, int, int, list[int]]] = []
        first = 0
        for block, widths in kernels.blocks().items():
            count = (rows - first) // block
            if not count:
                continue
            span, each = _cut(runs, widths[0], made, channels, count * groups * made.outer[0])
            pieces, runs_pieces = -(-runs.length // span), -(-runs.deep * runs.rows // each)
            numbers = whole | {
                "blocks": count, "first": first, "span": span, "span_pieces": pieces,
                "runs_each": each, "runs_pieces": runs_pieces}
            work = block * min(span, runs.length) * each * channels * len(taps)
            self.parts.append((
                kernels.weights(made.type, block),
                kernels.numbers("weights", packing | {"blocks": count, "first": first}),
                groups * count, kernels.product(made.type, block),
                max(1, _TURN // work), kernels.numbers("product", numbers)))
            self.parts[-1][5].append(groups * count * pieces * runs_pieces)
            first += count * block

    def packed(self, weight: Array) -> Array:
        """The weights as the loops want them."""
        made = memory.empty((self.elements,), weight.dtype)
        for pack, numbers, items, *_ in self.parts:
            share(pack, items, 1, weight, made, self.weight_table, *numbers)
        return made

    def run(self, planes: Array, packed: Array, start: Array, made: Array, samples: int) -> None:
        """Write the products for some samples, each row beginning with its number of `start`."""
        for *_, product, grain, numbers in self.parts:
            *given, items = numbers
            share(product, samples * items, grain, planes, packed, start, made, self.table, *given)


def _largest_divisor(number: int, most: int) -> int:
    return next(each for each in range(min(number, most), 0, -1) if number % each == 0)


def _cut(runs: _Runs, width: int, made: _Seen, channels: int, items: int) -> tuple[int, int]:
    """How long a part of a run, and how many runs, are one item of a block."""
    lanes = native.vector_bits() // 8 // made.itemsize
    step = width * lanes
    near = max(step, _NEAR // (channels * made.itemsize))  # places whose planes stay near
    number, length = runs.deep * runs.rows, runs.length
    wanted = -(-_ITEMS // items)
    if number > 1:
        each = max(1, min(number, near // length, -(-number // wanted)))
        return length, each
    pieces = max(1, round(length / near), min(wanted, length // step))
    return -(-length // (pieces * step)) * step, 1


# --- the three functions


class _Forward:
    def __init__(self, input: _Seen, weight: _Seen, places: tuple[int, ...], steps: _Steps) -> None:
        places3 = _three(places, 1)
        taps = [[divmod(k * far, step)[::-1] for k in range(n)] for n, far, step in zip(
            weight.sizes, steps.dilation, steps.stride, strict=True)]
        residues = [sorted({residue for residue, _ in each}) for each in taps]
        sizes = tuple([n + max(further for _, further in each)
                       for n, each in zip(places3, taps, strict=True)])
        self.planes = _Planes(input, steps.low, steps.stride, residues, sizes)  # type: ignore[arg-type]
        listed = [
            (self.planes.offset([each[k] for each, k in zip(taps, tap, strict=True)]),
             sum(k * stride for k, stride in zip(tap, weight.strides, strict=True)))
            for tap in itertools.product(*map(range, weight.sizes))]
        self.shape = (input.outer[0], weight.outer[0], *places)
        made = _row_major(input.type, input.itemsize, self.shape)
        self.product = _Product(
            weight, self.planes, listed, steps.groups, 0, places3, made, (1, 1, 1))
        self.nothing = np.zeros(weight.outer[0], np.dtype(f"f{input.itemsize}"))

    def run(self, input: Array, weight: Array, bias: Array | None) -> Array:
        """The convolution."""
        made = memory.empty(self.shape, input.dtype)
        packed = self.product.packed(weight)
        start = self.nothing if bias is None else bias
        step = self.planes.room(len(input))
        for first in range(0, len(input), step):
            part = input[first : first + step]
            self.product.run(
                self.planes.laid(part), packed, start, made[first : first + step], len(part))
        return made


class _ToInput:
    """For each residue of the input's places, a product of the gradient with the taps that see it.
    """

    def __init__(
        self, grad: _Seen, weight: _Seen, sizes: tuple[int, ...], steps: _Steps
    ) -> None:
        sizes3 = _three(sizes, 1)
        # Place i of the input is seen by tap k from place (i + low - k * dilation) / stride.
        by_dim: list[list[tuple[int, int, list[tuple[int, int]]]]] = []
        low, extent = [], []
        for size, n, low_, far, step in zip(
            sizes3, weight.sizes, steps.low, steps.dilation, steps.stride, strict=True
        ):
            found = []
            for residue in range(min(step, size)):
                seen = [(k, (residue + low_ - k * far) // step) for k in range(n)
                        if (residue + low_ - k * far) % step == 0]
                found.append((residue, -(-(size - residue) // step), seen))
            moves = [(count, move) for _, count, seen in found for _, move in seen] or [(1, 0)]
            before = max(0, -min(move for _, move in moves))
            low.append(before)
            extent.append(max(count + move for count, move in moves) + before)
            by_dim.append(found)
        self.shape = (grad.outer[0], weight.outer[1] * steps.groups, *sizes)
        made = _row_major(grad.type, grad.itemsize, self.shape)
        self.planes = _Planes(
            grad, tuple(low), (1, 1, 1), ((0,), (0,), (0,)), tuple(extent))  # type: ignore[arg-type]
        self.parts: list[tuple[tuple[Any, ...], _Product]] = []
        self.everywhere = True
        for part in itertools.product(*by_dim):
            taps = [
                (self.planes.offset([(0, move + n) for (_, move), n in zip(tap, low, strict=True)]),
                 sum(k * stride for (k, _), stride in zip(tap, weight.strides, strict=True)))
                for tap in itertools.product(*[seen for _, _, seen in part])]
            if not taps:
                self.everywhere = False
                continue
            places = tuple([count for _, count, _ in part])
            product = _Product(
                weight, self.planes, taps, steps.groups, 1, places, made,  # type: ignore[arg-type]
                steps.stride)
            starts = [slice(residue, None) for residue, _, _ in part][_DIMS - len(sizes):]
            self.parts.append(((..., *starts), product))
        self.nothing = np.zeros(self.shape[1], np.dtype(f"f{grad.itemsize}"))

    def run(self, grad: Array, weight: Array, bias: Array | None) -> Array:
        """The transpose for the input."""
        made = memory.empty(self.shape, grad.dtype)
        start = self.nothing if bias is None else bias
        if not self.everywhere:
            made[...] = start.reshape(-1, *(1,) * (made.ndim - 2))
        parts = [(at, product, product.packed(weight)) for at, product in self.parts]
        step = self.planes.room(len(grad))
        for first in range(0, len(grad), step):
            part = grad[first : first + step]
            planes = self.planes.laid(part)
            for at, product, packed in parts:
                product.run(planes, packed, start, made[first : first + step][at], len(part))
        return made


class _ToWeight:
    def __init__(
        self, grad: _Seen, input: _Seen, kernel: tuple[int, ...], steps: _Steps
    ) -> None:
        kernel3, places = _three(kernel, 1), grad.sizes
        taps = [[divmod(k * far, step)[::-1] for k in range(n)] for n, far, step in zip(
            kernel3, steps.dilation, steps.stride, strict=True)]
        residues = [sorted({residue for residue, _ in each}) for each in taps]
        sizes = tuple([n + max(further for _, further in each)
                       for n, each in zip(places, taps, strict=True)])
        self.planes = _Planes(input, steps.low, steps.stride, residues, sizes)  # type: ignore[arg-type]
        size, groups = grad.itemsize, steps.groups
        rows, channels = grad.outer[1] // groups, input.outer[1] // groups
        dense = grad.strides[2] == size and grad.strides[1] == places[2] * size
        runs = _runs(places, self.planes.pitches, size, dense, 1 << 10)
        # A run over planes passes places that are none: there the gradient is to be zero.
        extent = (places[0], places[1], runs.pitch) if runs.pitch != runs.inside else places
        self.grads = _Planes(grad, (0, 0, 0), (1, 1, 1), ((0,), (0,), (0,)), extent)
        if runs.pitch == runs.inside and runs.length > places[2] and self.grads.copied:
            runs = _Runs(places[0], places[1], places[2], places[2], places[2])
        self.table = np.array([
            c * self.planes.channel + self.planes.offset(
                [each[k] for each, k in zip(taps, tap, strict=True)])
            for c in range(channels) for tap in itertools.product(*map(range, kernel3))], np.int64)
        self.shape = (grad.outer[1], channels, *kernel)
        self._share_out(grad, runs, rows, channels, math.prod(kernel))

    def _share_out(self, grad: _Seen, runs: _Runs, rows: int, channels: int, taps: int) -> None:
        """Cut the rows and taps into blocks and groups of them, and the places into chunks."""
        size, groups, samples = grad.itemsize, grad.outer[1] // rows, grad.outer[0]
        lanes, entries = native.vector_bits() // 8 // size, channels * taps
        block, of_block = next(
            (n, m) for n, m in kernels.tiles().items() if rows >= n or n == 1)
        rows_each = min(-(-rows // block), -(-max(8, 64 // taps) // block)) * block
        row_groups = -(-rows // rows_each)
        entry_groups = -(-entries * rows_each * lanes * size // _TILES)
        entries_each = -(-entries // entry_groups // of_block) * of_block
        entry_groups = -(-entries // entries_each)
        self.by_sample = runs.deep == runs.rows == 1  # each sample's places are one run
        number = samples if self.by_sample else runs.rows
        self.each = max(1, min(number, _CHUNK * lanes // runs.length))
        pieces = max(1, round(runs.length / (_CHUNK * lanes)))
        span = -(-runs.length // (pieces * lanes)) * lanes
        pieces = -(-runs.length // span)
        self.chunks = pieces if self.by_sample else pieces * runs.deep * -(-number // self.each)
        parts = groups * row_groups * entry_groups
        self.splits = min(-(-_ITEMS // parts), self._chunks_of(samples))
        self.items = parts * self.splits
        self.kernel = kernels.gradient(grad.type, block)
        tile = -(-rows_each // block) * -(-entries_each // of_block) * block * of_block
        self.tile = tile * lanes * size
        self.numbers = {
            "rows": rows, "entries": entries, "rows_each": rows_each, "entries_each": entries_each,
            "row_groups": row_groups, "entry_groups": entry_groups, "groups": groups,
            "splits": self.splits, "deep": runs.deep, "down": runs.rows, "length": runs.length,
            "runs_each": self.each, "runs_pieces": -(-number // self.each), "span": span,
            "span_pieces": pieces,
            "grad_run_z": self.grads.pitches[0], "grad_run_y": self.grads.pitches[1],
            "run_z": self.planes.pitches[0], "run_y": self.planes.pitches[1],
            "grad_sample": self.grads.sample, "grad_row": self.grads.channel,
            "sample": self.planes.sample, "group": channels * self.planes.channel,
            "tile": self.tile}
        if self.by_sample:
            self.numbers |= {"grad_run_y": self.grads.sample, "run_y": self.planes.sample}

    def _chunks_of(self, samples: int) -> int:
        return self.chunks * (-(-samples // self.each) if self.by_sample else samples)

    def run(self, grad: Array, input: Array) -> Array:
        """The transpose for the weight."""
        step = min(self.planes.room(len(grad)), self.grads.room(len(grad)))
        parts = -(-len(grad) // step)
        made = memory.empty((parts * self.splits, *self.shape), grad.dtype)
        tiles = memory.empty((self.items * self.tile,), np.dtype(np.uint8))
        for part in range(parts):
            here = slice(part * step, (part + 1) * step)
            grads, inputs = grad[here], input[here]
            numbers = self.numbers | {"chunks": self._chunks_of(len(grads))}
            if self.by_sample:
                numbers |= {"down": len(grads), "runs_pieces": -(-len(grads) // self.each)}
            share(self.kernel, self.items, 1, self.grads.laid(grads), self.planes.laid(inputs),
                  made[part * self.splits :], tiles, self.table,
                  *kernels.numbers("gradient", numbers))
        if len(made) == 1:
            return made[0]
        total: Array = np.add.reduce(made, 0)
        return total


def _forward_plan(input: _Seen, weight: _Seen, geometry: Geometry) -> _Forward:
    dims = len(geometry.stride)
    places = geometry.sliding(weight.sizes[_DIMS - dims :]).places(input.sizes[_DIMS - dims :])
    return _Forward(input, weight, places, _steps(geometry))


def _to_input_plan(
    grad: _Seen, weight: _Seen, sizes: tuple[int, ...], geometry: Geometry
) -> _ToInput:
    return _ToInput(grad, weight, sizes, _steps(geometry))


def _to_weight_plan(
    grad: _Seen, input: _Seen, kernel: tuple[int, ...], geometry: Geometry
) -> _ToWeight:
    return _ToWeight(grad, input, kernel, _steps(geometry))


def forward(input: Array, weight: Array, bias: Array | None, geometry: Geometry) -> Array:
    """The convolution, and the bias."""
    made: Array = _planned(_forward_plan, input, weight, geometry).run(input, weight, bias)
    return made


def to_input(
    grad: Array, weight: Array, bias: Array | None, sizes: tuple[int, ...], geometry: Geometry
) -> Array:
    """The transpose for an input of these trailing sizes, and the bias."""
    made: Array = _planned(_to_input_plan, grad, weight, sizes, geometry).run(grad, weight, bias)
    return made


def to_weight(
    grad: Array, input: Array, kernel: tuple[int, ...], geometry: Geometry
) -> Array:
    """The transpose for a weight with this kernel."""
    made: Array = _planned(_to_weight_plan, grad, input, kernel, geometry).run(grad, input)
    return made
