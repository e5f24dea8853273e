"""Compiled objects on disk, for this user's later processes.

They lie in `kernels/` in the folder `$RUSHLIGHT_CACHE`, else `$XDG_CACHE_HOME/rushlight`, else
`~/.cache/rushlight`. `RUSHLIGHT_CACHE=0` turns the cache off. Since what is loaded from it is run,
folders that others could write to are left alone. Nothing here ever fails: where the cache cannot
be used, `load` finds nothing and `store` keeps nothing.

An entry is a file: a mark, the SHA-256 digest of key and data, the data. It is written under
another name and then renamed, so that no reader sees half of it.
"""

from __future__ import annotations

import hashlib
import os
import time
from contextlib import suppress

_MARK = b"rushlit1"
_LIMIT = 256 << 20  # bytes on disk that call for a tidying
_DAY = 86400.0
_TEMPORARY = ".part"


def load(key: str) -> bytes | None:
    """The data stored under the key, `folder/name`; None if there is none that is whole."""
    try:
        path = os.path.join(_folder(key), os.path.basename(key))
        with open(path, "rb") as file:
            entry = file.read()
    except OSError:
        return None
    data = entry[len(_MARK) + hashlib.sha256().digest_size :]
    if entry == _entry(key, data):
        return data
    with suppress(OSError):
        os.unlink(path)
    return None


def store(key: str, data: bytes) -> None:
    """Keep the data under the key, `folder/name`."""
    with suppress(OSError):
        folder = _folder(key)
        _write(os.path.join(folder, os.path.basename(key)), _entry(key, data))
        _tidy_daily(os.path.dirname(folder))


def _entry(key: str, data: bytes) -> bytes:
    return _MARK + hashlib.sha256(key.encode() + b"\0" + data).digest() + data


def _write(path: str, entry: bytes) -> None:
    temporary = f"{path}.{os.urandom(8).hex()}{_TEMPORARY}"
    try:
        with open(temporary, "xb") as file:
            file.write(entry)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


# ---- folders


def _folder(key: str) -> str:
    """The folder of a key, made if need be; OSError if there is none to be trusted."""
    folder = _root()
    _trusted(folder)
    for name in ("kernels", os.path.dirname(key)):
        folder = os.path.join(folder, name)
        _trusted(folder)
    return folder


def _root() -> str:
    named = os.environ.get("RUSHLIGHT_CACHE")
    if named == "0":
        raise OSError("the cache is turned off")
    if named:
        return named
    base = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(base):  # the standard says to ignore it then
        base = os.path.join(os.path.expanduser("~"), ".cache")
    if not os.path.isabs(base):
        raise OSError("no home folder")
    return os.path.join(base, "rushlight")


def _trusted(folder: str) -> None:
    """Make the folder if it is not there; OSError if others own it or may write to it."""
    try:
        found = os.stat(folder)
    except FileNotFoundError:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        found = os.stat(folder)
    if found.st_mode & 0o022 or found.st_uid != os.geteuid():
        raise PermissionError(f"{folder} is open to others")


# ---- the bound


def _tidy_daily(kernels: str) -> None:
    """Once a day, as the time of the file `tidied` tells: keep the folder within its bound."""
    stamp = os.path.join(kernels, "tidied")
    with suppress(FileNotFoundError):
        if time.time() - os.stat(stamp).st_mtime < _DAY:
            return
    with open(stamp, "wb"):
        os.utime(stamp)
    _tidy(kernels)


def _tidy(kernels: str) -> None:
    """Remove what was used longest ago, down to half the bound, and what killed writers left."""
    entries = []
    for folder in [each.path for each in os.scandir(kernels) if each.is_dir()]:
        entries += [(file.path, file.stat()) for file in os.scandir(folder)]
    entries.sort(key=lambda entry: -max(entry[1].st_atime, entry[1].st_mtime))
    total = sum(at.st_size for _, at in entries)
    kept = _LIMIT if total <= _LIMIT else _LIMIT // 2
    total = 0
    for path, at in entries:
        abandoned = path.endswith(_TEMPORARY) and time.time() - at.st_mtime > _DAY
        total += at.st_size
        if total > kept or abandoned:
            with suppress(FileNotFoundError):  # another process may tidy too
                os.unlink(path)
