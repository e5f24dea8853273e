"""Layers of sequences: as PyTorch's from the same seed, and held to what is known otherwise."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import seeded_layers

import rushlight as torch
from rushlight import nn
from rushlight.engine.recurrence import Walk
from rushlight.nn.utils import rnn
from rushlight.ops import recurrent

RECORDED = json.loads((Path(__file__).parent / "golden" / "seeded_layers.json").read_text())


@pytest.mark.filterwarnings("ignore:enable_nested_tensor", "ignore:Initializing zero-element")
@pytest.mark.parametrize(
    ("line", "shapes"), seeded_layers.LINES, ids=[line for line, _ in seeded_layers.LINES])
def test_layers_are_as_those_of_pytorch_from_the_same_seed(line, shapes):
    expected, actual = RECORDED[line], seeded_layers.seen(torch, line, shapes)
    for each in ("repr", "names", "next"):
        assert actual[each] == expected[each]
    assert len(actual["results"]) == len(expected["results"])
    for one, other in zip(actual["results"], expected["results"], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(actual["gradients"], expected["gradients"], rtol=1e-6, atol=1e-10)


# --- recurrent layers


def _doubles(*shape):
    made = np.random.RandomState(sum(shape)).randn(*shape)
    return torch.tensor(made, requires_grad=True)


KINDS = {"lstm": 4, "gru": 3, "rnn_tanh": 1, "rnn_relu": 1}


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_through_time_is_its_cells_one_after_the_other(kind, backwards):
    """Values, and gradients of everything, for sequences of several lengths."""
    gates, hidden, width = KINDS[kind], 3, 2
    walk = Walk.over([3, 3, 2, 1], backwards)
    state = _doubles(3, hidden)
    cell = _doubles(3, hidden) if kind == "lstm" else None
    weights = [_doubles(gates * hidden, width), _doubles(gates * hidden, hidden),
               _doubles(gates * hidden), _doubles(gates * hidden), None]
    input = _doubles(9, width)
    leaves = [each for each in (input, state, cell, *weights) if each is not None]
    at_once = recurrent._Layer.apply(kind, walk, input, state, cell, *weights)
    by_cells = recurrent.steps(kind, walk, input, state, cell, weights)
    slopes = [
        torch.autograd.grad(sum((each**3).sum() for each in results), leaves)
        for results in (at_once, by_cells)]
    for one, other in zip((*at_once, *slopes[0]), (*by_cells, *slopes[1]), strict=True):
        np.testing.assert_allclose(one.detach().numpy(), other.detach().numpy(), atol=1e-12)


@pytest.mark.parametrize("kind", ["lstm", "gru", "rnn_tanh"])
def test_gradients_of_layers_through_time(kind):
    """By finite differences, of the first and of the second order, through two layers."""
    torch.manual_seed(0)
    layer = {"lstm": nn.LSTM, "gru": nn.GRU, "rnn_tanh": nn.RNN}[kind](2, 2, 2).double()
    names = [name for name, _ in layer.named_parameters()]

    def function(input, *weights):
        given = dict(zip(names, weights, strict=True))
        result, last = torch.func.functional_call(layer, given, input)
        return (result, *last) if isinstance(last, tuple) else (result, last)

    inputs = (_doubles(2, 1, 2), *[each.detach().requires_grad_() for each in layer.parameters()])
    assert torch.autograd.gradcheck(function, inputs)
    assert torch.autograd.gradgradcheck(function, inputs)


def test_packed_sequences_go_as_far_as_they_are_long():
    """Each packed sequence gives what it gives alone."""
    torch.manual_seed(0)
    layer = nn.LSTM(2, 3, bidirectional=True)
    alone = [torch.randn(length, 2) for length in (2, 4, 3)]
    packed = rnn.pack_sequence(alone, enforce_sorted=False)
    made, (state, _) = layer(packed)
    together, lengths = rnn.pad_packed_sequence(made)
    assert lengths.tolist() == [2, 4, 3]
    for k, each in enumerate(alone):
        result, (last, _) = layer(each)
        torch.testing.assert_close(together[: len(each), k], result)
        torch.testing.assert_close(state[:, k], last)


def test_sequences_come_out_as_they_went_in():
    several = [torch.arange(float(n)).reshape(n, 1) for n in (3, 1, 2)]
    back = rnn.unpack_sequence(rnn.pack_sequence(several, enforce_sorted=False))
    assert [each.tolist() for each in back] == [each.tolist() for each in several]
    packed = rnn.pack_sequence(several, enforce_sorted=False)
    assert packed.batch_sizes.tolist() == [3, 2, 1] and packed.sorted_indices.tolist() == [0, 2, 1]
    assert packed.data.flatten().tolist() == [0, 0, 0, 1, 1, 2]
    assert packed.to(torch.float32) is packed and packed.double().data.dtype == torch.float64
    padded = rnn.pad_sequence(several, True, -1.0, "left")
    assert padded.squeeze(2).tolist() == [[0, 1, 2], [-1, -1, 0], [-1, 0, 1]]


def test_gradients_flow_through_packing():
    x = torch.ones(3, 2, 1, requires_grad=True)
    packed = rnn.pack_padded_sequence(x, [3, 1])
    padded, _ = rnn.pad_packed_sequence(packed, total_length=4, padding_value=5.0)
    assert padded.squeeze(2).tolist() == [[1, 1], [1, 5], [1, 5], [5, 5]]
    (padded * 2).sum().backward()
    assert x.grad.squeeze(2).tolist() == [[2, 2], [2, 0], [2, 0]]


@pytest.mark.parametrize(("error", "make"), [
    (RuntimeError, lambda: rnn.pack_padded_sequence(torch.ones(3, 2), [1, 2])),
    (RuntimeError, lambda: rnn.pack_padded_sequence(torch.ones(3, 2), [2, 0])),
    (RuntimeError, lambda: rnn.pack_padded_sequence(torch.ones(3, 2), [4, 1])),
    (RuntimeError, lambda: rnn.pack_padded_sequence(torch.ones(3, 2), [2])),
    (ValueError, lambda: rnn.pad_packed_sequence(
        rnn.pack_sequence([torch.ones(3)]), total_length=2)),
    (RuntimeError, lambda: rnn.pad_sequence([])),
    (RuntimeError, lambda: nn.LSTM(3, 4)(torch.ones(2, 1, 3), (torch.ones(1, 2, 4),) * 2)),
    (RuntimeError, lambda: nn.GRU(3, 4)(torch.ones(2, 1, 2))),
    (ValueError, lambda: nn.GRU(3, 4)(torch.ones(2, 1, 3).double())),
    (ValueError, lambda: nn.LSTM(3, 0)), (ValueError, lambda: nn.LSTM(3, 4, proj_size=4)),
    (TypeError, lambda: nn.LSTM(3, 4, bias=1)), (ValueError, lambda: nn.RNN(3, 4, dropout=2.0)),
    (RuntimeError, lambda: nn.LSTMCell(3, 4)(torch.ones(2, 2))),
    (RuntimeError, lambda: torch.gru(
        torch.ones(2, 1, 3), torch.ones(1, 1, 4), [torch.ones(4, 3)], True, 1, 0.0, True, False,
        False)),
    (AssertionError, lambda: nn.MultiheadAttention(5, 2)),
    (RuntimeError, lambda: nn.TransformerEncoderLayer(4, 2, activation="softmax")),
    (ValueError, lambda: nn.AdaptiveLogSoftmaxWithLoss(4, 5, [3, 2])),
])
def test_refusals(error, make):
    with pytest.raises(error):
        make()


# --- attention and tables


def test_attention_is_a_mean_of_values():
    rng = np.random.RandomState(0)
    q, k, v = rng.randn(2, 3, 4), rng.randn(2, 5, 4), rng.randn(2, 5, 6)
    mask = rng.rand(3, 5) > 0.3
    mask[:, 0] = True
    shares = np.where(mask, np.exp(q @ k.swapaxes(1, 2) / 2), 0)
    shares /= shares.sum(-1, keepdims=True)
    made = nn.functional.scaled_dot_product_attention(
        *map(torch.tensor, (q, k, v)), torch.tensor(mask))
    np.testing.assert_allclose(made.numpy(), shares @ v, rtol=1e-12)


def test_a_query_that_may_look_nowhere_takes_nothing():
    x = torch.ones(1, 2, 3, requires_grad=True)
    mask = torch.tensor([[True, True], [False, False]])
    made = nn.functional.scaled_dot_product_attention(x, x, x, mask)
    assert made[0, 1].tolist() == [0, 0, 0]
    made.sum().backward()
    assert bool(x.grad.isfinite().all())


def test_the_causal_mask_is_what_is_causal_means():
    torch.manual_seed(0)
    layer = nn.TransformerEncoder(
        nn.TransformerEncoderLayer(4, 2, 8, 0.0, batch_first=True), 2).eval()
    x = torch.randn(2, 5, 4)
    mask = nn.Transformer.generate_square_subsequent_mask(5)
    seen = layer(x, mask)
    torch.testing.assert_close(seen, layer(x, mask, is_causal=True))
    changed = x.clone()
    changed[:, 3:] += 1
    torch.testing.assert_close(layer(changed, mask)[:, :3], seen[:, :3])


def test_long_rows_are_shortened_in_the_table_itself():
    table = torch.tensor([[3.0, 4.0], [0.3, 0.4], [6.0, 8.0]])
    nn.functional.embedding(torch.tensor([0, 1]), table, max_norm=1.0)
    np.testing.assert_allclose(table.numpy(), [[0.6, 0.8], [0.3, 0.4], [6, 8]], rtol=1e-6)


@pytest.mark.parametrize("size", [3, 700])
def test_rows_read_often_get_the_sum_of_their_gradients(size):
    """By either way of adding."""
    rng = np.random.RandomState(0)
    rows, grads = rng.randint(0, 9, size), rng.randn(size, 4)
    table = torch.zeros(9, 4, dtype=torch.float64, requires_grad=True)
    nn.functional.embedding(torch.tensor(rows), table).backward(torch.tensor(grads))
    expected = np.zeros((9, 4))
    np.add.at(expected, rows, grads)
    np.testing.assert_allclose(table.grad.numpy(), expected, atol=1e-12)


def test_all_shares_of_an_adaptive_softmax_sum_to_one():
    torch.manual_seed(0)
    layer = nn.AdaptiveLogSoftmaxWithLoss(16, 12, [3, 6], head_bias=True).double()
    x = torch.randn(5, 16, dtype=torch.float64)
    logs = layer.log_prob(x)
    np.testing.assert_allclose(logs.exp().sum(1).detach().numpy(), np.ones(5), rtol=1e-12)
    assert layer.predict(x).tolist() == logs.argmax(1).tolist()
    target = torch.tensor([0, 4, 11, 5, 7])
    torch.testing.assert_close(layer(x, target).output, logs[torch.arange(5), target])
