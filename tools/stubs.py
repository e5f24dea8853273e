"""Write `src/rushlight/__init__.pyi`, from which editors complete `torch.` and `x.`.

    make stubs        (`make check` fails when the file is out of date)

Everything comes from the live package: the rows' signatures and docstrings.
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import Any

import rushlight
from rushlight.ops import later
from rushlight.ops.elementwise import Pointwise
from rushlight.ops.op import FACE
from rushlight.tensor import dtypes

TARGET = Path(rushlight.__file__).with_suffix(".pyi")
HEADER = '''"""The names of `rushlight`, for editors and type checkers. Made by tools/stubs.py."""

from typing import Any, Iterator

from rushlight import autograd as autograd
from rushlight import distributions as distributions
from rushlight import func as func
from rushlight import linalg as linalg
from rushlight import nn as nn
from rushlight import special as special
from rushlight import testing as testing
from rushlight.tensor.device import device as device
from rushlight.tensor.dtypes import dtype as dtype
from rushlight.tensor.dtypes import finfo as finfo
from rushlight.tensor.dtypes import iinfo as iinfo
from rushlight.tensor.size import Size as Size

'''


def parameters(function: Any, method: bool) -> str:
    """The parameters as a stub shows them: names, kinds and that a default exists."""
    try:
        found = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return "self, *args: Any, **kwargs: Any" if method else "*args: Any, **kwargs: Any"
    shown, keyword_only = [], False
    for i, each in enumerate(found):
        if method and i == 0:
            shown.append("self")
            continue
        if each.kind is each.KEYWORD_ONLY and not keyword_only:
            keyword_only = True
            if not any(p.kind is p.VAR_POSITIONAL for p in found):
                shown.append("*")
        star = {each.VAR_POSITIONAL: "*", each.VAR_KEYWORD: "**"}.get(each.kind, "")
        default = " = ..." if each.default is not each.empty else ""
        shown.append(f"{star}{each.name}: Any{default}")
    given = {p.name for p in found}
    open_ended = any(p.kind is p.VAR_KEYWORD for p in found)
    if hasattr(function, "row") and not open_ended and "out" not in given:
        shown.append("out: Any = ..." if keyword_only else "*, out: Any = ...")
    return ", ".join(shown)


def result(name: str, function: Any) -> str:
    """`Tensor` where the annotation says so, or a call shows it; else `Any`."""
    declared = str(inspect.unwrap(function).__annotations__.get("return"))
    elementwise = isinstance(getattr(function, "row", None), Pointwise)
    if declared in ("Tensor", "Array") or elementwise or name in ARITHMETIC:
        return "Tensor"
    if declared != "Any" or f"return_types.{name}" in FACE or not hasattr(function, "row"):
        return "Any"
    try:
        return "Tensor" if isinstance(function(rushlight.ones(2, 2)), rushlight.Tensor) else "Any"
    except (TypeError, RuntimeError, NotImplementedError):
        return "Any"


def define(name: str, function: Any, indent: str, method: bool) -> str:
    """One function's lines."""
    doc = (inspect.getdoc(function) or "").split("\n")[0].replace("\\", "\\\\").replace('"', "'")
    return (
        f"{indent}def {name}({parameters(function, method)}) -> {result(name, function)}:\n"
        f'{indent}    """{doc}"""\n')


def text() -> str:
    """The whole stub file."""
    later.load()
    lines = [HEADER]
    lines += [f"{name}: dtype\n" for name in sorted(dtypes.public_names())]
    lines.append('\nclass Tensor:\n    """An array that knows how it was made."""\n\n')
    for name in sorted(dir(rushlight.Tensor)):
        found = inspect.getattr_static(rushlight.Tensor, name)
        if isinstance(found, property):
            lines.append(f"    @property\n    def {name}(self) -> Any: ...\n")
            if found.fset is not None:
                lines.append(f"    @{name}.setter\n")
                lines.append(f"    def {name}(self, value: Any) -> None: ...\n")
        elif inspect.isfunction(found) and (not name.startswith("_") or name in OPERATORS):
            lines.append(define(name, found, "    ", method=True))
    lines.append("\n")
    for name in sorted({*dir(rushlight), "load", "save", *(
            name for name in FACE if "." not in name)}):
        if name.startswith("_") or name in ("Any", "annotations", *dtypes.public_names()):
            continue
        each = getattr(rushlight, name)
        if inspect.ismodule(each):
            continue
        if name in (*FACE, "load", "save") and callable(each) and not inspect.isclass(each):
            lines.append(define(name, each, "", method=False))
        elif name not in ("Size", "Tensor", "device", "dtype", "finfo", "iinfo"):
            lines.append(f"{name}: Any\n")
    lines.append("\ndef __getattr__(name: str) -> Any: ...\n")
    return "".join(lines)


ARITHMETIC = frozenset(
    f"__{side}{name}__"
    for name in [
        "add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "and", "or", "xor",
        "lshift", "rshift",
    ]
    for side in ("", "r", "i")
    if side != "i" or not name.endswith("shift")  # whose types mypy finds incompatible
) | frozenset(
    f"__{name}__"
    for name in ["lt", "le", "gt", "ge", "neg", "pos", "abs", "invert", "getitem"]
)
OPERATORS = ARITHMETIC | frozenset(
    f"__{name}__" for name in ["eq", "ne", "setitem", "len", "iter", "bool", "int", "float"]
)


def main() -> int:
    """Write the file, or with --check say whether it is up to date."""
    made = text()
    if "--check" in sys.argv:
        if not TARGET.exists() or TARGET.read_text() != made:
            print("src/rushlight/__init__.pyi is out of date: run `make stubs`")
            return 1
        return 0
    TARGET.write_text(made)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
