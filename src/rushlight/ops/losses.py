"""Losses: how far a prediction is from what was wanted, as one number or one for each sample.

Source: https://docs.pytorch.org/docs/stable/nn.functional.html#loss-functions
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

from rushlight.ops.arguments import need_tensor
from rushlight.ops.op import FACE, composite
from rushlight.tensor.tensor import Tensor

_ROOM = "nn.functional."


def reduction_of(
    reduction: str, size_average: bool | None = None, reduce: bool | None = None
) -> str:
    """"none", "mean" or "sum"; the two flags are the older way to say it. ValueError for others."""
    if size_average is not None or reduce is not None:
        reduction = "none" if reduce is False else "sum" if size_average is False else "mean"
        warnings.warn(
            f"size_average and reduce will go: say reduction='{reduction}'", UserWarning,
            stacklevel=4)
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"reduction is 'none', 'mean' or 'sum', not {reduction!r}")
    return reduction


def reduced(loss: Tensor, reduction: str) -> Tensor:
    """The loss as it is, its mean or its sum."""
    return loss if reduction == "none" else loss.mean() if reduction == "mean" else loss.sum()


def loss(function: Callable[..., Any]) -> Any:
    """Publish a loss in `nn.functional`."""
    return composite(name=_ROOM + function.__name__, method=False)(function)


def _alike(name: str, input: Any, target: Any) -> None:
    need_tensor(name, "input", input), need_tensor(name, "target", target)
    if input._array.shape != target._array.shape:
        warnings.warn(
            f"{name}(): target has shape {list(target.shape)}, input {list(input.shape)}: they "
            "broadcast, which is probably not what was meant", UserWarning, stacklevel=3)


@loss
def mse_loss(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean", weight: Tensor | None = None,
) -> Tensor:
    """The square of the difference.

    reduction: "mean", "sum", or "none" for one of each element. weight: a factor for each element;
    the mean is then that of the weighted squares.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.mse_loss.html
    """
    reduction = reduction_of(reduction, size_average, reduce)
    _alike("mse_loss", input, target)
    apart = input - target
    return _weighted(apart * apart, weight, reduction)


def _weighted(each: Tensor, weight: Tensor | None, reduction: str) -> Tensor:
    if weight is None:
        return reduced(each, reduction)
    if weight.shape != each.shape:
        raise ValueError(
            f"weight of shape {list(weight.shape)} does not fit elements of shape "
            f"{list(each.shape)}: they must be the same")
    total = each * weight
    return total.sum() / weight.sum() if reduction == "mean" else reduced(total, reduction)


@loss
def l1_loss(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean", weight: Tensor | None = None,
) -> Tensor:
    """The distance. See `mse_loss` for the parameters.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.l1_loss.html
    """
    reduction = reduction_of(reduction, size_average, reduce)
    _alike("l1_loss", input, target)
    return _weighted((input - target).abs(), weight, reduction)


@loss
def smooth_l1_loss(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean", beta: float = 1.0,
) -> Tensor:
    """The distance less beta / 2, and where it is below beta, its square over 2 beta.

    Raises ValueError for a negative beta.
    Source: Girshick, 2015, https://arxiv.org/abs/1504.08083
    """
    reduction = reduction_of(reduction, size_average, reduce)
    _alike("smooth_l1_loss", input, target)
    if beta < 0:
        raise RuntimeError(f"smooth_l1_loss(): beta must be at least 0, not {beta}")
    far = (input - target).abs()
    if beta == 0:
        return reduced(far, reduction)
    return reduced(FACE["where"](far < beta, far * far * (0.5 / beta), far - 0.5 * beta), reduction)


@loss
def huber_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0,
    weight: Tensor | None = None,
) -> Tensor:
    """Half the square of a distance up to delta, delta times the distance less delta / 2 beyond.

    Raises RuntimeError unless delta is above 0.
    Source: Huber, 1964, https://doi.org/10.1214/aoms/1177703732
    """
    reduction = reduction_of(reduction)
    _alike("huber_loss", input, target)
    if not delta > 0:
        raise RuntimeError(f"huber_loss(): delta must be above 0, not {delta}")
    far = (input - target).abs()
    each = FACE["where"](far <= delta, far * far * 0.5, (far - 0.5 * delta) * delta)
    return _weighted(each, weight, reduction)


# --- of probabilities

@loss
def binary_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: bool | None = None,
    reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:
    """-(target * log(input) + (1 - target) * log(1 - input)), logarithms kept above -100.

    Raises ValueError for shapes that differ, RuntimeError for inputs outside [0, 1].
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.binary_cross_entropy.html
    """
    reduction = reduction_of(reduction, size_average, reduce)
    need_tensor("binary_cross_entropy", "input", input)
    if target.shape != input.shape:
        raise ValueError(
            f"binary_cross_entropy(): target of shape {list(target.shape)} and input of shape "
            f"{list(input.shape)} must have the same")
    if input.numel() and not ((input >= 0) & (input <= 1)).all():
        raise RuntimeError("binary_cross_entropy(): all elements of input must be from 0 to 1")
    logs, others = input.log().clamp(min=-100), (-input).log1p().clamp(min=-100)
    each = (target - 1) * others - target * logs
    return reduced(each if weight is None else each * weight, reduction)


@loss
def binary_cross_entropy_with_logits(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: bool | None = None,
    reduce: bool | None = None, reduction: str = "mean", pos_weight: Tensor | None = None,
) -> Tensor:
    """`binary_cross_entropy` of sigmoid(input), without leaving range.

    pos_weight: a factor for the positive examples of each class.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.binary_cross_entropy_with_logits.html
    """
    reduction = reduction_of(reduction, size_average, reduce)
    need_tensor("binary_cross_entropy_with_logits", "input", input)
    if target.shape != input.shape:
        raise ValueError(
            f"binary_cross_entropy_with_logits(): target of shape {list(target.shape)} and input "
            f"of shape {list(input.shape)} must have the same")
    log_share = FACE[_ROOM + "logsigmoid"](input)
    if pos_weight is None:
        each = (1 - target) * input - log_share
    else:
        each = (1 - target) * input - ((pos_weight - 1) * target + 1) * log_share
    return reduced(each if weight is None else each * weight, reduction)


@loss
def kl_div(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean", log_target: bool = False,
) -> Tensor:
    """target * (log(target) - input), the divergence of distributions; input is logarithms.

    log_target: target is logarithms too. reduction: also "batchmean", the sum over the batch size.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.kl_div.html
    """
    by_batch = reduction == "batchmean"
    reduction = reduction_of("sum" if by_batch else reduction, size_average, reduce)
    need_tensor("kl_div", "input", input), need_tensor("kl_div", "target", target)
    if not input.is_floating_point():
        raise RuntimeError(f"kl_div(): input is logarithms, which {input.dtype} does not hold")
    if log_target:
        each = target.exp() * (target - input)
    else:
        each = FACE["xlogy"](target, target) - target * input
    made = reduced(each, reduction)
    return made / input.shape[0] if by_batch and input.dim() else made


@loss
def poisson_nll_loss(
    input: Tensor, target: Tensor, log_input: bool = True, full: bool = False,
    size_average: bool | None = None, eps: float = 1e-8, reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The negative logarithm of a Poisson distribution's density at target, its mean being input.

    log_input: input is the mean's logarithm. full: with Stirling's formula for log(target!).
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.poisson_nll_loss.html
    """
    reduction = reduction_of(reduction, size_average, reduce)
    each = input.exp() - target * input if log_input else input - target * (input + eps).log()
    if full:
        stirling = target * target.log() - target + 0.5 * (target * (2 * math.pi)).log()
        each = each + stirling.where(target > 1, 0)
    return reduced(each, reduction)


