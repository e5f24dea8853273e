"""The functions over tensors by their last names: `functions.where`, `functions.softplus`.

Everything here is written with them, as a PyTorch program would be; the face itself is above.
"""

from __future__ import annotations

from typing import Any

from rushlight.ops import later
from rushlight.ops.op import FACE

later.load()


def __getattr__(name: str) -> Any:
    for path in ("nn.functional.", "", "linalg.", "special."):
        if path + name in FACE:
            return FACE[path + name]
    raise AttributeError(f"rushlight has no function {name!r}")
