"""`DataLoader`: batches of a dataset, fetched here or by worker processes.

Source: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.DataLoader
"""

from __future__ import annotations

import itertools
import multiprocessing
import warnings
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.context import BaseContext
from typing import Any, Generic, TypeVar

from rushlight.tensor.generator import Generator
from rushlight.utils.data.collate import default_collate, default_convert
from rushlight.utils.data.dataset import Dataset, IterableDataset
from rushlight.utils.data.fetch import Recipe
from rushlight.utils.data.sampler import (
    BatchSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    draw_seed,
)
from rushlight.utils.data.workers import Workers

T_co = TypeVar("T_co", covariant=True)
_FIXED = frozenset({
    "batch_size", "batch_sampler", "sampler", "drop_last", "dataset", "persistent_workers"})


class DataLoader(Generic[T_co]):
    """An iterable of batches.

    `batch_size=None` gives single samples, in the order of the sampler. Indices come from
    `sampler`, or lists of them from `batch_sampler`; else in order, or with `shuffle` at random
    from `generator`. `collate_fn` makes a batch of a list of samples. With `num_workers`, so many
    processes fetch, each `prefetch_factor` (2) batches ahead; a batch that takes longer than
    `timeout` seconds, if not 0, raises RuntimeError, and so does a worker that dies; an error
    in a worker is raised here, with its traceback. `worker_init_fn(id)` is called in each worker,
    `persistent_workers` live on from one epoch to the next, `multiprocessing_context` says how they
    are started, `in_order=False` gives batches as they come. `pin_memory` has nothing to pin.

    Raises ValueError for options that exclude each other. The same seed gives PyTorch's batches.
    Source: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.DataLoader
    """

    def __init__(
        self, dataset: Dataset[T_co], batch_size: int | None = 1, shuffle: bool | None = None,
        sampler: Sampler[Any] | Iterable[Any] | None = None,
        batch_sampler: Sampler[list[Any]] | Iterable[list[Any]] | None = None,
        num_workers: int = 0, collate_fn: Callable[[Any], Any] | None = None,
        pin_memory: bool = False, drop_last: bool = False, timeout: float = 0,
        worker_init_fn: Callable[[int], None] | None = None,
        multiprocessing_context: BaseContext | str | None = None,
        generator: Generator | None = None, *, prefetch_factor: int | None = None,
        persistent_workers: bool = False, pin_memory_device: str = "", in_order: bool = True,
    ):
        _check_workers(num_workers, timeout, prefetch_factor, persistent_workers)
        iterable = isinstance(dataset, IterableDataset)
        if iterable:
            _check_iterable(shuffle, sampler, batch_sampler)
        if sampler is not None and shuffle:
            raise ValueError("DataLoader: sampler and shuffle both give an order")
        if batch_sampler is not None:
            if batch_size != 1 or shuffle or sampler is not None or drop_last:
                raise ValueError(
                    "DataLoader: with batch_sampler there is no batch_size, shuffle, sampler or "
                    "drop_last")
            batch_size = None
        elif batch_size is None and drop_last:
            raise ValueError("DataLoader: batch_size=None makes no batches to drop_last")
        if sampler is None:
            if iterable:
                sampler = _Forever()
            elif shuffle:
                sampler = RandomSampler(dataset, generator=generator)  # type: ignore[arg-type]
            else:
                sampler = SequentialSampler(dataset)  # type: ignore[arg-type]
        if batch_size is not None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        self.dataset = dataset
        self.batch_size = batch_size
        self.sampler = sampler
        self.batch_sampler = batch_sampler
        self.drop_last = drop_last
        self.num_workers = num_workers
        self.prefetch_factor = 2 if num_workers and prefetch_factor is None else prefetch_factor
        self.collate_fn = collate_fn or (default_collate if self._batched else default_convert)
        self.generator = generator
        self.timeout = timeout
        self.worker_init_fn = worker_init_fn
        self.multiprocessing_context = multiprocessing_context
        self.pin_memory = pin_memory
        self.pin_memory_device = pin_memory_device
        self.in_order = in_order
        self.persistent_workers = persistent_workers
        self._workers: Workers | None = None  # those that persist
        self._promised: int | None = None  # the length that an iterable dataset told
        self._is_made = True

    def __setattr__(self, name: str, value: object) -> None:
        if name in _FIXED and "_is_made" in self.__dict__:
            raise ValueError(f"DataLoader: {name} is fixed once the loader is made")
        super().__setattr__(name, value)

    @property
    def multiprocessing_context(self) -> BaseContext | None:
        """How workers are started, as set; None: as Python does by default."""
        return self._context

    @multiprocessing_context.setter
    def multiprocessing_context(self, context: BaseContext | str | None) -> None:
        if context is not None:
            context = _context(context, self.num_workers)
        self._context = context

    @property
    def _batched(self) -> bool:
        return self.batch_sampler is not None

    @property
    def _index_sampler(self) -> Any:
        return self.sampler if self.batch_sampler is None else self.batch_sampler

    def __iter__(self) -> LoaderIterator:
        if self._workers is not None and not self._workers.closed:
            return LoaderIterator(self, self._workers.epoch(iter(self._index_sampler)))
        # PyTorch draws it with and without workers, and before the sampler draws.
        base_seed = draw_seed(self.generator)
        recipe = Recipe(self.dataset, self._batched, self.collate_fn, self.drop_last)
        if not self.num_workers:
            return LoaderIterator(self, _fetched_here(recipe, self._index_sampler))
        workers = Workers(
            recipe, base_seed, self.num_workers, self.worker_init_fn, self.multiprocessing_context)
        workers.ahead = self.prefetch_factor or 0
        workers.timeout, workers.in_order = self.timeout, self.in_order
        workers.persist = self.persistent_workers
        self._workers = workers if self.persistent_workers else None
        return LoaderIterator(self, workers.epoch(iter(self._index_sampler)))

    def __len__(self) -> int:
        if not isinstance(self.dataset, IterableDataset):
            return len(self._index_sampler)
        samples = self._promised = len(self.dataset)  # type: ignore[arg-type]
        if self.batch_size is None:
            return samples
        whole, rest = divmod(samples, self.batch_size)
        return whole + (rest > 0 and not self.drop_last)


