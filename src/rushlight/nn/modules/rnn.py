"""Recurrent layers, `RNN`, `LSTM` and `GRU`, and their cells, which are one step of them.

Source: https://docs.pytorch.org/docs/stable/nn.html#recurrent-layers
"""

from __future__ import annotations

import math
import numbers
import warnings
from typing import Any

from rushlight.autograd.modes import modes
from rushlight.nn import init
from rushlight.nn.modules.module import Module
from rushlight.nn.parameter import Parameter
from rushlight.nn.utils.rnn import PackedSequence
from rushlight.ops.op import FACE
from rushlight.tensor.tensor import Tensor

_GATES = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1, "RNN_RELU": 1}


def _begin(module: Module, hidden_size: int) -> None:
    """All weights uniform in +-1/sqrt(hidden_size)."""
    bound = 1 / math.sqrt(hidden_size) if hidden_size > 0 else 0
    for weight in module.parameters():
        init.uniform_(weight, -bound, bound)


class RNNBase(Module):
    """What the recurrent layers have in common: their weights, and their call.

    Layer k has `weight_ih_lk`, `weight_hh_lk`, with `bias` `bias_ih_lk` and `bias_hh_lk`, with
    `proj_size` `weight_hr_lk`; where `bidirectional`, the same again with `_reverse`. All begin
    uniform in +-1/sqrt(hidden_size). Raises ValueError or TypeError for sizes that make no sense.
    """

    def __init__(
        self, mode: str, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True,
        batch_first: bool = False, dropout: float = 0.0, bidirectional: bool = False,
        proj_size: int = 0, device: Any = None, dtype: Any = None,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        if not isinstance(hidden_size, int):
            raise TypeError(f"{name}: hidden_size is an int, not a {type(hidden_size).__name__}")
        if isinstance(dropout, bool) or not isinstance(dropout, numbers.Number) or (
            not 0 <= dropout <= 1
        ):
            raise ValueError(f"{name}: dropout is a number from 0 to 1, not {dropout!r}")
        for label, flag in (("bias", bias), ("batch_first", batch_first)):
            if not isinstance(flag, bool):
                raise TypeError(f"{name}: {label} is a bool, not a {type(flag).__name__}")
        if min(input_size, hidden_size, num_layers) <= 0:
            raise ValueError(
                f"{name}: input_size, hidden_size and num_layers must be above 0, they are "
                f"{input_size}, {hidden_size} and {num_layers}")
        if not 0 <= proj_size < hidden_size:
            raise ValueError(
                f"{name}: proj_size is from 0 to below hidden_size, {hidden_size}, not {proj_size}")
        if mode not in _GATES:
            raise ValueError(f"{name}: unknown mode {mode!r}")
        if dropout and num_layers == 1:
            warnings.warn(
                f"{name}: dropout={dropout} comes between layers, and there is one", stacklevel=3)
        self.mode, self.input_size, self.hidden_size = mode, input_size, hidden_size
        self.num_layers, self.bias, self.batch_first = num_layers, bias, batch_first
        self.dropout, self.bidirectional, self.proj_size = float(dropout), bidirectional, proj_size
        self._all_weights: list[list[str]] = []
        for layer in range(num_layers):
            for suffix in ("", "_reverse")[: 1 + bidirectional]:
                self._all_weights.append(self._make(layer, suffix, device, dtype))
        self.reset_parameters()

    def _make(self, layer: int, suffix: str, device: Any, dtype: Any) -> list[str]:
        """The weights of one layer in one direction, and their names."""
        gates = _GATES[self.mode] * self.hidden_size
        state = self.proj_size or self.hidden_size
        width = self.input_size if not layer else state * (1 + self.bidirectional)
        shapes: dict[str, tuple[int, ...]] = {"weight_ih": (gates, width),
                                              "weight_hh": (gates, state)}
        if self.bias:
            shapes |= {"bias_ih": (gates,), "bias_hh": (gates,)}
        if self.proj_size:
            shapes["weight_hr"] = (self.proj_size, self.hidden_size)
        made = {f"{name}_l{layer}{suffix}": shape for name, shape in shapes.items()}
        for name, shape in made.items():
            setattr(self, name, Parameter(FACE["empty"](shape, device=device, dtype=dtype)))
        return list(made)

    def reset_parameters(self) -> None:
        """Give all weights new random values."""
        _begin(self, self.hidden_size)

    def flatten_parameters(self) -> None:
        """Nothing: weights lie where they lie."""

    @property
    def _flat_weights(self) -> list[Tensor]:
        return [getattr(self, name) for names in self._all_weights for name in names]

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The weights of each layer and direction."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    def extra_repr(self) -> str:
        """The sizes, and what is unusual."""
        text = f"{self.input_size}, {self.hidden_size}"
        for name, usual in (
            ("proj_size", 0), ("num_layers", 1), ("bias", True), ("batch_first", False),
            ("dropout", 0), ("bidirectional", False),
        ):
            if getattr(self, name) != usual:
                text += f", {name}={getattr(self, name)}"
        return text

    # --- the call

    def check_input(self, input: Tensor, batch_sizes: Tensor | None) -> None:
        """RuntimeError for an input whose dims, last size or dtype do not fit."""
        wanted = 3 if batch_sizes is None else 2
        if input.ndim != wanted or input.shape[-1] != self.input_size:
            raise RuntimeError(
                f"{type(self).__name__}: input has {wanted} dims here, the last of "
                f"{self.input_size}; it has shape {list(input.shape)}")
        weight = self._flat_weights[0]
        if input.dtype != weight.dtype and not modes.autocast:
            raise ValueError(
                f"{type(self).__name__}: input is {input.dtype}, the weights are {weight.dtype}")

    def get_expected_hidden_size(
        self, input: Tensor, batch_sizes: Tensor | None
    ) -> tuple[int, int, int]:
        """The shape that the state must have."""
        return self._state_shape(self._batch(input, batch_sizes), self.proj_size)

    def _batch(self, input: Tensor, batch_sizes: Tensor | None) -> int:
        if batch_sizes is not None:
            return int(batch_sizes[0])
        return input.shape[0 if self.batch_first else 1]

    def _state_shape(self, batch: int, width: int) -> tuple[int, int, int]:
        return (self.num_layers * (1 + self.bidirectional), batch, width or self.hidden_size)

    def check_hidden_size(
        self, hx: Tensor, expected_hidden_size: tuple[int, int, int],
        msg: str = "the state has shape {1}, it is to have {0}",
    ) -> None:
        """RuntimeError for a state of another shape."""
        if tuple(hx.shape) != tuple(expected_hidden_size):
            raise RuntimeError(msg.format(expected_hidden_size, list(hx.shape)))

    def check_forward_args(self, input: Tensor, hidden: Any, batch_sizes: Tensor | None) -> None:
        """Errors for an input or a state that do not fit."""
        self.check_input(input, batch_sizes)
        self.check_hidden_size(hidden, self.get_expected_hidden_size(input, batch_sizes))

    def _states(self, hx: Any) -> tuple[Tensor, ...]:
        """The states given, as a tuple."""
        return (hx,)

    def _widths(self) -> tuple[int, ...]:
        """How many features each state has; 0: `hidden_size`."""
        return (0,)

    def permute_hidden(self, hx: Any, permutation: Tensor | None) -> Any:
        """The states of the sequences in another order."""
        if permutation is None:
            return hx
        made = tuple([each.index_select(1, permutation) for each in self._states(hx)])
        return made if len(made) > 1 else made[0]

    def forward(self, input: Any, hx: Any = None) -> Any:
        """The last layer's states at all steps, and all layers' last states.

        input: (T, N, features), with `batch_first` (N, T, features), (T, features) for one
        sequence, or a PackedSequence. hx: the states to begin with, zeros if not given.
        """
        packed = isinstance(input, PackedSequence)
        data, sizes, order, back = input if packed else (input, None, None, None)
        single = not packed and data.ndim == 2
        if not packed and data.ndim not in (2, 3):
            raise ValueError(
                f"{type(self).__name__}: input has 2 or 3 dims, not {data.ndim}")
        if single:
            data = data.unsqueeze(0 if self.batch_first else 1)
        batch = self._batch(data, sizes)
        if hx is None:
            states = tuple([
                data.new_zeros(self._state_shape(batch, width)) for width in self._widths()])
        else:
            states = self._given(hx, single, order)
        whole = states if len(states) > 1 else states[0]
        self.check_forward_args(data, whole, sizes)
        function = FACE[self.mode.lower()]
        settings = (
            self._flat_weights, self.bias, self.num_layers, self.dropout, self.training,
            self.bidirectional)
        if packed:
            made, *ends = function(data, sizes, whole, *settings)
            result: Any = PackedSequence(made, sizes, order, back)
        else:
            result, *ends = function(data, whole, *settings, self.batch_first)
        if single:
            result = result.squeeze(0 if self.batch_first else 1)
            ends = [each.squeeze(1) for each in ends]
        last = tuple(ends) if len(ends) > 1 else ends[0]
        return result, self.permute_hidden(last, back)

    def _given(self, hx: Any, single: bool, order: Tensor | None) -> tuple[Tensor, ...]:
        """The states given, with a batch, and in the order of packed sequences."""
        states = self._states(hx)
        wanted = 2 if single else 3
        for each in states:
            if each.ndim != wanted:
                raise RuntimeError(
                    f"{type(self).__name__}: a state has {wanted} dims for this input, not "
                    f"{each.ndim}")
        if single:
            states = tuple([each.unsqueeze(1) for each in states])
        permuted = self.permute_hidden(states if len(states) > 1 else states[0], order)
        return self._states(permuted)


class RNN(RNNBase):
    """h' = tanh(W_ih x + b_ih + W_hh h + b_hh), through time; nonlinearity="relu": relu.

    The arguments are those of `RNNBase`, after `hidden_size` and `num_layers` `nonlinearity`.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.RNN.html
    """

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, nonlinearity: str = "tanh",
        bias: bool = True, batch_first: bool = False, dropout: float = 0.0,
        bidirectional: bool = False, device: Any = None, dtype: Any = None, **refused: Any,
    ) -> None:
        if refused:
            _refuse("RNN", refused)
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"RNN: nonlinearity is 'tanh' or 'relu', not {nonlinearity!r}")
        self.nonlinearity = nonlinearity
        super().__init__(
            f"RNN_{nonlinearity.upper()}", input_size, hidden_size, num_layers, bias, batch_first,
            dropout, bidirectional, 0, device, dtype)


