"""Probes: short programs run by PyTorch and by us, whose observations must be the same.

    @probe
    def sequential(torch, see):
        s = torch.nn.Sequential(torch.nn.Identity())
        see(s)               # its text
        see(lambda: s[4])    # the class of the error that comes

`tests/golden/record_probes.py` runs them where PyTorch is installed and writes down what they see;
`tests/golden/record_probes.py` runs them where PyTorch is installed and writes what they see;
should be seen. Numbers are compared with a tolerance; text, shapes, dtypes and classes exactly.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

FAMILIES = ("modules", "containers", "hooks", "state", "lazy", "init", "utils", "parametrize")

_probes: dict[str, Callable[[Any, Any], None]] = {}


def probe(program: Callable[[Any, Any], None]) -> Callable[[Any, Any], None]:
    """Make a probe of a program that takes the library and `see`."""
    _probes[program.__name__] = program
    return program


def collect(family: str) -> dict[str, Callable[[Any, Any], None]]:
    """The probes of a family by name."""
    module = importlib.import_module(f"{__name__}.{family}")
    return {name: each for name, each in _probes.items() if each.__module__ == module.__name__}


def observe(torch: Any, program: Callable[[Any, Any], None]) -> list[Any]:
    """What a probe sees in this library, as values that JSON can hold."""
    seen: list[Any] = []

    def see(*values: Any) -> None:
        for value in values:
            with warnings.catch_warnings(record=True) as told:
                warnings.simplefilter("always")
                seen.append(_outcome(torch, value))
            seen.extend({"warning": _class(each.category)} for each in told)

    torch.manual_seed(0)
    program(torch, see)
    return seen


def _outcome(torch: Any, value: Any) -> Any:
    if not (callable(value) and getattr(value, "__name__", "") == "<lambda>"):
        return described(torch, value)
    try:
        return described(torch, value())
    except Exception as error:
        return {"error": _class(type(error))}


def _class(kind: type) -> str:
    """The nearest class that Python itself has, which is what programs catch."""
    return next(each.__name__ for each in kind.__mro__ if each.__module__ == "builtins")


def described(torch: Any, value: Any) -> Any:
    """The value as JSON holds it; a tensor as its numbers and what else there is to know."""
    if isinstance(value, torch.Tensor):
        kind = "Parameter" if isinstance(value, torch.nn.Parameter) else "Tensor"
        what = f"{kind} {value.dtype} {list(value.shape)}{' grad' * value.requires_grad}"
        if value.device.type == "meta":
            return {"tensor": what + " meta"}
        numbers = value.detach().to(torch.float64).reshape(-1).tolist()
        return {"tensor": what, "values": [_short(each) for each in numbers]}
    if isinstance(value, (bool, int, str, type(None))):
        return value
    if isinstance(value, float):
        return _short(value)
    if isinstance(value, type):
        return f"class {value.__name__}"
    if isinstance(value, Mapping):
        return {"keys": list(map(str, value)), "of": [described(torch, x) for x in value.values()]}
    if isinstance(value, (Sequence, Iterator)) and type(value).__name__ != "_IncompatibleKeys":
        return [described(torch, each) for each in value]
    return repr(value)


def _short(number: float) -> Any:
    """Enough digits for the tolerance; what JSON has no word for as text."""
    rounded = float(f"{number:.7g}")
    return rounded if abs(rounded) < float("inf") else str(number)
