"""Tensors on the meta device: shapes and dtypes follow, values never appear."""

from __future__ import annotations

import pytest
from cases import FAMILIES, collect
from cases.checks import Call

import rushlight as torch

INDEX = torch.zeros(1, 3, dtype=torch.int64, device="meta")
# Each with the shape it gives a meta tensor `x` of shape (2, 3).
CALLS = [
    (lambda x: x + 1, (2, 3)),
    (lambda x: x.erf(), (2, 3)),
    (lambda x: x @ x.t(), (2, 2)),
    (lambda x: x.sum(1, keepdim=True), (2, 1)),
    (lambda x: x.norm(), ()),
    (lambda x: x.var(0), (3,)),
    (lambda x: x.softmax(1), (2, 3)),
    (lambda x: x.cumsum(0), (2, 3)),
    (lambda x: x.sort(1).values, (2, 3)),
    (lambda x: x.sort(1).indices, (2, 3)),
    (lambda x: x.topk(2).values, (2, 2)),
    (lambda x: x.max(1).indices, (2,)),
    (lambda x: x.tril(), (2, 3)),
    (lambda x: x.flip(0).roll(1, 0), (2, 3)),
    (lambda x: x[:, 1], (2,)),
    (lambda x: x.gather(0, INDEX), (1, 3)),
    (lambda x: x.masked_fill(x > 0, 1), (2, 3)),
    (lambda x: torch.where(x > 0, x, 0.0), (2, 3)),
    (lambda x: torch.cat([x, x]), (4, 3)),
    (lambda x: torch.stack([x, x]), (2, 2, 3)),
    (lambda x: torch.einsum("ij,kj->ik", x, x), (2, 2)),
    (lambda x: torch.rand_like(x), (2, 3)),
    (lambda x: x.reshape(3, 2).expand(4, 3, 2), (4, 3, 2)),
    (lambda x: x.to(torch.int32), (2, 3)),
]


@pytest.mark.parametrize(("call", "shape"), CALLS)
def test_results_stay_on_the_device(call, shape):
    result = call(torch.ones(2, 3, device="meta"))
    assert result.device.type == "meta"
    assert result.shape == shape


def test_a_tensor_larger_than_memory_costs_nothing():
    x = torch.empty(1 << 40, 1 << 10, device="meta")
    assert x.t().shape == (1 << 10, 1 << 40)


def test_writes_go_nowhere_and_draw_no_random_numbers():
    torch.manual_seed(3)
    x = torch.empty(1 << 40, 1 << 10, device="meta")
    for each in (x.zero_(), x.fill_(2), x.uniform_(), x.copy_(torch.ones(1))):
        assert each is x
    assert x._version == 4
    drawn = torch.rand(1)
    torch.manual_seed(3)
    assert drawn == torch.rand(1)


def test_there_are_no_values_to_copy():
    with pytest.raises(NotImplementedError, match="no values"):
        torch.zeros(2).copy_(torch.zeros(2, device="meta"))


# Operations whose result's shape, or whose work, needs values: none of them gives anything.
NEED_VALUES = {
    "Tensor.__bool__", "Tensor.__float__", "Tensor.__int__", "Tensor.item", "Tensor.tolist",
    "allclose", "equal", "is_nonzero", "unique", "Tensor.unique", "unique_consecutive",
    "repeat_interleave", "masked_select", "nonzero", "argwhere", "bincount", "setitem", "getitem",
    "index_put", "where", "pow", "linspace", "nn.functional.one_hot", "segment_reduce",
    "linalg.lstsq",
    "lstm", "gru", "rnn_tanh", "rnn_relu",  # packed sequences: batch_sizes
    "Tensor.view", "view_as_complex",  # the bytes seen as another dtype
}
FROM_NUMBERS = {"tensor"}  # made of numbers, on the device that is asked for


def on_meta(value):
    if isinstance(value, torch.Tensor):
        return value.to("meta")
    if isinstance(value, (list, tuple)):
        return type(value)(map(on_meta, value))
    return {k: on_meta(v) for k, v in value.items()} if isinstance(value, dict) else value


def likeness(made):
    if isinstance(made, torch.Tensor):
        return tuple(made.shape), made.dtype
    return [likeness(each) for each in made] if isinstance(made, (list, tuple)) else type(made)


def tensors(made):
    if isinstance(made, (list, tuple)):
        return [one for each in made for one in tensors(each)]
    return [made] if isinstance(made, torch.Tensor) else []


@pytest.mark.filterwarnings("ignore::UserWarning", "ignore::FutureWarning")
@pytest.mark.parametrize("family", FAMILIES)
def test_every_operation_tells_shapes_and_dtypes(family):
    told = 0
    for name, cases in collect(family).items():
        for case in cases.values():
            if case.fails or not case.inputs or name in FROM_NUMBERS:
                continue
            real, bare = (Call(torch, case, case.dtypes[0]) for _ in range(2))
            try:
                expected = real.function()
            except Exception:  # a dtype it is not defined for: test_cases.py compares the error
                continue
            bare.args, bare.kwargs = on_meta(bare.args), on_meta(bare.kwargs)
            try:
                made = bare.function()
            except (NotImplementedError, RuntimeError):
                assert name in NEED_VALUES, case
                continue
            assert likeness(made) == likeness(expected), case
            assert {each.device.type for each in tensors(made)} <= {"meta"}, case
            told += 1
    assert told
