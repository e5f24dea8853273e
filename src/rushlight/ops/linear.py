"""`nn.functional.linear`: a product with a transposed weight, and a bias added."""

from __future__ import annotations

from typing import Any

from rushlight.ops.op import composite
from rushlight.tensor.tensor import Tensor


@composite(name="nn.functional.linear", method=False)
def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Any:
    """`input @ weight.T + bias`, along the last dim of `input`.

    input: (..., in). weight: (out, in), or (in). bias: (out), or none.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.linear.html
    """
    if input._array.ndim == 2 and bias is not None:
        return bias.addmm(input, weight.t())
    made = input @ weight.t()
    return made if bias is None else made + bias
