"""Tensors on the meta device: shapes and dtypes follow, values never appear."""

from __future__ import annotations

import pytest

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
