"""The plan of one kernel: what it reads, computes and writes, as data that can be printed.

A plan does not know sizes, addresses or strides: it is the same for every call that does the same
work on arrays laid out alike, and one kernel is compiled for it. `check` holds its invariants.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from rushlight.engine import types


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a kernel: an operation on values before it, in `type`.

    `load` reads input `at`; `number` is `at` itself; `reduce.add` and its like reduce a value that
    varies along the row. `level` says how many reductions lie before it: a value of level 1 can be
    known only when a row has been read once.
    """

    operation: str
    type: str
    operands: tuple[int, ...] = ()
    at: Any = None
    level: int = 0


@dataclass(frozen=True, slots=True)
class Output:
    """A value that is written: to each place of the space, or once to each row.

    into: the input whose memory it is written to; if None, it has memory of its own.
    """

    value: int
    dtype: np.dtype[Any]
    per_row: bool
    into: int | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """A kernel over a space of `kept` and `reduced` dims, the innermost last.

    mode: "flat" (one dim, split anywhere), "rows" (an item is a row: all reduced dims, or the
    innermost where nothing is reduced), "split" (long rows in blocks, their partial results
    combined after), "columns" (the innermost dim is kept: an item is a strip of columns), "tiles"
    (two inner dims, visited in squares, since some array lies across).
    layouts: for inputs, then outputs, how an array lies along the innermost dim: "1" side by side,
    "0" the same element again, "n" at any distance.
    """

    mode: str
    kept: int
    reduced: int
    inputs: tuple[np.dtype[Any], ...]
    layouts: str
    values: tuple[Value, ...]
    outputs: tuple[Output, ...]

    def __str__(self) -> str:
        lines = [f"{self.mode} over {self.kept} kept and {self.reduced} reduced dims"]
        for i, dtype in enumerate(self.inputs):
            lines.append(f"  input {i}: {dtype.name}, layout {self.layouts[i]}")
        for i, each in enumerate(self.values):
            what = "" if each.at is None else f" {each.at}"
            operands = "".join(f" v{k}" for k in each.operands)
            lines.append(f"  v{i} = {each.operation}{what}{operands} : {each.type} @{each.level}")
        for out in self.outputs:
            where = "each row" if out.per_row else "each place"
            over = "" if out.into is None else f", over input {out.into}"
            lines.append(f"  write v{out.value} as {out.dtype.name} to {where}{over}")
        return "\n".join(lines)


def check(plan: Plan) -> None:
    """ValueError if the plan says what cannot be."""
    def need(true: bool, what: str) -> None:
        if not true:
            raise ValueError(f"{what}\n{plan}")

    need(plan.mode in ("flat", "rows", "split", "columns", "tiles"), "unknown mode")
    need(len(plan.layouts) == len(plan.inputs) + len(plan.outputs), "a layout for each array")
    for i, each in enumerate(plan.values):
        need(all(k < i for k in each.operands), f"v{i} uses what comes after it")
        below = max((plan.values[k].level for k in each.operands), default=0)
        reduces = each.operation.startswith("reduce.")
        need(each.level == below + reduces, f"v{i} has the wrong level")
        if each.operation == "load":
            need(0 <= each.at < len(plan.inputs), f"v{i} loads no input")
            need(each.type == types.type_of(plan.inputs[each.at]), f"v{i} loads another type")
        elif each.operation in ("number", "cast", "narrow") or reduces or each.operation == "where":
            pass
        else:
            mixed = {plan.values[k].type for k in each.operands}
            need(len(mixed) == 1, f"v{i} mixes types")
    deep = max((each.level for each in plan.values), default=0)
    need(deep <= 1 or plan.mode == "rows", "only rows can be reduced twice")
    need(plan.mode not in ("flat", "tiles") or deep == 0, "this mode reduces nothing")
    for out in plan.outputs:
        need(out.value < len(plan.values), "an output of nothing")
        need(out.into is None or (deep == 0 and plan.inputs[out.into] == out.dtype),
             "an output over an input that is read again")
        need(not out.per_row or plan.values[out.value].level > 0, "a row's result without a row")
