"""`lstm`, `gru`, `rnn_tanh` and `rnn_relu`: layers of recurrent networks, through all of time.

One layer in one direction is one step of the graph (`engine/recurrence.py` goes through time, and
back). Where gradients are to be differentiated again the layer is made anew of ops, cell by cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rushlight.autograd.differentiate import grad as gradients_of
from rushlight.autograd.function import Function
from rushlight.autograd.modes import modes
from rushlight.engine import recurrence
from rushlight.engine.recurrence import Walk
from rushlight.ops.arguments import need_tensor, widened
from rushlight.ops.cells import CELLS
from rushlight.ops.dropouts import dropout as dropped
from rushlight.ops.linear import linear
from rushlight.ops.op import FACE, composite
from rushlight.tensor.tensor import Tensor, settled, wrap


def _array(given: Tensor | None) -> Any:
    return None if given is None else widened(settled(given))


class _Layer(Function):
    """One layer in one direction: (rows, states) and weights to rows, and the last states."""

    @staticmethod
    def forward(
        ctx: Any, kind: str, walk: Walk, input: Tensor, state: Tensor, cell: Tensor | None,
        *weights: Tensor | None,
    ) -> Any:
        """Through time."""
        ctx.kind, ctx.walk = kind, walk
        ctx.save_for_backward(input, state, cell, *weights)
        ctx.run = run = recurrence.run(
            kind, _array(input), _array(state), _array(cell),
            recurrence.Weights(*map(_array, weights)), walk)
        dtype = input._array.dtype
        made = [run.out, run.state] + ([] if run.cell is None else [run.cell])
        return tuple([wrap(each.astype(dtype, copy=False)) for each in made])

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        """Back through time."""
        given = ctx.saved_tensors
        if modes.grad:
            return None, None, *_by_cells(ctx.kind, ctx.walk, given, grads)
        found = ctx.run.back(*map(_array, grads), *[None] * (3 - len(grads)))
        flat = (found.input, found.state, found.cell, *found.weights)
        return None, None, *[
            None if made is None or each is None else wrap(
                made.astype(each._array.dtype, copy=False))
            for made, each in zip(flat, given, strict=True)]


def _by_cells(
    kind: str, walk: Walk, given: Sequence[Tensor | None], grads: Sequence[Tensor]
) -> list[Tensor | None]:
    """The gradients of a layer made of ops, which can be differentiated again."""
    input, state, cell, *weights = given
    results = steps(kind, walk, input, state, cell, weights)
    wanted = [each for each in given if each is not None and each._node is not None]
    found = iter(gradients_of(
        results, wanted, list(grads), create_graph=True, allow_unused=True))
    return [
        next(found) if each is not None and each._node is not None else None for each in given]


def steps(
    kind: str, walk: Walk, input: Any, state: Any, cell: Any, weights: Sequence[Tensor | None]
) -> tuple[Tensor, ...]:
    """A layer in one direction, cell by cell."""
    *of_cell, projection = weights
    states: tuple[Any, ...] = (state,) if cell is None else (state, cell)
    rows: dict[int, Tensor] = {}
    for each, size in zip(walk.rows, walk.sizes, strict=True):
        made = CELLS[kind](input[each], tuple([part[:size] for part in states]), *of_cell)
        if projection is not None:
            made = (linear(made[0], projection), *made[1:])
        rows[each.start] = made[0]
        states = tuple([
            new if size == len(old._array) else FACE["cat"]((new, old[size:]))
            for new, old in zip(made, states, strict=True)])
    return FACE["cat"]([rows[start] for start in sorted(rows)]), *states


# --- several layers, in both directions


def _split(
    name: str, params: Sequence[Tensor], has_biases: bool, parts: int
) -> list[list[Tensor | None]]:
    """The weights of each layer and direction, with None for what there is not."""
    least = 4 if has_biases else 2
    per = len(params) // parts if parts else 0
    if per * parts != len(params) or per not in (least, least + (name == "lstm")):
        raise RuntimeError(
            f"{name}(): {len(params)} weights for {parts} layers and directions: each has {least}"
            + (", and one more if it projects" if name == "lstm" else ""))
    found: list[list[Tensor | None]] = []
    for start in range(0, len(params), per):
        one: list[Tensor | None] = [
            need_tensor(name, "a weight", each) for each in params[start : start + per]]
        head, tail = one[:least], one[least:]
        found.append([*head, *[None] * (4 - least), *(tail or [None])])
    return found


def _check_states(
    name: str, states: Sequence[Tensor], weights: list[list[Tensor | None]], batch: int
) -> None:
    """RuntimeError where a state has not a row for each sequence, layer and direction."""
    for i, state in enumerate(states):
        hidden, projection = weights[0][1], weights[0][4]
        assert hidden is not None
        width = hidden.shape[1]
        if i == 1 and projection is not None:
            width = projection.shape[1]
        if tuple(state.shape) != (len(weights), batch, width):
            raise RuntimeError(
                f"{name}(): a state has shape {list(state.shape)}, it is to have "
                f"{[len(weights), batch, width]}: layers and directions, batch, features")


def _through(
    name: str, flat: Tensor, sizes: Sequence[int], states: Sequence[Tensor],
    params: Sequence[Tensor], has_biases: bool, num_layers: int, dropout: float, train: bool,
    bidirectional: bool,
) -> tuple[Tensor, ...]:
    """All layers over rows that lie step by step; the last one's rows, and all last states."""
    directions = 2 if bidirectional else 1
    weights = _split(name, params, has_biases, num_layers * directions)
    _check_states(name, states, weights, sizes[0] if sizes else 0)
    last: list[list[Tensor]] = [[] for _ in states]
    for layer in range(num_layers):
        made = []
        for direction in range(directions):
            at = layer * directions + direction
            _check_input(name, flat, weights[at])
            walk = Walk.over(sizes, bool(direction))
            first = [state[at] for state in states]
            rows, *ends = _Layer.apply(
                name, walk, flat, first[0], first[1] if len(first) > 1 else None, *weights[at])
            made.append(rows)
            for kept, end in zip(last, ends, strict=True):
                kept.append(end)
        flat = made[0] if directions == 1 else FACE["cat"](made, 1)
        if dropout and train and layer < num_layers - 1:
            flat = dropped(flat, dropout)
    return flat, *[FACE["stack"](each) for each in last]


