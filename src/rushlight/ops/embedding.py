"""Rows of a table by their numbers: `embedding`, `embedding_bag`; and `one_hot`.

What goes forward as reading rows goes back as adding rows where they were read, and the other way
round, so two rows are each other's derivative.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rushlight.autograd.modes import no_grad
from rushlight.engine import movers, scatter
from rushlight.engine.deferred import before_write
from rushlight.ops import write
from rushlight.ops.arguments import need_tensor, widened
from rushlight.ops.op import composite, op
from rushlight.tensor import dtypes, storage
from rushlight.tensor.tensor import Array, Tensor, settled, wrap

_FEW = 512  # numbers, which are added one by one

# --- reading and adding rows


def _read(grad: Tensor, rows: Tensor) -> Tensor:
    return _rows_of(grad, rows)


@op(name="_rows_added", face=False, method=False, input=_read)
def _rows_added(input: Tensor, rows: Tensor, count: int) -> Any:
    """A table of `count` rows: at each the sum of those rows of `input` that `rows` sends there."""
    given, at = settled(input), rows._array
    width = given.shape[at.ndim:]
    flat, at = widened(given).reshape(at.size, *width), at.reshape(-1)
    made = _zeros((count, *width), flat.dtype)
    if flat.size < _FEW or movers.is_large(flat):
        scatter.add_at(made, (at,), flat)
    elif at.size:
        order = np.argsort(at, kind="stable")
        ordered = at[order]
        starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
        made[ordered[starts]] = np.add.reduceat(flat[order], starts, axis=0)
    return made.astype(given.dtype, copy=False)


def _zeros(shape: tuple[int, ...], dtype: Any) -> Array:
    if not movers.many(math.prod(shape)):
        return np.zeros(shape, dtype)
    made = movers.empty(shape, dtype)
    movers.fill(made, np.zeros((), dtype))
    return made


def _factors(indices: Array, padding_idx: int, scale_grad_by_freq: bool, dtype: Any) -> Any:
    """What the gradient of each row read is multiplied by: None where that is 1."""
    factors = None
    if scale_grad_by_freq:
        _, places, counts = np.unique(indices, return_inverse=True, return_counts=True)
        factors = (1 / counts)[places].reshape(indices.shape)
    if padding_idx >= 0:
        kept = indices != padding_idx
        factors = kept if factors is None else factors * kept
    return None if factors is None else wrap(np.asarray(factors).astype(dtype)[..., None])


def _add(
    grad: Tensor, input_shape: Any, rows: Tensor, padding_idx: int, scale_grad_by_freq: bool
) -> Tensor:
    factors = _factors(rows._array, padding_idx, scale_grad_by_freq, grad._array.dtype)
    return _rows_added(grad if factors is None else grad * factors, rows, input_shape[0])


@op(name="_rows_of", face=False, method=False, node="EmbeddingBackward0", input=_add)
def _rows_of(
    input: Tensor, rows: Tensor, padding_idx: int = -1, scale_grad_by_freq: bool = False
) -> Any:
    """The rows of `input` that `rows` numbers; IndexError for one out of range."""
    table, at = settled(input), rows._array
    found = scatter.slices(table, 0, at, False)
    if found is None:
        _check_range("embedding", at, len(table), IndexError)
        found = table.take(at, axis=0)
    return found


def _whole(name: str, indices: Any) -> Tensor:
    """Row numbers as int64; RuntimeError for other dtypes."""
    array = settled(need_tensor(name, "input", indices))
    if array.dtype not in (np.int64, np.int32):
        raise RuntimeError(f"{name}(): row numbers are int64 or int32, not {indices.dtype}")
    return indices if array.dtype == np.int64 else wrap(array.astype(np.int64))


def _check_range(name: str, array: Array, count: int, error: type[Exception]) -> None:
    """`error` for a row number out of range."""
    if array.size and not scatter.within(array, 0, count):
        wrong = array[(array < 0) | (array >= count)].flat[0]
        raise error(f"{name}(): there is no row {wrong}: the table has {count}")


def _numbers(name: str, indices: Any, count: int, error: type[Exception] = IndexError) -> Tensor:
    """Row numbers as int64, checked."""
    numbers = _whole(name, indices)
    _check_range(name, numbers._array, count, error)
    return numbers


def _table(name: str, weight: Any) -> Tensor:
    if need_tensor(name, "weight", weight)._array.ndim != 2:
        raise RuntimeError(f"{name}(): weight is a matrix, it has {weight.ndim} dims")
    return weight


# --- embedding


@composite(method=False)
def embedding(
    weight: Tensor, indices: Tensor, padding_idx: int = -1, scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """The rows of `weight` that `indices` numbers: see `nn.functional.embedding`."""
    weight = _table("embedding", weight)
    return _rows_of(weight, _whole("embedding", indices), padding_idx, scale_grad_by_freq)


@composite(method=False)
def embedding_renorm_(
    input: Tensor, indices: Tensor, max_norm: float, norm_type: float
) -> Tensor:
    """Bring the rows of `input` that are numbered, and longer, to the norm `max_norm`, in place."""
    write.check_writable(input, "embedding_renorm_")
    rows = np.unique(_numbers("embedding_renorm_", indices, len(input._array))._array)
    before_write(input._array)
    table = settled(input)
    lengths = np.linalg.norm(widened(table[rows]), norm_type, axis=1)
    long = lengths > max_norm
    rows, scale = rows[long], max_norm / (lengths[long] + 1e-7)
    table[rows] = (table[rows] * scale[:, None]).astype(table.dtype)
    storage.of(input).version += 1
    return input


def _renormed(weight: Tensor, indices: Tensor, max_norm: float, norm_type: float) -> None:
    with no_grad():
        embedding_renorm_(weight, indices, max_norm, norm_type)


@composite(name="nn.functional.embedding", method=False)
def _functional_embedding(
    input: Tensor, weight: Tensor, padding_idx: int | None = None, max_norm: float | None = None,
    norm_type: float = 2.0, scale_grad_by_freq: bool = False, sparse: bool = False,
) -> Tensor:
    """The rows of `weight`, (V, D), that `input`, of any shape, numbers: (*, D).

    padding_idx: a row that gets no gradient. max_norm: rows that are longer, by the norm of order
    `norm_type`, are first shortened in `weight` itself. scale_grad_by_freq: a row's gradient is the
    mean of what reaches it. The gradient is dense with `sparse`, too.
    Raises IndexError for a row that there is not.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.embedding.html
    """
    padding = _padding("embedding", padding_idx, weight)
    if max_norm is not None:
        _renormed(weight, input, max_norm, norm_type)
    return embedding(weight, input, padding, scale_grad_by_freq, sparse)


def _padding(name: str, padding_idx: int | None, weight: Tensor) -> int:
    """The padding row's number, from the front; -1 for none."""
    if padding_idx is None:
        return -1
    count = weight.shape[0]
    if not -count <= padding_idx < count:
        raise AssertionError(f"{name}(): padding_idx {padding_idx} is no row: there are {count}")
    return padding_idx % count


