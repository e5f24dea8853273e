"""Datasets: what can be read by index, what can only be iterated over, and how they combine.

Source: https://docs.pytorch.org/docs/stable/data.html#dataset-types
"""

from __future__ import annotations

import bisect
import itertools
import math
import warnings
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Generic, TypeVar

from rushlight.tensor.generator import Generator
from rushlight.tensor.tensor import Tensor

T_co = TypeVar("T_co", covariant=True)
T = TypeVar("T")


class Dataset(Generic[T_co]):
    """Samples that are read by index: subclasses have `__getitem__`, and most have `__len__`.

    A loader asks `__getitems__(indices)` for a whole batch of samples where there is such a method.
    `a + b` is one dataset after the other.
    """

    def __getitem__(self, index: Any) -> T_co:
        """The sample at an index, or whatever key the sampler gives."""
        raise NotImplementedError(f"{type(self).__name__} is a Dataset without __getitem__")

    def __add__(self, other: Dataset[T_co]) -> ConcatDataset[T_co]:
        return ConcatDataset([self, other])


class IterableDataset(Dataset[T_co], Iterable[T_co]):
    """Samples that come one after another: subclasses have `__iter__`.

    Every worker process of a loader iterates over a copy of its own; `get_worker_info()` tells it
    which part is its share. `a + b` is one dataset after the other.
    """

    def __add__(self, other: Dataset[T_co]) -> ChainDataset:  # type: ignore[override]
        return ChainDataset([self, other])


class TensorDataset(Dataset[tuple[Tensor, ...]]):
    """Tensors of one length; sample `i` is the tuple of their rows `i`.

    Raises AssertionError for tensors of different lengths.
    """

    tensors: tuple[Tensor, ...]

    def __init__(self, *tensors: Tensor):
        lengths = [each.shape[0] for each in tensors]
        if len(set(lengths)) > 1:
            raise AssertionError(f"TensorDataset: the tensors have different lengths, {lengths}")
        self.tensors = tensors

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        """The row, or rows, of each tensor."""
        return tuple([each[index] for each in self.tensors])

    def __len__(self) -> int:
        return self.tensors[0].shape[0]


class StackDataset(Dataset[Any]):
    """Datasets of one length side by side; a sample is a tuple, or a dict, of theirs.

    `StackDataset(images, texts)` gives tuples, `StackDataset(image=images, text=texts)` dicts.
    Raises ValueError for none, for both kinds at once, and for different lengths.
    """

    datasets: Any

    def __init__(self, *args: Dataset[Any], **kwargs: Dataset[Any]):
        if bool(args) == bool(kwargs):
            raise ValueError(
                "StackDataset takes datasets by position, for tuples, or by name, for dicts: "
                + ("both are given" if args else "none is given"))
        self.datasets = args or kwargs
        lengths = [len(each) for each in self._each().values()]
        if len(set(lengths)) > 1:
            raise ValueError(f"StackDataset: the datasets have different lengths, {lengths}")
        self._length = lengths[0]

    def _each(self) -> dict[Any, Any]:
        named = isinstance(self.datasets, dict)
        return self.datasets if named else dict(enumerate(self.datasets))

    def _sample(self, parts: dict[Any, Any]) -> Any:
        return parts if isinstance(self.datasets, dict) else tuple(parts.values())

    def __getitem__(self, index: Any) -> Any:
        """The tuple or dict of the datasets' samples."""
        return self._sample({name: each[index] for name, each in self._each().items()})

    def __getitems__(self, indices: list[Any]) -> list[Any]:
        """The samples at these indices. ValueError if a dataset gives another number of them."""
        columns = {}
        for name, each in self._each().items():
            columns[name] = column = samples_at(each, indices)
            if len(column) != len(indices):
                raise ValueError(
                    f"{type(each).__name__}.__getitems__ gave {len(column)} samples for "
                    f"{len(indices)} indices")
        return [
            self._sample({name: column[k] for name, column in columns.items()})
            for k in range(len(indices))
        ]

    def __len__(self) -> int:
        return self._length


