"""A module and all below it: walking through them, finding one by its dotted name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from rushlight.nn.parameter import Parameter
from rushlight.tensor.tensor import Tensor

if TYPE_CHECKING:
    from rushlight.nn.modules.module import Module


class Tree:
    """What a Module knows of its submodules, parameters and buffers, at any depth."""

    if TYPE_CHECKING:
        _parameters: dict[str, Parameter | None]
        _buffers: dict[str, Tensor | None]
        _modules: dict[str, Module | None]

    # --- walking

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The direct submodules with their names, each once."""
        seen = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def children(self) -> Iterator[Module]:
        """The direct submodules, each once."""
        for _, module in self.named_children():
            yield module

    def named_modules(
        self, memo: set[Module] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """This module and all below it with dotted names, outer ones first.

        remove_duplicate: give a module that stands in several places only once.
        """
        memo = set() if memo is None else memo
        this: Any = self
        if this in memo:
            return
        if remove_duplicate:
            memo.add(this)
        yield prefix, this
        for name, module in self._modules.items():
            if module is not None:
                below = f"{prefix}.{name}" if prefix else name
                yield from module.named_modules(memo, below, remove_duplicate)

    def modules(self, remove_duplicate: bool = True) -> Iterator[Module]:
        """This module and all below it, outer ones first."""
        for _, module in self.named_modules(remove_duplicate=remove_duplicate):
            yield module

    def _named_members(
        self, get_members_fn: Callable[[Module], Iterable[tuple[str, Any]]], prefix: str = "",
        recurse: bool = True, remove_duplicate: bool = True,
    ) -> Iterator[tuple[str, Any]]:
        """What `get_members_fn` finds in each module, with dotted names."""
        seen = set()
        this: Any = self
        places = (
            self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate)
            if recurse else [(prefix, this)])
        for path, module in places:
            for name, member in get_members_fn(module):
                if member is None or (remove_duplicate and member in seen):
                    continue
                seen.add(member)
                yield (f"{path}.{name}" if path else name), member

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """The parameters of this module (and with `recurse` of all below) with dotted names."""
        return self._named_members(
            lambda module: module._parameters.items(), prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The parameters of this module, and with `recurse` of all below: what is trained."""
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """The buffers of this module (and with `recurse` of all below) with dotted names."""
        return self._named_members(
            lambda module: module._buffers.items(), prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """The buffers of this module, and with `recurse` of all below."""
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    def apply(self, fn: Callable[[Module], None]) -> Any:
        """Call `fn` with every module below, inner ones first, and then with this one."""
        for module in self.children():
            module.apply(fn)
        this: Any = self
        fn(this)
        return this

    # --- finding

    def get_submodule(self, target: str) -> Module:
        """The module of that dotted name; "" is this one. AttributeError if there is none."""
        from rushlight.nn.modules.module import Module

        found: Any = self
        for name in target.split(".") if target else ():
            found = _attribute(found, name)
            if not isinstance(found, Module):
                raise AttributeError(f"`{name}` in {target!r} is not an nn.Module")
        return found

    def get_parameter(self, target: str) -> Parameter:
        """The parameter of that dotted name. AttributeError if there is none."""
        path, _, name = target.rpartition(".")
        found = _attribute(self.get_submodule(path), name)
        if not isinstance(found, Parameter):
            raise AttributeError(f"`{target}` is not an nn.Parameter")
        return found

    def get_buffer(self, target: str) -> Tensor:
        """The buffer of that dotted name. AttributeError if there is none."""
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        found: Any = _attribute(module, name)
        if name not in module._buffers:
            raise AttributeError(f"`{target}` is not a buffer")
        return found

    def set_submodule(self, target: str, module: Module, strict: bool = False) -> None:
        """Put a module in the place of that dotted name.

        strict: there must be one to replace, or AttributeError. ValueError for no name, or for
        what is no module.
        """
        from rushlight.nn.modules.module import Module

        path, _, name = target.rpartition(".")
        if not target:
            raise ValueError("set_submodule() needs a name: the place where the module goes")
        if not isinstance(module, Module):
            raise ValueError(f"set_submodule() takes a Module, not {type(module).__name__}")
        parent = self.get_submodule(path)
        if strict or hasattr(parent, name):
            held = _attribute(parent, name)
            if not isinstance(held, Module):
                raise AttributeError(f"`{target}` is not an nn.Module")
        setattr(parent, name, module)


def _attribute(module: Any, name: str) -> Any:
    if not hasattr(module, name):
        raise AttributeError(f"{type(module).__name__} has no attribute `{name}`")
    return getattr(module, name)
