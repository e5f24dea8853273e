"""Modules that hold others: `Sequential`, `ModuleList`, `ModuleDict`; or parameters.

Invariant: the names of a list's members are "0", "1", "2"... in order, whatever was inserted or
taken away.
"""

from __future__ import annotations

import operator
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Self

from rushlight.nn.modules.module import Module
from rushlight.nn.parameter import Parameter
from rushlight.tensor.tensor import Tensor


def place(index: Any, count: int) -> int:
    """An index of a list of `count` as a place from 0; IndexError where there is none."""
    at = operator.index(index)
    if not -count <= at < count:
        raise IndexError(f"index {at} is out of range: there are {count}")
    return at % count if count else 0


class _Numbered(Module):
    """What `Sequential` and `ModuleList` have in common: members called by their numbers."""

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._modules.values())

    def __dir__(self) -> list[str]:
        return [each for each in super().__dir__() if not each.isdigit()]

    def _name_at(self, index: Any) -> str:
        return list(self._modules)[place(index, len(self))]

    def __setitem__(self, index: int, module: Module) -> None:
        setattr(self, self._name_at(index), module)

    def __delitem__(self, index: int | slice) -> None:
        names = list(self._modules)
        gone = names[index] if isinstance(index, slice) else [self._name_at(index)]
        for name in gone:
            delattr(self, name)
        self._renumber(list(self._modules.values()))

    def _renumber(self, modules: list[Any]) -> None:
        self._modules = {str(i): module for i, module in enumerate(modules)}

    def append(self, module: Module) -> Self:
        """Add a module at the end."""
        self.add_module(str(len(self)), module)
        return self

    def pop(self, key: int | slice) -> Any:
        """Take a module away, and return it."""
        held = self[key]
        del self[key]
        return held

    def __getitem__(self, index: Any) -> Any:
        raise NotImplementedError


class Sequential(_Numbered):
    """Modules called one after the other, each with the result of the one before.

    Made of modules, `Sequential(nn.Linear(2, 16), nn.ReLU())`, or of an OrderedDict of them, whose
    keys are their names. TypeError for what is no module.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.Sequential.html
    """

    def __init__(self, *args: Any) -> None:
        super().__init__()
        if len(args) == 1 and isinstance(args[0], OrderedDict):
            for name, module in args[0].items():
                self.add_module(name, module)
        else:
            for i, module in enumerate(args):
                self.add_module(str(i), module)

    def forward(self, input: Any) -> Any:
        """The last module's result."""
        for module in self._modules.values():
            input = module(input)  # type: ignore[misc]
        return input

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return type(self)(OrderedDict(list(self._modules.items())[index]))
        return self._modules[self._name_at(index)]

    def insert(self, index: int, module: Module) -> Self:
        """Put a module before the one at `index`. IndexError out of range."""
        if not isinstance(module, Module):
            raise AssertionError(f"insert() takes a Module, not {type(module).__name__}")
        count = len(self)
        if not -count <= index <= count:
            raise IndexError(f"insert() at {index} is out of range: there are {count} modules")
        modules = list(self)
        modules.insert(index, module)
        self._renumber(modules)
        return self

    def extend(self, sequential: Iterable[Module]) -> Self:
        """Add several modules at the end."""
        for module in list(sequential):
            self.append(module)
        return self

    def __add__(self, other: Any) -> Sequential:
        return Sequential(*self).__iadd__(other)

    def __iadd__(self, other: Any) -> Self:
        if not isinstance(other, Sequential):
            raise ValueError(f"a Sequential is added to a Sequential, not to {type(other)}")
        return self.extend(other)

    def __mul__(self, other: Any) -> Sequential:
        return Sequential(*list(self) * _times(other))

    __rmul__ = __mul__

    def __imul__(self, other: Any) -> Self:
        return self.extend(list(self) * (_times(other) - 1))


def _times(factor: Any) -> int:
    if not isinstance(factor, int):
        raise TypeError(f"a Sequential is repeated a whole number of times, not {factor!r} times")
    if factor <= 0:
        raise ValueError(f"a Sequential is repeated at least once, not {factor} times")
    return factor


