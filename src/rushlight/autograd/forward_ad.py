"""Forward mode: tensors that carry a tangent, from which those of results follow.

A dual tensor is its primal with a node of its own in the graph. The tangent of a result is found
when it is asked for: the part of the graph between is pushed through once (see `pulling.py`), so no
op does anything for it, and none is slower. It needs grad mode on in between.
Source: https://docs.pytorch.org/docs/stable/autograd.html#forward-mode-automatic-differentiation
"""

from __future__ import annotations

import threading
from typing import Any, NamedTuple

from rushlight.autograd.modes import modes
from rushlight.autograd.pulling import Push, enter, reaches_beyond
from rushlight.tensor.tensor import Tensor, alias


class UnpackedDualTensor(NamedTuple):
    """A tensor and its tangent (None where it has none)."""

    primal: Tensor
    tangent: Tensor | None


class _Level(threading.local):
    duals: list[tuple[Tensor, Tensor]] | None = None  # each with its tangent, while one is entered


_level = _Level()


def enter_dual_level() -> int:
    """Begin a level, in which dual tensors can be made; RuntimeError if there is one already."""
    if _level.duals is not None:
        raise RuntimeError("forward mode can't be nested: there is a dual level already")
    _level.duals = []
    return 0


def exit_dual_level(*, level: int | None = None) -> None:
    """End the level: its tensors have no tangents any more. RuntimeError if there is none."""
    if _level.duals is None or level not in (None, 0):
        raise RuntimeError("exit_dual_level(): there is no such dual level to end")
    _level.duals = None


def make_dual(tensor: Tensor, tangent: Tensor, *, level: int | None = None) -> Tensor:
    """`tensor` with a tangent of its shape. ValueError for integers, RuntimeError for other shapes
    and outside a level.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.autograd.forward_ad.make_dual.html
    """
    if _level.duals is None:
        raise RuntimeError("make_dual() needs a dual level: with forward_ad.dual_level(): ...")
    for each in (tensor, tangent):
        if not (each.dtype.is_floating_point or each.dtype.is_complex):
            raise ValueError(f"make_dual() takes floating-point or complex tensors, not "
                             f"{each.dtype}")
    if tensor._array.shape != tangent._array.shape:
        raise RuntimeError(
            f"make_dual(): a tangent of shape {list(tangent.shape)} for a tensor of shape "
            f"{list(tensor.shape)}")
    dual = enter(tensor)
    _level.duals.append((dual, tangent))
    return dual


def unpack_dual(tensor: Tensor, *, level: int | None = None) -> UnpackedDualTensor:
    """The primal and the tangent of a tensor; the tangent is None where it depends on no dual.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.autograd.forward_ad.unpack_dual.html
    """
    if _level.duals is None or tensor._node is None:
        return UnpackedDualTensor(tensor, None)
    duals = [(dual, tangent) for dual, tangent in _level.duals if dual._node is not None]
    inputs = [dual for dual, _ in duals]
    tangents = [tangent for _, tangent in duals]
    push = Push((tensor,), inputs)
    if not any(push.depends()):
        return UnpackedDualTensor(tensor, None)
    beyond = modes.grad and reaches_beyond((tensor,), inputs)
    create = beyond or (modes.grad and any(each._node is not None for each in tangents))
    (found,) = push(tangents, create)
    return UnpackedDualTensor(tensor if beyond else alias(tensor), found)


class dual_level:
    """A `with` block in which dual tensors can be made.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.autograd.forward_ad.dual_level.html
    """

    def __enter__(self) -> int:
        return enter_dual_level()

    def __exit__(self, *_: Any) -> None:
        exit_dual_level()
