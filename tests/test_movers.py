"""Large tensors moved, gathered, scattered, summed and sorted: what NumPy gives, on any number of
threads, with kernels and without.

Layouts are drawn at random: steps, reversals, exchanged and broadcast dims. Where places repeat,
the reference goes through them one after another.
"""

from __future__ import annotations

import ml_dtypes
import numpy as np
import pytest

import rushlight as torch
from rushlight.engine import movers

BFLOAT16 = np.dtype(ml_dtypes.bfloat16)
SHAPES = ((40_000,), (130, 160), (3, 70, 90), (7, 5, 30, 20))


@pytest.fixture(params=[1, 2, 5, "numpy"])
def ways(request, monkeypatch):
    """So many threads, or no kernels at all."""
    before = torch.get_num_threads()
    if request.param == "numpy":
        monkeypatch.setattr(movers, "available", lambda: False)
    else:
        torch.set_num_threads(request.param)
    yield request.param
    torch.set_num_threads(before)


def laid_out(chance, shape, dtype):
    """An array of this shape that lies in memory in some odd way."""
    axes = chance.permutation(len(shape))
    steps = chance.integers(1, 3, len(shape))
    whole = [int(shape[axis] * steps[axis]) for axis in axes]
    values = chance.integers(-100, 100, whole).astype(np.int64)
    if np.dtype(dtype).kind in "ub":
        values = np.abs(values)
    array = values.astype(dtype).transpose(np.argsort(axes))
    way = chance.integers(0, 3, len(shape))
    return array[tuple(
        slice(None, None, -step) if turn == 0 else slice(None, None, step)
        for step, turn in zip(steps.tolist(), way.tolist(), strict=True))]


def tensor(array):
    """A tensor over the array as it lies (from_numpy refuses negative strides)."""
    made = torch.empty(0)
    made._array = array
    return made


def same(found, wanted):
    found = np.asarray(found.detach()._array) if isinstance(found, torch.Tensor) else found
    assert found.shape == wanted.shape and found.dtype == wanted.dtype
    assert np.ascontiguousarray(found).tobytes() == np.ascontiguousarray(wanted).tobytes()


# --- copies


@pytest.mark.parametrize("dtype", ["?", "i1", "u2", "f4", "f8", "c8", "c16", BFLOAT16])
def test_fill_is_numpys_assignment(dtype, ways):
    chance = np.random.default_rng(1)
    for shape in SHAPES:
        for other in (dtype, dtype, "f4", "i8", "?"):
            target, source = laid_out(chance, shape, dtype), laid_out(chance, shape, other)
            if np.dtype(dtype).kind == "?" or chance.random() < 0.3:
                source = source[..., :1]
            wanted = target.copy()
            wanted[...] = source
            movers.fill(target, source)
            same(target, wanted)


def test_fill_over_itself_and_what_does_not_fit(ways):
    array = np.arange(40_000.0)
    wanted = array.copy()
    wanted[1:] = wanted[:-1].copy()
    movers.fill(array[1:], array[:-1])
    same(array, wanted)
    with pytest.raises(ValueError, match="broadcast"):
        movers.fill(np.zeros((200, 200)), np.zeros((200, 100)))
    array.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        movers.fill(array, np.zeros(1))


def test_rearrangements(ways):
    chance = np.random.default_rng(2)
    for shape in SHAPES[1:]:
        array = laid_out(chance, shape, "f4")
        x = tensor(array)
        same(x.contiguous(), array)
        same(x.flip(0, -1), np.flip(array, (0, -1)))
        same(x.roll((7, -3), (0, 1)), np.roll(array, (7, -3), (0, 1)))
        same(x.roll(1001), np.roll(array, 1001))
        times = (2, *(1,) * (len(shape) - 1), 3)
        same(x.repeat(*times), np.tile(array, times))
        for diagonal in (-500, -3, 0, 2, 500):
            same(x.tril(diagonal), np.tril(array, diagonal))
            same(x.triu(diagonal), np.triu(array, diagonal))


