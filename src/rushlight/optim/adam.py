"""Adam and AdamW: steps scaled by running means of the gradient and of its square."""

from __future__ import annotations

import math
from typing import Any

from rushlight.optim.optimizer import Group, Optimizer, State, counted
from rushlight.optim.settings import (
    need_at_least_zero,
    need_betas,
    number,
    ways,
    zero_step,
    zeros_like,
)
from rushlight.tensor.tensor import Tensor


class Adam(Optimizer):
    """param -= lr * m / (sqrt(v) + eps): m and v are means of grad and grad ** 2, without bias.

    betas: how much of m and v stays at a step. weight_decay: added to the gradient, times the
    parameter; with decoupled_weight_decay taken from the parameter itself. amsgrad: divide by the
    largest v so far. Raises ValueError for settings out of range.
    Source: Kingma and Ba, 2015, https://arxiv.org/abs/1412.6980
    """

    def __init__(
        self, params: Any, lr: float | Tensor = 1e-3, betas: tuple[Any, Any] = (0.9, 0.999),
        eps: float = 1e-8, weight_decay: float = 0, amsgrad: bool = False, *,
        foreach: bool | None = None, maximize: bool = False, capturable: bool = False,
        differentiable: bool = False, fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ):
        ways(foreach, differentiable, fused=fused)
        super().__init__(params, {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "amsgrad": amsgrad,
            "maximize": maximize, "foreach": foreach, "capturable": capturable,
            "differentiable": differentiable, "fused": fused,
            "decoupled_weight_decay": decoupled_weight_decay})

    def check(self, group: Group) -> None:
        need_at_least_zero(lr=group["lr"], eps=group["eps"], weight_decay=group["weight_decay"])
        need_betas(group["betas"])

    def begin(self, param: Tensor, group: Group) -> State:
        state = {"step": zero_step(), "exp_avg": zeros_like(param), "exp_avg_sq": zeros_like(param)}
        if group["amsgrad"]:
            state["max_exp_avg_sq"] = zeros_like(param)
        return state

    def update(self, param: Tensor, grad: Tensor, state: State, group: Group) -> None:
        step, lr, decay = counted(state), number(group["lr"]), group["weight_decay"]
        beta1, beta2 = (number(each) for each in group["betas"])
        mean, square = state["exp_avg"], state["exp_avg_sq"]
        if decay and group["decoupled_weight_decay"]:
            param *= 1 - lr * decay
        elif decay:
            grad = grad + param * decay
        mean += (grad - mean) * (1 - beta1)
        square *= beta2
        square += grad * grad * (1 - beta2)
        if group["amsgrad"]:
            largest = state["max_exp_avg_sq"]
            largest.copy_(largest.maximum(square))
            square = largest
        scale = square.sqrt() * (1 / math.sqrt(1 - beta2**step)) + group["eps"]
        param -= mean / scale * (lr / (1 - beta1**step))


class AdamW(Adam):
    """Adam whose weight decay is taken from the parameter, apart from the gradient's step.

    Source: Loshchilov and Hutter, 2019, https://arxiv.org/abs/1711.05101
    """

    def __init__(
        self, params: Any, lr: float | Tensor = 1e-3, betas: tuple[Any, Any] = (0.9, 0.999),
        eps: float = 1e-8, weight_decay: float = 1e-2, amsgrad: bool = False, *,
        maximize: bool = False, foreach: bool | None = None, capturable: bool = False,
        differentiable: bool = False, fused: bool | None = None,
    ):
        super().__init__(
            params, lr, betas, eps, weight_decay, amsgrad, foreach=foreach, maximize=maximize,
            capturable=capturable, differentiable=differentiable, fused=fused,
            decoupled_weight_decay=True)


class SparseAdam(Optimizer):
    """Adam for gradients that are mostly zero, here in its dense form: every element is updated.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.optim.SparseAdam.html
    """

    def __init__(
        self, params: Any, lr: float | Tensor = 1e-3, betas: tuple[Any, Any] = (0.9, 0.999),
        eps: float = 1e-8, maximize: bool = False,
    ):
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "maximize": maximize})

    def check(self, group: Group) -> None:
        if not number(group["lr"]) > 0 or not group["eps"] > 0:
            raise ValueError(f"lr and eps must be above 0, not {group['lr']} and {group['eps']}")
        need_betas(group["betas"])

    def begin(self, param: Tensor, group: Group) -> State:
        return {"step": 0, "exp_avg": zeros_like(param), "exp_avg_sq": zeros_like(param)}

    def update(self, param: Tensor, grad: Tensor, state: State, group: Group) -> None:
        step, (beta1, beta2) = counted(state), group["betas"]
        mean, square = state["exp_avg"], state["exp_avg_sq"]
        mean += (grad - mean) * (1 - beta1)
        square += (grad * grad - square) * (1 - beta2)
        size = number(group["lr"]) * math.sqrt(1 - beta2**step) / (1 - beta1**step)
        param -= mean / (square.sqrt() + group["eps"]) * size


