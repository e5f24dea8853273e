"""Writing LLVM IR as if it were arithmetic: a `Value` stands for a number that the code computes.

Each operation on values writes one line. No line branches or loops, so LLVM's vectoriser can take
16 numbers where the text speaks of one; a writer with several lanes speaks of so many itself.
Integers are only ever the bits of a number, or its exponent, and as wide as the number is: then
they share its vector registers' lanes.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Final

INFINITY: Final = float("inf")
NAN: Final = float("nan")


def single(number: float) -> float:
    """The nearest float32."""
    return float(struct.unpack("<f", struct.pack("<f", number))[0])


def split(type: str, pair: tuple[float, float]) -> tuple[float, float]:
    """The sum of two doubles as a pair of numbers of the type."""
    if type == "double":
        return pair
    return single(pair[0]), single(pair[0] - single(pair[0]) + pair[1])


def constant(type: str, number: float) -> str:
    """A number as LLVM reads it exactly: the bits of a double in hexadecimal."""
    if type.startswith("i"):
        return str(int(number))
    exact = single(number) if type == "float" else float(number)
    return f"0x{struct.unpack('<Q', struct.pack('<d', exact))[0]:016X}"


class Layout:
    """How the bits of a float32 or a float64 are used."""

    def __init__(self, type: str, mantissa: int, exponent: int) -> None:
        self.type = type
        self.integer = f"i{1 + mantissa + exponent}"
        self.mantissa = mantissa
        self.bias = 2 ** (exponent - 1) - 1
        self.least_normal = 2.0 ** (1 - self.bias)
        # Added to a small number, it leaves the nearest integer in the lowest bits.
        self.magic = 1.5 * 2.0**mantissa
        self.magic_bits = ((self.bias + mantissa) << mantissa) + (1 << (mantissa - 1))
        self.one_bits = self.bias << mantissa


LAYOUTS: Final = {"float": Layout("float", 23, 8), "double": Layout("double", 52, 11)}
SUFFIXES: Final = {"float": "f32", "double": "f64"}


class Writer:
    """The lines of one function, and what else they need in the module: name to definition."""

    def __init__(self, lanes: int = 1) -> None:
        self.lanes = lanes
        self.lines: list[str] = []
        self.needed: dict[str, str] = {}

    def text(self, type: str) -> str:
        """LLVM's name for the type of a value: a vector if there are lanes."""
        return type if self.lanes == 1 else f"<{self.lanes} x {type}>"

    def constant(self, type: str, number: float) -> str:
        """A number, in each lane."""
        one = constant(type, number)
        return one if self.lanes == 1 else f"splat ({type} {one})"

    def write(self, type: str, instruction: str) -> Value:
        """Add a line, and give the value that it names."""
        name = f"%v{len(self.lines)}"
        self.lines.append(f"  {name} = {instruction}")
        return Value(self, type, name)


