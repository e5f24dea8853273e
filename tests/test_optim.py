"""Optimisers and schedules: against what PyTorch gives, and what they refuse."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path

import numpy as np
import pytest
import training

import rushlight as torch

RECORDED = json.loads((Path(__file__).parent / "golden" / "optim.json").read_text())
TRAININGS = [(name, options) for name, several in training.OPTIMIZERS.items()
             for options in several]
SCHEDULES = [(name, k) for name, calls in training.SCHEDULES.items() for k in range(len(calls))]


def compare(got, key, rtol=1e-10):
    for ours, theirs in zip(got, RECORDED[key], strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=rtol, atol=rtol)


@pytest.mark.parametrize(("name", "options"), TRAININGS, ids=str)
def test_trainings_end_where_those_of_pytorch_do(name, options):
    compare(training.train(torch, name, options, "float64"), f"{name} {options}",
            1e-3 if name == "Muon" else 1e-10)  # Muon computes its steps in bfloat16


@pytest.mark.parametrize("name", training.COMPLEX)
def test_complex_parameters(name):
    compare(training.train(torch, name, {}, "complex128", 5), f"{name} complex")


@pytest.mark.parametrize(("name", "options"), TRAININGS, ids=str)
def test_float32(name, options):
    compare(training.train(torch, name, options, "float32"), f"{name} {options}",
            2e-3 if name in ("Muon", "LBFGS") else 2e-5)


@pytest.mark.parametrize(("name", "k"), SCHEDULES)
def test_schedules(name, k):
    args, kwargs = training.SCHEDULES[name][k]
    compare(training.schedule(torch, name, args, kwargs), f"{name} {k}")


@pytest.mark.parametrize("options", training.PLATEAUS, ids=str)
def test_plateaus(options):
    compare(training.plateau(torch, options), f"ReduceLROnPlateau {options}")


def test_schedules_of_schedules():
    compare(training.combined(torch, False), "SequentialLR")
    compare(training.combined(torch, True), "ChainedScheduler")


@pytest.mark.parametrize("name", training.OPTIMIZERS)
def test_defaults(name):
    made = getattr(torch.optim, name)([torch.zeros(2, 2, requires_grad=True)])
    assert {key: repr(each) for key, each in made.defaults.items()} == RECORDED["defaults"][name]


def test_large_parameters_are_updated_as_small_ones_are():
    start = np.random.default_rng(0).normal(size=(400, 400))
    made = {}
    for part in (np.s_[:], np.s_[:10]):
        x = torch.tensor(start[part], requires_grad=True)
        optimizer = torch.optim.Adam([x], lr=0.1, weight_decay=0.01)
        for _ in range(4):
            optimizer.zero_grad()
            (x * x).sum().backward()
            optimizer.step()
        made[len(x)] = x.detach().numpy()
    np.testing.assert_allclose(made[400][:10], made[10], rtol=1e-12)


# --- state

def trained(steps=3):
    x = torch.tensor([[1.0, -2.0], [3.0, 0.5]], requires_grad=True)
    optimizer = torch.optim.Adam([{"params": [x], "lr": 0.1}], weight_decay=0.1)
    for _ in range(steps):
        go(optimizer, x)
    return optimizer, x


def go(optimizer, x):
    optimizer.zero_grad()
    (x**2).sum().backward()
    optimizer.step()


@pytest.mark.parametrize("carry", [
    lambda optimizer, other: other.load_state_dict(optimizer.state_dict()),
    lambda optimizer, other: other.load_state_dict(pickle.loads(pickle.dumps(
        optimizer.state_dict()))),
])
def test_training_goes_on_from_a_state(carry):
    optimizer, x = trained()
    y = x.detach().clone().requires_grad_()
    other = torch.optim.Adam([y])
    carry(optimizer, other)
    go(optimizer, x)
    go(other, y)
    assert torch.equal(x, y) and other.param_groups[0]["lr"] == 0.1
    assert other.state[y]["step"].item() == 4


def test_a_copy_is_independent():
    optimizer, _ = trained()
    other = copy.deepcopy(optimizer)
    (y,) = other.param_groups[0]["params"]
    go(other, y)
    (state,) = optimizer.state.values()
    assert state["step"].item() == 3 and other.state[y]["step"].item() == 4


def test_states_of_other_shapes_are_refused():
    optimizer, _ = trained()
    two = [torch.zeros(1, requires_grad=True) for _ in range(2)]
    with pytest.raises(ValueError, match="groups of"):
        torch.optim.Adam(two).load_state_dict(optimizer.state_dict())
    with pytest.raises(ValueError, match="groups of parameters"):
        torch.optim.Adam([{"params": two[:1]}, {"params": two[1:]}]).load_state_dict(
            optimizer.state_dict())


def test_a_schedule_goes_on_from_a_state():
    optimizer, x = trained()
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 5)
    for _ in range(2):
        optimizer.step()
        schedule.step()
    again = torch.optim.lr_scheduler.CosineAnnealingLR(torch.optim.SGD([x], lr=0.1), 9)
    again.load_state_dict(schedule.state_dict())
    assert (again.last_epoch, again.T_max, again.get_last_lr()) == (2, 5, schedule.get_last_lr())


# --- groups, hooks, closures

def test_repr():
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=0.1)
    assert repr(optimizer) == (
        "SGD (\nParameter Group 0\n    dampening: 0\n    differentiable: False\n    foreach: None\n"
        "    fused: None\n    lr: 0.1\n    maximize: False\n    momentum: 0\n    nesterov: False\n"
        "    weight_decay: 0\n)")


def test_hooks_run_in_order_and_leave():
    optimizer, x = trained()
    seen = []
    handles = [
        optimizer.register_step_pre_hook(lambda *_: seen.append("before")),
        optimizer.register_step_post_hook(lambda *_: seen.append("after")),
        torch.optim.optimizer.register_optimizer_step_pre_hook(lambda *_: seen.append("any")),
    ]
    go(optimizer, x)
    for each in handles:
        each.remove()
    go(optimizer, x)
    assert seen == ["any", "before", "after"]


def test_a_closure_gives_the_loss():
    x = torch.ones(2, requires_grad=True)
    optimizer = torch.optim.SGD([x], lr=0.1)

    def closure():
        optimizer.zero_grad()
        loss = (x * 3).sum()
        loss.backward()
        return loss

    assert optimizer.step(closure).item() == 6
    np.testing.assert_allclose(x.detach().numpy(), 0.7, rtol=1e-6)


def test_names_and_rates_as_tensors():
    rate = torch.tensor(0.5)
    x = torch.ones(2, requires_grad=True)
    optimizer = torch.optim.SGD([("weight", x)], lr=rate)
    x.grad = torch.ones(2)
    optimizer.step()
    assert optimizer.param_groups[0]["param_names"] == ["weight"] and x.tolist() == [0.5, 0.5]
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    optimizer.step()
    schedule.step()
    assert rate.item() == 0.25


def test_a_step_that_is_differentiated():
    start = torch.tensor([1.0, 2.0], dtype=torch.float64, requires_grad=True)
    x = start.clone()
    x.retain_grad()
    x.grad = start * 3
    optimizer = torch.optim.SGD([x], lr=0.1, differentiable=True)
    optimizer.step()
    (found,) = torch.autograd.grad(x.sum(), start)
    np.testing.assert_allclose(found.numpy(), 1 - 0.3)


# --- what is refused

LEAF = torch.zeros(2, requires_grad=True)


@pytest.mark.parametrize(("error", "call"), [
    (TypeError, lambda o: o.SGD(LEAF)),
    (ValueError, lambda o: o.SGD([])),
    (TypeError, lambda o: o.SGD([3])),
    (TypeError, lambda o: o.SGD([{"params": {LEAF}}])),
    (ValueError, lambda o: o.SGD([LEAF * 2])),
    (ValueError, lambda o: o.SGD([{"params": [LEAF]}, {"params": [LEAF]}])),
    (ValueError, lambda o: o.SGD([LEAF], lr=-1)),
    (ValueError, lambda o: o.SGD([LEAF], lr=float("nan"))),
    (ValueError, lambda o: o.SGD([LEAF], momentum=-1)),
    (ValueError, lambda o: o.SGD([LEAF], nesterov=True)),
    (RuntimeError, lambda o: o.Adam([LEAF], foreach=True, fused=True)),
    (ValueError, lambda o: o.Adam([LEAF], betas=(1.0, 0.9))),
    (ValueError, lambda o: o.Adam([LEAF], eps=-1)),
    (ValueError, lambda o: o.NAdam([LEAF], momentum_decay=-1)),
    (ValueError, lambda o: o.Adadelta([LEAF], rho=2)),
    (ValueError, lambda o: o.Adagrad([LEAF], lr_decay=-1)),
    (ValueError, lambda o: o.RMSprop([LEAF], alpha=-1)),
    (ValueError, lambda o: o.Rprop([LEAF], etas=(1.0, 2.0))),
    (ValueError, lambda o: o.ASGD([LEAF], weight_decay=-1)),
    (ValueError, lambda o: o.Adafactor([LEAF], d=0)),
    (ValueError, lambda o: o.Muon([LEAF])),
    (ValueError, lambda o: o.LBFGS([{"params": [LEAF]}, {"params": [LEAF * 1]}])),
    (TypeError, lambda o: o.lr_scheduler.StepLR(3, 1)),
    (KeyError, lambda o: o.lr_scheduler.StepLR(o.SGD([LEAF]), 1, last_epoch=3)),
    (ValueError, lambda o: o.lr_scheduler.LambdaLR(o.SGD([LEAF]), [len, len])),
    (ValueError, lambda o: o.lr_scheduler.OneCycleLR(o.SGD([LEAF]), 0.1)),
    (ValueError, lambda o: o.lr_scheduler.CyclicLR(o.Adagrad([LEAF]), 0.1, 1)),
    (ValueError, lambda o: o.lr_scheduler.ReduceLROnPlateau(o.SGD([LEAF]), factor=1)),
    (ValueError, lambda o: o.lr_scheduler.CosineAnnealingWarmRestarts(o.SGD([LEAF]), 0)),
])
def test_refusals(error, call):
    with pytest.raises(error):
        call(torch.optim)


def test_what_is_said_of_a_schedule_that_comes_first():
    schedule = torch.optim.lr_scheduler.StepLR(torch.optim.SGD([LEAF], lr=0.1), 1)
    with pytest.warns(UserWarning, match="before optimizer.step"):
        schedule.step()
