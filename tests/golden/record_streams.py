"""Record PyTorch's random numbers for `test_streams.py`. Needs PyTorch, which the test does not.

    python tests/golden/record_streams.py

The record is a list of walks. A walk seeds one generator and makes calls in a row; each call is the
kernel's name and arguments, what it gave, and the generator's state afterwards. Few numbers are
written in full, many as a digest.
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any

import torch
from torch import Generator, Tensor

FILE = Path(__file__).parent / "streams.json"
SIZES = (0, 1, 2, 15, 16, 17, 31, 32, 33, 100, 1000)
IN_FULL = 3
NORMAL_AT, NORMAL_END = 5024, 5032  # where a state holds the kept normal number

FLOATS = ("float32", "float64", "float16", "bfloat16")
COMPLEX = ("complex64", "complex128")
INTEGERS = ("int64", "int32", "int16", "int8", "uint8")
UNSIGNED = ("uint16", "uint32", "uint64")
LIBRARY = {"normal", "log_normal", "exponential", "cauchy", "normal_around"}

Call = dict[str, Any]


def in_place(method: str) -> Callable[..., Tensor]:
    def call(g: Generator, shape: list[int], dtype: str, **arguments: Any) -> Tensor:
        return getattr(torch.empty(shape, dtype=getattr(torch, dtype)), method)(
            *arguments.values(), generator=g
        )

    return call


def normal(
    g: Generator, shape: list[int], dtype: str, mean: float, std: float, contiguous: bool = True
) -> Tensor:
    apart = torch.empty((*shape, 2), dtype=getattr(torch, dtype))[..., 0]
    target = apart.contiguous() if contiguous else apart
    return target.normal_(mean, std, generator=g)


def normal_around(g: Generator, mean: Any, std: Any, dtype: str) -> Tensor:
    return torch.normal(mean, std, generator=g)


def dropout_noise(g: Generator, shape: list[int], dtype: str, p: float) -> Tensor:
    torch.set_rng_state(g.get_state())
    noise = torch.nn.functional.dropout(torch.ones(shape, dtype=getattr(torch, dtype)), p)
    g.set_state(torch.get_rng_state())
    return noise


KERNELS: dict[str, Callable[..., Tensor]] = {
    "uniform": in_place("uniform_"),
    "normal": normal,
    "normal_around": normal_around,
    "log_normal": in_place("log_normal_"),
    "exponential": in_place("exponential_"),
    "geometric": in_place("geometric_"),
    "cauchy": in_place("cauchy_"),
    "bernoulli": in_place("bernoulli_"),
    "dropout_noise": dropout_noise,
    "integers": in_place("random_"),
    "any_integers": in_place("random_"),
    "permutation": lambda g, n, dtype: torch.randperm(n, dtype=getattr(torch, dtype), generator=g),
    "multinomial": lambda g, weights, count, replacement: torch.multinomial(
        weights, count, replacement, generator=g
    ),
    "poisson": lambda g, rates: torch.poisson(rates, generator=g),
}


# ---- calls


def array(values: list[Any], dtype: str) -> dict[str, Any]:
    """An array argument, its numbers rounded to the dtype."""
    return {"values": torch.tensor(values, dtype=getattr(torch, dtype)).tolist(), "dtype": dtype}


def multinomial(weights: Any, count: int, replacement: bool) -> Call:
    """A call of the kernel."""
    return {
        "kernel": "multinomial", "weights": weights, "count": count, "replacement": replacement,
    }  # fmt: skip


def each_size(kernel: str, dtypes: tuple[str, ...], *arguments: Call) -> Iterator[list[Call]]:
    """Walks through all sizes, one for each dtype and arguments."""
    for dtype in dtypes:
        for some in arguments or ({},):
            yield [{"kernel": kernel, "shape": [n], "dtype": dtype, **some} for n in SIZES]


def simple_walks() -> Iterator[list[Call]]:
    reals = (*FLOATS, *INTEGERS)
    yield from each_size("uniform", (*FLOATS, *COMPLEX))
    yield from each_size("uniform", FLOATS, {"low": -0.1, "high": 0.7})
    yield from each_size("normal", (*FLOATS, *COMPLEX), {"mean": 0.0, "std": 1.0})
    yield from each_size("normal", FLOATS, {"mean": 0.3, "std": 1.7})
    yield from each_size("normal", FLOATS, {"mean": 0.0, "std": 1.0, "contiguous": False})
    yield from each_size("log_normal", FLOATS, {"mean": 0.5, "std": 0.25})
    yield from each_size("exponential", FLOATS, {"rate": 0.3})
    yield from each_size("geometric", reals, {"p": 0.3})
    yield from each_size("cauchy", FLOATS, {"median": 0.3, "sigma": 2.5})
    yield from each_size("bernoulli", (*reals, "bool"), {"p": 0.3})
    yield from each_size("dropout_noise", FLOATS, {"p": 0.3})
    yield from each_size("any_integers", (*reals, "bool"))


def integer_walks() -> Iterator[list[Call]]:
    yield from each_size("integers", (*FLOATS, *INTEGERS, *UNSIGNED), {"low": 0, "high": 10})
    yield from each_size("integers", ("int64",), {"low": -(2**40), "high": 2**40})
    yield from each_size("integers", ("int64",), {"low": -(2**63), "high": 2**63 - 1})
    yield from each_size("integers", ("int64", "bfloat16"), {"low": -(2**63), "high": None})
    yield from each_size("integers", ("int32",), {"low": 5, "high": None})
    yield from each_size("integers", ("int64", "float32"), {"low": 0, "high": 2**28})
    yield from each_size("integers", ("int64",), {"low": 0, "high": 2**28 - 1})
    yield from each_size("integers", ("float16",), {"low": -3000, "high": 65504})
    yield from each_size("integers", ("bfloat16",), {"low": -1001, "high": 1001})
    for dtype in ("int64", "int32", "float64"):
        yield [{"kernel": "permutation", "n": n, "dtype": dtype} for n in (*SIZES, 249, 250, 5000)]


def array_walks() -> Iterator[list[Call]]:
    for dtype in FLOATS:
        p = array([0.0, 0.1, 0.3, 0.5, 0.9, 1.0], dtype)
        yield [{"kernel": "bernoulli", "shape": [n, 6], "dtype": "float32", "p": p} for n in (1, 9)]
        rates = array([[0.0, 0.5, 3.0, 9.9], [10.0, 12.5, 100.0, 60000.0]], dtype)
        yield [{"kernel": "poisson", "rates": rates}] * 20
        few, many = array([[0.25, 0.5, 3, 1], [1, 1, 0, 2]], dtype), array(list(range(50)), dtype)
        kinds = ((1, False), (1, True), (2, True), (3, True), (100, True))
        yield [multinomial(weights, *kind) for weights in (few, many) for kind in kinds]
        mean, std = array([0.5, -1, 7], dtype), array([[0.1], [2], [1], [0], [3], [8]], dtype)
        around: Call = {"kernel": "normal_around", "dtype": dtype, "mean": mean, "std": std}
        yield [around, {**around, "std": 1.5}, around]
    for dtype in ("float32", "float64"):  # the 16-bit floats have ties, see multinomial
        weights = array([0.5, 0.25, 4, 1, 2, 0.125], dtype)
        yield [multinomial(weights, n, False) for n in (2, 3, 6)]


def long_walks() -> Iterator[list[Call]]:
    """So many numbers that a wrong last digit of a polynomial's coefficient shows."""
    for dtype, by in (("float32", (0.0, 1.0)), ("float32", (0.3, 1.7)), ("bfloat16", (0.0, 1.0))):
        arguments = {"dtype": dtype, "mean": by[0], "std": by[1]}
        yield [{"kernel": "normal", "shape": [100_001], **arguments}]


