"""One step of a recurrent layer, made of ops: `lstm_cell`, `gru_cell`, `rnn_tanh_cell`..."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rushlight.ops.arguments import need_tensor
from rushlight.ops.linear import linear
from rushlight.ops.op import composite
from rushlight.tensor.tensor import Tensor

States = tuple[Tensor, ...]
Weights = tuple[Tensor, Tensor, Tensor | None, Tensor | None]


def _check(name: str, input: Any, state: Any, w_ih: Tensor, w_hh: Tensor, gates: int) -> None:
    """RuntimeError where sizes do not fit."""
    given = need_tensor(name, "input", input)._array.shape
    held = need_tensor(name, "the state", state)._array.shape
    if len(given) not in (1, 2) or len(held) != len(given) or given[:-1] != held[:-1]:
        raise RuntimeError(
            f"{name}(): input is (N, features) and the state (N, hidden), not {list(given)} and "
            f"{list(held)}")
    if given[-1] != w_ih.shape[-1] or held[-1] != w_hh.shape[-1] or w_ih.shape[0] % gates:
        raise RuntimeError(
            f"{name}(): input {list(given)} and state {list(held)} do not fit the weights, "
            f"{list(w_ih.shape)} and {list(w_hh.shape)}")


@composite(method=False)
def lstm_cell(
    input: Tensor, hx: Any, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """The next state and cell of an LSTM, whose state and cell are `hx`."""
    state, cell = hx
    _check("lstm_cell", input, state, w_ih, w_hh, 4)
    gates = linear(input, w_ih, b_ih) + linear(state, w_hh, b_hh)
    entered, kept, new, given = gates.chunk(4, -1)
    cell = kept.sigmoid() * cell + entered.sigmoid() * new.tanh()
    return given.sigmoid() * cell.tanh(), cell


@composite(method=False)
def gru_cell(
    input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> Tensor:
    """The next state of a GRU."""
    _check("gru_cell", input, hx, w_ih, w_hh, 3)
    of_input = linear(input, w_ih, b_ih).chunk(3, -1)
    of_state = linear(hx, w_hh, b_hh).chunk(3, -1)
    reset, update = ((a + b).sigmoid() for a, b in zip(of_input[:2], of_state[:2], strict=True))
    new = (of_input[2] + reset * of_state[2]).tanh()
    return new + update * (hx - new)


@composite(method=False)
def rnn_tanh_cell(
    input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> Tensor:
    """tanh of what input and state add up to."""
    _check("rnn_tanh_cell", input, hx, w_ih, w_hh, 1)
    return (linear(input, w_ih, b_ih) + linear(hx, w_hh, b_hh)).tanh()


@composite(method=False)
def rnn_relu_cell(
    input: Tensor, hx: Tensor, w_ih: Tensor, w_hh: Tensor, b_ih: Tensor | None = None,
    b_hh: Tensor | None = None,
) -> Tensor:
    """relu of what input and state add up to."""
    _check("rnn_relu_cell", input, hx, w_ih, w_hh, 1)
    return (linear(input, w_ih, b_ih) + linear(hx, w_hh, b_hh)).relu()


def _alone(cell: Callable[..., Tensor]) -> Callable[..., States]:
    return lambda input, states, *weights: (cell(input, states[0], *weights),)


CELLS: dict[str, Callable[..., States]] = {
    "lstm": lstm_cell, "gru": _alone(gru_cell), "rnn_tanh": _alone(rnn_tanh_cell),
    "rnn_relu": _alone(rnn_relu_cell),
}
