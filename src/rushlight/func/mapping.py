"""`vmap`: a function of one example as a function of a batch of them.

The function is run once for each example and the results are stacked: what it gives, in whatever
order transforms are nested, is what the definition says, and derivatives pass through.
Source: https://docs.pytorch.org/docs/stable/generated/torch.func.vmap.html
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from rushlight.ops.op import FACE
from rushlight.random import default_generator
from rushlight.tensor import trees
from rushlight.tensor.tensor import Tensor

Function = Callable[..., Any]


def _checked(leaf: Any, dim: Any) -> Any:
    """A leaf's batch dim counted from the front; None where it is the same for every example."""
    if dim is None:
        return None
    if not isinstance(dim, int):
        raise ValueError(f"vmap: in_dims has {dim!r} where an int or None belongs")
    if not isinstance(leaf, Tensor):
        raise ValueError(
            f"vmap: in_dims={dim} for a {type(leaf).__name__}, which has no dims: give it None")
    ndim = leaf._array.ndim
    if not -ndim <= dim < ndim:
        raise ValueError(f"vmap: in_dims={dim} for a tensor of shape {list(leaf.shape)}")
    return dim % ndim


def _same_size(leaves: list[Any], dims: list[Any]) -> int:
    sizes = {leaf._array.shape[dim] for leaf, dim in zip(leaves, dims, strict=True)
             if dim is not None}
    if not sizes:
        raise ValueError("vmap: no argument has a batch dim: one of in_dims must be an int")
    if len(sizes) > 1:
        raise ValueError(f"vmap: the batch dims have different sizes: {sorted(sizes)}")
    return sizes.pop()


def _joined(results: list[Any], out_dims: Any) -> Any:
    _, rebuild = trees.flatten(results[0])
    columns = list(zip(*[trees.flatten(each)[0] for each in results], strict=True))
    for column in columns:
        for each in column:
            if not isinstance(each, Tensor):
                raise ValueError(
                    f"vmap: the function must return Tensors, not {type(each).__name__}")
    dims = trees.spread_like(out_dims, results[0], "out_dims")
    return rebuild([
        column[0] if dim is None else FACE["stack"](column, dim)
        for column, dim in zip(columns, dims, strict=True)])


def vmap(
    func: Function, in_dims: Any = 0, out_dims: Any = 0, randomness: str = "error", *,
    chunk_size: int | None = None,
) -> Function:
    """The function that maps `func` over a dim of its arguments, and stacks the results.

    in_dims: the dim of each argument (an int, None for the same in every example, or a tree of
    them); out_dims: where it goes in the results. randomness: "error" refuses random numbers,
    "different" draws new ones for each example, "same" the same. chunk_size changes nothing here.
    ValueError for dims that do not fit; RuntimeError for a refused random number or chunk_size.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.func.vmap.html
    """
    if randomness not in ("error", "different", "same"):
        raise RuntimeError(
            f"vmap: randomness is 'error', 'different' or 'same', not {randomness!r}")
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError(f"vmap: chunk_size must be positive, not {chunk_size}")

    @wraps(func)
    def mapped(*args: Any, **kwargs: Any) -> Any:
        if not args:
            raise ValueError("vmap: the function was called without arguments to map over")
        if not isinstance(in_dims, (int, tuple, list)):
            raise ValueError(f"vmap: in_dims must be an int or a tuple, not {in_dims!r}")
        leaves, rebuild = trees.flatten(args)
        prefix = tuple(in_dims) if isinstance(in_dims, list) else in_dims
        given = trees.spread_like(prefix, args, "in_dims")
        dims = [
            None if isinstance(prefix, int) and not isinstance(leaf, Tensor)
            else _checked(leaf, dim)
            for leaf, dim in zip(leaves, given, strict=True)]
        named, with_names = trees.flatten(kwargs)  # keywords are mapped over their first dim
        named_dims = [0 if isinstance(each, Tensor) and each._array.ndim else None
                      for each in named]
        size = _same_size(leaves + named, dims + named_dims)
        if size == 0:
            raise ValueError("vmap: the batch is empty")
        split = [None if dim is None else leaf.unbind(dim) for leaf, dim in
                 zip(leaves + named, dims + named_dims, strict=True)]
        before = None if randomness == "different" else default_generator.get_state()
        results = []
        for i in range(size):
            if i and randomness == "same":
                default_generator.set_state(before)  # type: ignore[arg-type]
            own = [leaf if parts is None else parts[i] for leaf, parts in
                   zip(leaves + named, split, strict=True)]
            results.append(func(*rebuild(own[: len(leaves)]), **with_names(own[len(leaves):])))
            if randomness == "error" and not i and not bool(
                (default_generator.get_state() == before).all()
            ):
                default_generator.set_state(before)  # type: ignore[arg-type]
                raise RuntimeError(
                    "vmap: the function draws random numbers: say randomness='different' or "
                    "'same'")
        return _joined(results, out_dims)

    return mapped
