"""Inputs: how a case line speaks of tensors, and the tensors made from what it says.

`f(3, 4)` is not a tensor but a description of one. Any library can make the tensor, and the
invariant is that all make the same one: the values follow from the description and its place
among the case's inputs, through NumPy's frozen `RandomState`, and from nothing else.

The values are kind to arithmetic. They are multiples of 1/128 below 2, exact in every floating
dtype; no two inputs of one case share a magnitude and, up to about 60 elements, nor do two elements
of one input: nothing ties. None lies on a kink, such as 0, 1 or a half. So when a result differs,
the operation is to blame.

Read next: `__init__.py`, the lines that use these, and `checks.py`, which runs them.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

FLOATING = ("float32", "float64", "bfloat16", "float16")
COMPLEX = ("complex64", "complex128")
SWEEP = (*FLOATING, "complex64", "int64", "int32", "uint8", "bool")

DOMAINS = {
    "real": lambda x: x,
    "positive": abs,
    "unit": lambda x: x / 2,
    "probability": lambda x: abs(x) / 2,
    "above_one": lambda x: 1 + abs(x),
    "large": lambda x: 4 * x,
}
INTEGER_DOMAINS = {
    "real": lambda x: x,
    "positive": abs,
    "unit": lambda x: x % 3 - 1,
    "probability": lambda x: x % 2,
    "above_one": lambda x: 1 + abs(x),
    "large": lambda x: x,
}


@dataclass(frozen=True)
class Input:
    """A tensor in words: its shape or values, then any of the properties below.

    `kind` is "f" (of the dtype being checked), "c" (the complex dtype of that precision),
    "i" (int64 indices) or "b" (bool). A `dtype` fixes the dtype, and then no gradient is asked.
    """

    kind: str
    shape: tuple[int, ...]
    values: tuple | float | None = None
    dtype: str | None = None
    domain: str = "real"
    layout: str = "contiguous"
    below: int | None = None

    positive = property(lambda self: replace(self, domain="positive"))
    unit = property(lambda self: replace(self, domain="unit"))  # -1 to 1
    probability = property(lambda self: replace(self, domain="probability"))  # 0 to 1
    above_one = property(lambda self: replace(self, domain="above_one"))
    large = property(lambda self: replace(self, domain="large"))  # up to 8, for rounding

    transposed = property(lambda self: replace(self, layout="transposed"))  # column-major
    sliced = property(lambda self: replace(self, layout="sliced"))  # every second element
    expanded = property(lambda self: replace(self, layout="expanded"))  # first stride 0
    offset = property(lambda self: replace(self, layout="offset"))  # starts inside its storage

    def __repr__(self) -> str:
        said = [repr(as_lists(self.values))] if self.values is not None else map(str, self.shape)
        options = [f"{k}={v!r}" for k in ("dtype", "below") if (v := getattr(self, k)) is not None]
        traits = [t for t in (self.domain, self.layout) if t not in ("real", "contiguous")]
        return ".".join([f"{self.kind}({', '.join([*said, *options])})", *traits])

    @property
    def follows(self) -> bool:
        """Whether the dtype being checked is this input's, so that it can want a gradient."""
        return self.kind in "fc" and self.dtype is None

    def dtype_in(self, checked: str) -> str:
        """The dtype this input has when `checked` is the dtype being checked."""
        if self.dtype:
            return self.dtype
        if self.kind == "c":
            return "complex128" if checked in ("float64", "complex128") else "complex64"
        return {"i": "int64", "b": "bool"}.get(self.kind, checked)

    def can_be(self, checked: str) -> bool:
        """Whether the values it was given exist in that dtype."""
        if self.values is None or not self.follows or checked in FLOATING:
            return True
        values = np.array(self.values)
        if checked in COMPLEX:
            return bool(np.isfinite(values).all())
        with np.errstate(invalid="ignore"):
            return bool(np.all(values == values.astype(checked)))


def f(*shape: Any, dtype: str | None = None) -> Input:
    """A tensor of the dtype being checked: `f(3, 4)`, or its values: `f([1.0, nan])`."""
    return _described("f", shape, dtype=dtype)


def c(*shape: Any) -> Input:
    """A complex tensor, of the precision being checked."""
    return _described("c", shape)


def b(*shape: Any) -> Input:
    """A bool tensor: `b(3, 4)`, or its values: `b([True, False])`."""
    return _described("b", shape)


def i(*shape: Any, below: int | None = None) -> Input:
    """An int64 tensor: its values, `i([2, 0])` or `i(2)`, or a shape, `i(3, 4, below=5)`."""
    if below is None:
        return Input("i", np.shape(shape[0]), as_tuples(shape[0]))
    return Input("i", shape, below=below)


