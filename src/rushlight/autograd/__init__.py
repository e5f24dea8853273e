"""Automatic differentiation: `backward`, `grad`, `Function`, modes and hooks.

Source: https://pytorch.org/docs/stable/autograd.html
"""

from rushlight.autograd import forward_ad, functional
from rushlight.autograd import methods as _methods  # attaches itself to Tensor
from rushlight.autograd.differentiate import backward, grad
from rushlight.autograd.function import Function
from rushlight.autograd.gradcheck import gradcheck, gradgradcheck
from rushlight.autograd.methods import Variable
from rushlight.autograd.modes import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)

__all__ = [
    "Function", "Variable", "backward", "enable_grad", "forward_ad", "functional", "grad",
    "gradcheck", "gradgradcheck", "inference_mode", "is_grad_enabled", "is_inference_mode_enabled",
    "no_grad", "set_grad_enabled",
]
