"""Checkpoints of every kind, there and back: PyTorch's read here, ours read by PyTorch.

    .venv-peers/bin/python tests/round_trips.py 200        (needs PyTorch, which tests do not)
"""

from __future__ import annotations

import io
import random
import sys
from collections import OrderedDict
from typing import Any

import numpy as np
import torch

import rushlight

DTYPES = [
    "float32", "float64", "float16", "bfloat16", "complex64", "complex128", "uint8", "int8",
    "int16", "int32", "int64", "bool"]
FORMATS: list[dict[str, Any]] = [{}, {"_use_new_zipfile_serialization": False}, *[
    {"pickle_protocol": protocol} for protocol in (2, 3, 4, 5)]]


def structure(library: Any, chance: random.Random, depth: int = 0) -> Any:
    """Random plain data with tensors, of which some are views of others."""
    kind = chance.randrange(5 if depth < 3 else 3)
    if kind == 0:
        return chance.choice([None, True, 7, -(10**25), 2.5, "text \N{SNOWMAN}", b"\0bytes"])
    if kind < 3:
        return tensors(library, chance)
    many = [structure(library, chance, depth + 1) for _ in range(chance.randrange(4))]
    if kind == 3:
        return chance.choice([list, tuple])(many)
    made = chance.choice([dict, OrderedDict])()
    made.update({chance.choice([f"key {i}", i]): each for i, each in enumerate(many)})
    return made


def tensors(library: Any, chance: random.Random) -> list[Any]:
    """A tensor, and what shares its memory."""
    shape = [chance.randrange(5) for _ in range(chance.randrange(4))]
    name = chance.choice(DTYPES)
    values = np.random.default_rng(chance.randrange(1 << 30)).integers(0, 2, shape)
    tensor = library.tensor(values).to(getattr(library, name))
    if chance.random() < 0.3 and tensor.dtype.is_floating_point:
        tensor = library.nn.Parameter(tensor, chance.random() < 0.5)
    shared = [tensor, tensor.detach().t() if tensor.ndim == 2 else tensor.detach()]
    if tensor.ndim:
        shared.append(tensor.detach()[::2])
        shared.append(tensor.detach()[:1].expand(3, *tensor.shape[1:]) if len(tensor) else tensor)
    return shared


def compare(got: Any, want: Any) -> None:
    """AssertionError unless both hold the same."""
    if hasattr(want, "stride"):
        assert type(got).__name__ == type(want).__name__
        facts = [(tuple(each.shape), each.numel() and each.stride(), str(each.dtype),
                  each.requires_grad) for each in (got, want)]  # without elements: any strides
        assert facts[0] == facts[1], facts
        wide = "complex128" if "complex" in str(want.dtype) else "float64"
        one, other = (each.detach().to(getattr(library, wide)).numpy()
                      for each, library in ((got, library_of(got)), (want, library_of(want))))
        np.testing.assert_array_equal(one, other)
    elif isinstance(want, dict):
        assert type(got) is type(want) and list(got) == list(want)
        for key in want:
            compare(got[key], want[key])
    elif isinstance(want, (list, tuple)):
        assert type(got) is type(want) and len(got) == len(want)
        for one, other in zip(got, want, strict=True):
            compare(one, other)
    else:
        assert got == want and type(got) is type(want)


def library_of(tensor: Any) -> Any:
    """Who made it."""
    return torch if isinstance(tensor, torch.Tensor) else rushlight


def main(count: int) -> None:
    """Both ways for so many files."""
    for seed in range(count):
        how = FORMATS[seed % len(FORMATS)]
        theirs, ours = (
            structure(each, random.Random(seed)) for each in (torch, rushlight))
        file = io.BytesIO()
        torch.save(theirs, file, **how)
        file.seek(0)
        compare(rushlight.load(file), theirs)
        if "_use_new_zipfile_serialization" not in how:
            file = io.BytesIO()
            rushlight.save(ours, file, **how)
            file.seek(0)
            compare(torch.load(file, weights_only=False), ours)
    print(f"{count} files from PyTorch read here; those in the zip format, ours read there")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
