"""From the text of LLVM IR to native functions: optimise, emit an object, keep it on disk, load it.

The objects are loaded by LLVM's own linker, which binds them to what they call; so they hold no
addresses, and a later process loads in half a millisecond what took this one ten to compile.
"""

from __future__ import annotations

import ctypes
import hashlib
import importlib
import itertools
import os
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from rushlight.engine import object_cache, vector_scaling
from rushlight.engine.interrupts import undisturbed

_VERSION = 2  # raise it with every change of how objects are made from the same text
_OLDEST_LLVM = 20  # llvmlite 0.45; older ones want each intrinsic declared


class _Toolchain(NamedTuple):
    """LLVM for this machine."""

    llvm: Any  # the module llvmlite.binding
    machine: Any  # makes objects
    linker: Any  # loads them
    head: str  # goes before every module
    tail: str  # goes behind every module
    identity: str  # what an object depends on besides its text
    width: int  # bits of a vector
    features: Mapping[str, bool]  # what the processor can, by LLVM's names


# LLVM is used by one thread at a time. Holding the lock while the process forks means that the
# child never finds it held by a thread that it does not have.
_lock = threading.RLock()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release
    )

_loaded: dict[str, dict[str, int]] = {}  # by digest of all that was given to `compile`
_numbers = itertools.count()  # for their names, which even a failed one uses up


@cache
def available() -> bool:
    """Whether IR can be compiled here; RUSHLIGHT_JIT=0 in the environment says no."""
    if os.environ.get("RUSHLIGHT_JIT") == "0":
        return False
    try:
        with _lock:
            _toolchain()
    except Exception:  # no llvmlite, one that does not load, one that does not know this machine
        return False
    return True


def vector_bits() -> int:
    """How wide the vectors are that code is made for; 512 only where AVX-512 is."""
    with _lock:
        return _toolchain().width


# What LLVM calls where a double it knows to be a float's value becomes a half, on a processor
# without an instruction for both steps: the library that has it is not part of every process.
_DOUBLE_TO_HALF = """
define half @__truncdfhf2(double %x) {
  %single = fptrunc double %x to float
  %half = fptrunc float %single to half
  ret half %half
}
"""


def compile(ir: str, names: Sequence[str], symbols: Mapping[str, int] = {}) -> dict[str, int]:
    """The addresses of the functions `names` in the module `ir`; they stay valid for ever.

    The module needs no target and no declarations of intrinsics. Attribute group #0 is defined
    for it: functions marked so are vectorised to the machine's full width. `symbols` tells the
    addresses of what the module declares; anything else is looked up in the process.
    """
    if "double" in ir and "half" in ir:
        ir += _DOUBLE_TO_HALF
    digest = _digest(ir, *names, "", *[f"{name}={at}" for name, at in sorted(symbols.items())])
    with _lock:
        if digest not in _loaded:
            _loaded[digest] = undisturbed(lambda: _load(_object(ir), names, symbols))
        return _loaded[digest]


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()


@cache
def _toolchain() -> _Toolchain:
    # Not by `import`: llvmlite is an extra, takes 0.15 s to import, and has no types.
    llvm = importlib.import_module("llvmlite.binding")
    if llvm.llvm_version_info[0] < _OLDEST_LLVM:
        raise ImportError("this llvmlite is too old")
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    cpu, features = llvm.get_host_cpu_name(), llvm.get_host_cpu_features()
    machine = llvm.Target.from_default_triple().create_target_machine(
        cpu=cpu, features=features.flatten(), opt=3, reloc="pic", codemodel="small"
    )
    # It has x * 2**n for vectors; older LLVMs would call C.
    scales = bool(features.get("avx512f")) and llvm.llvm_version_info[0] >= 22
    width = 512 if features.get("avx512f") else 256  # LLVM alone would settle for 256
    versions = (_VERSION, importlib.import_module("llvmlite").__version__, *llvm.llvm_version_info)
    return _Toolchain(
        llvm,
        machine,
        llvm.create_lljit_compiler(machine),
        f'target datalayout = "{machine.target_data}"\ntarget triple = "{machine.triple}"\n',
        f"\n{vector_scaling.source(scales)}attributes #0 = {{ nounwind "
        f'"prefer-vector-width"="{width}" "no-trapping-math"="true" }}\n',
        f"{'.'.join(map(str, versions))}-{cpu}-{_digest(features.flatten())[:16]}",
        width,
        dict(features),
    )


def features() -> Mapping[str, bool]:
    """What the processor can, by LLVM's names."""
    with _lock:
        return _toolchain().features


def _object(ir: str) -> bytes:
    """The object made from this text, by this process or by one before it."""
    tools = _toolchain()
    text = f"{tools.head}{ir}{tools.tail}"
    key = f"{tools.identity}/{_digest(text)}"
    found = object_cache.load(key)
    if found is None:
        found = _emit(tools, text)
        object_cache.store(key, found)
    return found


def _emit(tools: _Toolchain, text: str) -> bytes:
    module = tools.llvm.parse_assembly(text)
    module.verify()
    _optimise(tools, module)
    return tools.machine.emit_object(module)


def _optimise(tools: _Toolchain, module: Any) -> None:
    options = tools.llvm.create_pipeline_tuning_options(speed_level=3)
    options.loop_vectorization = options.slp_vectorization = True
    passes = tools.llvm.create_pass_builder(tools.machine, options)
    passes.getModulePassManager().run(module, passes)
    _inline_branches(tools, module, passes)


def _inline_branches(tools: _Toolchain, module: Any, passes: Any) -> None:
    """Put what the vectoriser called (see vector_branches.py) where it is called."""
    hidden = [each for each in module.functions if each.visibility.name == "hidden"]
    if hidden:
        for each in hidden:
            each.linkage = "internal"
        manager = tools.llvm.create_new_module_pass_manager()
        manager.add_always_inliner_pass()
        manager.add_global_dead_code_eliminate_pass()
        manager.run(module, passes)


def _load(image: bytes, names: Sequence[str], symbols: Mapping[str, int]) -> dict[str, int]:
    tools = _toolchain()
    builder = tools.llvm.JITLibraryBuilder().add_object_img(image).add_current_process()
    for name, address in symbols.items():
        builder.import_symbol(name, address)
    for name in names:
        builder.export_symbol(name)
    library = builder.link(tools.linker, f"library{next(_numbers)}")
    # What was loaded is never unloaded, not even as Python ends: arrays may outlive this module.
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(library))
    return {name: library[name] for name in names}
