"""L-BFGS: Newton's steps from the last few changes of the gradient."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from rushlight.autograd.modes import enable_grad, no_grad
from rushlight.ops.op import FACE
from rushlight.optim.line_search import strong_wolfe
from rushlight.optim.optimizer import Optimizer
from rushlight.optim.settings import number
from rushlight.tensor.tensor import Tensor


class LBFGS(Optimizer):
    """Minimise a function that `closure` computes, with its gradients, as often as it takes.

    One group of parameters. max_iter, max_eval: how many steps and calls a `step` may take.
    tolerance_grad, tolerance_change: it ends below these. history_size: how many changes are kept.
    line_search_fn: None or "strong_wolfe". Raises ValueError for more groups.
    Source: Nocedal and Wright, Numerical Optimization, 2006, algorithms 7.4, 3.5 and 3.6
    """

    def __init__(
        self, params: Any, lr: float | Tensor = 1, max_iter: int = 20,
        max_eval: int | None = None, tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9, history_size: int = 100,
        line_search_fn: str | None = None,
    ):
        if not number(lr) >= 0:
            raise ValueError(f"lr must be at least 0, not {lr}")
        super().__init__(params, {
            "lr": lr, "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad, "tolerance_change": tolerance_change,
            "history_size": history_size, "line_search_fn": line_search_fn})
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS takes one group of parameters: their settings can't differ")
        self._params = self.param_groups[0]["params"]

    # --- all parameters as one vector

    def _gradient(self) -> Tensor:
        parts = []
        for each in self._params:
            grad = each.new_zeros(each.shape) if each.grad is None else each.grad
            parts.append((grad.view_as_real() if grad.is_complex() else grad).reshape(-1))
        return FACE["cat"](parts)

    def _move(self, size: Any, direction: Tensor) -> None:
        begun = 0
        for each in self._params:
            part = each.view_as_real() if each.is_complex() else each
            part += direction[begun : begun + part.numel()].view(part.shape) * size
            begun += part.numel()

    def _evaluate(self, closure: Callable[[], Any]) -> tuple[float, Tensor]:
        with enable_grad():
            loss = float(closure())
        return loss, self._gradient()

    def _at(
        self, closure: Callable[[], Any], places: list[Tensor], direction: Tensor, size: float
    ) -> tuple[float, Tensor]:
        """Loss and gradient that far along a direction; the parameters stay where they are."""
        self._move(size, direction)
        found = self._evaluate(closure)
        for each, place in zip(self._params, places, strict=True):
            each.copy_(place)
        return found

    # --- the step

    def _step(self, closure: Callable[[], Any] | None = None) -> Any:
        if closure is None:
            raise TypeError("LBFGS.step() needs a closure that computes the loss and its gradients")
        with no_grad():
            return self._minimise(closure)

    def _minimise(self, closure: Callable[[], Any]) -> Any:
        group, state = self.param_groups[0], self.state[self._params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        with enable_grad():
            first = closure()
        loss, grad = float(first), self._gradient()
        calls = 1
        state["func_evals"] += 1
        if grad.abs().max().item() <= group["tolerance_grad"]:
            return first
        direction: Any = state.get("d")
        size: Any = state.get("t")
        steps, changes = state.get("old_stps", []), state.get("old_dirs", [])
        inverses, scale = state.get("ro", []), state.get("H_diag", 1)
        before, loss_before = state.get("prev_flat_grad"), state.get("prev_loss", loss)
        for turn in range(1, group["max_iter"] + 1):
            state["n_iter"] += 1
            if state["n_iter"] == 1:
                direction, steps, changes, inverses, scale = -grad, [], [], [], 1
            else:
                change, way = grad - before, direction * size
                product = change.dot(way).item()
                if product > 1e-10:
                    if len(changes) == group["history_size"]:
                        changes.pop(0), steps.pop(0), inverses.pop(0)
                    changes.append(change)
                    steps.append(way)
                    inverses.append(1.0 / product)
                    scale = product / change.dot(change).item()
                direction = _newton(grad, steps, changes, inverses, scale)
            before, loss_before = grad.clone(), loss
            lr = number(group["lr"])
            size = min(1.0, 1.0 / grad.abs().sum().item()) * lr if state["n_iter"] == 1 else lr
            slope = grad.dot(direction).item()
            if slope > -group["tolerance_change"]:
                break
            used = 0
            if group["line_search_fn"] is not None:
                if group["line_search_fn"] != "strong_wolfe":
                    raise RuntimeError(
                        "line_search_fn is None or 'strong_wolfe', not "
                        f"{group['line_search_fn']!r}")
                places = [each.clone() for each in self._params]
                loss, grad, size, used = strong_wolfe(
                    partial(self._at, closure, places, direction), size, direction, loss, grad,
                    slope)
                self._move(size, direction)
            else:
                self._move(size, direction)
                if turn != group["max_iter"]:
                    loss, grad = self._evaluate(closure)
                    used = 1
            calls += used
            state["func_evals"] += used
            moved = direction * size
            if (
                turn == group["max_iter"] or calls >= group["max_eval"]
                or grad.abs().max().item() <= group["tolerance_grad"]
                or moved.abs().max().item() <= group["tolerance_change"]
                or abs(loss - loss_before) < group["tolerance_change"]
            ):
                break
        state.update(
            d=direction, t=size, old_dirs=changes, old_stps=steps, ro=inverses, H_diag=scale,
            prev_flat_grad=before, prev_loss=loss_before)
        return first


def _newton(
    grad: Tensor, steps: list[Tensor], changes: list[Tensor], inverses: list[float], scale: float
) -> Tensor:
    """The direction of Newton's step, the inverse Hessian being what the last changes say of it."""
    direction = -grad
    shares = []
    for step, change, inverse in zip(steps[::-1], changes[::-1], inverses[::-1], strict=True):
        share = step.dot(direction).item() * inverse
        shares.append(share)
        direction = direction - change * share
    direction = direction * scale
    for step, change, inverse, share in zip(steps, changes, inverses, shares[::-1], strict=True):
        direction = direction + step * (share - change.dot(direction).item() * inverse)
    return direction
