"""Workloads on large tensors, where memory and arithmetic are the cost.

Each takes the module (PyTorch's or ours) and one of the SIZES, a number of elements, and returns
the call to be timed. Whoever times it reads a value of its result, so that nothing is left to wait.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from bench.peers import chain, norm

Make = Callable[[Any, int], Callable[[], Any]]


def _values(torch: Any, count: int, seed: int = 0, dtype: Any = np.float32) -> Any:
    random = np.random.default_rng(seed)
    return torch.tensor(random.random(count).astype(dtype))


def _pointwise(name: str, function: Callable[..., Any], dtype: str = "float32") -> tuple[str, Make]:
    def make(torch: Any, count: int) -> Callable[[], Any]:
        x, y = (_values(torch, count, seed) for seed in (0, 1))
        if dtype == "int64":
            x, y = (x * 100).to(torch.int64), (y * 100).to(torch.int64) + 1
        elif dtype == "bool":
            x, y = x > 0.5, y > 0.5
        else:
            x, y = x.to(getattr(torch, dtype)), y.to(getattr(torch, dtype))
        return lambda: function(torch, x, y)

    return name, make


def _rows(name: str, function: Callable[..., Any], backward: bool = False) -> tuple[str, Make]:
    def make(torch: Any, count: int) -> Callable[[], Any]:
        x = _values(torch, count).reshape(-1, 256)
        if not backward:
            return lambda: function(torch, x)
        x.requires_grad_()

        def work() -> Any:
            x.grad = None
            function(torch, x).backward()
            return x.grad

        return work

    return name, make


def _transposed(torch: Any, x: Any, y: Any) -> Any:
    side = 1 << (x.numel().bit_length() // 2)
    square = x[: side * (x.numel() // side)].reshape(side, -1)
    return square.t() * 2 + 1


GROUPS: dict[str, dict[str, Make]] = {
    "pointwise": dict([
        _pointwise("add", lambda t, x, y: x + y),
        _pointwise("add float64", lambda t, x, y: x + y, "float64"),
        _pointwise("add int64", lambda t, x, y: x + y, "int64"),
        _pointwise("add bfloat16", lambda t, x, y: x + y, "bfloat16"),
        _pointwise("and bool", lambda t, x, y: x & y, "bool"),
        _pointwise("mul number", lambda t, x, y: x * 2.5),
        _pointwise("div", lambda t, x, y: x / (y + 1)),
        _pointwise("exp", lambda t, x, y: x.exp()),
        _pointwise("exp float64", lambda t, x, y: x.exp(), "float64"),
        _pointwise("log", lambda t, x, y: (x + 1).log()),
        _pointwise("tanh", lambda t, x, y: x.tanh()),
        _pointwise("sin", lambda t, x, y: x.sin()),
        _pointwise("sigmoid", lambda t, x, y: x.sigmoid()),
        _pointwise("pow", lambda t, x, y: (x + 1) ** 2.7),
        _pointwise("where", lambda t, x, y: t.where(x > y, x, y)),
        _pointwise("clamp", lambda t, x, y: x.clamp(0.2, 0.8)),
        _pointwise("compare", lambda t, x, y: x > y),
        _pointwise("cast", lambda t, x, y: x.double()),
        _pointwise("transposed", _transposed),
        _rows("bias", lambda t, x: x + x[0]),
        _pointwise("chain", lambda t, x, y: chain(t, x)),
    ]),
    "reductions and rows": dict([
        _pointwise("sum", lambda t, x, y: x.sum()),
        _pointwise("mean", lambda t, x, y: x.mean()),
        _pointwise("max", lambda t, x, y: x.amax()),
        _pointwise("std", lambda t, x, y: x.std()),
        _pointwise("any", lambda t, x, y: (x > 2).any()),
        _rows("sum of rows", lambda t, x: x.sum(1)),
        _rows("sum of columns", lambda t, x: x.sum(0)),
        _rows("softmax", lambda t, x: t.softmax(x, -1)),
        _rows("log_softmax", lambda t, x: t.log_softmax(x, -1)),
        _rows("layer norm", norm),
        _pointwise("chain, sum", lambda t, x, y: chain(t, x).sum()),
        _rows("chain, backward", lambda t, x: chain(t, x).sum(), True),
        _rows("softmax, backward", lambda t, x: (t.softmax(x, -1) ** 2).sum(), True),
        _rows("layer norm, backward", lambda t, x: (norm(t, x) * x).sum(), True),
        _rows("squared error, backward", lambda t, x: ((x - 0.5) ** 2).mean(), True),
    ]),
}
SIZES = dict.fromkeys(GROUPS, (65_536, 1_048_576, 4_194_304))
