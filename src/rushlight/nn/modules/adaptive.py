"""`AdaptiveLogSoftmaxWithLoss`: a softmax over very many classes, cheap for the frequent ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from rushlight.nn import functional as F
from rushlight.nn.modules.container import ModuleList, Sequential
from rushlight.nn.modules.linear import Linear
from rushlight.nn.modules.module import Module
from rushlight.ops.op import FACE
from rushlight.tensor.tensor import Tensor


class _ASMoutput(NamedTuple):
    output: Tensor
    loss: Tensor


class AdaptiveLogSoftmaxWithLoss(Module):
    """Classes from the most frequent on, in clusters that end at `cutoffs`; the first is scored
    together with the other clusters, and these, each with `div_value` times fewer features than the
    one before, only where the target is in them.

    Raises ValueError for cutoffs that don't rise from 1 to n_classes - 1.
    Source: Grave et al., 2017, https://arxiv.org/abs/1609.04309
    """

    def __init__(
        self, in_features: int, n_classes: int, cutoffs: Sequence[int], div_value: float = 4.0,
        head_bias: bool = False, device: Any = None, dtype: Any = None,
    ) -> None:
        super().__init__()
        ends = list(cutoffs)
        if not ends:
            raise ValueError("AdaptiveLogSoftmaxWithLoss: there must be a cutoff")
        if ends != sorted(set(ends)) or ends[0] <= 0 or ends[-1] > n_classes - 1 or any(
            int(each) != each for each in ends
        ):
            raise ValueError(
                f"AdaptiveLogSoftmaxWithLoss: cutoffs rise from 1 to n_classes - 1, "
                f"{n_classes - 1}; they are {ends}")
        self.in_features, self.n_classes = in_features, n_classes
        self.cutoffs = [*ends, n_classes]
        self.div_value, self.head_bias = div_value, head_bias
        self.shortlist_size = self.cutoffs[0]
        self.n_clusters = len(self.cutoffs) - 1
        self.head_size = self.shortlist_size + self.n_clusters
        where = {"device": device, "dtype": dtype}
        self.head = Linear(in_features, self.head_size, bias=head_bias, **where)
        self.tail = ModuleList()
        for i in range(self.n_clusters):
            width = int(in_features // div_value ** (i + 1))
            size = self.cutoffs[i + 1] - self.cutoffs[i]
            self.tail.append(Sequential(
                Linear(in_features, width, bias=False, **where),
                Linear(width, size, bias=False, **where)))

    def reset_parameters(self) -> None:
        """Give all weights new random values."""
        self.head.reset_parameters()
        for first, second in self.tail:
            first.reset_parameters()
            second.reset_parameters()

    def forward(self, input_: Tensor, target_: Tensor) -> _ASMoutput:
        """`output`: the logarithm of the target's probability for each row; `loss`: minus the mean.

        input_: (N, in_features) with target_ (N), or (in_features) with a target without dims.
        Raises RuntimeError where these do not fit, or a target is out of range.
        """
        name = "AdaptiveLogSoftmaxWithLoss"
        if target_.ndim > 1 or input_.ndim != target_.ndim + 1 or (
            target_.ndim and input_.shape[0] != target_.shape[0]
        ):
            raise RuntimeError(
                f"{name}: input (N, features) goes with target (N), not {list(input_.shape)} with "
                f"{list(target_.shape)}")
        single = not target_.ndim
        input = input_.unsqueeze(0) if single else input_
        target = target_.unsqueeze(0) if single else target_
        if target.numel() and not 0 <= target.min().item() <= target.max().item() < self.n_classes:
            raise RuntimeError(
                f"{name}: targets are from 0 to {self.n_classes - 1}; here from "
                f"{target.min().item()} to {target.max().item()}")
        # In the head a cluster is one class; its own share comes from the tail.
        places, rest = target, input.new_zeros(target.shape[0])
        for i, low in enumerate(self.cutoffs[:-1]):
            inside = (target >= low) & (target < self.cutoffs[i + 1])
            rows = inside.nonzero().squeeze(1)
            if rows.numel():
                logs = F.log_softmax(self.tail[i](input.index_select(0, rows)), dim=1)
                own = logs.gather(1, (target[rows] - low).unsqueeze(1)).squeeze(1)
                rest = rest.index_copy(0, rows, own)
                places = places.masked_fill(inside, self.shortlist_size + i)
        head = F.log_softmax(self.head(input), dim=1)
        output = head.gather(1, places.unsqueeze(1)).squeeze(1) + rest
        loss = (-output).mean()
        return _ASMoutput(output.squeeze(0) if single else output, loss)

    def log_prob(self, input: Tensor) -> Tensor:
        """The logarithms of the probabilities of all classes, (N, n_classes)."""
        return self._get_full_log_prob(input, self.head(input))

    def _get_full_log_prob(self, input: Tensor, head_output: Tensor) -> Tensor:
        head = F.log_softmax(head_output, dim=1)
        parts = [head[:, : self.shortlist_size]]
        for i, tail in enumerate(self.tail):
            parts.append(F.log_softmax(tail(input), dim=1) + head[
                :, self.shortlist_size + i].unsqueeze(1))
        return FACE["cat"](parts, 1)

    def predict(self, input: Tensor) -> Tensor:
        """The likeliest class of each row."""
        head_output = self.head(input)
        best = head_output.argmax(dim=1)
        unsure = best >= self.shortlist_size
        if not bool(unsure.any()):
            return best
        rows = unsure.nonzero().squeeze(1)
        logs = self._get_full_log_prob(input[rows], head_output[rows])
        return best.index_copy(0, rows, logs.argmax(dim=1))
