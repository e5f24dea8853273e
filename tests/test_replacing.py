"""Writes into large tensors: what waits becomes the value, in the same memory if that is safe."""

from __future__ import annotations

import signal
import threading
import time

import numpy as np
import pytest

import rushlight as torch
from rushlight.engine import deferred, native

SIZE = deferred.LARGE + 5
pytestmark = pytest.mark.skipif(not native.available(), reason="llvmlite is not installed")


@pytest.fixture
def pair():
    random = np.random.default_rng(0)
    arrays = [random.random(SIZE).astype(np.float32) for _ in range(2)]
    return *(torch.tensor(each) for each in arrays), *arrays


def place(tensor):
    """Where its elements lie, without being told of as `data_ptr` would be."""
    return deferred.computed(tensor._array).__array_interface__["data"][0]


def owning(tensor):
    """The tensor with memory that is its own from the first byte."""
    tensor += 0.0
    assert deferred.computed(tensor._array).base is None
    return tensor


def test_an_update_that_nobody_watches_stays_in_its_memory(pair):
    x, y, a, b = pair
    before = place(owning(x))
    for _ in range(3):
        x.mul_(0.5).add_(y, alpha=2)
        a = a * np.float32(0.5) + np.float32(2) * b
    assert type(x._array) is deferred.Deferred and x._array.value is None
    assert place(x) == before
    np.testing.assert_allclose(x.numpy(), a, rtol=1e-6)


def test_several_states_are_written_by_one_kernel(pair, capfd, monkeypatch):
    x, y, a, b = pair
    m = owning(torch.zeros(SIZE))
    owning(x)
    places = place(m), place(x)
    monkeypatch.setattr("rushlight.engine.launch.debug", True)
    m.mul_(0.9).add_(y)
    x.sub_(m)
    np.testing.assert_array_equal(x[:3].numpy(), (a - b)[:3])
    assert m._array.value is not None and (place(m), place(x)) == places
    assert capfd.readouterr().err.count("rushlight:") == 1


def test_what_waits_for_the_old_value_gets_it(pair):
    x, y, a, b = pair
    owning(x)
    old = x * 2
    x += y
    np.testing.assert_array_equal(x.numpy(), a + b)
    np.testing.assert_array_equal(old.numpy(), a * 2)


def test_what_the_new_value_is_made_of_stays_what_it_was(pair):
    x, _, a, _ = pair
    owning(x)
    doubled = x * 2
    x += doubled
    np.testing.assert_array_equal(x.numpy(), a + a * 2)
    np.testing.assert_array_equal(doubled.numpy(), a * 2)


@pytest.mark.parametrize("see", [
    lambda x: x[1:], lambda x: x.detach(), lambda x: x.view(-1, 1), lambda x: x.untyped_storage(),
])
def test_what_shares_the_memory_sees_the_write(pair, see):
    x, y, a, b = pair
    owning(x)
    other = see(x)
    x += y
    seen = other.tolist() if hasattr(other, "nbytes") and not isinstance(other, torch.Tensor) else (
        other.flatten().numpy())
    if isinstance(seen, list):
        np.testing.assert_array_equal(np.array(seen, np.uint8).view(np.float32), a + b)
    else:
        np.testing.assert_array_equal(seen, (a + b)[-seen.size:])


def test_an_array_of_numpy_sees_the_write(pair):
    x, y, a, b = pair
    owning(x)
    outside = x.numpy()
    x += y
    np.testing.assert_array_equal(outside, a + b)


def test_a_view_that_waits_after_its_tensor_is_gone(pair):
    x, y, a, b = pair
    owning(x)
    tail = x[1:] * 3
    x += y
    np.testing.assert_array_equal(x.numpy(), a + b)
    np.testing.assert_array_equal(tail.numpy(), a[1:] * 3)


def test_the_graph_keeps_what_it_saved(pair):
    x, y, a, _ = pair
    owning(x)
    weight = torch.ones(SIZE, requires_grad=True)
    product = weight * x
    x += y
    with pytest.raises(RuntimeError, match=r"changed|modified"):
        product.sum().backward()
    np.testing.assert_array_equal(product.detach().numpy(), a)


