"""Optimisers that scale each element's step by what its gradients were: Adagrad, Adadelta, RMSprop,
Rprop; and averaged gradient descent, ASGD."""

from __future__ import annotations

from typing import Any

from rushlight.optim.optimizer import Group, Optimizer, State, counted
from rushlight.optim.settings import (
    full_like,
    need_at_least_zero,
    number,
    ways,
    where,
    zero_step,
    zeros_like,
)
from rushlight.tensor.tensor import Tensor


class Adagrad(Optimizer):
    """param -= lr / (1 + step * lr_decay) * grad / (sqrt(sum of grad ** 2) + eps).

    initial_accumulator_value: what the sum begins with.
    Source: Duchi, Hazan and Singer, 2011, https://jmlr.org/papers/v12/duchi11a.html
    """

    def __init__(
        self, params: Any, lr: float | Tensor = 1e-2, lr_decay: float = 0, weight_decay: float = 0,
        initial_accumulator_value: float = 0, eps: float = 1e-10, foreach: bool | None = None, *,
        maximize: bool = False, differentiable: bool = False, fused: bool | None = None,
    ):
        ways(foreach, differentiable, fused=fused)
        super().__init__(params, {
            "lr": lr, "lr_decay": lr_decay, "eps": eps, "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value, "foreach": foreach,
            "maximize": maximize, "differentiable": differentiable, "fused": fused})
        for group in self.param_groups:
            for param in group["params"]:
                self.state[param].update(self.begin(param, group))

    def check(self, group: Group) -> None:
        need_at_least_zero(**{name: group[name] for name in (
            "lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps")})

    def begin(self, param: Tensor, group: Group) -> State:
        first = group["initial_accumulator_value"]
        return {"step": zero_step(), "sum": full_like(
            param, complex(first, first) if param.is_complex() else first)}

    def update(self, param: Tensor, grad: Tensor, state: State, group: Group) -> None:
        step, total = counted(state), state["sum"]
        if group["weight_decay"]:
            grad = grad + param * group["weight_decay"]
        total += grad * grad
        rate = number(group["lr"]) / (1 + (step - 1) * group["lr_decay"])
        param -= grad / (total.sqrt() + group["eps"]) * rate


class Adadelta(Optimizer):
    """Steps of the size of the steps before, scaled by this gradient's size beside those before.

    rho: how much of the means of the squares stays.
    Source: Zeiler, 2012, https://arxiv.org/abs/1212.5701
    """

    def __init__(
        self, params: Any, lr: float | Tensor = 1.0, rho: float = 0.9, eps: float = 1e-6,
        weight_decay: float = 0, foreach: bool | None = None, *, capturable: bool = False,
        maximize: bool = False, differentiable: bool = False,
    ):
        super().__init__(params, {
            "lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize,
            "capturable": capturable, "foreach": foreach, "differentiable": differentiable})

    def check(self, group: Group) -> None:
        need_at_least_zero(lr=group["lr"], eps=group["eps"], weight_decay=group["weight_decay"])
        if not 0.0 <= group["rho"] <= 1.0:
            raise ValueError(f"rho must be from 0 to 1, not {group['rho']}")

    def begin(self, param: Tensor, group: Group) -> State:
        return {
            "step": zero_step(), "square_avg": zeros_like(param), "acc_delta": zeros_like(param)}

    def update(self, param: Tensor, grad: Tensor, state: State, group: Group) -> None:
        counted(state)
        square, steps = state["square_avg"], state["acc_delta"]
        rho, eps = group["rho"], group["eps"]
        if group["weight_decay"]:
            grad = grad + param * group["weight_decay"]
        square *= rho
        square += grad * grad * (1 - rho)
        delta = (steps + eps).sqrt() / (square + eps).sqrt() * grad
        steps *= rho
        steps += delta * delta * (1 - rho)
        param -= delta * number(group["lr"])


