"""Writing native functions as if they were Python: calls, branches and memory, as LLVM IR.

    @native("i64(ptr, i64)")
    def total(numbers, count):
        found = variable("i64", 0)
        with repeat(count) as i:
            found.set(found.value + numbers.item("i64", i))
        give(found.value)

The body runs once, when the function is first needed, and writes down what it does: a `Value` is
what some instruction computes, `value[FIELD]` is memory at an offset from a pointer, and calling
one native function within another writes the call. (`vector_writer.py` writes arithmetic without
branches.) One thread writes at a time: `Unit.text` is called under a lock.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from rushlight.engine.vector_writer import constant as number_text

_FLOATS = ("float", "double")


class Field(NamedTuple):
    """A member of a structure: its type, and how many bytes from the start it lies."""

    type: str
    offset: int


class Native:
    """A function of the machine: one that is written here, or one of a C library.

    signature: as in `ptr(ptr noalias, i64)`; body: writes the function, None for a library's.
    """

    def __init__(self, name: str, signature: str, body: Callable[..., None] | None) -> None:
        parts = re.fullmatch(r"(\w+)\((.*)\)", signature)
        assert parts is not None, signature
        result, parameters = parts.groups()
        self.name = name
        self.result = result
        self.told = tuple(each for each in parameters.split(", ") if each)  # with attributes
        self.parameters = tuple(each.split()[0] for each in self.told)
        self.body = body
        self.__doc__ = body.__doc__ if body else None

    def __call__(self, *arguments: Any) -> Value:
        writing = _unit().use(self)
        listed = _arguments(self.parameters, arguments)
        return writing.instruction(self.result, f"call {self.result} @{self.name}({listed})")

    @property
    def address(self) -> Value:
        """Where it lies, for those who call it later."""
        _unit().use(self)
        return Value("ptr", f"@{self.name}")


def native(signature: str) -> Callable[[Callable[..., None]], Native]:
    """Make a native function of the Python function that writes its body."""
    return lambda body: Native(body.__name__, signature, body)


def library(name: str, signature: str) -> Native:
    """A function of a C library, found at an address that the loader is told."""
    return Native(name, signature, None)


class Unit:
    """What is compiled together: functions, and the symbols they need from outside."""

    def __init__(self) -> None:
        self.functions: dict[str, str] = {}
        self.declared: dict[str, str] = {}
        self.waiting: list[Native] = []
        self.writing: Writing | None = None

    def use(self, function: Native) -> Writing:
        """Note that this function is called; gives what is being written."""
        assert self.writing is not None
        if function.body is None:
            listed = ", ".join(function.parameters)
            self.declared[function.name] = f"declare {function.result} @{function.name}({listed})"
        elif function not in self.waiting:
            self.waiting.append(function)
        return self.writing

    def text(self, wanted: Sequence[Native]) -> str:
        """The IR of these functions and of all that they call."""
        self.waiting = list(wanted)
        _units.append(self)
        try:
            for each in self.waiting:  # grows while it is worked off
                assert each.name not in self.functions, f"two functions are called {each.name}"
                self.functions[each.name] = self._definition(each, each in wanted)
        finally:
            _units.pop()
        return "\n".join([*self.declared.values(), *self.functions.values()]) + "\n"

    def _definition(self, function: Native, exported: bool) -> str:
        self.writing = writing = Writing(function)
        assert function.body is not None
        function.body(*writing.parameters)
        return writing.text("" if exported else "internal ")


_units: list[Unit] = []


def _unit() -> Unit:
    return _units[-1]


def _writing() -> Writing:
    writing = _units[-1].writing
    assert writing is not None
    return writing


_SHORT = 30  # lines: longer functions are not copied to where they are called, or LLVM takes long


class Writing:
    """The lines of the function that is being written."""

    def __init__(self, function: Native) -> None:
        self.function = function
        self.reserved: list[str] = []  # memory on the stack, which LLVM wants at the very start
        self.lines: list[str] = []
        self.names = 0
        self.ended = False  # whether the last line leaves the block
        self.unusual: str | None = None  # where `need` leaves to
        self.parameters = [
            Value(type, f"%p{i}") for i, type in enumerate(function.parameters)]

    def fresh(self, stem: str) -> str:
        """A name not yet used in this function."""
        self.names += 1
        return f"{stem}{self.names}"

    def instruction(self, type: str, text: str) -> Value:
        """Add a line, and give the value that it computes."""
        assert not self.ended, "nothing can follow what leaves the block"
        if type == "void":
            self.lines.append(f"  {text}")
            return Value("void", "")
        name = self.fresh("%v")
        self.lines.append(f"  {name} = {text}")
        return Value(type, name)

    def end(self, text: str) -> None:
        """Add a line that leaves the block, unless the block was left already."""
        if not self.ended:
            self.lines.append(f"  {text}")
            self.ended = True

    def place(self, label: str) -> None:
        """Go on here, where the label leads."""
        self.end(f"br label %{label}")
        self.lines.append(f"{label}:")
        self.ended = False

    def text(self, linkage: str) -> str:
        """The whole function."""
        function = self.function
        if function.result == "void":
            self.end("ret void")
        if self.unusual is not None:
            self.place(self.unusual)
            self.end(f"ret {function.result} {'null' if function.result == 'ptr' else '0'}")
        listed = ", ".join(
            f"{type} {each.text}"
            for type, each in zip(function.told, self.parameters, strict=True))
        apart = " noinline" if len(self.lines) > _SHORT else ""
        return "\n".join([
            f"define {linkage}{function.result} @{function.name}({listed}){apart} #0 {{", "start:",
            *self.reserved, *self.lines, "}"])


class Value:
    """What an instruction computes, a parameter, a constant or an address."""

    __slots__ = ("text", "type")

    def __init__(self, type: str, text: str) -> None:
        self.type = type
        self.text = text

    # --- memory, for pointers

    def plus(self, bytes: Any) -> Value:
        """The address so many bytes further."""
        if isinstance(bytes, int) and bytes == 0:
            return self
        offset = _text("i64", bytes)
        return _writing().instruction("ptr", f"getelementptr i8, ptr {self.text}, i64 {offset}")

    def __getitem__(self, field: Field) -> Value:
        place = self.plus(field.offset)
        return _writing().instruction(field.type, f"load {field.type}, ptr {place.text}")

    def __setitem__(self, field: Field, value: Any) -> None:
        place = self.plus(field.offset)
        given = _text(field.type, value)
        _writing().instruction("void", f"store {field.type} {given}, ptr {place.text}")

    def place(self, type: str, index: Any) -> Value:
        """The address of an item, where an array of them begins here."""
        at = _text("i64", index)
        return _writing().instruction("ptr", f"getelementptr {type}, ptr {self.text}, i64 {at}")

    def item(self, type: str, index: Any) -> Value:
        """An item of the array that begins here."""
        return self.place(type, index)[Field(type, 0)]

    def set_item(self, type: str, index: Any, value: Any) -> None:
        """Write an item of the array that begins here."""
        self.place(type, index)[Field(type, 0)] = value

    # --- numbers and truths

    def _with(self, operation: str, other: Any) -> Value:
        if self.type in _FLOATS and operation in ("add", "sub", "mul"):
            operation = "f" + operation
        text = f"{operation} {self.type} {self.text}, {_text(self.type, other)}"
        return _writing().instruction(self.type, text)

    def __add__(self, other: Any) -> Value:
        return self._with("add", other)

    def __sub__(self, other: Any) -> Value:
        return self._with("sub", other)

    def __mul__(self, other: Any) -> Value:
        return self._with("mul", other)

    def __floordiv__(self, other: Any) -> Value:
        return self._with("sdiv", other)

    def __mod__(self, other: Any) -> Value:
        return self._with("srem", other)

    def __lshift__(self, other: Any) -> Value:
        return self._with("shl", other)

    def __rshift__(self, other: Any) -> Value:
        return self._with("lshr", other)

    def over(self, other: Any) -> Value:
        """The quotient of floating-point numbers."""
        return self._with("fdiv", other)

    def __and__(self, other: Any) -> Value:
        return self._with("and", other)

    def __or__(self, other: Any) -> Value:
        return self._with("or", other)

    def __xor__(self, other: Any) -> Value:
        return self._with("xor", other)

    def _compare(self, relation: str, other: Any) -> Value:
        kind = "fcmp" if self.type in _FLOATS else "icmp"
        text = f"{kind} {relation} {self.type} {self.text}, {_text(self.type, other)}"
        return _writing().instruction("i1", text)

    def equals(self, other: Any) -> Value:
        """Is it the same?"""
        return self._compare("oeq" if self.type in _FLOATS else "eq", other)

    def differs(self, other: Any) -> Value:
        """Isn't it the same?"""
        return self._compare("une" if self.type in _FLOATS else "ne", other)

    def below(self, other: Any) -> Value:
        """Is it less?"""
        return self._compare("olt" if self.type in _FLOATS else "slt", other)

    def at_most(self, other: Any) -> Value:
        """Is it less or equal?"""
        return self._compare("ole" if self.type in _FLOATS else "sle", other)

    def within(self, count: Any) -> Value:
        """Is it one of 0, 1 ... count - 1?"""
        return self._compare("ult", count)

    def has(self, flags: int) -> Value:
        """Are all these bits set?"""
        return (self & flags).equals(flags)

    def vector(self, instruction: str, type: str) -> Value:
        """What an instruction gives that this file has no word for, such as those on vectors."""
        return _writing().instruction(type, instruction)

    # --- conversions

    def like(self, number: int) -> Value:
        """A whole number of the same type."""
        return Value(self.type, str(number))

    def to(self, type: str, how: str) -> Value:
        """The same as another type, by this instruction: sext, trunc, sitofp, fptrunc..."""
        return _writing().instruction(type, f"{how} {self.type} {self.text} to {type}")