class ModuleList(_Numbered):
    """A list of modules: an index, a loop, `append` and the like.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.ModuleList.html
    """

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.extend(modules)

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return type(self)(list(self)[index])
        return self._modules[self._name_at(index)]

    def extend(self, modules: Iterable[Module]) -> Self:
        """Add several modules at the end. TypeError for what is no iterable."""
        if not isinstance(modules, Iterable):
            raise TypeError(
                f"{type(self).__name__}.extend() takes an iterable of modules, not "
                f"{type(modules).__name__}")
        for module in list(modules):
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> None:
        """Put a module before the one at `index`."""
        modules = list(self)
        modules.insert(index, module)
        self._renumber(modules)

    def __iadd__(self, modules: Iterable[Module]) -> Self:
        return self.extend(modules)

    def __add__(self, other: Iterable[Module]) -> ModuleList:
        return ModuleList([*self, *other])

    def __repr__(self) -> str:
        texts = [repr(module) for module in self]
        if not texts:
            return f"{self._get_name()}()"
        lines, start = [], 0
        for i, text in enumerate(texts):
            if i + 1 == len(texts) or texts[i + 1] != text:
                same = i - start + 1
                named = f"({i}): " if same == 1 else f"({start}-{i}): {same} x "
                lines.append(named + text.replace("\n", "\n  "))
                start = i + 1
        return f"{self._get_name()}(\n  " + "\n  ".join(lines) + "\n)"


class ModuleDict(Module):
    """A dict of modules by name.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.ModuleDict.html
    """

    def __init__(self, modules: Mapping[str, Module] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __getitem__(self, key: str) -> Any:
        return self._modules[key]

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: str) -> bool:
        return key in self._modules

    def clear(self) -> None:
        """Take all modules away."""
        self._modules.clear()

    def pop(self, key: str) -> Any:
        """Take a module away, and return it."""
        return self._modules.pop(key)

    def keys(self) -> Any:
        """The names."""
        return self._modules.keys()

    def items(self) -> Any:
        """The names and modules."""
        return self._modules.items()

    def values(self) -> Any:
        """The modules."""
        return self._modules.values()

    def update(self, modules: Any) -> None:
        """Add the modules of a dict or of an iterable of pairs, in its order.

        TypeError for what is neither, ValueError for an entry that is no pair.
        """
        for key, module in pairs_of(type(self).__name__, modules):
            self[key] = module


def pairs_of(name: str, entries: Any) -> list[tuple[str, Any]]:
    """The pairs of a mapping, or of an iterable of pairs; TypeError, ValueError if it is none."""
    if isinstance(entries, (Mapping, ModuleDict)):
        return list(entries.items())
    if not isinstance(entries, Iterable):
        raise TypeError(
            f"{name}.update() takes a dict or pairs of key and value, not {type(entries).__name__}")
    found = []
    for i, each in enumerate(entries):
        if not isinstance(each, Iterable):
            raise TypeError(f"{name}.update(): entry {i} is a {type(each).__name__}, not a pair")
        pair = tuple(each)
        if len(pair) != 2:
            raise ValueError(f"{name}.update(): entry {i} has {len(pair)} parts, a pair has 2")
        found.append(pair)
    return found


# --- parameters


def _held(value: Any) -> Any:
    """What a container keeps of a value: a tensor becomes a parameter."""
    if isinstance(value, Tensor) and not isinstance(value, Parameter):
        return Parameter(value)
    return value


def _line(key: Any, value: Any, kind: str) -> str:
    if not isinstance(value, Tensor):
        return f"  ({key}): Object of type: {type(value).__name__}"
    sizes = "x".join(str(size) for size in value.shape)
    what = "Parameter" if isinstance(value, Parameter) else "Tensor"
    return f"  ({key}): {what} containing: [{kind} of size {sizes}]"


