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
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rushlight.engine import convolution_kernels as kernels
from rushlight.engine import memory, native
from rushlight.engine.convolution_planes import (
    DIMS,
    Planes,
    Runs,
    Seen,
    Steps,
    Three,
    planned,
    residues_of,
    row_major,
    steps_of,
    three,
)
from rushlight.engine.share import share

if TYPE_CHECKING:
    from rushlight.engine.convolution import Geometry

Array = np.ndarray[Any, Any]
_NEAR = 1 << 19  # bytes of planes that stay in the second cache
_ITEMS = 16  # as many parts of the work there should be
_TURN = 1 << 20  # multiplications to one turn of a thread
_ENTRIES = 256  # of a table


# --- runs of places


def _runs(places: Three, pitches: Three, itemsize: int, dense: bool, taps: int) -> Runs:
    """Whether it is better to run over rows or, with what lies between them, over planes.

    dense: whether the result's rows follow one on the other.
    """
    deep, rows, across = places
    pitch = pitches[1] // itemsize if rows > 1 else across
    if pitch == across and dense:
        return Runs(deep, 1, rows * across, rows * across, rows * across)
    by_rows = Runs(deep, rows, across, across, across)
    if pitches[1] % itemsize or pitch < across or rows == 1:
        return by_rows
    by_planes = Runs(deep, 1, (rows - 1) * pitch + across, pitch, across)
    lanes = native.vector_bits() // 8 // itemsize

    def cost(runs: Runs) -> float:
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
        self, weight: Seen, planes: Planes, taps: Sequence[tuple[int, int]], groups: int,
        row_dim: int, places: Three, made: Seen, steps: Three,
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
                kernels.WEIGHTS.ordered(packing | {"blocks": count, "first": first}),
                groups * count, kernels.product(made.type, block),
                max(1, _TURN // work), kernels.PRODUCT.ordered(numbers)))
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


def _cut(runs: Runs, width: int, made: Seen, channels: int, items: int) -> tuple[int, int]:
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
    def __init__(self, input: Seen, weight: Seen, places: tuple[int, ...], steps: Steps) -> None:
        places3 = three(places, 1)
        taps, residues = residues_of(weight.sizes, steps)
        sizes = tuple([n + max(further for _, further in each)
                       for n, each in zip(places3, taps, strict=True)])
        self.planes = Planes(input, steps.low, steps.stride, residues, sizes)
        listed = [
            (self.planes.offset([each[k] for each, k in zip(taps, tap, strict=True)]),
             sum(k * stride for k, stride in zip(tap, weight.strides, strict=True)))
            for tap in itertools.product(*map(range, weight.sizes))]
        self.shape = (input.outer[0], weight.outer[0], *places)
        made = row_major(input.type, input.itemsize, self.shape)
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
        self, grad: Seen, weight: Seen, sizes: tuple[int, ...], steps: Steps
    ) -> None:
        sizes3 = three(sizes, 1)
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
        made = row_major(grad.type, grad.itemsize, self.shape)
        self.planes = Planes(
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
            starts = [slice(residue, None) for residue, _, _ in part][DIMS - len(sizes):]
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


def _forward_plan(input: Seen, weight: Seen, geometry: Geometry) -> _Forward:
    dims = len(geometry.stride)
    places = geometry.sliding(weight.sizes[DIMS - dims :]).places(input.sizes[DIMS - dims :])
    return _Forward(input, weight, places, steps_of(geometry))


def _to_input_plan(
    grad: Seen, weight: Seen, sizes: tuple[int, ...], geometry: Geometry
) -> _ToInput:
    return _ToInput(grad, weight, sizes, steps_of(geometry))


def forward(input: Array, weight: Array, bias: Array | None, geometry: Geometry) -> Array:
    """The convolution, and the bias."""
    made: Array = planned(_forward_plan, input, weight, geometry).run(input, weight, bias)
    return made


def to_input(
    grad: Array, weight: Array, bias: Array | None, sizes: tuple[int, ...], geometry: Geometry
) -> Array:
    """The transpose for an input of these trailing sizes, and the bias."""
    made: Array = planned(_to_input_plan, grad, weight, sizes, geometry).run(grad, weight, bias)
    return made
