"""Rushlight: PyTorch's tensors and automatic differentiation, in Python a person can read.

    import rushlight as torch

The face: every name a user types after `torch.`. Nothing is computed here. Reading order:
`tensor/tensor.py` (what a tensor is), `ops/op.py` (what an op is), `ops/elementwise.py` (the
commonest kind), `autograd/node.py` and `autograd/engine.py` (how gradients flow back).
"""

from __future__ import annotations

import gc
import importlib
from typing import Any

# The families attach their rows to `Tensor` and to `FACE`; `copies` is made of the others,
# `warm_up` counts their calls.
FAMILIES = (
    "arithmetic", "elementary", "compare", "rounding", "complex_parts",
    "reduce", "moments", "norms", "extremes", "scan", "softmax", "sort", "select", "search",
    "distinct",
    "views", "permute", "parts", "strided", "reinterpret", "layout", "shape", "join",
    "getitem", "gather", "index", "masked", "assign", "window", "matmul", "addmm", "einsum",
    "create", "like", "ranges", "random", "sample", "construct", "convert", "interop", "copies",
    "warm_up",
)
# Nothing that an import makes is garbage: looking for some takes a seventh of its time. Freezing
# and thawing counts all of it as old without walking it.
_collects, _thawed = gc.isenabled(), not gc.get_freeze_count()
gc.disable()
try:
    importlib.import_module("rushlight.engine.silence").install()  # before NumPy computes for us
    for _family in FAMILIES:
        importlib.import_module(f"rushlight.ops.{_family}")
finally:
    if _thawed:
        gc.freeze()
        gc.unfreeze()
    if _collects:
        gc.enable()

from rushlight import autograd, random, settings  # noqa: E402
from rushlight.autograd.modes import (  # noqa: E402
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from rushlight.ops import later  # noqa: E402
from rushlight.ops.op import FACE  # noqa: E402
from rushlight.random import (  # noqa: E402
    default_generator,
    fork_rng,
    get_rng_state,
    initial_seed,
    manual_seed,
    seed,
    set_rng_state,
)
from rushlight.tensor import dtypes, memory  # noqa: E402
from rushlight.tensor.device import (  # noqa: E402
    device,
    get_default_device,
    set_default_device,
)
from rushlight.tensor.dtypes import (  # noqa: E402
    dtype,
    finfo,
    get_default_dtype,
    iinfo,
    set_default_dtype,
)
from rushlight.tensor.generator import Generator  # noqa: E402
from rushlight.tensor.memory import layout, memory_format  # noqa: E402
from rushlight.tensor.promotion import can_cast, promote_types  # noqa: E402
from rushlight.tensor.size import Size  # noqa: E402
from rushlight.tensor.tensor import Tensor  # noqa: E402

__version__ = "2.13.0+rushlight.0.1.0"  # the PyTorch whose names and numbers these are, then ours

globals().update({name: each for name, each in FACE.items() if "." not in name})
globals().update(dtypes.public_names() | memory.NAMES | settings.NAMES)

_ROOMS = frozenset({
    "accelerator", "amp", "backends", "compiler", "cpu", "cuda", "distributions", "fft", "func",
    "hub", "jit", "linalg", "masked", "multiprocessing", "nn", "optim", "overrides",
    "return_types", "serialization", "signal", "special", "testing", "utils", "version",
})
# Names of the face that lie in a room, which is opened when the first is asked for.
_IN_ROOMS = {
    "set_printoptions": "tensor.printing", "get_printoptions": "tensor.printing",
    "vmap": "func",
    "save": "serialization", "load": "serialization", "compile": "compiler",
    "autocast": "amp", "GradScaler": "amp",
    "clear_autocast_cache": "amp.autocast_mode",
    "autocast_increment_nesting": "amp.autocast_mode",
    "autocast_decrement_nesting": "amp.autocast_mode",
}


def __getattr__(name: str) -> Any:
    """Rooms and families that are opened on first use, and printing's options."""
    if name in _ROOMS:
        return importlib.import_module(f"rushlight.{name}")
    room = "amp.autocast_mode" if "_autocast_" in name else _IN_ROOMS.get(name)
    if room is not None:
        return getattr(importlib.import_module(f"rushlight.{room}"), name)
    if not name.startswith("__"):
        for families in (later.MODELS, later.RARE):
            later.load(families)
            if name in FACE:
                return FACE[name]
    raise AttributeError(
        f"rushlight has no {name!r}: if PyTorch has it, it is not here yet")
