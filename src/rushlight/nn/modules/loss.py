"""Losses as layers: each is its function and settings."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from rushlight.nn import functional as F
from rushlight.nn.modules.module import Module
from rushlight.nn.modules.settings import Settings
from rushlight.ops.losses import reduction_of
from rushlight.tensor.tensor import Tensor


class _Loss(Settings):
    """What all losses share: `size_average` and `reduce` are older words for `reduction`."""

    size_average: bool | None = None
    reduce: bool | None = None
    reduction: str = "mean"

    def check(self) -> None:
        """Say the reduction in one way."""
        if self.size_average is not None or self.reduce is not None:
            self.reduction = reduction_of(self.reduction, self.size_average, self.reduce)
        self.size_average = self.reduce = None

    def extra_repr(self) -> str:
        """Nothing, as in PyTorch."""
        return ""


class L1Loss(_Loss):
    """The distance. Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.L1Loss.html"""

    function: ClassVar[str] = "l1_loss"


class MSELoss(_Loss):
    """The square of the difference."""

    function: ClassVar[str] = "mse_loss"


class SmoothL1Loss(_Loss):
    """The distance less beta / 2, and where it is below beta, its square over 2 beta."""

    function: ClassVar[str] = "smooth_l1_loss"
    size_average: bool | None = None
    reduce: bool | None = None
    reduction: str = "mean"
    beta: float = 1.0


class HuberLoss(Settings):
    """Half the square of a distance up to delta, delta times the distance less delta / 2 beyond."""

    function: ClassVar[str] = "huber_loss"
    reduction: str = "mean"
    delta: float = 1.0
    extra_repr = _Loss.extra_repr


class NLLLoss(_Loss):
    """Minus the logarithm of the probability of the wanted class; the input is such logarithms."""

    function: ClassVar[str] = "nll_loss"
    buffers_: ClassVar[tuple[str, ...]] = ("weight",)
    weight: Tensor | None = None
    size_average: bool | None = None
    ignore_index: int = -100
    reduce: bool | None = None
    reduction: str = "mean"


class CrossEntropyLoss(_Loss):
    """`NLLLoss` of the logarithms of softmax: the input is scores of any size."""

    function: ClassVar[str] = "cross_entropy"
    buffers_: ClassVar[tuple[str, ...]] = ("weight",)
    weight: Tensor | None = None
    size_average: bool | None = None
    ignore_index: int = -100
    reduce: bool | None = None
    reduction: str = "mean"
    label_smoothing: float = 0.0


class BCELoss(_Loss):
    """-(target * log(input) + (1 - target) * log(1 - input))."""

    function: ClassVar[str] = "binary_cross_entropy"
    buffers_: ClassVar[tuple[str, ...]] = ("weight",)
    weight: Tensor | None = None
    size_average: bool | None = None
    reduce: bool | None = None
    reduction: str = "mean"


class BCEWithLogitsLoss(_Loss):
    """`BCELoss` of sigmoid(input), without leaving range."""

    function: ClassVar[str] = "binary_cross_entropy_with_logits"
    buffers_: ClassVar[tuple[str, ...]] = ("weight", "pos_weight")
    weight: Tensor | None = None
    size_average: bool | None = None
    reduce: bool | None = None
    reduction: str = "mean"
    pos_weight: Tensor | None = None


class KLDivLoss(_Loss):
    """target * (log(target) - input), the divergence of distributions; the input is logarithms."""

    function: ClassVar[str] = "kl_div"
    size_average: bool | None = None
    reduce: bool | None = None
    reduction: str = "mean"
    log_target: bool = False


class PoissonNLLLoss(_Loss):
    """The negative logarithm of a Poisson distribution's density at target."""

    function: ClassVar[str] = "poisson_nll_loss"
    log_input: bool = True
    full: bool = False
    size_average: bool | None = None
    eps: float = 1e-8
    reduce: bool | None = None
    reduction: str = "mean"


