"""Read a pickle without running it: an interpreter of the opcodes that plain data is made of.

A pickle is a program that can import and call anything. Here an import can only name what is in a
list, a call can only be of the builders in that list, and every opcode that is not needed for data
is refused. Python's own `pickletools` takes the bytes apart and checks lengths against what is
there; sizes that tensors ask for are checked by who builds them.
Source: https://docs.python.org/3/library/pickle.html#what-can-be-pickled-and-unpickled
"""

from __future__ import annotations

import pickletools
from collections import OrderedDict
from collections.abc import Callable
from pickle import UnpicklingError
from typing import Any, BinaryIO

MOST_VALUES = 1 << 26  # opcodes: beyond, a file is no checkpoint
_MARK = object()
_KEYS = (str, int, float, bool, bytes, type(None))
_CONSTANTS = {"NONE": None, "NEWTRUE": True, "NEWFALSE": False}
_LITERALS = frozenset({
    "INT", "BININT", "BININT1", "BININT2", "LONG", "LONG1", "LONG4", "FLOAT", "BINFLOAT",
    "STRING", "BINSTRING", "SHORT_BINSTRING", "UNICODE", "BINUNICODE", "SHORT_BINUNICODE",
    "BINUNICODE8", "BINBYTES", "SHORT_BINBYTES", "BINBYTES8", "BYTEARRAY8",
})
_EMPTY: dict[str, Callable[[], Any]] = {
    "EMPTY_DICT": dict, "EMPTY_LIST": list, "EMPTY_TUPLE": tuple, "EMPTY_SET": set}


class Builder:
    """A call that a pickle may make: `make` gets its arguments, and checks them."""

    __slots__ = ("make", "name")

    def __init__(self, name: str, make: Callable[..., Any]):
        self.name, self.make = name, make