def _refuse(name: str, refused: dict[str, Any]) -> None:
    if set(refused) == {"proj_size"}:
        raise ValueError(f"{name}: proj_size is for LSTM alone")
    raise TypeError(f"{name} knows no {', '.join(refused)}")


class GRU(RNNBase):
    """Gated recurrent units: the state is kept as far as an update gate says, and what is new looks
    at it as far as a reset gate says.

    The arguments are those of `RNNBase`.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.GRU.html
    """

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True,
        batch_first: bool = False, dropout: float = 0.0, bidirectional: bool = False,
        device: Any = None, dtype: Any = None, **refused: Any,
    ) -> None:
        if refused:
            _refuse("GRU", refused)
        super().__init__(
            "GRU", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional,
            0, device, dtype)


class LSTM(RNNBase):
    """Long short-term memory: beside the state there is a cell, and gates say what enters it, what
    it keeps, and what it shows.

    The arguments are those of `RNNBase`; proj_size: the state is a projection to this size. The
    states are a pair, (h, c).
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTM.html
    """

    def __init__(
        self, input_size: int, hidden_size: int, num_layers: int = 1, bias: bool = True,
        batch_first: bool = False, dropout: float = 0.0, bidirectional: bool = False,
        proj_size: int = 0, device: Any = None, dtype: Any = None,
    ) -> None:
        super().__init__(
            "LSTM", input_size, hidden_size, num_layers, bias, batch_first, dropout, bidirectional,
            proj_size, device, dtype)

    def _states(self, hx: Any) -> tuple[Tensor, ...]:
        if not isinstance(hx, (tuple, list)) or len(hx) != 2:
            raise RuntimeError("LSTM: the states are a pair, (h, c)")
        return tuple(hx)

    def _widths(self) -> tuple[int, ...]:
        return (self.proj_size, 0)

    def get_expected_cell_size(
        self, input: Tensor, batch_sizes: Tensor | None
    ) -> tuple[int, int, int]:
        """The shape that the cell must have."""
        return self._state_shape(self._batch(input, batch_sizes), 0)

    def check_forward_args(self, input: Tensor, hidden: Any, batch_sizes: Tensor | None) -> None:
        """Errors for an input, a state or a cell that do not fit."""
        super().check_forward_args(input, hidden[0], batch_sizes)
        self.check_hidden_size(hidden[1], self.get_expected_cell_size(input, batch_sizes),
                               "the cell has shape {1}, it is to have {0}")


