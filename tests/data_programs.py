"""Programs over `torch.utils.data`, for PyTorch to record and for us to repeat.

`results(torch)` runs them all with that module and gives, by name, what JSON can hold: values with
their dtypes, orders, where the global stream ended, the classes of errors.
"""

from __future__ import annotations

import random
from collections import OrderedDict, UserDict, namedtuple
from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

Point = namedtuple("Point", "x y")


def results(torch: Any) -> dict[str, Any]:
    """What every program gives, from the same seed."""
    data = import_module(torch.__name__ + ".utils.data")
    found: dict[str, Any] = {}
    for group in (samplers, splits, loaders, workers, combinations, collating, refusals):
        for name, program in group(torch, data).items():
            torch.manual_seed(5)
            try:
                value = plain(program())
            except Exception as error:
                value = type(error).__name__
            found[f"{group.__name__}: {name}"] = [value, torch.randint(2**31, (1,)).item()]
    return found


def plain(value: Any) -> Any:
    """The value as JSON holds it; tensors with their dtype."""
    if hasattr(value, "tolist") and hasattr(value, "requires_grad"):
        return [str(value.dtype).removeprefix("torch."), value.tolist()]
    if isinstance(value, (dict, UserDict)):
        return {type(value).__name__: {str(key): plain(each) for key, each in value.items()}}
    if hasattr(value, "_fields"):
        return {type(value).__name__: [plain(each) for each in value]}
    if isinstance(value, (list, tuple, range)):
        return [plain(each) for each in value]
    if isinstance(value, np.generic):
        return value.item()
    return value.decode() if isinstance(value, bytes) else value


def samplers(torch: Any, data: Any) -> dict[str, Callable[[], Any]]:
    ten = range(10)

    def seeded() -> Any:
        return torch.Generator().manual_seed(3)

    def distributed(shuffle: bool, drop_last: bool, count: int = 10, epoch: int = 0) -> Any:
        shares = [
            data.DistributedSampler(range(count), 3, rank, shuffle, 7, drop_last)
            for rank in range(3)
        ]
        for each in shares:
            each.set_epoch(epoch)
        return [(list(each), len(each)) for each in shares]

    def twice(sampler: Any) -> Any:
        return [list(sampler), list(sampler), len(sampler)]

    return {
        "in order": lambda: twice(data.SequentialSampler(ten)),
        "random": lambda: twice(data.RandomSampler(ten)),
        "random, fewer": lambda: twice(data.RandomSampler(ten, num_samples=4)),
        "random, more": lambda: twice(data.RandomSampler(ten, num_samples=25)),
        "random, twice as many": lambda: twice(data.RandomSampler(ten, num_samples=20)),
        "random, seeded": lambda: twice(data.RandomSampler(ten, generator=seeded())),
        "replaced": lambda: twice(data.RandomSampler(ten, True, 70)),
        "replaced, by 32": lambda: twice(data.RandomSampler(ten, True, 64, seeded())),
        "replaced, as many": lambda: twice(data.RandomSampler(ten, True)),
        "subset": lambda: twice(data.SubsetRandomSampler([4, 7, 9, 1])),
        "subset, seeded": lambda: twice(data.SubsetRandomSampler([4, 7, 9, 1], seeded())),
        "weighted": lambda: twice(data.WeightedRandomSampler([1, 5, 0, 2.5], 12)),
        "weighted, once": lambda: twice(
            data.WeightedRandomSampler([1, 5, 0.5, 2.5], 3, False, seeded())),
        "batches": lambda: twice(data.BatchSampler(data.RandomSampler(ten), 4, False)),
        "batches, whole": lambda: twice(data.BatchSampler(range(10), 4, True)),
        "shares": lambda: distributed(False, False),
        "shares, whole": lambda: distributed(False, True),
        "shares, shuffled": lambda: distributed(True, False),
        "shares, epoch 2": lambda: distributed(True, True, epoch=2),
        "shares of two": lambda: distributed(True, False, count=2),
    }