class Adamax(Optimizer):
    """Adam with the largest gradient so far, slowly forgotten, in place of the mean square.

    Source: Kingma and Ba, 2015, section 7.1, https://arxiv.org/abs/1412.6980
    """

    def __init__(
        self, params: Any, lr: float | Tensor = 2e-3, betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8, weight_decay: float = 0, foreach: bool | None = None, *,
        maximize: bool = False, differentiable: bool = False, capturable: bool = False,
    ):
        super().__init__(params, {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "foreach": foreach,
            "maximize": maximize, "differentiable": differentiable, "capturable": capturable})

    check = Adam.check

    def begin(self, param: Tensor, group: Group) -> State:
        return {"step": zero_step(), "exp_avg": zeros_like(param), "exp_inf": zeros_like(param)}

    def update(self, param: Tensor, grad: Tensor, state: State, group: Group) -> None:
        step, (beta1, beta2) = counted(state), group["betas"]
        mean, largest = state["exp_avg"], state["exp_inf"]
        if group["weight_decay"]:
            grad = grad + param * group["weight_decay"]
        mean += (grad - mean) * (1 - beta1)
        largest.copy_((largest * beta2).maximum(grad.abs() + group["eps"]))
        param -= mean / largest * (number(group["lr"]) / (1 - beta1**step))


class NAdam(Optimizer):
    """Adam with Nesterov's momentum, whose share grows by a schedule.

    momentum_decay: how fast. Source: Dozat, 2016, https://openreview.net/forum?id=OM0jvwB8jIp57ZJjtNEZ
    """

    def __init__(
        self, params: Any, lr: float | Tensor = 2e-3, betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8, weight_decay: float = 0, momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False, *, foreach: bool | None = None,
        maximize: bool = False, capturable: bool = False, differentiable: bool = False,
    ):
        super().__init__(params, {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay,
            "momentum_decay": momentum_decay, "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize, "foreach": foreach, "capturable": capturable,
            "differentiable": differentiable})

    def check(self, group: Group) -> None:
        need_at_least_zero(
            lr=group["lr"], eps=group["eps"], weight_decay=group["weight_decay"],
            momentum_decay=group["momentum_decay"])
        need_betas(group["betas"])

    def begin(self, param: Tensor, group: Group) -> State:
        return {"step": zero_step(), "mu_product": zero_step() + 1, "exp_avg": zeros_like(param),
                "exp_avg_sq": zeros_like(param)}

    def update(self, param: Tensor, grad: Tensor, state: State, group: Group) -> None:
        step, lr, (beta1, beta2) = counted(state), number(group["lr"]), group["betas"]
        mean, square, decay = state["exp_avg"], state["exp_avg_sq"], group["weight_decay"]
        if decay and group["decoupled_weight_decay"]:
            param *= 1 - lr * decay
        elif decay:
            grad = grad + param * decay
        now, after = (
            beta1 * (1 - 0.5 * 0.96 ** (k * group["momentum_decay"])) for k in (step, step + 1))
        state["mu_product"] *= now
        product = state["mu_product"].item()
        mean += (grad - mean) * (1 - beta1)
        square *= beta2
        square += grad * grad * (1 - beta2)
        scale = (square * (1 / (1 - beta2**step))).sqrt() + group["eps"]
        param -= grad / scale * (lr * (1 - now) / (1 - product))
        param -= mean / scale * (lr * after / (1 - product * after))


class RAdam(Optimizer):
    """Adam that takes steps of plain momentum until its mean square can be relied on.

    Source: Liu et al., 2020, https://arxiv.org/abs/1908.03265
    """

    def __init__(
        self, params: Any, lr: float | Tensor = 1e-3, betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8, weight_decay: float = 0, decoupled_weight_decay: bool = False, *,
        foreach: bool | None = None, maximize: bool = False, capturable: bool = False,
        differentiable: bool = False,
    ):
        super().__init__(params, {
            "lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay,
            "maximize": maximize, "foreach": foreach, "capturable": capturable,
            "decoupled_weight_decay": decoupled_weight_decay, "differentiable": differentiable})

    check = Adam.check

    def begin(self, param: Tensor, group: Group) -> State:
        return {"step": zero_step(), "exp_avg": zeros_like(param), "exp_avg_sq": zeros_like(param)}

    def update(self, param: Tensor, grad: Tensor, state: State, group: Group) -> None:
        step, lr, (beta1, beta2) = counted(state), number(group["lr"]), group["betas"]
        mean, square, decay = state["exp_avg"], state["exp_avg_sq"], group["weight_decay"]
        if decay and group["decoupled_weight_decay"]:
            param *= 1 - lr * decay
        elif decay:
            grad = grad + param * decay
        mean += (grad - mean) * (1 - beta1)
        square *= beta2
        square += grad * grad * (1 - beta2)
        unbiased = mean * (lr / (1 - beta1**step))
        left = 1 - beta2**step
        most = 2 / (1 - beta2) - 1  # the length of the mean's memory in the end, and so far
        length = most - 2 * step * beta2**step / left
        if length > 5:
            trust = math.sqrt(
                (length - 4) * (length - 2) * most / ((most - 4) * (most - 2) * length))
            unbiased = unbiased * (math.sqrt(left) * trust) / (square.sqrt() + group["eps"])
        param -= unbiased