# --- one step


class RNNCellBase(Module):
    """What the cells have in common: `weight_ih`, `weight_hh`, `bias_ih` and `bias_hh`."""

    function = ""
    several = False

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool, num_chunks: int, device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.input_size, self.hidden_size, self.bias = input_size, hidden_size, bias
        gates = num_chunks * hidden_size
        for name, shape in (
            ("weight_ih", (gates, input_size)), ("weight_hh", (gates, hidden_size)),
            ("bias_ih", (gates,)), ("bias_hh", (gates,)),
        ):
            if len(shape) > 1 or bias:
                setattr(self, name, Parameter(FACE["empty"](shape, device=device, dtype=dtype)))
            else:
                self.register_parameter(name, None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Give all weights new random values."""
        _begin(self, self.hidden_size)

    def extra_repr(self) -> str:
        """The sizes, and what is unusual."""
        text = f"{self.input_size}, {self.hidden_size}"
        if not self.bias:
            text += f", bias={self.bias}"
        nonlinearity = getattr(self, "nonlinearity", "tanh")
        return text if nonlinearity == "tanh" else f"{text}, nonlinearity={nonlinearity}"

    def forward(self, input: Tensor, hx: Any = None) -> Any:
        """The next state: of (N, features) and (N, hidden), or without a batch."""
        name = type(self).__name__
        states = (None,) if hx is None else tuple(hx) if self.several else (hx,)
        for each in (input, *states):
            if each is not None and each.ndim not in (1, 2):
                raise ValueError(f"{name}: input and state have 1 or 2 dims, not {each.ndim}")
        single = input.ndim == 1
        input = input.unsqueeze(0) if single else input
        if hx is None:
            zeros = input.new_zeros((input.shape[0], self.hidden_size))
            states = (zeros, zeros) if self.several else (zeros,)
        elif single:
            states = tuple([each.unsqueeze(0) for each in states])
        made = FACE[self.function](
            input, states if self.several else states[0], self.weight_ih, self.weight_hh,
            self.bias_ih, self.bias_hh)
        if not single:
            return made
        return tuple([each.squeeze(0) for each in made]) if self.several else made.squeeze(0)


class RNNCell(RNNCellBase):
    """One step of `RNN`. Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.RNNCell.html
    """

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh",
        device: Any = None, dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    @property
    def function(self) -> str:  # type: ignore[override]
        """The step that `nonlinearity` names; RuntimeError if it is none."""
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(
                f"RNNCell: nonlinearity is 'tanh' or 'relu', not {self.nonlinearity!r}")
        return f"rnn_{self.nonlinearity}_cell"


class LSTMCell(RNNCellBase):
    """One step of `LSTM`: the next (h, c).

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.LSTMCell.html
    """

    function = "lstm_cell"
    several = True

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)


class GRUCell(RNNCellBase):
    """One step of `GRU`. Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.GRUCell.html
    """

    function = "gru_cell"

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)