def test_joins(ways):
    chance = np.random.default_rng(3)
    for shape in SHAPES:
        arrays = [laid_out(chance, shape, dtype) for dtype in ("f4", "f4", "f4")]
        parts = list(map(tensor, arrays))
        for dim in range(len(shape)):
            same(torch.cat(parts, dim), np.concatenate(arrays, dim))
            same(torch.stack(parts, dim), np.stack(arrays, dim))
        mixed = [arrays[0], arrays[1].astype("f8"), arrays[2].astype("i4")]
        same(torch.cat(list(map(tensor, mixed)), -1), np.concatenate(mixed, -1, dtype="f8"))
    many = [np.full(50, k, "f4") for k in range(600)]
    same(torch.cat(list(map(tensor, many))), np.concatenate(many))
    with pytest.raises(RuntimeError, match="sizes must be equal"):
        torch.cat([torch.zeros(200, 200), torch.zeros(200, 100)])


def test_assigned_slices_and_copy_(ways):
    x, wanted = torch.zeros(3, 100, 200), np.zeros((3, 100, 200), "f4")
    values = np.arange(20_000.0).reshape(1, 100, 200)
    x[1:] = tensor(values)
    wanted[1:] = values
    same(x, wanted)
    x.copy_(tensor(values))
    wanted[...] = values
    same(x, wanted)
    with pytest.raises(RuntimeError, match="broadcast"):
        x[1:] = torch.zeros(3, 100, 200)
    y = torch.zeros(40_000, requires_grad=True)
    z = torch.ones(40_000)
    z.copy_(y * 2)
    z.sum().backward()
    same(y.grad, np.full(40_000, 2, "f4"))


# --- reading at places


