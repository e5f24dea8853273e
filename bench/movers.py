"""Workloads that move elements rather than compute with them: joins, copies, gathers, scatters,
running sums, orders, and the making of random tensors.

Each takes the module (PyTorch's or ours) and a number of elements, and returns the call to be
timed, as in `large.py`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Make = Callable[[Any, int], Callable[[], Any]]
ROW = 256  # elements


class Data:
    """What workloads move: the same numbers for both modules."""

    def __init__(self, torch: Any, count: int):
        random = np.random.default_rng(0)
        self.torch, self.count, self.rows = torch, count, count // ROW
        values = random.random(count).astype(np.float32)
        self.x = torch.tensor(values)
        self.y = torch.tensor(random.random(count).astype(np.float32))
        self.mask = torch.tensor(random.random(count) > 0.5)
        self.places = torch.tensor(random.integers(0, count, count))  # of elements
        self.row_places = torch.tensor(random.integers(0, self.rows, self.rows))
        self.order = torch.tensor(random.permutation(self.rows))  # each row once
        self.columns = torch.tensor(random.integers(0, ROW, ROW))
        self.in_rows = torch.tensor(random.integers(0, ROW, (self.rows, ROW)))
        self.numbers = torch.tensor(random.integers(0, 1000, count))
        self.table, self.source = self.x.reshape(-1, ROW), self.y.reshape(-1, ROW)
        side = 1 << (count.bit_length() // 2)
        self.square = self.x.reshape(side, -1)
        self.target = torch.zeros(count)
        self.double = self.x.double()
        self.distinct = torch.tensor(random.permutation(count))
        self.square_places = torch.tensor(random.integers(0, side, tuple(self.square.shape)))
        self.near_one = self.x * 1e-3 + 1
        self.words = self.target[: 64 * (count // 64)].reshape(-1, 64)  # narrow rows
        self.word_places = torch.tensor(random.integers(0, len(self.words), len(self.words)))
        self.chance = torch.Generator().manual_seed(0)


def _work(name: str, function: Callable[[Any, Data], Any]) -> tuple[str, Make]:
    def make(torch: Any, count: int) -> Callable[[], Any]:
        data = Data(torch, count)
        return lambda: function(torch, data)

    return name, make


GROUPS: dict[str, dict[str, Make]] = {
    "joins and copies": dict([
        _work("cat", lambda t, d: t.cat([d.x, d.y])),
        _work("cat columns", lambda t, d: t.cat([d.table, d.source], 1)),
        _work("cat mixed dtypes", lambda t, d: t.cat([d.x, d.double])),
        _work("stack", lambda t, d: t.stack([d.x, d.y])),
        _work("stack, last dim", lambda t, d: t.stack([d.x, d.y], -1)),
        _work("contiguous", lambda t, d: d.square.t().contiguous()),
        _work("contiguous, every 2nd", lambda t, d: d.x[::2].contiguous()),
        _work("copy_", lambda t, d: d.target.copy_(d.x)),
        _work("copy_ of float64", lambda t, d: d.target.copy_(d.double)),
        _work("copy_ transposed", lambda t, d: d.target.reshape_as(d.square.t()).copy_(
            d.square.t())),
        _work("x[1:] = y", lambda t, d: d.target.__setitem__(slice(1, None), d.x[1:]) or d.target),
        _work("flip", lambda t, d: d.x.flip(0)),
        _work("flip rows", lambda t, d: d.table.flip(0)),
        _work("flip columns", lambda t, d: d.table.flip(1)),
        _work("roll", lambda t, d: d.x.roll(1000)),
        _work("roll columns", lambda t, d: d.table.roll(7, 1)),
        _work("repeat", lambda t, d: d.x.repeat(2)),
        _work("repeat rows", lambda t, d: d.table.repeat(1, 2)),
        _work("tril", lambda t, d: d.square.tril()),
        _work("triu", lambda t, d: d.square.triu(1)),
    ]),
    "gathers": dict([
        _work("gather", lambda t, d: d.x.gather(0, d.places)),
        _work("gather in rows", lambda t, d: d.table.gather(1, d.in_rows)),
        _work("gather in columns", lambda t, d: d.square.gather(0, d.square_places)),
        _work("index_select", lambda t, d: d.x.index_select(0, d.places)),
        _work("index_select rows", lambda t, d: d.table.index_select(0, d.row_places)),
        _work("index_select columns", lambda t, d: d.table.index_select(1, d.columns)),
        _work("x[i]", lambda t, d: d.x[d.places]),
        _work("x[i], rows", lambda t, d: d.table[d.row_places]),
        _work("x[i], rows of 64", lambda t, d: d.words[d.word_places]),
        _work("x[:, i]", lambda t, d: d.table[:, d.columns]),
        _work("x[mask]", lambda t, d: d.x[d.mask]),
        _work("masked_select", lambda t, d: d.x.masked_select(d.mask)),
        _work("nonzero", lambda t, d: d.mask.nonzero()),
        _work("nonzero of 2 dims", lambda t, d: d.mask.reshape(-1, ROW).nonzero()),
    ]),
    "scatters": dict([
        _work("scatter", lambda t, d: d.x.scatter(0, d.distinct, d.y)),
        _work("scatter_add", lambda t, d: d.x.scatter_add(0, d.places, d.y)),
        _work("scatter_add_", lambda t, d: d.target.scatter_add_(0, d.places, d.y)),
        _work("scatter_add in rows", lambda t, d: d.table.scatter_add(1, d.in_rows, d.source)),
        _work("index_add", lambda t, d: d.x.index_add(0, d.places, d.y)),
        _work("index_add rows", lambda t, d: d.table.index_add(0, d.row_places, d.source)),
        _work("index_copy rows", lambda t, d: d.table.index_copy(0, d.order, d.source)),
        _work("x[i] = y, rows", lambda t, d: d.target.reshape(-1, ROW).__setitem__(
            d.order, d.source) or d.target),
        _work("x[mask] = 0", lambda t, d: d.target.__setitem__(d.mask, 0) or d.target),
        _work("masked_fill", lambda t, d: d.x.masked_fill(d.mask, 0)),
    ]),
    "running and sorted": dict([
        _work("cumsum", lambda t, d: d.x.cumsum(0)),
        _work("cumsum in rows", lambda t, d: d.table.cumsum(1)),
        _work("cumsum in columns", lambda t, d: d.table.cumsum(0)),
        _work("cumsum int64", lambda t, d: d.numbers.cumsum(0)),
        _work("cumprod in rows", lambda t, d: (d.table).cumprod(1)),
        _work("prod", lambda t, d: d.near_one.prod()),
        _work("sort", lambda t, d: d.x.sort()[0]),
        _work("sort of columns", lambda t, d: d.table.sort(0)[0]),
        _work("sort int64", lambda t, d: d.numbers.sort()[0]),
        _work("sort rows", lambda t, d: d.table.sort(1)[0]),
        _work("argsort", lambda t, d: d.distinct.float().argsort()),
        _work("topk", lambda t, d: d.x.topk(10)[0]),
        _work("topk in rows", lambda t, d: d.table.topk(10, 1)[0]),
        _work("unique", lambda t, d: d.numbers.unique()),
        _work("unique, inverse", lambda t, d: d.numbers.unique(return_inverse=True)[1]),
        _work("unique floats", lambda t, d: d.x.unique()),
    ]),
    "random": dict([
        _work("rand", lambda t, d: t.rand(d.count, generator=d.chance)),
        _work("rand float64", lambda t, d: t.rand(
            d.count, generator=d.chance, dtype=t.float64)),
        _work("randn", lambda t, d: t.randn(d.count, generator=d.chance)),
        _work("randn float64", lambda t, d: t.randn(
            d.count, generator=d.chance, dtype=t.float64)),
        _work("randint", lambda t, d: t.randint(1000, (d.count,), generator=d.chance)),
        _work("randperm", lambda t, d: t.randperm(d.count, generator=d.chance)),
    ]),
}
SIZES = dict.fromkeys(GROUPS, (65_536, 1_048_576, 4_194_304))
