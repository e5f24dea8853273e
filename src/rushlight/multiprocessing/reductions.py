"""How a tensor goes to another process: as the descriptor of the shared memory that it lies in."""

from __future__ import annotations

from multiprocessing import reduction
from typing import Any

import numpy as np

from rushlight.nn.parameter import Buffer, Parameter
from rushlight.ops.op import view_of
from rushlight.tensor import dtypes, sharing, storage
from rushlight.tensor.tensor import Tensor, settled, wrap

_KINDS: tuple[Any, ...] = (Tensor, Parameter, Buffer)


def reduce_tensor(tensor: Any) -> Any:
    """What a pickle has instead of a tensor: it is moved to shared memory if it isn't there.

    RuntimeError for a tensor that is no leaf.
    """
    if not tensor.is_leaf:
        raise RuntimeError(
            "a tensor that is no leaf can't go to another process: its graph is here. Send "
            "detach() of it")
    sharing.share(tensor)
    memory = sharing.memory_of(tensor)
    if memory is None:  # it is empty, or has no values
        return tensor.__reduce_ex__(4)
    array = settled(tensor)
    at = storage.address(array) - storage.address(np.frombuffer(memory, np.uint8))
    return rebuild_tensor, (
        type(tensor).__name__, reduction.DupFd(memory.file), len(memory), at, tensor.dtype.name,
        array.shape, array.strides, tensor.requires_grad)


def rebuild_tensor(
    name: str, file: Any, size: int, at: int, dtype: str, shape: Any, strides: Any,
    requires_grad: bool,
) -> Any:
    """The tensor again, over the same memory."""
    memory = sharing.map_file(file.detach(), size)
    whole: Any = wrap(sharing.over(memory, 0, np.dtype(np.uint8), (size,), (1,)))
    made: Any = view_of(whole, sharing.over(memory, at, dtypes.named(dtype).numpy, shape, strides))
    made._base = None  # autograd knows of no base in this process
    if name == "Parameter":
        return Parameter(made, requires_grad)
    return Buffer(made) if name == "Buffer" else made.requires_grad_(requires_grad)


def init_reductions() -> None:
    """Have multiprocessing send tensors so."""
    for kind in _KINDS:
        reduction.ForkingPickler.register(kind, reduce_tensor)
