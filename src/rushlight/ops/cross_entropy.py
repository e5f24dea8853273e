"""Losses of classes: `nll_loss` and `cross_entropy`.

The common call of `cross_entropy`, rows of scores and a class for each, is one row: its gradient is
softmax less one at the wanted class, which is made in one pass.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rushlight.autograd.modes import modes
from rushlight.engine import deferred
from rushlight.ops.arguments import need_tensor
from rushlight.ops.losses import loss, reduced, reduction_of
from rushlight.ops.op import FACE, op
from rushlight.ops.rounding import beside
from rushlight.ops.softmax import log_softmax, softmax
from rushlight.tensor.tensor import Array, Tensor, wrap


def _classes(name: str, shape: tuple[int, ...], target: Array, ignore_index: int) -> Any:
    """Which targets count: True if all. IndexError for classes that there are not."""
    count = shape[1] if len(shape) > 1 else shape[0]
    if target.size == 0 or (target.min() >= 0 and target.max() < count):
        return True if not 0 <= ignore_index < count else target != ignore_index
    counted = target != ignore_index
    wrong = target[counted & ((target < 0) | (target >= count))]
    if wrong.size:
        raise IndexError(f"{name}(): class {wrong[0]} is not one of {count}")
    return counted


def _check(name: str, input: Any, target: Any, weight: Any) -> None:
    for label, each in (("input", input), ("target", target)):
        need_tensor(name, label, each)
    a, t = input._array, target._array
    if a.ndim == 0 or t.shape != a.shape[:1][: a.ndim - 1] + a.shape[2:]:
        raise (RuntimeError if a.ndim > 2 else ValueError)(
            f"{name}(): input of shape {list(a.shape)} and target of shape {list(t.shape)}: they "
            "are (N, C, ...) and (N, ...), or (C) and one class")
    if t.dtype.kind not in "iu":
        raise RuntimeError(f"{name}(): classes are integers, not {target.dtype}")
    if weight is not None and weight._array.shape != (a.shape[min(1, a.ndim - 1)],):
        raise RuntimeError(
            f"{name}(): weight of shape {list(weight.shape)} must have an element for each of the "
            f"{a.shape[min(1, a.ndim - 1)]} classes")


def _factors(input: Array, target: Array, weight: Array | None, ignore_index: int) -> Any:
    """Each sample's factor, its class's weight or 0 if it is ignored; and the classes to look at.
    """
    counted = _classes("nll_loss", input.shape, target, ignore_index)
    at = target if counted is True else np.where(counted, target, 0)
    factor = np.ones(target.shape, input.dtype) if weight is None else weight[at]
    return (factor if counted is True else np.where(counted, factor, 0)), at


def _nll_back(
    grad: Any, input: Any, target: Any, weight: Any, ignore_index: int, reduction: str
) -> Tensor:
    """The gradient: each sample's factor, at its class."""
    array = input._array
    factor, at = _factors(array, target._array, None if weight is None else weight._array,
                          ignore_index)
    if reduction == "mean":
        factor = factor / factor.sum(dtype=array.dtype)
    axis = min(1, array.ndim - 1)
    rows = wrap(np.expand_dims(np.asarray(-factor, array.dtype), axis)) * (
        grad.unsqueeze(axis) if reduction == "none" else grad)
    places = wrap(np.expand_dims(at, axis))
    made = FACE["zeros_like"](input).scatter(axis, places, rows)
    return beside(made, input) if modes.grad else made


@op(name="_nll", face=False, method=False, input=_nll_back)
def _nll(
    input: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, reduction: str
) -> Any:
    """`nll_loss`, after the checks."""
    array = deferred.computed(input._array)
    factor, at = _factors(array, deferred.computed(target._array), None if weight is None else (
        deferred.computed(weight._array)), ignore_index)
    axis = min(1, array.ndim - 1)
    found = np.take_along_axis(array, np.expand_dims(at, axis), axis).squeeze(axis)
    each = -found * factor
    each = np.where(factor == 0, 0, each).astype(array.dtype, copy=False)
    if reduction == "none":
        return np.asarray(each)
    total = each.sum(dtype=array.dtype)
    return np.asarray(total / factor.sum(dtype=array.dtype) if reduction == "mean" else total)


@loss
def nll_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: bool | None = None,
    ignore_index: int = -100, reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:
    """Minus the logarithm of the probability of the wanted class; input is such logarithms.

    input: (N, C, ...) or (C). target: the classes, (N, ...) or one. weight: a factor for each
    class; the mean is over the weights. ignore_index: the class of samples that do not count.
    Raises ValueError or RuntimeError for shapes that do not fit, IndexError for other classes.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.nll_loss.html
    """
    reduction = reduction_of(reduction, size_average, reduce)
    _check("nll_loss", input, target, weight)
    return _nll(input, target, weight, ignore_index, reduction)


