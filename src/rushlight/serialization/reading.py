"""`torch.load`: files of PyTorch's zip format, and of the one before it."""

from __future__ import annotations

import io
import os
import struct
import sys
import zipfile
from collections.abc import Callable
from pickle import UnpicklingError
from typing import Any, BinaryIO

import numpy as np

from rushlight.serialization.names import Finder, Loaded
from rushlight.serialization.opcodes import Interpreter
from rushlight.tensor.device import device

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001


def load(
    f: Any, map_location: Any = None, pickle_module: Any = None, *,
    weights_only: bool | None = None, mmap: bool | None = None, **pickle_load_args: Any,
) -> Any:
    """What `torch.save` wrote to a path or a file object: tensors in plain containers.

    No code in the file is run, whatever `weights_only` says: a name that is not on the list of
    what data is made of is an UnpicklingError. map_location: where storages of other devices go,
    "cpu" say; without it they are a RuntimeError. mmap: leave the numbers on disk until they are
    asked for. Raises EOFError for an empty file, RuntimeError for a damaged one.
    Source: https://docs.pytorch.org/docs/stable/generated/torch.load.html
    """
    if mmap and not isinstance(f, (str, os.PathLike)):
        raise ValueError("load(): mmap=True needs a path, not a file object")
    if not isinstance(f, (str, os.PathLike)):
        return _load(f, map_location, None)
    with open(f, "rb") as file:
        return _load(file, map_location, os.fspath(f) if mmap else None)


def _load(file: BinaryIO, map_location: Any, path: str | None) -> Any:
    begun = file.tell()
    head = file.read(4)
    file.seek(begun)
    if not head:
        raise EOFError("load(): the file is empty")
    if head != b"PK\x03\x04":
        if path is not None:
            raise RuntimeError("load(): mmap=True needs a file of the zip format")
        return _load_legacy(file, map_location)
    try:
        with zipfile.ZipFile(file) as archive:
            return _Archive(archive, map_location, path).load()
    except (
        zipfile.BadZipFile, OSError, struct.error, EOFError, NotImplementedError, LookupError,
        ValueError,
    ) as error:
        raise RuntimeError(f"load(): the file is damaged: {error}") from None


def _check_place(location: Any, map_location: Any, bytes: Any) -> None:
    """RuntimeError for a storage of another device that nobody said where to put."""
    wanted: Any = map_location
    if isinstance(map_location, dict):
        wanted = map_location.get(location, location)
    elif callable(map_location):
        wanted = "cpu" if map_location(bytes, location) is not None else location
    elif map_location is None:
        wanted = location
    place = wanted if isinstance(wanted, device) else device(str(wanted))
    if place.type not in ("cpu", "meta"):
        raise RuntimeError(
            f"load(): a storage lies on {place}, which this machine does not have: say "
            "map_location='cpu'")