class RMSprop(Optimizer):
    """param -= lr * grad / (sqrt(mean of grad ** 2) + eps), with momentum if asked for.

    alpha: how much of the mean stays. centered: divide by the deviation from the mean gradient.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.RMSprop.html
    """

    def __init__(
        self, params: Any, lr: float | Tensor = 1e-2, alpha: float = 0.99, eps: float = 1e-8,
        weight_decay: float = 0, momentum: float = 0, centered: bool = False,
        capturable: bool = False, foreach: bool | None = None, maximize: bool = False,
        differentiable: bool = False,
    ):
        super().__init__(params, {
            "lr": lr, "momentum": momentum, "alpha": alpha, "eps": eps, "centered": centered,
            "weight_decay": weight_decay, "capturable": capturable, "foreach": foreach,
            "maximize": maximize, "differentiable": differentiable})

    def check(self, group: Group) -> None:
        need_at_least_zero(**{
            name: group[name] for name in ("lr", "eps", "momentum", "weight_decay", "alpha")})

    def begin(self, param: Tensor, group: Group) -> State:
        state = {"step": zero_step(), "square_avg": zeros_like(param)}
        if group["momentum"] > 0:
            state["momentum_buffer"] = zeros_like(param)
        if group["centered"]:
            state["grad_avg"] = zeros_like(param)
        return state

    def update(self, param: Tensor, grad: Tensor, state: State, group: Group) -> None:
        counted(state)
        square, alpha, lr = state["square_avg"], group["alpha"], number(group["lr"])
        if group["weight_decay"]:
            grad = grad + param * group["weight_decay"]
        square *= alpha
        square += grad * grad * (1 - alpha)
        if group["centered"]:
            mean = state["grad_avg"]
            mean += (grad - mean) * (1 - alpha)
            square = square - mean * mean
        step = grad / (square.sqrt() + group["eps"])
        if group["momentum"] > 0:
            velocity = state["momentum_buffer"]
            velocity *= group["momentum"]
            velocity += step
            step = velocity
        param -= step * lr


class Rprop(Optimizer):
    """Steps that grow while an element's gradient keeps its sign, and shrink when it turns.

    etas: by what they shrink and grow. step_sizes: the smallest and largest.
    Source: Riedmiller and Braun, 1993, https://doi.org/10.1109/ICNN.1993.298623
    """

    def __init__(
        self, params: Any, lr: float | Tensor = 1e-2, etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50), *, capturable: bool = False,
        foreach: bool | None = None, maximize: bool = False, differentiable: bool = False,
    ):
        super().__init__(params, {
            "lr": lr, "etas": etas, "step_sizes": step_sizes, "foreach": foreach,
            "maximize": maximize, "differentiable": differentiable, "capturable": capturable})

    def check(self, group: Group) -> None:
        need_at_least_zero(lr=group["lr"])
        less, more = group["etas"]
        if not 0.0 < less < 1.0 < more:
            raise ValueError(f"etas must be one below 1 and one above, not {group['etas']}")

    def begin(self, param: Tensor, group: Group) -> State:
        lr = number(group["lr"])
        return {"step": zero_step(), "prev": zeros_like(param), "step_size": full_like(
            param, complex(lr, lr) if param.is_complex() else lr)}

    def update(self, param: Tensor, grad: Tensor, state: State, group: Group) -> None:
        counted(state)
        before, size, (less, more) = state["prev"], state["step_size"], group["etas"]
        kept = (grad * before).sign()
        changed = where(kept > 0, size * more, where(kept < 0, size * less, size))
        size.copy_(changed.clamp(*group["step_sizes"]))
        grad = where(kept < 0, 0.0, grad)
        param -= grad.sign() * size
        before.copy_(grad)


class ASGD(Optimizer):
    """Gradient descent with a falling rate; `state["ax"]` is the mean of the parameters on the way.

    lambd: decay of the parameters. alpha: how the rate falls. t0: when the averaging begins.
    Source: Polyak and Juditsky, 1992, https://doi.org/10.1137/0330046
    """

    def __init__(
        self, params: Any, lr: float | Tensor = 1e-2, lambd: float = 1e-4, alpha: float = 0.75,
        t0: float = 1e6, weight_decay: float = 0, foreach: bool | None = None,
        maximize: bool = False, differentiable: bool = False, capturable: bool = False,
    ):
        super().__init__(params, {
            "lr": lr, "lambd": lambd, "alpha": alpha, "t0": t0, "weight_decay": weight_decay,
            "foreach": foreach, "maximize": maximize, "differentiable": differentiable,
            "capturable": capturable})

    def check(self, group: Group) -> None:
        need_at_least_zero(lr=group["lr"], weight_decay=group["weight_decay"])

    def begin(self, param: Tensor, group: Group) -> State:
        lr = number(group["lr"])
        return {"step": zero_step(), "eta": zero_step() + lr, "mu": zero_step() + 1,
                "ax": zeros_like(param)}

    def update(self, param: Tensor, grad: Tensor, state: State, group: Group) -> None:
        step, lr, mean = counted(state), number(group["lr"]), state["ax"]
        rate, share = state["eta"].item(), state["mu"].item()
        if group["weight_decay"]:
            grad = grad + param * group["weight_decay"]
        param *= 1 - group["lambd"] * rate
        param -= grad * rate
        if share == 1:
            mean.copy_(param)
        else:
            mean += (param - mean) * share
        state["eta"].fill_(lr / (1 + group["lambd"] * lr * step) ** group["alpha"])
        state["mu"].fill_(1 / max(1, step - group["t0"]))
