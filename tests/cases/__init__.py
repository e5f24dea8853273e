"""Cases: one line says how an operation is called; everything checked of it follows.

    case("mul", f(3, 4), f(4))
    case("sum", f(2, 3, 4), dim=(0, 2), keepdim=True)
    error("mul", f(3), f(4))

`case(name, ...)` calls `torch.<name>`; a method is named `Tensor.view`, a namespace
`nn.functional.relu`; `getitem` and `setitem` are the brackets. From a line come its values in every
dtype, its gradients and second gradients, the method, the in-place form and `out=`, wherever
PyTorch has them: `checks.py` tells how. `error` asks for PyTorch's exception class and for inputs
left as they were.

To add an operation, write its lines in the file of its family and run
`tests/golden/record_cases.py` where PyTorch is installed. The invariant: a line says only what is
called. What should come back is recorded from PyTorch, never written by hand.

Read next: `inputs.py`, the words for tensors (`f`, `i`, `b`, `c`).
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from functools import cache
from math import inf, nan
from typing import Any

from .inputs import SWEEP, Input, b, c, f, i

__all__ = [
    "FAMILIES", "Case", "Name", "at", "b", "c", "case", "collect", "each", "error", "f", "i", "inf",
    "lib", "nan",
]  # fmt: skip

FAMILIES = (
    "pointwise", "reduce", "shape", "index", "matmul", "sort", "create", "activations", "losses",
    "neural", "spatial", "sequences", "gammas", "triangular",
    "fourier", "linalg", "special", "rest",
)


@dataclass(frozen=True)
class Name:
    """A name of whichever library runs the case: `lib.float64`."""

    name: str

    def __repr__(self) -> str:
        return self.name


class _Library:
    def __getattr__(self, name: str) -> Name:
        return Name(name)


class _Brackets:
    def __getitem__(self, index: Any) -> Any:
        return index


lib = _Library()
each = Name("each")  # the dtype being checked, as an argument: case("zeros", 3, dtype=each)
at = _Brackets()  # what stands in brackets: case("getitem", f(4, 3), at[1:, ::2])


@dataclass
class Case:
    """One call, as its line says it, and what to excuse it from (always with a reason)."""

    name: str
    args: tuple
    kwargs: dict[str, Any]
    fails: bool = False
    tolerances: dict[str, tuple[float, float]] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)
    undefined: bool = False

    def __str__(self) -> str:
        said = [*map(_text, self.args), *(f"{k}={_text(v)}" for k, v in self.kwargs.items())]
        return f"{self.name}({', '.join(said)})"

    def without(self, *checks_or_dtypes: str, why: str) -> Case:
        """Leave out some checks or dtypes, where PyTorch's answer is one of several right ones."""
        self.left_out.update(checks_or_dtypes)
        return self

    def within(self, rtol: float, atol: float, *dtypes: str, why: str) -> Case:
        """Widen the tolerance for these dtypes."""
        self.tolerances.update(dict.fromkeys(dtypes, (rtol, atol)))
        return self

    def with_undefined_values(self) -> Case:
        """Check dtype and shape alone: the memory was never written."""
        self.undefined = True
        return self

    @property
    def inputs(self) -> list[Input]:
        """Its tensors, in reading order."""
        return [x for x in _leaves((self.args, self.kwargs)) if isinstance(x, Input)]

    @property
    def dtypes(self) -> list[str]:
        """The dtypes its values are checked in; just "fixed" if the line itself fixes them."""
        followers = [x for x in self.inputs if x.follows]
        if any(x.kind == "f" for x in followers) or each in _leaves((self.args, self.kwargs)):
            swept = [dtype for dtype in SWEEP if all(x.can_be(dtype) for x in followers)]
            return [dtype for dtype in swept if dtype not in self.left_out]
        return ["complex64"] if followers else ["fixed"]


def _text(said: Any) -> str:
    if isinstance(said, slice):
        ends = [said.start, said.stop] + [said.step] * (said.step is not None)
        return ":".join("" if end is None else str(end) for end in ends)
    if isinstance(said, tuple):
        return f"({', '.join(map(_text, said))})"
    if isinstance(said, list):
        return f"[{', '.join(map(_text, said))}]"
    return "..." if said is Ellipsis else repr(said)


def _leaves(tree: Any) -> list[Any]:
    if isinstance(tree, (list, tuple)):
        return [leaf for branch in tree for leaf in _leaves(branch)]
    return _leaves(list(tree.values())) if isinstance(tree, dict) else [tree]


_lines: list[Case] = []


def case(name: str, /, *args: Any, **kwargs: Any) -> Case:
    """Say that `torch.<name>(*args, **kwargs)` gives what PyTorch gives."""
    _lines.append(Case(name, args, kwargs))
    return _lines[-1]


def error(name: str, /, *args: Any, **kwargs: Any) -> Case:
    """Say that the call raises what PyTorch raises, and leaves its inputs alone."""
    _lines.append(Case(name, args, kwargs, fails=True))
    return _lines[-1]


@cache
def collect(family: str) -> dict[str, dict[str, Case]]:
    """The cases of a family: operation, then the text of the line, then the case."""
    start = len(_lines)
    importlib.import_module(f"{__name__}.{family}")
    operations: dict[str, dict[str, Case]] = {}
    for line in _lines[start:]:
        of_the_same = operations.setdefault(line.name, {})
        if str(line) in of_the_same:
            raise ValueError(f"{family}.py says {line} twice")
        of_the_same[str(line)] = line
    return operations
