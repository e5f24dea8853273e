"""Small trainings that an optimiser or a schedule is checked by, for whichever library runs them.

`tests/golden/record_optim.py` records what PyTorch gives, `tests/test_optim.py` compares.
"""

from __future__ import annotations

import math
from typing import Any

OPTIMIZERS: dict[str, list[dict[str, Any]]] = {
    "SGD": [{}, {"momentum": 0.9}, {"momentum": 0.9, "nesterov": True, "weight_decay": 0.1},
            {"momentum": 0.5, "dampening": 0.3, "maximize": True}],
    "Adam": [{}, {"weight_decay": 0.1, "amsgrad": True}, {"betas": (0.5, 0.8), "maximize": True},
             {"weight_decay": 0.1, "decoupled_weight_decay": True}],
    "AdamW": [{}, {"amsgrad": True}],
    "Adamax": [{}, {"weight_decay": 0.1}],
    "NAdam": [{}, {"weight_decay": 0.1}, {"weight_decay": 0.1, "decoupled_weight_decay": True}],
    "RAdam": [{}, {"weight_decay": 0.1}, {"betas": (0.5, 0.9), "decoupled_weight_decay": True,
                                          "weight_decay": 0.01}],
    "Adagrad": [{}, {"lr_decay": 0.1, "weight_decay": 0.1, "initial_accumulator_value": 0.5}],
    "Adadelta": [{}, {"rho": 0.5, "weight_decay": 0.1}],
    "RMSprop": [{}, {"momentum": 0.9, "centered": True}, {"weight_decay": 0.1}],
    "Rprop": [{}, {"etas": (0.3, 1.5), "step_sizes": (1e-3, 0.05)}],
    "ASGD": [{}, {"t0": 3, "lambd": 0.1, "weight_decay": 0.1}],
    "Adafactor": [{}, {"weight_decay": 0.1, "eps": (1e-6, 1e-2)}],
    "LBFGS": [{}, {"lr": 0.5, "max_iter": 5, "history_size": 2},
              {"line_search_fn": "strong_wolfe"}],
    "Muon": [{}, {"nesterov": False, "adjust_lr_fn": "match_rms_adamw"}],
}
COMPLEX = ("SGD", "Adam", "AdamW", "Adamax", "NAdam", "RAdam", "Adagrad", "Adadelta", "RMSprop",
           "Rprop", "ASGD")


def _wave(torch: Any, shape: tuple[int, ...], dtype: str) -> Any:
    count = math.prod(shape)
    values = [math.sin(1.7 * k + 0.3) for k in range(count)]
    if dtype.startswith("complex"):
        values = [complex(v, math.cos(k)) for k, v in enumerate(values)]
    return torch.tensor(values, dtype=getattr(torch, dtype)).reshape(shape)


def train(torch: Any, name: str, options: dict[str, Any], dtype: str, steps: int = 12) -> list[Any]:
    """The parameters after some steps towards a valley that bends, as lists of numbers."""
    shapes = [(3, 4)] if name == "Muon" else [(3, 4), (5,), ()]
    params = [_wave(torch, shape, dtype).requires_grad_() for shape in shapes]
    optimizer = getattr(torch.optim, name)(params, **options)

    def closure() -> Any:
        optimizer.zero_grad()
        loss = 0
        for k, each in enumerate(params):
            apart = (each - 0.5 * (k + 1)).abs() ** 2
            loss = loss + (apart * (1 + k)).sum() + 0.1 * (apart**2).sum()
        loss.backward()
        return loss

    for _ in range(3 if name == "LBFGS" else steps):
        if name == "LBFGS":
            optimizer.step(closure)
        else:
            closure()
            optimizer.step()
    flat = [each.detach().reshape(-1) for each in params]
    if dtype.startswith("complex"):
        flat = [torch.view_as_real(each).reshape(-1) for each in flat]
    return [each.tolist() for each in flat]


def _halve(step: int) -> float:
    return 0.5**step


