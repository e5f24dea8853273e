"""Ops that PyTorch's compiler and its sharded training call by names with an underscore.

Source: https://docs.pytorch.org/docs/stable/torch.compiler_ir.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rushlight.ops.arguments import one_dim
from rushlight.ops.op import FACE, composite
from rushlight.ops.padding import constant_pad_nd
from rushlight.tensor.tensor import Tensor


@composite(method=False, out=True)
def _chunk_cat(tensors: Sequence[Tensor], dim: int, num_chunks: int) -> Tensor:
    """Each tensor cut along `dim` into equal chunks, zeros filled up, and what is after `dim`
    flattened; then all joined: (sizes before dim, num_chunks, elements).

    RuntimeError for no tensors, an empty one, no chunks, or sizes before `dim` that differ;
    IndexError for no such dim.
    """
    if num_chunks < 1:
        raise RuntimeError(f"_chunk_cat(): num_chunks must be positive, it is {num_chunks}")
    if not tensors or any(each.numel() == 0 for each in tensors):
        raise RuntimeError("_chunk_cat(): tensors with elements are needed")
    ndims = {each.ndim for each in tensors}
    if len(ndims) == 1:
        dim = one_dim(dim, *ndims)
    elif not 0 <= dim < min(ndims):
        raise RuntimeError(f"_chunk_cat(): not every tensor has the dim {dim}")
    if len({tuple(each.shape[:dim]) for each in tensors}) > 1:
        raise RuntimeError(f"_chunk_cat(): the sizes before dim {dim} must be equal")
    parts = []
    for each in tensors:
        missing = -each.shape[dim] % num_chunks
        pads = [0, 0] * (each.ndim - dim - 1) + [0, missing]
        padded = constant_pad_nd(each, pads) if missing else each
        parts.append(padded.reshape(*each.shape[:dim], num_chunks, -1))
    return FACE["cat"](parts, dim + 1)


def _clamped(input: Tensor, mask: Tensor, indices: Sequence[Tensor | None]) -> tuple[Any, ...]:
    """The indices, those that the mask leaves out inside too."""
    return tuple([
        slice(None) if each is None else each.clamp(-input.shape[d], input.shape[d] - 1)
        for d, each in enumerate(indices)])


@composite(method=False)
def _unsafe_masked_index(
    input: Tensor, mask: Tensor, indices: Sequence[Tensor | None], fill: Any
) -> Tensor:
    """`input[indices]` where the mask holds, `fill` elsewhere; indices outside count as the last.
    """
    found: Tensor = input[_clamped(input, mask, indices)]
    return found.masked_fill(~mask, fill)


@composite(method=False)
def _unsafe_masked_index_put_accumulate(
    input: Tensor, mask: Tensor, indices: Sequence[Tensor | None], values: Tensor
) -> Tensor:
    """`input` with `values` added at `indices` where the mask holds."""
    at = [None if isinstance(each, slice) else each for each in _clamped(input, mask, indices)]
    found: Tensor = input.index_put(
        [each for each in at if each is not None], values.masked_fill(~mask, 0), True)
    return found
