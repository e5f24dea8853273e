"""Layers that are a loss: each is a function of `nn.functional` and its settings.

`reduction` says what becomes of the terms: "mean", "sum" or "none".
Source: https://docs.pytorch.org/docs/stable/nn.html#loss-functions
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, ClassVar

from rushlight.nn import functional as F
from rushlight.nn.modules.distance import PairwiseDistance
from rushlight.nn.modules.linear import Linear
from rushlight.nn.modules.module import Module
from rushlight.nn.modules.settings import Settings
from rushlight.ops.loss import reduction_of
from rushlight.tensor.tensor import Tensor


class _Loss(Settings):
    """What losses share: weights are buffers, and older words for `reduction` become one."""

    buffers_: ClassVar[tuple[str, ...]] = ("weight", "pos_weight")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.reduction: str = reduction_of(
            getattr(self, "size_average", None), getattr(self, "reduce", None),
            self.__dict__["reduction"])
        self.size_average = self.reduce = None

    def extra_repr(self) -> str:
        """Nothing: a loss is told by its name."""
        return ""


class L1Loss(_Loss):
    """|input - target|."""

    function: ClassVar[str] = "l1_loss"
    size_average: Any = None
    reduce: Any = None
    reduction: str = "mean"


class NLLLoss(_Loss):
    """-input at the class that the target names, for logarithms of probabilities."""

    function: ClassVar[str] = "nll_loss"
    weight: Tensor | None = None
    size_average: Any = None
    ignore_index: int = -100
    reduce: Any = None
    reduction: str = "mean"


class PoissonNLLLoss(_Loss):
    """What is unlikely about counts at rates exp(input), or input with log_input=False."""

    function: ClassVar[str] = "poisson_nll_loss"
    log_input: bool = True
    full: bool = False
    size_average: Any = None
    eps: float = 1e-8
    reduce: Any = None
    reduction: str = "mean"


class GaussianNLLLoss(_Loss):
    """What is unlikely about the target for normal numbers: called with input, target and var."""

    function: ClassVar[str] = "gaussian_nll_loss"
    full: bool = False
    eps: float = 1e-6
    reduction: str = "mean"


class KLDivLoss(_Loss):
    """target * (log(target) - input), for logarithms of probabilities."""

    function: ClassVar[str] = "kl_div"
    size_average: Any = None
    reduce: Any = None
    reduction: str = "mean"
    log_target: bool = False


class MSELoss(_Loss):
    """The square of input - target."""

    function: ClassVar[str] = "mse_loss"
    size_average: Any = None
    reduce: Any = None
    reduction: str = "mean"


class BCELoss(_Loss):
    """-(target * log(input) + (1 - target) * log(1 - input)), for probabilities."""

    function: ClassVar[str] = "binary_cross_entropy"
    weight: Tensor | None = None
    size_average: Any = None
    reduce: Any = None
    reduction: str = "mean"


class BCEWithLogitsLoss(_Loss):
    """`BCELoss` of sigmoid(input), without leaving range."""

    function: ClassVar[str] = "binary_cross_entropy_with_logits"
    weight: Tensor | None = None
    size_average: Any = None
    reduce: Any = None
    reduction: str = "mean"
    pos_weight: Tensor | None = None


class HingeEmbeddingLoss(_Loss):
    """input where the target is 1, max(0, margin - input) where it is -1."""

    function: ClassVar[str] = "hinge_embedding_loss"
    margin: float = 1.0
    size_average: Any = None
    reduce: Any = None
    reduction: str = "mean"


class MultiLabelMarginLoss(_Loss):
    """How far right classes, several to a row, are from beating all others by 1."""

    function: ClassVar[str] = "multilabel_margin_loss"
    size_average: Any = None
    reduce: Any = None
    reduction: str = "mean"


class SmoothL1Loss(_Loss):
    """|input - target| - beta / 2, and below beta a parabola."""

    function: ClassVar[str] = "smooth_l1_loss"
    size_average: Any = None
    reduce: Any = None
    reduction: str = "mean"
    beta: float = 1.0


class HuberLoss(_Loss):
    """delta * (|input - target| - delta / 2), and up to delta a parabola."""

    function: ClassVar[str] = "huber_loss"
    reduction: str = "mean"
    delta: float = 1.0

    def check(self) -> None:
        """TypeError for a delta that is no real number, ValueError for one that is not above 0."""
        if not isinstance(self.delta, (int, float)):
            raise TypeError(f"HuberLoss: delta is a number, not a {type(self.delta).__name__}")
        if self.delta <= 0:
            raise ValueError(f"HuberLoss: delta must be above 0, it is {self.delta}")


class SoftMarginLoss(_Loss):
    """log(1 + exp(-target * input)), for targets 1 and -1."""

    function: ClassVar[str] = "soft_margin_loss"
    size_average: Any = None
    reduce: Any = None
    reduction: str = "mean"


class CrossEntropyLoss(_Loss):
    """-log of the share, by softmax over dim 1, of the class that the target names."""

    function: ClassVar[str] = "cross_entropy"
    weight: Tensor | None = None
    size_average: Any = None
    ignore_index: int = -100
    reduce: Any = None
    reduction: str = "mean"
    label_smoothing: float = 0.0


class MultiLabelSoftMarginLoss(_Loss):
    """The mean over the classes of `BCEWithLogitsLoss`."""

    function: ClassVar[str] = "multilabel_soft_margin_loss"
    weight: Tensor | None = None
    size_average: Any = None
    reduce: Any = None
    reduction: str = "mean"


class CosineEmbeddingLoss(_Loss):
    """1 - cos where the target is 1, max(0, cos - margin) where it is -1, for two inputs."""

    function: ClassVar[str] = "cosine_embedding_loss"
    margin: float = 0.0
    size_average: Any = None
    reduce: Any = None
    reduction: str = "mean"


class MarginRankingLoss(_Loss):
    """max(0, -target * (input1 - input2) + margin)."""

    function: ClassVar[str] = "margin_ranking_loss"
    margin: float = 0.0
    size_average: Any = None
    reduce: Any = None
    reduction: str = "mean"


class MultiMarginLoss(_Loss):
    """How far the right class is from beating all others by `margin`."""

    function: ClassVar[str] = "multi_margin_loss"
    p: int = 1
    margin: float = 1.0
    weight: Tensor | None = None
    size_average: Any = None
    reduce: Any = None
    reduction: str = "mean"

    def check(self) -> None:
        """ValueError for another p than 1 and 2, and a weight that is no vector."""
        if self.p not in (1, 2):
            raise ValueError(f"MultiMarginLoss: p is 1 or 2, not {self.p}")
        if self.weight is not None and self.weight.ndim != 1:
            raise ValueError(f"MultiMarginLoss: weight has 1 dim, not {self.weight.ndim}")


class TripletMarginLoss(_Loss):
    """How far the positive is from being nearer to the anchor than the negative by `margin`."""

    function: ClassVar[str] = "triplet_margin_loss"
    margin: float = 1.0
    p: float = 2.0
    eps: float = 1e-6
    swap: bool = False
    size_average: Any = None
    reduce: Any = None
    reduction: str = "mean"

    def check(self) -> None:
        """ValueError for a margin that is not above 0."""
        if self.margin <= 0:
            raise ValueError(f"TripletMarginLoss: margin must be above 0, it is {self.margin}")


class CTCLoss(_Loss):
    """-log of the probability of a sequence of labels, however it lies in time."""

    function: ClassVar[str] = "ctc_loss"
    blank: int = 0
    reduction: str = "mean"
    zero_infinity: bool = False


class NLLLoss2d(NLLLoss):
    """The old name of `NLLLoss` for images."""


class TripletMarginWithDistanceLoss(Module):
    """`TripletMarginLoss` with any distance, a function or a module of two tensors.

    Source:
    https://docs.pytorch.org/docs/stable/generated/torch.nn.TripletMarginWithDistanceLoss.html
    """

    def __init__(
        self, *, distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
        margin: float = 1.0, swap: bool = False, reduction: str = "mean",
    ) -> None:
        super().__init__()
        if margin <= 0:
            raise ValueError(f"a triplet's margin must be above 0, it is {margin}")
        self.distance_function = distance_function or PairwiseDistance()
        self.margin, self.swap, self.reduction = margin, swap, reduction

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """The loss of the triplets."""
        return F.triplet_margin_with_distance_loss(
            anchor, positive, negative, distance_function=self.distance_function,
            margin=self.margin, swap=self.swap, reduction=self.reduction)


class LinearCrossEntropyLoss(Module):
    """`CrossEntropyLoss` of scores that a `Linear` layer, `linear`, makes of the input.

    out_features: dims of the target after the batch, for each of which there are scores.
    """

    def __init__(
        self, in_features: int, num_classes: int, *, out_features: tuple[int, ...] = (),
        bias: bool = False, device: Any = None, dtype: Any = None, reduction: str = "mean",
        weight: Tensor | None = None, ignore_index: int | None = None,
        label_smoothing: float = 0.0, options: Any = None,
    ) -> None:
        super().__init__()
        self.register_buffer("weight", weight)
        self.num_classes, self.out_features = num_classes, tuple(out_features)
        self.linear = Linear(
            in_features, math.prod((num_classes, *self.out_features)), bias=bias, device=device,
            dtype=dtype)
        self.reduction, self.ignore_index = reduction, ignore_index
        self.label_smoothing, self.options = label_smoothing, options

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """The loss of the scores."""
        sizes = (self.num_classes, *self.out_features)
        bias = self.linear.bias
        return F.linear_cross_entropy(
            input, self.linear.weight.reshape(*sizes, -1), target,
            linear_bias=None if bias is None else bias.reshape(sizes), weight=self.weight,
            reduction=self.reduction, ignore_index=self.ignore_index,
            label_smoothing=self.label_smoothing, options=self.options)

    def extra_repr(self) -> str:
        """The settings."""
        return (
            f"in_features={self.linear.in_features}, num_classes={self.num_classes}, "
            f"out_features={self.out_features}, bias={self.linear.bias is not None}, "
            f"reduction={self.reduction}, ignore_index={self.ignore_index}, "
            f"label_smoothing={self.label_smoothing}, options={self.options}")
