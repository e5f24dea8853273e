"""Gradients of convolutions by name: `torch.nn.grad.conv2d_input` and its kin."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from rushlight.ops.convolution import gradient_of_input, gradient_of_weight
from rushlight.tensor.tensor import Tensor


def _of_input(dims: int) -> Callable[..., Tensor]:
    def conv_input(
        input_size: Sequence[int], weight: Tensor, grad_output: Tensor, stride: Any = 1,
        padding: Any = 0, dilation: Any = 1, groups: int = 1,
    ) -> Tensor:
        return gradient_of_input(
            dims, tuple(input_size), weight, grad_output, stride, padding, dilation, groups)

    conv_input.__name__ = f"conv{dims}d_input"
    conv_input.__doc__ = f"The gradient of `conv{dims}d` for an input of shape `input_size`."
    return conv_input


def _of_weight(dims: int) -> Callable[..., Tensor]:
    def conv_weight(
        input: Tensor, weight_size: Sequence[int], grad_output: Tensor, stride: Any = 1,
        padding: Any = 0, dilation: Any = 1, groups: int = 1,
    ) -> Tensor:
        return gradient_of_weight(
            dims, input, tuple(weight_size), grad_output, stride, padding, dilation, groups)

    conv_weight.__name__ = f"conv{dims}d_weight"
    conv_weight.__doc__ = f"The gradient of `conv{dims}d` for a weight of shape `weight_size`."
    return conv_weight


conv1d_input, conv2d_input, conv3d_input = (_of_input(dims) for dims in (1, 2, 3))
conv1d_weight, conv2d_weight, conv3d_weight = (_of_weight(dims) for dims in (1, 2, 3))
