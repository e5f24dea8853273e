"""`gradient`: slopes from differences of neighbours, second order inside.

Source: Quarteroni, Sacco and Saleri, Numerical Mathematics, 10.10;
https://docs.pytorch.org/docs/stable/generated/torch.gradient.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rushlight.ops.op import FACE, composite
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Tensor


def _dims(input: Tensor, dim: int | Sequence[int] | None) -> list[int]:
    given = range(input.ndim) if dim is None else [dim] if isinstance(dim, int) else dim
    for d in given:
        if not -input.ndim <= d < input.ndim:
            raise IndexError(f"gradient(): dim {d} is not one of the {input.ndim} of the input")
    found = [d % input.ndim for d in given]
    if len(set(found)) != len(found):
        raise RuntimeError(f"gradient(): a dim stands twice in {[*given]}")
    return found


def _steps(input: Tensor, spacing: Any, dims: list[int]) -> list[Any]:
    """For each dim the step between all neighbours, or the coordinates of all places."""
    if spacing is None:
        return [1.0] * len(dims)
    if isinstance(spacing, (int, float, complex)) or (
        isinstance(spacing, Tensor) and spacing.ndim == 0
    ):
        return [spacing] * len(dims)
    given = [spacing] if isinstance(spacing, Tensor) else [*spacing]
    if len(given) != len(dims):
        raise RuntimeError(
            f"gradient(): spacing is a number, or one (or the coordinates) for each of {len(dims)} "
            f"dims, not {len(given)}")
    for d, each in zip(dims, given, strict=True):
        if isinstance(each, Tensor):
            if each.device != input.device:
                raise RuntimeError("gradient(): the coordinates are on another device")
            if each.ndim != 1 or each.shape[0] != input.shape[d]:
                raise RuntimeError(
                    f"gradient(): dim {d} has {input.shape[d]} places, its coordinates are "
                    f"{list(each.shape)}")
    return given


def _along(input: Tensor, dim: int, step: Any, edge_order: int) -> Tensor:
    n = input.shape[dim]

    def at(start: int, count: int = 1) -> Tensor:
        return input.narrow(dim, start % n, count)

    if isinstance(step, Tensor) and step.ndim:
        shape = [1] * input.ndim
        shape[dim] = n - 1
        gaps = step.diff().reshape(shape)
        before, after = gaps.narrow(dim, 0, n - 2), gaps.narrow(dim, 1, n - 2)
        first, last = gaps.narrow(dim, 0, 1), gaps.narrow(dim, n - 2, 1)
        second, third = (gaps.narrow(dim, k, 1) for k in (min(1, n - 2), max(n - 3, 0)))
    else:
        before = after = first = last = second = third = step
    both = before + after
    inside = (
        at(2, n - 2) * (before / (after * both)) + at(1, n - 2) * ((after - before) / (
            before * after)) - at(0, n - 2) * (after / (before * both)))
    if edge_order == 1:
        ends = [(at(1) - at(0)) / first, (at(-1) - at(-2)) / last]
    else:
        ends = [
            at(1) * ((first + second) / (first * second))
            - at(0) * ((2 * first + second) / (first * (first + second)))
            - at(2) * (first / (second * (first + second))),
            at(-3) * (last / (third * (third + last)))
            - at(-2) * ((third + last) / (third * last))
            + at(-1) * ((2 * last + third) / (last * (third + last)))]
    return FACE["cat"]([ends[0], inside, ends[1]], dim)


@composite(method=False)
def gradient(
    input: Tensor, *, spacing: Any = 1, dim: int | Sequence[int] | None = None,
    edge_order: int = 1,
) -> tuple[Tensor, ...]:
    """The slope along each dim, each as large as the input.

    spacing: the step between neighbours, or for each dim a step or the coordinates of its places.
    edge_order: 1 or 2, of the one-sided differences at the ends. RuntimeError for another, a dim
    with fewer than edge_order + 1 places, or spacing that does not fit; IndexError for no such dim.
    """
    if edge_order not in (1, 2):
        raise RuntimeError(f"gradient(): edge_order is 1 or 2, not {edge_order}")
    if input.dtype.category < dtypes.FLOATING:
        input = input.to(dtypes.get_default_dtype())
    dims = _dims(input, dim)
    steps = _steps(input, spacing, dims)
    for d in dims:
        if input.shape[d] <= edge_order:
            raise RuntimeError(
                f"gradient(): dim {d} has {input.shape[d]} places, edge_order {edge_order} needs "
                f"{edge_order + 1}")
    return tuple([_along(input, d, step, edge_order) for d, step in zip(dims, steps, strict=True)])
