"""Averages of models along their training: against what PyTorch gives, and what they refuse."""

from __future__ import annotations

import json
from pathlib import Path

import averages
import numpy as np
import pytest

import rushlight as torch

RECORDED = json.loads((Path(__file__).parent / "golden" / "averages.json").read_text())
utils = torch.optim.swa_utils


@pytest.mark.parametrize("kind", averages.KINDS)
def test_averages_are_those_of_pytorch(kind):
    for (name, ours), (expected, theirs) in zip(
        averages.averaged(torch, kind), RECORDED[kind], strict=True
    ):
        assert name == expected
        np.testing.assert_allclose(ours, theirs, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("options", averages.SCHEDULES, ids=str)
@pytest.mark.parametrize("after", [False, True])
@pytest.mark.filterwarnings("ignore:lr_scheduler.step")
def test_schedule(options, after):
    np.testing.assert_allclose(
        averages.schedule(torch, options, after), RECORDED[f"{options} {after}"], rtol=1e-12)


def test_the_model_is_copied_and_called():
    model = torch.nn.Linear(2, 1)
    kept = utils.AveragedModel(model)
    kept.update_parameters(model)
    with torch.no_grad():
        model.weight.fill_(9.0)
    x = torch.ones(1, 2)
    assert not torch.equal(kept(x), model(x))
    assert list(kept.state_dict()) == ["n_averaged", "module.weight", "module.bias"]
    assert kept.n_averaged.dtype == torch.int64


def test_averages_of_integers_and_complex_numbers():
    ours, theirs = torch.tensor([4, 8]), torch.tensor([8, 0])
    utils.get_ema_multi_avg_fn(0.5)([ours], [theirs], 1)
    assert ours.tolist() == [6, 4]
    number = torch.tensor([1 + 1j])
    utils.get_swa_multi_avg_fn()([number], [torch.tensor([3 - 1j])], torch.tensor(1))
    assert number.tolist() == [2 + 0j]


def test_refusals():
    model = torch.nn.Linear(2, 1)
    with pytest.raises(AssertionError):
        utils.AveragedModel(model, avg_fn=min, multi_avg_fn=min)
    for make in (utils.get_ema_avg_fn, utils.get_ema_multi_avg_fn):
        with pytest.raises(ValueError, match="decay"):
            make(1.5)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with pytest.raises(ValueError, match="rates"):
        utils.SWALR(optimizer, swa_lr=[0.1, 0.2])
    with pytest.raises(ValueError, match="linear"):
        utils.SWALR(optimizer, swa_lr=0.1, anneal_strategy="square")
    with pytest.raises(ValueError, match="anneal_epochs"):
        utils.SWALR(optimizer, swa_lr=0.1, anneal_epochs=-1)


def test_update_bn_leaves_other_models_and_modes_alone():
    utils.update_bn([1 / 0 for _ in ()], torch.nn.Linear(2, 1))
    model = torch.nn.BatchNorm1d(2, momentum=0.3).eval()
    utils.update_bn([torch.ones(4, 2), torch.ones(4, 2) * 3], model)
    assert not model.training and model.momentum == 0.3
    assert model.running_mean.tolist() == [2.0, 2.0]
