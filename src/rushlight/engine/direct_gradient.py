"""The gradient of a convolution for its weight, by loops of our own.

Work is cut into blocks of out channels and taps, and into chunks of places, which stay in the first
cache while all blocks are multiplied with them. Where there are few blocks, parts of the places
are summed apart and then together. How it is cut depends on shapes alone, and so does the result.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from rushlight.engine import gradient_kernels as kernels
from rushlight.engine import memory, native
from rushlight.engine.convolution_planes import (
    Planes,
    Runs,
    Seen,
    Steps,
    Three,
    planned,
    residues_of,
    steps_of,
    three,
)
from rushlight.engine.share import share

if TYPE_CHECKING:
    from rushlight.engine.convolution import Geometry

Array = np.ndarray[Any, Any]
_ITEMS = 16  # as many parts of the work there should be
_CHUNK = 64  # vectors to a short sum, by places
_PLACES = 80  # places to a short sum, by channels; chunks of up to 1.5 times as many
_WAITING = 1 << 18  # bytes of sums that wait in memory, for one item
_FEW = 144  # taps: items have more, or turning the gradient would cost too much
_NONE: Three = (0, 0, 0)
_ONES: Three = (1, 1, 1)
_WHOLE = ((0,), (0,), (0,))


def _table(planes: Planes, taps: Sequence[Sequence[tuple[int, int]]], channels: int) -> Array:
    """How far each tap of each channel is from its places."""
    offsets = [planes.offset(tap) for tap in itertools.product(*taps)]
    return np.array(
        [c * planes.channel + at for c in range(channels) for at in offsets], np.int64)


class _ByChannels:
    """Vectors of out channels times the numbers that taps saw: for many channels."""

    def __init__(self, grad: Seen, input: Seen, kernel: tuple[int, ...], steps: Steps) -> None:
        size, groups = grad.itemsize, steps.groups
        samples, rows = grad.outer[0], grad.outer[1] // groups
        channels, kernel3 = input.outer[1] // groups, three(kernel, 1)
        deep, down, across = places = grad.sizes
        extents: Any = tuple([
            (n - 1) * step + far * (k - 1) + 1 for n, step, far, k in zip(
                places, steps.stride, steps.dilation, kernel3, strict=True)])
        self.planes = planes = Planes(input, steps.low, _ONES, _WHOLE, extents)
        self.dense = grad.strides[2] in (0, size) and all(
            n == 1 or stride == size * math.prod(places[i + 1 :])
            for i, (n, stride) in enumerate(zip(places, grad.strides, strict=True)))
        self.table = _table(
            planes, [[(0, k * far) for k in range(n)] for n, far in zip(
                kernel3, steps.dilation, strict=True)], channels)
        self.shape = (grad.outer[1], channels, *kernel)
        entries = len(self.table)
        run_z, run_y, step = (
            pitch * stride for pitch, stride in zip(planes.pitches, steps.stride, strict=True))
        if run_y == across * step:  # rows that follow one on the other are one
            down, across = 1, down * across
        lanes = native.vector_bits() // 8 // size
        grad_sample, grad_row = grad.outer_strides
        if not self.dense:
            grad_row = math.prod(places) * size
            grad_sample = grad.outer[1] * grad_row
        rows_each = max(1, min(down, _PLACES // across))
        span = -(-across // max(1, round(across / _PLACES)))
        row_pieces, span_pieces = -(-down // rows_each), -(-across // span)
        self.chunks = deep * row_pieces * span_pieces
        vectors = -(-rows // lanes)
        self.columns, self.entries = vectors * lanes, entries
        numbers = {
            "groups": groups, "columns": self.columns, "entries": entries, "deep": deep,
            "down": down, "across": across, "rows_each": rows_each, "row_pieces": row_pieces,
            "span": span, "span_pieces": span_pieces, "run_z": run_z, "run_y": run_y, "step": step,
            "rows": rows, "grad_row": grad_row, "grad_sample": grad_sample,
            "sample": planes.sample, "group": channels * planes.channel}
        blocks, left, parts = {}, vectors, []
        for each in kernels.blocks():
            blocks[each], left = left // each, left % each
        number = groups * sum(blocks.values())
        groups_of = max(
            -(-entries * max(n for n in blocks if blocks[n]) * lanes * size // _WAITING),
            min(-(-_ITEMS // number), entries // _FEW), 1)
        self.splits = min(-(-_ITEMS // (number * groups_of)), self.chunks * samples)
        first = 0
        for each, many in blocks.items():
            if not many:
                continue
            taps = kernels.blocks()[each]
            entries_each = -(-entries // groups_of // taps) * taps
            entry_groups = -(-entries // entries_each)
            parts.append((
                kernels.by_channels(grad.type, each), groups * many * entry_groups * self.splits,
                numbers | {
                    "blocks": many, "first": first, "entries_each": entries_each,
                    "entry_groups": entry_groups, "splits": self.splits}))
            first += many * each * lanes
        self.parts, self.groups, self.turned = parts, groups, kernels.turned(grad.type)
        self.back = {
            "rows": entries, "columns": rows, "row_parts": -(-entries // lanes),
            "batch": entries * self.columns * size, "row": self.columns * size,
            "made_batch": rows * entries * size, "made_column": entries * size}

    def run(self, grad: Array, input: Array) -> Array:
        """The gradient of the weight."""
        if not self.dense:
            grad = np.ascontiguousarray(grad)
        step, dtype = self.planes.room(len(grad)), grad.dtype
        parts = -(-len(grad) // step)
        sums = memory.empty((parts * self.splits, self.groups, self.entries, self.columns), dtype)
        for part in range(parts):
            here = slice(part * step, (part + 1) * step)
            grads, planes = grad[here], self.planes.laid(input[here])
            for kernel, items, numbers in self.parts:
                given = numbers | {"chunks": self.chunks * len(grads)}
                share(kernel, items, 1, grads, planes, sums[part * self.splits :], self.table,
                      *kernels.BY_CHANNELS.ordered(given))
        total = sums[0] if len(sums) == 1 else np.add.reduce(sums, 0)
        made = memory.empty(self.shape, dtype)
        share(self.turned, self.groups * self.back["row_parts"], 1, total, made,
              *kernels.TURNED.ordered(self.back))
        return made


def _whole_runs(places: Three, pitches: Three, itemsize: int) -> Runs:
    """Runs of whole vectors: rows, or planes with what lies between the rows."""
    deep, rows, across = places
    pitch, lanes = pitches[1] // itemsize, native.vector_bits() // 8 // itemsize
    by_rows = Runs(deep, rows, across, across, across)
    if pitches[1] % itemsize or pitch < across:
        return by_rows
    by_planes = Runs(deep, 1, (rows - 1) * pitch + across, pitch, across)
    # In vectors; a run takes a moment to begin, and copying the gradient for planes is some work.
    of_rows = rows * (-(-across // lanes) + 0.25)
    return by_rows if of_rows <= 1.02 * -(-by_planes.length // lanes) else by_planes


class _ByPlaces:
    """Vectors of places of the gradient times vectors that taps saw: for few channels.

    Runs are whole vectors, for which gradient and planes are copied with zeros behind.
    """

    def __init__(self, grad: Seen, input: Seen, kernel: tuple[int, ...], steps: Steps) -> None:
        kernel3, places = three(kernel, 1), grad.sizes
        taps, residues = residues_of(kernel3, steps)
        sizes: Any = tuple([n + max(further for _, further in each)
                            for n, each in zip(places, taps, strict=True)])
        lanes = native.vector_bits() // 8 // grad.itemsize
        self.planes = Planes(input, steps.low, steps.stride, residues, sizes)
        runs = _whole_runs(places, self.planes.pitches, grad.itemsize)
        if runs.length % lanes:
            self.planes = Planes(input, steps.low, steps.stride, residues, sizes, beyond=lanes)
            runs = _whole_runs(places, self.planes.pitches, grad.itemsize)
        whole = -(-runs.length // lanes) * lanes
        extent = (places[0], -(-whole // runs.pitch), runs.pitch)
        if runs.rows > 1:
            extent = (places[0], places[1], whole)
        self.grads = Planes(grad, _NONE, _ONES, _WHOLE, extent)
        rows, channels = grad.outer[1] // steps.groups, input.outer[1] // steps.groups
        self.table = _table(self.planes, taps, channels)
        self.shape = (grad.outer[1], channels, *kernel)
        self._share_out(
            grad, runs._replace(length=whole), rows, channels, math.prod(kernel))

    def _share_out(self, grad: Seen, runs: Runs, rows: int, channels: int, taps: int) -> None:
        """Cut the rows and taps into blocks and groups of them, and the places into chunks."""
        size, groups, samples = grad.itemsize, grad.outer[1] // rows, grad.outer[0]
        lanes, entries = native.vector_bits() // 8 // size, channels * taps
        block, of_block = next(
            (n, m) for n, m in kernels.tiles().items() if rows >= n or n == 1)
        rows_each = min(-(-rows // block), -(-max(8, 64 // taps) // block)) * block
        row_groups = -(-rows // rows_each)
        entry_groups = -(-entries * rows_each * lanes * size // _WAITING)
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
        self.kernel = kernels.by_places(grad.type, block)
        tile = -(-rows_each // block) * -(-entries_each // of_block) * block * of_block
        self.tile = tile * lanes * size
        self.numbers = {
            "rows": rows, "entries": entries, "rows_each": rows_each, "entries_each": entries_each,
            "row_groups": row_groups, "entry_groups": entry_groups, "groups": groups,
            "splits": self.splits, "deep": runs.deep, "down": runs.rows, "length": runs.length,
            "runs_each": self.each, "runs_pieces": -(-number // self.each), "span": span,
            "span_pieces": pieces, "grad_run_z": self.grads.pitches[0],
            "grad_run_y": self.grads.pitches[1], "run_z": self.planes.pitches[0],
            "run_y": self.planes.pitches[1], "grad_sample": self.grads.sample,
            "grad_row": self.grads.channel, "sample": self.planes.sample,
            "group": channels * self.planes.channel, "tile": self.tile}
        if self.by_sample:
            self.numbers |= {"grad_run_y": self.grads.sample, "run_y": self.planes.sample}

    def _chunks_of(self, samples: int) -> int:
        return self.chunks * (-(-samples // self.each) if self.by_sample else samples)

    def run(self, grad: Array, input: Array) -> Array:
        """The gradient of the weight."""
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
                  *kernels.BY_PLACES.ordered(numbers))
        if len(made) == 1:
            return made[0]
        total: Array = np.add.reduce(made, 0)
        return total


def _plan(
    grad: Seen, input: Seen, kernel: tuple[int, ...], geometry: Geometry
) -> _ByChannels | _ByPlaces:
    lanes = native.vector_bits() // 8 // grad.itemsize
    many = grad.outer[1] // geometry.groups >= lanes
    return (_ByChannels if many else _ByPlaces)(grad, input, kernel, steps_of(geometry))


def to_weight(grad: Array, input: Array, kernel: tuple[int, ...], geometry: Geometry) -> Array:
    """The transpose for a weight with this kernel."""
    made: Array = planned(_plan, grad, input, kernel, geometry).run(grad, input)
    return made
