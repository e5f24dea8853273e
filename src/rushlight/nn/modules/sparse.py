"""Layers that are a table of vectors: `Embedding`, and sums of its rows, `EmbeddingBag`."""

from __future__ import annotations

from typing import Any, Self

from rushlight.autograd.modes import no_grad
from rushlight.nn import functional as F
from rushlight.nn import init
from rushlight.nn.modules.module import Module
from rushlight.nn.parameter import Parameter
from rushlight.ops.op import FACE
from rushlight.tensor.tensor import Tensor

_USUAL = {"norm_type": 2, "scale_grad_by_freq": False, "sparse": False}


class _Table(Module):
    """What both have in common: the table, its padding row, how it begins."""

    num_embeddings: int
    embedding_dim: int
    padding_idx: int | None
    weight: Parameter

    def _make(self, _weight: Tensor | None, trained: bool, device: Any, dtype: Any) -> None:
        shape = (self.num_embeddings, self.embedding_dim)
        padding = self.padding_idx
        if padding is not None:
            if not -shape[0] <= padding < shape[0]:
                raise AssertionError(
                    f"{type(self).__name__}: padding_idx {padding} is no row: there are {shape[0]}")
            self.padding_idx = padding % shape[0]
        if _weight is None:
            empty = FACE["empty"](shape, device=device, dtype=dtype)
            self.weight = Parameter(empty, requires_grad=trained)
            self.reset_parameters()
        elif tuple(_weight.shape) != shape:
            raise AssertionError(
                f"{type(self).__name__}: weight has shape {list(_weight.shape)}, the table is "
                f"{shape[0]} by {shape[1]}")
        else:
            self.weight = Parameter(_weight, requires_grad=trained)

    def reset_parameters(self) -> None:
        """Give the table new normal values, and zeros to its padding row."""
        init.normal_(self.weight)
        self._fill_padding_idx_with_zero()

    def _fill_padding_idx_with_zero(self) -> None:
        if self.padding_idx is not None:
            with no_grad():
                self.weight[self.padding_idx].fill_(0)

    @classmethod
    def from_pretrained(cls, embeddings: Tensor, freeze: bool = True, **settings: Any) -> Self:
        """A layer of this table, (V, D); not trained if `freeze`. The rest as in `__init__`."""
        if embeddings.ndim != 2:
            raise AssertionError(
                f"{cls.__name__}.from_pretrained() takes a matrix, not {embeddings.ndim} dims")
        made = cls(*embeddings.shape, _weight=embeddings, **settings)
        made.weight.requires_grad_(not freeze)
        return made

    def _shown(self, *names: str) -> str:
        """The sizes, and those of these settings that are not as usual."""
        text = f"{self.num_embeddings}, {self.embedding_dim}"
        for name in names:
            value = getattr(self, name)
            if value != _USUAL.get(name):
                text += f", {name}={value!r}"
        return text


class Embedding(_Table):
    """A table of `num_embeddings` vectors, whose rows are read by their numbers.

    weight: (num_embeddings, embedding_dim), normal at the beginning. padding_idx: a row of zeros
    that gets no gradient. max_norm: rows that are longer are shortened when they are read.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Embedding.html
    """

    def __init__(
        self, num_embeddings: int, embedding_dim: int, padding_idx: int | None = None,
        max_norm: float | None = None, norm_type: float = 2.0, scale_grad_by_freq: bool = False,
        sparse: bool = False, _weight: Tensor | None = None, _freeze: bool = False,
        device: Any = None, dtype: Any = None,
    ) -> None:
        super().__init__()
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.padding_idx, self.max_norm, self.norm_type = padding_idx, max_norm, norm_type
        self.scale_grad_by_freq, self.sparse = scale_grad_by_freq, sparse
        self._make(_weight, not _freeze, device, dtype)

    def forward(self, input: Tensor) -> Tensor:
        """The rows: of numbers (*), (*, embedding_dim)."""
        return F.embedding(
            input, self.weight, self.padding_idx, self.max_norm, self.norm_type,
            self.scale_grad_by_freq, self.sparse)

    def extra_repr(self) -> str:
        """The sizes, and what is unusual."""
        return self._shown(
            "padding_idx", "max_norm", "norm_type", "scale_grad_by_freq", "sparse")


class EmbeddingBag(_Table):
    """Sums, means or maxima of the rows of a table: of each bag of numbers.

    The same as `Embedding` and a sum, without the rows in between.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.EmbeddingBag.html
    """

    def __init__(
        self, num_embeddings: int, embedding_dim: int, max_norm: float | None = None,
        norm_type: float = 2.0, scale_grad_by_freq: bool = False, mode: str = "mean",
        sparse: bool = False, _weight: Tensor | None = None, include_last_offset: bool = False,
        padding_idx: int | None = None, device: Any = None, dtype: Any = None,
    ) -> None:
        super().__init__()
        self.num_embeddings, self.embedding_dim = num_embeddings, embedding_dim
        self.max_norm, self.norm_type, self.padding_idx = max_norm, norm_type, padding_idx
        self.scale_grad_by_freq, self.mode, self.sparse = scale_grad_by_freq, mode, sparse
        self.include_last_offset = include_last_offset
        self._make(_weight, True, device, dtype)

    def forward(
        self, input: Tensor, offsets: Tensor | None = None,
        per_sample_weights: Tensor | None = None,
    ) -> Tensor:
        """A row for each bag: see `nn.functional.embedding_bag`."""
        return F.embedding_bag(
            input, self.weight, offsets, self.max_norm, self.norm_type, self.scale_grad_by_freq,
            self.mode, self.sparse, per_sample_weights, self.include_last_offset, self.padding_idx)

    def extra_repr(self) -> str:
        """The sizes, what is unusual, and the mode."""
        return self._shown("max_norm", "norm_type", "scale_grad_by_freq", "mode", "padding_idx")
