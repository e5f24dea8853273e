"""What models of sequences wait for: attention, recurrent layers, embeddings, norms, losses.

Each workload takes the module (PyTorch's or ours) and a size, and returns the call to be timed, as
in `large.py`. What the size is, each group says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Make = Callable[[Any, int], Callable[[], Any]]
Shape = tuple[int, ...]


def _values(torch: Any, shape: Shape, seed: int = 0, dtype: str = "float32") -> Any:
    made = np.random.default_rng(seed).standard_normal(shape)
    return torch.tensor(made).to(getattr(torch, dtype))


def _indices(torch: Any, shape: Shape, most: int) -> Any:
    return torch.tensor(np.random.default_rng(0).integers(0, most, shape))


def _backward(made: Any, leaves: Any) -> Any:
    """The gradients of a sum, from ones as large as what was made."""
    for each in leaves:
        each.grad = None
    made.sum().backward()
    return leaves[0].grad


# --- attention

_GPT: Callable[[int], Shape] = lambda n: (n, 4, 64, 32)  # noqa: E731
_LONG: Callable[[int], Shape] = lambda n: (2, 8, n, 64)  # noqa: E731


def _attention(
    name: str, queries: Callable[[int], Shape], keys: Callable[[int], Shape] | None = None,
    backward: bool = False, masked: bool = False, dtype: str = "float32", **settings: Any,
) -> tuple[str, Make]:
    def make(torch: Any, n: int) -> Callable[[], Any]:
        shapes = [queries(n)] + [(keys or queries)(n)] * 2
        given = [_values(torch, each, seed, dtype) for seed, each in enumerate(shapes)]
        given = [each.requires_grad_(backward) for each in given]
        attend = torch.nn.functional.scaled_dot_product_attention
        told = dict(settings)
        if masked:
            size = (shapes[0][0], 1, shapes[0][-2], shapes[1][-2])
            told["attn_mask"] = _values(torch, size, 9) > -1
        if backward:
            return lambda: _backward(attend(*given, **told), given)
        return lambda: attend(*given, **told)

    return name, make


# --- recurrent layers


def _layer(name: str, kind: str, sizes: Shape, backward: bool, layers: int = 1) -> tuple[str, Make]:
    """A layer of (steps, features, hidden), by the size of the batch."""
    steps, features, hidden = sizes

    def make(torch: Any, n: int) -> Callable[[], Any]:
        torch.manual_seed(0)
        layer = getattr(torch.nn, kind)(features, hidden, layers)
        x = _values(torch, (steps, n, features))
        if backward:
            leaves = list(layer.parameters())
            return lambda: _backward(layer(x)[0], leaves)

        def forward() -> Any:
            with torch.no_grad():
                return layer(x)[0]

        return forward

    return name, make


# --- embeddings, norms, losses


def _embedding(backward: bool) -> Make:
    def make(torch: Any, n: int) -> Callable[[], Any]:
        weight = _values(torch, (n, 128)).requires_grad_(backward)
        at = _indices(torch, (32, 64), n)
        look_up = torch.nn.functional.embedding
        if backward:
            return lambda: _backward(look_up(at, weight), [weight])
        return lambda: look_up(at, weight)

    return make


def _norm(width: int, backward: bool) -> Make:
    def make(torch: Any, n: int) -> Callable[[], Any]:
        x = _values(torch, (n, width)).requires_grad_(backward)
        leaves = [x, *[_values(torch, (width,), k).requires_grad_(backward) for k in (1, 2)]]
        norm = torch.nn.functional.layer_norm
        if backward:
            return lambda: _backward(norm(x, (width,), *leaves[1:]), leaves)
        return lambda: norm(x, (width,), *leaves[1:])

    return make


def _loss(backward: bool) -> Make:
    def make(torch: Any, n: int) -> Callable[[], Any]:
        x, at = _values(torch, (512, n)).requires_grad_(backward), _indices(torch, (512,), n)
        loss = torch.nn.functional.cross_entropy
        if backward:
            return lambda: _backward(loss(x, at), [x])
        return lambda: loss(x, at)

    return make


_ONE: Callable[[int], Shape] = lambda n: (1, 8, 1, 64)  # noqa: E731
_CACHE: Callable[[int], Shape] = lambda n: (1, 8, n, 64)  # noqa: E731
_CHARACTERS = (50, 64, 128)
_WIDE = (35, 256, 512)

SIZES = {
    "attention, 4 heads of 64 x 32, by batch": (1, 8, 32),
    "attention, 2 x 8 heads of 64 wide, by length": (16, 128, 512, 2048),
    "attention of one token, 8 heads, by keys": (16, 256, 4096),
    "recurrent layers, by batch": (1, 32),
    "embedding of 32 x 64 tokens, by vocabulary": (65, 32000),
    "layer norm, by rows": (16, 512, 4096),
    "cross entropy of 512 rows, by vocabulary": (65, 1000, 32000),
}
GROUPS: dict[str, dict[str, Make]] = {
    "attention, 4 heads of 64 x 32, by batch": dict([
        _attention("forward", _GPT),
        _attention("forward, causal", _GPT, is_causal=True),
        _attention("forward, backward", _GPT, backward=True),
        _attention("forward, backward, causal", _GPT, backward=True, is_causal=True),
    ]),
    "attention, 2 x 8 heads of 64 wide, by length": dict([
        _attention("forward", _LONG),
        _attention("forward, causal", _LONG, is_causal=True),
        _attention("forward, masked", _LONG, masked=True),
        _attention("forward, float64", _LONG, dtype="float64"),
        _attention("forward, 2 heads of keys", _LONG, lambda n: (2, 2, n, 64), enable_gqa=True),
        _attention("forward, backward", _LONG, backward=True),
        _attention("forward, backward, causal", _LONG, backward=True, is_causal=True),
    ]),
    "attention of one token, 8 heads, by keys": dict([
        _attention("forward", _ONE, _CACHE),
        _attention("forward, 2 heads of keys", _ONE, lambda n: (1, 2, n, 64), enable_gqa=True),
    ]),
    "recurrent layers, by batch": dict([
        _layer("LSTM", "LSTM", _CHARACTERS, False),
        _layer("LSTM, backward", "LSTM", _CHARACTERS, True),
        _layer("LSTM, 2 layers, backward", "LSTM", _CHARACTERS, True, 2),
        _layer("GRU", "GRU", _CHARACTERS, False),
        _layer("GRU, backward", "GRU", _CHARACTERS, True),
        _layer("RNN", "RNN", _CHARACTERS, False),
        _layer("RNN, backward", "RNN", _CHARACTERS, True),
        _layer("LSTM, 512 wide", "LSTM", _WIDE, False),
        _layer("LSTM, 512 wide, backward", "LSTM", _WIDE, True),
    ]),
    "embedding of 32 x 64 tokens, by vocabulary": {
        "embedding": _embedding(False), "embedding, backward": _embedding(True)},
    "layer norm, by rows": {
        "128 wide": _norm(128, False), "128 wide, backward": _norm(128, True),
        "1024 wide": _norm(1024, False), "1024 wide, backward": _norm(1024, True)},
    "cross entropy of 512 rows, by vocabulary": {
        "cross entropy": _loss(False), "cross entropy, backward": _loss(True)},
}
