"""`torch.masked`: against what PyTorch gives; MaskedTensors keep their masks."""

from __future__ import annotations

import json
import math
from pathlib import Path

import masking
import numpy as np
import pytest

import rushlight as torch

RECORDED = json.loads((Path(__file__).parent / "golden" / "masked.json").read_text())
masked = torch.masked


@pytest.mark.parametrize(("name", "args", "options"), masking.CALLS, ids=str)
@pytest.mark.parametrize("mask", masking.MASKS)
def test_functions(name, args, options, mask):
    ours = masking.call(torch, name, args, options, mask)
    theirs = RECORDED[f"{name} {args} {options} {mask}"]
    assert ours[0] == theirs[0]
    np.testing.assert_allclose(ours[1], theirs[1], rtol=1e-9, atol=1e-11)
    if len(theirs) > 2:  # where nothing counts PyTorch has nan and we 0, or the other way round
        known = np.isfinite(theirs[2]) & np.isfinite(ours[2])
        np.testing.assert_allclose(
            np.array(ours[2])[known], np.array(theirs[2])[known], rtol=1e-8, atol=1e-9)
        assert known.any() or options.get("correction") == 2


def test_dtypes_and_logaddexp():
    x, mask = torch.tensor([[1, 2], [3, 4]]), torch.tensor([True, False])
    assert masked.sum(x, 1, mask=mask).tolist() == [1, 3]
    assert masked.amax(x, mask=mask).item() == 3 and masked.amin(x, mask=~mask).item() == 2
    assert masked.mean(x, dtype=torch.float64, mask=mask).dtype == torch.float64
    assert masked.var(x, 0, mask=mask)[0].item() == 2.0
    assert masked.sum(x > 1, mask=mask).item() == 1
    made = masked.logaddexp(
        torch.zeros(2), torch.zeros(2), input_mask=mask, other_mask=torch.tensor([True, True]))
    np.testing.assert_allclose(made, [math.log(2), 0], atol=1e-7)
    with pytest.raises(ValueError, match="dtype"):
        masked.mean(x)
    with pytest.raises(ValueError, match="nan"):
        masked.median(torch.tensor([1.0, math.nan]))
    with pytest.raises(IndexError, match="out of range"):
        masked.sum(x, 2)
    with pytest.raises(RuntimeError, match="twice"):
        masked.sum(x, (0, -2))
    with pytest.raises(TypeError, match="Tensor"):
        masked.sum([1.0])
    with pytest.raises(TypeError, match="mask"):
        masked.sum(x, mask=[True])


D = [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]]
M = [[True, False, True], [False, False, True]]


def example(**options):
    return masked.masked_tensor(torch.tensor(D), torch.tensor(M), **options)


def test_text():
    assert repr(example() * 3000) == """MaskedTensor(
  [
    [  0.0000,       --, 6000.0000],
    [        --,         --, 15000.0000]
  ]
)""".replace("[  0.0000,       --, 6000.0000]", "[  0.0000,        --, 6000.0000]")
    ints = masked.masked_tensor(torch.arange(3), torch.tensor([True, False, True]))
    assert repr(ints) == "MaskedTensor(\n  [0,       --, 2]\n)"
    assert repr(example().sum()) == "MaskedTensor(  7.0000, True)"
    assert repr(example()[1].prod(0)) == "MaskedTensor(  5.0000, True)"
    none = masked.masked_tensor(torch.ones(2), torch.tensor([False, False]))
    assert repr(none.sum()) == "MaskedTensor(--, False)"


def test_operators_and_methods():
    mt = example()
    assert (2 * mt + mt.exp() - 1).get_data()[0, 2].item() == pytest.approx(3 + math.exp(2))
    assert (mt + torch.ones(2, 3)).get_mask().tolist() == M
    assert (-mt).to_tensor(9.0).tolist() == [[0, 9, -2], [9, 9, -5]]
    assert (mt > 1).get_data().dtype == torch.bool and len(mt) == 2 and mt.shape == (2, 3)
    assert mt.t().get_mask().tolist() == torch.tensor(M).t().tolist()
    assert mt.reshape(3, 2)[0].get_mask().tolist() == [True, False]
    assert mt.add_(1).to_tensor(0).tolist() == [[1, 0, 3], [0, 0, 6]]
    assert mt.mean(1).get_data().tolist() == [2.0, 6.0]
    assert mt.sum(0).get_mask().tolist() == [True, False, True]
    assert mt.sum(dim=1, keepdim=True).shape == (2, 1) and mt.all().item()
    assert mt.softmax(1).to_tensor(0).sum(1).tolist() == pytest.approx([1, 1])
    assert masked.is_masked_tensor(mt) and not masked.is_masked_tensor(mt.get_data())
    with pytest.raises(ValueError, match="the same"):
        mt + masked.masked_tensor(torch.tensor(D), ~torch.tensor(M))
    with pytest.raises(TypeError):
        torch.exp(mt)


def test_gradients():
    mt = example(requires_grad=True)
    (mt * mt).sum().backward()
    assert mt.is_leaf and mt.grad.to_tensor(-1.0).tolist() == [[0, -1, 4], [-1, -1, 10]]
    x = torch.tensor(D, requires_grad=True)
    made = masked.as_masked_tensor(x, torch.tensor(M))
    made.mean().backward()
    np.testing.assert_allclose(x.grad, np.array(M) / 3, rtol=1e-6)


def test_refusals():
    data, mask = torch.tensor(D), torch.tensor(M)
    for args, error, match in (
        ((data, mask.float()), TypeError, "bool"), ((data, mask[0]), ValueError, "differ"),
        ((data.to(torch.complex64), mask), TypeError, "complex64"), ((D, mask), TypeError, "data"),
        ((data, M), TypeError, "mask"),
    ):
        with pytest.raises(error, match=match):
            masked.masked_tensor(*args)
    with pytest.raises(ValueError, match="its own mask"):
        masked.sum(example(), mask=mask)
