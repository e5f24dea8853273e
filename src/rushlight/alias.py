"""`import torch` means rushlight, in this process alone.

A finder stands first on `sys.meta_path` and answers for `torch` and everything below it. The one
invariant: `torch.x` and `rushlight.x` are two names of one module object, so no module runs twice
and PyTorch itself, should it be installed, is never loaded.

    import rushlight.alias
    rushlight.alias.install()
    import torch                # is rushlight

Worker processes of `multiprocessing` inherit it, however they are started. `rushlight program.py`
does the same before it runs the program: see `rushlight/__main__.py`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any


class _Alias:
    """Finder and loader of `torch` and `torch.*`."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Answer for a torch module: with ours, or with an error that says we have none."""
        if name == _SPAWN:
            return _spawn_spec(path)
        if name != "torch" and not name.startswith("torch."):
            return None
        ours = _ours(name)
        if ours not in sys.modules and PathFinder.find_spec(ours, path) is None:
            raise ModuleNotFoundError(
                f"No module named {name!r}: rushlight does not have this part of PyTorch",
                name=name,
            )
        return ModuleSpec(name, self)  # type: ignore[arg-type]  # a loader by its methods alone

    def create_module(self, spec: ModuleSpec) -> None:
        """Let the import system make a blank module, which `exec_module` replaces."""

    def exec_module(self, module: ModuleType) -> None:
        """Put rushlight's own module where the import system looks for the result."""
        name = module.__name__
        sys.modules[name] = import_module(_ours(name))
        _name_what_is_loaded()


def _ours(name: str) -> str:
    return "rushlight" + name.removeprefix("torch")


def _name_what_is_loaded() -> None:
    """Give every rushlight module in memory its torch name.

    A submodule that is found in `sys.modules` is not assigned to its parent again, which would
    hide a function of the same name, such as `torch.tensor`. Below a module with no `__path__`
    the import system asks no finder, and its error would not say that rushlight has no such part.
    """
    for name, module in list(sys.modules.items()):
        if name.startswith("rushlight."):
            sys.modules.setdefault("torch" + name.removeprefix("rushlight"), module)
            module.__dict__.setdefault("__path__", [])


_alias = _Alias()


def install() -> None:
    """Make `import torch` give rushlight from here on. Doing it twice is doing it once."""
    if sys.modules.get("torch", sys.modules["rushlight"]) is not sys.modules["rushlight"]:
        raise ImportError(
            "PyTorch is already imported in this process; start a new one and call "
            "rushlight.alias.install() before the first `import torch`",
            name="torch",
        )
    if _alias in sys.meta_path:
        sys.meta_path.remove(_alias)
    sys.meta_path.insert(0, _alias)
    if _SPAWN in sys.modules:
        _tell_workers(sys.modules[_SPAWN])


# --- processes that multiprocessing starts

_SPAWN = "multiprocessing.spawn"


class _Install:
    """Installs the alias wherever it is unpickled."""

    def __reduce__(self) -> tuple[object, ...]:
        return install, ()


def _spawn_spec(path: Sequence[str] | None) -> ModuleSpec | None:
    """Where multiprocessing.spawn is, to be told about the alias once it is loaded."""
    spec = PathFinder.find_spec(_SPAWN, path)
    if spec is not None and spec.loader is not None:
        load = spec.loader.exec_module

        def exec_module(module: ModuleType) -> None:
            load(module)
            _tell_workers(module)

        spec.loader.exec_module = exec_module  # type: ignore[method-assign]
    return spec


def _tell_workers(spawn: Any) -> None:
    """Have a new process install the alias before it imports the program.

    What a spawned process unpickles first is the data of `get_preparation_data`.
    """
    prepare = spawn.get_preparation_data
    if prepare.__module__ == __name__:
        return

    def get_preparation_data(name: str) -> dict[str, object]:
        return {**prepare(name), "rushlight": _Install()}

    spawn.get_preparation_data = get_preparation_data
