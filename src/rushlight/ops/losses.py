"""Losses that are a formula of an element and its target, and then a mean: see `loss.py`.

Next: `margins.py` (losses that compare distances and scores), `classes.py` (cross entropy),
`ctc.py`. Source: https://docs.pytorch.org/docs/stable/nn.functional.html#loss-functions
"""

from __future__ import annotations

import math
from typing import Any

from rushlight.ops.arguments import need_tensor
from rushlight.ops.loss import NAMES, broadcast, checked, loss, reduced, reduction_of
from rushlight.ops.op import FACE, composite
from rushlight.ops.slopes import either as e
from rushlight.ops.slopes import traced
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Tensor, settled


def _both(name: str, input: Any, target: Any) -> tuple[Tensor, Tensor]:
    return broadcast(
        name, need_tensor(name, "input", input), need_tensor(name, "target", target))


def _weighted(name: str, terms: Tensor, weight: Any, reduction: str, by_weight: bool) -> Tensor:
    """The terms times their weights, reduced; `by_weight`: their mean is over the weights' sum."""
    if need_tensor(name, "weight", weight)._array.shape != terms._array.shape:
        raise ValueError(
            f"{name}(): weight of shape {list(weight.shape)} must have input's shape, "
            f"{list(terms.shape)}")
    terms = terms * weight
    if by_weight and reduction == "mean":
        return terms.sum() / weight.sum()
    return reduced(terms, reduction)


# --- distances of numbers


@traced
def _mse_backward(grad, input, target):
    return grad * 2 * (input - target)


@loss("mse_loss", input=_mse_backward,
      target=lambda grad, input, target: -_mse_backward(grad, input, target))
def _mse(input, target):
    difference = input - target
    return difference * difference


@composite(name="nn.functional.mse_loss", method=False)
def mse_loss(
    input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None,
    reduction: str = "mean", weight: Tensor | None = None,
) -> Tensor:
    """The squares of input - target: their mean, sum, or all of them ("none").

    weight: a factor for each; the mean is then over the sum of the weights.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.mse_loss.html
    """
    reduction = reduction_of(size_average, reduce, reduction)
    input, target = _both("mse_loss", input, target)
    if weight is None:
        return _mse(input, target, reduction=reduction)
    checked(reduction)
    difference = input - target
    return _weighted("mse_loss", difference * difference, weight, reduction, True)


@composite(name="nn.functional.l1_loss", method=False)
def l1_loss(
    input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None,
    reduction: str = "mean", weight: Tensor | None = None,
) -> Tensor:
    """|input - target|: the mean, the sum, or each ("none").

    weight: a factor for each; the mean is then over the sum of the weights.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.l1_loss.html
    """
    reduction = checked(reduction_of(size_average, reduce, reduction))
    input, target = _both("l1_loss", input, target)
    terms = (input - target).abs()
    if weight is None:
        return reduced(terms, reduction)
    return _weighted("l1_loss", terms, weight, reduction, True)


@traced
def _smooth_l1_backward(grad, input, target, beta):
    difference = input - target
    size = e.absolute(difference)
    return e.where(
        size < beta, grad * difference / beta, e.where(difference > 0, grad, -grad))


@loss("smooth_l1_loss", node="SmoothL1LossBackward0", input=_smooth_l1_backward,
      target=lambda grad, input, target, beta: -_smooth_l1_backward(grad, input, target, beta))
def _smooth_l1(input, target, beta):
    size = e.absolute(input - target)
    return e.where(size < beta, 0.5 * size * size / beta, size - 0.5 * beta)


@composite(name="nn.functional.smooth_l1_loss", method=False)
def smooth_l1_loss(
    input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None,
    reduction: str = "mean", beta: float = 1.0,
) -> Tensor:
    """|input - target| - beta / 2, and below beta a parabola that meets it; beta=0: `l1_loss`.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.smooth_l1_loss.html
    """
    reduction = reduction_of(size_average, reduce, reduction)
    input, target = _both("smooth_l1_loss", input, target)
    if beta < 0:
        raise RuntimeError(f"smooth_l1_loss(): beta must not be negative, it is {beta}")
    if beta == 0:
        return l1_loss(input, target, reduction=reduction)
    return _smooth_l1(input, target, beta, reduction=reduction)


@traced
def _huber_backward(grad, input, target, delta):
    difference = input - target
    size = e.absolute(difference)
    return e.where(
        size < delta, grad * difference, delta * e.where(difference > 0, grad, -grad))


@loss("huber_loss", input=_huber_backward,
      target=lambda grad, input, target, delta: -_huber_backward(grad, input, target, delta))
def _huber(input, target, delta):
    size = e.absolute(input - target)
    return e.where(size < delta, 0.5 * size * size, delta * (size - 0.5 * delta))


@composite(name="nn.functional.huber_loss", method=False)
def huber_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0,
    weight: Tensor | None = None,
) -> Tensor:
    """delta * (|input - target| - delta / 2), and up to delta a parabola that meets it.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.huber_loss.html
    """
    checked(reduction)
    input, target = _both("huber_loss", input, target)
    if delta <= 0:
        raise RuntimeError(f"huber_loss(): delta must be positive, it is {delta}")
    if weight is None:
        return _huber(input, target, delta, reduction=reduction)
    terms = _huber(input, target, delta, reduction="none")
    return _weighted("huber_loss", terms, weight, reduction, False)


