"""How a tensor looks: `tensor([[1., 2.],\\n        [3., 4.]], grad_fn=<AddBackward0>)`.

Text is made in three steps: every shown number becomes a cell (numbers of one tensor share one
notation, chosen from the least and the greatest of them), cells are laid out in nested brackets,
and whatever the numbers do not tell (dtype, size, gradient) follows as suffixes.

Invariant: the text is PyTorch's, to the character. Reads a tensor only through its public
attributes and `_array`. The tensor itself is in `tensor.py`.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from rushlight.tensor import dtypes

if TYPE_CHECKING:
    from rushlight.tensor.tensor import Array, Tensor


@dataclasses.dataclass
class _Options:
    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


_PROFILES = {
    "default": _Options(),
    "short": _Options(precision=2, edgeitems=2),
    "full": _Options(threshold=math.inf),
}
_options = _Options()


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Choose how tensors are printed, from now on.

    `precision`: digits after the point. `threshold`: a tensor of more elements is shortened to
    `edgeitems` at each end of every dimension. `linewidth`: columns before a line is broken.
    `profile`: "default", "short" or "full" sets these four, before the others named here.
    `sci_mode`: scientific notation always (True), never (False), or as the numbers need it (None);
    a call that leaves it out sets it back to None.
    Source: https://pytorch.org/docs/stable/generated/torch.set_printoptions.html
    """
    global _options
    start = _PROFILES.get(profile or "", _options)
    named: dict[str, Any] = {
        "precision": precision, "threshold": threshold,
        "edgeitems": edgeitems, "linewidth": linewidth,
    }
    given = {name: value for name, value in named.items() if value is not None}
    _options = dataclasses.replace(start, sci_mode=sci_mode, **given)


def get_printoptions() -> dict[str, Any]:
    """The options in force, as keywords for `set_printoptions`."""
    return dataclasses.asdict(_options)


@contextmanager
def printoptions(**options: Any) -> Iterator[None]:
    """`set_printoptions` for the length of a `with` block."""
    global _options
    before = _options
    set_printoptions(**options)
    try:
        yield
    finally:
        _options = before


def tensor_text(tensor: Tensor) -> str:
    """What `repr(tensor)` shows."""
    name = type(tensor).__name__
    opening = "tensor(" if name in ("Tensor", "Parameter") else f"{name}("
    return _with_suffixes(opening + _body(tensor, len(opening)), _suffixes(tensor), len(opening))


def parameter_text(parameter: Tensor) -> str:
    """What `repr` of an `nn.Parameter`, or of an instance of a subclass of it, shows."""
    text = tensor_text(parameter)
    if type(parameter).__name__ != "Parameter":
        text = f"Parameter({text})"
    return f"Parameter containing:\n{text}"


# --- the numbers


def _body(tensor: Tensor, indent: int) -> str:
    """The bracketed numbers, whose lines after the first start `indent` columns in."""
    if tensor.device.type == "meta":
        return "..."
    array, edge = tensor._array, _options.edgeitems
    if array.size == 0:
        return "[]"
    gaps = (0,) * array.ndim
    if array.ndim and array.size > _options.threshold:
        if edge == 0:
            return "[...]"
        gaps = tuple(edge if length > 2 * edge else 0 for length in array.shape)
        array = _ends(array, gaps)
    cells, width = _cells(array)
    return _layout(cells, array.shape, gaps, indent, width + len(", "))


def _ends(array: Array, gaps: Sequence[int]) -> Array:
    """Of each dimension with a gap, the first and last `gap` items; the others whole."""
    kept = [
        [*range(gap), *range(length - gap, length)] if gap else range(length)
        for gap, length in zip(gaps, array.shape, strict=True)
    ]
    return array[np.ix_(*kept)]


def _cells(array: Array) -> tuple[list[str], int]:
    """The text of each element in order, and the columns that one takes in a line."""
    category = dtypes.of(array.dtype).category
    if category == dtypes.FLOATING:
        return _column(array.astype(np.float64).ravel().tolist())
    if category == dtypes.COMPLEX:
        return _complex_column(array.ravel())
    texts = [str(value) for value in array.ravel().tolist()]
    return _pad(texts, max(map(len, texts)))


def _complex_column(values: Array) -> tuple[list[str], int]:
    reals, real_width = _column(values.real.tolist())
    imaginaries, imaginary_width = _column(values.imag.tolist())
    cells = [real + _signed(text) + "j" for real, text in zip(reals, imaginaries, strict=True)]
    return cells, real_width + imaginary_width + len("j")


