"""Copies with the elements rearranged: `clone`, `flip`, `roll`, `tril`, `repeat`, `diag`.

Every result here has memory of its own; what shares memory is in `views.py` and `parts.py`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rushlight.autograd.modes import modes
from rushlight.autograd.node import next_order
from rushlight.ops.op import composite, op, run
from rushlight.ops.views import short_way
from rushlight.tensor import memory
from rushlight.tensor.meta import MetaArray, as_meta
from rushlight.tensor.tensor import Array, Tensor

_blank = object.__new__


@op(input=1)
def clone(input: Tensor, *, memory_format: Any = None) -> Any:
    """A copy with memory of its own, through which gradients flow back to `input`.

    memory_format: the order of the copy in memory; by default that of `input`.
    Source: https://pytorch.org/docs/stable/generated/torch.clone.html
    """
    array = input._array
    return as_meta(array) if type(array) is MetaArray else memory.in_format(array, memory_format)


_CloneNode = clone.row.node_class()


@short_way(clone)
def clone(input: Tensor, *, memory_format: Any = None) -> Tensor:  # type: ignore[no-redef]
    if memory_format is not None or type(input) is not Tensor or type(input._array) is MetaArray:
        return run(clone.row, (input,), {"memory_format": memory_format})  # type: ignore[attr-defined]
    copy = _blank(Tensor)
    copy._array = input._array.copy("K")
    copy._node = copy._storage = copy._base = copy._grad = None
    edge = input._node
    if edge is not None and modes.grad:
        node = _blank(_CloneNode)
        node.edges = (edge,)
        node.order = next_order()
        node.saved = ()
        node.watch = node.targets = node.versions = None
        copy._node = node
    return copy


@composite(face=False)
def contiguous(self: Tensor, memory_format: Any = None) -> Tensor:
    """This tensor if its elements lie dense in row-major order, else a copy that does so.

    memory_format: another order to ask for, such as `torch.channels_last`.
    Source: https://pytorch.org/docs/stable/generated/torch.Tensor.contiguous.html
    """
    format = memory.contiguous_format if memory_format is None else memory_format
    if format is memory.preserve_format:
        raise RuntimeError("contiguous(): preserve_format names no order to bring the tensor to")
    if type(self._array) is MetaArray or memory.is_in(self._array, format):
        return self
    return run(clone.row, (self,), {"memory_format": format})  # type: ignore[attr-defined]
