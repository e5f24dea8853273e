"""One operation on scalars as LLVM IR: the words of the loop language.

`emit` writes the instructions for one operation on values of one type and names the result. The
names of the operations are those of NumPy's ufuncs, and so are their meanings. Maths functions are
our own (`vector_math.py`); the rest is one to a few instructions, free of branches, so that LLVM
can do sixteen elements at once.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable
from typing import Any

import numpy as np

from rushlight.engine import vector_math
from rushlight.engine.types import BFLOAT16, BOOL, COMPUTED, FLOATS


def held(type: str) -> str:
    """LLVM's name of a type of ours: it has no unsigned ones."""
    return "i8" if type == "u8" else type


class Writer:
    """Collects the lines of a function body; each value gets a fresh name."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.wanted: set[tuple[str, str]] = set()  # maths functions that are called
        self._next = 0

    def op(self, text: str) -> str:
        """Write `%new = text` and return the new name."""
        self._next += 1
        name = f"%v{self._next}"
        self.lines.append(f"  {name} = {text}")
        return name

    def do(self, text: str) -> None:
        """Write a line that has no value."""
        self.lines.append(f"  {text}")

    def label(self, stem: str) -> str:
        """A fresh label."""
        self._next += 1
        return f"{stem}{self._next}"

    def begin(self, label: str) -> None:
        """Start the block of this label, falling into it from above."""
        self.lines += [f"  br label %{label}", f"{label}:"]

    def at(self, label: str) -> None:
        """Start the block of this label; what is above has ended its own."""
        self.lines.append(f"{label}:")


def constant(value: float | int | bool, type: str) -> str:
    """A number as LLVM writes it, exactly."""
    if type == "double":
        return f"0x{struct.unpack('<Q', struct.pack('<d', float(value)))[0]:016X}"
    if type == "float":
        with np.errstate(over="ignore"):
            return constant(float(np.float32(value)), "double")
    if type == BOOL:
        return "true" if value else "false"
    bits = int(type[1:])
    return str((int(value) + (1 << (bits - 1))) % (1 << bits) - (1 << (bits - 1)))


Emitter = Callable[[Writer, str, list[str]], str]


def _arithmetic(of_float: str, of_integer: str | None, of_bool: str | None = None) -> Emitter:
    def emit(w: Writer, t: str, a: list[str]) -> str:
        name = of_float if t in FLOATS else of_bool if t == BOOL else of_integer
        if name is None:
            raise KeyError
        return w.op(f"{name} {held(t)} {', '.join(a)}")

    return emit


def _compare(of_float: str, of_integer: str) -> Emitter:
    def emit(w: Writer, t: str, a: list[str]) -> str:
        if t in FLOATS:
            return w.op(f"fcmp {of_float} {t} {a[0]}, {a[1]}")
        sign = "" if of_integer in ("eq", "ne") else "u" if t in (BOOL, "u8") else "s"
        return w.op(f"icmp {sign}{of_integer} {held(t)} {a[0]}, {a[1]}")

    return emit


def _intrinsic(name: str) -> Emitter:
    def emit(w: Writer, t: str, a: list[str]) -> str:
        if t not in FLOATS:
            raise KeyError
        suffix = "f32" if t == "float" else "f64"
        operands = ", ".join(f"{t} {each}" for each in a)
        return w.op(f"call {t} @llvm.{name}.{suffix}({operands})")

    return emit


def _maths(name: str) -> Emitter:
    def emit(w: Writer, t: str, a: list[str]) -> str:
        if t not in FLOATS or not vector_math.has(name, t):
            raise KeyError
        w.wanted.add((name, t))
        operands = ", ".join(f"{t} {each}" for each in a)
        return w.op(f"call {t} {vector_math.symbol(name, t)}({operands})")

    return emit


def _extreme(of_float: str, of_integer: str) -> Emitter:
    def emit(w: Writer, t: str, a: list[str]) -> str:
        if t in FLOATS:
            # llvm.maximum orders zeros too, which costs; a nan on either side wins, as in NumPy.
            beyond = "ogt" if of_float == "maximum" else "olt"
            x, y = a
            taken = w.op(f"fcmp {beyond} {t} {x}, {y}")
            known = w.op(f"select i1 {taken}, {t} {x}, {t} {y}")  # with these two: one instruction
            missing = w.op(f"fcmp uno {t} {x}, {x}")
            return w.op(f"select i1 {missing}, {t} {x}, {t} {known}")
        if t == BOOL:
            return w.op(f"{'or' if of_float == 'maximum' else 'and'} i1 {a[0]}, {a[1]}")
        name = ("u" if t == "u8" else "s") + of_integer
        suffix = held(t)
        return w.op(f"call {suffix} @llvm.{name}.{suffix}({suffix} {a[0]}, {suffix} {a[1]})")

    return emit


def _bits(name: str) -> Emitter:
    def emit(w: Writer, t: str, a: list[str]) -> str:
        if t in FLOATS:
            raise KeyError
        return w.op(f"{name} {held(t)} {a[0]}, {a[1]}")

    return emit


def _negative(w: Writer, t: str, a: list[str]) -> str:
    return w.op(f"fneg {t} {a[0]}") if t in FLOATS else w.op(f"sub {held(t)} 0, {a[0]}")


def _absolute(w: Writer, t: str, a: list[str]) -> str:
    if t in FLOATS:
        return _intrinsic("fabs")(w, t, a)
    if t in (BOOL, "u8"):
        return a[0]
    return w.op(f"call {t} @llvm.smax.{t}({t} {a[0]}, {t} {_negative(w, t, a)})")


def _invert(w: Writer, t: str, a: list[str]) -> str:
    if t in FLOATS:
        raise KeyError
    return w.op(f"xor {held(t)} {a[0]}, -1")


def truth(w: Writer, t: str, value: str) -> str:
    """Whether a value is not zero (nan is not)."""
    if t == BOOL:
        return value
    if t in FLOATS:
        return w.op(f"fcmp une {t} {value}, {constant(0, t)}")
    return w.op(f"icmp ne {held(t)} {value}, 0")


def _logical(name: str) -> Emitter:
    def emit(w: Writer, t: str, a: list[str]) -> str:
        return w.op(f"{name} i1 {', '.join(truth(w, t, each) for each in a)}")

    return emit


def _logical_not(w: Writer, t: str, a: list[str]) -> str:
    return w.op(f"xor i1 {truth(w, t, a[0])}, true")


def _isnan(w: Writer, t: str, a: list[str]) -> str:
    return w.op(f"fcmp uno {t} {a[0]}, {a[0]}") if t in FLOATS else "false"


def _isinf(w: Writer, t: str, a: list[str]) -> str:
    if t not in FLOATS:
        return "false"
    return w.op(f"fcmp oeq {t} {_absolute(w, t, a)}, {constant(math.inf, t)}")


def _isfinite(w: Writer, t: str, a: list[str]) -> str:
    if t not in FLOATS:
        return "true"
    return w.op(f"fcmp olt {t} {_absolute(w, t, a)}, {constant(math.inf, t)}")


def _signbit(w: Writer, t: str, a: list[str]) -> str:
    if t not in FLOATS:
        return w.op(f"icmp slt {held(t)} {a[0]}, 0") if t not in (BOOL, "u8") else "false"
    bits = "i32" if t == "float" else "i64"
    return w.op(f"icmp slt {bits} {w.op(f'bitcast {t} {a[0]} to {bits}')}, 0")


def _square(w: Writer, t: str, a: list[str]) -> str:
    return EMITTERS["multiply"](w, t, [a[0], a[0]])


def _of_finite(name: str) -> Emitter:
    """fmax and fmin: the other operand where one is nan."""
    def emit(w: Writer, t: str, a: list[str]) -> str:
        if t not in FLOATS:
            return EMITTERS["maximum" if name == "fmax" else "minimum"](w, t, a)
        x, y = a
        taken = w.op(f"fcmp {'oge' if name == 'fmax' else 'ole'} {t} {x}, {y}")
        missing = w.op(f"fcmp uno {t} {y}, {y}")
        either = w.op(f"or i1 {taken}, {missing}")
        return w.op(f"select i1 {either}, {t} {x}, {t} {y}")

    return emit


# The operands' type comes in; bool comes out of what `types.PREDICATES` names, else the same.
EMITTERS: dict[str, Emitter] = {
    "add": _arithmetic("fadd", "add", "or"),
    "subtract": _arithmetic("fsub", "sub"),
    "multiply": _arithmetic("fmul", "mul", "and"),
    "divide": _arithmetic("fdiv", None),
    "negative": _negative,
    "absolute": _absolute,
    "square": _square,
    "sqrt": _intrinsic("sqrt"),
    "floor": _intrinsic("floor"),
    "ceil": _intrinsic("ceil"),
    "trunc": _intrinsic("trunc"),
    "rint": _intrinsic("rint"),
    "copysign": _intrinsic("copysign"),
    "maximum": _extreme("maximum", "max"),
    "minimum": _extreme("minimum", "min"),
    "fmax": _of_finite("fmax"),
    "fmin": _of_finite("fmin"),
    "equal": _compare("oeq", "eq"),
    "not_equal": _compare("une", "ne"),
    "less": _compare("olt", "lt"),
    "less_equal": _compare("ole", "le"),
    "greater": _compare("ogt", "gt"),
    "greater_equal": _compare("oge", "ge"),
    "bitwise_and": _bits("and"),
    "bitwise_or": _bits("or"),
    "bitwise_xor": _bits("xor"),
    "invert": _invert,
    "logical_and": _logical("and"),
    "logical_or": _logical("or"),
    "logical_xor": _logical("xor"),
    "logical_not": _logical_not,
    "isnan": _isnan,
    "isinf": _isinf,
    "isfinite": _isfinite,
    "signbit": _signbit,
}
MATHS = (
    "exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "sinh", "cosh",
    "tanh", "arcsin", "arccos", "arctan", "arcsinh", "arccosh", "arctanh", "arctan2", "power",
    "erf", "erfc", "hypot", "lgamma", "logaddexp", "remainder", "fmod",
)
EMITTERS.update({name: _maths(name) for name in MATHS})


def knows(operation: str, type: str) -> bool:
    """Whether there is a loop for this operation on operands of this type."""
    if operation == "where":
        return True
    emitter = EMITTERS.get(operation)
    if emitter is None:
        return False
    try:
        emitter(Writer(), type, ["%a", "%b"])
    except KeyError:
        return False
    return True


def emit(w: Writer, operation: str, type: str, operands: list[str]) -> str:
    """The value of an operation on operands of one type ("where": a bool, then two of it)."""
    if operation == "where":
        condition, a, b = operands
        return w.op(f"select i1 {condition}, {held(type)} {a}, {held(type)} {b}")
    return EMITTERS[operation](w, type, operands)


def cast(w: Writer, value: str, source: str, target: str) -> str:
    """The value in another type, as C converts it."""
    if source == target:
        return value
    if target == BOOL:
        return truth(w, source, value)
    if source in FLOATS and target in FLOATS:
        word = "fpext" if target == "double" else "fptrunc"
    elif source in FLOATS:
        # By way of int64, as the hardware does: then what does not fit wraps.
        wide = w.op(f"fptosi {source} {value} to i64")
        return cast(w, wide, "i64", target)
    elif target in FLOATS:
        word = "uitofp" if source in (BOOL, "u8") else "sitofp"
    else:
        here, there = (1 if each == BOOL else int(each[1:]) for each in (source, target))
        if here == there:
            return value
        word = "trunc" if there < here else "zext" if source in (BOOL, "u8") else "sext"
    return w.op(f"{word} {held(source)} {value} to {held(target)}")


def memory_type(dtype: np.dtype[Any]) -> str:
    """The type of an element in memory: bool is a byte, bfloat16 two."""
    if dtype.char == BFLOAT16:
        return "i16"
    if dtype.char == "e":
        return "half"
    type = COMPUTED[dtype.char]
    return "i8" if type == BOOL else held(type)


def load(w: Writer, dtype: np.dtype[Any], pointer: str) -> str:
    """The element at a pointer, in the type it is computed in."""
    value = w.op(f"load {memory_type(dtype)}, ptr {pointer}, align {dtype.itemsize}")
    if dtype.char == "?":
        return w.op(f"icmp ne i8 {value}, 0")
    if dtype.char == "e":
        return w.op(f"fpext half {value} to float")
    if dtype.char == BFLOAT16:
        wide = w.op(f"shl i32 {w.op(f'zext i16 {value} to i32')}, 16")
        return w.op(f"bitcast i32 {wide} to float")
    return value


def store(w: Writer, dtype: np.dtype[Any], value: str, pointer: str) -> None:
    """Write a value of the dtype's type to memory, rounded to what the dtype can hold."""
    if dtype.char == "?":
        value = w.op(f"zext i1 {value} to i8")
    elif dtype.char == "e":
        value = w.op(f"fptrunc float {value} to half")
    elif dtype.char == BFLOAT16:
        value = _bfloat16_bits(w, value)
    w.do(f"store {memory_type(dtype)} {value}, ptr {pointer}, align {dtype.itemsize}")


def narrowed(w: Writer, dtype: np.dtype[Any], value: str) -> str:
    """A float rounded as if it were stored in the dtype and loaded again."""
    if dtype.char == "e":
        return w.op(f"fpext half {w.op(f'fptrunc float {value} to half')} to float")
    bits = w.op(f"zext i16 {_bfloat16_bits(w, value)} to i32")
    return w.op(f"bitcast i32 {w.op(f'shl i32 {bits}, 16')} to float")


def _bfloat16_bits(w: Writer, value: str) -> str:
    """The upper half of the float's bits, rounded to even; a nan stays one."""
    bits = w.op(f"bitcast float {value} to i32")
    odd = w.op(f"and i32 {w.op(f'lshr i32 {bits}, 16')}, 1")
    rounded = w.op(f"add i32 {w.op(f'add i32 {bits}, 32767')}, {odd}")
    quiet = w.op(f"or i32 {bits}, 4194304")
    missing = w.op(f"fcmp uno float {value}, {value}")
    chosen = w.op(f"select i1 {missing}, i32 {quiet}, i32 {rounded}")
    return w.op(f"trunc i32 {w.op(f'lshr i32 {chosen}, 16')} to i16")
