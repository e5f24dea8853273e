"""LSTM and GRU layers through time and back by the kernels of `recurrence_kernels.py`."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from rushlight.engine import deferred, memory, movers, native, pool
from rushlight.engine import recurrence_kernels as kernels
from rushlight.engine.products import product
from rushlight.engine.products_vectors import Lanes
from rushlight.engine.recurrence import Gradients, Walk, Weights
from rushlight.engine.share import share

Array = np.ndarray[Any, Any]
_TYPES = {"f": "float", "d": "double"}
_NOTHING = np.zeros(1)
_SHARED = 1 << 17  # multiplications of a step that are worth sharing it out


def fits(kind: str, input: Array, weights: Weights) -> bool:
    """Whether the kernels do this layer."""
    return (kind in kernels.GATES and weights.hr is None and input.dtype.char in _TYPES
            and input.size > 0 and weights.hh.size > 0 and native.available())


@cache
def _table(sizes: tuple[int, ...], rows: tuple[int, ...]) -> Array:
    """Where the rows of each step begin, and how many they are."""
    return np.array([rows, sizes], np.int64).T.copy()


class Run:
    """A layer that has gone through time, and remembers what it needs to go back."""

    def __init__(
        self, kind: str, input: Array, state: Array, cell: Array | None, weights: Weights,
        walk: Walk,
    ):
        self.kind, self.input, self.weights, self.walk = kind, input, weights, walk
        self.gates, self.size = kernels.GATES[kind], weights.hh.shape[1]
        self.lanes = Lanes(_TYPES[input.dtype.char])
        self.first, self.first_cell = np.ascontiguousarray(state), None
        if cell is not None:
            self.first_cell = np.ascontiguousarray(cell)
        self.table = _table(walk.sizes, tuple([each.start for each in walk.rows]))
        z = product(input, weights.ih.T, self._bias())
        self.z = z if z.flags.c_contiguous else np.ascontiguousarray(z)
        self.out, self.kept = (memory.empty((len(input), self.size), input.dtype)
                               for _ in range(2))
        self._run("forward", -(-self.size // self.lanes.count), [
            self.out, self.kept, self.z, self.first, self._cell(), self._panels(), self._extra(),
            self.table])
        last = self._last()
        self.state = self.out[last]
        self.cell = None if cell is None else self.kept[last]

    def _bias(self) -> Array | None:
        """What is added to the gates of all steps."""
        ih, hh = self.weights.bias_ih, self.weights.bias_hh
        if ih is None or hh is None:
            return ih if hh is None else hh
        if self.kind == "gru":  # the last gate's is added to the product with the state
            hh = np.concatenate([hh[: 2 * self.size], np.zeros(self.size, hh.dtype)])
        made: Array = ih + hh
        return made

    def _extra(self) -> Array:
        hh = self.weights.bias_hh
        if hh is None:
            return np.zeros(self.size, self.input.dtype)
        return np.ascontiguousarray(hh[2 * self.size :]) if self.kind == "gru" else _NOTHING

    def _cell(self) -> Array:
        return _NOTHING if self.first_cell is None else self.first_cell

    def _last(self) -> Any:
        """The row of each sequence's last step."""
        rows, sizes = self.walk.rows, self.walk.sizes
        if sizes[0] == sizes[-1]:
            return rows[-1]
        found = np.empty(max(sizes), np.int64)
        for each, size in zip(rows, sizes, strict=True):
            found[:size] = np.arange(each.start, each.start + size)
        return found

    def _begun(self) -> Any:
        """The row of each sequence's first step."""
        rows, sizes = self.walk.rows, self.walk.sizes
        if sizes[0] == sizes[-1]:
            return rows[0]
        found = np.empty(max(sizes), np.int64)
        for each, size in zip(rows[::-1], sizes[::-1], strict=True):
            found[:size] = np.arange(each.start, each.start + size)
        return found

    # --- kernels

    def _run(self, way: str, panels: int, arrays: list[Array]) -> None:
        """All steps at once, by sequences; or step by step, for few of them by features too."""
        batch, steps, threads = max(self.walk.sizes), len(self.walk.sizes), pool.get_num_threads()
        kernel = getattr(kernels, way)(self.kind, self.lanes.type)
        if batch >= threads or batch * self.gates * self.size**2 < _SHARED:
            block = min(kernels.MOST_ROWS, -(-batch // threads))
            blocks = -(-batch // block)
            # One step, then two, four: threads that sleep are woken when first items were long
            done, count = 0, 1
            while done < steps:
                end = min(steps, done + count)
                part = (done, end) if way == "forward" else (steps - end, steps - done)
                share(kernel, blocks, 1, *arrays, *part, steps, blocks, block, panels, self.size,
                      batch)
                done, count = end, 2 * count
            return
        each = -(-panels // (2 * threads))
        items = -(-panels // each)
        order = range(steps) if way == "forward" else range(steps - 1, -1, -1)
        for at in order:
            share(kernel, items, 1, *arrays, at, at + 1, steps, 1, batch, each, self.size, batch)

    def _panels(self) -> Array:
        """The weights of the state: for each vector of features and each of the state's, a vector
        for each gate."""
        n, lanes = self.size, self.lanes.count
        count = -(-n // lanes)
        made = memory.empty((count, n, self.gates, lanes), self.input.dtype)
        weight = self.weights.hh.reshape(self.gates, n, n)
        if n % lanes:
            padded = np.zeros((self.gates, count * lanes, n), weight.dtype)
            padded[:, :n] = weight
            weight = padded
        _fill(made, weight.reshape(self.gates, count, lanes, n).transpose(1, 3, 0, 2))
        return made

    def _panels_back(self) -> Array:
        """The weights of the state: for some vectors of its features and each of the gates', these
        vectors."""
        n, width = self.size, self.lanes.count * kernels.BACK_VECTORS
        count = -(-n // width)
        made = memory.empty((count, self.gates * n, width), self.input.dtype)
        weight = self.weights.hh
        if n % width:
            padded = np.zeros((self.gates * n, count * width), weight.dtype)
            padded[:, :n] = weight
            weight = padded
        _fill(made, weight.reshape(self.gates * n, count, width).transpose(1, 0, 2))
        return made

    # --- back

    def back(self, out: Array, state: Array, cell: Array | None) -> Gradients:
        """The gradients, from those of the results."""
        weights, dtype = self.weights, self.input.dtype
        carry = np.zeros(state.shape, dtype) if cell is None else np.array(cell, order="C")
        to_z = memory.empty(self.z.shape, dtype)
        to_hidden = to_z if self.kind == "lstm" else memory.empty(self.z.shape, dtype)
        panels = self._panels_back()
        self._run("backward", len(panels), [
            np.ascontiguousarray(out), carry, np.ascontiguousarray(state), self.z, self.kept,
            self.out, self.first, self._cell(), to_z, to_hidden, panels, self.table])
        to_state = product(to_hidden[self._begun()], weights.hh)
        if self.kind == "gru":
            to_state = to_state + carry
        has_bias = weights.bias_ih is not None
        to_bias = _column_sums(to_z) if has_bias else None
        to_hidden_bias = to_bias
        if has_bias and self.kind == "gru":
            to_hidden_bias = _column_sums(to_hidden)
        elif has_bias:
            assert to_bias is not None
            to_hidden_bias = to_bias.copy()
        return Gradients(
            product(to_z, weights.ih), to_state, None if cell is None else carry, Weights(
                product(to_z.T, self.input), product(to_hidden.T, self._before()), to_bias,
                to_hidden_bias, None))

    def _before(self) -> Array:
        """The state before each step, row by row."""
        rows, sizes = self.walk.rows, self.walk.sizes
        made = memory.empty(self.out.shape, self.out.dtype)
        count = len(self.out) - sizes[0]
        if sizes[0] == sizes[-1] and count and rows[0].start < rows[-1].start:
            made[: sizes[0]], made[sizes[0] :] = self.first, self.out[:count]
            return made
        held = self.first.copy()
        for each, size in zip(rows, sizes, strict=True):
            made[each] = held[:size]
            held[:size] = self.out[each]
        return made


def _fill(made: Array, given: Array) -> None:
    if movers.is_large(given):
        movers.fill(made, given)
    else:
        made[...] = given


def _column_sums(array: Array) -> Array:
    """The sum of all rows."""
    made: Array = deferred.computed(np.add.reduce(deferred.of(array), 0))
    return made
