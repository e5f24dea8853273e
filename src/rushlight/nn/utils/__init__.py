"""`torch.nn.utils`: what is done to modules and parameters from outside."""

import importlib
from typing import Any

from rushlight.nn.utils import rnn
from rushlight.nn.utils.clip_grad import (
    clip_grad_norm,
    clip_grad_norm_,
    clip_grad_value_,
    clip_grads_with_norm_,
    get_total_norm,
)
from rushlight.nn.utils.convert_parameters import parameters_to_vector, vector_to_parameters
from rushlight.nn.utils.fusion import (
    fuse_conv_bn_eval,
    fuse_conv_bn_weights,
    fuse_linear_bn_eval,
    fuse_linear_bn_weights,
)
from rushlight.nn.utils.init import skip_init
from rushlight.nn.utils.memory_format import (
    convert_conv2d_weight_memory_format,
    convert_conv3d_weight_memory_format,
)
from rushlight.nn.utils.spectral_norm import remove_spectral_norm, spectral_norm
from rushlight.nn.utils.weight_norm import remove_weight_norm, weight_norm

_LATER = ("parametrizations", "parametrize", "prune", "stateless")


def __getattr__(name: str) -> Any:
    """Rooms that are opened on first use."""
    if name in _LATER:
        return importlib.import_module(f"rushlight.nn.utils.{name}")
    raise AttributeError(f"torch.nn.utils has no {name!r}: if PyTorch has it, it is not here yet")
