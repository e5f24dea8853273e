"""All parameters as one vector, and back."""

from __future__ import annotations

from collections.abc import Iterable

from rushlight.ops.op import FACE
from rushlight.tensor.tensor import Tensor


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """The elements of all parameters, one after the other, in one vector.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.parameters_to_vector.html
    """
    return FACE["cat"]([each.view(-1) for each in parameters])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Let the parameters be consecutive parts of `vec`, whose memory they share from then on.

    Raises TypeError for what is no Tensor, RuntimeError where the vector is too short.
    """
    if not isinstance(vec, Tensor):
        raise TypeError(f"vector_to_parameters() takes a Tensor, not {type(vec).__name__}")
    begin = 0
    for each in parameters:
        end = begin + each.numel()
        each.data = vec[begin:end].view_as(each).data
        begin = end
