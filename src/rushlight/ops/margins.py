"""Losses that want scores or distances apart by a margin.

Source: https://docs.pytorch.org/docs/stable/nn.functional.html#loss-functions
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rushlight.ops.arguments import need_tensor, widened
from rushlight.ops.distances import pairwise_distance
from rushlight.ops.loss import NAMES, checked, reduced, reduction_of
from rushlight.ops.op import FACE, composite, op
from rushlight.ops.reduce import total
from rushlight.tensor.tensor import Array, Tensor, settled, wrap

# --- pairs


@composite(name="nn.functional.hinge_embedding_loss", method=False)
def hinge_embedding_loss(
    input: Tensor, target: Tensor, margin: float = 1.0, size_average: Any = None,
    reduce: Any = None, reduction: str = "mean",
) -> Tensor:
    """input where target is 1, max(0, margin - input) where it is -1.

    Source:
    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.hinge_embedding_loss.html
    """
    reduction = checked(reduction_of(size_average, reduce, reduction))
    apart = (margin - input).clamp_min(0).where(target != 1, 0)
    return reduced(apart + input.where(target != -1, 0), reduction)


@composite(name="nn.functional.margin_ranking_loss", method=False)
def margin_ranking_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0, size_average: Any = None,
    reduce: Any = None, reduction: str = "mean",
) -> Tensor:
    """max(0, -target * (input1 - input2) + margin): target is 1 where input1 should be larger.

    Source:
    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.margin_ranking_loss.html
    """
    reduction = checked(reduction_of(size_average, reduce, reduction))
    if not input1.ndim == input2.ndim == target.ndim:
        raise RuntimeError(
            f"margin_ranking_loss(): inputs and target have {input1.ndim}, {input2.ndim} and "
            f"{target.ndim} dims: they need as many")
    return reduced((-target * (input1 - input2) + float(margin)).clamp_min(0), reduction)


@composite(name="nn.functional.cosine_embedding_loss", method=False)
def cosine_embedding_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0, size_average: Any = None,
    reduce: Any = None, reduction: str = "mean",
) -> Tensor:
    """1 - cos where target is 1, max(0, cos - margin) where it is -1; cos of two vectors' angle.

    Inputs (N, D) with target (N), or (D) with a target without dims.
    Source:
    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.cosine_embedding_loss.html
    """
    reduction = checked(reduction_of(size_average, reduce, reduction))
    if target.ndim > 1:
        raise RuntimeError(
            f"cosine_embedding_loss(): target has 0 or 1 dims, not {target.ndim}")
    if not input1.ndim == input2.ndim == target.ndim + 1:
        raise RuntimeError(
            f"cosine_embedding_loss(): inputs of shapes {list(input1.shape)} and "
            f"{list(input2.shape)} have one dim more than target, of shape {list(target.shape)}")
    tiny = 1e-12  # so that a vector of zeros has a slope
    lengths = ((input1 * input1).sum(-1) + tiny) * ((input2 * input2).sum(-1) + tiny)
    cosine = (input1 * input2).sum(-1) / lengths.sqrt()
    alike = (1 - cosine).where(target == 1, 0)
    return reduced(alike + (cosine - margin).clamp_min(0).where(target == -1, 0), reduction)


# --- triplets


@composite(name="nn.functional.triplet_margin_loss", method=False)
def triplet_margin_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, margin: float = 1.0, p: float = 2,
    eps: float = 1e-6, swap: bool = False, size_average: Any = None, reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """max(0, margin + how much nearer `negative` is to `anchor` than `positive` is).

    swap: the negative's distance from the positive counts, if it is the smaller one.
    Source:
    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.triplet_margin_loss.html
    """
    reduction = reduction_of(size_average, reduce, reduction)
    return _triplets(
        anchor, positive, negative, lambda a, b: pairwise_distance(a, b, p, eps), margin, swap,
        reduction)


@composite(name="nn.functional.triplet_margin_with_distance_loss", method=False)
def triplet_margin_with_distance_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None, margin: float = 1.0,
    swap: bool = False, reduction: str = "mean",
) -> Tensor:
    """`triplet_margin_loss` with any distance.

    Source:
    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.triplet_margin_with_distance_loss.html
    """
    return _triplets(
        anchor, positive, negative, distance_function or pairwise_distance, margin, swap, reduction)


def _triplets(
    anchor: Tensor, positive: Tensor, negative: Tensor, distance: Callable[..., Tensor],
    margin: float, swap: bool, reduction: str,
) -> Tensor:
    checked(reduction)
    if margin <= 0:
        raise ValueError(f"a triplet's margin must be above 0, it is {margin}")
    if not anchor.ndim == positive.ndim == negative.ndim:
        raise RuntimeError(
            f"anchor, positive and negative have {anchor.ndim}, {positive.ndim} and "
            f"{negative.ndim} dims: they need as many")
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = FACE["minimum"](far, distance(positive, negative))
    return reduced((near - far + margin).clamp_min(0), reduction)


# --- classes


@composite(name="nn.functional.multilabel_soft_margin_loss", method=False)
def multilabel_soft_margin_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: Any = None,
    reduce: Any = None, reduction: str = "mean",
) -> Tensor:
    """The mean over the classes, the last dim, of `binary_cross_entropy_with_logits`.

    Source:
    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.multilabel_soft_margin_loss.html
    """
    reduction = checked(reduction_of(size_average, reduce, reduction))
    logsigmoid = FACE["nn.functional.logsigmoid"]
    terms = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    if weight is not None:
        terms = terms * weight
    return reduced(terms.sum(-1) / input.shape[-1], reduction)


def _rows(name: str, input: Tensor, target: Tensor) -> tuple[Array, Array]:
    """Scores as a matrix, in a dtype to compute in, and the target; the errors both share."""
    scores = widened(settled(need_tensor(name, "input", input)))
    given = settled(need_tensor(name, "target", target))
    if scores.dtype.kind != "f":
        raise NotImplementedError(f"{name}() is not defined for {input.dtype}")
    if scores.ndim > 2 or 0 in scores.shape[1:] or scores.shape == (0,):
        raise RuntimeError(f"{name}(): input is (N, C) or (C), not {list(scores.shape)}")
    if given.dtype != np.int64:
        raise RuntimeError(f"{name}(): target is int64, not {target.dtype}")
    return np.atleast_2d(scores), given


def _spread(grad: Tensor, slopes: Array, rows: int, reduction: str) -> Tensor:
    """The gradient of the terms, one for each row, times the slopes of its scores."""
    if reduction == "mean":
        grad = grad / rows
    if reduction == "none" and grad._array.ndim:
        grad = grad.unsqueeze(-1)
    return grad * wrap(slopes)


def _ended(terms: Array, input: Tensor, reduction: str) -> Array:
    """The terms of the rows, reduced; no dim where the input was one row."""
    if reduction != "none":
        terms = total(terms, (0,), False)
    elif input._array.ndim < 2:
        terms = terms.reshape(())
    return terms.astype(input._array.dtype, copy=False)


def _multi_margins(
    scores: Array, given: Array, p: int, margin: float, weight: Any
) -> tuple[Array, Array, Array]:
    """How far each score is within the margin, where that counts, and by how much."""
    count = scores.shape[1]
    right = np.arange(len(scores)), given.reshape(-1)
    short = margin - scores[right][:, None] + scores
    short[right] = 0
    scale = np.full((len(scores), 1), 1 / count, scores.dtype)
    if weight is not None:
        scale *= widened(weight._array)[given.reshape(-1)][:, None]
    return np.maximum(short, 0), scale, given


def _multi_margin_slopes(
    input: Tensor, target: Tensor, p: int, margin: float, weight: Any
) -> Array:
    scores, given = _rows("multi_margin_loss", input, target)
    short, scale, given = _multi_margins(scores, given, p, margin, weight)
    slopes = ((short > 0) if p == 1 else 2 * short) * scale
    slopes[np.arange(len(scores)), given.reshape(-1)] = -slopes.sum(1)
    return slopes.astype(input._array.dtype).reshape(input._array.shape)


@op(name="_multi_margin_loss", face=False, method=False,
    input=lambda grad, input, target, p, margin, weight, reduction: _spread(
        grad, _multi_margin_slopes(input, target, p, margin, weight),
        max(1, target._array.size), reduction))
def _multi_margin_loss(
    input: Tensor, target: Tensor, p: int, margin: float, weight: Any, reduction: str
) -> Any:
    scores, given = _rows("multi_margin_loss", input, target)
    if given.ndim > 1 or given.size != len(scores):
        raise RuntimeError(
            f"multi_margin_loss(): input has {len(scores)} rows, target is of shape "
            f"{list(given.shape)}")
    if given.size and not (given.min() >= 0 and given.max() < scores.shape[1]):
        raise RuntimeError(f"multi_margin_loss(): target must be in 0 to {scores.shape[1] - 1}")
    if weight is not None and weight._array.shape != (scores.shape[1],):
        raise RuntimeError(
            f"multi_margin_loss(): weight has one element for each of the {scores.shape[1]} "
            f"classes, not shape {list(weight.shape)}")
    short, scale, _ = _multi_margins(scores, given, p, margin, weight)
    terms = total((short if p == 1 else short * short) * scale, (1,), False)
    if reduction == "mean" and len(terms):
        terms = terms / terms.dtype.type(len(terms))
    return _ended(terms, input, reduction)


@composite(name="nn.functional.multi_margin_loss", method=False)
def multi_margin_loss(
    input: Tensor, target: Tensor, p: int = 1, margin: float = 1.0, weight: Tensor | None = None,
    size_average: Any = None, reduce: Any = None, reduction: str = "mean",
) -> Tensor:
    """The mean over the other classes of max(0, margin - right score + score)**p, p being 1 or 2.

    input: (N, C) or (C). target: the right classes, (N). weight: a factor for each class.
    Source:
    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.multi_margin_loss.html
    """
    reduction = checked(reduction_of(size_average, reduce, reduction))
    if p not in (1, 2):
        raise ValueError(f"multi_margin_loss(): p is 1 or 2, not {p}")
    if weight is not None and weight.ndim != 1:
        raise ValueError(f"multi_margin_loss(): weight has 1 dim, not {weight.ndim}")
    return _multi_margin_loss(input, target, p, margin, weight, reduction)


def _labels(scores: Array, given: Array) -> tuple[Array, Array]:
    """Which of a row's targets count, those before the first -1, and which classes they are."""
    listed = np.logical_and.accumulate(given != -1, axis=1)
    mine = np.zeros(scores.shape, bool)
    rows, places = np.nonzero(listed)
    mine[rows, given[rows, places]] = True
    return listed, mine


