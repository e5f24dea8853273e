"""`torch.nn.utils.rnn`: sequences of several lengths, packed for a recurrent layer.

Packed, the first elements of all sequences come first, then the second ones of all that have any,
and so on; the longest sequence comes first, so that those which go on are always the first ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

import numpy as np

from rushlight.ops.op import FACE
from rushlight.tensor import dtypes
from rushlight.tensor.tensor import Tensor, settled, wrap

__all__ = [
    "PackedSequence", "invert_permutation", "pack_padded_sequence", "pad_packed_sequence",
    "pad_sequence", "unpad_sequence", "pack_sequence", "unpack_sequence",
]


class _Packed(NamedTuple):
    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None
    unsorted_indices: Tensor | None


class PackedSequence(_Packed):
    """Sequences in one tensor: `data`, and in `batch_sizes` how many reach each step.

    sorted_indices: which sequence stands first, second... by length; unsorted_indices: the way
    back. Made by `pack_padded_sequence` and `pack_sequence`.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.PackedSequence.html
    """

    __slots__ = ()

    def __new__(
        cls, data: Tensor, batch_sizes: Tensor | None = None,
        sorted_indices: Tensor | None = None, unsorted_indices: Tensor | None = None,
    ) -> Self:
        if batch_sizes is None:
            if not isinstance(data, (list, tuple)) or len(data) != 2:
                raise ValueError("PackedSequence needs data and batch_sizes")
            data, batch_sizes = data
        assert batch_sizes is not None
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """The data converted; the same object where nothing changes."""
        data = self.data.to(*args, **kwargs)
        if data is self.data:
            return self
        return type(self)(data, *self[1:])

    def pin_memory(self) -> Self:
        """The same: there is one memory."""
        return self

    def cpu(self) -> Self:
        """The same: there is one device."""
        return self

    def double(self) -> Self:
        """As float64."""
        return self.to(dtypes.float64)

    def float(self) -> Self:
        """As float32."""
        return self.to(dtypes.float32)

    def half(self) -> Self:
        """As float16."""
        return self.to(dtypes.float16)

    def long(self) -> Self:
        """As int64."""
        return self.to(dtypes.int64)

    def int(self) -> Self:
        """As int32."""
        return self.to(dtypes.int32)

    def short(self) -> Self:
        """As int16."""
        return self.to(dtypes.int16)

    def char(self) -> Self:
        """As int8."""
        return self.to(dtypes.int8)

    def byte(self) -> Self:
        """As uint8."""
        return self.to(dtypes.uint8)

    @property
    def is_cuda(self) -> bool:
        """Never."""
        return False

    def is_pinned(self) -> bool:
        """Never."""
        return False


PackedSequence.__module__ = "torch.nn.utils.rnn"


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """The permutation that undoes this one; None for None."""
    if permutation is None:
        return None
    return wrap(np.argsort(settled(permutation), kind="stable"))


def _lengths(given: Any) -> Any:
    array = settled(given) if isinstance(given, Tensor) else np.asarray(given)
    if array.dtype.kind not in "iu" or array.ndim != 1:
        raise RuntimeError("lengths are a vector of integers")
    return array.astype(np.int64)


def _places(lengths: Any, batch: int) -> tuple[Any, Any]:
    """Of padded sequences, one step after another, the rows that are no padding, packed; and how
    many there are at each step."""
    steps = np.arange(int(lengths[0]))
    sizes = (lengths[:, None] > steps).sum(0)
    inside = np.arange(batch) < sizes[:, None]
    return np.flatnonzero(inside), sizes


def pack_padded_sequence(
    input: Tensor, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Pack padded sequences, (T, B, *) or with `batch_first` (B, T, *), of these lengths.

    enforce_sorted: they come with the longest first, else they are put into that order.
    Raises RuntimeError for lengths that are not positive, above T, too few or not in order.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pack_padded_sequence.html
    """
    array = _lengths(lengths)
    order = None
    if not enforce_sorted:
        sorted_at = np.argsort(-array, kind="stable")
        array, order = array[sorted_at], wrap(sorted_at)
        input = input.index_select(0 if batch_first else 1, order)
    if batch_first:
        input = input.transpose(0, 1)
    steps, batch = input.shape[:2]
    if len(array) != batch or not batch:
        raise RuntimeError(
            f"pack_padded_sequence(): {len(array)} lengths for a batch of {batch}: there is one "
            "for each sequence, and at least one sequence")
    if array[-1] <= 0 or array.min() <= 0:
        raise RuntimeError("pack_padded_sequence(): lengths must be positive")
    if (np.diff(array) > 0).any():
        raise RuntimeError(
            "pack_padded_sequence(): lengths must not grow with enforce_sorted=True: give False")
    if array[0] > steps:
        raise RuntimeError(
            f"pack_padded_sequence(): a length of {array[0]} is more than there are steps, {steps}")
    places, sizes = _places(array, batch)
    flat = input.reshape(steps * batch, *input.shape[2:])
    return PackedSequence(flat.index_select(0, wrap(places)), wrap(sizes), order)


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0,
    total_length: int | None = None,
) -> tuple[Tensor, Tensor]:
    """The sequences padded to the longest, or to `total_length`, (T, B, *); and their lengths.

    Raises ValueError for a total_length below the longest.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pad_packed_sequence.html
    """
    sizes = settled(sequence.batch_sizes)
    steps, batch = len(sizes), int(sizes[0])
    if total_length is not None:
        if total_length < steps:
            raise ValueError(
                f"pad_packed_sequence(): total_length {total_length} is less than the longest "
                f"sequence, {steps}")
        steps = total_length
    inside = np.arange(batch) < sizes[:, None]
    data = sequence.data
    blank = data.new_full((steps * batch, *data.shape[1:]), padding_value)
    padded = blank.index_copy(0, wrap(np.flatnonzero(inside)), data).reshape(
        steps, batch, *data.shape[1:])
    lengths = wrap(inside.sum(0))
    if batch_first:
        padded = padded.transpose(0, 1)
    if sequence.unsorted_indices is not None:
        padded = padded.index_select(0 if batch_first else 1, sequence.unsorted_indices)
        lengths = lengths[sequence.unsorted_indices]
    return padded, lengths


