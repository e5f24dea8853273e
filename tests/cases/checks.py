"""Checks: what is observed of a case, on any library that speaks PyTorch's names.

`perform(library, case, check, dtype)` makes the inputs, calls, and returns an outcome: the result
as plain NumPy, or what went wrong. Golden files are PyTorch's outcomes (`survey`) written down; a
test is Rushlight's outcome held against them (`judge.py`). The invariant: nothing here knows which
library it runs.

Read next: `judge.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from . import Case, Name, each
from .inputs import Input, tensor

GRADIENT_DTYPES = ("float64", "complex128")
_SINGLE = {"complex128": "complex64"}  # the sweep covers this one instead
NO_GRADIENT = "no gradient"
COTANGENT, SECOND_COTANGENT = 8, 16  # places, so that they differ from every input


@dataclass(frozen=True)
class Array:
    """A tensor that came back: its dtype's name, and its values in NumPy (bfloat16 as float32)."""

    dtype: str
    values: np.ndarray


@dataclass(frozen=True)
class Raised:
    """The call raised: the built-in class nearest to what was raised, all classes, the message."""

    kind: str
    classes: tuple[str, ...] = field(default=(), compare=False)
    message: str = field(default="", compare=False)


@dataclass(frozen=True)
class Wrong:
    """The call broke a promise that needs no reference, in words."""

    what: str


@dataclass(frozen=True)
class Absent:
    """The library has no such name."""

    name: str


class _NoSuchName(Exception):
    pass


class _PromiseBroken(Exception):
    pass