def _entropy_back(grad: Any, input: Any, target: Any, reduction: str, out: Any) -> Tensor:
    array, at = input._array, target._array
    share = grad / len(at) if reduction == "mean" else grad
    share = share.unsqueeze(1) if reduction == "none" else share
    if modes.grad:
        wanted = wrap(np.zeros(array.shape, array.dtype))
        wanted._array[np.arange(len(at)), at] = 1
        return (softmax(input, 1) - wanted) * share
    made = deferred.computed((softmax(input, 1) * share)._array)
    made[np.arange(len(at)), at] -= np.broadcast_to(deferred.computed(share._array).reshape(
        -1 if reduction == "none" else 1), at.shape)
    return wrap(made)


@op(name="_cross_entropy", face=False, method=False, node="NllLossBackward0", input=_entropy_back)
def _entropy(input: Tensor, target: Tensor, reduction: str) -> Any:
    """`cross_entropy` of rows of scores, all of whose classes count alike."""
    array, at = input._array, deferred.computed(target._array)
    logs = deferred.computed(log_softmax.row.forward(input, 1))
    each = -logs[np.arange(len(at)), at]
    if reduction == "none":
        return each
    total = np.add.reduce(each, dtype=array.dtype)
    return np.asarray(total / array.dtype.type(len(at)) if reduction == "mean" else total)


@loss
def cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: bool | None = None,
    ignore_index: int = -100, reduce: bool | None = None, reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """`nll_loss` of log_softmax(input) along dim 1: input is scores of any size.

    target: classes, as there; or probabilities of all classes, of input's shape. label_smoothing:
    the part of the target that is spread over all classes. Raises RuntimeError unless it is from 0
    to 1, and as `nll_loss` does.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.cross_entropy.html
    """
    reduction = reduction_of(reduction, size_average, reduce)
    need_tensor("cross_entropy", "input", input), need_tensor("cross_entropy", "target", target)
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError(
            f"cross_entropy(): label_smoothing must be from 0 to 1, not {label_smoothing}")
    dim = min(1, input.dim() - 1)
    if target._array.dtype.kind not in "iub" and target.shape == input.shape:
        return _of_probabilities(input, target, weight, reduction, label_smoothing, dim)
    if target._array.dtype.kind not in "iu":
        raise RuntimeError(
            f"cross_entropy(): target holds classes as integers, or probabilities in input's "
            f"shape {list(input.shape)}; not {target.dtype} of shape {list(target.shape)}")
    _check("cross_entropy", input, target, weight)
    if (
        weight is None and label_smoothing == 0 and input.dim() == 2 and len(target) > 0
        and input._array.dtype.char in "fd" and _classes(
            "cross_entropy", input._array.shape, target._array, ignore_index) is True
    ):
        return _entropy(input, target, reduction)
    logs = log_softmax(input, dim)
    plain = _nll(logs, target, weight, ignore_index, reduction)
    if label_smoothing == 0:
        return plain
    return plain * (1 - label_smoothing) + _smooth(
        logs, target, weight, ignore_index, reduction, dim) * label_smoothing


def _smooth(
    logs: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, reduction: str, dim: int
) -> Tensor:
    """The loss of targets that are spread over all classes."""
    count = logs.shape[dim]
    shaped = None if weight is None else weight.reshape([
        -1 if k == dim else 1 for k in range(logs.dim())])
    each = -(logs if shaped is None else logs * shaped).sum(dim)
    counted = target != ignore_index
    each = each.where(counted, 0)
    if reduction != "mean":
        return reduced(each, reduction) / count
    factor = counted.to(each.dtype)
    if weight is not None:
        factor = weight[target.where(counted, 0)] * factor
    return each.sum() / factor.sum() / count


def _of_probabilities(
    input: Tensor, target: Tensor, weight: Tensor | None, reduction: str, smoothing: float, dim: int
) -> Tensor:
    if smoothing:
        target = target * (1 - smoothing) + smoothing / input.shape[dim]
    each = log_softmax(input, dim) * target
    if weight is not None:
        each = each * weight.reshape([-1 if k == dim else 1 for k in range(input.dim())])
    each = -each.sum(dim)
    if reduction != "mean":
        return reduced(each, reduction)
    return each.sum() / max(1, each.numel())