@loss
def gaussian_nll_loss(
    input: Tensor, target: Tensor, var: Any, full: bool = False, eps: float = 1e-6,
    reduction: str = "mean",
) -> Tensor:
    """The negative logarithm of a normal distribution's density at target.

    input: the mean. var: the variance, a number, or of input's shape, or with a last dim of 1 or
    none; kept above eps. full: with the constant. Raises ValueError for other shapes, or below 0.
    Source: Nix and Weigend, 1994, https://doi.org/10.1109/ICNN.1994.374138
    """
    if not isinstance(var, Tensor):
        if var < 0:
            raise ValueError(f"gaussian_nll_loss(): var must be at least 0, not {var}")
        var = input.new_full(input.shape, var)
    if var.shape != input.shape:
        if tuple(input.shape[:-1]) == tuple(var.shape):
            var = var.unsqueeze(-1)
        elif tuple(input.shape[:-1]) != tuple(var.shape[:-1]) or var.shape[-1] != 1:
            raise ValueError(
                f"gaussian_nll_loss(): var of shape {list(var.shape)} does not fit an input of "
                f"shape {list(input.shape)}")
    reduction = reduction_of(reduction)
    if (var < 0).any():
        raise ValueError("gaussian_nll_loss(): var must be at least 0 everywhere")
    # The limit eps has no gradient: where it holds, var gets that of the limited value.
    kept = var.detach().clamp(min=eps) + (var - var.detach())
    each = 0.5 * (kept.log() + (input - target) ** 2 / kept)
    return reduced(each + 0.5 * math.log(2 * math.pi) if full else each, reduction)