def splits(torch: Any, data: Any) -> dict[str, Callable[[], Any]]:
    def split(*arguments: Any) -> Any:
        return [list(each) for each in data.random_split(range(20, 30), *arguments)]

    return {
        "lengths": lambda: split([3, 5, 2]),
        "seeded": lambda: split([6, 4], torch.Generator().manual_seed(42)),
        "fractions": lambda: split([0.25, 0.25, 0.5]),
        "thirds": lambda: split([1 / 3, 1 / 3, 1 / 3]),
        "none in one": lambda: split([0, 10]),
    }


def loaders(torch: Any, data: Any) -> dict[str, Callable[[], Any]]:
    rows = data.TensorDataset(torch.arange(11), torch.arange(22.0).reshape(11, 2))

    def epochs(count: int = 2, **options: Any) -> Any:
        loader = data.DataLoader(rows, **options)
        return [[list(loader) for _ in range(count)], len(loader)]

    def seeded() -> Any:
        return torch.Generator().manual_seed(3)

    both: dict[str, Callable[[], Any]] = {}
    for n in (0, 2):
        both |= {
            f"{n}, in order": lambda n=n: epochs(batch_size=4, num_workers=n),
            f"{n}, shuffled": lambda n=n: epochs(batch_size=4, shuffle=True, num_workers=n),
            f"{n}, seeded": lambda n=n: epochs(
                batch_size=3, shuffle=True, num_workers=n, generator=seeded(), drop_last=True),
            f"{n}, single": lambda n=n: epochs(1, batch_size=None, shuffle=True, num_workers=n),
            f"{n}, batch sampler": lambda n=n: epochs(
                batch_sampler=[[3, 1], [4], [10, 9, 8]], num_workers=n),
            f"{n}, sampler": lambda n=n: epochs(
                sampler=data.RandomSampler(rows, num_samples=5), num_workers=n),
            f"{n}, collated": lambda n=n: epochs(1, batch_size=5, collate_fn=len, num_workers=n),
        }
    return both | {
        "persistent": lambda: epochs(
            3, batch_size=4, shuffle=True, num_workers=2, persistent_workers=True,
            prefetch_factor=3),
        "many ahead": lambda: epochs(1, num_workers=2, prefetch_factor=9),
    }


def workers(torch: Any, data: Any) -> dict[str, Callable[[], Any]]:
    class Draws(data.Dataset):
        def __len__(self) -> int:
            return 8

        def __getitem__(self, index: int) -> Any:
            info = data.get_worker_info()
            return (torch.rand(2), random.random(), np.random.rand(),  # noqa: NPY002
                    -1 if info is None else info.id, torch.initial_seed())

    class Shards(data.IterableDataset):
        def __init__(self, *ends: int):
            self.ends = ends

        def __iter__(self) -> Any:
            info = data.get_worker_info()
            mine = range(len(self.ends))
            if info is not None:
                mine = mine[info.id :: info.num_workers]
            for k in mine:
                yield from range(100 * k, 100 * k + self.ends[k])

    def batches(dataset: Any, **options: Any) -> Any:
        loader = data.DataLoader(dataset, **options)
        return list(loader), list(loader)

    def seeds_of_all(worker: int) -> None:
        random.seed(worker)
        np.random.seed(worker)  # noqa: NPY002

    return {
        "draws": lambda: batches(Draws(), batch_size=2, num_workers=2)[0],
        "draws, three": lambda: batches(Draws(), batch_size=None, num_workers=3)[1],
        "init": lambda: batches(Draws(), num_workers=2, worker_init_fn=seeds_of_all)[0],
        "info outside": lambda: data.get_worker_info(),
        "shards here": lambda: batches(Shards(3, 2), batch_size=2),
        "shards": lambda: batches(Shards(5, 4), batch_size=2, num_workers=2),
        "shards, whole": lambda: batches(Shards(5, 4), batch_size=2, drop_last=True, num_workers=2),
        "shards, single": lambda: batches(Shards(2, 3), batch_size=None, num_workers=2),
        "unequal shards": lambda: batches(Shards(9, 1, 5), batch_size=2, num_workers=3),
        "an empty shard": lambda: batches(Shards(0, 5), num_workers=2, persistent_workers=True),
        "one for two": lambda: batches(Shards(7), batch_size=3, num_workers=2),
    }