def _text(type: str, operand: Any) -> str:
    """An operand as it stands in a line: a value, a number or, for None, no address."""
    if isinstance(operand, Value):
        assert operand.type == type, (operand.type, type)
        return operand.text
    if operand is None:
        return "null"
    if type in _FLOATS:
        return number_text(type, operand)
    return str(int(operand))


def _arguments(types: Sequence[str], arguments: Sequence[Any]) -> str:
    return ", ".join(
        f"{type} {_text(type, each)}" for type, each in zip(types, arguments, strict=True))


class Variable:
    """A place for a value that changes."""

    def __init__(self, type: str, start: Any) -> None:
        self.type = type
        self.address = stack(type)
        self.set(start)

    @property
    def value(self) -> Value:
        """What it holds now."""
        return self.address[Field(self.type, 0)]

    def set(self, value: Any) -> None:
        """Let it hold this."""
        self.address[Field(self.type, 0)] = value


variable = Variable


def instruction(type: str, text: str) -> Value:
    """Any instruction at all, as LLVM writes it, and the value of this type that it computes."""
    return _writing().instruction(type, text)


def stack(type: str, count: int = 1) -> Value:
    """Memory for so many of a type, until the function returns."""
    writing = _writing()
    name = writing.fresh("%m")
    align = 64 if type.startswith("<") else 8  # vectors are read as if they began a cache line
    writing.reserved.append(f"  {name} = alloca [{count} x {type}], align {align}")
    return Value("ptr", name)