# --- with margins

@loss
def hinge_embedding_loss(
    input: Tensor, target: Tensor, margin: float = 1.0, size_average: bool | None = None,
    reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:
    """The input where target is 1; where it is -1, what it is below the margin.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.hinge_embedding_loss.html
    """
    reduction = reduction_of(reduction, size_average, reduce)
    below = (margin - input).clamp(min=0).where(target != 1, 0)
    return reduced(below + input.where(target != -1, 0), reduction)


@loss
def margin_ranking_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0,
    size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:
    """max(0, -target * (input1 - input2) + margin): target 1 wants input1 the larger, -1 input2.

    Raises RuntimeError for inputs and target of different numbers of dims.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.margin_ranking_loss.html
    """
    reduction = reduction_of(reduction, size_average, reduce)
    if not input1.dim() == input2.dim() == target.dim():
        raise RuntimeError(
            f"margin_ranking_loss(): input1, input2 and target have {input1.dim()}, "
            f"{input2.dim()} and {target.dim()} dims: they need the same number")
    return reduced((-target * (input1 - input2) + float(margin)).clamp(min=0), reduction)


@loss
def soft_margin_loss(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """log(1 + exp(-target * input)), target being 1 or -1.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.soft_margin_loss.html
    """
    reduction = reduction_of(reduction, size_average, reduce)
    product = target * input
    each = (-product).exp().log1p() if product.is_complex() else (
        -FACE[_ROOM + "logsigmoid"](product))
    return reduced(each, reduction)


@loss
def multilabel_soft_margin_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: bool | None = None,
    reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:
    """The mean over the classes, the last dim, of a logistic loss for each.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.multilabel_soft_margin_loss.html
    """
    reduction = reduction_of(reduction, size_average, reduce)
    log_share = FACE[_ROOM + "logsigmoid"]
    each = -(target * log_share(input) + (1 - target) * log_share(-input))
    return reduced((each if weight is None else each * weight).mean(-1), reduction)


@loss
def multi_margin_loss(
    input: Tensor, target: Tensor, p: int = 1, margin: float = 1.0, weight: Tensor | None = None,
    size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:
    """The mean over the classes of max(0, margin - input[target] + input[class]) ** p.

    input: (N, C) or (C). target: (N) or one class. p: 1 or 2, ValueError for others. weight: a
    factor for each class.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.multi_margin_loss.html
    """
    reduction = reduction_of(reduction, size_average, reduce)
    if p not in (1, 2):
        raise ValueError(f"multi_margin_loss(): p is 1 or 2, not {p}")
    if weight is not None and weight.dim() != 1:
        raise ValueError("multi_margin_loss(): weight has one dim, with an element for each class")
    rows, wanted = (input, target) if input.dim() == 2 else (
        input.reshape(1, -1), target.reshape(-1))
    if rows.dim() != 2 or rows.shape[1] == 0 or wanted.shape != rows.shape[:1]:
        raise RuntimeError(
            f"multi_margin_loss(): input of shape {list(input.shape)} and target of shape "
            f"{list(target.shape)}: they are (N, C) and (N), or (C) and one class")
    at = wanted.unsqueeze(1)
    each = (margin - rows.gather(1, at) + rows).clamp(min=0)
    each = each if p == 1 else each * each
    if weight is not None:
        each = each * weight[wanted].unsqueeze(1)
    each = each.scatter(1, at, 0).sum(1) / rows.shape[1]
    return reduced(each.reshape(target.shape), reduction)


@loss
def multilabel_margin_loss(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """The mean of max(0, 1 - input[wanted] + input[other]) over wanted and other classes.

    target: the wanted classes of each row, then -1. Raises RuntimeError for other shapes.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.multilabel_margin_loss.html
    """
    reduction = reduction_of(reduction, size_average, reduce)
    if input.shape != target.shape or input.dim() > 2:
        raise RuntimeError(
            f"multilabel_margin_loss(): input of shape {list(input.shape)} and target of shape "
            f"{list(target.shape)} must have the same, of at most 2 dims")
    count = input.shape[-1] if input.dim() else 1
    rows, wanted = input.reshape(-1, count), target.reshape(-1, count)
    listed = (wanted < 0).cumsum(1) == 0
    at = wanted.where(listed, 0)
    is_wanted = rows.new_zeros(rows.shape).scatter_add(1, at, listed.to(rows.dtype)) > 0
    apart = (1 - rows.gather(1, at).unsqueeze(2) + rows.unsqueeze(1)).clamp(min=0)
    each = apart.where(listed.unsqueeze(2) & ~is_wanted.unsqueeze(1), 0).sum((1, 2)) / count
    return reduced(each.reshape(input.shape[:-1]), reduction)


# --- of pairs and triplets

@composite(name=_ROOM + "cosine_similarity", method=False, aliases=("cosine_similarity",))
def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """The cosine of the angle between vectors along `dim`; lengths are kept above eps.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.cosine_similarity.html
    """
    if x1.is_complex() or x2.is_complex() or not (
        x1.is_floating_point() or x2.is_floating_point()
    ):
        raise RuntimeError(
            f"cosine_similarity(): it is defined for floating point, not {x1.dtype} and {x2.dtype}")
    x1, x2 = FACE["broadcast_tensors"](x1, x2)
    first, second = (
        each / FACE["norm"](each, 2, dim, True).clamp(min=eps) for each in (x1, x2))
    return (first * second).sum(dim)


@composite(name=_ROOM + "pairwise_distance", method=False, aliases=("pairwise_distance",))
def pairwise_distance(
    x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> Tensor:
    """The p-norm of x1 - x2 + eps along the last dim.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.pairwise_distance.html
    """
    return FACE["norm"](x1 - x2 + eps, p, -1, keepdim)


@loss
def cosine_embedding_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0,
    size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:
    """1 - cos for pairs whose target is 1; what cos is above the margin where it is -1.

    input1, input2: (N, D) or (D). target: (N) or one. Raises RuntimeError for other shapes.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.cosine_embedding_loss.html
    """
    reduction = reduction_of(reduction, size_average, reduce)
    if target.dim() > 1 or target.dim() + 1 != input1.dim() or target.dim() + 1 != input2.dim():
        raise RuntimeError(
            f"cosine_embedding_loss(): a target of {target.dim()} dims needs inputs of "
            f"{target.dim() + 1}, not {input1.dim()} and {input2.dim()}")
    tiny = 1e-12
    product = (input1 * input2).sum(-1)
    lengths = ((input1 * input1).sum(-1) + tiny) * ((input2 * input2).sum(-1) + tiny)
    cosine = product / lengths.sqrt()
    apart = (cosine - margin).clamp(min=0).where(target == -1, 0)
    return reduced((1 - cosine).where(target == 1, 0) + apart, reduction)


@loss
def triplet_margin_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, margin: float = 1.0, p: float = 2,
    eps: float = 1e-6, swap: bool = False, size_average: bool | None = None,
    reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:
    """max(0, |anchor - positive| - |anchor - negative| + margin), distances by the p-norm.

    swap: take the negative's distance to the positive where that is less. Raises RuntimeError for
    different numbers of dims, ValueError for a margin below 0.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.triplet_margin_loss.html
    """
    if not anchor.dim() == positive.dim() == negative.dim():
        raise RuntimeError(
            f"triplet_margin_loss(): anchor, positive and negative have {anchor.dim()}, "
            f"{positive.dim()} and {negative.dim()} dims: they need the same number")
    reduction = reduction_of(reduction, size_average, reduce)
    return triplet_margin_with_distance_loss(
        anchor, positive, negative, margin=margin, swap=swap, reduction=reduction,
        distance_function=lambda a, b: pairwise_distance(a, b, p, eps))


@loss
def triplet_margin_with_distance_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None, margin: float = 1.0,
    swap: bool = False, reduction: str = "mean",
) -> Tensor:
    """`triplet_margin_loss` with any distance; `pairwise_distance` if none is given.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.triplet_margin_with_distance_loss.html
    """
    reduction = reduction_of(reduction)
    if margin <= 0:
        raise ValueError(f"the margin must be above 0, not {margin}")
    distance = distance_function or pairwise_distance
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = far.minimum(distance(positive, negative))
    return reduced((near - far + margin).clamp(min=0), reduction)