class _Archive:
    """One file of the zip format."""

    def __init__(self, archive: zipfile.ZipFile, map_location: Any, path: str | None):
        self.archive, self.map_location, self.path = archive, map_location, path
        self.entries = {each.filename: each for each in archive.infolist()}
        roots = [each.removesuffix("/data.pkl") for each in self.entries
                 if each.endswith("/data.pkl") and each.count("/") == 1]
        if len(roots) != 1:
            raise RuntimeError("load(): this zip file is no checkpoint: it has no data.pkl")
        self.root = roots[0]
        order = self._record("byteorder", b"little")
        self.swapped = order.decode("latin1") != sys.byteorder
        self.storages: dict[str, Loaded] = {}

    def load(self) -> Any:
        """The object that was saved."""
        pickle = io.BytesIO(self._record("data.pkl"))
        return Interpreter(pickle, Finder(), self._storage).run()

    def _entry(self, name: str) -> zipfile.ZipInfo | None:
        entry = self.entries.get(f"{self.root}/{name}")
        if entry is not None and (
            entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size
        ):
            raise RuntimeError(
                f"load(): {entry.filename} is compressed, which checkpoints are not: it may be "
                "larger than memory")
        return entry

    def _record(self, name: str, default: bytes | None = None) -> bytes:
        entry = self._entry(name)
        if entry is None:
            if default is None:
                raise RuntimeError(f"load(): the file has no record {name}")
            return default
        return self.archive.read(entry)

    def _storage(self, reference: Any) -> Loaded:
        if not isinstance(reference, tuple) or len(reference) != 5 or reference[0] != "storage":
            raise UnpicklingError("a reference to what is no storage")
        _, dtype, key, location, count = reference
        if type(key) is not str or type(count) is not int:
            raise UnpicklingError(f"a storage of {count} elements under the name {key!r}")
        if key in self.storages:
            return self.storages[key]
        itemsize = 1 if dtype is None else dtype.numpy.itemsize
        entry = self._entry(f"data/{key}")
        if entry is None or entry.file_size != count * itemsize:
            raise RuntimeError(
                f"load(): storage {key} should have {count} elements of {itemsize} bytes, its "
                "record " + ("is not there" if entry is None else f"has {entry.file_size} bytes"))
        bytes = self._bytes(entry)
        _check_place(location, self.map_location, bytes)
        if self.swapped and dtype is not None:
            bytes = bytes.view(f"u{itemsize}").byteswap().view(np.uint8)
        self.storages[key] = made = Loaded(bytes, dtype)
        return made

    def _bytes(self, entry: zipfile.ZipInfo) -> Any:
        if self.path is None or entry.file_size == 0:
            return np.frombuffer(bytearray(self.archive.read(entry)), np.uint8)
        assert self.archive.fp is not None
        self.archive.fp.seek(entry.header_offset + 26)
        name, extra = struct.unpack("<HH", self.archive.fp.read(4))
        begin = entry.header_offset + 30 + name + extra
        if begin + entry.file_size > os.path.getsize(self.path):
            raise RuntimeError("load(): the file ends within a storage")
        return np.asarray(np.memmap(self.path, np.uint8, "c", begin, (entry.file_size,)))


# --- before PyTorch 1.6: pickles, then the storages' bytes

def _load_legacy(file: BinaryIO, map_location: Any) -> Any:
    stream = io.BytesIO(file.read())
    storages: dict[str, tuple[Loaded, int]] = {}
    room = len(stream.getbuffer())

    def storage(reference: Any) -> Loaded:
        nonlocal room
        if not isinstance(reference, tuple) or len(reference) != 6 or reference[0] != "storage":
            raise UnpicklingError("a reference to what is no storage")
        _, dtype, key, location, count, view = reference
        if view is not None:
            raise NotImplementedError("load(): views of storages in files of before PyTorch 0.2")
        if type(key) is not str or type(count) is not int or count < 0 or dtype is None:
            raise UnpicklingError(f"a storage of {count} elements under the name {key!r}")
        if key not in storages:
            itemsize = dtype.numpy.itemsize
            room -= count * itemsize
            if room < 0:
                raise UnpicklingError("the storages are larger than the file")
            _check_place(location, map_location, None)
            storages[key] = Loaded(np.zeros(count * itemsize, np.uint8), dtype), count
        return storages[key][0]

    def refused(reference: Any) -> Any:
        raise UnpicklingError("a storage where there can be none")

    def pickle(persistent: Callable[[Any], Any]) -> Any:
        return Interpreter(stream, Finder(), persistent).run()

    if pickle(refused) != MAGIC or pickle(refused) != PROTOCOL:
        raise UnpicklingError("load(): this is no file that torch.save wrote")
    about = pickle(refused)
    if not isinstance(about, dict) or about.get("little_endian") is not True:
        raise NotImplementedError("load(): a legacy file of a big-endian machine")
    made = pickle(storage)
    keys = pickle(refused)
    if not isinstance(keys, list):
        raise UnpicklingError("the storages are not listed")
    for key in keys:
        if type(key) is not str or key not in storages:
            raise UnpicklingError(f"bytes for storage {key!r}, which nothing refers to")
        held, count = storages[key]
        told = int.from_bytes(stream.read(8), "little")
        data = stream.read(len(held.bytes))
        if told != count or len(data) != len(held.bytes):
            raise RuntimeError(f"load(): the file ends within storage {key}")
        held.bytes[:] = np.frombuffer(data, np.uint8)
    return made
