"""Samplers: the order in which a dataset is read. The same seed gives PyTorch's order.

Source: https://docs.pytorch.org/docs/stable/data.html#data-loading-order-and-sampler
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence, Sized
from typing import Any, Generic, TypeVar

from rushlight.tensor.generator import Generator

T_co = TypeVar("T_co", covariant=True)
_AT_ONCE = 32  # draws with replacement, which PyTorch makes in tensors of this length


class Sampler(Generic[T_co]):
    """An order: subclasses have `__iter__`, which gives indices or lists of them, and `__len__`."""

    def __iter__(self) -> Iterator[T_co]:
        raise NotImplementedError(f"{type(self).__name__} is a Sampler without __iter__")


class SequentialSampler(Sampler[int]):
    """0, 1, 2, ... to the end of `data_source`."""

    data_source: Sized

    def __init__(self, data_source: Sized):
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(Sampler[int]):
    """`num_samples` indices at random (all, if not given), with or without replacement.

    More samples than there are without replacement are whole permutations one after another. With
    no `generator`, one is seeded from the global generator each time. Raises TypeError for a
    `replacement` that is no bool, ValueError for a number of samples that is not positive.
    """

    data_source: Sized
    replacement: bool

    def __init__(
        self, data_source: Sized, replacement: bool = False, num_samples: int | None = None,
        generator: Generator | None = None,
    ):
        self.data_source = data_source
        self.replacement = replacement
        self._num_samples = num_samples
        self.generator = generator
        if not isinstance(replacement, bool):
            raise TypeError(f"RandomSampler: replacement must be a bool, not {replacement!r}")
        _checked_count("RandomSampler: num_samples", self.num_samples)

    @property
    def num_samples(self) -> int:
        """How many indices there are to one iteration."""
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self) -> Iterator[int]:
        import rushlight as torch

        generator = self.generator
        if generator is None:
            generator = Generator().manual_seed(draw_seed(None))
        size = len(self.data_source)
        at_once = _AT_ONCE if self.replacement else size
        whole, rest = divmod(self.num_samples, at_once)
        for _ in range(whole):
            yield from self._draw(torch, generator, at_once)
        # Even for none left PyTorch draws: the generator ends where its does.
        yield from self._draw(torch, generator, rest if self.replacement else size)[:rest]

    def _draw(self, torch: Any, generator: Generator, count: int) -> list[int]:
        size = len(self.data_source)
        if self.replacement:
            drawn = torch.randint(size, (count,), dtype=torch.int64, generator=generator)
        else:
            drawn = torch.randperm(size, generator=generator)
        return drawn.tolist()

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Sampler[int]):
    """These indices in random order."""

    indices: Sequence[int]

    def __init__(self, indices: Sequence[int], generator: Generator | None = None):
        self.indices = indices
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        import rushlight as torch

        for i in torch.randperm(len(self.indices), generator=self.generator).tolist():
            yield self.indices[i]

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler[int]):
    """`num_samples` indices below `len(weights)`, in proportion to the weights.

    Raises ValueError for weights that are no list of numbers, a number of samples that is not
    positive, a `replacement` that is no bool.
    """

    num_samples: int
    replacement: bool

    def __init__(
        self, weights: Sequence[float], num_samples: int, replacement: bool = True,
        generator: Generator | None = None,
    ):
        import rushlight as torch

        _checked_count("WeightedRandomSampler: num_samples", num_samples)
        if not isinstance(replacement, bool):
            raise ValueError(
                f"WeightedRandomSampler: replacement must be a bool, not {replacement!r}")
        self.weights = torch.as_tensor(weights, dtype=torch.float64)
        if self.weights.ndim != 1:
            raise ValueError(
                "WeightedRandomSampler: weights are one number for each sample, not of shape "
                f"{tuple(self.weights.shape)}")
        self.num_samples = num_samples
        self.replacement = replacement
        self.generator = generator

    def __iter__(self) -> Iterator[int]:
        import rushlight as torch

        yield from torch.multinomial(
            self.weights, self.num_samples, self.replacement, generator=self.generator).tolist()

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler[list[Any]]):
    """The indices of another sampler, or any iterable, in lists of `batch_size`.

    `drop_last` leaves out a last list that is shorter. Raises ValueError for a batch size that is
    not positive and a `drop_last` that is no bool.
    """

    def __init__(self, sampler: Sampler[Any] | Iterable[Any], batch_size: int, drop_last: bool):
        _checked_count("batch_size", batch_size)
        if not isinstance(drop_last, bool):
            raise ValueError(f"drop_last must be a bool, not {drop_last!r}")
        self.sampler = sampler
        self.batch_size = batch_size
        self.drop_last = drop_last

    def __iter__(self) -> Iterator[list[Any]]:
        indices = iter(self.sampler)
        while batch := list(itertools.islice(indices, self.batch_size)):
            if len(batch) < self.batch_size and self.drop_last:
                return
            yield batch

    def __len__(self) -> int:
        whole, rest = divmod(len(self.sampler), self.batch_size)  # type: ignore[arg-type]
        return whole + (rest > 0 and not self.drop_last)


def draw_seed(generator: Generator | None) -> int:
    """A seed for another stream, drawn from this one (None: the global one)."""
    import rushlight as torch

    return int(torch.empty((), dtype=torch.int64).random_(generator=generator).item())


def _checked_count(name: str, value: object) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise ValueError(f"{name} must be a positive integer, not {value!r}")