class GaussianNLLLoss(Settings):
    """The negative logarithm of a normal distribution's density at target."""

    function: ClassVar[str] = "gaussian_nll_loss"
    full: bool = False
    eps: float = 1e-6
    reduction: str = "mean"
    extra_repr = _Loss.extra_repr


class HingeEmbeddingLoss(_Loss):
    """The input where target is 1; where it is -1, what it is below the margin."""

    function: ClassVar[str] = "hinge_embedding_loss"
    margin: float = 1.0
    size_average: bool | None = None
    reduce: bool | None = None
    reduction: str = "mean"


class MarginRankingLoss(_Loss):
    """max(0, -target * (input1 - input2) + margin)."""

    function: ClassVar[str] = "margin_ranking_loss"
    margin: float = 0.0
    size_average: bool | None = None
    reduce: bool | None = None
    reduction: str = "mean"


class CosineEmbeddingLoss(MarginRankingLoss):
    """1 - cos for pairs whose target is 1; what cos is above the margin where it is -1."""

    function: ClassVar[str] = "cosine_embedding_loss"


class SoftMarginLoss(_Loss):
    """log(1 + exp(-target * input))."""

    function: ClassVar[str] = "soft_margin_loss"


class MultiLabelMarginLoss(_Loss):
    """max(0, 1 - input[wanted] + input[other]) over wanted and other classes."""

    function: ClassVar[str] = "multilabel_margin_loss"


class MultiLabelSoftMarginLoss(BCELoss):
    """The mean over the classes of a logistic loss for each."""

    function: ClassVar[str] = "multilabel_soft_margin_loss"


class MultiMarginLoss(_Loss):
    """The mean over the classes of max(0, margin - input[target] + input[class]) ** p.

    Raises ValueError for p other than 1 and 2.
    """

    function: ClassVar[str] = "multi_margin_loss"
    buffers_: ClassVar[tuple[str, ...]] = ("weight",)
    p: int = 1
    margin: float = 1.0
    weight: Tensor | None = None
    size_average: bool | None = None
    reduce: bool | None = None
    reduction: str = "mean"

    def check(self) -> None:
        """p is 1 or 2."""
        super().check()
        if self.p not in (1, 2):
            raise ValueError(f"p is 1 or 2, not {self.p}")


class TripletMarginLoss(_Loss):
    """max(0, |anchor - positive| - |anchor - negative| + margin). Margins below 0: ValueError."""

    function: ClassVar[str] = "triplet_margin_loss"
    margin: float = 1.0
    p: float = 2.0
    eps: float = 1e-6
    swap: bool = False
    size_average: bool | None = None
    reduce: bool | None = None
    reduction: str = "mean"

    def check(self) -> None:
        """The margin is above 0."""
        super().check()
        _check_margin(self.margin)


class TripletMarginWithDistanceLoss(Module):
    """`TripletMarginLoss` with any distance; `PairwiseDistance` if none is given."""

    def __init__(
        self, *, distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
        margin: float = 1.0, swap: bool = False, reduction: str = "mean",
    ) -> None:
        super().__init__()
        _check_margin(margin)
        self.distance_function: Any = (
            PairwiseDistance() if distance_function is None else distance_function)
        self.margin, self.swap, self.reduction = margin, swap, reduction

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """The loss of these triplets."""
        made: Tensor = F.triplet_margin_with_distance_loss(
            anchor, positive, negative, distance_function=self.distance_function,
            margin=self.margin, swap=self.swap, reduction=self.reduction)
        return made


def _check_margin(margin: float) -> None:
    if margin <= 0:
        raise ValueError(f"the margin must be above 0, not {margin}")


# --- distances

class PairwiseDistance(Settings):
    """The p-norm of x1 - x2 + eps along the last dim."""

    function: ClassVar[str] = "pairwise_distance"
    p: float = 2.0
    eps: float = 1e-6
    keepdim: bool = False
    extra_repr = _Loss.extra_repr


class CosineSimilarity(Settings):
    """The cosine of the angle between vectors along `dim`."""

    function: ClassVar[str] = "cosine_similarity"
    dim: int = 1
    eps: float = 1e-8
    extra_repr = _Loss.extra_repr
