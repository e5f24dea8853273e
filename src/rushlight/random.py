"""`torch.random`: the global generator's seed and state.

Source: https://pytorch.org/docs/stable/random.html
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rushlight.tensor.generator import Generator as _Generator
from rushlight.tensor.generator import default_generator
from rushlight.tensor.tensor import Tensor


def manual_seed(seed: int) -> _Generator:
    """Start the global generator over from `seed`, and return it.

    Raises TypeError for what is no integer, RuntimeError outside 64 bits.
    """
    return default_generator.manual_seed(seed)


def seed() -> int:
    """Start the global generator over from a seed that nobody knows, and return the seed."""
    return default_generator.seed()


def initial_seed() -> int:
    """The seed the global generator started from."""
    return default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """Where the global generator is, as a tensor of bytes."""
    return default_generator.get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Put the global generator where `new_state` says."""
    default_generator.set_state(new_state)


@contextmanager
def fork_rng(
    devices: Any = None, enabled: bool = True, _caller: str = "", _devices_kw: str = "",
    device_type: str = "cuda",
) -> Iterator[None]:
    """A block whose draws leave the global generator where it was."""
    if not enabled:
        yield
        return
    before = get_rng_state()
    try:
        yield
    finally:
        set_rng_state(before)


__all__ = [
    "default_generator", "fork_rng", "get_rng_state", "initial_seed", "manual_seed",
    "seed", "set_rng_state",
]
