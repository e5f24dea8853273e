"""From samples to a batch: `default_collate`, and `default_convert` where there are no batches.

Source: https://docs.pytorch.org/docs/stable/data.html#working-with-collate-fn
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, MutableMapping, MutableSequence, Sequence
from typing import Any

import numpy as np

from rushlight.tensor.tensor import Tensor


def default_convert(data: Any) -> Any:
    """NumPy's arrays and numbers in nested collections as tensors; anything else as it is.

    Tuples and other sequences come back as lists, if not of their own type; text stays.
    """
    import rushlight as torch

    if isinstance(data, (np.ndarray, np.generic)):
        return torch.as_tensor(data) if data.dtype.kind not in "SUO" else data
    if isinstance(data, Mapping):
        return _like_mapping(data, {key: default_convert(each) for key, each in data.items()})
    if _is_named_tuple(data):
        return type(data)(*map(default_convert, data))
    if isinstance(data, tuple):
        return [default_convert(each) for each in data]
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        return _like_sequence(data, [default_convert(each) for each in data])
    return data


def default_collate(batch: Any) -> Any:
    """A list of samples as one batch, with a new first dimension.

    Tensors are stacked, and so are NumPy's arrays and numbers; ints and floats become a tensor
    (floats one of float64); text stays a list. Mappings, named tuples and sequences of these are
    collated part by part, and other tuples become lists. Raises TypeError for anything else,
    RuntimeError for parts of different sizes.
    Source: https://docs.pytorch.org/docs/stable/data.html#torch.utils.data.default_collate
    """
    import rushlight as torch

    first = batch[0]
    if isinstance(first, Tensor):
        return torch.stack(tuple(batch), 0)
    if isinstance(first, (np.ndarray, np.generic)):
        if first.dtype.kind in "SUO":
            raise _refusal(f"NumPy's {first.dtype}")
        return torch.stack([torch.as_tensor(each) for each in batch], 0)
    if isinstance(first, float):
        return torch.tensor(batch, dtype=torch.float64)
    if isinstance(first, int):
        return torch.tensor(batch)
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, Mapping):
        return _like_mapping(first, {
            key: default_collate([each[key] for each in batch]) for key in first})
    if not isinstance(first, Sequence):
        raise _refusal(type(first).__name__)
    if _is_named_tuple(first):
        return type(first)(*map(default_collate, zip(*batch, strict=True)))
    if len({len(each) for each in batch}) > 1:
        raise RuntimeError("default_collate(): the samples are sequences of different lengths")
    columns = [default_collate(column) for column in zip(*batch, strict=True)]
    return columns if isinstance(first, tuple) else _like_sequence(first, columns)


def _refusal(what: str) -> TypeError:
    return TypeError(
        "default_collate() makes batches of tensors, numbers, NumPy arrays, text and collections "
        f"of these, not of {what}: give the loader a collate_fn")


def _is_named_tuple(data: object) -> bool:
    return isinstance(data, tuple) and hasattr(data, "_fields")


def _like_mapping(example: Mapping[Any, Any], parts: dict[Any, Any]) -> Any:
    """The parts in a mapping of the example's type, if it can be made of them; else in a dict."""
    if isinstance(example, MutableMapping):
        return _filled(example, lambda made: made.update(parts), parts)
    return _filled(example, None, parts)


def _like_sequence(example: Sequence[Any], parts: list[Any]) -> Any:
    """The parts in a sequence of the example's type, if it can be made of them; else in a list."""
    if isinstance(example, range):
        return parts
    if isinstance(example, MutableSequence) and type(example) is not list:
        def put(made: Any) -> None:
            for k, each in enumerate(parts):
                made[k] = each

        return _filled(example, put, parts)
    return _filled(example, None, parts)


def _filled(example: Any, put: Callable[[Any], None] | None, parts: Iterable[Any]) -> Any:
    """A copy of the example with the parts put in, or a new one made of them, or the parts alone.

    Types of users' own have constructors and fields that we know nothing of: a copy has them all.
    """
    if type(example) in (list, dict):
        return parts
    try:
        if put is None:
            return type(example)(parts)
        made = copy.copy(example)
        put(made)
    except TypeError:
        return parts
    return made