def pad_sequence(
    sequences: Tensor | Sequence[Tensor], batch_first: bool = False, padding_value: float = 0.0,
    padding_side: str = "right",
) -> Tensor:
    """Sequences (T, *) of several lengths as one tensor, (T, B, *) or (B, T, *), padded.

    padding_side: "right", after them, or "left". RuntimeError where there are none.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pad_sequence.html
    """
    if padding_side not in ("left", "right"):
        raise RuntimeError(f"padding_side is 'left' or 'right', not {padding_side!r}")
    if isinstance(sequences, Tensor):
        sequences = sequences.unbind(0)
    if not isinstance(sequences, (list, tuple)) and not hasattr(sequences, "__iter__"):
        raise RuntimeError(
            f"pad_sequence() takes several tensors, not a {type(sequences).__name__}")
    several = list(sequences)
    if not several:
        raise RuntimeError("pad_sequence(): there is no sequence")
    longest = max(each.shape[0] for each in several)
    rest = tuple(several[0].shape[1:])
    rows = []
    for each in several:
        if tuple(each.shape[1:]) != rest:
            raise RuntimeError(
                f"pad_sequence(): sequences of shapes {list(several[0].shape)} and "
                f"{list(each.shape)} differ in more than their length")
        missing = longest - each.shape[0]
        if missing:
            blank = several[0].new_full((missing, *rest), padding_value)
            parts = (each, blank) if padding_side == "right" else (blank, each)
            each = FACE["cat"](parts)
        rows.append(each)
    return FACE["stack"](rows, 0 if batch_first else 1)


def unpad_sequence(
    padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False
) -> list[Tensor]:
    """The sequences of these lengths that were padded at their ends."""
    if not batch_first:
        padded_sequences = padded_sequences.transpose(0, 1)
    return [
        each[:length]
        for each, length in zip(padded_sequences.unbind(0), lengths.tolist(), strict=True)]


def pack_sequence(sequences: Sequence[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Sequences (T, *) of several lengths, packed: see `pack_padded_sequence`."""
    lengths = np.array([each.shape[0] for each in sequences])
    return pack_padded_sequence(
        pad_sequence(sequences), wrap(lengths), enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The sequences that were packed."""
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)
