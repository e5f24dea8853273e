"""Compute a deferred value, by the program that is known for such a graph.

A graph is thought about once (`_think`): what goes into one kernel, what is computed before, what
is left to NumPy. The steps that this takes are the program for every later graph of the same
operations on arrays of the same dtypes, shapes and strides: kernels and small calls, each with the
arrays it takes and makes.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from rushlight.engine import deferred, fusion, numpy_runner
from rushlight.engine.deferred import Deferred

Array = np.ndarray[Any, Any]
Tape = list[tuple[Any, list[Array], list[Array]]]
MOST = 4096  # programs that are remembered


class Program(NamedTuple):
    """`steps`: what to run, and the numbers of the arrays it takes: first the graph's own, then
    those that were made, in order. `settled`: the nodes' numbers, and their arrays'. `over`: which
    results of the last step lie in the memory of what they replace, and the nodes that get them.
    """

    steps: list[tuple[Any, list[int]]]
    settled: list[tuple[int, int]]
    over: tuple[list[int], list[int]]


class Call:
    """A step that is no kernel: a function from arrays to an array."""

    __slots__ = ("function",)

    def __init__(self, function: Callable[[list[Array]], Array]):
        self.function = function

    def run(self, given: list[Array]) -> list[Array]:
        """The result, in a list."""
        return [self.function(given)]


_programs: dict[Any, Program | None] = {}  # None: not every step could be told
_tapes: list[Tape] = []  # what has been done for each graph that is being thought about


def run(root: Deferred) -> None:
    """Compute `root`."""
    signature, leaves, nodes = _signature(root)
    held = _UNASKED
    if not _tapes and any(each.into is not None for each in nodes):
        held = _who_holds(leaves, nodes)
    key = signature, held
    program = _programs.get(key)
    if program is not None:
        _play(program, leaves, nodes)
    else:
        _tapes.append([])
        try:
            over = _think(root, nodes, held)
            if len(_programs) >= MOST:
                _programs.clear()
            _programs[key] = _told(_tapes[-1], leaves, nodes, over)
        finally:
            _tapes.pop()
    for node in nodes:
        node.used += 1


def _play(program: Program, leaves: list[Array], nodes: list[Deferred]) -> None:
    arrays = leaves
    last = program.steps[-1]
    for each in program.steps:
        step, taken = each
        given = [arrays[i] for i in taken]
        if each is last and program.over[0]:
            made = step.run_over(given, [nodes[i] for i in program.over[1]], program.over[0])
        else:
            made = step.run(given)
        for tape in _tapes:
            tape.append((step, given, made))
        arrays = arrays + made
    for i, at in program.settled:
        nodes[i].settle(arrays[at])


def _told(
    tape: Tape, leaves: list[Array], nodes: list[Deferred], over: tuple[list[int], list[int]]
) -> Program | None:
    """The steps as a program; None if one of them took what was made otherwise."""
    numbers = {id(each): k for k, each in enumerate(leaves)}
    count, steps = len(leaves), []
    for step, given, made in tape:
        if any(id(each) not in numbers for each in given):
            return None
        steps.append((step, [numbers[id(each)] for each in given]))
        for each in made:
            numbers[id(each)] = count
            count += 1
    settled = [
        (k, numbers[id(node.value)]) for k, node in enumerate(nodes) if id(node.value) in numbers]
    done = len(settled) and settled[-1][0] == len(nodes) - 1  # the root is the last node
    return Program(steps, settled, over) if done else None


def _do(step: Any, given: list[Array]) -> list[Array]:
    """Take a step, and note it."""
    made: list[Array] = step.run(given)
    for tape in _tapes:
        tape.append((step, given, made))
    return made


def _call(function: Callable[[list[Array]], Array], given: list[Array]) -> Array:
    (made,) = _do(Call(function), given)
    return made


_NOTHING: tuple[list[int], list[int]] = ([], [])


def _think(
    root: Deferred, nodes: list[Deferred], held: Held
) -> tuple[list[int], list[int]]:
    """Compute `root` and find out how; what is told is `Program.over`."""
    if root.operation == "reshape":
        shape = root.shape
        array = deferred.computed(root.operands[0])
        root.settle(_call(lambda given: given[0].reshape(shape), [array]))
        return _NOTHING
    alone = root.size == 1 and not root.operation.startswith("reduce.")
    if root.operation == "formula" or not alone:
        for node in nodes:
            if node.operation == "formula" and node.value is None:
                _write_out(node)
        if root.value is not None:
            return _NOTHING
    if root.size == 1 and not root.operation.startswith("reduce."):  # a formula may be one now
        for each in fusion.reductions(root):
            each.compute()
        numpy_runner.run(root, _call)
        return _NOTHING
    _, all_leaves, _ = _signature(root)
    free, watched = ([nodes[k] for k in each] for each in held)
    plan = fusion.prepare(root, all_leaves, free, watched)
    if plan.work is None:
        for each in plan.nodes:
            if each.value is None:
                each.compute()
        if plan.nodes:
            run(root)
        else:
            numpy_runner.run(root, _call)
        return _NOTHING
    given = [all_leaves[k] for k in plan.taken]
    if not plan.over:
        results = _do(plan.work, given)
    else:
        results = plan.work.run_over(given, plan.nodes, plan.over)
        for tape in _tapes:
            tape.append((plan.work, given, results))
    for node, result in zip(plan.nodes, results, strict=True):
        node.settle(result)
    numbers = {id(each): k for k, each in enumerate(nodes)}
    return (plan.over, [numbers[id(each)] for each in plan.nodes]) if plan.over else _NOTHING


def _write_out(node: Deferred) -> None:
    """Make a formula the operations it stands for."""
    assert node.axes is not None
    function, options = node.axes
    made = function(*[
        each if type(each) is Deferred else deferred.leaf(each) for each in node.operands],
        *options)
    if type(made) is not Deferred or made.value is not None:  # no loop of ours can do it
        node.settle(deferred.computed(made))
    else:
        node.operation, node.operands, node.axes = made.operation, made.operands, made.axes
        node.length = made.length


def _signature(root: Deferred) -> tuple[Any, list[Array], list[Deferred]]:
    """What must be equal for two graphs to be the same work; the arrays read, and the nodes."""
    index: dict[int, int] = {}  # a place to each array and each node, by id
    parts: list[Any] = []
    leaves: list[Array] = []
    nodes: list[Deferred] = []
    stack = [root]
    while stack:
        node = stack[-1]
        operands: list[Any] = []
        ready = True
        for each in node.operands:
            kind = type(each)
            if kind is Deferred:
                if each.value is None:
                    at = index.get(id(each))
                    if at is None:
                        stack.append(each)
                        ready = False
                    operands.append(at)
                    continue
                each = each.value
            elif kind is not np.ndarray:
                operands.append(repr(each))
                continue
            at = index.get(id(each))
            if at is None:
                index[id(each)] = at = len(index)
                leaves.append(each)
                parts.append((each.dtype.char, each.shape, each.strides))
            operands.append(at)
        if ready:
            stack.pop()
            if id(node) not in index:
                index[id(node)] = len(index)
                nodes.append(node)
                parts.append((node.operation, node.dtype.char, node.shape, node.axes, *operands,
                              node.into is not None, fusion.is_kept(node)))
    return tuple(parts), leaves, nodes


# --- without waiting

_at_once: dict[Any, Callable[[list[Array]], Array]] = {}


def at_once(function: Callable[..., Any], *operands: Array) -> Array:
    """`function(*operands)` by kernels, now: what could have waited, where that is not worth it."""
    key: Any = [function]
    for each in operands:
        key += (each.dtype, each.shape, each.strides)
    if len(operands) > 1:
        first = [id(each) for each in operands]
        key += [first.index(each) for each in first[1:]]
    key = tuple(key)
    known = _at_once.get(key)
    if known is not None:
        return known([*operands])
    waiting = function(*map(deferred.leaf, operands))
    if type(waiting) is not Deferred or waiting.value is not None:
        return deferred.computed(waiting)  # no loop of ours can do it
    signature, leaves, nodes = _signature(waiting)
    with deferred.lock:
        usual, fusion.SMALL = fusion.SMALL, 1  # a kernel is wanted, and will be used again
        try:
            made = waiting.compute()
        finally:
            fusion.SMALL = usual
    program = _programs.get((signature, _UNASKED))
    if program is not None and len(_at_once) < MOST:
        places = {id(each): k for k, each in enumerate(operands)}
        order = [places.get(id(each), -1) for each in leaves]
        if -1 not in order:
            _at_once[key] = _in_one_call(program, order, len(operands), len(nodes) - 1)
    return made


def _in_one_call(
    program: Program, order: list[int], operands: int, root: int
) -> Callable[[list[Array]], Array]:
    """The root's value from the operands. `order`: which of them each leaf of the program is."""
    def place(k: int) -> int:
        return order[k] if k < len(order) else k - len(order) + operands

    steps = [(step.run, [place(k) for k in taken]) for step, taken in program.steps]
    (at,) = [place(at) for node, at in program.settled if node == root]
    if len(steps) == 1 and steps[0][1] == list(range(operands)) and at >= operands:
        run, result = steps[0][0], at - operands
        return lambda arrays: run(arrays)[result]

    def call(arrays: list[Array]) -> Array:
        for run, taken in steps:
            arrays += run([arrays[k] for k in taken])
        return arrays[at]

    return call


