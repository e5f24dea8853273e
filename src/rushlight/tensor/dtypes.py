"""Element types: PyTorch's dtype objects, each tied to one NumPy dtype.

Invariant: a tensor's array always has one of the NumPy dtypes below, in native byte order, so that
`of(array.dtype)` never fails. The rules for mixing dtypes are in `promotion.py`.
"""

from __future__ import annotations

from typing import Any

import ml_dtypes
import numpy as np

BOOL, INTEGER, FLOATING, COMPLEX = range(4)


class dtype:
    """The type of a tensor's elements, printed `torch.float32`.

    Attributes: `is_floating_point`, `is_complex`, `is_signed`, `itemsize` (bytes).
    Source: https://pytorch.org/docs/stable/tensor_attributes.html#torch-dtype
    """

    __slots__ = (
        "category", "is_complex", "is_floating_point", "is_signed", "itemsize", "name", "numpy",
        "storage_only", "title",
    )

    def __init__(self, name: str, numpy: Any, title: str, category: int, storage_only: bool):
        self.name = name
        self.numpy = np.dtype(numpy)
        self.title = title
        self.category = category
        self.storage_only = storage_only
        self.itemsize = self.numpy.itemsize
        self.is_floating_point = category == FLOATING
        self.is_complex = category == COMPLEX
        self.is_signed = category in (FLOATING, COMPLEX) or self.numpy.kind == "i"

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> tuple[Any, tuple[str]]:
        return named, (self.name,)

    def to_real(self) -> dtype:
        """The dtype of this one's real part: `complex64` gives `float32`."""
        return {complex64: float32, complex128: float64}.get(self, self)

    def to_complex(self) -> dtype:
        """The complex dtype whose parts are of this one: `float32` gives `complex64`."""
        return complex128 if self in (float64, complex128) else complex64


dtype.__module__ = "torch"
_BY_NUMPY: dict[np.dtype[Any], dtype] = {}


def _define(name: str, numpy: Any, title: str, category: int, storage_only: bool = False) -> dtype:
    defined = dtype(name, numpy, title, category, storage_only)
    _BY_NUMPY[defined.numpy] = defined
    return defined


bool_ = _define("bool", np.bool_, "Bool", BOOL)
uint8 = _define("uint8", np.uint8, "Byte", INTEGER)
int8 = _define("int8", np.int8, "Char", INTEGER)
int16 = _define("int16", np.int16, "Short", INTEGER)
int32 = _define("int32", np.int32, "Int", INTEGER)
int64 = _define("int64", np.int64, "Long", INTEGER)
uint16 = _define("uint16", np.uint16, "UInt16", INTEGER)
uint32 = _define("uint32", np.uint32, "UInt32", INTEGER)
uint64 = _define("uint64", np.uint64, "UInt64", INTEGER)
float16 = _define("float16", np.float16, "Half", FLOATING)
bfloat16 = _define("bfloat16", ml_dtypes.bfloat16, "BFloat16", FLOATING)
float32 = _define("float32", np.float32, "Float", FLOATING)
float64 = _define("float64", np.float64, "Double", FLOATING)
complex64 = _define("complex64", np.complex64, "ComplexFloat", COMPLEX)
complex128 = _define("complex128", np.complex128, "ComplexDouble", COMPLEX)
float8_e4m3fn = _define(
    "float8_e4m3fn", ml_dtypes.float8_e4m3fn, "Float8_e4m3fn", FLOATING, storage_only=True)
float8_e5m2 = _define(
    "float8_e5m2", ml_dtypes.float8_e5m2, "Float8_e5m2", FLOATING, storage_only=True)
float8_e4m3fnuz = _define(
    "float8_e4m3fnuz", ml_dtypes.float8_e4m3fnuz, "Float8_e4m3fnuz", FLOATING, storage_only=True)
float8_e5m2fnuz = _define(
    "float8_e5m2fnuz", ml_dtypes.float8_e5m2fnuz, "Float8_e5m2fnuz", FLOATING, storage_only=True)