# --- embedding_bag


class _Bags:
    """Which bag each number is in; how many there are in each, padding left out."""

    def __init__(self, flat: Array, starts: Array, count: int, padding: int):
        self.counted = flat != padding
        self.of = np.searchsorted(starts[:count], np.arange(flat.size), side="right") - 1
        self.sizes = np.bincount(self.of[self.counted], minlength=count)[:count]


def _starts(
    input: Tensor, offsets: Any, include_last_offset: bool
) -> tuple[Array, int]:
    """Where each bag starts, and how many bags there are."""
    if input.ndim == 2:
        if offsets is not None:
            raise ValueError("embedding_bag(): a matrix is a bag in each row: give no offsets")
        rows, width = input.shape
        return np.arange(rows) * width, rows
    if input.ndim != 1:
        raise ValueError(f"embedding_bag(): input has 1 or 2 dims, not {input.ndim}")
    if not isinstance(offsets, Tensor) or offsets.ndim != 1:
        raise ValueError("embedding_bag(): a vector needs offsets, where each bag starts")
    starts = settled(offsets)
    if starts.dtype not in (np.int64, np.int32):
        raise RuntimeError(f"embedding_bag(): offsets are integers, not {offsets.dtype}")
    if starts.size and starts[0] != 0:
        raise RuntimeError(f"embedding_bag(): the first bag starts at 0, not at {starts[0]}")
    if starts.size and (starts[-1] > input.numel() or (np.diff(starts) < 0).any()):
        raise RuntimeError(
            f"embedding_bag(): offsets rise, up to {input.numel()}, the size of input")
    if include_last_offset and not starts.size:
        raise RuntimeError("embedding_bag(): with include_last_offset there is one offset at least")
    return starts, len(starts) - include_last_offset


def _bagged(
    input: Tensor, weight: Tensor, offsets: Any, scale_grad_by_freq: bool, mode: str,
    per_sample_weights: Any, include_last_offset: bool, padding: int,
) -> tuple[Tensor, _Bags, Array]:
    starts, count = _starts(input, offsets, include_last_offset)
    table = _table("embedding_bag", weight)
    if table.dtype.category != dtypes.FLOATING:
        raise RuntimeError(f"embedding_bag(): weight is floating point, not {table.dtype}")
    indices = _numbers("embedding_bag", input, len(table._array), RuntimeError).reshape(-1)
    bags = _Bags(indices._array, starts, count, padding)
    width = table._array.shape[1]
    if mode == "max":
        best = _best(table._array, indices._array, bags, count, width)
        made = table.gather(0, wrap(np.maximum(best, 0)))
        return made.where(wrap(best >= 0), 0), bags, np.maximum(best, 0)
    rows = _rows_of(table, indices, padding, scale_grad_by_freq)
    if per_sample_weights is not None:
        rows = rows * per_sample_weights.reshape(-1, 1)
    if padding >= 0:
        rows = rows.where(wrap(bags.counted[:, None]), 0)
    made = _rows_added(rows, wrap(bags.of), count)
    if mode == "mean":
        sizes = np.maximum(bags.sizes, 1)[:, None].astype(dtypes.get_default_dtype().numpy)
        made = made / wrap(sizes).to(made.dtype)
    return made, bags, np.zeros(count, np.int64)


