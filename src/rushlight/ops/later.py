"""The families that models are made of: loaded when the first of their names is asked for.

`import rushlight` does not pay for them. `torch.nn.functional` loads them, and so does a name of
theirs on the face, such as `torch.conv2d`.
"""

from __future__ import annotations

import importlib

FAMILIES: tuple[str, ...] = (
    "linear", "activations", "losses", "cross_entropy", "convolution", "resampling", "padding",
    "average_pooling", "max_pooling", "rearranging", "grids", "normalization",
    "batch_normalization", "norm_statistics",
)


def load() -> None:
    """Have the rows of every such family in place."""
    for family in FAMILIES:
        importlib.import_module(f"rushlight.ops.{family}")