def _multilabel_parts(scores: Array, given: Array) -> tuple[Array, Array, Array]:
    """For each row, target and class how far within the margin they are, and what counts."""
    listed, mine = _labels(scores, given)
    right = np.take_along_axis(scores, np.where(listed, given, 0), 1)
    short = np.maximum(1 - right[:, :, None] + scores[:, None, :], 0)
    return short * (listed[:, :, None] & ~mine[:, None, :]), listed, mine


def _multilabel_slopes(input: Tensor, target: Tensor) -> Array:
    scores, given = _rows("multilabel_margin_loss", input, target)
    given = given.reshape(scores.shape)
    short, listed, _ = _multilabel_parts(scores, given)
    inside = (short > 0).astype(scores.dtype) / scores.shape[1]
    slopes = inside.sum(1)
    rows, places = np.nonzero(listed)
    np.subtract.at(slopes, (rows, given[rows, places]), inside.sum(2)[rows, places])
    return slopes.astype(input._array.dtype).reshape(input._array.shape)


@op(name="_multilabel_margin_loss", face=False, method=False,
    input=lambda grad, input, target, reduction: _spread(
        grad, _multilabel_slopes(input, target),
        len(input._array) if input._array.ndim > 1 else 1, reduction))
def _multilabel_margin_loss(input: Tensor, target: Tensor, reduction: str) -> Any:
    scores, given = _rows("multilabel_margin_loss", input, target)
    if given.shape != input._array.shape:
        raise RuntimeError(
            f"multilabel_margin_loss(): target of shape {list(given.shape)} must have input's "
            f"shape, {list(input.shape)}")
    given = given.reshape(scores.shape)
    if given.size and not (given.min() >= -1 and given.max() < scores.shape[1]):
        raise RuntimeError(
            f"multilabel_margin_loss(): target must be in -1 to {scores.shape[1] - 1}")
    short, _, _ = _multilabel_parts(scores, given)
    terms = total(short, (1, 2), False) / scores.dtype.type(scores.shape[1])
    if reduction == "mean":
        terms = terms / terms.dtype.type(len(terms))
    return _ended(terms, input, reduction)


