"""The allocator behind large arrays: what NumPy's own arrays can, and where the data lies."""

from __future__ import annotations

import random

import numpy as np
import pytest

from rushlight.engine import builtins, memory, native

pytestmark = pytest.mark.skipif(
    not (native.available() and builtins.supported()), reason="the allocator needs llvmlite")
BYTES = np.dtype(np.uint8)


@pytest.mark.parametrize(
    ("shape", "char"), [((), "d"), ((300,), "f"), ((7, 100_000), "f"), ((3, 5, 7), "?"),
                        ((1 << 21,), "D"), ((0, 3), "f")])
def test_an_array_is_as_numpys(shape, char):
    made, wanted = memory.empty(shape, np.dtype(char)), np.empty(shape, char)
    assert made.shape == wanted.shape and made.dtype == wanted.dtype and made.base is None
    assert made.strides == wanted.strides and made.flags.num == wanted.flags.num
    if made.size:
        assert made.__array_interface__["data"][0] % 64 == 0
        made[...] = 1
        assert made.all()


@pytest.mark.parametrize("count", [100, 300_000, 5_000_000])
@pytest.mark.parametrize("factor", [0.5, 3])
def test_resize_keeps_the_elements(count, factor):
    array = memory.empty((count,), BYTES)
    array[:] = values = np.arange(count) % 251
    array.resize(int(count * factor), refcheck=False)
    kept = min(count, array.size)
    assert (array[:kept] == values[:kept]).all() and not array[kept:].any()


@pytest.mark.parametrize("shape", [(1 << 44,), (1 << 60,), (1 << 40, 1 << 40)])
def test_too_large_raises(shape):
    with pytest.raises((MemoryError, ValueError)):
        memory.empty(shape, BYTES)


def test_no_two_arrays_share_memory():
    choose, live = random.Random(0), []
    for step in range(3000):
        size = choose.randrange(1, 1 << choose.randrange(1, 24))
        array = memory.empty((size,), BYTES)
        array[0] = array[-1] = array[size // 2] = step % 251
        live.append((array, step % 251))
        if len(live) > 20:
            live.pop(choose.randrange(20))
        old, mark = choose.choice(live)
        assert old[0] == old[-1] == old[old.size // 2] == mark


def test_what_waits_is_counted_reused_and_given_back():
    memory.release()
    before = memory.stats()
    array = memory.empty((1 << 20,), BYTES)
    held = memory.stats()
    assert held["in_use"] - before["in_use"] >= array.nbytes and held["made"] > before["made"]
    place = array.__array_interface__["data"][0]
    del array
    assert memory.stats()["in_use"] == before["in_use"] and memory.stats()["held"] >= 1 << 20
    again = memory.empty((1 << 20,), BYTES)
    assert again.__array_interface__["data"][0] == place
    assert memory.stats()["reused"] == before["reused"] + 1
    del again
    memory.release()
    assert memory.stats()["held"] == 0