def _best(table: Array, indices: Array, bags: _Bags, count: int, width: int) -> Array:
    """For each bag and column the number of the largest row; -1 in a bag without any."""
    best = np.full((count, width), -1)
    rows = widened(table[indices])
    for bag in range(count):
        places = np.flatnonzero((bags.of == bag) & bags.counted)
        if places.size:
            best[bag] = indices[places[rows[places].argmax(0)]]
    return best


@composite(name="nn.functional.embedding_bag", method=False, looks=True)
def _functional_embedding_bag(
    input: Tensor, weight: Tensor, offsets: Tensor | None = None, max_norm: float | None = None,
    norm_type: float = 2, scale_grad_by_freq: bool = False, mode: str = "mean",
    sparse: bool = False, per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False, padding_idx: int | None = None,
) -> Tensor:
    """The sum, mean or max of the rows of `weight` in each bag of numbers, (B, D).

    input: (B, N), or a vector with `offsets`, where each bag starts (with `include_last_offset` the
    last one is where the last bag ends). per_sample_weights: a factor for each number, for "sum".
    The row `padding_idx` does not count. For the rest see `nn.functional.embedding`.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.embedding_bag.html
    """
    if mode not in ("sum", "mean", "max"):
        raise ValueError(f"embedding_bag(): mode is 'sum', 'mean' or 'max', not {mode!r}")
    if mode == "max" and scale_grad_by_freq:
        raise ValueError("embedding_bag(): scale_grad_by_freq does not go with mode='max'")
    if per_sample_weights is not None:
        if per_sample_weights.shape != input.shape:
            raise ValueError(
                f"embedding_bag(): per_sample_weights of shape {list(per_sample_weights.shape)} "
                f"must have input's shape, {list(input.shape)}")
        if mode != "sum":
            raise NotImplementedError("embedding_bag(): per_sample_weights are for mode='sum'")
        if per_sample_weights.dtype != weight.dtype:
            raise RuntimeError(
                f"embedding_bag(): per_sample_weights are {per_sample_weights.dtype}, weight is "
                f"{weight.dtype}")
    padding = _padding("embedding_bag", padding_idx, weight)
    if max_norm is not None:
        _renormed(weight, input, max_norm, norm_type)
    made, _, _ = _bagged(
        input, weight, offsets, scale_grad_by_freq, mode, per_sample_weights, include_last_offset,
        padding)
    return made


@composite(method=False)
def embedding_bag(
    weight: Tensor, indices: Tensor, offsets: Tensor, scale_grad_by_freq: bool = False,
    mode: int = 0, sparse: bool = False, per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False, padding_idx: int | None = None,
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """`nn.functional.embedding_bag`, `mode` being 0 (sum), 1 (mean) or 2 (max); and which bag each
    number is in, how many each bag has, and which rows were the largest.
    """
    made, bags, best = _bagged(
        indices, weight, offsets, scale_grad_by_freq, ("sum", "mean", "max")[mode],
        per_sample_weights, include_last_offset, _padding("embedding_bag", padding_idx, weight))
    return made, wrap(bags.of), wrap(bags.sizes), wrap(best)


# --- one_hot


@composite(name="nn.functional.one_hot", method=False, looks=True)
def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """A last dim of zeros, but 1 at the class; as many classes as there seem to be, or are given.

    Raises RuntimeError for other dtypes than int64, and for classes out of range.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.functional.one_hot.html
    """
    classes = settled(need_tensor("one_hot", "tensor", tensor))
    if classes.dtype != np.int64:
        raise RuntimeError(f"one_hot(): classes are int64, not {tensor.dtype}")
    if num_classes == -1:
        if not classes.size:
            raise RuntimeError("one_hot(): of no classes num_classes can't be told: give it")
        num_classes = int(classes.max()) + 1
    if not classes.size and num_classes <= 0:
        raise RuntimeError(f"one_hot(): num_classes must be positive, it is {num_classes}")
    if classes.size and not (classes.min() >= 0 and classes.max() < num_classes):
        raise RuntimeError(
            f"one_hot(): classes are from 0 to {num_classes - 1}, given are {classes.min()} to "
            f"{classes.max()}")
    made = np.zeros((classes.size, num_classes), np.int64)
    made[np.arange(classes.size), classes.reshape(-1)] = 1
    return wrap(made.reshape(*classes.shape, num_classes))
