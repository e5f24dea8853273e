"""A module called with other parameters and buffers than its own: `torch.func.functional_call`."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rushlight.nn.modules.module import Module
from rushlight.ops.op import FACE
from rushlight.tensor.tensor import Tensor

Tensors = dict[str, Tensor]
_NONE = object()


def call_with(
    module: Module, parameter_and_buffer_dicts: Tensors | Sequence[Tensors], args: Any = None,
    kwargs: dict[str, Any] | None = None, *, tie_weights: bool = True, strict: bool = False,
) -> Any:
    """`module(*args, **kwargs)` as if its parameters and buffers were those given, by dotted name.

    args: a tuple, or a single argument. tie_weights: a tensor that has two names in the module is
    replaced under both. strict: every name must be there, and no other. What the module writes to a
    buffer goes into the dict. Raises ValueError for a name given twice or tied names with different
    values, RuntimeError for names that strict does not allow, TypeError for what is no Tensor.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.func.functional_call.html
    """
    values = _merged(parameter_and_buffer_dicts)
    args = () if args is None else args if isinstance(args, tuple) else (args,)
    with _replaced(module, values, tie_weights, strict):
        return module(*args, **(kwargs or {}))


def functional_call(
    module: Module, parameters_and_buffers: Tensors, args: Any = None,
    kwargs: dict[str, Any] | None = None, *, tie_weights: bool = True, strict: bool = False,
) -> Any:
    """The old name of `torch.func.functional_call`."""
    warnings.warn(
        "nn.utils.stateless.functional_call is the old name of torch.func.functional_call",
        FutureWarning, stacklevel=2)
    return call_with(
        module, parameters_and_buffers, args, kwargs, tie_weights=tie_weights, strict=strict)


def _merged(given: Any) -> Tensors:
    if isinstance(given, dict):
        return given
    if not isinstance(given, (list, tuple)) or not all(isinstance(each, dict) for each in given):
        raise ValueError("parameters and buffers are a dict of names and tensors, or several")
    merged: Tensors = {}
    for each in given:
        twice = merged.keys() & each.keys()
        if twice:
            raise ValueError(f"{', '.join(sorted(twice))}: given in more than one dict")
        merged.update(each)
    return merged


@contextmanager
def _replaced(module: Module, values: Tensors, tie_weights: bool, strict: bool) -> Iterator[None]:
    own: dict[str, Any] = {
        **dict(module.named_parameters(remove_duplicate=False)),
        **dict(module.named_buffers(remove_duplicate=False))}
    every = _with_tied(own, values) if tie_weights else dict(values)
    if strict:
        unexpected, missing = values.keys() - own.keys(), own.keys() - every.keys()
        problems = [
            f"{what} key(s): {', '.join(map(repr, sorted(names)))}."
            for what, names in (("Unexpected", unexpected), ("Missing", missing)) if names]
        if problems:
            raise RuntimeError(
                f"Error(s) in reparametrizing for {type(module).__name__}:\n\t"
                + "\n\t".join(problems))
    before: list[tuple[Any, str, Any]] = []
    try:
        for name, value in every.items():
            path, _, last = name.rpartition(".")
            place = module.get_submodule(path)
            if not isinstance(value, Tensor):
                raise TypeError(f"{name!r} must be a Tensor, not {type(value).__name__}")
            before.append((place, last, _swap(place, last, value)))
        yield
    finally:
        after = [_swap(*each) for each in reversed(before)][::-1]
        values.update({
            name: each for name, each in zip(every, after, strict=False)
            if name in values and each is not _NONE})


def _with_tied(own: Tensors, values: Tensors) -> Tensors:
    """The values, and the same ones for other names of the tensors they stand for."""
    names: dict[int, list[str]] = {}
    for name, tensor in own.items():
        names.setdefault(id(tensor), []).append(name)
    every = dict(values)
    for tied in names.values():
        given = [name for name in tied if name in values]
        if len({id(values[name]) for name in given}) > 1:
            raise ValueError(
                f"{', '.join(given)} are one tensor in the module, and were given different "
                "values: tie_weights=False allows that")
        if given:
            every.update(dict.fromkeys(tied, values[given[0]]))
    return every


def _swap(module: Any, name: str, value: Any) -> Any:
    """Put a tensor (`_NONE`: nothing) in the place of an attribute, and give what was there."""
    for members in (module._parameters, module._buffers):
        if name in members:
            held = members[name]
            members[name] = value
            return held
    held = getattr(module, name, _NONE)
    if held is not _NONE and not isinstance(held, Tensor):
        raise TypeError(f"{name!r} of {type(module).__name__} is no Tensor, and can't become one")
    if value is _NONE:
        delattr(module, name)
    else:
        setattr(module, name, value)
    return held


def stack_module_state(models: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters of several like modules, stacked by name, and their buffers: for `vmap`.

    RuntimeError for no modules, for those of several classes or modes, and for parameters of which
    only some require grad.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.func.stack_module_state.html
    """
    models = list(models)
    if not models:
        raise RuntimeError("stack_module_state() needs at least one module")
    if len({type(each) for each in models}) > 1:
        raise RuntimeError("stack_module_state() is for modules of one class")
    if len({each.training for each in models}) > 1:
        raise RuntimeError("stack_module_state(): some modules train and some don't")
    parameters = _stacked([dict(each.named_parameters()) for each in models])
    return parameters, _stacked([dict(each.named_buffers()) for each in models])


def _stacked(states: list[dict[str, Tensor]]) -> dict[str, Any]:
    made = {}
    for name in states[0]:
        each = [state[name] for state in states]
        if len({tensor.requires_grad for tensor in each}) > 1:
            raise RuntimeError(f"{name!r} requires grad in some modules and not in others")
        stacked = FACE["stack"]([tensor.detach() for tensor in each])
        made[name] = stacked.requires_grad_(each[0].requires_grad)
    return made
