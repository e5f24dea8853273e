"""Layers that go through time: what each step computes, forward and back, on arrays.

The steps of all sequences lie one below the other, step by step: rows `offset` to `offset + b` of
step t are those of the first b sequences, which go on so long. The state is one row for each
sequence; a step changes the first b. So forward and backward in time differ only in the order of
the steps, and the way back goes through them in the opposite order.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

Array = np.ndarray[Any, Any]


class Walk(NamedTuple):
    """The steps, in the order they are taken: the rows of each, and how many sequences."""

    rows: tuple[slice, ...]
    sizes: tuple[int, ...]

    @staticmethod
    def over(sizes: Sequence[int], backwards: bool) -> Walk:
        """Through steps of so many sequences each, or through them from the last to the first."""
        ends = np.cumsum(sizes).tolist()
        rows = [slice(end - size, end) for end, size in zip(ends, sizes, strict=True)]
        step = -1 if backwards else 1
        return Walk(tuple(rows[::step]), tuple(sizes[::step]))


class Weights(NamedTuple):
    """Of one layer in one direction; `hr`, for LSTM alone, projects its result."""

    ih: Array
    hh: Array
    bias_ih: Array | None
    bias_hh: Array | None
    hr: Array | None


class Gradients(NamedTuple):
    """Of the input, the states that it began with, and the weights."""

    input: Array
    state: Array
    cell: Array | None
    weights: Weights


def _sigmoid(z: Array) -> Array:
    """In place."""
    np.negative(z, out=z)
    np.exp(z, out=z)
    z += 1
    return np.reciprocal(z, out=z)


class _Run:
    """A layer that has gone through time, and remembers what it needs to go back."""

    gates = 1

    def __init__(
        self, input: Array, state: Array, cell: Array | None, weights: Weights, walk: Walk
    ):
        self.input, self.weights, self.walk = input, weights, walk
        self.size = weights.hh.shape[0] // self.gates
        self.z = self._projected()
        self.before = np.empty((len(input), state.shape[1]), input.dtype)
        self.out = np.empty_like(self.before)
        self.state = state.copy()
        self.cell = None if cell is None else cell.copy()
        turned = np.ascontiguousarray(weights.hh.T)
        for rows, size in zip(walk.rows, walk.sizes, strict=True):
            self.before[rows] = self.state[:size]
            self.state[:size] = self.out[rows] = self._step(rows, size, turned)

    def _projected(self) -> Array:
        """What the input adds to the gates of all steps, in one product."""
        made = self.input @ self.weights.ih.T
        for bias in self._biases():
            made += bias
        return made

    def _biases(self) -> list[Array]:
        return [each for each in self.weights[2:4] if each is not None]

    def _step(self, rows: slice, size: int, turned: Array) -> Array:
        raise NotImplementedError

    def back(self, out: Array, state: Array, cell: Array | None) -> Gradients:
        """The gradients, from those of the results."""
        self.d_state = state.copy()
        self.d_cell = None if cell is None else cell.copy()
        self.d_z = np.empty_like(self.z)
        for rows, size in zip(self.walk.rows[::-1], self.walk.sizes[::-1], strict=True):
            self._back(rows, size, self.d_state[:size] + out[rows])
        d_hidden = self._to_hidden()
        has_bias = self.weights.bias_ih is not None
        return Gradients(
            self.d_z @ self.weights.ih, self.d_state, self.d_cell, Weights(
                self.d_z.T @ self.input, d_hidden.T @ self.before,
                self.d_z.sum(0) if has_bias else None, d_hidden.sum(0) if has_bias else None,
                self._to_projection()))

    def _back(self, rows: slice, size: int, d_out: Array) -> None:
        """Take a step back: fill the rows of `d_z`, and bring the states before it up to date."""
        raise NotImplementedError

    def _to_hidden(self) -> Array:
        """The gradient of what the state added to the gates."""
        return self.d_z

    def _to_projection(self) -> Array | None:
        return None


class Tanh(_Run):
    """tanh of what input and state add up to."""

    def _step(self, rows: slice, size: int, turned: Array) -> Array:
        z = self.z[rows]
        z += self.state[:size] @ turned
        return self._bent(z)

    def _bent(self, z: Array) -> Array:
        return np.tanh(z)

    def _slope(self, out: Array) -> Array:
        return 1 - out * out

    def _back(self, rows: slice, size: int, d_out: Array) -> None:
        self.d_z[rows] = d_out * self._slope(self.out[rows])
        self.d_state[:size] = self.d_z[rows] @ self.weights.hh


class Relu(Tanh):
    """The same, of which only the part above 0 goes on."""

    def _bent(self, z: Array) -> Array:
        return np.maximum(z, 0)

    def _slope(self, out: Array) -> Array:
        return (out > 0).astype(out.dtype)


class Gru(_Run):
    """Gated recurrent units (Cho et al. 2014): the gates reset, update and new."""

    gates = 3

    def _biases(self) -> list[Array]:
        return [each for each in self.weights[2:3] if each is not None]

    def _projected(self) -> Array:
        made = super()._projected()
        self.new_of_state = np.empty((len(made), self.size), made.dtype)
        return made

    def _step(self, rows: slice, size: int, turned: Array) -> Array:
        n, z, before = self.size, self.z[rows], self.state[:size]
        of_state = before @ turned
        if self.weights.bias_hh is not None:
            of_state += self.weights.bias_hh
        z[:, : 2 * n] += of_state[:, : 2 * n]
        gates = _sigmoid(z[:, : 2 * n])
        self.new_of_state[rows] = of_state[:, 2 * n :]
        new = z[:, 2 * n :]
        new += gates[:, :n] * of_state[:, 2 * n :]
        np.tanh(new, out=new)
        return new + gates[:, n:] * (before - new)

    def _back(self, rows: slice, size: int, d_out: Array) -> None:
        n, z, d_z = self.size, self.z[rows], self.d_z[rows]
        reset, update, new = z[:, :n], z[:, n : 2 * n], z[:, 2 * n :]
        d_new = d_out * (1 - update) * (1 - new * new)
        d_z[:, 2 * n :] = d_new
        d_z[:, n : 2 * n] = d_out * (self.before[rows] - new) * update * (1 - update)
        d_z[:, :n] = d_new * self.new_of_state[rows] * reset * (1 - reset)
        of_state = d_z.copy()
        of_state[:, 2 * n :] *= reset
        self.d_state[:size] = d_out * update + of_state @ self.weights.hh

    def _to_hidden(self) -> Array:
        made = self.d_z.copy()
        made[:, 2 * self.size :] *= self.z[:, : self.size]
        return made


class Lstm(_Run):
    """Long short-term memory (Hochreiter and Schmidhuber 1997): input, forget, new and output."""

    gates = 4

    def _projected(self) -> Array:
        made = super()._projected()
        self.cell_before = np.empty((len(made), self.size), made.dtype)
        self.shown = np.empty_like(self.cell_before)  # tanh of the cell
        return made

    def _step(self, rows: slice, size: int, turned: Array) -> Array:
        assert self.cell is not None
        n, z, cell = self.size, self.z[rows], self.cell[:size]
        self.cell_before[rows] = cell
        z += self.state[:size] @ turned
        new = np.tanh(z[:, 2 * n : 3 * n])
        _sigmoid(z)
        z[:, 2 * n : 3 * n] = new
        cell *= z[:, n : 2 * n]
        new *= z[:, :n]
        cell += new
        shown = np.tanh(cell, out=self.shown[rows])
        shown = shown * z[:, 3 * n :]
        return shown if self.weights.hr is None else shown @ self.weights.hr.T

    def back(self, out: Array, state: Array, cell: Array | None) -> Gradients:
        """The gradients, from those of the results."""
        if self.weights.hr is not None:
            self.d_out = np.empty_like(self.before)
        return super().back(out, state, cell)

    def _back(self, rows: slice, size: int, d_out: Array) -> None:
        assert self.d_cell is not None
        n, z, d_z, shown = self.size, self.z[rows], self.d_z[rows], self.shown[rows]
        if self.weights.hr is not None:
            self.d_out[rows] = d_out
            d_out = d_out @ self.weights.hr
        entered, kept, new, given = (z[:, k * n : (k + 1) * n] for k in range(4))
        d_cell = self.d_cell[:size]
        d_cell += d_out * given * (1 - shown * shown)
        d_z[:, :n] = d_cell * new * entered * (1 - entered)
        d_z[:, n : 2 * n] = d_cell * self.cell_before[rows] * kept * (1 - kept)
        d_z[:, 2 * n : 3 * n] = d_cell * entered * (1 - new * new)
        d_z[:, 3 * n :] = d_out * shown * given * (1 - given)
        d_cell *= kept
        self.d_state[:size] = d_z @ self.weights.hh

    def _to_projection(self) -> Array | None:
        if self.weights.hr is None:
            return None
        return self.d_out.T @ (self.shown * self.z[:, 3 * self.size :])


KINDS: dict[str, type[_Run]] = {"rnn_tanh": Tanh, "rnn_relu": Relu, "gru": Gru, "lstm": Lstm}


def run(
    kind: str, input: Array, state: Array, cell: Array | None, weights: Weights, walk: Walk
) -> Any:
    """A layer of this kind that has gone through time; by kernels where they are worth it."""
    if kind in ("lstm", "gru") and len(input) * weights.hh.size >= _KERNELS:
        from rushlight.engine import recurrence_native  # which LLVM makes

        if recurrence_native.fits(kind, input, weights):
            return recurrence_native.Run(kind, input, state, cell, weights, walk)
    return KINDS[kind](input, state, cell, weights, walk)


_KERNELS = 1 << 13  # multiplications