def _check_input(name: str, flat: Tensor, weights: list[Tensor | None]) -> None:
    weight = weights[0]
    assert weight is not None
    if flat.ndim != 2 or weight.ndim != 2 or flat.shape[1] != weight.shape[1]:
        raise RuntimeError(
            f"{name}(): input with {flat.shape[-1]} features does not fit a weight of shape "
            f"{list(weight.shape)}")
    for each in weights:
        if each is not None and each.dtype != flat.dtype:
            raise RuntimeError(
                f"{name}(): input is {flat.dtype}, a weight {each.dtype}: convert one of them")


def _layers(name: str, several: bool) -> None:
    """Publish one kind: over sequences of one length, or packed ones; `several`: `hx` is two."""

    def whole(
        input: Tensor, hx: Any, params: Sequence[Tensor], has_biases: bool, num_layers: int,
        dropout: float, train: bool, bidirectional: bool, batch_first: bool,
    ) -> tuple[Tensor, ...]:
        if need_tensor(name, "input", input).ndim != 3:
            raise RuntimeError(f"{name}(): input has 3 dims, not {input.ndim}")
        if batch_first:
            input = input.transpose(0, 1)
        times, batch, width = input.shape
        if not times:
            raise RuntimeError(f"{name}(): there is no step: the length of the input is 0")
        rows, *ends = _through(
            name, input.reshape(times * batch, width), [batch] * times,
            hx if several else (hx,), params, has_biases, num_layers, dropout, train,
            bidirectional)
        rows = rows.reshape(times, batch, rows.shape[1])
        return (rows.transpose(0, 1) if batch_first else rows), *ends

    def packed(
        data: Tensor, batch_sizes: Tensor, hx: Any, params: Sequence[Tensor], has_biases: bool,
        num_layers: int, dropout: float, train: bool, bidirectional: bool,
    ) -> tuple[Tensor, ...]:
        sizes = settled(batch_sizes)
        if sizes.ndim != 1 or sizes.dtype.kind not in "iu" or (np.diff(sizes) > 0).any() or (
            sizes.sum() != data.shape[0]
        ):
            raise RuntimeError(
                f"{name}(): batch_sizes never grow and add up to the {data.shape[0]} rows of data")
        return _through(
            name, data, sizes.tolist(), hx if several else (hx,), params, has_biases, num_layers,
            dropout, train, bidirectional)

    def function(input: Tensor, second: Any, *rest: Any, **named: Any) -> tuple[Tensor, ...]:
        is_packed = isinstance(second, Tensor) and second._array.dtype.kind in "iu"
        return (packed if is_packed else whole)(input, second, *rest, **named)

    function.__doc__ = (
        f"`{name}` through time: (input, hx, weights, has_biases, num_layers, dropout, train, "
        "bidirectional, batch_first), or (data, batch_sizes, hx, weights, has_biases, num_layers, "
        "dropout, train, bidirectional) for packed sequences. The rows of the last layer, and "
        "the last state of each layer and direction. RuntimeError where sizes do not fit.")
    composite(name=name, method=False, looks=True)(function)


for _name in recurrence.KINDS:
    _layers(_name, _name == "lstm")
