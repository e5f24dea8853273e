"""From a graph of deferred values to kernels: what is computed together, and over which loops.

`prepare` gathers all that a value is made of into one kernel where it can: pointwise operations
always; reductions where they run along the same axes of the same space as the value, or are the
value itself. What does not fit is computed before and read from memory. A value that was already
computed on the way to something else is computed again if that is cheaper than memory, else written
too; so is one that is wanted for the third time.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from rushlight.engine import launch, types
from rushlight.engine.deferred import Deferred
from rushlight.engine.plan import Output, Value

Array = np.ndarray[Any, Any]
CHEAP = 10  # operations that are done twice sooner than their result is read from memory
SMALL = 4096  # elements of a graph without reductions that NumPy has done before a kernel starts


class Plan(NamedTuple):
    """What to do for a value: a kernel, which leaves it takes, the nodes that it computes, and
    which of its results lie in the memory of what they replace. Where there is no kernel: the nodes
    to be computed first, none if the graph is small.
    """

    work: Any
    taken: list[int]
    nodes: list[Deferred]
    over: list[int]


def prepare(
    root: Deferred, leaves: list[Array], free: list[Deferred], watched: list[Deferred]
) -> Plan:
    """What to do for a value. `free` may lie in the memory of what they replace, unless one that is
    watched would have to be computed of that memory later.
    """
    space, axes = _space_of(root)
    if math.prod(space) < SMALL:
        return Plan(None, [], reductions(root), [])
    group = _Group(space, axes, root)
    if not group.first and group.level and not _fits(group, _layout(group), root):
        if not root.operation.startswith("reduce."):
            space, axes = root.shape, None
        group = _Group(space, axes, root, inline=False)
    if group.first:
        return Plan(None, [], list(group.first.values()), [])
    later = {id(each) for each in watched} - {id(each) for each in group.roots}
    may_replace = set() if later else {id(each) for each in free}
    outputs = group.outputs(may_replace)
    work = launch.prepare(_layout(group), group.leaves, tuple(group.values), outputs)
    over = [
        k for k, (each, out) in enumerate(zip(group.roots, outputs, strict=True))
        if isinstance(work, launch.Work) and id(each) in may_replace
        and (out.into is not None or all(leaf is not each.into for leaf in group.leaves))]
    places = {id(each): k for k, each in enumerate(leaves)}
    return Plan(work, [places[id(each)] for each in group.leaves], group.roots, over)


def is_kept(node: Deferred) -> bool:
    """Whether a value on the way is written to memory: what a tensor holds, or what is wanted often
    enough."""
    return node.into is not None or node.used > 1 or (node.used == 1 and node.length > CHEAP)


def _layout(group: _Group) -> launch.Layout:
    return launch.Layout(
        group.space, group.axes, group.leaves, [_whole_shape(each) for each in group.roots],
        [each.shape for each in group.roots], [each.into is not None for each in group.roots])


def _whole_shape(node: Deferred) -> tuple[int, ...]:
    """The shape, with the reduced dims in it."""
    if not _drops_dims(node):
        return node.shape
    return tuple([1 if i in (node.axes or ()) else n
                  for i, n in enumerate(node.operands[0].shape)])


def _drops_dims(node: Deferred) -> bool:
    """Whether it is a reduction whose shape has not the dims that it reduces."""
    return node.operation.startswith("reduce.") and (
        len(node.shape) != len(node.operands[0].shape))


def reductions(root: Deferred) -> list[Deferred]:
    """The nearest reductions that a small value is made of: they may read much."""
    found: dict[int, Deferred] = {}
    stack = [root]
    while stack:
        for each in stack.pop().operands:
            if type(each) is Deferred and each.value is None:
                if each.operation.startswith("reduce.") or each.operation == "formula":
                    found[id(each)] = each
                else:
                    stack.append(each)
    return list(found.values())


def _space_of(root: Deferred) -> tuple[tuple[int, ...], tuple[int, ...] | None]:
    """The space that the kernel for `root` runs over, and the axes it reduces, if any."""
    if root.operation.startswith("reduce."):
        return root.operands[0].shape, root.axes
    found = None
    stack = list(root.operands)
    seen: set[int] = set()
    while stack:
        each = stack.pop()
        if type(each) is not Deferred or each.value is not None or id(each) in seen:
            continue
        seen.add(id(each))
        if each.operation.startswith("reduce."):
            source = each.operands[0].shape
            if _drops_dims(each):
                continue
            if source == root.shape:
                return root.shape, each.axes
            if each.shape == root.shape:
                found = source, each.axes
        elif each.operation != "reshape":
            stack += each.operands
    return found or (root.shape, None)


def _fits(group: _Group, layout: launch.Layout, root: Deferred) -> bool:
    """Whether one kernel can do all of the group's reductions and what is between them."""
    alone = root.operation.startswith("reduce.") and group.level == 1 and len(group.roots) == 1
    if not layout.along_rows:
        return alone
    return alone or not layout.few_long_rows


