"""Datasets for worker processes, which import them anew where they are not forked."""

from __future__ import annotations

import os
import signal
import time
from typing import Any

import numpy as np

import rushlight as torch
from rushlight.utils.data import Dataset

COUNT = 8
BAD = 5  # the sample where something happens


def as_it_is(sample: Any) -> Any:
    """A collate_fn that does nothing."""
    return sample


class Squares(Dataset[Any]):
    def __len__(self) -> int:
        return COUNT

    def __getitem__(self, index: int) -> Any:
        return torch.tensor(index**2)


class Awkward(Exception):
    """An error that can't be made from a text."""

    def __init__(self, first: int, second: int):
        super().__init__(first, second)


class Trouble(Squares):
    """At one sample, the worker meets this."""

    def __init__(self, kind: str):
        self.kind = kind

    def __getitem__(self, index: int) -> Any:
        return getattr(self, self.kind)() if index == BAD else super().__getitem__(index)

    def exit(self) -> None:
        os._exit(3)

    def kill(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    def sleep(self) -> None:
        time.sleep(60)

    def value_error(self) -> None:
        raise ValueError("sample five is bad")

    def key_error(self) -> None:
        raise KeyError("five\nor six")

    def local_error(self) -> None:
        class Local(Exception):
            pass

        raise Local("nobody else knows my type")

    def awkward(self) -> None:
        raise Awkward(1, 2)

    def no_pickle(self) -> Any:
        return lambda: None

    def graph(self) -> Any:
        return torch.ones(2, requires_grad=True) * 2


class Large(Squares):
    """Samples that take the way through shared memory, of many kinds."""

    def __getitem__(self, index: int) -> Any:
        x = torch.arange(60_000.0) + index
        return {
            "floats": x, "bfloat16": x.bfloat16(), "turned": x.reshape(200, 300).t(),
            "leaf": x.clone().requires_grad_(), "empty": torch.zeros(0, 3), "one": torch.tensor(2),
            "array": np.arange(50_000) + index, "text": "a" * 100_000, "bool": x > 3,
        }
