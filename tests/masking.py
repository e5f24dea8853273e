"""Calls of `torch.masked`'s functions, for whichever library runs them.

`tests/golden/record_masked.py` records what PyTorch gives, `tests/test_masked.py` compares.
"""

from __future__ import annotations

import math
from typing import Any

MASKS = ["some", "row", "one", "none"]
REDUCTIONS: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    (name, args, options)
    for name in ("sum", "prod", "amax", "amin", "mean", "var", "std", "logsumexp")
    for args, options in [
        ((0,), {}), ((-1,), {"keepdim": True}), (((0, 2),), {}), ((None,), {"keepdim": True})]
] + [
    (name, args, options) for name in ("argmax", "argmin", "median")
    for args, options in [((0,), {}), ((-1,), {"keepdim": True})]
] + [
    ("var", (1, False), {}), ("std", (1,), {"correction": 0}), ("var", (1,), {"correction": 2}),
    ("norm", (2.0, 1), {}), ("norm", (1.0, (0, 1)), {}), ("norm", (math.inf, -1), {}),
    ("norm", (-math.inf, -1), {"keepdim": True}), ("norm", (3.0,), {}), ("argmax", (), {}),
]
NORMALISATIONS: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    (name, (dim,), {}) for name in ("softmax", "log_softmax", "softmin", "cumsum", "cumprod")
    for dim in (0, -1)
] + [("normalize", (2.0, 1), {}), ("normalize", (1.0, -1), {"eps": 0.5})]
CALLS = REDUCTIONS + NORMALISATIONS


def _mask(torch: Any, name: str) -> Any:
    whole = [[[(i * j + k) % 3 != 1 for k in range(3)] for j in range(2)] for i in range(4)]
    return {
        "some": torch.tensor(whole), "row": torch.tensor([True, False, True]),
        "one": torch.tensor([[True], [False]]), "none": None}[name]


def _input(torch: Any) -> Any:
    values = [2 * math.sin(1.7 * k + 0.3) for k in range(24)]
    return torch.tensor(values, dtype=torch.float64).reshape(4, 2, 3).requires_grad_()


def call(torch: Any, name: str, args: Any, options: Any, mask: str) -> list[Any]:
    """The result and the gradient of its finite elements, as lists; None at what means nothing."""
    x, where = _input(torch), _mask(torch, mask)
    made = getattr(torch.masked, name)(x, *args, mask=where, **options)
    if (name, args, options) in NORMALISATIONS and where is not None:
        made = torch.where(where, made, torch.zeros((), dtype=made.dtype))
    found = [list(made.shape), made.detach().reshape(-1).tolist()]
    if made.requires_grad:
        weights = torch.arange(1.0, made.numel() + 1, dtype=torch.float64).reshape(made.shape)
        finite = made.isfinite()
        (made[finite] * weights[finite]).sum().backward()
        found.append(x.grad.reshape(-1).tolist())
    return found


def results(torch: Any) -> dict[str, Any]:
    """Everything, by name."""
    return {
        f"{name} {args} {options} {mask}": call(torch, name, args, options, mask)
        for name, args, options in CALLS for mask in MASKS}
