"""Optimisers of matrices: Adafactor, whose mean square is an outer product, and Muon, whose steps
are orthogonal."""

from __future__ import annotations

import math
from typing import Any

from rushlight.optim.optimizer import Group, Optimizer, State, counted
from rushlight.optim.settings import need_at_least_zero, number, zero_step, zeros_like
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Tensor


class Adafactor(Optimizer):
    """Adam without a mean of gradients; the mean square of a matrix is kept as a row and a column.

    beta2_decay: how fast the means forget. eps: the least mean square, and the least size of a
    parameter that its steps are measured by. d: the largest step before it is scaled down.
    Source: Shazeer and Stern, 2018, https://arxiv.org/abs/1804.04235
    """

    def __init__(
        self, params: Any, lr: float | Tensor = 1e-2, beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3), d: float = 1.0, weight_decay: float = 0.0,
        *, foreach: bool | None = None, maximize: bool = False,
    ):
        super().__init__(params, {
            "lr": lr, "beta2_decay": beta2_decay, "eps": eps, "d": d,
            "weight_decay": weight_decay, "foreach": foreach, "maximize": maximize})

    def check(self, group: Group) -> None:
        need_at_least_zero(lr=group["lr"], weight_decay=group["weight_decay"])
        first, second = group["eps"]
        if group["beta2_decay"] > 0 or group["d"] < 1 or second < 0 or (first or 0) < 0:
            raise ValueError(
                "beta2_decay must be at most 0, d at least 1 and both eps at least 0, not "
                f"{group['beta2_decay']}, {group['d']} and {group['eps']}")

    def begin(self, param: Tensor, group: Group) -> State:
        if param.is_complex():
            raise RuntimeError("Adafactor does not take complex parameters")
        shape = list(param.shape)
        if len(shape) < 2:
            return {"step": zero_step(), "variance": zeros_like(param)}
        return {"step": zero_step(), "row_var": param.new_zeros([*shape[:-1], 1]),
                "col_var": param.new_zeros([*shape[:-2], 1, shape[-1]])}

    def update(self, param: Tensor, grad: Tensor, state: State, group: Group) -> None:
        step, lr = counted(state), number(group["lr"])
        least = group["eps"][0]
        least = dtypes.finfo(param.dtype).eps if least is None else least
        new = step ** group["beta2_decay"]
        size = param.norm(2).item() / math.sqrt(param.numel())
        size = max(group["eps"][1], size) * min(lr, 1 / math.sqrt(step))
        if group["weight_decay"]:
            param *= 1 - lr * group["weight_decay"]
        square = grad * grad
        if grad.dim() > 1:
            rows, columns = state["row_var"], state["col_var"]
            rows += (square.mean(-1, keepdim=True) - rows) * new
            columns += (square.mean(-2, keepdim=True) - columns) * new
            square = rows @ columns / rows.mean(-2, keepdim=True).clamp(min=least)
        else:
            variance = state["variance"]
            variance += (square - variance) * new
            square = variance
        step_ = grad * square.clamp(min=least * least).rsqrt()
        length = step_.norm(2).item() / (math.sqrt(step_.numel()) * group["d"])
        param -= step_ * (size / max(1.0, length))


class Muon(Optimizer):
    """Momentum, whose every step is made nearly orthogonal by Newton and Schulz's iteration.

    For matrices: ValueError for anything else. ns_coefficients, ns_steps: the iteration's
    polynomial and length. adjust_lr_fn: "original", or "match_rms_adamw" for steps of Adam's size.
    Source: Jordan et al., 2024, https://kellerjordan.github.io/posts/muon/
    """

    def __init__(
        self, params: Any, lr: float = 1e-3, weight_decay: float = 0.1, momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = (3.4445, -4.7750, 2.0315),
        eps: float = 1e-7, ns_steps: int = 5, adjust_lr_fn: str | None = None,
    ):
        super().__init__(params, {
            "lr": lr, "weight_decay": weight_decay, "momentum": momentum, "nesterov": nesterov,
            "ns_coefficients": ns_coefficients, "eps": eps, "ns_steps": ns_steps,
            "adjust_lr_fn": adjust_lr_fn})
        for group in self.param_groups:
            for param in group["params"]:
                if param.dim() != 2:
                    raise ValueError(
                        f"Muon takes matrices, not a tensor of shape {list(param.shape)}")

    def check(self, group: Group) -> None:
        need_at_least_zero(**{name: group[name] for name in ("lr", "momentum", "weight_decay")})
        if group["adjust_lr_fn"] not in (None, "original", "match_rms_adamw"):
            raise ValueError(
                f"adjust_lr_fn is 'original' or 'match_rms_adamw', not {group['adjust_lr_fn']!r}")

    def update(self, param: Tensor, grad: Tensor, state: State, group: Group) -> None:
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = zeros_like(grad)
        velocity, lr, momentum = state["momentum_buffer"], number(group["lr"]), group["momentum"]
        velocity += (grad - velocity) * (1 - momentum)
        step = grad + (velocity - grad) * momentum if group["nesterov"] else velocity
        step = _orthogonal(step, group["ns_coefficients"], group["ns_steps"], group["eps"])
        rows, columns = param.shape
        if group["adjust_lr_fn"] == "match_rms_adamw":
            size = 0.2 * math.sqrt(max(rows, columns))
        else:
            size = math.sqrt(max(1, rows / columns))
        param *= 1 - lr * group["weight_decay"]
        param -= step.to(param.dtype) * (lr * size)


def _orthogonal(
    matrix: Tensor, coefficients: tuple[float, float, float], steps: int, eps: float
) -> Tensor:
    """The matrix with all its singular values near 1, in bfloat16."""
    if not 0 <= steps < 100 or len(coefficients) != 3:
        raise ValueError(f"ns_steps must be below 100 and ns_coefficients three, not {steps} and "
                         f"{coefficients}")
    a, b, c = coefficients
    x = matrix.bfloat16()
    tall = x.shape[0] > x.shape[1]
    x = x.t() if tall else x
    x = x / x.norm().clamp(min=eps)
    for _ in range(steps):
        gram = x @ x.t()
        x = x * a + (gram * b + gram @ gram * c) @ x
    return x.t() if tall else x
