"""Stochastic gradient descent, with momentum and Nesterov's variant of it."""

from __future__ import annotations

from typing import Any

from rushlight.optim.optimizer import Group, Optimizer, State
from rushlight.optim.settings import need_at_least_zero, number, ways
from rushlight.tensor.tensor import Tensor


class SGD(Optimizer):
    """param -= lr * v, where v = momentum * v + (1 - dampening) * grad.

    nesterov: step along grad + momentum * v instead. weight_decay: added to the gradient, times the
    parameter. maximize: climb. Raises ValueError for settings out of range.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html
    """

    def __init__(
        self, params: Any, lr: float | Tensor = 1e-3, momentum: float = 0, dampening: float = 0,
        weight_decay: float | Tensor = 0, nesterov: bool = False, *, maximize: bool = False,
        foreach: bool | None = None, differentiable: bool = False, fused: bool | None = None,
    ):
        ways(foreach, differentiable, fused=fused)
        super().__init__(params, {
            "lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay,
            "nesterov": nesterov, "maximize": maximize, "foreach": foreach,
            "differentiable": differentiable, "fused": fused})

    def check(self, group: Group) -> None:
        need_at_least_zero(
            lr=group["lr"], momentum=group["momentum"], weight_decay=group["weight_decay"])
        if group["nesterov"] and (group["momentum"] <= 0 or group["dampening"] != 0):
            raise ValueError("nesterov needs momentum above 0 and no dampening")

    def update(self, param: Tensor, grad: Tensor, state: State, group: Group) -> None:
        decay, momentum = number(group["weight_decay"]), group["momentum"]
        if decay:
            grad = grad + param * decay
        if momentum:
            velocity = state.get("momentum_buffer")
            if velocity is None:
                state["momentum_buffer"] = velocity = grad.detach().clone()
            else:
                velocity *= momentum
                velocity += grad * (1 - group["dampening"])
            grad = grad + velocity * momentum if group["nesterov"] else velocity
        param -= grad * number(group["lr"])