@composite(name="nn.functional.multilabel_margin_loss", method=False)
def multilabel_margin_loss(
    input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:
    """The sum over right and other classes of max(0, 1 - right score + other score), over C.

    input: (N, C) or (C). target: of the same shape, the right classes first, and then -1.
    Source:
    https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.multilabel_margin_loss.html
    """
    reduction = checked(reduction_of(size_average, reduce, reduction))
    return _multilabel_margin_loss(input, target, reduction)


# --- as `torch` has them: the reduction is a number, 0 (none), 1 (mean) or 2 (sum)


@composite(name="hinge_embedding_loss", method=False)
def _hinge_embedding_loss(
    input: Tensor, target: Tensor, margin: float = 1.0, reduction: int = 1
) -> Tensor:
    """`nn.functional.hinge_embedding_loss` with a number for `reduction`."""
    return hinge_embedding_loss(input, target, margin, reduction=NAMES[reduction])


@composite(name="margin_ranking_loss", method=False)
def _margin_ranking_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, reduction: int = 1
) -> Tensor:
    """`nn.functional.margin_ranking_loss` with a number for `reduction`."""
    return margin_ranking_loss(input1, input2, target, margin, reduction=NAMES[reduction])


@composite(name="cosine_embedding_loss", method=False)
def _cosine_embedding_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, reduction: int = 1
) -> Tensor:
    """`nn.functional.cosine_embedding_loss` with a number for `reduction`."""
    return cosine_embedding_loss(input1, input2, target, margin, reduction=NAMES[reduction])


@composite(name="triplet_margin_loss", method=False)
def _triplet_margin_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, margin: float = 1.0, p: float = 2,
    eps: float = 1e-6, swap: bool = False, reduction: int = 1,
) -> Tensor:
    """`nn.functional.triplet_margin_loss` with a number for `reduction`."""
    return triplet_margin_loss(
        anchor, positive, negative, margin, p, eps, swap, reduction=NAMES[reduction])
