"""The native road: functions that LLVM made take the place of hot Python ones.

`arm` compiles all of them at once (later processes load them from disk in milliseconds) and hangs
them into `Tensor`; each keeps the Python function it replaced and calls it wherever the case is
unusual, so that nothing changes but the time. What they do is in `native_elementwise.py`,
`native_views.py` and `native_sums.py`; how they are called in `native_calls.py`.
"""

from __future__ import annotations

import functools
import inspect
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from rushlight.engine import builtins as py
from rushlight.engine import memory, native, pool
from rushlight.engine.function_writer import Native, Unit
from rushlight.ops import getitem, matmul, permute, views
from rushlight.ops import linear as linears
from rushlight.ops import native_calls as calls
from rushlight.ops import native_elementwise as elementwise
from rushlight.ops import native_linear as linear
from rushlight.ops import native_loops as loops
from rushlight.ops import native_sums as sums
from rushlight.ops import native_tensors as tensors
from rushlight.ops import native_views as shapes
from rushlight.ops.elementwise import Pointwise
from rushlight.ops.op import FACE, ROWS, replace
from rushlight.ops.shortcut import _class_for
from rushlight.tensor.tensor import Tensor, wrap

_lock = threading.Lock()
_replaced: dict[str, Any] | None = None  # the Python functions, by the names in Tensor
_CLOSED = "fdlihbB?FD"  # dtypes whose sums and products are PyTorch's
_TENSOR = wrap(np.zeros(1))


class _Draft:
    """What is to be compiled, and where in Tensor each native function goes."""

    def __init__(self) -> None:
        self.symbols = tensors.SYMBOLS | memory.symbols | {
            "pool_state": pool.address(), "parallel_for": pool.entry()}
        self.entries: list[Native] = []
        self.places: list[tuple[str, Native, Callable[[int], Any]]] = []
        self.functions: list[tuple[str, Native, str]] = []

    def add(self, names: list[str], entry: Native, make: Callable[[str, int], Any]) -> None:
        """One entry under one or several names."""
        self.entries.append(entry)
        for each in names:
            self.places.append((each, entry, functools.partial(make, each)))

    def operator(
        self, name: str, attempt: Any, table: int, reflected: int | None = None,
        entry: Any = calls.operator_entry,
    ) -> None:
        """`__name__`, and with a table for it `__rname__`."""
        names = [f"__{name}__"]
        self.symbols[f"table_{name}"] = table
        if reflected is not None:
            self.symbols[f"table_r{name}"] = reflected
            names.append(f"__r{name}__")
        self.add(names, entry(name, attempt), lambda each, at: py.operator(Tensor, each, at))

    def function(self, name: str, attempt: Any, table: int) -> None:
        """`torch.name(...)`, which isn't a method."""
        title = name.rpartition(".")[2]
        self.symbols[f"table_{title}"] = table
        entry = calls.function_entry(title, attempt)
        self.entries.append(entry)
        self.functions.append((name, entry, _doc(title, FACE[name])))

    def method(self, name: str, attempt: Any, table: int) -> None:
        """`tensor.name(...)`."""
        title = f"method_{name}"  # `sub` is a method, and what the operator is called
        self.symbols[f"table_{title}"] = table
        before = getattr(Tensor, name)
        self.add([name], calls.method_entry(title, attempt),
                 lambda each, at: py.method(Tensor, each, at, _doc(name, before)))


def _doc(name: str, function: Any) -> str:
    """The docstring in the form in which builtins keep their signature, too."""
    given = [each.replace(annotation=inspect.Parameter.empty)
             for each in inspect.signature(function).parameters.values()]
    listed = str(inspect.Signature(given))
    if hasattr(Tensor, name):
        listed = listed.replace("(self", "($self").replace("(input", "($self")
    return f"{name}{listed}\n--\n\n{inspect.getdoc(function) or ''}"


def arm() -> bool:
    """Let native functions take the road now; gives whether they do."""
    global _replaced
    with _lock:
        if _replaced is None:
            ready = native.available() and tensors.supported()
            _replaced = _replace(_draft()) if ready else {}
        return bool(_replaced)


def _replace(draft: _Draft) -> dict[str, Any]:
    found = py.exported(Unit(), draft.entries, draft.symbols)
    before = {}
    for name, entry, make in draft.places:
        before[name] = getattr(Tensor, name)
        setattr(Tensor, name, make(found[entry.name]))
    for name, entry, doc in draft.functions:
        before[name] = FACE[name]
        replace(name, py.function(name.rpartition(".")[2], found[entry.name], doc))
    return before


def _draft() -> _Draft:
    draft = _Draft()
    _operators(draft)
    _elementwise_methods(draft)
    _views(draft)
    _sums(draft)
    draft.function("nn.functional.linear", linear.linear, linear.table(
        FACE["nn.functional.linear"], linears._NODES))
    return draft