# --- distances of distributions

_LEAST = -100.0  # the logarithm of a probability is not taken for less


@traced
def _bce_backward(grad, input, target):
    return grad * (input - target) / e.at_least((1 - input) * input, 1e-12)


@traced
def _bce_to_target(grad, input):
    return grad * (e.log1p(-input) - e.log(input))


@loss("binary_cross_entropy", input=_bce_backward, target=_bce_to_target)
def _bce(input, target):
    return (target - 1) * e.maximum(e.log1p(-input), _LEAST) - target * e.maximum(
        e.log(input), _LEAST)


@composite(name="nn.functional.binary_cross_entropy", method=False, looks=True)
def binary_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: Any = None,
    reduce: Any = None, reduction: str = "mean",
) -> Tensor:
    """-(target * log(input) + (1 - target) * log(1 - input)), the logarithms from -100 on.

    Raises RuntimeError for an input outside [0, 1], ValueError where shapes differ.
    Source:
    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.binary_cross_entropy.html
    """
    reduction = checked(reduction_of(size_average, reduce, reduction))
    name = "binary_cross_entropy"
    _same_shape(name, need_tensor(name, "input", input), need_tensor(name, "target", target))
    if input.dtype != target.dtype:
        raise RuntimeError(f"{name}(): input is {input.dtype}, target {target.dtype}: convert one")
    values = settled(input)
    if values.size and not (values.min() >= 0 and values.max() <= 1):
        raise RuntimeError(
            f"{name}(): input must be between 0 and 1: give logits to "
            "binary_cross_entropy_with_logits()")
    if weight is None:
        return _bce(input, target, reduction=reduction)
    return reduced(_bce(input, target, reduction="none") * weight, reduction)


def _same_shape(name: str, input: Tensor, target: Tensor) -> None:
    if input._array.shape != target._array.shape:
        raise ValueError(
            f"{name}(): target of shape {list(target.shape)} must have input's shape, "
            f"{list(input.shape)}")


@traced
def _logits_backward(grad, input, target):
    return grad * (e.sigmoid(input) - target)


@loss("binary_cross_entropy_with_logits", input=_logits_backward,
      target=lambda grad, input: grad * -input)
def _logits(input, target):
    return (1 - target) * input + e.log1p(e.exp(-e.absolute(input))) - e.minimum(input, 0)


@traced
def _scaled_logits_backward(grad, input, target, scale):
    return grad * (1 - target - (1 + (scale - 1) * target) * e.sigmoid(-input))


@traced
def _scaled_logits_to_target(grad, input, scale):
    return grad * ((scale - 1) * e.softplus(-input) - input)


@traced
def _scaled_logits_to_scale(grad, input, target):
    return grad * target * e.softplus(-input)


@loss("binary_cross_entropy_with_logits", input=_scaled_logits_backward,
      target=_scaled_logits_to_target, scale=_scaled_logits_to_scale)
def _scaled_logits(input, target, scale):
    unlikely = e.log1p(e.exp(-e.absolute(input))) - e.minimum(input, 0)
    return (1 - target) * input + (1 + (scale - 1) * target) * unlikely


@composite(name="nn.functional.binary_cross_entropy_with_logits", method=False)
def binary_cross_entropy_with_logits(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: Any = None,
    reduce: Any = None, reduction: str = "mean", pos_weight: Tensor | None = None,
) -> Tensor:
    """`binary_cross_entropy` of sigmoid(input), without leaving range.

    weight: a factor for each term. pos_weight: one for what stands for target=1. Both broadcast.
    Raises ValueError where the shapes of input and target differ.
    Source:
    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.binary_cross_entropy_with_logits.html
    """
    reduction = checked(reduction_of(size_average, reduce, reduction))
    name = "binary_cross_entropy_with_logits"
    _same_shape(name, need_tensor(name, "input", input), need_tensor(name, "target", target))
    if target.dtype.category > input.dtype.category or input.dtype.category < dtypes.FLOATING:
        raise RuntimeError(f"{name}(): input is floating point, not {input.dtype}")
    if weight is None and pos_weight is None:
        return _logits(input, target, reduction=reduction)
    how = reduction if weight is None else "none"
    if pos_weight is None:
        terms = _logits(input, target, reduction=how)
    else:
        terms = _scaled_logits(input, target, pos_weight, reduction=how)
    return terms if weight is None else reduced(terms * weight, reduction)


@composite(name="nn.functional.kl_div", method=False)
def kl_div(
    input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None,
    reduction: str = "mean", log_target: bool = False,
) -> Tensor:
    """target * (log(target) - input): `input` holds logarithms, `target` too with `log_target`.

    reduction: "batchmean" is the sum over the size of dim 0, which the definition means.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.kl_div.html
    """
    reduction = checked(reduction_of(size_average, reduce, reduction), (*NAMES, "batchmean"))
    if need_tensor("kl_div", "input", input).dtype.category != dtypes.FLOATING:
        raise RuntimeError(f"kl_div(): input holds logarithms, which {input.dtype} can't")
    if log_target:
        terms = target.exp() * (target - input)
    else:
        terms = FACE["xlogy"](target, target) - target * input
    if reduction == "batchmean":
        return terms.sum() / (input.shape[0] if input.ndim else 1)
    return reduced(terms, reduction)