class _Group:
    """The values that one kernel computes, in order, and the arrays it reads."""

    def __init__(
        self, space: tuple[int, ...], axes: tuple[int, ...] | None, root: Deferred,
        inline: bool = True,
    ):
        self.space, self.axes, self.inline = space, axes, inline
        self.values: list[Value] = []
        self.leaves: list[Array] = []
        self.roots: list[Deferred] = []
        self.places: dict[Any, int] = {}  # what each value is of
        self.root = root
        self.level = 0
        self.first: dict[int, Deferred] = {}  # parts that need kernels of their own, by id
        self._visit(root)
        self.roots.append(root)

    def outputs(self, free: set[int]) -> tuple[Output, ...]:
        """What is written. Only where nothing is reduced is an array read and written at once."""
        made = []
        for each in self.roots:
            into = [] if self.level or id(each) not in free else [
                k for k, leaf in enumerate(self.leaves) if leaf is each.into]
            made.append(Output(
                self.places[id(each)], each.dtype, _whole_shape(each) != self.space, *into))
        return tuple(made)

    def _visit(self, root: Deferred) -> None:
        stack: list[tuple[Deferred, bool]] = [(root, False)]
        while stack:
            node, ready = stack.pop()
            if id(node) in self.places:
                continue
            if ready:
                if not self.first:
                    self._add(node)
                continue
            stack.append((node, True))
            for each in node.operands:
                if type(each) is Deferred and each.value is None and id(each) not in self.places:
                    if not self._stands_alone(each):
                        stack.append((each, False))
                    else:
                        self.first[id(each)] = each

    def _stands_alone(self, node: Deferred) -> bool:
        """Whether this value must be computed by a kernel of its own."""
        if node.operation == "reshape" or _drops_dims(node):
            return True
        if not node.operation.startswith("reduce."):
            return False
        return not self.inline or node.axes != self.axes or node.operands[0].shape != self.space

    def _add(self, node: Deferred) -> None:
        operands = [self._operand(each, node) for each in node.operands]
        level = max([self.values[k].level for k in operands], default=0)
        kind = types.type_of(node.dtype)
        assert kind is not None
        operation, at = node.operation, None
        if operation.startswith("reduce."):
            level += 1
            self.level = max(self.level, level)
        elif operation == "cast" and node.dtype.char in types.NARROW:
            if self.values[operands[0]].type != "float":
                self.values.append(Value("cast", "float", tuple(operands), None, level))
                operands = [len(self.values) - 1]
            operation, at = "narrow", node.dtype
        self.values.append(Value(operation, kind, tuple(operands), at, level))
        if node.dtype.char in types.NARROW and operation != "narrow":
            # Each op rounds, as it would have if its result had been stored.
            self.values.append(
                Value("narrow", kind, (len(self.values) - 1,), node.dtype, level))
        self.places[id(node)] = len(self.values) - 1
        if self.inline and node is not self.root and node.shape == self.space and is_kept(node):
            self.roots.append(node)

    def _operand(self, each: Any, user: Deferred) -> int:
        """The place of an operand: a number, an array to be read, or a value before."""
        if type(each) is Deferred:
            if each.value is None:
                return self.places[id(each)]
            each = each.value
        if isinstance(each, np.ndarray):
            key: Any = id(each)
            if key not in self.places:
                self.leaves.append(each)
                kind = types.type_of(each.dtype)
                assert kind is not None
                self.values.append(Value("load", kind, (), len(self.leaves) - 1))
                self.places[key] = len(self.values) - 1
            return self.places[key]
        kind = self._number_type(user)
        key = (kind, each, math.copysign(1, each))
        if key not in self.places:
            self.values.append(Value("number", kind, (), each))
            self.places[key] = len(self.values) - 1
        return self.places[key]

    def _number_type(self, user: Deferred) -> str:
        """A bare number has the type of the array it meets."""
        for each in user.operands[user.operation == "where":]:
            if isinstance(each, (Deferred, np.ndarray)):
                kind = types.type_of(each.dtype)
                assert kind is not None
                return kind
        raise AssertionError(user.operation)
