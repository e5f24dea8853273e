"""Trainings whose parameters are averaged, for whichever library runs them.

`tests/golden/record_averages.py` records what PyTorch gives, `tests/test_averages.py` compares.
"""

from __future__ import annotations

import math
from typing import Any


def _model(torch: Any) -> Any:
    model = torch.nn.Sequential(
        torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4), torch.nn.ReLU(), torch.nn.Linear(4, 2)
    ).double()
    with torch.no_grad():
        for k, each in enumerate(model.parameters()):
            values = [math.sin(1.3 * i + k) for i in range(each.numel())]
            each.copy_(torch.tensor(values, dtype=torch.float64).reshape(each.shape))
    return model


def _batches(torch: Any) -> list[Any]:
    return [
        torch.tensor([math.cos(0.7 * i + n) for i in range(15)], dtype=torch.float64).reshape(5, 3)
        for n in range(5)]


def _quarter(averaged: Any, current: Any, count: Any) -> Any:
    return averaged * 0.75 + current * 0.25


KINDS = ["plain", "ema", "multi_ema", "multi_swa", "swa", "own", "buffers", "buffers_ema"]


def _options(torch: Any, kind: str) -> dict[str, Any]:
    utils = torch.optim.swa_utils
    return {
        "plain": {},
        "ema": {"avg_fn": utils.get_ema_avg_fn(0.9)},
        "multi_ema": {"multi_avg_fn": utils.get_ema_multi_avg_fn(0.8)},
        "multi_swa": {"multi_avg_fn": utils.get_swa_multi_avg_fn()},
        "swa": {"avg_fn": utils.get_swa_avg_fn()},
        "own": {"avg_fn": _quarter},
        "buffers": {"use_buffers": True},
        "buffers_ema": {"use_buffers": True, "multi_avg_fn": utils.get_ema_multi_avg_fn(0.9)},
    }[kind]


def averaged(torch: Any, kind: str) -> Any:
    """The averages after a few steps, then with batch norm's statistics counted anew."""
    model = _model(torch)
    kept = torch.optim.swa_utils.AveragedModel(model, **_options(torch, kind))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for batch in _batches(torch):
        optimizer.zero_grad()
        (model(batch) ** 2).sum().backward()
        optimizer.step()
        kept.update_parameters(model)
    found = [[name, each.double().reshape(-1).tolist()] for name, each in kept.state_dict().items()]
    torch.optim.swa_utils.update_bn([(each, 0) for each in _batches(torch)], kept)
    found += [["after", each.double().reshape(-1).tolist()] for each in kept.buffers()]
    return [*found, ["result", kept.eval()(_batches(torch)[0]).reshape(-1).tolist()]]


SCHEDULES: list[dict[str, Any]] = [
    {"swa_lr": 0.01}, {"swa_lr": [0.5, 0.05], "anneal_epochs": 4, "anneal_strategy": "linear"},
    {"swa_lr": 0.2, "anneal_epochs": 0}, {"swa_lr": 0.3, "anneal_epochs": 1},
]


def schedule(torch: Any, options: dict[str, Any], after: bool) -> list[Any]:
    """The rates over 14 steps, of which another schedule takes the first."""
    params = [torch.zeros(2, requires_grad=True) for _ in range(2)]
    groups = [{"params": params[:1]}, {"params": params[1:], "lr": 0.02}]
    optimizer = torch.optim.SGD(groups, lr=0.1)
    first = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9) if after else None
    made = torch.optim.swa_utils.SWALR(optimizer, **options)
    rates = []
    for k in range(14):
        optimizer.step()
        (first if first is not None and k < 3 else made).step()
        rates.append([float(group["lr"]) for group in optimizer.param_groups])
    return rates


def results(torch: Any) -> dict[str, Any]:
    """Everything, by name."""
    found: dict[str, Any] = {kind: averaged(torch, kind) for kind in KINDS}
    for options in SCHEDULES:
        for after in (False, True):
            found[f"{options} {after}"] = schedule(torch, options, after)
    return found