def combinations(torch: Any, data: Any) -> dict[str, Callable[[], Any]]:
    class Stream(data.IterableDataset):
        def __iter__(self) -> Any:
            return iter("abc")

        def __len__(self) -> int:
            return 3

    rows = data.TensorDataset(torch.arange(4), torch.arange(8).reshape(4, 2))
    more = data.TensorDataset(torch.arange(10, 13), torch.zeros(3, 2, dtype=torch.int64))
    both = rows + more
    return {
        "rows": lambda: [rows[1], rows[1:3], rows[-1], len(rows)],
        "one after another": lambda: [both[0], both[4], both[-1], len(both), both.cumulative_sizes],
        "three": lambda: data.ConcatDataset([rows, more, rows])[8],
        "chained": lambda: [list(Stream() + Stream()), len(Stream() + Stream())],
        "stacked": lambda: [data.StackDataset(rows, "wxyz")[2],
                            data.StackDataset(rows, "wxyz").__getitems__([0, 3])],
        "stacked by name": lambda: data.StackDataset(row=rows, name="wxyz")[2],
        "subset": lambda: [data.Subset(rows, [3, 0])[0], data.Subset(rows, [3, 0, 1])[[1, 2]],
                           data.Subset(rows, [3, 0]).__getitems__([1, 1])],
        "loaded": lambda: list(data.DataLoader(
            data.Subset(data.StackDataset(row=rows, name="wxyz"), [3, 0, 1]), batch_size=2)),
    }


def collating(torch: Any, data: Any) -> dict[str, Callable[[], Any]]:
    class Names(list):
        pass

    samples: dict[str, Any] = {
        "ints": [1, 2], "floats": [1.5, 2], "an int first": [1, 2.5], "bools": [True, False],
        "text": ["a", "b"], "bytes": [b"a", b"b"], "numpy numbers": [np.float32(1), np.float32(2)],
        "numpy bool": [np.bool_(True)], "arrays": [np.arange(2), np.arange(2)],
        "an array of one": [np.array(1.5)], "uint16": [np.array([1], np.uint16)],
        "tensors": [torch.zeros(2), torch.ones(2)], "tuples": [(1, 2.0), (3, 4.0)],
        "lists": [[1, 2], [3, 4]], "named": [Point(1, 2), Point(3, 4)],
        "dicts": [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}],
        "ordered": [OrderedDict(a=1), OrderedDict(a=2)], "of users": [UserDict(a=1), UserDict(a=2)],
        "ranges": [range(2), range(2)], "empty": [(), ()], "a list of a user's": [Names([1, 2])],
        "nested": [{"a": (1, [2.0, "x"])}, {"a": (3, [4.0, "y"])}],
        "None": [None], "an object": [object()], "sets": [{1}], "complex": [1j], "no samples": [],
        "strings of numpy": [np.array(["a"])], "objects of numpy": [np.array([None])],
        "unequal lists": [[1, 2], [3]], "unequal tensors": [torch.zeros(2), torch.zeros(3)],
        "other keys": [{"a": 1}, {"b": 1}],
    }
    numbers = {
        "arrays": (np.arange(2), np.float32(1), {"x": np.int64(3)}, Point(np.ones(2), "a")),
        "others": ["a", b"b", 1, None, np.array(["a"]).tolist(), UserDict(a=np.arange(2))],
    }
    collated = {
        name: lambda each=each: data.default_collate(each) for name, each in samples.items()}
    return collated | {
        "convert: " + name: lambda each=each: data.default_convert(each)
        for name, each in numbers.items()}


