"""Who is compared, and what compilers are for, written for each: formulas that can be fused.

`torch.compile` and `jax.jit` compile a function when it is called with a shape for the first time.
Rushlight compiles what waits when a value is wanted; its program is PyTorch's as it stands.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from bench.measure import Call, in_hand

PEERS = ("rushlight", "PyTorch", "torch.compile", "jax.jit")


class Formula(NamedTuple):
    """A function of one array of rows: as PyTorch programs write it, and as JAX ones do."""

    torch: Callable[[Any, Any], Any]
    jax: Callable[[Any, Any], Any]
    gradient: bool = False


def chain(torch: Any, x: Any) -> Any:
    """Seven operations that one loop can do."""
    return (x * 2 + 1).sigmoid() * x - x.exp()


def chain_jax(jax: Any, x: Any) -> Any:
    return jax.nn.sigmoid(x * 2 + 1) * x - jax.numpy.exp(x)


def norm(torch: Any, x: Any) -> Any:
    """Layer normalisation of rows, from its operations."""
    mean = x.mean(-1, keepdim=True)
    return (x - mean) / (x.var(-1, keepdim=True, unbiased=False) + 1e-5).sqrt()


def norm_jax(jax: Any, x: Any) -> Any:
    return (x - x.mean(-1, keepdims=True)) / jax.numpy.sqrt(x.var(-1, keepdims=True) + 1e-5)


FORMULAS = {
    "chain": Formula(chain, chain_jax),
    "chain, sum": Formula(
        lambda torch, x: chain(torch, x).sum(), lambda jax, x: chain_jax(jax, x).sum()),
    "chain, sum, gradient": Formula(
        lambda torch, x: chain(torch, x).sum(), lambda jax, x: chain_jax(jax, x).sum(), True),
    "softmax": Formula(
        lambda torch, x: torch.softmax(x, -1), lambda jax, x: jax.nn.softmax(x, -1)),
    "layer norm": Formula(norm, norm_jax),
    "layer norm, gradient": Formula(
        lambda torch, x: (norm(torch, x) * x).sum(),
        lambda jax, x: (norm_jax(jax, x) * x).sum(), True),
}


def missing(peer: str) -> str | None:
    """Why this peer can't be measured here; None if it can."""
    if peer == "jax.jit" and importlib.util.find_spec("jax") is None:
        return "no JAX"
    if peer == "torch.compile" and shutil.which(os.environ.get("CXX", "g++")) is None:
        return "no C++ compiler"
    return None


def prepare(peer: str) -> Any:
    """Import the peer and have it use every core; its module."""
    if peer == "jax.jit":
        os.environ.setdefault("JAX_PLATFORMS", "cpu")
        return importlib.import_module("jax")
    module = importlib.import_module("rushlight" if peer == "rushlight" else "torch")
    module.set_num_threads(len(os.sched_getaffinity(0)))
    return module


def call_of(peer: str, name: str, size: int) -> Call:
    """The formula as this peer's users call it, over `size` float32 numbers; ends with a value."""
    formula, module = FORMULAS[name], prepare(peer)
    values = np.random.default_rng(0).random((size // 256, 256), np.float32)
    if peer == "jax.jit":
        function = formula.jax if not formula.gradient else (
            lambda jax, x: jax.grad(lambda x: formula.jax(jax, x))(x))
        compiled, array = module.jit(lambda x: function(module, x)), module.numpy.asarray(values)
        return lambda: compiled(array).block_until_ready()

    def plain(x: Any) -> Any:
        return formula.torch(module, x)

    run = module.compile(plain, dynamic=False) if peer == "torch.compile" else plain
    x = module.tensor(values, requires_grad=formula.gradient)

    def result() -> Any:
        if not formula.gradient:
            return run(x)
        run(x).backward()
        gradient, x.grad = x.grad, None
        return gradient

    return lambda: in_hand(result())