class Value:
    """One number (float or double), integer (i32 or i64) or truth (i1) in the code."""

    __slots__ = ("writer", "type", "name")

    def __init__(self, writer: Writer, type: str, name: str) -> None:
        self.writer = writer
        self.type = type
        self.name = name

    @property
    def text(self) -> str:
        """Its type and name, as an operand."""
        return f"{self.writer.text(self.type)} {self.name}"

    @property
    def layout(self) -> Layout:
        """How its bits are used; for an integer, those of the number as wide as it."""
        wide = self.type in ("double", "i64")
        return LAYOUTS["double" if wide else "float"]

    @property
    def is_number(self) -> bool:
        """Is it float or double?"""
        return self.type in LAYOUTS

    def like(self, number: float) -> Value:
        """A constant of the same type."""
        return Value(self.writer, self.type, self.writer.constant(self.type, number))

    def operand(self, other: Value | float) -> str:
        """The other one, as text of this type."""
        return other.name if isinstance(other, Value) else self.like(other).name

    def _binary(self, operation: str, left: Value | float, right: Value | float) -> Value:
        kind = self.writer.text(self.type)
        text = f"{operation} {kind} {self.operand(left)}, {self.operand(right)}"
        return self.writer.write(self.type, text)

    def _converted(self, operation: str, type: str) -> Value:
        return self.writer.write(type, f"{operation} {self.text} to {self.writer.text(type)}")

    def __add__(self, other: Value | float) -> Value:
        return self._binary("fadd" if self.is_number else "add", self, other)

    def __radd__(self, other: float) -> Value:
        return self + other

    def __sub__(self, other: Value | float) -> Value:
        return self._binary("fsub" if self.is_number else "sub", self, other)

    def __rsub__(self, other: float) -> Value:
        return self._binary("fsub" if self.is_number else "sub", other, self)

    def __mul__(self, other: Value | float) -> Value:
        return self._binary("fmul" if self.is_number else "mul", self, other)

    def __rmul__(self, other: float) -> Value:
        return self * other

    def __truediv__(self, other: Value | float) -> Value:
        return self._binary("fdiv", self, other)

    def __rtruediv__(self, other: float) -> Value:
        return self._binary("fdiv", other, self)

    def __neg__(self) -> Value:
        return self.writer.write(self.type, f"fneg {self.text}")

    def __and__(self, other: Value | int) -> Value:
        return self._binary("and", self, other)

    def __xor__(self, other: Value | int) -> Value:
        return self._binary("xor", self, other)

    def __lshift__(self, count: int) -> Value:
        return self._binary("shl", self, count)

    def __rshift__(self, count: int) -> Value:
        """The sign is kept."""
        return self._binary("ashr", self, count)

    def _compare(self, relation: str, other: Value | float) -> Value:
        return self.writer.write("i1", f"{relation} {self.text}, {self.operand(other)}")

    # Ordered: false where either is NaN.

    def __lt__(self, other: Value | float) -> Value:
        return self._compare("fcmp olt" if self.is_number else "icmp slt", other)

    def __gt__(self, other: Value | float) -> Value:
        return self._compare("fcmp ogt" if self.is_number else "icmp sgt", other)

    def equals(self, other: Value | float) -> Value:
        """Is it equal to the other?"""
        return self._compare("fcmp oeq" if self.is_number else "icmp eq", other)

    def differs(self, other: Value | float) -> Value:
        """Isn't it equal to the other? Also true where either is NaN."""
        return self._compare("fcmp une" if self.is_number else "icmp ne", other)

    def at_least(self, low: Value | float) -> Value:
        """The larger of the two; NaN stays NaN."""
        return choose(self < low, low, self)

    def at_most(self, high: Value | float) -> Value:
        """The smaller of the two; NaN stays NaN."""
        return choose(self > high, high, self)

    @property
    def bits(self) -> Value:
        """The number's bits as an integer."""
        return self._converted("bitcast", self.layout.integer)

    @property
    def number(self) -> Value:
        """The number that has these bits."""
        return self._converted("bitcast", self.layout.type)

    @property
    def rounded(self) -> Value:
        """The integer as the nearest number."""
        return self._converted("sitofp", self.layout.type)

    @property
    def counted(self) -> Value:
        """The integer as a number."""
        type = self.layout.type
        return self.writer.write(type, f"sitofp {self.type} {self.name} to {type}")

    @property
    def truncated(self) -> Value:
        """The number's whole part as an integer."""
        integer = self.layout.integer
        return self.writer.write(integer, f"fptosi {self.type} {self.name} to {integer}")

    @property
    def wide(self) -> Value:
        """The float as a double."""
        return self._converted("fpext", "double")

    @property
    def narrow(self) -> Value:
        """The double rounded to a float."""
        return self._converted("fptrunc", "float")


def choose(condition: Value, yes: Value | float, no: Value | float) -> Value:
    """`yes` where the condition holds, else `no`; at least one of them must be a Value."""
    like = yes if isinstance(yes, Value) else no
    assert isinstance(like, Value)
    kind = like.writer.text(like.type)
    text = f"select {condition.text}, {kind} {like.operand(yes)}, {kind} {like.operand(no)}"
    return like.writer.write(like.type, text)