def test_strides_stay(pair):
    x, y, a, b = pair
    x, y = x[: 320 * 400].reshape(320, 400).clone(), y[: 320 * 400].reshape(400, 320).t()
    torch.mul(y, 1, out=x)
    assert x.stride() == (400, 1)
    np.testing.assert_array_equal(x.numpy(), b[: 320 * 400].reshape(400, 320).T)
    wide = a[: 320 * 400].reshape(400, 320)
    z = torch.tensor(wide).t()
    z += 1
    assert z.stride() == (1, 320)
    np.testing.assert_array_equal(z.numpy(), wide.T + 1)


def test_a_fresh_result_is_taken_as_it_is():
    a = np.arange(deferred.LEAST, dtype=np.float32)
    x = torch.tensor(a)
    old, view = x + 1, torch.tensor(a)
    part = view[1:]
    version = x._version
    x.mul_(3)
    view.mul_(3)
    assert x._version == version + 1 and place(x) % 64 == 0
    np.testing.assert_array_equal(x.numpy(), a * 3)
    np.testing.assert_array_equal(old.numpy(), a + 1)
    np.testing.assert_array_equal(part.numpy(), a[1:] * 3)
    kept = x.numpy()
    x.mul_(2)
    np.testing.assert_array_equal(kept, a * 6)


def test_a_result_that_somebody_holds_is_copied():
    held = torch.tensor(np.ones(deferred.LEAST, np.float32))
    x = torch.zeros(deferred.LEAST)
    torch.add(held, 1, out=x)
    y = torch.zeros(deferred.LEAST)
    y.copy_(x)
    y += 1
    assert x.tolist() == [2.0] * deferred.LEAST and y.tolist() == [3.0] * deferred.LEAST


def test_rows_that_are_read_twice_are_not_overwritten(pair):
    x, _, a, _ = pair
    x = owning(x[: 512 * 256].reshape(512, 256).clone())
    torch.softmax(x, 1, out=x)
    rows = np.exp(a[: 512 * 256].reshape(512, 256).astype(np.float64))
    np.testing.assert_allclose(x.numpy(), rows / rows.sum(1, keepdims=True), rtol=2e-6)


def test_dtypes_follow_the_tensor(pair):
    x, y, a, _ = pair
    x = x.double()
    before = x * 1
    torch.add(y, 0, out=x)
    x += 1
    assert x.dtype == torch.float64
    np.testing.assert_array_equal(x.numpy(), pair[3].astype(np.float64) + 1)
    np.testing.assert_array_equal(before.numpy(), a.astype(np.float64))


def test_an_interrupt_never_applies_an_update_twice():
    """Ctrl-C falls at any moment of a loop: every element was updated the same number of times."""
    x = owning(torch.zeros(1 << 20))
    x += 1.0
    first = float(x[0])
    done, inside = [], []

    def interrupt():
        while not done:
            time.sleep(0.002)
            signal.raise_signal(signal.SIGINT)

    def note(*_):
        if inside:  # where it will be caught
            inside.clear()
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, note)
    thread = threading.Thread(target=interrupt)
    turns = caught = 0
    try:
        thread.start()
        while turns < 200:
            try:
                inside.append(True)
                while turns < 200:
                    turns += 1
                    x += 1.0
                    float(x[5])
                inside.clear()
            except KeyboardInterrupt:
                caught += 1
    finally:
        done.append(True)
        thread.join()
        signal.signal(signal.SIGINT, before)
    assert caught
    values = x.numpy()
    assert values.min() == values.max()
    assert first < values[0] <= first + 200


def test_an_id_that_came_again_is_looked_for_once():
    """What waited and is gone leaves ids behind, which other arrays may get: they are dropped."""
    big = torch.ones(200_000)
    waits = big * 2
    stale = np.ones(3)
    deferred._read.add(id(stale))
    deferred.before_write(stale)
    assert id(stale) not in deferred._read
    deferred.before_write(big._array)  # this one is read indeed
    assert waits._array.value is not None