def _operators(draft: _Draft) -> None:
    for name, title, ufunc, reflected in (
        ("add", "add", np.add, "add"), ("sub", "sub", np.subtract, "rsub"),
        ("mul", "mul", np.multiply, "mul"), ("truediv", "true_divide", np.true_divide, None),
    ):
        row: Any = ROWS[title]
        back: Any = ROWS.get(reflected or "")
        found = loops.loop_table(ufunc, _CLOSED if reflected == title else "fd")
        forward = elementwise.row_table(
            getattr(Tensor, f"__{name}__"), row, found,
            node_class=_class_for(row, _TENSOR), number_class=_class_for(row, 0))
        backward = elementwise.row_table(
            getattr(Tensor, f"__r{name}__"), back or row, found if back else 0,
            number_class=_class_for(back or row, 0), swapped=back is not row)
        draft.operator(name, elementwise.operate, forward, backward)
        assigned = elementwise.row_table(getattr(Tensor, f"__i{name}__"), row, found)
        draft.operator(f"i{name}", elementwise.assigned, assigned, entry=calls.one_sided_entry)
    power: Any = ROWS["pow"]
    squares = loops.loop_table(np.square, "fd")
    draft.operator(
        "pow", elementwise.operate,
        elementwise.row_table(Tensor.__pow__, power, 0, number_class=_class_for(power, 0),
                              squares=squares),
        elementwise.row_table(Tensor.__rpow__, power, 0), entry=calls.power_entry)


def _elementwise_methods(draft: _Draft) -> None:
    for name, row in ROWS.items():
        if not isinstance(row, Pointwise) or not hasattr(Tensor, name):
            continue
        ufunc = row.single_ufunc()
        if not isinstance(ufunc, np.ufunc):
            continue
        if row.parameters == ("input",) and ufunc.nin == 1:
            chars = "fdil" if row.promote == "same" and "i" in row.supports else "fd"
            node_class, attempt = row.node_class() if row.inputs else None, elementwise.one_method
            number_class = None
        elif len(row.operands) == 2 == ufunc.nin and row.result != "real":
            chars = _CLOSED if ufunc in (np.add, np.multiply) else "fd"
            node_class, number_class = _class_for(row, _TENSOR), _class_for(row, 0)
            attempt = elementwise.tensors_method if (
                row.operands[1] in row.tensors) else elementwise.two_method
        else:
            continue
        found = loops.loop_table(ufunc, chars)
        if found:
            table = elementwise.row_table(
                getattr(Tensor, name), row, found, node_class=node_class,
                number_class=number_class)
            draft.method(name, attempt, table)
    for name in ("lt", "le", "gt", "ge", "eq", "ne"):
        title = f"__{name}__"
        found = loops.loop_table(ROWS[name].single_ufunc(), "fd")  # type: ignore[attr-defined]
        table = elementwise.row_table(getattr(Tensor, title), ROWS[name], found)
        draft.method(title, elementwise.two_method, table)
    draft.method("zero_", elementwise.zero_method, py.table([py.address(Tensor.__dict__["zero_"])]))


def _views(draft: _Draft) -> None:
    for name, attempt, node_class in (
        ("view", shapes.view_method, views._ViewNode),
        ("reshape", shapes.view_method, views._ViewNode),
        ("unsqueeze", shapes.unsqueeze_method, views._UnsqueezeNode),
        ("expand", shapes.expand_method, views._ExpandNode),
        ("t", shapes.t_method, permute._TNode),
        ("transpose", shapes.transpose_method, permute._TransposeNode),
    ):
        draft.method(name, attempt, shapes.view_table(getattr(Tensor, name), node_class))
    draft.operator("getitem", shapes.index_operator,
                   shapes.view_table(Tensor.__getitem__, getitem._SELECT),
                   entry=calls.one_sided_entry)
    draft.method("item", shapes.item_method, py.table([py.address(Tensor.__dict__["item"])]))


def _sums(draft: _Draft) -> None:
    dots, products = (loops.loop_table(each, "fd") for each in (np.vecdot, np.matmul))
    for char, name in (("f", "ones32"), ("d", "ones64")):
        ones = np.ones(sums.FEW, char)
        py.address(ones)
        draft.symbols[name] = ones.__array_interface__["data"][0]
    for name, attempt in (("sum", sums.sum_method), ("mean", sums.mean_method)):
        row = ROWS[name]
        draft.method(name, attempt, sums.table(
            getattr(Tensor, name), row.node_class(row.defaults | {"dim": None}), dots))
    recipe = tensors.recipe((tensors.INPUT, None), (tensors.OTHER, None))
    forward, backward = (
        sums.table(each, matmul._MM_NODE, products, recipe)
        for each in (Tensor.__dict__["__matmul__"], Tensor.__dict__["__rmatmul__"]))
    draft.operator("matmul", sums.product_operator, forward, backward)
    for name in ("matmul", "mm"):
        draft.method(name, sums.product_method, sums.table(
            getattr(Tensor, name), matmul._MM_NODE, products, recipe))