class ParameterList(Module):
    """A list of parameters: an index, a loop, `append` and the like.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.ParameterList.html
    """

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__()
        self._size = 0
        if values is not None:
            self.extend(values)

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return type(self)([self[i] for i in range(*index.indices(len(self)))])
        return getattr(self, str(place(index, len(self))))

    def __setitem__(self, index: int, param: Any) -> None:
        setattr(self, str(place(index, len(self))), _held(param))

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Any]:
        return iter([self[i] for i in range(len(self))])

    def __iadd__(self, parameters: Iterable[Any]) -> Self:
        return self.extend(parameters)

    def __dir__(self) -> list[str]:
        return [each for each in super().__dir__() if not each.isdigit()]

    def append(self, value: Any) -> Self:
        """Add a value at the end."""
        self._size += 1
        self[self._size - 1] = value
        return self

    def extend(self, values: Iterable[Any]) -> Self:
        """Add several values at the end. TypeError for one tensor, or for what is no iterable."""
        if not isinstance(values, Iterable) or isinstance(values, Tensor):
            raise TypeError(
                f"ParameterList.extend() takes an iterable of values, not {type(values).__name__}")
        for value in list(values):
            self.append(value)
        return self

    def extra_repr(self) -> str:
        """A line for each value."""
        return "\n".join(
            _line(i, each, str(each.dtype) if isinstance(each, Tensor) else "")
            for i, each in enumerate(self))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("a ParameterList holds parameters: it can't be called")


class ParameterDict(Module):
    """A dict of parameters by name.

    Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.ParameterDict.html
    """

    def __init__(self, parameters: Any = None) -> None:
        super().__init__()
        self._keys: dict[str, None] = {}
        if parameters is not None:
            self.update(parameters)

    def __getitem__(self, key: str) -> Any:
        return getattr(self, _name(key))

    def __setitem__(self, key: str, value: Any) -> None:
        self._keys[key] = None
        setattr(self, _name(key), _held(value))

    def __delitem__(self, key: str) -> None:
        del self._keys[key]
        delattr(self, _name(key))

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._keys)

    def __contains__(self, key: str) -> bool:
        return key in self._keys

    def copy(self) -> ParameterDict:
        """A new dict with the same parameters."""
        return ParameterDict(OrderedDict(self.items()))

    def setdefault(self, key: str, default: Any = None) -> Any:
        """The value of `key`, which becomes `default` if there is none."""
        if key not in self._keys:
            self[key] = default
        return self[key]

    def clear(self) -> None:
        """Take all values away."""
        for key in list(self._keys):
            del self[key]

    def pop(self, key: str) -> Any:
        """Take a value away, and return it."""
        value = self[key]
        del self[key]
        return value

    def popitem(self) -> tuple[str, Any]:
        """Take the last value away, and return its name and it."""
        key, _ = self._keys.popitem()
        value = getattr(self, key)
        delattr(self, key)
        return key, value

    def get(self, key: str, default: Any = None) -> Any:
        """The value of `key`, or `default`."""
        return self[key] if key in self._keys else default

    def fromkeys(self, keys: Iterable[str], default: Any = None) -> ParameterDict:
        """A new dict with `default` for each of these keys."""
        return ParameterDict((key, default) for key in keys)

    def keys(self) -> Any:
        """The names."""
        return self._keys.keys()

    def items(self) -> Any:
        """The names and values."""
        return [(key, self[key]) for key in self._keys]

    def values(self) -> Any:
        """The values."""
        return [self[key] for key in self._keys]

    def update(self, parameters: Any) -> None:
        """Add the values of a dict or of an iterable of pairs. TypeError, ValueError for others.

        A plain dict's keys are taken in alphabetical order.
        """
        if isinstance(parameters, ParameterDict):
            parameters = parameters.items()
        elif isinstance(parameters, Mapping) and not isinstance(parameters, OrderedDict):
            parameters = sorted(parameters.items())
        for key, value in pairs_of("ParameterDict", parameters):
            self[key] = value

    def extra_repr(self) -> str:
        """A line for each value."""
        return "\n".join(
            _line(key, each, each.type() if isinstance(each, Tensor) else "")
            for key, each in self.items())

    def __call__(self, input: Any) -> Any:
        raise RuntimeError("a ParameterDict holds parameters: it can't be called")

    def __or__(self, other: ParameterDict) -> ParameterDict:
        made = self.copy()
        made.update(other)
        return made

    def __ror__(self, other: ParameterDict) -> ParameterDict:
        made = other.copy()
        made.update(self)
        return made

    def __ior__(self, other: ParameterDict) -> Self:
        self.update(other)
        return self


def _name(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a ParameterDict's keys are strings, not {type(key).__name__}")
    return key