def _described(kind: str, shape: tuple, dtype: str | None = None) -> Input:
    if len(shape) == 1 and isinstance(shape[0], (list, float, bool, complex)):
        return Input(kind, np.shape(shape[0]), as_tuples(shape[0]), dtype)
    return Input(kind, shape, None, dtype)


def as_tuples(values: Any) -> Any:
    return tuple(map(as_tuples, values)) if isinstance(values, list) else values


def as_lists(values: Any) -> Any:
    return list(map(as_lists, values)) if isinstance(values, tuple) else values


def tensor(library: Any, what: Input, checked: str, place: int) -> tuple[Any, np.ndarray]:
    """The tensor described, in `library`, and the same values in NumPy."""
    dtype = what.dtype_in(checked)
    values = array(what, dtype, place)
    memory, view = laid_out(values, what.layout)
    made = library.from_numpy(memory)
    if dtype == "bfloat16":  # which NumPy lacks: the array holds the same numbers in float32
        made = made.to(library.bfloat16)
    if what.layout != "contiguous":
        strides = [stride // view.itemsize for stride in view.strides]
        made = made.as_strided(view.shape, strides, _start(memory, view))
    return made, values


@cache
def array(what: Input, dtype: str, place: int) -> np.ndarray:
    """The values of an input, in NumPy; bfloat16 ones as float32."""
    numpy_dtype = np.dtype("float32" if dtype == "bfloat16" else dtype)
    if what.values is not None:
        values = np.array(what.values)
    else:
        seed = f"{what.kind}{what.shape}{what.domain}{what.below}"
        size = int(np.prod(what.shape, dtype=int))
        values = _drawn(seed, size, numpy_dtype.kind, what, place).reshape(what.shape)
    with np.errstate(over="ignore"):  # 710 is infinite in float16
        values = np.asarray(values.astype(numpy_dtype))
    if dtype == "bfloat16":
        values = rounded_to_bfloat16(values)
    if what.layout == "expanded" and what.values is None:
        values = np.ascontiguousarray(np.broadcast_to(values[:1], what.shape))
    values.flags.writeable = False
    return values


def rounded_to_bfloat16(values: np.ndarray) -> np.ndarray:
    """The float32 values nearest to these that keep only the upper half of their bits."""
    bits = values.view(np.uint32)
    bits = bits + 0x7FFF + (bits >> 16 & 1)  # ties go to the even neighbour
    return np.asarray(bits & 0xFFFF0000).view(np.float32)


def _drawn(seed: str, size: int, dtype_kind: str, what: Input, place: int) -> np.ndarray:
    random = np.random.RandomState(zlib.crc32(f"{seed}@{place}".encode()))
    if what.below is not None:
        return random.randint(0, what.below, size)
    if dtype_kind == "b":
        return random.permutation(np.arange(size) % 2)
    if dtype_kind in "iu":
        magnitudes = 1 + random.permutation(size)
        integers = INTEGER_DOMAINS[what.domain](magnitudes * random.choice([-1, 1], size))
        return integers if dtype_kind == "i" else abs(integers)
    return _drawn_real(random, size, what.domain, place, complex_too=dtype_kind == "c")


def _drawn_real(
    random: np.random.RandomState, size: int, domain: str, place: int, complex_too: bool
) -> np.ndarray:
    steps = np.array([k for k in range(13, 256) if k % 8 and k % 3 == place % 3])
    magnitudes = np.resize(random.permutation(steps), size) / 128
    values = DOMAINS[domain](magnitudes * random.choice([-1, 1], size))
    if complex_too:
        return values + 1j * _drawn_real(random, size, domain, place, complex_too=False)
    return values


def laid_out(values: np.ndarray, layout: str) -> tuple[np.ndarray, np.ndarray]:
    """A fresh array, and the view of it that holds `values` in the layout asked for."""
    if layout == "transposed":
        memory = np.ascontiguousarray(values.swapaxes(-1, -2)).copy()
        return memory, memory.swapaxes(-1, -2)
    if layout == "sliced":
        memory = np.repeat(values, 2, axis=-1)
        return memory, memory[..., ::2]
    if layout == "expanded":
        memory = values[:1].copy()
        return memory, np.broadcast_to(memory, values.shape)
    if layout == "offset":
        memory = np.concatenate([np.zeros(3, values.dtype), values.ravel()])
        return memory, memory[3:].reshape(values.shape)
    memory = values.copy()
    return memory, memory


def _start(memory: np.ndarray, view: np.ndarray) -> int:
    return (view.ctypes.data - memory.ctypes.data) // memory.itemsize