def refusals(torch: Any, data: Any) -> dict[str, Callable[[], Any]]:
    class Stream(data.IterableDataset):
        def __iter__(self) -> Any:
            return iter(range(3))

    rows = data.TensorDataset(torch.arange(4))

    def made(dataset: Any = rows, **options: Any) -> str:
        data.DataLoader(dataset, **options)
        return "made"

    def set_to(name: str, value: Any) -> str:
        setattr(data.DataLoader(rows), name, value)
        return "set"

    options: dict[str, dict[str, Any]] = {
        "negative workers": {"num_workers": -1}, "negative timeout": {"timeout": -1},
        "ahead of nobody": {"prefetch_factor": 2}, "nobody persists": {"persistent_workers": True},
        "negative ahead": {"num_workers": 1, "prefetch_factor": -1},
        "two orders": {"shuffle": True, "sampler": [1]},
        "batches and sizes": {"batch_sampler": [[1]], "batch_size": 2},
        "batches shuffled": {"batch_sampler": [[1]], "shuffle": True},
        "batches dropped": {"batch_sampler": [[1]], "drop_last": True},
        "no batches, dropped": {"batch_size": None, "drop_last": True},
        "size 0": {"batch_size": 0}, "size 2.5": {"batch_size": 2.5},
        "size True": {"batch_size": True},
        "drop_last 3": {"drop_last": 3}, "context of nobody": {"multiprocessing_context": "fork"},
        "no such context": {"multiprocessing_context": "forkk", "num_workers": 1},
        "no context": {"multiprocessing_context": 3, "num_workers": 1},
        "workers a": {"num_workers": "a"}, "pinned": {"pin_memory": True},
        "stream shuffled": {"dataset": Stream(), "shuffle": True},
        "stream not shuffled": {"dataset": Stream(), "shuffle": False},
        "stream sampled": {"dataset": Stream(), "sampler": [1]},
        "stream batched": {"dataset": Stream(), "batch_sampler": [[1]]},
        "nothing shuffled": {"dataset": [], "shuffle": True},
    }
    loaders = {name: lambda given=given: made(**given) for name, given in options.items()}
    fixed = {
        f"{name} set": lambda name=name: set_to(name, None)
        for name in ("batch_size", "batch_sampler", "sampler", "drop_last", "dataset",
                     "persistent_workers", "num_workers", "collate_fn")}
    return loaders | fixed | {
        "abstract stream": lambda: data.IterableDataset(),
        "no getitem": lambda: data.Dataset()[0],
        "no length": lambda: len(data.DataLoader(Stream())),
        "no iter": lambda: iter(data.Sampler()),
        "replacement 1": lambda: data.RandomSampler(rows, replacement=1),
        "0 samples": lambda: data.RandomSampler(rows, num_samples=0),
        "2.5 samples": lambda: data.RandomSampler(rows, num_samples=2.5),
        "of nothing": lambda: list(data.RandomSampler([], num_samples=3)),
        "weighted, 0 samples": lambda: data.WeightedRandomSampler([1, 2], 0),
        "weighted, True samples": lambda: data.WeightedRandomSampler([1, 2], True),
        "weighted, replacement 1": lambda: data.WeightedRandomSampler([1, 2], 1, 1),
        "weights of rows": lambda: data.WeightedRandomSampler([[1, 2]], 1),
        "weighted, too many": lambda: list(data.WeightedRandomSampler([1, 2], 5, False)),
        "batches of 0": lambda: data.BatchSampler(range(3), 0, False),
        "batches, drop 0": lambda: data.BatchSampler(range(3), 1, 0),
        "unequal tensors": lambda: data.TensorDataset(torch.zeros(2), torch.zeros(3)),
        "concat nothing": lambda: data.ConcatDataset([]),
        "concat a stream": lambda: data.ConcatDataset([Stream()]),
        "beyond": lambda: (rows + rows)[8], "before": lambda: (rows + rows)[-9],
        "chain rows": lambda: list(data.ChainDataset([rows])),
        "stack both": lambda: data.StackDataset(rows, a=rows),
        "stack nothing": lambda: data.StackDataset(),
        "stack unequal": lambda: data.StackDataset(rows, [1]),
        "split sum": lambda: data.random_split(rows, [3, 3]),
        "split fractions": lambda: data.random_split(rows, [0.5, 0.6]),
        "split less": lambda: data.random_split(rows, [0.3, 0.3]),
        "split negative": lambda: data.random_split(rows, [1.5, -0.5]),
        "no ranks": lambda: data.DistributedSampler(rows),
        "rank beyond": lambda: data.DistributedSampler(rows, 2, 2),
        "rank before": lambda: data.DistributedSampler(rows, 2, -1),
    }