def _signed(text: str) -> str:
    text = text.lstrip()
    return text if text.startswith("-") else f"+{text}"


def _column(values: list[float]) -> tuple[list[str], int]:
    """Floats in one notation, right-aligned.

    Only finite numbers other than zero choose the notation and the width.
    """
    choosing = [value for value in values if value and math.isfinite(value)]
    if not choosing:
        return [_whole(value) for value in values], 1
    write = _notation(choosing)
    texts = [write(value) for value in values]
    sized = zip(map(len, texts), values, strict=True)
    return _pad(texts, max(size for size, value in sized if value and math.isfinite(value)))


def _notation(values: list[float]) -> Callable[[float], str]:
    """How to write a column whose finite numbers other than zero are `values`."""
    scientific = _options.sci_mode
    if scientific is None:
        sizes = [abs(value) for value in values]
        least, greatest = min(sizes), max(sizes)
        scientific = greatest / least > 1000 or greatest > 1e8 or least < 1e-4
    if scientific:
        return f"{{:.{_options.precision}e}}".format
    if all(value.is_integer() for value in values):
        return _whole
    return f"{{:.{_options.precision}f}}".format


def _whole(value: float) -> str:
    return f"{value:.0f}." if math.isfinite(value) else str(value)


def _pad(texts: list[str], width: int) -> tuple[list[str], int]:
    return [text.rjust(width) for text in texts], width


# --- the layout


def _layout(
    cells: list[str], shape: Sequence[int], gaps: Sequence[int], indent: int, columns: int
) -> str:
    """`cells` in nested brackets of `shape`.

    `gaps` tells for each dimension after how many items the dots stand (0: none was left out);
    `columns` is how many a cell takes with its separator.
    """
    if not shape:
        return cells[0]
    if len(shape) == 1:
        return _row(cells, gaps[0], indent + 1, columns)
    step = len(cells) // shape[0]
    blocks = [
        _layout(cells[start : start + step], shape[1:], gaps[1:], indent + 1, columns)
        for start in range(0, len(cells), step)
    ]
    if gaps[0]:
        blocks.insert(gaps[0], "...")
    separator = "," + "\n" * (len(shape) - 1) + " " * (indent + 1)
    return f"[{separator.join(blocks)}]"


def _row(cells: list[str], gap: int, indent: int, columns: int) -> str:
    """One innermost bracket, its numbers `indent` columns in, broken into lines that fit."""
    if gap:
        cells = [*cells[:gap], " ...", *cells[gap:]]
    fitting = max(1, (_options.linewidth - indent + 1) // columns)
    lines = [", ".join(cells[start : start + fitting]) for start in range(0, len(cells), fitting)]
    separator = ",\n" + " " * indent
    return f"[{separator.join(lines)}]"


# --- what the numbers do not tell


def _suffixes(tensor: Tensor) -> list[str]:
    dtype, default = tensor.dtype, dtypes.get_default_dtype()
    meta, shape = tensor.device.type == "meta", tuple(tensor.shape)
    empty = 0 in shape
    suffixes = []
    if meta:
        suffixes.append("device='meta'")
    if meta or (len(shape) != 1 if empty else _options.edgeitems == 0):
        suffixes.append(f"size={shape}")
    evident = {default}
    if not (meta or empty):  # numbers there tell these four apart
        evident |= {default.to_complex(), dtypes.int64, dtypes.bool_}
    if dtype not in evident:
        suffixes.append(f"dtype={dtype}")
    made_by = tensor.grad_fn
    if made_by is not None:
        suffixes.append(f"grad_fn=<{type(made_by).__name__}>")
    elif tensor.requires_grad:
        suffixes.append("requires_grad=True")
    return suffixes


def _with_suffixes(text: str, suffixes: list[str], indent: int) -> str:
    """`text` and its suffixes, closed; a suffix that would pass the line's end starts a new one."""
    separator = ", "
    used = len(text) - (text.rfind("\n") + 1) + len(separator)
    for suffix in suffixes:
        if used + len(suffix) + len(separator) > _options.linewidth:
            text += ",\n" + " " * indent + suffix
            used = indent + len(suffix)
        else:
            text += separator + suffix
            used += len(suffix) + len(separator)
    return text + ")"
