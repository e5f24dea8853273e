"""Vectors of numbers in native functions: read, multiplied and added up, written, with masks.

A `Vector` is a kind of vector: so many numbers of a type. Its methods write instructions; masks
are vectors of truths, and what a mask leaves out is neither read nor written.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from rushlight.engine.function_writer import Value, Variable
from rushlight.engine.vector_writer import SUFFIXES

BYTES = {"float": 4, "double": 8}


class Vector(NamedTuple):
    """So many numbers (float or double) side by side."""

    element: str
    lanes: int

    @property
    def type(self) -> str:
        """As LLVM writes it."""
        return f"<{self.lanes} x {self.element}>"

    @property
    def size(self) -> int:
        """How many bytes one number has."""
        return BYTES[self.element]

    @property
    def _mask(self) -> str:
        return f"<{self.lanes} x i1>"

    @property
    def _suffix(self) -> str:
        return f"v{self.lanes}{SUFFIXES[self.element]}"

    @property
    def zero(self) -> Value:
        """All zeros."""
        return Value(self.type, "zeroinitializer")

    def variable(self, start: Value) -> Variable:
        """A place for a vector that changes."""
        return Variable(self.type, start)

    # --- memory

    def load(self, place: Value) -> Value:
        """What lies there, at the start of a number."""
        return place.vector(f"load {self.type}, ptr {place.text}, align {self.size}", self.type)

    def store(self, value: Value, place: Value) -> None:
        """Write it there."""
        place.vector(
            f"store {self.type} {value.text}, ptr {place.text}, align {self.size}", "void")

    def load_some(self, place: Value, mask: Value) -> Value:
        """What lies there under the mask, and zeros."""
        return place.vector(
            f"call {self.type} @llvm.masked.load.{self._suffix}.p0(ptr {place.text}, "
            f"i32 {self.size}, {self._mask} {mask.text}, {self.type} zeroinitializer)", self.type)

    def store_some(self, value: Value, place: Value, mask: Value) -> None:
        """Write what is under the mask."""
        place.vector(
            f"call void @llvm.masked.store.{self._suffix}.p0({self.type} {value.text}, "
            f"ptr {place.text}, i32 {self.size}, {self._mask} {mask.text})", "void")

    def spread(self, place: Value) -> Value:
        """The one number there, in all lanes."""
        return self.all(place.vector(
            f"load {self.element}, ptr {place.text}, align {self.size}", self.element))

    def all(self, number: Value) -> Value:
        """The number in all lanes."""
        undefined = f"{self.type} poison"
        first = number.vector(
            f"insertelement {undefined}, {self.element} {number.text}, i64 0", self.type)
        return number.vector(
            f"shufflevector {self.type} {first.text}, {undefined}, <{self.lanes} x i32> "
            "zeroinitializer", self.type)

    # --- arithmetic

    def fma(self, a: Value, b: Value, c: Value) -> Value:
        """a * b + c, rounded once."""
        listed = ", ".join(f"{self.type} {each.text}" for each in (a, b, c))
        return a.vector(f"call {self.type} @llvm.fma.{self._suffix}({listed})", self.type)

    def add(self, a: Value, b: Value) -> Value:
        """The sum."""
        return a.vector(f"fadd {self.type} {a.text}, {b.text}", self.type)

    def subtract(self, a: Value, b: Value) -> Value:
        """The difference."""
        return a.vector(f"fsub {self.type} {a.text}, {b.text}", self.type)

    def multiply(self, a: Value, b: Value) -> Value:
        """The product."""
        return a.vector(f"fmul {self.type} {a.text}, {b.text}", self.type)

    def totals(self, values: list[Value]) -> Value:
        """The sums of the lanes of as many vectors as there are lanes, in their order.

        Neighbouring lanes of all are added up, then neighbouring sums, and so on.
        """
        while len(values) > 1:
            values = [self._halved(a, b) for a, b in zip(values[::2], values[1::2], strict=True)]
        return values[0]

    def _halved(self, a: Value, b: Value) -> Value:
        """The sums of neighbouring lanes: of one vector, then of the other."""
        even, odd = (
            a.vector(f"shufflevector {self.type} {a.text}, {self.type} {b.text}, "
                     f"<{self.lanes} x i32> <{listed}>", self.type)
            for listed in (
                ", ".join(f"i32 {i}" for i in range(start, 2 * self.lanes, 2))
                for start in (0, 1)))
        return self.add(even, odd)

    def turned(self, values: list[Value]) -> list[Value]:
        """As many vectors as there are lanes, as a matrix's columns instead of its rows."""
        half, step = self.lanes // 2, self.lanes
        while step > 1:  # each time, the two halves of all are dealt out in turns
            values = [self._dealt(values[i // 2], values[i // 2 + half], i % 2 * half)
                      for i in range(self.lanes)]
            step //= 2
        return values

    def _dealt(self, a: Value, b: Value, start: int) -> Value:
        """Half of both, from a lane on, in turns."""
        listed = ", ".join(
            f"i32 {start + i // 2 + i % 2 * self.lanes}" for i in range(self.lanes))
        return a.vector(f"shufflevector {self.type} {a.text}, {self.type} {b.text}, "
                        f"<{self.lanes} x i32> <{listed}>", self.type)

    # --- masks

    def first(self, count: Any) -> Value:
        """The mask of the first `count` lanes: none for 0 and below, all for many."""
        return self._compare("slt", self._numbers(), count)

    def only(self, value: Value, mask: Value) -> Value:
        """What is under the mask, and zeros."""
        return value.vector(
            f"select {self._mask} {mask.text}, {self.type} {value.text}, {self.type} "
            "zeroinitializer", self.type)

    def between(self, start: Value, end: Value, offset: Value) -> Value:
        """The mask of the lanes whose number, plus `offset`, is from `start` to `end` - 1."""
        numbers = self.numbers(offset)
        low, high = self._compare("sge", numbers, start), self._compare("slt", numbers, end)
        return low.vector(f"and {self._mask} {low.text}, {high.text}", self._mask)

    def numbers(self, offset: Value) -> Value:
        """`offset`, `offset` + 1 and so on."""
        return self._whole("add", self._numbers(), offset)

    # --- places that are not side by side

    def gather(self, base: Value, bytes: Value, mask: Value) -> Value:
        """What lies so many bytes behind `base`, a number to each lane; zeros beside the mask."""
        places = self._places(base, bytes)
        return base.vector(
            f"call {self.type} @llvm.masked.gather.{self._suffix}.v{self.lanes}p0("
            f"<{self.lanes} x ptr> {places.text}, i32 {self.size}, {self._mask} {mask.text}, "
            f"{self.type} zeroinitializer)", self.type)

    def scatter(self, value: Value, base: Value, bytes: Value, mask: Value) -> None:
        """Write each lane under the mask so many bytes behind `base`."""
        places = self._places(base, bytes)
        base.vector(
            f"call void @llvm.masked.scatter.{self._suffix}.v{self.lanes}p0({self.type} "
            f"{value.text}, <{self.lanes} x ptr> {places.text}, i32 {self.size}, "
            f"{self._mask} {mask.text})", "void")

    def times(self, numbers: Value, factor: Value) -> Value:
        """Whole numbers, each multiplied."""
        return self._whole("mul", numbers, factor)

    def _places(self, base: Value, bytes: Value) -> Value:
        return base.vector(
            f"getelementptr i8, ptr {base.text}, {self._integers} {bytes.text}",
            f"<{self.lanes} x ptr>")

    @property
    def _integers(self) -> str:
        return f"<{self.lanes} x i64>"

    def _numbers(self) -> Value:
        return Value(
            self._integers, "<" + ", ".join(f"i64 {i}" for i in range(self.lanes)) + ">")

    def _all(self, number: Value) -> Value:
        undefined = f"{self._integers} poison"
        first = number.vector(
            f"insertelement {undefined}, i64 {number.text}, i64 0", self._integers)
        return number.vector(
            f"shufflevector {self._integers} {first.text}, {undefined}, <{self.lanes} x i32> "
            "zeroinitializer", self._integers)

    def _whole(self, operation: str, a: Value, b: Value) -> Value:
        other = self._all(b)
        return b.vector(
            f"{operation} {self._integers} {a.text}, {other.text}", self._integers)

    def _compare(self, relation: str, a: Value, b: Value) -> Value:
        other = self._all(b)
        return b.vector(
            f"icmp {relation} {self._integers} {a.text}, {other.text}", self._mask)
