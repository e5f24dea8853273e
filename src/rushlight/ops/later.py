"""The families that models are made of: loaded when the first of their names is asked for.

`import rushlight` does not pay for them. `torch.nn.functional` loads them, and so does a name of
theirs on the face, such as `torch.conv2d`.
"""

from __future__ import annotations

import importlib
from typing import Any

from rushlight.tensor.tensor import Tensor

FAMILIES: tuple[str, ...] = (
    "linear", "activations", "gates", "dropouts", "losses", "classes", "distances", "margins",
    "ctc", "embedding", "attention", "multi_head", "cells", "recurrent", "convolution",
    "resampling", "padding", "average_pooling", "max_pooling", "rearranging", "grids",
    "normalization", "batch_normalization", "norm_statistics",
    "gamma_functions", "inverse_errors", "random_gamma", "cholesky",
    "fourier", "spectrogram", "tapers",
    "lu", "solves", "determinants", "matrix_functions",
    "svd", "eigen", "qr", "matrix_norms", "ldl",
    "normal_distribution", "bessel", "orthogonal_polynomials",
)
# Methods that such rows bring: the first call of one loads them all.
METHODS: tuple[str, ...] = (
    "cholesky", "cholesky_inverse", "cholesky_solve", "det", "digamma", "digamma_",
    "erfinv", "erfinv_",
    "igamma", "igamma_", "igammac", "igammac_", "inverse", "istft", "lgamma", "lgamma_",
    "logdet", "lu", "lu_solve", "matrix_exp", "mvlgamma",
    "geqrf", "i0", "i0_", "logit", "logit_", "orgqr", "ormqr", "pinverse", "qr", "svd",
    "mvlgamma_", "polygamma", "polygamma_", "slogdet", "stft", "triangular_solve",
)


def load() -> None:
    """Have the rows of every such family in place."""
    for family in FAMILIES:
        importlib.import_module(f"rushlight.ops.{family}")


def _stand_in(name: str) -> Any:
    def method(self: Tensor, *args: Any, **kwargs: Any) -> Any:
        load()
        return getattr(self, name)(*args, **kwargs)

    return method


for _name in METHODS:
    setattr(Tensor, _name, _stand_in(_name))
