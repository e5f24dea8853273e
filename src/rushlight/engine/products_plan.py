"""How products of matrices are cut into pieces for the threads to take.

The numbers of a result don't depend on how many threads there are: how k is cut depends on shapes
alone, and the other cuts change no sum.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from rushlight.engine import pool, products_blocks, products_dots, products_packing
from rushlight.engine.products_blocks import BUFFER
from rushlight.engine.products_kernels import most_rows, tile, vectors_for
from rushlight.engine.products_vectors import Lanes

Array = np.ndarray[Any, Any]
Shape = tuple[int, ...]
TYPES = {"f": "float", "d": "double", "i": "i32", "l": "i64", "q": "i64"}
_DEPTH = 256  # k of one stretch, at most
_BLOCK = 1 << 23  # bytes of a that a block may have in one stretch of k
FAR=6
GROUPED=8
NEAR=1<<20
_LEAST_WORK = 1 << 18  # multiplications that are worth a turn of a thread


def _up(count: int, part: int) -> int:
    """How many parts there are."""
    return -(-count // part)


def _strides(array: Array, shape: Shape) -> Shape:
    """The strides of the array, broadcast to the shape."""
    return np.broadcast_to(array, shape).strides


class Blocks:
    """Products of arrays like these in blocks of tiles: `products_blocks.py`."""

    def __init__(self, a: Array, b: Array, start: Array | None) -> None:
        self.lanes, bytes = Lanes(TYPES[a.dtype.char]), a.itemsize
        self.rows, self.k, self.columns = a.shape[-2], a.shape[-1], b.shape[-1]
        batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        self.products = math.prod(batch)
        self._into_tiles()
        self._along_k()
        (a_row, a_step), (b_step, b_column) = a.strides[-2:], b.strides[-2:]
        self.packs_b = b_column != bytes
        self._into_blocks()
        # Columns of a are read in short pieces; rows of a large one are read again and again
        panels, size = (FAR, 1 << 14) if abs(a_row) < abs(a_step) else (8, NEAR)
        packs_a = self.panels >= panels and self.rows * self.k * bytes >= size

        row = self.columns * bytes
        blocks_down, blocks_across = self._blocks()
        packer = self._packer(self.width, b_step, b_column) if self.packs_b else 0
        full = (*batch, self.rows, self.columns)
        added = (0,) * len(full) if start is None else _strides(start, full)
        told = products_blocks.Words._make((
            self.products, self.parts, blocks_down, blocks_across, self.block_tiles,
            self.block_panels, self.group, self.tiles, self.panels, self.height, self.width,
            self.width * bytes, self.columns, self.tail, self.k, self.k_part, self.k_block,
            *((0, self.rows * bytes, bytes) if packs_a else (a_row, a_step, 0)), b_step, b_column,
            row, self.rows * row, added[-2], packer, *self._kernels(True, packs_a),
            *self._kernels(False, packs_a)))
        of_a = _strides(a, (*batch, self.rows, self.k))[:-2]
        of_b = _strides(b, (*batch, self.k, self.columns))[:-2]
        self.is_in_parts = self.parts > 1
        self.shape = (self.parts, *full) if self.is_in_parts else full
        self.blocks = self.products * self.parts * blocks_down * blocks_across
        self.packing: list[int] = []
        if packs_a:
            size = self.rows * self.k
            self.packed_size, self.packed_tiles = (
                self.products * size, self.products * self.parts * self.tiles)
            packing = products_blocks.Packing(
                self.parts, self.tiles, self.height, self.rows, self.k, self.k_part, self.k_block,
                a_row, a_step, bytes, size * bytes,
                *[self._packer(each, a_step, a_row) for each in (self.height, self.last_height)])
            self.packing = [*packing, len(batch), *batch, *of_a]
            of_a = tuple([math.prod(batch[i + 1 :]) * size * bytes for i in range(len(batch))])
        self.words = [*told, len(batch), *batch, *of_a, *of_b, *added[:-2]]
        self.kernel, self.turned = products_blocks.kernel(), False

    def _into_tiles(self) -> None:
        """Small pieces of the result, whose sums fit into the registers."""
        count = self.lanes.count
        self.vectors = min(vectors_for(self.rows), _up(self.columns, count))
        self.height = min(most_rows(max(self.vectors, 2)), self.rows)
        self.tiles = _up(self.rows, self.height)
        self.last_height = self.rows - (self.tiles - 1) * self.height
        self.width = self.vectors * count
        self.panels = _up(self.columns, self.width)
        self.last_width = self.columns - (self.panels - 1) * self.width
        self.tail = (self.last_width - 1) % count + 1

    def _along_k(self) -> None:
        """Parts, where the result is so small that they are all there is to share; stretches."""
        few = 16 // (self.tiles * self.panels * self.products)
        self.k_part = _up(self.k, max(1, min(self.k // 1024, few)))
        self.parts = _up(self.k, self.k_part)
        self.k_block = _up(self.k_part, _up(self.k_part, _DEPTH))
        assert self.k_block * self.width * self.lanes.bytes <= BUFFER

    def _into_blocks(self) -> None:
        """Pieces of the result for threads to take, some for each of them."""
        room = BUFFER // (self.k_block * self.width * self.lanes.bytes)
        self.group = min(room, self.panels) if self.tiles > GROUPED else 1
        self.block_panels = self.panels
        self.block_tiles = _up(self.tiles, _up(self.rows * self.k_block * self.lanes.bytes, _BLOCK))
        threads = pool.get_num_threads()
        work = self.products * self.rows * self.columns * self.k
        wanted = 1 if threads == 1 else min(4 * threads, work // _LEAST_WORK)
        while math.prod(self._blocks()) * self.products * self.parts < wanted:
            across, down = self.block_panels * self.width, self.block_tiles * self.height
            if self.block_panels > 1 and (across >= down or self.block_tiles < 16):
                self.block_panels = _up(self.block_panels, 2)
            elif self.block_tiles >= 16:
                self.block_tiles = _up(self.block_tiles, 2)
            else:
                break

    def _blocks(self) -> tuple[int, int]:
        return _up(self.tiles, self.block_tiles), _up(self.panels, self.block_panels)

    def _packer(self, width: int, row: int, column: int) -> int:
        bytes = self.lanes.bytes
        return products_packing.packer(
            self.lanes.type, width, *[each if each == bytes else 0 for each in (row, column)])

    def _kernels(self, top: bool, packs_a: bool) -> list[int]:
        """The kernels of tiles at the top of blocks, or elsewhere; 0 where there are none."""
        if self.packs_b if top else self.block_tiles == 1 and not self.packs_b:
            return [0] * 4
        heights = [
            (self.height, self.tiles > 1),
            (self.last_height, not top or (self.tiles - 1) % self.block_tiles == 0)]
        widths = [
            (self.vectors, False, self.panels > 1),
            (_up(self.last_width, self.lanes.count), self.tail < self.lanes.count, True)]
        return [
            tile(self.lanes.type, height, vectors, partial, self.vectors, packs_a, not top,
                 top and self.block_tiles > 1) if down and across else 0
            for height, down in heights for vectors, partial, across in widths]


class Dots:
    """Products of arrays like these as sums along vectors: `products_dots.py`."""

    packing: Sequence[int] = ()
    packed_size = packed_tiles = 0

    @staticmethod
    def fit(a: Array, b: Array) -> bool:
        """Whether it is the better way for these."""
        rows, k, columns = a.shape[-2], a.shape[-1], b.shape[-1]
        bytes = a.itemsize
        return (a.strides[-1] == bytes == b.strides[-2]
                and (rows <= products_dots.MOST_ROWS or columns <= products_dots.MOST_COLUMNS)
                and k >= products_dots.LEAST_K * Lanes(TYPES[a.dtype.char]).count)

    def __init__(self, a: Array, b: Array, start: Array | None) -> None:
        type, bytes = TYPES[a.dtype.char], a.itemsize
        batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        products, k = math.prod(batch), a.shape[-1]
        full = (*batch, a.shape[-2], b.shape[-1])
        added = (0,) * len(full) if start is None else _strides(start, full)
        of_a = _strides(a, (*batch, *a.shape[-2:]))
        of_b = _strides(b, (*batch, *b.shape[-2:]))
        walk = [*of_a[:-2], *of_b[:-2], *added[:-2]]
        rows, columns = full[-2:]
        row, column, of_c, of_start = of_a[-2], of_b[-1], (columns * bytes, bytes), added[-2:]
        self.turned = columns < rows and columns <= products_dots.MOST_COLUMNS
        if self.turned:
            rows, columns, row, column = columns, rows, column, row
            of_c, of_start = of_c[::-1], of_start[::-1]
            walk = [*of_b[:-2], *of_a[:-2], *added[:-2]]
        high, wide = products_dots.tile_size(rows, columns)
        k_part = _up(k, max(1, min(k // 8192, _up(64, products * columns))))
        parts = _up(k, k_part)
        block_columns = wide * _up(_LEAST_WORK, k_part * rows * wide)
        blocks = _up(columns, block_columns)
        told = products_dots.Words._make((
            products, parts, blocks, block_columns, rows, columns, k, k_part, row, column,
            *of_c, rows * columns * bytes, *of_start, bytes, high, wide,
            *[products_dots.tile(type, each, width) if each else 0
              for each in (high, rows % high) for width in (wide, 1)]))
        self.words = [*told, len(batch), *batch, *walk]
        self.is_in_parts = parts > 1
        self.shape = (parts, *full) if self.is_in_parts else full
        self.blocks = products * parts * blocks
        self.kernel = products_dots.kernel()
