"""The loops of pooling and of linear maps along dims, held to what NumPy does without them."""

import numpy as np
import pytest

from rushlight.engine import native, pooling, resampling
from rushlight.engine.resampling import Table


@pytest.fixture
def by_numpy(monkeypatch):
    def compute(function, *args):
        with monkeypatch.context() as patch:
            patch.setattr(native, "available", lambda: False)
            return function(*args)

    return compute


@pytest.mark.parametrize("dtype", ["f", "d"])
@pytest.mark.parametrize("own", [False, True])
def test_the_largest(dtype, own, by_numpy):
    random = np.random.default_rng(0)
    x = random.integers(0, 5, (40, 300)).astype(dtype)  # many are equal: the first counts
    x[random.random(x.shape) < 0.02] = np.nan
    x[:, 7] = -np.inf
    positions = random.integers(0, 300, (*[40] * own, 90, 6))
    got, want = pooling.largest(x, positions), by_numpy(pooling.largest, x, positions)
    np.testing.assert_array_equal(got[0], want[0])
    assert np.array_equal(got[1], want[1])
    grad = random.integers(-9, 9, got[0].shape).astype(dtype)
    back = pooling.back(grad, got[1], 300)
    np.testing.assert_array_equal(back, by_numpy(pooling.back, grad, got[1], 300))


def table(size, places, taps, random, weighted=True):
    weight = random.standard_normal((places, taps)) if weighted else None
    return Table(size, random.integers(0, size, (places, taps)), weight)


@pytest.mark.parametrize("dtype", ["f", "d"])
def test_maps_along_dims(dtype, by_numpy):
    random = np.random.default_rng(1)
    x = random.standard_normal((5, 4, 9, 12)).astype(dtype)
    tight = {"rtol": 2e-5, "atol": 2e-5} if dtype == "f" else {"rtol": 1e-12, "atol": 1e-12}
    for tables in (
        (table(12, 7, 3, random),), (table(9, 20, 2, random), table(12, 5, 4, random)),
        (table(4, 3, 2, random), table(9, 2, 9, random), table(12, 30, 1, random)),
        (table(9, 20, 1, random, False), table(12, 5, 1, random, False)),
    ):
        for way in (tables, resampling.transposed(tables)):
            given = x if way is tables else resampling.apply(x, tables)
            got, want = resampling.apply(given, way), by_numpy(resampling.apply, given, way)
            assert got.shape == want.shape and got.dtype == want.dtype
            np.testing.assert_allclose(got, want, **tight)


def test_the_way_back_is_the_transpose():
    random = np.random.default_rng(2)
    tables = (table(9, 20, 2, random), table(12, 5, 4, random))
    x, y = random.standard_normal((3, 9, 12)), random.standard_normal((3, 20, 5))
    ahead = (resampling.apply(x, tables) * y).sum()
    back = (x * resampling.apply(y, resampling.transposed(tables))).sum()
    assert abs(ahead - back) < 1e-10