def layout_walks() -> Iterator[list[Call]]:
    """Into a target that is no contiguous array: `step` along axis 0 of the transposed `shape`."""
    for axes in ([0, 1, 2], [2, 0, 1], [1, 2, 0], [2, 1, 0]):
        for step in (1, 2):
            into = {"into": [5, 4, 6], "axes": axes, "step": step, "dtype": "float32"}
            yield [
                {"kernel": "uniform", **into},
                {"kernel": "integers", "low": 0, "high": 100, **into},
                {"kernel": "bernoulli", "p": 0.5, **into},
                {"kernel": "exponential", "rate": 1.0, **into},
            ]


def mixed_walks() -> Iterator[list[Call]]:
    """Calls of all kinds after one another, at random, some of many numbers."""
    chance = random.Random(0)
    calls = [call for walk in (*simple_walks(), *integer_walks()) for call in walk]
    for _ in range(3):
        walk = [dict(chance.choice(calls)) for _ in range(60)]
        for call in walk[::12]:
            if "shape" in call and call["kernel"] not in LIBRARY:
                call["shape"] = [chance.randrange(20_000)]
        yield walk


# ---- recording


def decoded(argument: Any) -> Any:
    if isinstance(argument, dict):
        return torch.tensor(argument["values"], dtype=getattr(torch, argument["dtype"]))
    return argument


