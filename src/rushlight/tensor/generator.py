"""`torch.Generator`: a random stream as tensors see it. The numbers are `engine/streams.py`'s."""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from rushlight.engine.streams import Stream
from rushlight.tensor.device import CPU, device, usable
from rushlight.tensor.tensor import Tensor, wrap


class Generator:
    """A stream of random numbers, PyTorch's MT19937: the same seed gives the same numbers.

    Source: https://pytorch.org/docs/stable/generated/torch.Generator.html
    """

    def __init__(self, device: Any = "cpu"):
        usable(device)
        self.stream = Stream()

    @property
    def device(self) -> device:
        """The CPU."""
        return CPU

    def manual_seed(self, seed: int) -> Generator:
        """Start over from `seed`, any integer of 64 bits (negative ones count from 2**64)."""
        if isinstance(seed, float) and seed.is_integer():  # type: ignore[attr-defined]
            seed = int(seed)
        if isinstance(seed, Tensor):
            seed = int(seed)
        if not isinstance(seed, (int, np.integer)):
            wrong = ValueError if isinstance(seed, str) else TypeError  # type: ignore[unreachable]
            raise wrong(f"a seed is an integer, not {seed!r}")
        if not -(2**63) <= seed < 2**64:
            raise RuntimeError(f"a seed has 64 bits: {seed} is outside -2**63 .. 2**64 - 1")
        self.stream.seed(int(seed))
        return self

    def seed(self) -> int:
        """Start over from a seed that nobody knows, and return it."""
        self.manual_seed(int.from_bytes(os.urandom(8), "little") >> 11)
        return self.stream.initial_seed

    def initial_seed(self) -> int:
        """The seed it started from."""
        return self.stream.initial_seed

    def get_state(self) -> Tensor:
        """Where the stream is, as a tensor of bytes that `set_state` (and PyTorch's) takes."""
        return wrap(self.stream.get_state())

    def set_state(self, new_state: Tensor) -> Generator:
        """Continue from such a state. TypeError or RuntimeError for anything else."""
        if not isinstance(new_state, Tensor) or new_state._array.dtype != np.uint8:
            raise TypeError("a generator's state is a ByteTensor, as get_state() returns")
        try:
            self.stream.set_state(np.ascontiguousarray(new_state._array))
        except ValueError as error:
            raise RuntimeError(str(error)) from None
        return self

    def clone_state(self) -> Generator:
        """Another generator at the same place."""
        return Generator().set_state(self.get_state())

    def __reduce__(self) -> Any:
        return _rebuild, (self.get_state(),)


Generator.__module__ = "torch"


def _rebuild(state: Tensor) -> Generator:
    return Generator().set_state(state)


default_generator = Generator()


def stream_of(generator: Generator | None) -> Stream:
    """The stream to draw from: the given generator's, or the global one."""
    if generator is None:
        return default_generator.stream
    if not isinstance(generator, Generator):
        raise TypeError(f"generator must be a torch.Generator, not {type(generator).__name__}")
    return generator.stream