class LoaderIterator:
    """One epoch of a loader."""

    def __init__(self, loader: DataLoader[Any], batches: Iterator[Any]):
        self._loader = loader
        self._batches = batches
        self._count = 0

    def __iter__(self) -> LoaderIterator:
        return self

    def __next__(self) -> Any:
        batch = next(self._batches)
        self._count += 1
        promised = self._loader._promised
        if promised is not None and self._count > len(self._loader):
            warnings.warn(
                f"{type(self._loader.dataset).__name__} said that it has {promised} samples, and "
                f"this is batch {self._count}: its __len__ is wrong, or its workers don't share "
                "the samples", stacklevel=2)
        return batch

    def __len__(self) -> int:
        return len(self._loader._index_sampler)


class _Forever(Sampler[None]):
    """What an iterable dataset is asked for: the next sample, again and again."""

    def __iter__(self) -> Iterator[None]:
        return itertools.repeat(None)


def _fetched_here(recipe: Recipe, indices: Any) -> Iterator[Any]:
    """The batches of one epoch, without workers."""
    fetch = recipe.fetcher()
    for each in indices:
        try:
            batch = fetch(each)
        except StopIteration:
            return
        yield batch


def _check_workers(
    num_workers: int, timeout: float, prefetch_factor: int | None, persistent_workers: bool
) -> None:
    if num_workers < 0:
        raise ValueError(f"DataLoader: num_workers must not be negative, it is {num_workers}")
    if timeout < 0:
        raise ValueError(f"DataLoader: timeout must not be negative, it is {timeout}")
    if prefetch_factor is not None and prefetch_factor < 0:
        raise ValueError(
            f"DataLoader: prefetch_factor must not be negative, it is {prefetch_factor}")
    if not num_workers and (prefetch_factor is not None or persistent_workers):
        raise ValueError("DataLoader: prefetch_factor and persistent_workers need num_workers > 0")


def _check_iterable(shuffle: object, sampler: object, batch_sampler: object) -> None:
    for name, given in (("sampler", sampler), ("batch_sampler", batch_sampler)):
        if given is not None:
            raise ValueError(f"DataLoader: an IterableDataset is not indexed, so it has no {name}")
    if shuffle not in (None, False):
        raise ValueError("DataLoader: an IterableDataset is not indexed: shuffle it itself")


def _context(context: BaseContext | str, num_workers: int) -> BaseContext:
    if not num_workers:
        raise ValueError("DataLoader: multiprocessing_context needs num_workers > 0")
    if isinstance(context, str):
        if context not in (methods := multiprocessing.get_all_start_methods()):
            raise ValueError(
                f"DataLoader: multiprocessing_context must be of {methods}, not {context!r}")
        return multiprocessing.get_context(context)
    if not isinstance(context, BaseContext):
        raise TypeError(
            "DataLoader: multiprocessing_context must be a context of multiprocessing or the name "
            f"of a start method, not {context!r}")
    return context
