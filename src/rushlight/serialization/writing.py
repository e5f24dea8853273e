"""`torch.save`: tensors and plain containers into PyTorch's zip format, whole or not at all."""

from __future__ import annotations

import contextlib
import io
import os
import pickle
import tempfile
import zipfile
from collections import OrderedDict
from typing import Any, BinaryIO

import numpy as np

from rushlight.engine import deferred
from rushlight.serialization.names import STORAGE_OF
from rushlight.tensor import dtypes, storage
from rushlight.tensor.device import device
from rushlight.tensor.size import Size
from rushlight.tensor.tensor import Tensor

ALIGNMENT = 64  # bytes: so that a file can be mapped into memory


def save(
    obj: Any, f: Any, pickle_module: Any = None, pickle_protocol: int = 2,
    _use_new_zipfile_serialization: bool = True, _disable_byteorder_record: bool = False,
) -> None:
    """Write an object to a path or a file object, to be read by `torch.load` here or in PyTorch.

    Tensors that share memory still do when they are loaded. A path has the old file or the new one,
    whole, at any moment: the new one is written beside it and then takes its name.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.save.html
    """
    if not _use_new_zipfile_serialization:
        raise NotImplementedError("save(): the format of before PyTorch 1.6 is only read")
    if not isinstance(f, (str, os.PathLike)):
        if not hasattr(f, "write"):
            raise AttributeError(f"save(): {type(f).__name__} is no path, and has no write()")
        buffer = io.BytesIO()
        _write(obj, buffer, "archive", pickle_protocol)
        f.write(buffer.getvalue())
        return
    path = os.path.realpath(os.fspath(f))
    folder, name = os.path.split(path)
    if not os.path.isdir(folder):
        raise RuntimeError(f"save(): there is no folder {folder}")
    handle, beside = tempfile.mkstemp(prefix=f".{name}.", dir=folder)
    try:
        with os.fdopen(handle, "wb") as file:
            _write(obj, file, os.path.splitext(name)[0] or "archive", pickle_protocol)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(beside, _mode_of(path))
        os.replace(beside, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(beside)
        raise


def _mode_of(path: str) -> int:
    """The permissions that the file has, or that a new one would."""
    try:
        return os.stat(path).st_mode & 0o777
    except FileNotFoundError:
        mask = os.umask(0)
        os.umask(mask)
        return 0o666 & ~mask


def _write(obj: Any, file: Any, root: str, protocol: int) -> None:
    stream = io.BytesIO()
    pickler = _Pickler(stream, protocol)
    pickler.dump(obj)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        def add(name: str, data: Any) -> None:
            entry = zipfile.ZipInfo(f"{root}/{name}")
            begin = file.tell() + 30 + len(entry.filename.encode()) + 4
            entry.extra = b"FB" + (-begin % ALIGNMENT).to_bytes(2, "little") + bytes(
                -begin % ALIGNMENT)
            archive.writestr(entry, data)

        add("data.pkl", stream.getvalue())
        add(".format_version", b"1")
        add(".storage_alignment", str(ALIGNMENT).encode())
        add("byteorder", b"little")
        for key, (data, _) in pickler.storages.items():
            add(f"data/{key}", data.tobytes() if data.size else b"")
        add("version", b"3\n")


class _Name:
    """A name of PyTorch's, to be written as such."""

    def __init__(self, module: str, name: str):
        self.module, self.name = module, name

    def __call__(self) -> None:
        """Pickle wants what is reduced to to look like a function."""


class _Reference:
    """A storage, of whose bytes the pickle holds only the name."""

    def __init__(self, told: tuple[Any, ...]):
        self.told = told


_REBUILD, _REBUILD_OF_DTYPE = (
    _Name("torch._utils", f"_rebuild_tensor_{each}") for each in ("v2", "v3"))
_PARAMETER = _Name("torch._utils", "_rebuild_parameter")


_InPython: Any = vars(pickle)["_Pickler"]  # pickle's own, but written in Python


class _Pickler(_InPython):  # type: ignore[misc]
    """Writes tensors as PyTorch does: how they lie in a storage, which is named."""

    def __init__(self, stream: BinaryIO, protocol: int):
        super().__init__(stream, protocol)
        self.storages: dict[str, tuple[Any, str]] = {}
        self.keys: dict[int, str] = {}
        self.held: list[Any] = []  # so that no id comes twice

    def persistent_id(self, obj: Any) -> Any:
        return obj.told if isinstance(obj, _Reference) else None

    def save(self, obj: Any, save_persistent_id: bool = True) -> None:
        if isinstance(obj, _Name):
            self.write(f"c{obj.module}\n{obj.name}\n".encode())
        else:
            super().save(obj, save_persistent_id)

    def save_global(self, obj: Any, name: str | None = None) -> None:
        module = getattr(obj, "__module__", None) or ""
        if module.partition(".")[0] in ("torch", "rushlight"):
            module = module.replace("rushlight", "torch", 1)
            self.write(f"c{module}\n{name or obj.__qualname__}\n".encode())
            self.memoize(obj)
        else:
            super().save_global(obj, name)

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, Tensor):
            return self._tensor(obj)
        if isinstance(obj, device):
            return _Name("torch", "device"), (obj.type,)
        return NotImplemented

    def save_dtype(self, obj: dtypes.dtype) -> None:
        self.save(_Name("torch", str(obj).removeprefix("torch.")))

    def save_size(self, obj: Size) -> None:
        self.save_reduce(_Name("torch", "Size"), (tuple(obj),), obj=obj)

    dispatch = _InPython.dispatch | {dtypes.dtype: save_dtype, Size: save_size}

    def _tensor(self, tensor: Tensor) -> tuple[Any, ...]:
        array = deferred.computed(tensor._array)
        shared = storage.of(tensor)
        name = str(tensor.dtype).removeprefix("torch.")
        key = self.keys.get(id(shared))
        bytes = shared.bytes() if array.size else np.empty(0, np.uint8)
        if key is None:
            key = self.keys[id(shared)] = str(len(self.keys))
            self.held.append(shared)
            self.storages[key] = bytes, name
        elif self.storages[key][1] != name:
            raise RuntimeError(
                f"save(): two tensors see the same memory as {name} and as "
                f"{self.storages[key][1]}: clone() one of them")
        known = name in STORAGE_OF
        kind = _Name("torch", STORAGE_OF[name]) if known else (
            _Name("torch.storage", "UntypedStorage"))
        count = bytes.size // (array.itemsize if known else 1)
        offset = (storage.address(array) - storage.address(bytes)) // array.itemsize if (
            array.size) else 0
        strides = tuple(tensor.stride())
        told = _Reference(("storage", kind, key, "cpu", count))
        leaf = tensor.is_leaf and tensor.requires_grad
        if type(tensor).__name__ == "Parameter":
            plain: tuple[Any, Any] = _REBUILD, (
                told, offset, tuple(array.shape), strides, False, OrderedDict())
            return _PARAMETER, (_Reduced(*plain), tensor.requires_grad, OrderedDict())
        if known:
            return _REBUILD, (told, offset, tuple(array.shape), strides, leaf, OrderedDict())
        return _REBUILD_OF_DTYPE, (
            told, offset, tuple(array.shape), strides, leaf, OrderedDict(), tensor.dtype)


class _Reduced:
    """What is to be written as a call."""

    def __init__(self, function: Any, arguments: tuple[Any, ...]):
        self.reduced = function, arguments

    def __reduce__(self) -> tuple[Any, ...]:
        return self.reduced
