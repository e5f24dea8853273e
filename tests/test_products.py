"""Products of matrices by kernels of our own, held to NumPy in a wider type."""

import numpy as np
import pytest

import rushlight as torch
from rushlight.engine import products
from rushlight.engine.deferred import computed

SHAPES = [
    ((70, 90), (90, 80)), ((1, 784), (784, 512)), ((300, 7), (7, 129)), ((33, 5000), (5000, 3)),
    ((64, 64), (64,)), ((4000,), (4000, 9)), ((20_000,), (20_000,)), ((5, 70, 40), (40, 33)),
    ((6, 40, 30), (6, 30, 50)), ((3, 1, 64, 64), (4, 64, 64)), ((64, 64), (5, 64, 64)),
    ((2, 30_000), (30_000, 2)), ((260, 260), (260, 260)), ((17, 1), (1, 4000)),
]
EXACT = {"f": "d", "d": "g", "F": "D", "D": "G", "i": "l", "l": "l", "b": "b", "h": "h", "B": "B"}
BOUND = {"f": 2e-6, "d": 4e-15, "F": 4e-6, "D": 8e-15}


def numbers(shape, char, seed=0):
    random = np.random.default_rng(seed)
    if char in "ilbhB":
        return random.integers(0, 9, shape).astype(char)
    values = random.standard_normal(shape)
    return (values + 1j * random.standard_normal(shape) if char in "FD" else values).astype(char)


def check(got, a, b, start=None):
    char = a.dtype.char
    wide = EXACT[char]
    want = np.matmul(a.astype(wide), b.astype(wide))
    scale = np.matmul(np.abs(a).astype("d"), np.abs(b).astype("d"))
    if start is not None:
        want, scale = want + start.astype(wide), scale + np.abs(start)
    assert got.shape == want.shape and got.dtype == a.dtype
    assert np.all(np.abs(got - want.astype(wide)) <= BOUND.get(char, 0) * (scale + 1))


@pytest.mark.parametrize("char", EXACT)
def test_shapes(char):
    for left, right in SHAPES:
        a, b = numbers(left, char), numbers(right, char, 1)
        check(computed(products.product(a, b)), a, b)


@pytest.mark.parametrize("char", "fd")
def test_any_layout(char):
    """Transposed, strided, reversed, broadcast, misaligned: what is multiplied is what is seen."""
    square = numbers((200, 200), char)
    odd = np.frombuffer(b"\0" + square.tobytes(), np.uint8)[1:].view(char).reshape(200, 200)
    assert not odd.flags.aligned
    ways = [square, square.T, square[::-1], square[:, ::-1], np.broadcast_to(square[0], (200, 200)),
            numbers((400, 400), char)[::2, ::2], odd]
    for a in ways:
        for b in ways:
            check(products.product(a, b), a, b)
            check(products.product(a, b[:, 0]), a, b[:, 0])
            check(products.product(a[0], b), a[0], b)


@pytest.mark.parametrize("char", "fd")
def test_sums_with_a_start(char):
    a, b = numbers((65, 300), char), numbers((300, 90), char, 1)
    for start in (numbers(90, char, 2), numbers((65, 90), char, 2), numbers((65, 1), char, 2),
                  numbers((), char, 2), numbers((90, 65), char, 2).T, numbers(180, char, 2)[::2]):
        before = start.copy()
        check(products.product(a, b, start), a, b, start)
        np.testing.assert_array_equal(start, before)
    long = numbers((2, 30_000), char)
    check(products.product(long, long.T, numbers(2, char, 2)), long, long.T, numbers(2, char, 2))


def test_bits_do_not_depend_on_threads():
    usual = torch.get_num_threads()
    found = {}
    try:
        for threads in (1, 2, 3, 8):
            torch.set_num_threads(threads)
            for k, (left, right) in enumerate(SHAPES):
                made = products.product(numbers(left, "f"), numbers(right, "f", 1))
                assert found.setdefault(k, made.tobytes()) == made.tobytes()
    finally:
        torch.set_num_threads(usual)


def test_one_layout_many_arrays():
    """What is remembered of a product is its layout, never its arrays."""
    for seed in range(5):
        a, b = numbers((80, 90), "f", seed), numbers((90, 70), "f", seed + 9)
        check(products.product(a, b, b[0, :70]), a, b, b[0, :70])
        check(products.product(b.T, a.T), b.T, a.T)


def test_not_a_number_and_infinity_go_through():
    a, b = np.ones((70, 70), "f"), np.ones((70, 70), "f")
    a[3, 4], b[5, 6] = np.nan, np.inf
    got = products.product(a, b)
    assert np.isnan(got[3]).all() and np.isinf(got[:3, 6]).all() and got[0, 0] == 70
