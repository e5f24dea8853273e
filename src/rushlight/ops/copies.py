"""The view ops whose results are copies: `view_copy`, `transpose_copy`, `unbind_copy` and so on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rushlight.ops.op import FACE, composite
from rushlight.tensor.memory import contiguous_format
from rushlight.tensor.tensor import Tensor


def _copy_form(name: str, view: Callable[..., Any]) -> None:
    def copied(input: Tensor, *args: Any, **kwargs: Any) -> Any:
        seen = view(input, *args, **kwargs)
        if isinstance(seen, tuple):
            return tuple([each.clone(memory_format=contiguous_format) for each in seen])
        return seen.clone(memory_format=contiguous_format)

    copied.__doc__ = f"What `{name}` gives, as a copy with memory of its own."
    composite(name=name + "_copy", method=False, out=True)(copied)


for _name in (
    "as_strided", "diagonal", "permute", "select", "split", "split_with_sizes", "squeeze", "t",
    "transpose", "unbind", "unsqueeze", "view_as_complex", "view_as_real",
):
    _copy_form(_name, FACE[_name])
for _name in ("expand", "unfold", "view", "detach"):
    _copy_form(_name, getattr(Tensor, _name))
_copy_form("alias", lambda input: input)
