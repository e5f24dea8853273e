"""What all optimisers share: groups of parameters, state, hooks, and the walk of a step.

An optimiser is its settings, the state that a parameter begins with, and `update`: arithmetic on
one parameter, its gradient and its state, in place. Small tensors take the native road; what is
written into large ones waits, so that an update is one loop over all that it reads and writes.
Source: https://docs.pytorch.org/docs/stable/optim.html
"""

from __future__ import annotations

import warnings
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable
from copy import deepcopy
from itertools import chain
from typing import Any

from rushlight.autograd.modes import enable_grad, set_grad_enabled
from rushlight.autograd.node import RemovableHandle
from rushlight.optim.settings import number
from rushlight.tensor.tensor import Tensor

Group = dict[str, Any]
State = dict[str, Any]
Hook = Callable[..., Any]


class _Hooks(OrderedDict[int, Hook]):
    """Hooks in the order they were registered (a class, so that handles can refer weakly)."""

    def add(self, hook: Hook, first: bool = False) -> RemovableHandle:
        handle = RemovableHandle(self)
        self[handle.id] = hook
        if first:
            self.move_to_end(handle.id, last=False)
        return handle


_before_every_step, _after_every_step = _Hooks(), _Hooks()


def register_optimizer_step_pre_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(optimizer, args, kwargs)` before each step of every optimiser."""
    return _before_every_step.add(hook)


def register_optimizer_step_post_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(optimizer, args, kwargs)` after each step of every optimiser."""
    return _after_every_step.add(hook)


class Optimizer:
    """Base of all optimisers.

    params: tensors, pairs of a name and a tensor, or dicts with "params" and settings of their own.
    defaults: the settings of what has none. Raises TypeError for what are no parameters, ValueError
    for none at all, for some in two groups, and for tensors that are no leaves.
    """

    def __init__(self, params: Iterable[Any], defaults: Group):
        if isinstance(params, Tensor):
            raise TypeError(
                "an optimiser takes an iterable of tensors or dicts, not one tensor: give [tensor]")
        self.defaults = defaults
        self.state: defaultdict[Tensor, State] = defaultdict(dict)
        self.param_groups: list[Group] = []
        self._make_hooks()
        given = list(params)
        if not given:
            raise ValueError("an optimiser got no parameters: the list is empty")
        for each in given if isinstance(given[0], dict) else [{"params": given}]:
            self.add_param_group(each)

    def _make_hooks(self) -> None:
        self._optimizer_step_pre_hooks, self._optimizer_step_post_hooks = _Hooks(), _Hooks()
        self._state_dict_pre_hooks, self._state_dict_post_hooks = _Hooks(), _Hooks()
        self._load_pre_hooks, self._load_post_hooks = _Hooks(), _Hooks()

    def add_param_group(self, param_group: Group) -> None:
        """Take in more parameters: a dict of "params" and settings that differ from the defaults.

        Raises TypeError or ValueError as the constructor does.
        """
        if not isinstance(param_group, dict):
            raise TypeError(f"a group of parameters is a dict, not {type(param_group).__name__}")
        given = param_group["params"]
        if isinstance(given, set):
            raise TypeError("parameters need an order that stays: give a list, not a set")
        group = {**param_group}
        listed: list[Any] = [given] if isinstance(given, Tensor) else list(given)
        named = [isinstance(each, tuple) for each in listed]
        if any(named):
            if not all(named):
                raise ValueError("either all parameters of a group come with names, or none")
            group["param_names"] = [name for name, _ in listed]
            listed = [each for _, each in listed]
        group["params"] = listed
        for each in listed:
            if not isinstance(each, Tensor):
                raise TypeError(f"an optimiser takes Tensors, not {type(each).__name__}")
            if not (self.defaults.get("differentiable") or each.is_leaf or each.retains_grad):
                raise ValueError("an optimiser takes leaves of the graph, not results of an op")
        if len({id(each) for each in listed}) != len(listed):
            warnings.warn("a group has the same parameter twice", UserWarning, stacklevel=3)
        before = {id(each) for known in self.param_groups for each in known["params"]}
        if not before.isdisjoint(id(each) for each in listed):
            raise ValueError("a parameter is in more than one group")
        for name, default in self.defaults.items():
            group.setdefault(name, default)
        self.check(group)
        self.param_groups.append(group)

    # --- what an optimiser says

    def check(self, group: Group) -> None:
        """ValueError for settings out of range."""

    def begin(self, param: Tensor, group: Group) -> State:
        """The state that a parameter has before its first update."""
        return {}

    def update(self, param: Tensor, grad: Tensor, state: State, group: Group) -> None:
        """Change the parameter and its state, in place."""
        raise NotImplementedError(f"{type(self).__name__}.update")

    # --- a step

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient.

        closure: computes the loss anew and its gradients; what it gives is returned.
        """
        given = () if closure is None else (closure,)
        for hook in chain(_before_every_step.values(), self._optimizer_step_pre_hooks.values()):
            changed = hook(self, given, {})
            if changed is not None:
                if not isinstance(changed, tuple) or len(changed) != 2:
                    raise RuntimeError(
                        "a hook before a step gives None, or a new (args, kwargs); not "
                        f"{type(changed).__name__}")
                (given, _) = changed
        loss = self._step(*given)
        for hook in chain(self._optimizer_step_post_hooks.values(), _after_every_step.values()):
            hook(self, given, {})
        return loss

    def _step(self, closure: Callable[[], Any] | None = None) -> Any:
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        with set_grad_enabled(bool(self.defaults.get("differentiable"))):
            for group in self.param_groups:
                maximize = group.get("maximize")
                for param in group["params"]:
                    grad = param._grad
                    if grad is not None:
                        self._update(param, -grad if maximize else grad, group)
        return loss

    def _update(self, param: Tensor, grad: Tensor, group: Group) -> None:
        state = self.state[param]
        if not state:
            state.update(self.begin(param, group))
        if not param.is_complex():
            self.update(param, grad, state, group)
            return
        parts = {name: _parts(each) for name, each in state.items()}  # views of the same memory
        known = set(parts)
        self.update(_parts(param), _parts(grad), parts, group)
        for name in parts.keys() - known:
            state[name] = parts[name].view_as_complex()

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients, or with set_to_none=False fill them with zeros."""
        for group in self.param_groups:
            for param in group["params"]:
                if param._grad is not None:
                    if set_to_none:
                        param._grad = None
                    else:
                        param.grad = param.grad.detach()
                        param.grad.zero_()

    # --- keeping and getting back

    def state_dict(self) -> dict[str, Any]:
        """The settings and the state, parameters told apart by number, as plain containers.

        The tensors are the optimiser's own, not copies.
        """
        for hook in self._state_dict_pre_hooks.values():
            hook(self)
        numbers: dict[int, int] = {}
        groups = []
        for group in self.param_groups:
            for param in group["params"]:
                numbers.setdefault(id(param), len(numbers))
            groups.append({
                **{name: each for name, each in group.items() if name != "params"},
                "params": [numbers[id(param)] for param in group["params"]]})
        state = {
            numbers[id(key)] if isinstance(key, Tensor) else key: each
            for key, each in self.state.items()}
        made = {"state": state, "param_groups": groups}
        for hook in self._state_dict_post_hooks.values():
            changed = hook(self, made)
            made = made if changed is None else changed
        return made

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` gave. Raises ValueError where the groups differ in size."""
        state_dict = {**state_dict}
        for hook in self._load_pre_hooks.values():
            changed = hook(self, state_dict)
            state_dict = state_dict if changed is None else changed
        given = deepcopy(state_dict["param_groups"])
        ours, theirs = (
            [len(group["params"]) for group in groups] for groups in (self.param_groups, given))
        if len(ours) != len(theirs):
            raise ValueError(
                f"the state has {len(theirs)} groups of parameters, this optimiser {len(ours)}")
        if ours != theirs:
            raise ValueError(
                f"the state has groups of {theirs} parameters, this optimiser of {ours}")
        params = {
            key: param for group, known in zip(given, self.param_groups, strict=True)
            for key, param in zip(group["params"], known["params"], strict=True)}
        state: defaultdict[Any, State] = defaultdict(dict)
        for key, each in state_dict["state"].items():
            param = params.get(key)
            state[key if param is None else param] = _fitted(each, param, None)
        for group, known in zip(given, self.param_groups, strict=True):
            group["params"] = known["params"]
            if "param_names" in known:
                group["param_names"] = known["param_names"]
        self.__setstate__({"state": state, "param_groups": given})
        for hook in self._load_post_hooks.values():
            hook(self)

    def __getstate__(self) -> dict[str, Any]:
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if "_optimizer_step_pre_hooks" not in self.__dict__:
            self._make_hooks()
        for group in self.param_groups:
            for name, default in self.defaults.items():
                group.setdefault(name, default)

    # --- hooks

    def register_step_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` before each step; it may give new ones."""
        return self._optimizer_step_pre_hooks.add(hook)

    def register_step_post_hook(self, hook: Hook) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` after each step."""
        return self._optimizer_step_post_hooks.add(hook)

    def register_state_dict_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer)` before `state_dict`."""
        return self._state_dict_pre_hooks.add(hook, prepend)

    def register_state_dict_post_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer, state_dict)` after `state_dict`; it may give another."""
        return self._state_dict_post_hooks.add(hook, prepend)

    def register_load_state_dict_pre_hook(
        self, hook: Hook, prepend: bool = False
    ) -> RemovableHandle:
        """Call `hook(optimizer, state_dict)` before `load_state_dict`; it may give another."""
        return self._load_pre_hooks.add(hook, prepend)

    def register_load_state_dict_post_hook(
        self, hook: Hook, prepend: bool = False
    ) -> RemovableHandle:
        """Call `hook(optimizer)` after `load_state_dict`."""
        return self._load_post_hooks.add(hook, prepend)

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for i, group in enumerate(self.param_groups):
            lines += [f"Parameter Group {i}", *[
                f"    {name}: {group[name]}" for name in sorted(group) if name != "params"]]
        return "\n".join([*lines, ")"])


def _parts(value: Any) -> Any:
    return value.view_as_real() if isinstance(value, Tensor) and value.is_complex() else value


def _fitted(value: Any, param: Tensor | None, name: Any) -> Any:
    """A copy of state, its tensors in the dtype of their parameter; `step` counts as it did."""
    if isinstance(value, Tensor):
        if param is None or name == "step" or not param.is_floating_point():
            return value.clone().detach()
        return value.detach().to(param.dtype, copy=True)
    if isinstance(value, dict):
        return {key: _fitted(each, param, key) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_fitted(each, param, None) for each in value)
    return value


def counted(state: State) -> int:
    """Count a step, and say which it is."""
    state["step"] += 1
    return int(number(state["step"]))
