"""Vectors of numbers in native functions: as many lanes as the processor has, one instruction each.

`Lanes` says how numbers of a type fill a register. Loops that LLVM would vectorise by itself don't
need this; those of a matrix product do, where every register counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from rushlight.engine import native
from rushlight.engine.function_writer import Value, constant, instruction

_SUFFIXES = {"float": "f32", "double": "f64", "i32": "i32", "i64": "i64"}
BYTES = {"float": 4, "double": 8, "i32": 4, "i64": 8}


@cache
def register_bytes() -> int:
    """How wide a vector register is."""
    features = native.features()
    return 64 if features.get("avx512f") else 32 if features.get("avx2") else 16


@cache
def registers() -> int:
    """How many vector registers there are."""
    x86 = native.features().get("sse2", False)
    return 16 if x86 and register_bytes() < 64 else 32


@dataclass(frozen=True)
class Lanes:
    """A vector of numbers of this type (an LLVM type)."""

    type: str

    @property
    def bytes(self) -> int:
        """Of one number."""
        return BYTES[self.type]

    @property
    def count(self) -> int:
        """How many numbers there are."""
        return register_bytes() // self.bytes

    @property
    def width(self) -> int:
        """Bytes of all of them."""
        return self.count * self.bytes

    @property
    def vector(self) -> str:
        """The LLVM type."""
        return f"<{self.count} x {self.type}>"

    @property
    def name(self) -> str:
        """The type, as it stands in the names of LLVM's intrinsics."""
        return f"v{self.count}{_SUFFIXES[self.type]}"

    @property
    def is_float(self) -> bool:
        """Are they floating-point numbers?"""
        return self.type in ("float", "double")

    def zero(self) -> Value:
        """All zeros."""
        return Value(self.vector, "zeroinitializer")

    def load(self, place: Value) -> Value:
        """The numbers that lie side by side there."""
        return instruction(self.vector, f"load {self.vector}, ptr {place.text}, align {self.bytes}")

    def store(self, value: Value, place: Value) -> None:
        """Write the numbers side by side."""
        instruction("void", f"store {self.vector} {value.text}, ptr {place.text}, "
                            f"align {self.bytes}")

    def first(self, count: Value) -> Value:
        """A mask of the first so many lanes."""
        wide, integer = f"<{self.count} x i64>", f"i64 {count.text}"
        single = instruction(wide, f"insertelement {wide} poison, {integer}, i64 0")
        limit = instruction(wide, f"shufflevector {wide} {single.text}, {wide} poison, "
                            f"<{self.count} x i32> zeroinitializer")
        lanes = ", ".join(f"i64 {lane}" for lane in range(self.count))
        return instruction(f"<{self.count} x i1>", f"icmp ult {wide} <{lanes}>, {limit.text}")

    def load_some(self, place: Value, mask: Value) -> Value:
        """The numbers there where the mask says so; what else lies there is not touched."""
        return instruction(
            self.vector, f"call {self.vector} @llvm.vp.load.{self.name}.p0(ptr align {self.bytes} "
            f"{place.text}, {mask.type} {mask.text}, i32 {self.count})")

    def store_some(self, value: Value, place: Value, mask: Value) -> None:
        """Write numbers where the mask says so; what else lies there is not touched."""
        instruction(
            "void", f"call void @llvm.vp.store.{self.name}.p0({self.vector} {value.text}, "
            f"ptr align {self.bytes} {place.text}, {mask.type} {mask.text}, i32 {self.count})")

    def spread(self, place: Value) -> Value:
        """The number that lies there, in every lane."""
        number = instruction(self.type, f"load {self.type}, ptr {place.text}, align {self.bytes}")
        single = instruction(
            self.vector, f"insertelement {self.vector} poison, {self.type} {number.text}, i64 0")
        return instruction(self.vector, f"shufflevector {self.vector} {single.text}, "
                           f"{self.vector} poison, <{self.count} x i32> zeroinitializer")

    def add(self, x: Value, y: Value) -> Value:
        """Lane by lane."""
        how = "fadd" if self.is_float else "add"
        return instruction(self.vector, f"{how} {self.vector} {x.text}, {y.text}")

    def multiply_add(self, x: Value, y: Value, z: Value) -> Value:
        """x * y + z, rounded once where the processor can."""
        if self.is_float and fused():
            return instruction(
                self.vector, f"call {self.vector} @llvm.fma.{self.name}({self.vector} {x.text}, "
                f"{self.vector} {y.text}, {self.vector} {z.text})")
        how = "fmul" if self.is_float else "mul"
        made = instruction(self.vector, f"{how} {self.vector} {x.text}, {y.text}")
        return self.add(made, z)

    def total(self, x: Value) -> Value:
        """The sum of the lanes, pairwise."""
        width = self.count
        while width > 1:
            width //= 2
            order = [(lane + width) % (2 * width) for lane in range(self.count)]
            x = self.add(x, self.shuffled(x, x, order))
        return instruction(self.type, f"extractelement {self.vector} {x.text}, i64 0")

    def shuffled(self, x: Value, y: Value, order: list[int]) -> Value:
        """Lanes of x (0, 1 ...) and of y (count, count + 1 ...) in this order."""
        listed = ", ".join(f"i32 {each}" for each in order)
        return instruction(self.vector, f"shufflevector {self.vector} {x.text}, "
                           f"{self.vector} {y.text}, <{len(order)} x i32> <{listed}>")

    def transposed(self, rows: list[Value]) -> list[Value]:
        """As many vectors as lanes, seen as a square: its columns."""
        n, step = self.count, self.count // 2
        while step:
            # Squares of 2 * step: the upper right quarter changes places with the lower left one.
            low = [lane if lane & step == 0 else n + lane - step for lane in range(n)]
            high = [lane + step if lane & step == 0 else n + lane for lane in range(n)]
            made = list(rows)
            for i in range(n):
                if i & step == 0:
                    made[i] = self.shuffled(rows[i], rows[i + step], low)
                    made[i + step] = self.shuffled(rows[i], rows[i + step], high)
            rows, step = made, step // 2
        return rows


@cache
def fused() -> bool:
    """Whether the processor multiplies and adds with one rounding; else that is a slow function."""
    features = native.features()
    return bool(features.get("fma") or not features.get("sse2", False))


def index(number: int) -> Value:
    """A whole number as places and sizes are counted."""
    return constant("i64", number)
