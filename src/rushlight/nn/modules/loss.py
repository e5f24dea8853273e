"""Layers that are a loss: each is a function of `nn.functional` and its settings.

`reduction` says what becomes of the terms: "mean", "sum" or "none".
Source: https://docs.pytorch.org/docs/stable/nn.html#loss-functions
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rushlight.nn import functional as F
from rushlight.nn.modules.distance import PairwiseDistance
from rushlight.nn.modules.layer import Loss
from rushlight.nn.modules.module import Module
from rushlight.tensor.tensor import Tensor


class L1Loss(Loss, of="l1_loss"):
    """|input - target|."""

    size_average: Any = None
    reduce: Any = None
    reduction: str = "mean"


class NLLLoss(Loss, of="nll_loss"):
    """-input at the class that the target names, for logarithms of probabilities."""

    weight: Tensor | None = None
    size_average: Any = None
    ignore_index: int = -100
    reduce: Any = None
    reduction: str = "mean"


class PoissonNLLLoss(Loss, of="poisson_nll_loss"):
    """What is unlikely about counts at rates exp(input), or input with log_input=False."""

    log_input: bool = True
    full: bool = False
    size_average: Any = None
    eps: float = 1e-8
    reduce: Any = None
    reduction: str = "mean"


class GaussianNLLLoss(Loss, of="gaussian_nll_loss", keywords=True):
    """What is unlikely about the target for normal numbers: called with input, target and var."""

    full: bool = False
    eps: float = 1e-6
    reduction: str = "mean"


class KLDivLoss(Loss, of="kl_div"):
    """target * (log(target) - input), for logarithms of probabilities."""

    size_average: Any = None
    reduce: Any = None
    reduction: str = "mean"
    log_target: bool = False


class MSELoss(Loss, of="mse_loss"):
    """The square of input - target."""

    size_average: Any = None
    reduce: Any = None
    reduction: str = "mean"


class BCELoss(Loss, of="binary_cross_entropy"):
    """-(target * log(input) + (1 - target) * log(1 - input)), for probabilities."""

    weight: Tensor | None = None
    size_average: Any = None
    reduce: Any = None
    reduction: str = "mean"


class BCEWithLogitsLoss(Loss, of="binary_cross_entropy_with_logits"):
    """`BCELoss` of sigmoid(input), without leaving range."""

    weight: Tensor | None = None
    size_average: Any = None
    reduce: Any = None
    reduction: str = "mean"
    pos_weight: Tensor | None = None


class HingeEmbeddingLoss(Loss, of="hinge_embedding_loss"):
    """input where the target is 1, max(0, margin - input) where it is -1."""

    margin: float = 1.0
    size_average: Any = None
    reduce: Any = None
    reduction: str = "mean"


class MultiLabelMarginLoss(Loss, of="multilabel_margin_loss"):
    """How far right classes, several to a row, are from beating all others by 1."""

    size_average: Any = None
    reduce: Any = None
    reduction: str = "mean"


class SmoothL1Loss(Loss, of="smooth_l1_loss"):
    """|input - target| - beta / 2, and below beta a parabola."""

    size_average: Any = None
    reduce: Any = None
    reduction: str = "mean"
    beta: float = 1.0


class HuberLoss(Loss, of="huber_loss"):
    """delta * (|input - target| - delta / 2), and up to delta a parabola."""

    reduction: str = "mean"
    delta: float = 1.0

    def check(self) -> None:
        """TypeError for a delta that is no real number, ValueError for one that is not above 0."""
        if not isinstance(self.delta, (int, float)):
            raise TypeError(f"HuberLoss: delta is a number, not a {type(self.delta).__name__}")
        if self.delta <= 0:
            raise ValueError(f"HuberLoss: delta must be above 0, it is {self.delta}")


class SoftMarginLoss(Loss, of="soft_margin_loss"):
    """log(1 + exp(-target * input)), for targets 1 and -1."""

    size_average: Any = None
    reduce: Any = None
    reduction: str = "mean"


class CrossEntropyLoss(Loss, of="cross_entropy"):
    """-log of the share, by softmax over dim 1, of the class that the target names."""

    weight: Tensor | None = None
    size_average: Any = None
    ignore_index: int = -100
    reduce: Any = None
    reduction: str = "mean"
    label_smoothing: float = 0.0


class MultiLabelSoftMarginLoss(Loss, of="multilabel_soft_margin_loss"):
    """The mean over the classes of `BCEWithLogitsLoss`."""

    weight: Tensor | None = None
    size_average: Any = None
    reduce: Any = None
    reduction: str = "mean"


class CosineEmbeddingLoss(Loss, of="cosine_embedding_loss"):
    """1 - cos where the target is 1, max(0, cos - margin) where it is -1, for two inputs."""

    margin: float = 0.0
    size_average: Any = None
    reduce: Any = None
    reduction: str = "mean"


class MarginRankingLoss(Loss, of="margin_ranking_loss"):
    """max(0, -target * (input1 - input2) + margin)."""

    margin: float = 0.0
    size_average: Any = None
    reduce: Any = None
    reduction: str = "mean"


class MultiMarginLoss(Loss, of="multi_margin_loss"):
    """How far the right class is from beating all others by `margin`."""

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


class TripletMarginLoss(Loss, of="triplet_margin_loss"):
    """How far the positive is from being nearer to the anchor than the negative by `margin`."""

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


class CTCLoss(Loss, of="ctc_loss"):
    """-log of the probability of a sequence of labels, however it lies in time."""

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
