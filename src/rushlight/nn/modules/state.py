"""`state_dict` and `load_state_dict`: a module's values by their dotted names.

Saving asks each module in turn (`_save_to_state_dict`), and so does loading
(`_load_from_state_dict`); a layer with a history of its own overrides these two. Problems are
collected over all modules and raised together.
"""

from __future__ import annotations

import warnings
from collections import OrderedDict, namedtuple
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from rushlight.autograd.modes import no_grad
from rushlight.autograd.node import RemovableHandle
from rushlight.nn.modules.hooks import added
from rushlight.nn.modules.tree import Tree
from rushlight.nn.parameter import Parameter
from rushlight.nn.uninitialized import is_lazy
from rushlight.tensor.meta import MetaArray
from rushlight.tensor.tensor import Tensor

_EXTRA = "_extra_state"
_KeyLists = namedtuple("_KeyLists", ["missing_keys", "unexpected_keys"])


class _IncompatibleKeys(_KeyLists):
    """What `load_state_dict` found: the names that were missing, and those with no place."""

    __slots__ = ()

    def __repr__(self) -> str:
        if self.missing_keys or self.unexpected_keys:
            return super().__repr__()
        return "<All keys matched successfully>"

    __str__ = __repr__


class _LoadPreHook(NamedTuple):
    hook: Callable[..., Any]
    with_module: bool


class _SaveHook(NamedTuple):
    """A hook after `state_dict`; one that must return nothing may not replace what was saved."""

    hook: Callable[..., Any]
    must_return_none: bool