@contextmanager
def _promise(what: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        raise _PromiseBroken(f"it isn't so that {what}: {type(error).__name__}: {error}") from error


def perform(library: Any, case: Case, check: str, dtype: str) -> Any:
    """The outcome of one check in one dtype."""
    try:
        return _CHECKS[check](library, case, dtype)
    except _NoSuchName as missing:
        return Absent(str(missing))
    except _PromiseBroken as broken:
        return Wrong(str(broken))
    except Exception as raised:  # whatever it is, it is what there is to observe
        return _raised(raised)


def _raised(error: Exception) -> Raised:
    classes = type(error).__mro__
    builtin = next(cls.__name__ for cls in classes if cls.__module__ == "builtins")
    if "not implemented for '" in str(error):  # PyTorch wrote no kernel; others may have one
        builtin = "no kernel"
    return Raised(builtin, tuple(cls.__name__ for cls in classes), f"{builtin}: {error}")


class Call:
    """One case's arguments, made in one library for one dtype."""

    def __init__(self, library: Any, case: Case, dtype: str):
        self.library = library
        self.case = case
        self.dtype = dtype
        self.tensors: list[Any] = []
        self.arrays: list[np.ndarray] = []
        with _promise("the inputs can be made"):
            self.args = self._made(case.args)
            self.kwargs = self._made(case.kwargs)

    def _made(self, said: Any) -> Any:
        if isinstance(said, Input):
            made, values = tensor(self.library, said, self.dtype, len(self.tensors))
            self.tensors.append(made)
            self.arrays.append(values)
            return made
        if isinstance(said, Name):
            return getattr(self.library, self.dtype if said is each else said.name)
        if isinstance(said, (list, tuple)):
            return type(said)(map(self._made, said))
        return {k: self._made(v) for k, v in said.items()} if isinstance(said, dict) else said

    def leaves(self) -> list[Any]:
        """The inputs that can want a gradient, wanting it."""
        pairs = zip(self.case.inputs, self.tensors, strict=True)
        return [made.requires_grad_() for said, made in pairs if said.follows]

    def function(self, **more: Any) -> Any:
        return named(self.library, self.case.name)(*self.args, **self.kwargs, **more)

    def method(self, suffix: str = "") -> Any:
        bound = named(self.library, f"Tensor.{self.case.name}{suffix}")
        return bound(*self.args, **self.kwargs)

    def frozen(self, result: Any) -> Any:
        """The result as plain Python and NumPy: arrays, lists, and dicts for named tuples."""
        if isinstance(result, self.library.Tensor):
            with _promise("the result can be read"):
                values = as_array(self.library, result)
            if self.case.undefined:
                values = np.zeros_like(values)
            return Array(dtype_name(result), values)
        if isinstance(result, (list, tuple)):
            parts = [self.frozen(part) for part in result]
            names = getattr(result, "__match_args__", ())
            return dict(zip(names, parts, strict=True)) if names else parts
        return result if isinstance(result, (bool, int, float, type(None))) else str(result)

    def check_inputs_unchanged(self) -> None:
        in_place = self.case.name.endswith("_")
        pairs = list(zip(self.tensors, self.arrays, strict=True))[in_place:]
        for place, (made, values) in enumerate(pairs, start=in_place):
            if not np.array_equal(as_array(self.library, made), values, equal_nan=True):
                raise _PromiseBroken(f"the call changed its input {place}, a {values.shape} tensor")


def values(library: Any, case: Case, dtype: str) -> Any:
    """What the call returns. The inputs must come through unchanged, or Wrong."""
    call = Call(library, case, dtype)
    try:
        return call.frozen(call.function())
    finally:
        call.check_inputs_unchanged()


def method(library: Any, case: Case, dtype: str) -> Any:
    """What `x.name(...)` returns."""
    call = Call(library, case, dtype)
    return call.frozen(call.method())


def inplace(library: Any, case: Case, dtype: str) -> Any:
    """What `x.name_(...)` leaves in `x`, which it must also return."""
    call = Call(library, case, dtype)
    if call.method("_") is not call.args[0]:
        raise _PromiseBroken(f"x.{case.name}_(...) did not return x")
    return call.frozen(call.args[0])


def out(library: Any, case: Case, dtype: str) -> Any:
    """What the call writes into `out`, of the dtype and shape that it would have returned."""
    call = Call(library, case, dtype)
    given = tuple(_zeros_like(library, part) for part in tensors_in(library, call.function()))
    returned = call.function(out=given if len(given) > 1 else given[0])
    if any(a is not b for a, b in zip(tensors_in(library, returned), given, strict=True)):
        raise _PromiseBroken("the call did not return what it was given as out")
    return call.frozen(returned)


def alias(library: Any, case: Case, dtype: str) -> Any:
    """Of each tensor that comes back: whose memory it has, and how it strides through it."""
    call = Call(library, case, dtype)
    first = call.tensors[0].numpy()

    def memory(part: Any) -> str:
        shared = np.shares_memory(part.numpy(), first)
        return f"a view of strides {_strides(part)}" if shared else "its own memory"

    return [memory(part) for part in tensors_in(library, call.function())]


def grad(library: Any, case: Case, dtype: str) -> Any:
    """The gradient of every input that follows the dtype, for fixed cotangents."""
    call = Call(library, case, dtype)
    leaves = call.leaves()
    outputs = tensors_in(library, call.function())
    if not any(output.requires_grad for output in outputs):
        return NO_GRADIENT
    return call.frozen(_gradients(library, outputs, leaves, _cotangents(library, outputs)))


def gradgrad(library: Any, case: Case, dtype: str) -> Any:
    """The gradient of those gradients, for the inputs and for the first cotangents."""
    call = Call(library, case, dtype)
    leaves = call.leaves()
    outputs = [out for out in tensors_in(library, call.function()) if out.requires_grad]
    cotangents = [g.requires_grad_() for g in _cotangents(library, outputs)]
    first = _gradients(library, outputs, leaves, cotangents, create_graph=True)
    second = _cotangents(library, first, SECOND_COTANGENT)
    return call.frozen(_gradients(library, first, [*leaves, *cotangents], second))


_CHECKS: dict[str, Callable[[Any, Case, str], Any]] = {
    "values": values, "method": method, "inplace": inplace, "out": out, "alias": alias,
    "grad": grad, "gradgrad": gradgrad,
}  # fmt: skip
CHECKS = tuple(_CHECKS)


def survey(library: Any, case: Case) -> dict[str, dict[str, Any]]:
    """Every check that applies to the case in this library, and its outcome: check, then dtype.

    A form of the call that the library lacks, or whose arguments mean something else, is left out.
    """
    found: dict[str, dict[str, Any]] = {}
    for check, dtype in _worth_trying(case, found):
        outcome = perform(library, case, check, dtype)
        if check == "values" or _tells(check, outcome, found["values"].get(dtype)):
            found.setdefault(check, {})[dtype] = outcome
    return found


def _worth_trying(case: Case, found: dict[str, dict[str, Any]]) -> Iterator[tuple[str, str]]:
    if case.fails:
        yield "values", "float32" if "float32" in case.dtypes else case.dtypes[0]
        return
    yield from (("values", dtype) for dtype in case.dtypes)
    good = [dtype for dtype, outcome in found["values"].items() if not isinstance(outcome, Raised)]
    forms = [dtype for dtype in good if dtype in ("float32", "int64", "fixed")] or good[:1]
    checks = ["alias"] * bool(case.inputs)
    checks += ["method", "inplace", "out"] * ("." not in case.name)
    for check in checks:
        if check not in case.left_out:
            yield from ((check, dtype) for dtype in (forms[:1] if check == "alias" else forms))
    if any(said.follows for said in case.inputs) and "grad" not in case.left_out:
        yield from (("grad", d) for d in GRADIENT_DTYPES if _SINGLE.get(d, d) in good)
        flows = found.get("grad", {}).get("float64", NO_GRADIENT) != NO_GRADIENT
        if flows and "gradgrad" not in case.left_out:
            yield "gradgrad", "float64"


def _tells(check: str, outcome: Any, returned: Any) -> bool:
    if isinstance(outcome, Absent):
        return False
    if isinstance(outcome, Raised):
        return check == "inplace" and outcome.kind != "TypeError"
    return check != "method" or repr(outcome) == repr(returned)


def named(library: Any, name: str) -> Callable[..., Any]:
    """The callable of that name: a function, a method as `Tensor.name`, or a property of Tensor."""
    if name in _BRACKETS:
        return _BRACKETS[name]
    found = library
    for part in name.split("."):
        if not hasattr(found, part):
            raise _NoSuchName(name)
        found = getattr(found, part)
    return found if callable(found) else lambda x: getattr(x, part)


def _getitem(x: Any, index: Any) -> Any:
    return x[index]


def _setitem(x: Any, index: Any, value: Any) -> Any:
    changed = x.clone()
    changed[index] = value
    return changed


_BRACKETS = {"getitem": _getitem, "setitem": _setitem}


def as_array(library: Any, t: Any) -> np.ndarray:
    """A copy of the values in NumPy; bfloat16 ones as float32."""
    if t.dtype is library.bfloat16:
        t = t.detach().to(library.float32)
    return np.array(t.numpy(force=True))


def dtype_name(t: Any) -> str:
    """`float32`, of a tensor that prints it as `torch.float32`."""
    return str(t.dtype).rpartition(".")[2]


def tensors_in(library: Any, result: Any) -> list[Any]:
    """The tensors of a result, in order."""
    if isinstance(result, (list, tuple)):
        return [t for part in result for t in tensors_in(library, part)]
    return [result] if isinstance(result, library.Tensor) else []


def _gradients(
    library: Any, outputs: list, leaves: list, cotangents: list, create_graph: bool = False
) -> list[Any]:
    """`autograd.grad`, with zeros for what no output depends on."""
    pairs = [pair for pair in zip(outputs, cotangents, strict=True) if pair[0].requires_grad]
    if not pairs:
        return [_zeros_like(library, leaf) for leaf in leaves]
    differentiable, given = zip(*pairs, strict=True)
    found = library.autograd.grad(
        differentiable, leaves, given, create_graph=create_graph, allow_unused=True
    )
    both = zip(found, leaves, strict=True)
    return [_zeros_like(library, leaf) if g is None else g for g, leaf in both]


def _cotangents(library: Any, outputs: list, place: int = COTANGENT) -> list[Any]:
    def cotangent(output: Any, place: int) -> Any:
        said = Input("f", tuple(output.shape), dtype=dtype_name(output))
        return tensor(library, said, dtype_name(output), place)[0]

    return [cotangent(output, place + n) for n, output in enumerate(outputs)]


def _zeros_like(library: Any, t: Any) -> Any:
    return library.from_numpy(np.zeros(tuple(t.shape), np.float32)).to(t.dtype)


def _strides(t: Any) -> list[int]:
    """The strides, but 0 where a dimension is too short for its stride to mean anything."""
    return [s if n > 1 else 0 for n, s in zip(t.shape, t.stride(), strict=True)]