@pytest.mark.parametrize("dtype", ["u1", "i2", "f4", "f8", "c16"])
def test_gathers(dtype, ways):
    chance = np.random.default_rng(4)
    for shape in ((300, 70), (5, 60, 70), (20_000,)):
        array = laid_out(chance, shape, dtype)
        for dim, size in enumerate(shape):
            before = (slice(None),) * dim
            count = 40_000 * size // array.size + 9
            for index_shape in ((count,), (9, count // 9)):
                index = chance.integers(-size, size, index_shape)
                index = index.astype(chance.choice(["i4", "i8"]))
                if len(index_shape) == 2:
                    index = index.T
                same(tensor(array)[(*before, tensor(index))], array[(*before, index)])
                if index.ndim == 1:
                    index = index % size
                    same(tensor(array).index_select(dim, tensor(index)), array[(*before, index)])
            longer = [2 * size if d == dim else n - n // 3 for d, n in enumerate(shape)]
            index = laid_out(chance, longer, "i8") % size
            part = array[tuple(slice(None if d == dim else n) for d, n in enumerate(longer))]
            same(tensor(array).gather(dim, tensor(index)), np.take_along_axis(part, index, dim))
            column = np.broadcast_to(index[..., :1], longer)
            if dim != len(shape) - 1:
                same(tensor(array).gather(dim, tensor(column)),
                     np.take_along_axis(part, column, dim))


@pytest.mark.parametrize("wrong", [-1, 300, 2**40, -(2**62)])
def test_a_bad_index_is_an_error_and_changes_nothing(wrong, ways):
    x, rows = torch.ones(300, 100), torch.ones(20_000, 100)
    index = torch.zeros(20_000, dtype=torch.int64)
    index[12_345] = wrong
    wide = index.reshape(-1, 1).expand(20_000, 100)
    for error, work in (
        (IndexError, lambda: x.index_select(0, index)),
        (RuntimeError, lambda: x.gather(0, wide)),
        (RuntimeError, lambda: x.scatter_add_(0, wide, rows)),
        (RuntimeError, lambda: x.scatter_(0, wide, rows * 2)),
        (RuntimeError, lambda: x.index_add_(0, index, rows)),
        (IndexError, lambda: x.index_copy_(0, index, rows * 2)),
    ):
        with pytest.raises(error, match="out of range"):
            work()
    if wrong != -1:
        with pytest.raises(IndexError):
            x[index]
        with pytest.raises(IndexError):
            x[index] = 2 * rows
        with pytest.raises(IndexError):
            x.index_put_((index,), rows, accumulate=True)
    same(x, np.ones((300, 100), "f4"))


def test_an_empty_dim_has_no_places(ways):
    index = torch.zeros(20_000, dtype=torch.int64)
    with pytest.raises(IndexError):
        torch.zeros(0, 8)[index]
    assert torch.zeros(0, 8)[index[:0]].shape == (0, 8)
    assert torch.zeros(300, 0)[index].shape == (20_000, 0)


# --- writing at places


def one_after_another(target, dim, index, values, add):
    """The reference: flat places in row-major order, each done in its turn."""
    mesh = list(np.ogrid[tuple(slice(n) for n in index.shape)])
    mesh[dim] = index
    flat = np.ravel_multi_index([np.broadcast_to(each, index.shape) for each in mesh], target.shape)
    made = target.copy(order="C")
    if add:
        np.add.at(made.reshape(-1), flat.reshape(-1), values.reshape(-1))
    else:
        made.reshape(-1)[flat.reshape(-1)] = values.reshape(-1)
    return made


@pytest.mark.parametrize("dtype", ["f4", "f8", "i1", "i8", "c8"])
def test_scatters(dtype, ways):
    chance = np.random.default_rng(5)
    for shape in ((20_000,), (150, 160), (6, 50, 70)):
        target = laid_out(chance, shape, dtype)
        if dtype == "f4":
            target = target * np.float32(0.37)  # sums that round
        for dim, size in enumerate(shape):
            longer = [2 * size if d == dim else n - n // 5 for d, n in enumerate(shape)]
            index = laid_out(chance, longer, "i8") % size
            values = laid_out(chance, [n + 1 for n in longer], target.dtype)
            used = values[tuple(map(slice, longer))]
            summed, put = (
                one_after_another(target, dim, index, used, add) for add in (True, False))
            arguments = dim, tensor(index), tensor(values)
            same(tensor(target).scatter_add(*arguments), summed)
            same(tensor(target).scatter(*arguments), put)
            same(tensor(target.copy()).scatter_add_(*arguments), summed)
            same(tensor(target.copy()).scatter_(*arguments), put)
            same(tensor(target).scatter(dim, tensor(index), 5), one_after_another(
                target, dim, index, np.full(longer, 5, target.dtype), False))


@pytest.mark.parametrize("dtype", ["f4", "i2", "c16", BFLOAT16])
def test_slices_written(dtype, ways):
    chance = np.random.default_rng(6)
    for shape in ((300, 70), (6, 50, 70)):
        target = laid_out(chance, shape, dtype)
        for dim, size in enumerate(shape):
            index = chance.integers(0, size, 1 + 40_000 * size // target.size)
            values = laid_out(chance, (*shape[:dim], index.size, *shape[dim + 1 :]), dtype)
            spread = np.broadcast_to(
                index.reshape(-1, *(1,) * (len(shape) - dim - 1)), values.shape)
            put = one_after_another(target, dim, spread, values, False)
            arguments = dim, tensor(index), tensor(values)
            same(tensor(target).index_copy(*arguments), put)
            same(tensor(target.copy()).index_copy_(*arguments), put)
            x = tensor(target.copy())
            x[(*(slice(None),) * dim, tensor(index - size))] = tensor(values)
            same(x, put)
            wide = np.float32 if dtype == BFLOAT16 else target.dtype
            summed = one_after_another(
                target.astype(wide), dim, spread, values.astype(wide), True).astype(dtype)
            same(tensor(target).index_add(*arguments), summed)
            same(tensor(target.copy()).index_add_(*arguments), summed)


def test_what_is_written_may_be_the_tensor_itself(ways):
    x, wanted = torch.arange(30_000.0), np.arange(30_000, dtype="f4")
    index = torch.arange(30_000).flip(0)
    x.scatter_(0, index, x)
    same(x, wanted[::-1])
    y = torch.arange(30_000)
    y.scatter_(0, y, y)
    same(y, np.arange(30_000))
    x.index_add_(0, index, x)
    same(x, wanted + wanted[::-1])


def test_writes_in_place_count_and_flow_back(ways):
    x = torch.zeros(30_000)
    view = x[:10]
    index, values = torch.arange(30_000) % 7, torch.ones(30_000, requires_grad=True)
    before = x._version
    x.index_add_(0, index, values * 3)
    assert x._version == before + 1 and view.sum().item() == 90_000
    x.sum().backward()
    same(values.grad, np.full(30_000, 3, "f4"))
    table = torch.zeros(50, 16, requires_grad=True)
    table[index].sum().backward()
    wanted = np.zeros((50, 16), "f4")
    wanted[:7] = np.bincount(index.numpy())[:, None]
    same(table.grad, wanted)


def test_many_dims(ways):
    chance = np.random.default_rng(12)
    shape = (2,) * 15
    array = np.arange(2**15, dtype="f4").reshape(shape).transpose(chance.permutation(15))
    x = tensor(array)
    same(x.contiguous(), array)
    same(x.flip(*range(0, 15, 2)), np.flip(array, tuple(range(0, 15, 2))))
    index = chance.integers(0, 2, shape)
    same(x.gather(7, tensor(index)), np.take_along_axis(array, index, 7))
    same(x.index_select(3, torch.tensor([1, 0, 1])), array[:, :, :, [1, 0, 1]])
    same(x.scatter_add(7, tensor(index.T), x),
         one_after_another(array, 7, index.T, array, True))


# --- masks


def test_masks(ways):
    chance = np.random.default_rng(7)
    for shape in ((40_000,), (200, 300), (2, 30_000), (30_000, 2), (3, 40, 50, 6)):
        for part in (0, 0.5, 1):
            mask = chance.random(shape) < part
            array = np.where(mask, chance.standard_normal(shape), -0.0).astype("f4")
            array[(0,) * len(shape)] = np.nan
            same(torch.nonzero(tensor(mask)), np.argwhere(mask))
            same(torch.nonzero(tensor(array.T)), np.argwhere(array.T))
            same(tensor(array)[tensor(mask)], array[mask])
            filled = np.where(mask, np.float32(2.5), array)
            same(tensor(array).masked_fill(tensor(mask), 2.5), filled)
            x = tensor(array.copy())
            x[tensor(mask)] = 2.5
            same(x, filled)
    big = torch.zeros(30_000, dtype=torch.int64)
    big[torch.ones(30_000, dtype=torch.bool)] = 2**53 + 1
    assert (big == 2**53 + 1).all()


# --- running sums and products

LINES = ((20_000,), (9, 4097), (70, 300), (300, 70), (5, 9000, 3), (2, 8192, 17), (3, 7, 1100))


@pytest.mark.parametrize("dtype", ["f4", "f8", "i8", "i2"])
def test_running_sums_and_products(dtype, ways, monkeypatch):
    chance = np.random.default_rng(8)
    for shape in LINES:
        steps = chance.standard_normal(shape)
        for name, ufunc, values in (
            ("cumsum", np.add, steps * 9), ("cumprod", np.multiply, 1 + steps * 1e-3)):
            array = values.astype(dtype)
            if dtype[0] == "f":
                array[(0,) * len(shape)] = -0.0 if name == "cumsum" else 1
            for dim in range(len(shape)):
                found = getattr(tensor(array), name)(dim).numpy()
                exact = array.astype("g" if dtype[0] == "f" else "i8")
                np.testing.assert_allclose(
                    found.astype("f8"), ufunc.accumulate(exact, dim).astype("f8"),
                    rtol=3e-7 if dtype == "f4" else 1e-12, atol=1e-5 if dtype == "f4" else 1e-9)
                with monkeypatch.context() as patched:
                    patched.setattr(movers, "available", lambda: False)
                    same(found, getattr(tensor(array), name)(dim).numpy())


def test_running_sums_do_not_overflow_where_the_whole_does_not(ways):
    array = np.full(40_000, 3e38, "f4")
    array[1::2] *= -1
    same(tensor(array).cumsum(0), np.where(np.arange(40_000) % 2 == 0, np.float32(3e38), 0))
    array = np.array([1e308, 1e308, -1e308, -1e308] * 5000)
    found = tensor(array).cumsum(0).numpy()
    assert np.isinf(found[1]) and np.isnan(found[3:]).sum() == 0 == np.isfinite(found[1:]).sum()


# --- orders


@pytest.mark.parametrize(
    "dtype", ["?", "u1", "i1", "u2", "i4", "i8", "f2", "f4", "f8", BFLOAT16], ids=str)
def test_sorts_are_numpys_stable_ones(dtype, ways):
    chance = np.random.default_rng(9)
    for shape in ((40_000,), (100, 300), (7, 3000), (2, 33_000), (17_000, 1), (1000, 20)):
        array = (chance.standard_normal(shape) * 50).astype("i1").astype(dtype)
        if np.dtype(dtype).kind in "fV":
            flat = array.reshape(-1)
            flat[::7], flat[1::7], flat[2::7], flat[3::7] = np.nan, -0.0, 0.0, -np.inf
            flat[4::14] = -flat[0]
        elif np.dtype(dtype).itemsize > 1:
            array.reshape(-1)[:2] = np.iinfo(dtype).min, np.iinfo(dtype).max
        keys = array.astype("f4") if dtype in ("f2", BFLOAT16) else array
        up = keys.argsort(-1, kind="stable")
        down = shape[-1] - 1 - keys[..., ::-1].argsort(-1, kind="stable")[..., ::-1]
        for wanted, descending in ((up, False), (down, True)):
            values, places = tensor(array).sort(descending=descending)
            same(places, wanted)
            same(values, np.take_along_axis(array, wanted, -1))
            same(tensor(array).argsort(descending=descending), wanted)
            if dtype != "?" and array.ndim > 1:
                for count in (1, min(20, shape[-1])):
                    best = tensor(keys).topk(count, largest=descending)[0]
                    np.testing.assert_array_equal(
                        best.numpy(), np.take_along_axis(keys, wanted, -1)[..., :count])
        same(tensor(array).sort(0)[0],
             np.take_along_axis(array, keys.argsort(0, kind="stable"), 0))


def test_the_first_few_are_the_first_of_equal_ones():
    array = np.random.default_rng(10).integers(0, 5, (3, 40_000))
    values, places = tensor(array).topk(30)
    wanted = array.shape[1] - 1 - array[:, ::-1].argsort(1, kind="stable")[:, ::-1][:, :30]
    same(values, np.take_along_axis(array, wanted, 1))
    if movers.available():
        same(places, wanted)


def test_distinct_elements(ways):
    chance = np.random.default_rng(11)
    for array in (chance.integers(0, 900, 40_000), chance.integers(0, 2**62, (200, 200)),
                  chance.integers(0, 99, 40_000).astype("f4")):
        found = torch.unique(tensor(array), return_inverse=True, return_counts=True)
        values, inverse, counts = np.unique(array, return_inverse=True, return_counts=True)
        for each, wanted in zip(found, (values, inverse.reshape(array.shape), counts), strict=True):
            same(each, wanted)
