"""The families that models are made of: loaded when the first of their names is asked for.

`import rushlight` does not pay for them. `torch.nn.functional` loads them, and so does a name of
theirs on the face, such as `torch.conv2d`.
"""

from __future__ import annotations

import importlib
from typing import Any

from rushlight.tensor.tensor import Tensor

MODELS: tuple[str, ...] = (
    "linear", "activations", "gates", "dropouts", "losses", "classes", "distances", "margins",
    "ctc", "embedding", "attention", "multi_head", "cells", "recurrent", "convolution",
    "resampling", "padding", "average_pooling", "max_pooling", "rearranging", "grids",
    "normalization", "batch_normalization", "norm_statistics",
)
RARE: tuple[str, ...] = (
    "gamma_functions", "inverse_errors", "normal_distribution", "bessel", "orthogonal_polynomials",
    "random_gamma",
    "cholesky", "lu", "solves", "determinants", "svd", "eigen", "qr", "ldl", "matrix_norms",
    "matrix_functions",
    "fourier", "spectrogram", "tapers",
    "covariances", "histograms", "differences", "segments", "number_parts", "inner_forms",
)
# Methods that such rows bring: the first call of one loads them all.
METHODS: tuple[str, ...] = (
    "cholesky", "cholesky_inverse", "cholesky_solve", "corrcoef", "cov", "det", "digamma",
    "digamma_", "erfinv", "erfinv_", "frexp", "geqrf", "hash_tensor", "histogram", "i0", "i0_",
    "igamma", "igamma_", "igammac", "igammac_", "inverse", "istft", "lgamma", "lgamma_", "logdet",
    "logit", "logit_", "lu", "lu_solve", "matrix_exp", "mvlgamma", "mvlgamma_", "orgqr", "ormqr",
    "pinverse", "polygamma", "polygamma_", "qr", "slogdet", "stft", "svd", "triangular_solve",
)


def load(families: tuple[str, ...] = (*MODELS, *RARE)) -> None:
    """Have the rows of these families in place."""
    for family in families:
        importlib.import_module(f"rushlight.ops.{family}")


def _stand_in(name: str) -> Any:
    def method(self: Tensor, *args: Any, **kwargs: Any) -> Any:
        load()
        return getattr(self, name)(*args, **kwargs)

    return method


for _name in METHODS:
    setattr(Tensor, _name, _stand_in(_name))