class Stateful(Tree):
    """What a Module saves and takes back."""

    if TYPE_CHECKING:
        _version: int
        _non_persistent_buffers_set: set[str]
        _state_dict_hooks: dict[int, _SaveHook]
        _state_dict_pre_hooks: dict[int, Callable[..., Any]]
        _load_state_dict_pre_hooks: dict[int, _LoadPreHook]
        _load_state_dict_post_hooks: dict[int, Callable[..., Any]]

    # --- saving

    def state_dict(
        self, *args: Any, destination: Any = None, prefix: str = "", keep_vars: bool = False
    ) -> Any:
        """All parameters and persistent buffers by dotted name, in an OrderedDict.

        The tensors share memory with the module's. destination: a dict to add to. prefix: what
        every name begins with. keep_vars: the parameters themselves, not detached.
        Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.state_dict
        """
        if args:
            warnings.warn(
                "state_dict() takes destination, prefix and keep_vars as keywords", FutureWarning,
                stacklevel=2)
            given: dict[str, Any] = {
                "destination": destination, "prefix": prefix, "keep_vars": keep_vars}
            given.update(zip(given, args, strict=False))
            destination, prefix, keep_vars = given.values()
        if destination is None:
            destination = OrderedDict()
            destination._metadata = OrderedDict()
        about = {"version": self._version}
        if hasattr(destination, "_metadata"):
            destination._metadata[prefix[:-1]] = about
        held = self.__dict__
        for pre_hook in list(held.get("_state_dict_pre_hooks", {}).values()):
            pre_hook(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(
                    destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        for hook, must_return_none in list(held.get("_state_dict_hooks", {}).values()):
            replaced = hook(self, destination, prefix, about)
            if replaced is not None and must_return_none:
                raise RuntimeError(
                    "a state_dict post-hook must return None: change the dict it gets")
            destination = destination if replaced is None else replaced
        return destination

    def _save_to_state_dict(self, destination: Any, prefix: str, keep_vars: bool) -> None:
        """Add this module's own values, without those of submodules."""
        for name, tensor in self._own_state():
            whole = keep_vars or is_lazy(tensor)
            destination[prefix + name] = tensor if whole else tensor.detach()
        if type(self).get_extra_state is not Stateful.get_extra_state:
            destination[prefix + _EXTRA] = self.get_extra_state()

    def _own_state(self) -> Iterator[tuple[str, Tensor]]:
        for name, parameter in self._parameters.items():
            if parameter is not None:
                yield name, parameter
        for name, buffer in self._buffers.items():
            if buffer is not None and name not in self._non_persistent_buffers_set:
                yield name, buffer

    # --- loading

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> Any:
        """Copy values by name into the parameters and buffers.

        strict: names that are missing or have no place are a RuntimeError; without it they are
        returned, as `missing_keys` and `unexpected_keys`. assign: take the tensors themselves, of
        whatever dtype, instead of copying. Shapes that differ are a RuntimeError either way.
        Source:
        https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html#torch.nn.Module.load_state_dict
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(
                f"load_state_dict() takes a dict of names and values, not {type(state_dict)}")
        metadata = getattr(state_dict, "_metadata", None)
        values: Any = OrderedDict(state_dict)
        if metadata is not None:
            values._metadata = metadata
        missing: list[str] = []
        unexpected: list[str] = []
        problems: list[str] = []
        _load(self, values, "", metadata, assign, (missing, unexpected, problems))
        if strict:
            listed = [", ".join(f'"{each}"' for each in names) for names in (unexpected, missing)]
            for what, names in zip(("Unexpected", "Missing"), listed, strict=True):
                if names:
                    problems.insert(0, f"{what} key(s) in state_dict: {names}. ")
        if problems:
            raise RuntimeError(
                f"Error(s) in loading state_dict for {type(self).__name__}:\n\t"
                + "\n\t".join(problems))
        return _IncompatibleKeys(missing, unexpected)

    def _load_from_state_dict(
        self, state_dict: Any, prefix: str, local_metadata: dict[str, Any], strict: bool,
        missing_keys: list[str], unexpected_keys: list[str], error_msgs: list[str],
    ) -> None:
        """Take this module's own values, those whose names begin with `prefix`.

        What is wrong goes into the three lists. `local_metadata` is what `state_dict` noted about
        this module, its `version` above all.
        """
        for pre_hook, with_module in list(
            self.__dict__.get("_load_state_dict_pre_hooks", {}).values()
        ):
            first = (self,) if with_module else ()
            pre_hook(*first, state_dict, prefix, local_metadata, strict, missing_keys,
                     unexpected_keys, error_msgs)
        assign = local_metadata.get("assign_to_params_buffers", False)
        own = dict(self._own_state())
        for name, tensor in own.items():
            key = prefix + name
            if key in state_dict:
                problem = _take(self, name, tensor, state_dict[key], key, assign)
                if problem:
                    error_msgs.append(problem)
            elif strict:
                missing_keys.append(key)
        extra = prefix + _EXTRA
        if type(self).set_extra_state is not Stateful.set_extra_state:
            if extra in state_dict:
                self.set_extra_state(state_dict[extra])
            elif strict:
                missing_keys.append(extra)
        elif strict and extra in state_dict:
            unexpected_keys.append(extra)
        if strict:
            for key in state_dict:
                if key.startswith(prefix) and key != extra:
                    name, dot, _ = key.removeprefix(prefix).partition(".")
                    if name not in (self._modules if dot else own):
                        unexpected_keys.append(key)

    # --- what is no tensor

    def get_extra_state(self) -> Any:
        """What else belongs in the `state_dict`; a subclass that has something overrides it."""
        raise RuntimeError(
            "get_extra_state() is for subclasses to override: this module has no extra state")

    def set_extra_state(self, state: Any) -> None:
        """Take back what `get_extra_state` gave."""
        raise RuntimeError(
            "set_extra_state() is for subclasses to override: this module has no extra state")

    # --- hooks

    def register_state_dict_pre_hook(self, hook: Callable[..., None]) -> RemovableHandle:
        """Call `hook(module, prefix, keep_vars)` before the state is saved."""
        return added(self._state_dict_pre_hooks, hook)

    def register_state_dict_post_hook(self, hook: Callable[..., None]) -> RemovableHandle:
        """Call `hook(module, state_dict, prefix, local_metadata)` after the state was saved."""
        return added(self._state_dict_hooks, _SaveHook(hook, must_return_none=True))

    def _register_state_dict_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """The same; what the hook returns replaces the dict."""
        return added(self._state_dict_hooks, _SaveHook(hook, must_return_none=False))

    def register_load_state_dict_pre_hook(self, hook: Callable[..., None]) -> RemovableHandle:
        """Call `hook(module, ...)` with all arguments of `_load_from_state_dict` before it."""
        return self._register_load_state_dict_pre_hook(hook, with_module=True)

    def _register_load_state_dict_pre_hook(
        self, hook: Callable[..., None], with_module: bool = False
    ) -> RemovableHandle:
        return added(self._load_state_dict_pre_hooks, _LoadPreHook(hook, with_module))

    def register_load_state_dict_post_hook(self, hook: Callable[..., None]) -> RemovableHandle:
        """Call `hook(module, incompatible_keys)` after loading; it may change the key lists."""
        return added(self._load_state_dict_post_hooks, hook)


def _load(
    module: Any, values: Any, prefix: str, metadata: Any, assign: bool,
    found: tuple[list[str], list[str], list[str]],
) -> None:
    """Load a module, then what is below it, then let its hooks look at what was found."""
    about = {} if metadata is None else metadata.get(prefix[:-1], {})
    if assign:
        about["assign_to_params_buffers"] = True
    module._load_from_state_dict(values, prefix, about, True, *found)
    for name, child in module._modules.items():
        if child is not None:
            below = f"{prefix}{name}."
            part = {key: each for key, each in values.items() if key.startswith(below)}
            _load(child, part, below, metadata, assign, found)
    for hook in list(module.__dict__.get("_load_state_dict_post_hooks", {}).values()):
        if hook(module, _IncompatibleKeys(*found[:2])) is not None:
            raise AssertionError(
                "a hook after load_state_dict must return None: change the key lists it gets")


def _take(
    module: Any, name: str, tensor: Any, value: Any, key: str, assign: bool
) -> str | None:
    """Give a parameter or buffer its new value; gives what is wrong, if it is."""
    if not isinstance(value, Tensor):
        return f'"{key}" must be a Tensor in the state_dict, not {type(value)}'
    lazy = is_lazy(tensor)
    if lazy and is_lazy(value):
        return None
    if not lazy and tensor._array.ndim == 0 and value._array.shape == (1,):
        value = value[0]  # as scalars were saved before they had no dims
    if not lazy and value._array.shape != tensor._array.shape:
        return (
            f"size mismatch for {key}: the state_dict has shape {value.shape}, the module has "
            f"{tensor.shape}.")
    if assign:
        if isinstance(tensor, Parameter):
            if isinstance(value, Parameter):
                value.requires_grad_(tensor.requires_grad)
            else:
                value = Parameter(value, requires_grad=tensor.requires_grad)
        setattr(module, name, value)
        return None
    if type(tensor._array) is MetaArray and type(value._array) is not MetaArray:
        warnings.warn(
            f"{key} is on the meta device and takes no values: load with assign=True", stacklevel=2)
        return None
    try:
        with no_grad():
            tensor.copy_(value)
    except Exception as error:
        return f'"{key}" of shape {value.shape} could not be copied: {error}'
    return None
