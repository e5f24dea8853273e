"""From indices to a batch: the same in the loader's own process and in its workers."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from rushlight.utils.data.dataset import IterableDataset, samples_at

Fetch = Callable[[Any], Any]


class Recipe:
    """What it takes to fetch: the dataset, whether there are batches, and how they are made."""

    def __init__(
        self, dataset: Any, batched: bool, collate_fn: Callable[[Any], Any], drop_last: bool
    ):
        self.dataset = dataset
        self.batched = batched
        self.collate_fn = collate_fn
        self.drop_last = drop_last

    def fetcher(self) -> Fetch:
        """A function from an index, or a list of them, to a sample or batch, for one epoch.

        Of an IterableDataset it takes what comes next, and raises StopIteration at the end.
        """
        if isinstance(self.dataset, IterableDataset):
            return self._next_of(iter(self.dataset))
        return self._at

    def _at(self, index: Any) -> Any:
        return self.collate_fn(
            samples_at(self.dataset, index) if self.batched else self.dataset[index])

    def _next_of(self, samples: Any) -> Fetch:
        def fetch(index: Any) -> Any:
            if not self.batched:
                return self.collate_fn(next(samples))
            batch = list(itertools.islice(samples, len(index)))
            if not batch or (self.drop_last and len(batch) < len(index)):
                raise StopIteration
            return self.collate_fn(batch)

        return fetch