@composite(name="nn.functional.poisson_nll_loss", method=False)
def poisson_nll_loss(
    input: Tensor, target: Tensor, log_input: bool = True, full: bool = False,
    size_average: Any = None, eps: float = 1e-8, reduce: Any = None, reduction: str = "mean",
) -> Tensor:
    """What is unlikely about counts `target` at rates exp(input); input with log_input=False.

    full: with Stirling's approximation of log(target!) where target is above 1.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.poisson_nll_loss.html
    """
    reduction = checked(reduction_of(size_average, reduce, reduction))
    terms = input.exp() - target * input if log_input else input - target * (input + eps).log()
    if full:
        stirling = target * target.log() - target + 0.5 * (2 * math.pi * target).log()
        terms = terms + stirling.masked_fill(target <= 1, 0)
    return reduced(terms, reduction)


@composite(name="nn.functional.gaussian_nll_loss", method=False, looks=True)
def gaussian_nll_loss(
    input: Tensor, target: Tensor, var: Any, full: bool = False, eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """What is unlikely about `target` for normal numbers of mean `input` and variance `var`.

    var: a number, or a tensor that broadcasts to input's shape, or lacks its last dim. It counts
    as `eps` at least. Raises ValueError for a negative or misfitting one.
    Source:
    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.gaussian_nll_loss.html
    """
    checked(reduction)
    if not isinstance(var, Tensor):
        if var < 0:
            raise ValueError(f"gaussian_nll_loss(): var must not be negative, it is {var}")
        var = FACE["full_like"](input, var)
    elif bool((var < 0).any()):
        raise ValueError("gaussian_nll_loss(): var must not be negative, and is somewhere")
    if var.shape != input.shape:
        if tuple(input.shape[:-1]) == tuple(var.shape):
            var = var.unsqueeze(-1)
        elif len(var.shape) != len(input.shape) or any(
            one not in (1, size) for one, size in zip(var.shape, input.shape, strict=True)
        ):
            raise ValueError(
                f"gaussian_nll_loss(): var of shape {list(var.shape)} does not fit input of shape "
                f"{list(input.shape)}")
    least = var.detach().clamp(min=eps)
    var = var + (least - var.detach())  # at least eps, and its gradient all the same
    terms = 0.5 * (var.log() + (input - target) ** 2 / var)
    if full:
        terms = terms + 0.5 * math.log(2 * math.pi)
    return reduced(terms, reduction)


@traced
def _soft_margin_backward(grad, input, target):
    return -grad * target * e.sigmoid(-target * input)


@loss("soft_margin_loss", input=_soft_margin_backward)
def _soft_margin(input, target):
    return e.log1p(e.exp(-target * input))


@composite(name="nn.functional.soft_margin_loss", method=False)
def soft_margin_loss(
    input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """log(1 + exp(-target * input)), for targets 1 and -1.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.soft_margin_loss.html
    """
    reduction = reduction_of(size_average, reduce, reduction)
    input, target = FACE["broadcast_tensors"](
        need_tensor("soft_margin_loss", "input", input),
        need_tensor("soft_margin_loss", "target", target))
    if target.requires_grad:
        raise RuntimeError("soft_margin_loss(): target can't require a gradient: detach() it")
    if input.is_complex():
        return reduced((-target * input).exp().log1p(), reduction)
    return _soft_margin(input, target, reduction=reduction)


# --- as `torch` has them: the reduction is a number


@composite(name="kl_div", method=False)
def _kl_div(
    input: Tensor, target: Tensor, reduction: int = 1, *, log_target: bool = False
) -> Tensor:
    """`nn.functional.kl_div`, `reduction` being 0 (none), 1 (mean) or 2 (sum)."""
    return kl_div(input, target, reduction=NAMES[reduction], log_target=log_target)


@composite(name="poisson_nll_loss", method=False)
def _poisson_nll_loss(
    input: Tensor, target: Tensor, log_input: bool, full: bool, eps: float, reduction: int
) -> Tensor:
    """`nn.functional.poisson_nll_loss`, `reduction` being 0 (none), 1 (mean) or 2 (sum)."""
    return poisson_nll_loss(
        input, target, log_input, full, eps=eps, reduction=NAMES[reduction])


@composite(name="binary_cross_entropy_with_logits", method=False)
def _binary_cross_entropy_with_logits(
    input: Tensor, target: Tensor, weight: Tensor | None = None,
    pos_weight: Tensor | None = None, reduction: int = 1,
) -> Tensor:
    """The same of `nn.functional`, `reduction` being 0 (none), 1 (mean) or 2 (sum)."""
    return binary_cross_entropy_with_logits(
        input, target, weight, pos_weight=pos_weight, reduction=NAMES[reduction])