def symbol(name: str) -> Value:
    """The address of something outside."""
    _unit().declared[name] = f"@{name} = external global i8"
    return Value("ptr", f"@{name}")


def constant(type: str, number: int) -> Value:
    """A whole number of a type."""
    return Value(type, str(number))


def call_at(address: Value, signature: str, *arguments: Any) -> Value:
    """Call the function at an address."""
    shape = Native("", signature, None)
    listed = _arguments(shape.parameters, arguments)
    return _writing().instruction(shape.result, f"call {shape.result} {address.text}({listed})")


def choose(condition: Value, yes: Any, no: Any) -> Value:
    """`yes` where the condition holds, else `no`; one of them must be a Value."""
    type = yes.type if isinstance(yes, Value) else no.type
    text = f"select i1 {condition.text}, {type} {_text(type, yes)}, {type} {_text(type, no)}"
    return _writing().instruction(type, text)


def give(value: Any) -> None:
    """Return this from the function."""
    writing = _writing()
    type = writing.function.result
    writing.end("ret void" if type == "void" else f"ret {type} {_text(type, value)}")


def need(condition: Value) -> None:
    """Return null (0) at once unless the condition holds; a pointer must not be null."""
    writing = _writing()
    if condition.type == "ptr":
        condition = condition.differs(None)
    if writing.unusual is None:
        writing.unusual = writing.fresh("unusual")
    usual = writing.fresh("usual")
    writing.end(f"br i1 {condition.text}, label %{usual}, label %{writing.unusual}")
    writing.place(usual)


@contextmanager
def when(condition: Value) -> Iterator[None]:
    """What stands inside is done only where the condition holds."""
    writing = _writing()
    inside, after = writing.fresh("inside"), writing.fresh("after")
    writing.end(f"br i1 {condition.text}, label %{inside}, label %{after}")
    writing.place(inside)
    yield
    writing.place(after)


@contextmanager
def repeat_while(condition: Callable[[], Value]) -> Iterator[None]:
    """What stands inside is done as long as the condition, looked at before each time, holds."""
    writing = _writing()
    again, inside, after = (writing.fresh(each) for each in ("again", "inside", "after"))
    writing.place(again)
    writing.end(f"br i1 {condition().text}, label %{inside}, label %{after}")
    writing.place(inside)
    yield
    writing.end(f"br label %{again}")
    writing.place(after)


@contextmanager
def repeat(count: Any) -> Iterator[Value]:
    """What stands inside is done `count` times, with 0, 1, 2 ..."""
    writing = _writing()
    i = variable("i64", 0)
    again, inside, after = (writing.fresh(each) for each in ("again", "inside", "after"))
    writing.place(again)
    now = i.value
    writing.end(f"br i1 {now.below(count).text}, label %{inside}, label %{after}")
    writing.place(inside)
    yield now
    i.set(now + 1)
    writing.end(f"br label %{again}")
    writing.place(after)
