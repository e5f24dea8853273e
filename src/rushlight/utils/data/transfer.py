"""Messages between a loader and its workers: pickles, whose arrays travel in shared memory.

A message is a pickle and the buffers that it refers to (pickle protocol 5). A small one goes
through the connection as it is. A large one goes into a file in memory that has no name, whose
descriptor is sent; the receiver maps it, so that an array is written once and copied never, and the
system frees it with the last array, whoever dies meanwhile. Where there are no such files (only
Linux has them) everything goes through the connection.
"""

from __future__ import annotations

import io
import mmap
import os
import pickle
import struct
from multiprocessing import reduction
from multiprocessing.connection import Connection
from typing import Any

from rushlight.tensor.tensor import Tensor

_SMALL = 65_536  # bytes that go through the connection, whose buffer holds a few of these
_ALIGNED = 64  # where buffers begin: at a cache line
_IN_FILE = hasattr(os, "memfd_create")


def send(connection: Connection, message: Any) -> None:
    """Send any object that can be pickled. RuntimeError for a tensor that is no leaf."""
    buffers: list[pickle.PickleBuffer] = []
    text = io.BytesIO()
    pickler = reduction.ForkingPickler(text, 5, True, buffers.append)
    # Tensors go by value, even where `torch.multiprocessing` would have processes share them.
    pickler.dispatch_table = {
        kind: each for kind, each in pickler.dispatch_table.items()
        if not issubclass(kind, Tensor)}
    pickler.dump(message)
    parts = [text.getbuffer(), *(each.raw() for each in buffers)]
    head = struct.pack(f"<{len(parts)}Q", *map(len, parts))
    if not _IN_FILE or sum(map(len, parts)) <= _SMALL:
        connection.send_bytes(b"".join([b"=", struct.pack("<Q", len(parts)), head, *parts]))
        return
    file = os.memfd_create("rushlight", os.MFD_CLOEXEC)
    try:
        for each, begin in zip(parts, _begins(list(map(len, parts))), strict=True):
            _write(file, each, begin)
        connection.send_bytes(b"@" + head)
        reduction.send_handle(connection, file, os.getppid())
    finally:
        os.close(file)


def receive(connection: Connection) -> Any:
    """The next message. EOFError or OSError if the other side has gone."""
    message = bytearray(connection.recv_bytes())
    if message[:1] == b"=":
        count, = struct.unpack_from("<Q", message, 1)
        sizes = struct.unpack_from(f"<{count}Q", message, 9)
        whole = memoryview(message)[9 + 8 * count :]
        begins = [sum(sizes[:k]) for k in range(count)]
    else:
        sizes = struct.unpack(f"<{(len(message) - 1) // 8}Q", message[1:])
        begins = _begins(sizes)
        file = reduction.recv_handle(connection)
        try:
            whole = memoryview(mmap.mmap(file, begins[-1] + sizes[-1], flags=_FLAGS))
        finally:
            os.close(file)
    text, *buffers = [
        whole[begin : begin + size] for begin, size in zip(begins, sizes, strict=True)]
    return pickle.loads(text, buffers=buffers)


# All pages at once: met one by one, each would cost an interrupt.
_FLAGS = getattr(mmap, "MAP_SHARED", 0) | getattr(mmap, "MAP_POPULATE", 0)


def _begins(sizes: Any) -> list[int]:
    """Where in the file parts of these sizes begin."""
    begins, end = [], 0
    for each in sizes:
        begins.append(end)
        end = -(-(end + each) // _ALIGNED) * _ALIGNED
    return begins


def _write(file: int, part: memoryview, begin: int) -> None:
    while part:
        written = os.pwrite(file, part, begin)
        part, begin = part[written:], begin + written
