"""`torch.utils.data.distributed`: each of several processes reads its share of a dataset."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, TypeVar

from rushlight.tensor.generator import Generator
from rushlight.utils.data.dataset import Dataset
from rushlight.utils.data.sampler import Sampler

T_co = TypeVar("T_co", covariant=True)


class DistributedSampler(Sampler[T_co]):
    """The indices that process `rank` of `num_replicas` reads: every so many, from its own on.

    All processes shuffle alike, from `seed` and the epoch; call `set_epoch` before each, or the
    order stays the same. Shares are of one length: `drop_last` leaves out what is over, else
    indices from the beginning are read again. Both numbers must be given, where no process group
    tells them; raises ValueError for a rank outside the replicas, and where they are missing.
    Source: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.distributed.DistributedSampler
    """

    def __init__(
        self, dataset: Dataset[Any], num_replicas: int | None = None, rank: int | None = None,
        shuffle: bool = True, seed: int = 0, drop_last: bool = False,
    ):
        if num_replicas is None or rank is None:
            raise ValueError(
                "DistributedSampler: there is no process group here, so give num_replicas and rank")
        if not 0 <= rank < num_replicas:
            raise ValueError(
                f"DistributedSampler: rank must be in 0 .. {num_replicas - 1}, it is {rank}")
        self.dataset = dataset
        self.num_replicas = num_replicas
        self.rank = rank
        self.epoch = 0
        self.drop_last = drop_last
        share = len(dataset) / num_replicas  # type: ignore[arg-type]
        self.num_samples = math.floor(share) if drop_last else math.ceil(share)
        self.total_size = self.num_samples * num_replicas
        self.shuffle = shuffle
        self.seed = seed

    def __iter__(self) -> Iterator[T_co]:
        import rushlight as torch

        count = len(self.dataset)  # type: ignore[arg-type]
        order = list(range(count))
        if self.shuffle:
            generator = Generator().manual_seed(self.seed + self.epoch)
            order = torch.randperm(count, generator=generator).tolist()
        if count:
            order *= math.ceil(self.total_size / count)
        return iter(order[self.rank : self.total_size : self.num_replicas])  # type: ignore[arg-type]

    def __len__(self) -> int:
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Shuffle for this epoch from now on."""
        self.epoch = epoch