class ConcatDataset(Dataset[T_co]):
    """Datasets one after another, read by index.

    Raises AssertionError for no datasets and for an IterableDataset; reading beyond the ends,
    IndexError or (before the first) ValueError.
    """

    datasets: list[Dataset[T_co]]
    cumulative_sizes: list[int]

    def __init__(self, datasets: Iterable[Dataset[Any]]):
        self.datasets = list(datasets)
        if not self.datasets:
            raise AssertionError("ConcatDataset: there must be at least one dataset")
        for each in self.datasets:
            if isinstance(each, IterableDataset):
                raise AssertionError(
                    f"ConcatDataset reads by index, and {type(each).__name__} is an "
                    "IterableDataset: chain them with ChainDataset")
        self.cumulative_sizes = self.cumsum(self.datasets)

    @staticmethod
    def cumsum(sequence: Iterable[Any]) -> list[int]:
        """The lengths, each with all before it."""
        return list(itertools.accumulate(map(len, sequence)))

    def __getitem__(self, index: int) -> T_co:
        """The sample; negative indices count from the end."""
        if index < 0:
            if index < -len(self):
                raise ValueError(f"index {index} is before the first of {len(self)} samples")
            index += len(self)
        which = bisect.bisect_right(self.cumulative_sizes, index)
        if which == len(self.datasets):
            raise IndexError(f"index {index} is beyond the last of {len(self)} samples")
        before = self.cumulative_sizes[which - 1] if which else 0
        return self.datasets[which][index - before]

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]


class ChainDataset(IterableDataset[Any]):
    """Iterable datasets one after another. AssertionError, when iterated over, for other kinds."""

    def __init__(self, datasets: Iterable[Dataset[Any]]):
        self.datasets = datasets

    def _checked(self) -> Iterator[Any]:
        for each in self.datasets:
            if not isinstance(each, IterableDataset):
                raise AssertionError(
                    f"ChainDataset takes IterableDatasets, not {type(each).__name__}")
            yield each

    def __iter__(self) -> Iterator[Any]:
        for each in self._checked():
            yield from each

    def __len__(self) -> int:
        return sum(len(each) for each in self._checked())


class Subset(Dataset[T_co]):
    """The samples of a dataset at these indices."""

    dataset: Dataset[T_co]
    indices: Sequence[int]

    def __init__(self, dataset: Dataset[T_co], indices: Sequence[int]):
        self.dataset = dataset
        self.indices = indices

    def __getitem__(self, index: Any) -> T_co:
        """The sample; a list of indices goes to the dataset as a list."""
        if isinstance(index, list):
            return self.dataset[[self.indices[i] for i in index]]
        return self.dataset[self.indices[index]]

    def __getitems__(self, indices: list[int]) -> list[T_co]:
        """The samples at these places."""
        return samples_at(self.dataset, [self.indices[i] for i in indices])

    def __len__(self) -> int:
        return len(self.indices)


def samples_at(dataset: Any, indices: list[Any]) -> list[Any]:
    """The samples at these indices: all at once where the dataset can do that."""
    together = getattr(dataset, "__getitems__", None)
    return together(indices) if together else [dataset[i] for i in indices]


def random_split(
    dataset: Dataset[T], lengths: Sequence[int | float], generator: Generator | None = None
) -> list[Subset[T]]:
    """Split a dataset at random into subsets of these lengths, or of these fractions of it.

    Fractions sum to 1; what rounding down leaves over goes one by one to the first. Raises
    ValueError for lengths that do not add up and for fractions outside [0, 1].
    Source: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.random_split
    """
    import rushlight as torch

    total = len(dataset)  # type: ignore[arg-type]
    if math.isclose(sum(lengths), 1) and sum(lengths) <= 1:
        lengths = _parts(total, lengths)
    if sum(lengths) != total:
        raise ValueError(
            f"random_split(): the lengths sum to {sum(lengths)}, and the dataset has {total}")
    order = torch.randperm(total, generator=generator).tolist()
    ends = itertools.accumulate(lengths)
    return [
        Subset(dataset, order[end - length : end])
        for end, length in zip(ends, lengths, strict=True)
    ]


def _parts(total: int, fractions: Sequence[float]) -> list[int]:
    for k, each in enumerate(fractions):
        if not 0 <= each <= 1:
            raise ValueError(f"random_split(): fraction {k} is {each}, outside [0, 1]")
    lengths = [math.floor(total * each) for each in fractions]
    for k in range(total - sum(lengths)):
        lengths[k % len(lengths)] += 1
    for k, each in enumerate(lengths):
        if each == 0:
            warnings.warn(f"random_split(): part {k} is empty", stacklevel=3)
    return lengths
