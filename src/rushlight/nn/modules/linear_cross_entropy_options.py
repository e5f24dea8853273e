"""How `linear_cross_entropy` may compute in pieces: told, and not heeded yet."""

from __future__ import annotations

from dataclasses import dataclass

from rushlight.tensor.dtypes import dtype


@dataclass(frozen=True)
class LinearCrossEntropyOptions:
    """The options of PyTorch's `linear_cross_entropy`, which warns that it computes all at once.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.linear_cross_entropy.html
    """

    allow_retain_graph: bool = False
    batch_chunk_size: int | None = None
    chunking_method: str | None = "auto"
    acc_policy: str = "auto"
    acc_dtype: dtype | None = None