# --- who else holds what a graph is made of

class Held(NamedTuple):
    """What nobody but a graph holds, and what others do too, as numbers of nodes."""

    free: tuple[int, ...]  # replace arrays that nobody else holds: these may be written
    watched: tuple[int, ...]  # are held by others too, and not the root


_UNASKED = Held((), ())


def _who_holds(leaves: list[Array], nodes: list[Deferred]) -> Held:
    counts = _counts(leaves, nodes)
    free = [
        k for k, node in enumerate(nodes)
        if node.into is not None and node.into.base is None and counts[k][0] == _ALONE[0]]
    watched = [k for k in range(len(nodes) - 1) if counts[k][1] != _ALONE[1]]
    return Held(tuple(free), tuple(watched))


def _counts(leaves: list[Array], nodes: list[Deferred]) -> list[tuple[int, int]]:
    """For each node, the references to the array it replaces and to itself that are not the
    graph's; both are too high by a constant."""
    known = _references(leaves, nodes)
    return [
        (sys.getrefcount(node.into) - known[id(node.into)],
         sys.getrefcount(node) - known.get(id(node), 0))
        for node in nodes]


def _references(leaves: list[Array], nodes: list[Deferred]) -> dict[int, int]:
    """How often these leaves and nodes hold each array and node, by id."""
    known = dict.fromkeys(map(id, leaves), 1)
    for node in nodes:
        for each in (*node.operands, node.into):
            known[id(each)] = known.get(id(each), 0) + 1
    return known


def _lone_node() -> Deferred:
    node = deferred.leaf(np.zeros(1))
    node.into, node.value = node.value, None
    return node


(_ALONE,) = _counts([], [_lone_node()])  # the constants: measured, not assumed