ALL = tuple(_BY_NUMPY.values())
ALIASES = {
    "half": float16, "float": float32, "double": float64, "cfloat": complex64,
    "cdouble": complex128, "short": int16, "int": int32, "long": int64,
}
LOW_PRECISION = frozenset(
    d.numpy for d in (float16, bfloat16, *(each for each in ALL if each.storage_only)))
_OF_PYTHON = {bool: bool_, int: int64, float: float64, complex: complex128}


def of(numpy_dtype: np.dtype[Any]) -> dtype:
    """The dtype that stands for `numpy_dtype`. TypeError: NumPy types that tensors cannot hold."""
    found = _BY_NUMPY.get(numpy_dtype)
    if found is None:
        raise TypeError(
            f"a NumPy array of type {numpy_dtype} cannot become a tensor: convert it first, to one "
            "of float64, float32, float16, complex64, complex128, int64, int32, int16, int8, "
            "uint64, uint32, uint16, uint8 and bool"
        )
    return found


def as_dtype(value: Any) -> dtype:
    """`value` as a dtype: one already, or Python's float, int, bool or complex."""
    if isinstance(value, dtype):
        return value
    found = _OF_PYTHON.get(value) if isinstance(value, type) else None
    if found is None:
        raise TypeError(f"dtype must be a torch.dtype, not {type(value).__name__}")
    return found


_default = float32


def get_default_dtype() -> dtype:
    """The dtype of tensors made from Python floats; `float32` unless it was set."""
    return _default


def set_default_dtype(d: dtype) -> None:
    """Make `d` the dtype of tensors made from Python floats.

    Raises TypeError unless `d` is a floating-point dtype.
    Source: https://pytorch.org/docs/stable/generated/torch.set_default_dtype.html
    """
    global _default
    chosen = as_dtype(d)
    if not chosen.is_floating_point or chosen.storage_only:
        raise TypeError(f"the default dtype must be a floating-point one, not {chosen}")
    _default = chosen


def default_for(value: complex) -> dtype:
    """The dtype that a tensor of this Python number gets."""
    if isinstance(value, (bool, np.bool_)):
        return bool_
    if isinstance(value, (int, np.integer)):
        return int64
    return _default.to_complex() if isinstance(value, complex) else _default


class finfo:
    """Limits of a floating-point dtype: `bits eps max min tiny smallest_normal resolution`.

    Source: https://pytorch.org/docs/stable/type_info.html
    """

    def __init__(self, type: dtype | None = None):
        chosen = as_dtype(_default if type is None else type)
        if chosen.category < FLOATING:
            raise TypeError(f"finfo describes floating-point dtypes, not {chosen}: use iinfo")
        limits = ml_dtypes.finfo(chosen.to_real().numpy)  # type: ignore[no-untyped-call]
        self.bits = int(limits.bits)
        self.eps = float(limits.eps)
        self.max = float(limits.max)
        self.min = float(limits.min)
        self.tiny = self.smallest_normal = float(limits.smallest_normal)
        self.resolution = float(limits.resolution)
        self.dtype = chosen.to_real().name

    def __repr__(self) -> str:
        return (
            f"finfo(resolution={self.resolution:g}, min={self.min:g}, max={self.max:g}, "
            f"eps={self.eps:g}, smallest_normal={self.smallest_normal:g}, tiny={self.tiny:g}, "
            f"dtype={self.dtype})"
        )


class iinfo:
    """Limits of an integer dtype: `bits max min`.

    Source: https://pytorch.org/docs/stable/type_info.html
    """

    def __init__(self, type: dtype):
        chosen = as_dtype(type)
        if chosen.category != INTEGER:
            raise TypeError(f"iinfo describes integer dtypes, not {chosen}: use finfo")
        limits = np.iinfo(chosen.numpy)
        self.bits, self.max, self.min = limits.bits, int(limits.max), int(limits.min)
        self.dtype = chosen.name

    def __repr__(self) -> str:
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"


def public_names() -> dict[str, dtype]:
    """Every name under which the face offers a dtype."""
    return {each.name: each for each in ALL} | ALIASES


def named(name: str) -> dtype:
    """The dtype that `torch.<name>` means; AttributeError where there is none."""
    found = public_names().get(name)
    if found is None:
        raise AttributeError(f"there is no dtype called {name!r}")
    return found
