"""Losses over classes: `cross_entropy` and `nll_loss`.

Scores are (C), (N, C) or (N, C, d1, ...), and the target says which class is right at each place.
`cross_entropy` is one pass over the scores for the logarithm of each sum of exponentials, and one
pass back: the shares, less one where the class is right.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from rushlight.autograd.modes import modes
from rushlight.engine import at_hand, deferred
from rushlight.ops import row_losses
from rushlight.ops.arguments import need_tensor, widened
from rushlight.ops.linear import linear
from rushlight.ops.loss import checked, reduction_of
from rushlight.ops.op import composite, op
from rushlight.ops.reduce import total
from rushlight.ops.rounding import beside_where_recorded
from rushlight.ops.slopes import either as e
from rushlight.ops.slopes import traced
from rushlight.ops.softmax import log_softmax, logsumexp
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Array, Tensor, settled, wrap

# --- targets


class _Targets:
    """Which class is right at each place, and how much the place counts.

    classes: as `given`, 0 where a place does not count. factors: what each term is multiplied by;
    None where all count alike.
    """

    def __init__(
        self, scores: Array, axis: int, given: Array, weight: Tensor | None, ignore_index: int
    ):
        self.classes, self.axis = given, axis
        self.along = (*[slice(None)] * axis, None)  # an index that gives them the classes' dim
        count = scores.shape[axis]
        kept = None
        # One look tells, as negative numbers are very large ones here.
        inside = not given.size or int(given.view(np.uint64).max()) < count
        if not inside or 0 <= ignore_index < count:
            kept = given != ignore_index
            self.classes = given * kept
            if not inside and int(self.classes.view(np.uint64).max()) >= count:
                wrong = self.classes[(self.classes < 0) | (self.classes >= count)]
                raise IndexError(
                    f"target {int(wrong.flat[0])} is out of range: there are {count} classes")
        self.kept = None if kept is None else np.asarray(kept)
        self.factors = None if kept is None else np.asarray(kept).astype(scores.dtype)
        if weight is not None:
            self.factors = weight._array[self.classes]
            if kept is not None:
                self.factors = self.factors * kept

    def of(self, scores: Array) -> Array:
        """The score of the right class at each place."""
        if scores.ndim == 2:
            return scores[np.arange(len(scores)), self.classes]
        index = self.classes[self.along]
        return np.take_along_axis(scores, index, self.axis).squeeze(self.axis)

    def reduced(self, terms: Array, reduction: str) -> Array:
        """The terms, each as much as it counts, and their mean or sum."""
        if self.factors is not None:
            terms = widened(self.factors) * terms
            if self.kept is not None:
                terms = np.where(self.kept, terms, terms.dtype.type(0))
        if reduction == "none":
            return terms
        whole = total(terms, tuple(range(terms.ndim)), False)
        return whole / self.number() if reduction == "mean" else whole

    def number(self) -> Any:
        """How many places there are, or the sum of what they count."""
        if self.factors is None:
            return self.classes.size
        return widened(self.factors).sum()

    def shared(self, grad: Tensor, reduction: str) -> Tensor:
        """The gradient of each term, with the dim of the classes, of size 1."""
        if self.factors is not None:
            scale = self.factors if reduction != "mean" else self.factors / self.number()
            grad = grad * wrap(np.asarray(scale, self.factors.dtype))
            if self.kept is not None:
                grad = grad.where(wrap(self.kept), 0)
        elif reduction == "mean":
            grad = grad / self.number()
        return grad.unsqueeze(self.axis) if grad._array.ndim else grad

    def beside(self, scores: Array) -> tuple[Tensor, Tensor]:
        """The numbers of the classes along their dim, and the right ones, as numbers like scores'.
        """
        dtype = np.float64 if scores.dtype.char == "d" else np.float32
        return _numbers(scores.shape[self.axis], scores.ndim - 1 - self.axis, dtype), wrap(
            self.classes[self.along].astype(dtype))


@functools.lru_cache(64)
def _numbers(count: int, after: int, dtype: Any) -> Tensor:
    return wrap(np.arange(count, dtype=dtype).reshape(count, *[1] * after))


def _checked(
    name: str, input: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int
) -> _Targets:
    """The targets; or the errors where sizes or dtypes do not fit."""
    scores = settled(need_tensor(name, "input", input))
    given = settled(need_tensor(name, "target", target))
    if not scores.ndim:
        raise ValueError(f"{name}(): input needs a dim of classes, it has none")
    axis = int(scores.ndim > 1)
    if given.dtype.char == "B":
        given = given.astype(np.int64)
    if given.dtype != np.int64:
        raise RuntimeError(f"{name}(): target is int64 or uint8, not {target.dtype}")
    if scores.ndim == 1 and given.shape == (1,):
        given = given.reshape(())
    if axis and given.ndim and len(scores) != len(given):
        raise ValueError(
            f"{name}(): input has a batch of {len(scores)}, target one of {len(given)}")
    if scores.shape[:axis] + scores.shape[axis + 1 :] != given.shape:
        raise RuntimeError(
            f"{name}(): target of shape {list(given.shape)} does not fit input of shape "
            f"{list(scores.shape)}: it is that without dim {axis}, the classes'")
    if weight is not None:
        if need_tensor(name, "weight", weight)._array.shape != (scores.shape[axis],):
            raise RuntimeError(
                f"{name}(): weight has one element for each of the {scores.shape[axis]} classes, "
                f"it is of shape {list(weight.shape)}")
        if weight._array.dtype != scores.dtype:
            raise RuntimeError(f"{name}(): weight is {weight.dtype}, input {input.dtype}")
    if scores.dtype.kind not in "fV":
        raise NotImplementedError(f"{name}() is not defined for {input.dtype}")
    return _Targets(scores, axis, given, weight, ignore_index)


def _node_name(bound: dict[str, Any]) -> str:
    ndim = bound["input"]._array.ndim
    return "NllLossBackward0" if ndim < 3 else "NllLoss2DBackward0"


# --- nll_loss


@traced
def _nll_share(grad, classes, target):  # type: ignore[no-untyped-def]
    return e.where(classes == target, -grad, 0)


def _nll_back(
    grad: Tensor, input: Tensor, target: Tensor, weight: Any, targets: _Targets, reduction: str
) -> Tensor:
    share = _nll_share(targets.shared(grad, reduction), *targets.beside(input._array))
    return beside_where_recorded(share, input)


@op(name="_nll_loss", face=False, method=False, node=_node_name, input=_nll_back)
def _nll_loss(
    input: Tensor, target: Tensor, weight: Any, targets: _Targets, reduction: str
) -> Any:
    scores = input._array
    terms = targets.reduced(-widened(targets.of(scores)), reduction)
    return np.asarray(terms).astype(scores.dtype, copy=False)


@composite(name="nn.functional.nll_loss", method=False, looks=True)
def nll_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: Any = None,
    ignore_index: int = -100, reduce: Any = None, reduction: str = "mean",
) -> Tensor:
    """-input at the class that `target` names, for logarithms of probabilities.

    weight: how much each class counts; the mean is over the sum of what counts. Places of class
    `ignore_index` don't count. Raises IndexError for a class there is not, ValueError or
    RuntimeError where sizes do not fit.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.nll_loss.html
    """
    reduction = checked(reduction_of(size_average, reduce, reduction))
    targets = _checked("nll_loss", input, target, weight, ignore_index)
    return _nll_loss(input, target, weight, targets, reduction)


# --- cross_entropy


def _log_sums(scores: Any, axis: int) -> Any:
    """The logarithm of the sum of exponentials along the axis, which stays."""
    top = np.maximum.reduce(scores, axis, keepdims=True)
    return np.log(total(np.exp(scores - top), (axis,), True)) + top


@functools.cache
def _log_sums_along(axis: int) -> Callable[[Any], Any]:
    function: Any = functools.partial(_log_sums, axis=axis)
    function.cost = 16
    return function


@traced
def _shares_back(grad, input, log_sum, classes, target, hit, miss):  # type: ignore[no-untyped-def]
    shares = e.exp(input - log_sum)
    return grad * (e.where(classes == target, shares - hit, shares) - miss)


def _entropy_back(
    grad: Tensor, input: Tensor, log_sum: Tensor, target: Tensor, weight: Any, targets: _Targets,
    smoothing: float, reduction: str,
) -> Tensor:
    scores = input._array
    if modes.grad:
        log_sum = logsumexp(input, targets.axis, True)
    return _shares_back(
        targets.shared(grad, reduction), input, log_sum, *targets.beside(scores), 1 - smoothing,
        smoothing / scores.shape[targets.axis])


@op(name="_cross_entropy", face=False, method=False, node=_node_name, input=_entropy_back)
def _cross_entropy(
    input: Tensor, log_sum: Tensor, target: Tensor, weight: Any, targets: _Targets,
    smoothing: float, reduction: str,
) -> Any:
    scores, axis = input._array, targets.axis
    right = widened(targets.of(scores))
    if smoothing:
        mean = total(widened(scores), (axis,), False) / scores.shape[axis]
        right = (1 - smoothing) * right + smoothing * mean
    terms = targets.reduced(log_sum._array.reshape(right.shape) - right, reduction)
    return np.asarray(terms).astype(scores.dtype, copy=False)


@composite(name="nn.functional.cross_entropy", method=False, looks=True)
def cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: Any = None,
    ignore_index: int = -100, reduce: Any = None, reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """-log of the share, by softmax over dim 1 (0 of a vector), of the class that `target` names.

    target: classes, of input's shape without the dim of classes; or probabilities, of its shape.
    weight: how much each class counts; the mean is over the sum of what counts. Places of class
    `ignore_index` don't count. label_smoothing: the part of the target given to all classes alike.
    Raises IndexError for a class there is not, ValueError or RuntimeError where sizes do not fit.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.cross_entropy.html
    """
    reduction = checked(reduction_of(size_average, reduce, reduction))
    name = "cross_entropy"
    scores = settled(need_tensor(name, "input", input))
    if not 0 <= label_smoothing <= 1:
        raise RuntimeError(f"{name}(): label_smoothing is from 0 to 1, not {label_smoothing}")
    same = need_tensor(name, "target", target)._array.shape == scores.shape
    if same and target.dtype.category >= dtypes.FLOATING:
        if ignore_index >= 0:
            raise RuntimeError(f"{name}(): ignore_index goes with classes, not probabilities")
        return _of_probabilities(input, target, weight, reduction, label_smoothing)
    if same and not scores.ndim:
        raise RuntimeError(f"{name}(): input needs a dim of classes, it has none")
    if scores.dtype.kind not in "fV":
        raise NotImplementedError(f"{name}() is not defined for {input.dtype}")
    axis = int(scores.ndim > 1)
    if (weight is not None and label_smoothing) or not scores.size:
        return _in_steps(input, target, weight, ignore_index, reduction, label_smoothing, axis)
    if weight is None and not label_smoothing:
        made = row_losses.entropy(
            input, scores, target, ignore_index, reduction,
            lambda input: _in_steps(input, target, None, ignore_index, reduction, 0.0, axis))
        if made is not None:
            return made
    targets = _checked(name, input, target, weight, ignore_index)
    wide = widened(scores)
    if wide.size < deferred.LARGE:
        log_sum = at_hand.compute(_log_sums_along(axis), wide)
    else:
        log_sum = deferred.computed(_log_sums(deferred.of(wide), axis))
    return _cross_entropy(
        input, wrap(log_sum), target, weight, targets, label_smoothing, reduction)


def _in_steps(
    input: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, reduction: str,
    smoothing: float, axis: int,
) -> Tensor:
    """Smoothing with weights: two losses of the same logarithms of shares."""
    logs = log_softmax(input, axis)
    right = nll_loss(logs, target, weight, ignore_index=ignore_index, reduction=reduction)
    if not smoothing:
        return right
    terms = -(logs if weight is None else logs * _along(weight, axis, logs)).sum(axis)
    kept = target != ignore_index
    terms = terms.where(kept, 0)
    if reduction == "mean":
        counted = kept.sum() if weight is None else weight[target.where(kept, 0)].where(
            kept, 0).sum()
        terms = terms.sum() / counted
    elif reduction == "sum":
        terms = terms.sum()
    return (1 - smoothing) * right + smoothing / input.shape[axis] * terms


def _along(weight: Tensor, axis: int, like: Tensor) -> Tensor:
    return weight.reshape([-1 if dim == axis else 1 for dim in range(like.ndim)])


def _of_probabilities(
    input: Tensor, target: Tensor, weight: Tensor | None, reduction: str, smoothing: float
) -> Tensor:
    axis = int(input.ndim > 1)
    classes = input.shape[axis]
    if smoothing:
        target = target * (1 - smoothing) + smoothing / classes
    terms = log_softmax(input, axis) * target
    if weight is not None:
        if weight.shape != (classes,):
            raise RuntimeError(
                f"cross_entropy(): weight has one element for each of the {classes} classes, it is "
                f"of shape {list(weight.shape)}")
        terms = terms * _along(weight, axis, input)
    if reduction == "none":
        return -terms.sum(axis)
    whole = -terms.sum()
    return whole if reduction == "sum" else whole / (input.numel() / classes if classes else 1)


@composite(name="nn.functional.linear_cross_entropy", method=False)
def linear_cross_entropy(
    input: Tensor, linear_weight: Tensor, target: Tensor, *, linear_bias: Tensor | None = None,
    weight: Tensor | None = None, reduction: str = "mean", ignore_index: int | None = None,
    label_smoothing: float = 0.0, options: Any = None,
) -> Tensor:
    """`cross_entropy` of scores that are a linear function of `input`, (N, features) or (features).

    linear_weight: (C, *, features) for a target (N, *). linear_bias: of that shape without the
    features. options: how to compute in pieces; a UserWarning says that they are not heeded.
    Raises RuntimeError where sizes do not fit.
    """
    if options is not None:
        warnings.warn("linear_cross_entropy(): options are not heeded, all is computed at once",
                      UserWarning, stacklevel=2)
    if need_tensor("linear_cross_entropy", "input", input).ndim not in (1, 2):
        raise RuntimeError(f"linear_cross_entropy(): input has 1 or 2 dims, not {input.ndim}")
    if linear_weight.ndim < 2:
        raise RuntimeError(
            f"linear_cross_entropy(): linear_weight has 2 dims or more, not {linear_weight.ndim}")
    if input.ndim == 1 and linear_weight.ndim > 2:
        raise RuntimeError("linear_cross_entropy(): a target of several dims needs a batch")
    outputs = tuple(linear_weight.shape[:-1])
    scores = linear(input, linear_weight.flatten(0, -2),
                    None if linear_bias is None else linear_bias.flatten())
    return cross_entropy(
        scores.reshape(*input.shape[:-1], *outputs), target, weight,
        ignore_index=-100 if ignore_index is None else ignore_index, reduction=reduction,
        label_smoothing=label_smoothing)