class Interpreter:
    """Runs one pickle after another from a stream, over a list of names and a way to storages.

    find: what a name of a module stands for: a Builder, a class that was declared safe, or a value;
    UnpicklingError if it is not allowed. persistent: what a reference to a storage stands for.
    """

    def __init__(
        self, stream: BinaryIO, find: Callable[[str, str], Any], persistent: Callable[[Any], Any]
    ):
        self.stream, self.find, self.persistent = stream, find, persistent
        self.count = 0

    def run(self) -> Any:
        """The object that the next pickle describes."""
        self.stack: list[Any] = []
        self.memo: dict[int, Any] = {}
        if not self.stream.read(1):
            raise EOFError("the file ends where a pickle should begin")
        self.stream.seek(-1, 1)
        try:
            for opcode, argument, _ in pickletools.genops(self.stream):
                self.count += 1
                if self.count > MOST_VALUES:
                    raise UnpicklingError(f"the pickle has more than {MOST_VALUES} opcodes")
                if opcode.name == "STOP":
                    (result,) = self.stack
                    return result
                self._take(opcode.name, argument)
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise UnpicklingError(f"this is no whole pickle of plain data: {error}") from None
        raise UnpicklingError("the pickle does not end")

    def _take(self, name: str, argument: Any) -> None:
        if name in _LITERALS:
            self.stack.append(argument)
        elif name in _CONSTANTS:
            self.stack.append(_CONSTANTS[name])
        elif name in _EMPTY:
            self.stack.append(_EMPTY[name]())
        else:
            handler = getattr(self, "_op_" + name.lower(), None)
            if handler is None:
                raise UnpicklingError(f"opcode {name} is not used for data, and is refused")
            handler(argument)

    # --- the stack and the memo

    def _op_proto(self, version: int) -> None:
        if version > 5:
            raise UnpicklingError(f"pickle protocol {version} is not known")

    def _op_frame(self, _: Any) -> None:
        pass  # a hint for buffered readers

    def _op_mark(self, _: Any) -> None:
        self.stack.append(_MARK)

    def _op_pop(self, _: Any) -> None:
        self.stack.pop()

    def _op_put(self, at: Any) -> None:
        self.memo[int(at)] = self.stack[-1]

    _op_binput = _op_long_binput = _op_put

    def _op_memoize(self, _: Any) -> None:
        self.memo[len(self.memo)] = self.stack[-1]

    def _op_get(self, at: Any) -> None:
        self.stack.append(self.memo[int(at)])

    _op_binget = _op_long_binget = _op_get

    def _marked(self) -> list[Any]:
        """What is above the last mark; both leave the stack."""
        for k in range(len(self.stack) - 1, -1, -1):
            if self.stack[k] is _MARK:
                items = self.stack[k + 1 :]
                del self.stack[k:]
                return items
        raise UnpicklingError("a mark is missing")

    # --- containers

    def _op_tuple(self, _: Any) -> None:
        self.stack.append(tuple(self._marked()))

    def _last(self, count: int) -> list[Any]:
        if len(self.stack) < count:
            raise UnpicklingError("the stack is too short")
        items = self.stack[-count:]
        del self.stack[-count:]
        return items

    def _op_tuple1(self, _: Any) -> None:
        self.stack.append(tuple(self._last(1)))

    def _op_tuple2(self, _: Any) -> None:
        self.stack.append(tuple(self._last(2)))

    def _op_tuple3(self, _: Any) -> None:
        self.stack.append(tuple(self._last(3)))

    def _op_list(self, _: Any) -> None:
        self.stack.append(self._marked())

    def _op_dict(self, _: Any) -> None:
        items = self._marked()
        self.stack.append({})
        self._set(items)

    def _op_frozenset(self, _: Any) -> None:
        self.stack.append(frozenset(map(_key, self._marked())))

    def _of(self, kind: Any) -> Any:
        if not isinstance(self.stack[-1], kind):
            raise UnpicklingError(f"items for a {kind}, which {type(self.stack[-1])} is not")
        return self.stack[-1]

    def _op_append(self, _: Any) -> None:
        item = self.stack.pop()
        self._of(list).append(item)

    def _op_appends(self, _: Any) -> None:
        items = self._marked()
        self._of(list).extend(items)

    def _op_additems(self, _: Any) -> None:
        items = self._marked()
        self._of(set).update(map(_key, items))

    def _op_setitem(self, _: Any) -> None:
        self._set(self._last(2))

    def _op_setitems(self, _: Any) -> None:
        self._set(self._marked())

    def _set(self, items: list[Any]) -> None:
        target = self._of(dict)
        if len(items) % 2:
            raise UnpicklingError("a key without a value")
        for key, value in zip(items[::2], items[1::2], strict=True):
            target[_key(key)] = value

    # --- names, calls, objects

    def _op_global(self, name: str) -> None:
        module, _, attribute = name.partition(" ")
        self.stack.append(self.find(module, attribute))

    def _op_stack_global(self, _: Any) -> None:
        module, attribute = self._last(2)
        self.stack.append(self.find(str(module), str(attribute)))

    def _op_binpersid(self, _: Any) -> None:
        self.stack.append(self.persistent(self.stack.pop()))

    def _op_reduce(self, _: Any) -> None:
        function, arguments = self._last(2)
        if not isinstance(arguments, tuple):
            raise UnpicklingError("the arguments of a call are no tuple")
        if isinstance(function, Builder):
            self.stack.append(function.make(*arguments))
        elif isinstance(function, type):  # declared safe
            self.stack.append(function(*arguments))
        else:
            raise UnpicklingError(f"a call of {type(function).__name__}, which is no builder")

    def _op_newobj(self, _: Any) -> None:
        kind, arguments = self._last(2)
        if isinstance(kind, Builder):
            self.stack.append(kind.make(*arguments))
        elif isinstance(kind, type):
            self.stack.append(kind.__new__(kind, *arguments))
        else:
            raise UnpicklingError(f"an object of {type(kind).__name__}, which is no class")

    def _op_build(self, _: Any) -> None:
        state, made = self.stack.pop(), self.stack[-1]
        if isinstance(made, OrderedDict):
            if not isinstance(state, dict):
                raise UnpicklingError("the state of an OrderedDict is no dict")
            made.__dict__.update(state)  # such as the versions in `_metadata`
        elif type(made) in self.find.safe:  # type: ignore[attr-defined]
            if hasattr(made, "__setstate__"):
                made.__setstate__(state)
            else:
                made.__dict__.update(state)
        else:
            raise UnpicklingError(f"state for {type(made).__name__}, which takes none")


def _key(value: Any) -> Any:
    """A key of a dict: flat, as the hash of nested tuples can take for ever."""
    if type(value) in _KEYS or (
        type(value) is tuple and all(type(each) in _KEYS for each in value)
    ):
        return value
    raise UnpicklingError(f"a key of {type(value).__name__}: keys are numbers and strings")
