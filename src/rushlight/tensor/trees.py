"""Nested lists, tuples and dicts of tensors as one flat list, and back.

`func` and `vmap` take and return such trees. What is no list, tuple or dict is a leaf.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

_LISTS = (list, tuple)
_DICTS = (dict, OrderedDict, defaultdict)
Rebuild = Callable[[Iterator[Any]], Any]


def _is_list(tree: Any) -> bool:
    return type(tree) in _LISTS or (isinstance(tree, tuple) and hasattr(tree, "_fields"))


def flatten(tree: Any) -> tuple[list[Any], Callable[[Any], Any]]:
    """The leaves in order, and the function that puts as many others in their places."""
    leaves: list[Any] = []
    rebuild = _flatten(tree, leaves)
    return leaves, lambda others: rebuild(iter(others))


def _flatten(tree: Any, leaves: list[Any]) -> Rebuild:
    kind = type(tree)
    if _is_list(tree):
        parts = [_flatten(each, leaves) for each in tree]
        if kind in _LISTS:
            return lambda others: kind([part(others) for part in parts])
        return lambda others: kind._make([part(others) for part in parts])
    if kind in _DICTS:
        keyed = [(key, _flatten(each, leaves)) for key, each in tree.items()]

        def rebuilt(others: Iterator[Any]) -> Any:
            made: Any = defaultdict(tree.default_factory) if kind is defaultdict else kind()
            made.update({key: part(others) for key, part in keyed})
            return made

        return rebuilt
    leaves.append(tree)
    return next


def mapped(function: Callable[[Any], Any], tree: Any) -> Any:
    """The tree with `function` applied to every leaf."""
    leaves, rebuild = flatten(tree)
    return rebuild([function(each) for each in leaves])


def spread_like(prefix: Any, tree: Any, name: str) -> list[Any]:
    """For each leaf of `tree` the leaf of `prefix` above it; ValueError where they do not fit."""
    if _is_list(prefix) and _is_list(tree) and len(prefix) == len(tree):
        return [leaf for pair in zip(prefix, tree, strict=True)
                for leaf in spread_like(*pair, name)]
    if type(prefix) in _DICTS and type(tree) in _DICTS and prefix.keys() == tree.keys():
        return [leaf for key in tree for leaf in spread_like(prefix[key], tree[key], name)]
    if _is_list(prefix) or type(prefix) in _DICTS:
        raise ValueError(f"{name}={prefix!r} does not have the structure of what it is for")
    return [prefix] * len(flatten(tree)[0])
