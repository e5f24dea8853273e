"""A normalisation by fixed statistics made part of the layer before it.

`(w x + b - mean) / sqrt(var + eps) * scale + shift` is again a product with a weight and a bias.
"""

from __future__ import annotations

import copy
from typing import Any

from rushlight.nn.parameter import Parameter
from rushlight.ops.op import FACE
from rushlight.tensor.tensor import Tensor


def fuse_conv_bn_weights(
    conv_w: Tensor, conv_b: Tensor | None, bn_rm: Tensor, bn_rv: Tensor, bn_eps: float,
    bn_w: Tensor | None, bn_b: Tensor | None, transpose: bool = False,
) -> tuple[Parameter, Parameter]:
    """Weight and bias of a convolution that does what one followed by a batch norm does.

    transpose: the convolution is a transposed one, whose outputs are dim 1 of the weight.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.fuse_conv_bn_weights.html
    """
    bias = FACE["zeros_like"](bn_rm) if conv_b is None else conv_b
    scale = (bn_rv + bn_eps).rsqrt() * (1 if bn_w is None else bn_w)
    shift = FACE["zeros_like"](bn_rm) if bn_b is None else bn_b
    shape = [1] * conv_w.dim()
    shape[1 if transpose else 0] = -1
    weight = (conv_w * scale.reshape(shape)).to(conv_w.dtype)
    added = ((bias - bn_rm) * scale + shift).to(bias.dtype)
    return (
        Parameter(weight, conv_w.requires_grad),
        Parameter(added, conv_w.requires_grad if conv_b is None else conv_b.requires_grad))


def fuse_linear_bn_weights(
    linear_w: Tensor, linear_b: Tensor | None, bn_rm: Tensor, bn_rv: Tensor, bn_eps: float,
    bn_w: Tensor, bn_b: Tensor,
) -> tuple[Parameter, Parameter]:
    """Weight and bias of a linear layer that does what one followed by a batch norm does.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.fuse_linear_bn_weights.html
    """
    return fuse_conv_bn_weights(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b)


def fuse_conv_bn_eval(conv: Any, bn: Any, transpose: bool = False) -> Any:
    """A copy of the convolution that does the batch norm's work as well, in evaluation mode.

    Both modules must be in evaluation mode; AssertionError if one is not.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.fuse_conv_bn_eval.html
    """
    if conv.training or bn.training:
        raise AssertionError("fusing is for modules in evaluation mode: call eval() on both")
    fused = copy.deepcopy(conv)
    if bn.running_mean is None or bn.running_var is None:
        raise AssertionError("fusing needs a batch norm that has running statistics")
    fused.weight, fused.bias = fuse_conv_bn_weights(
        conv.weight, conv.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias,
        transpose)
    return fused


def fuse_linear_bn_eval(linear: Any, bn: Any) -> Any:
    """A copy of the linear layer that does the batch norm's work as well, in evaluation mode.

    AssertionError for modules in training mode, or whose sizes do not go together.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.fuse_linear_bn_eval.html
    """
    if linear.out_features != bn.num_features and bn.num_features != 1:
        raise AssertionError(
            f"a batch norm of {bn.num_features} features does not follow {linear.out_features}")
    return fuse_conv_bn_eval(linear, bn)
