"""Gradients that are too large made smaller: `clip_grad_norm_`, `clip_grad_value_`."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from typing import Any

from rushlight.autograd.modes import no_grad
from rushlight.ops.op import FACE
from rushlight.tensor.tensor import Tensor

Tensors = Tensor | Iterable[Tensor]


def _listed(tensors: Tensors) -> list[Tensor]:
    return [tensors] if isinstance(tensors, Tensor) else list(tensors)


def _gradients(parameters: Tensors) -> list[Tensor]:
    return [each._grad for each in _listed(parameters) if each._grad is not None]


def get_total_norm(
    tensors: Tensors, norm_type: float = 2.0, error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """The norm of all elements of all tensors, as if they were one vector.

    norm_type: the order p; inf for the largest absolute value. error_if_nonfinite: RuntimeError if
    the norm is inf or nan. foreach: not looked at.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.get_total_norm.html
    """
    listed, order = _listed(tensors), float(norm_type)
    if not listed:
        return FACE["tensor"](0.0)
    norm = FACE["linalg.vector_norm"]
    with no_grad():
        total = norm(FACE["stack"]([norm(each, order) for each in listed]), order)
    if error_if_nonfinite and not total.isfinite():
        raise RuntimeError(
            f"the total norm of order {norm_type} is {total.item()}: gradients can't be clipped to "
            "it (error_if_nonfinite=False lets them become what they become)")
    return total


def clip_grads_with_norm_(
    parameters: Tensors, max_norm: float, total_norm: Tensor, foreach: bool | None = None
) -> None:
    """Scale the gradients by `max_norm / total_norm`, in place, if that is below 1."""
    gradients = _gradients(parameters)
    if gradients:
        with no_grad():
            factor = (float(max_norm) / (total_norm + 1e-6)).clamp(max=1.0)
            for each in gradients:
                each.mul_(factor)


def clip_grad_norm_(
    parameters: Tensors, max_norm: float, norm_type: float = 2.0,
    error_if_nonfinite: bool = False, foreach: bool | None = None,
) -> Tensor:
    """Scale the gradients, in place, so that their total norm is at most `max_norm`.

    Returns the norm they had. error_if_nonfinite: RuntimeError if that is inf or nan.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_norm_.html
    """
    listed = _listed(parameters)
    total = get_total_norm(_gradients(listed), norm_type, error_if_nonfinite)
    clip_grads_with_norm_(listed, max_norm, total)
    return total


def clip_grad_value_(
    parameters: Tensors, clip_value: float, foreach: bool | None = None
) -> None:
    """Bring every element of the gradients into [-clip_value, clip_value], in place.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.clip_grad_value_.html
    """
    limit = float(clip_value)
    with no_grad():
        for each in _gradients(parameters):
            each.clamp_(-limit, limit)


def clip_grad_norm(*args: Any, **kwargs: Any) -> Tensor:
    """The old name of `clip_grad_norm_`."""
    warnings.warn(
        "clip_grad_norm is the old name of clip_grad_norm_", FutureWarning, stacklevel=2)
    return clip_grad_norm_(*args, **kwargs)