def called(g: Generator, call: Call) -> Tensor:
    arguments = {name: decoded(each) for name, each in call.items() if name != "kernel"}
    if "into" not in call:
        return KERNELS[call["kernel"]](g, **arguments)
    shape, axes, step, dtype = (arguments.pop(each) for each in ("into", "axes", "step", "dtype"))
    target = torch.zeros(shape, dtype=getattr(torch, dtype))
    view = target.permute(axes)[::step]
    method = {"integers": "random_"}.get(call["kernel"], call["kernel"] + "_")
    getattr(view, method)(*arguments.values(), generator=g)
    return target


def bytes_of(tensor: Tensor) -> bytes:
    flat = tensor.clone(memory_format=torch.contiguous_format).reshape(-1)
    return flat.view(torch.uint8).numpy().tobytes() if flat.numel() else b""


def digest(data: bytes) -> str:
    return blake2b(data, digest_size=8).hexdigest()


def outcome(g: Generator, call: Call) -> Call:
    """What the call gave: where the C library's last bit shows, up to 100 numbers in full."""
    result = called(g, call)
    data = bytes_of(result)
    library = call["kernel"] in LIBRARY and result.dtype in (torch.float64, torch.complex128)
    if result.numel() <= (100 if library else IN_FULL):
        given = {"values": base64.b64encode(data).decode()}
    else:
        given = {} if library else {"digest": digest(data)}
    state = g.get_state().numpy().tobytes()
    kept = state[NORMAL_AT:NORMAL_END]
    without = state[:NORMAL_AT] + bytes(8) + state[NORMAL_END:]
    waiting = {"kept": kept.hex()} if any(kept) else {}
    return {**given, **waiting, "state": digest(without)}


def main() -> None:
    calls = [
        *simple_walks(), *integer_walks(), *array_walks(), *long_walks(), *layout_walks(),
        *mixed_walks(),
    ]  # fmt: skip
    seeds = [-1, 2**64 - 1, -(2**63), 2**32 + 7]
    walks = []
    for number, walk in enumerate(calls):
        seed = seeds[number] if number < len(seeds) else number
        g = Generator().manual_seed(seed)
        walks.append({"seed": seed, "calls": [[call, outcome(g, call)] for call in walk]})
    lines = ",\n".join(json.dumps(walk, separators=(",", ":")) for walk in walks)
    FILE.write_text(f"[\n{lines}\n]\n")
    print(f"{len(walks)} walks, {sum(map(len, calls))} calls, {FILE.stat().st_size >> 10} KB")


if __name__ == "__main__":
    main()
