"""Rushlight: PyTorch's tensors and automatic differentiation, in Python a person can read.

    import rushlight as torch

The face: every name a user types after `torch.`. Nothing is computed here. Reading order:
`tensor/tensor.py` (what a tensor is), `ops/op.py` (what an op is), `ops/elementwise.py` (the
commonest kind), `autograd/node.py` and `autograd/engine.py` (how gradients flow back).
"""

from __future__ import annotations

import importlib
from typing import Any

from rushlight.engine import silence

silence.install()

from rushlight.tensor import dtypes as _dtypes  # noqa: E402
from rushlight.tensor.device import device, get_default_device, set_default_device  # noqa: E402
from rushlight.tensor.dtypes import (  # noqa: E402
    dtype,
    finfo,
    get_default_dtype,
    iinfo,
    set_default_dtype,
)
from rushlight.random import (  # noqa: E402
    default_generator,
    fork_rng,
    get_rng_state,
    initial_seed,
    manual_seed,
    seed,
    set_rng_state,
)
from rushlight.tensor.generator import Generator  # noqa: E402
from rushlight.tensor.promotion import can_cast, promote_types  # noqa: E402
from rushlight.tensor.size import Size  # noqa: E402
from rushlight.tensor.tensor import Tensor  # noqa: E402
import os  # noqa: E402
_FAMILIES = (
    "convert", "construct", "create", "like", "ranges", "pointwise", "arithmetic", "elementary", "compare", "complex_parts", "rounding",
    "reduce", "extremes", "scan", "softmax", "sort", "returns", "views", "strided", "permute", "reinterpret", "parts", "layout", "shape",
    "join", "getitem", "gather", "index", "masked", "assign", "matmul", "addmm", "einsum", "window", "random", "sample", "interop", "copies",
)
_have = {each[:-3] for each in os.listdir(os.path.dirname(__file__) + "/ops")}
for _family in _FAMILIES:
    if _family in _have:
        importlib.import_module(f"rushlight.ops.{_family}")
for _family in sorted(_have - set(_FAMILIES) - {"__init__", "op", "__pycach"}):
    importlib.import_module(f"rushlight.ops.{_family}")
from rushlight import autograd  # noqa: E402
from rushlight.autograd import (  # noqa: E402
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from rushlight import settings as _settings  # noqa: E402
from rushlight.ops.op import FACE as _FACE  # noqa: E402

__version__ = "0.1.0"

globals().update({name: each for name, each in _FACE.items() if "." not in name})
globals().update(_dtypes.public_names())
globals().update(_settings.NAMES)


def __getattr__(name: str) -> Any:
    """Rooms that are opened on first use."""
    if name in _ROOMS:
        return importlib.import_module(f"rushlight.{name}")
    raise AttributeError(f"rushlight has no {name!r}")


_ROOMS = frozenset({
    "accelerator", "backends", "cuda", "linalg", "nn", "random", "special", "testing",
})
