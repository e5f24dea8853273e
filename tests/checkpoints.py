"""What is saved and loaded, for whichever library does it."""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

DTYPES = ("float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8",
          "bool", "complex64", "complex128")


def content(torch: Any, legacy: bool = False) -> dict[str, Any]:
    """Tensors of every kind in containers of every kind."""
    base = torch.arange(12, dtype=torch.float32).reshape(3, 4)
    made = {
        "base": base, "view": base[1:, ::2], "transposed": base.t(),
        "expanded": torch.ones(1, 3).expand(4, 3), "empty": torch.empty(0, 3),
        "scalar": torch.tensor(3), "wanted": torch.ones(2, requires_grad=True),
        "parameter": torch.nn.Parameter(torch.full((2, 3), 0.5)),
        "dtypes": {each: torch.tensor([0, 1, 1]).to(getattr(torch, each)) for each in DTYPES},
        "ordered": OrderedDict([("b", 1), ("a", [2.5, "\u00e9", b"bytes", (1, None), True])]),
        "dtype": torch.float16, "size": torch.Size([1, 2]), "device": torch.device("cpu"),
        "large": 10**30, "set": {1, 2}, "complex": 1 + 2j,
    }
    if not legacy:
        made["uint16"] = torch.tensor([1, 2]).to(torch.uint16)
    return made