def _intrinsic(name: str, x: Value, *others: Value | float) -> Value:
    kind, lanes = x.writer.text(x.type), x.writer.lanes
    suffix = ("" if lanes == 1 else f"v{lanes}") + SUFFIXES[x.type]
    operands = ", ".join(f"{kind} {x.operand(each)}" for each in (x, *others))
    return x.writer.write(x.type, f"call {kind} @llvm.{name}.{suffix}({operands})")


def fma(a: Value, b: Value | float, c: Value | float) -> Value:
    """a * b + c, rounded once."""
    return _intrinsic("fma", a, b, c)


def magnitude(x: Value) -> Value:
    """x without its sign."""
    return _intrinsic("fabs", x)


def with_sign(x: Value, sign: Value) -> Value:
    """The magnitude of x with the sign of the other."""
    return _intrinsic("copysign", x, sign)


def root(x: Value) -> Value:
    """The square root, rounded correctly."""
    return _intrinsic("sqrt", x)


def nearest(x: Value) -> Value:
    """The nearest integer; ties go to the even one."""
    return _intrinsic("rint", x)


def truncated(x: Value) -> Value:
    """The whole number next to it, toward 0."""
    return _intrinsic("trunc", x)


def left_over(x: Value, y: Value) -> Value:
    """C's fmod, which takes its time."""
    return x.writer.write(x.type, f"frem {x.text}, {y.name}")


_LONG: Final = 12


def polynomial(x: Value, coefficients: Sequence[float]) -> Value:
    """Horner's rule; for a long one Estrin's: the even powers and the odd ones side by side."""
    if len(coefficients) >= _LONG and x.type == "double":
        square = x * x
        even, odd = polynomial(square, coefficients[::2]), polynomial(square, coefficients[1::2])
        return fma(odd, x, even)
    *lower, second, first = coefficients
    total = fma(x, first, second)
    for each in reversed(lower):
        total = fma(total, x, each)
    return total


def two_sum(a: Value, b: Value) -> tuple[Value, Value]:
    """a + b rounded, and what the rounding lost."""
    total = a + b
    part = total - a
    return total, (a - (total - part)) + (b - part)


def ordered_sum(a: Value, b: Value | float) -> tuple[Value, Value]:
    """As two_sum, where a is not smaller than b, or is 0 as b is."""
    total = a + b
    return total, (a - total) + b


def product(a: Value, b: Value | float) -> tuple[Value, Value]:
    """a * b rounded, and what the rounding lost."""
    total = a * b
    return total, fma(a, b, -total)


def quotient(a: Value, b: Value, b_lost: Value, a_lost: Value | None = None) -> tuple[Value, Value]:
    """(a + a_lost) / (b + b_lost) as a pair, with one division."""
    inverse = 1.0 / b
    total = a * inverse
    rest = fma(-total, b_lost, fma(-total, b, a))
    return total, (rest if a_lost is None else rest + a_lost) * inverse


def table_entry(name: str, numbers: Sequence[float], index: Value) -> Value:
    """The double at that place (i64) of a table."""
    writer = index.writer
    listed = ", ".join(f"double {constant('double', each)}" for each in numbers)
    kind = f"[{len(numbers)} x double]"
    writer.needed[name] = f"{name} = internal unnamed_addr constant {kind} [{listed}]"
    if writer.lanes == 1:
        return _read(writer, kind, name, index.name)
    total = "poison"
    for lane in range(writer.lanes):
        at = writer.write("i64", f"extractelement {index.text}, i64 {lane}")
        one = _read(writer, kind, name, at.name)
        total = writer.write(
            "double",
            f"insertelement {writer.text('double')} {total}, double {one.name}, i64 {lane}",
        ).name
    return Value(writer, "double", total)


def _read(writer: Writer, kind: str, table: str, index: str) -> Value:
    place = writer.write("ptr", f"getelementptr {kind}, ptr {table}, i64 0, i64 {index}")
    return writer.write("double", f"load double, ptr {place.name}")