SCHEDULES: dict[str, list[tuple[tuple[Any, ...], dict[str, Any]]]] = {
    "LambdaLR": [((_halve,), {})],
    "MultiplicativeLR": [((lambda step: 0.9,), {})],
    "StepLR": [((3,), {"gamma": 0.5})],
    "MultiStepLR": [(([2, 5, 5, 9],), {})],
    "ConstantLR": [((), {}), ((), {"factor": 0.5, "total_iters": 3})],
    "LinearLR": [((), {}), ((), {"start_factor": 0.1, "end_factor": 0.7, "total_iters": 8})],
    "ExponentialLR": [((0.9,), {})],
    "PolynomialLR": [((), {}), ((), {"total_iters": 10, "power": 2.0})],
    "CosineAnnealingLR": [((5,), {}), ((4,), {"eta_min": 0.01})],
    "CosineAnnealingWarmRestarts": [((4,), {}), ((2,), {"T_mult": 2, "eta_min": 0.01})],
    "CyclicLR": [((0.01, 0.1), {"step_size_up": 3}),
                 ((0.01, 0.1), {"step_size_up": 2, "step_size_down": 4, "mode": "triangular2"}),
                 ((0.01, 0.1), {"step_size_up": 3, "mode": "exp_range", "gamma": 0.9,
                                "cycle_momentum": False})],
    "OneCycleLR": [((0.1,), {"total_steps": 15}),
                   ((0.1,), {"epochs": 3, "steps_per_epoch": 5, "three_phase": True,
                             "anneal_strategy": "linear"})],
}
METRICS = [5.0, 4.0, 4.0, 4.0, 3.9, 3.9, 3.9, 3.9, 3.9, 3.9, 2.0, 2.0, 2.0, 2.0]
PLATEAUS: list[dict[str, Any]] = [
    {"patience": 1}, {"patience": 1, "cooldown": 2, "factor": 0.5}, {"mode": "max", "patience": 3},
    {"patience": 0, "threshold": 0.5, "threshold_mode": "abs", "min_lr": 0.01},
]


def _optimizer(torch: Any, name: str = "SGD") -> Any:
    params = [torch.zeros(2, requires_grad=True) for _ in range(2)]
    momentum = {"momentum": 0.9} if name == "SGD" else {}
    return getattr(torch.optim, name)(
        [{"params": params[:1]}, {"params": params[1:], "lr": 0.02}], lr=0.05, **momentum)


def _rates(optimizer: Any) -> list[float]:
    return [float(group["lr"]) for group in optimizer.param_groups] + [
        float(group["momentum"] if "momentum" in group else group["betas"][0])
        for group in optimizer.param_groups]


def schedule(torch: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
    """The rates and momenta over 14 steps."""
    optimizer = _optimizer(torch, "Adam" if name == "OneCycleLR" else "SGD")
    made = getattr(torch.optim.lr_scheduler, name)(optimizer, *args, **kwargs)
    return _played(optimizer, made)


def _played(optimizer: Any, made: Any) -> list[Any]:
    seen = [_rates(optimizer)]
    for _ in range(13):
        optimizer.step()
        made.step()
        seen.append(_rates(optimizer))
    assert [float(each) for each in made.get_last_lr()] == seen[-1][:2]
    return seen


def plateau(torch: Any, options: dict[str, Any]) -> list[Any]:
    """The rates while a metric stops getting better."""
    optimizer = _optimizer(torch)
    made = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **options)
    seen = []
    for metric in METRICS:
        made.step(metric)
        seen.append(_rates(optimizer))
    return seen


def combined(torch: Any, chained: bool) -> list[Any]:
    """The rates of schedules one after the other, or all at once."""
    rates = torch.optim.lr_scheduler
    optimizer = _optimizer(torch)
    parts = [rates.LinearLR(optimizer, 0.1, total_iters=4), rates.ExponentialLR(optimizer, 0.9),
             rates.StepLR(optimizer, 3)]
    if chained:
        return _played(optimizer, rates.ChainedScheduler(parts, optimizer=optimizer))
    return _played(optimizer, rates.SequentialLR(optimizer, parts, milestones=[4, 8]))


def results(torch: Any) -> dict[str, Any]:
    """All of the above, by a name for each."""
    found: dict[str, Any] = {}
    for name, several in OPTIMIZERS.items():
        for options in several:
            found[f"{name} {options}"] = train(torch, name, options, "float64")
    for name in COMPLEX:
        found[f"{name} complex"] = train(torch, name, {}, "complex128", 5)
    for name, calls in SCHEDULES.items():
        for k, (args, kwargs) in enumerate(calls):
            found[f"{name} {k}"] = schedule(torch, name, args, kwargs)
    for options in PLATEAUS:
        found[f"ReduceLROnPlateau {options}"] = plateau(torch, options)
    found["SequentialLR"], found["ChainedScheduler"] = combined(torch, False), combined(torch, True)
    return found
