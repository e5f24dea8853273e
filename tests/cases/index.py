"""Indices: gathers, scatters, masks, and everything that can stand in brackets."""

from . import at, b, c, case, error, f, i, inf, nan

# Along one dimension.

case("gather", f(3, 4), 1, i([[0, 3], [1, 1], [2, 0]]))
case("gather", f(3, 4), 0, i([[2, 0, 1, 1]])), case("gather", f(3, 4), -1, i([[0], [1]]))
case("gather", f(5), 0, i([4, 4, 0])), case("gather", f(), 0, i(0))
case("gather", f(3, 4), 1, i(3, 0, below=1)), case("gather", f(4, 3).transposed, 0, i([[1, 2, 3]]))
case("gather", f(3), 0, f([0, 2], dtype="int32"))
error("gather", f(3, 4), 1, i([[4]])), error("gather", f(3, 4), 1, i([[-1]]))
error("gather", f(3, 4), 2, i([[0]])), error("gather", f(3, 4), 1, i([0]))
error("gather", f(3, 4), 1, i(4, 1, below=1)), error("gather", f(3), 0, f([0.0]))
case("take_along_dim", f(3, 4), i([[0, 3], [1, 1], [2, 0]]), 1)
case("take_along_dim", f(3, 4), i([7, 0]))
case("take_along_dim", f(3, 4), i([[1], [0], [2]]), dim=-1)
error("take_along_dim", f(3, 4), i([1]), 1)
case("take", f(3, 4), i([0, 11, 5])), case("take", f(3, 4), i([[-1, -12]]))
case("take", f(3, 4).transposed, i([1, 2])), case("take", f(4), i([]))
error("take", f(3), i([3])), error("take", f(3), i([-4]))
case("index_select", f(4, 3), 0, i([2, 0])), case("index_select", f(4, 3), 1, i([1, 1, 0]))
case("index_select", f(4, 3), -1, i([])), case("index_select", f(4), 0, i(2))
case("index_select", f(), 0, i([0]))
case("index_select", f(4, 3).sliced, 0, f([1, 3], dtype="int32"))
error("index_select", f(4, 3), 0, i([4])), error("index_select", f(4, 3), 0, i([-1]))
error("index_select", f(4, 3), 2, i([0])), error("index_select", f(4, 3), 0, i([[0]]))
error("index_select", f(4, 3), 0, f([0.0]))

ROWS = i([2, 0])
case("index_add", f(4, 3), 0, ROWS, f(2, 3)), case("index_add", f(3, 4), 1, ROWS, f(3, 2), alpha=2)
case("index_add", f(4), 0, i([1, 1, 1]), f(3)), case("index_add", f(3, 4), -1, i([]), f(3, 0))
error("index_add", f(4, 3), 0, ROWS, f(3, 3)), error("index_add", f(4, 3), 0, i([4, 0]), f(2, 3))
error("index_add", f(4, 3), 0, ROWS, f(2, 2))
case("index_copy", f(4, 3), 0, ROWS, f(2, 3)), case("index_copy", f(3, 4), 1, ROWS, f(3, 2))
case("index_copy", f(4), 0, i(1), f())
error("index_copy", f(4, 3), 0, ROWS, f(2, 2)), error("index_copy", f(4, 3), 0, i([0, 4]), f(2, 3))
case("index_fill", f(4, 3), 0, ROWS, 2.0), case("index_fill", f(3, 4), 1, i([-1]), f())
case("index_fill", f(3), 0, i([0]), 3)
error("index_fill", f(3), 0, i([3]), 1.0), error("index_fill", f(3), 0, i([0]), f(1))
case("index_put", f(4, 3), (ROWS,), f(3)), case("index_put", f(4, 3), (ROWS, i([1, 2])), f(2))
case("index_put", f(4), (i([1, 1, 3]),), f(3), accumulate=True)
case("index_put", f(4, 3), (b(4, 3),), f())
case("index_put", f(4, 3), (b([True, False, True, False]),), f(2, 3))
error("index_put", f(4, 3), (ROWS,), f(2)), error("index_put", f(4), (i([4]),), f())
case("Tensor.index_reduce", f(4), 0, i([1, 1, 3]), f(3), "amax")

# Scatters: where places repeat, only sums have one answer.

PLACES = i([[0, 2, 1], [1, 0, 2]])
REPEATED = i([[0, 0, 2], [1, 1, 3]])
case("scatter", f(3, 4), 1, i([[0, 2], [1, 3], [3, 0]]), f(3, 2))
case("scatter", f(3, 4), 0, PLACES, f(2, 3)), case("scatter", f(3, 4), 0, i([[1, 0]]), 2.0)
case("scatter", f(5), 0, i([3, 0]), f(4)), case("scatter", f(3, 4), -1, i([[1], [2]]), f(3, 4))
case("scatter", f(3), 0, i([]), f(0))
case("scatter", f(3, 4), 0, PLACES, f(2, 3), reduce="add").without("grad", why="PyTorch has none")
case("scatter", f(3, 4), 0, PLACES, 2.0, reduce="multiply").without("grad", why="PyTorch has none")
error("scatter", f(3, 4), 1, i([[4]]), 1.0), error("scatter", f(3, 4), 0, PLACES, f(1, 3))
error("scatter", f(3, 4), 2, i([[0]]), 1.0), error("scatter", f(3), 0, i([0]), i([1]))
error("scatter", f(3), 0, i([[0]]), 1.0), error("scatter", f(3), 0, i([-1]), 1.0)
case("scatter_add", f(3, 4), 0, i([[0, 2, 0], [0, 0, 2]]), f(2, 3))
case("scatter_add", f(4), 0, i([1, 1, 1]), f(3))
case("scatter_add", f(3, 4), 1, i([[0, 0], [1, 1]]), f(3, 4))
error("scatter_add", f(3), 0, i([3]), f(1)), error("scatter_add", f(3), 0, i([0]), f(1, 1))
error("scatter_add", f(3), 0, i([0, 1]), f(1))
for way in ("sum", "prod", "mean", "amax", "amin"):
    case("scatter_reduce", f(4), 0, i([0, 0, 2, 0]), f(4), way)
    case("scatter_reduce", f(3, 4), 1, REPEATED, f(2, 3), reduce=way, include_self=False)
error("scatter_reduce", f(3), 0, i([0]), f(1), "median")
error("scatter_reduce", f(3), 0, i([3]), f(1), "sum")

# Masks.

case("masked_select", f(3, 4), b(3, 4)), case("masked_select", f(3, 4), b(4))
case("masked_select", f(4), b(3, 1)), case("masked_select", f(3), b([False, False, False]))
case("masked_select", f(), b(True))
error("masked_select", f(3), b(4)), error("masked_select", f(3), i([0, 1, 1]))
case("masked_fill", f(3, 4), b(3, 4), 2.0), case("masked_fill", f(3, 4), b(4), f())
case("masked_fill", f(4), b(3, 1), 0), case("masked_fill", f(3), b(3), -inf)
case("masked_fill", f(2, 3).transposed, b(3), 1)
error("masked_fill", f(3), b(4), 1.0), error("masked_fill", f(3), i([0, 1, 1]), 1.0)
error("masked_fill", f(3), b(3), f(3)), error("masked_fill", i([1, 2]), b(2), c())
case("masked_scatter", f(3, 4), b(3, 4), f(12)), case("masked_scatter", f(3, 4), b(4), f(2, 6))
case("masked_scatter", f(3), b([False, False, False]), f(1))
error("masked_scatter", f(4), b([True] * 4), f(2))
error("masked_scatter", f(3), b(3), i([1, 2, 3]))
HOLES = f([[0, 1, 0], [2, 0, 3]])
case("nonzero", HOLES), case("nonzero", HOLES, as_tuple=True), case("nonzero", b(3, 2))
case("nonzero", f(0)), case("nonzero", f([0.0, nan, -0.0, inf])), case("nonzero", f())
case("nonzero", f(0.0)), case("nonzero", f([0, 1]), as_tuple=True)
case("argwhere", HOLES), case("argwhere", f()), case("argwhere", f(0, 2))

# Brackets, read.

X = f(4, 3)
READ = [
    0, -1, at[1:3], at[::2], at[-2:], at[3:1], at[:, 1], at[1, 2], at[..., 0], at[0, ...], at[None],
    at[:, None, 1:], at[..., None], at[None, 0, None], at[:, -1:], at[1:, ::2], at[...], at[:],
    at[10:], at[:10:3], (), True, False, at[0, None, ..., None],
    [2, 0], i([2, 0]), i([[0, 1], [3, 3]]), i([-1, -4]), i(1), i([]),
    at[i([0, 2]), i([1, 2])], at[i([[0], [2]]), i([1, 2])], at[:, i([2, 0])], at[i([3, 1]), 1:],
    at[1, i([0, 2])], at[i([0, 2]), None], at[i([0, 1]), None, i([1, 2])], at[..., i([0, 0])],
    at[[0, 1], [1, 2]], at[i([1, 2]), 0], at[0, [True, False, True]], at[:, [True, False, True]],
    f([1, 3], dtype="int32"), [3],
    b(4, 3), b([True, False, True, False]), at[b([True, False, True, False]), 1],
    at[b([True, False, True, False]), i([0, 2])], at[:, b([True, False, True])], at[b(4, 3), None],
    b([False] * 4), [True, False, False, True], b(True), b(False), at[b(True), 1:],
]  # fmt: skip
for index in READ:
    case("getitem", X, index)
for index in (at[...], at[None], (), True, b(True), at[..., None]):
    case("getitem", f(), index)
for index in (at[:, i([0, 1]), i([1, 2])], at[i([0, 1]), :, i([1, 2])], at[0, :, i([1, 2])]):
    case("getitem", f(2, 3, 4), index)  # whether the indexed dimensions stand together
for index in (at[b(2, 3)], at[b(2, 3), 1:], at[:, b(3, 4)], at[..., 1, i([0, 2])], at[1, ..., ::3]):
    case("getitem", f(2, 3, 4), index)
for index in (at[1:, 0], at[i([1, 0])], at[:, 1:3], at[b(3, 4)]):
    case("getitem", f(3, 4).transposed, index), case("getitem", f(3, 4).sliced, index)
case("getitem", f(0, 3), at[:, 1]), case("getitem", f(0, 3), b(0)), case("getitem", f(2, 0), 1)

OUT_OF_RANGE = [
    4, -5, at[0, 3], at[0, 0, 0], at[..., 0, 0, 0], at[::-1], at[::0],
    i([4]), i([-5]), at[:, i([3])], f([0.0]), 1.5, "0", b(3), b(4, 2), [True, False],
    at[i([0, 1]), i([0, 1, 2])], at[0, b(4)], at[1.0:],
]  # fmt: skip
for index in OUT_OF_RANGE:
    error("getitem", X, index)
    error("setitem", X, index, 0.0)
error("getitem", f(), 0), error("getitem", f(), at[:])

# Brackets, written.

for index in READ:
    case("setitem", X, index, 2.5)
HALF_OF_THEM = b([True, False, True, False])
WRITE = [
    (0, f(3)), (0, f()), (0, i([1, 2, 3])), (at[1:3], f(2, 3)), (at[1:3], f(3)), (at[1:3], 2),
    (at[1:3], f(1, 1, 3)), (at[1:3], True), (at[:, 1], f(4)), (at[::2, 1:], f(2, 1)),
    (at[...], f(3)), (at[1, 2], f()), (at[1, 2], f(1)), (at[3:1], f(3)), (None, f(4, 3)),
    (at[None, 1], f(3)), (i([2, 0]), f(2, 3)), (i([2, 0]), f(3)), ([3, 1], f(2, 1)),
    (at[i([0, 2]), i([1, 2])], f(2)), (at[:, i([2, 0])], f(4, 2)), (at[i([3, 1]), 1:], f(2)),
    (b(4, 3), f()), (HALF_OF_THEM, f(2, 3)), (HALF_OF_THEM, f(3)),
    (at[:, b([True, False, True])], f(4, 1)),
]  # fmt: skip
for index, value in WRITE:
    case("setitem", X, index, value)
case("setitem", f(), at[...], f()), case("setitem", f(), (), 1.0)
case("setitem", f(0, 3), at[:], 1.0), case("setitem", i([1, 2]), 0, f(2.75))
case("setitem", i([1, 2]), at[:], 2.75), case("setitem", b(3), 0, 2)
case("setitem", f(2, 3).transposed, at[:, 0], f(2)), case("setitem", c(3), 0, 2.0)
case("setitem", f(3, 4), at[i([0, 0])], f(4))
error("setitem", X, 0, f(4)), error("setitem", X, at[1:3], f(3, 3))
error("setitem", X, at[0, 0], f(2)), error("setitem", X, i([2, 0]), f(3, 3))
error("setitem", X, HALF_OF_THEM, f(3, 3)), error("setitem", X, at[1:3], "text")
error("setitem", X, at[1:3], f(2, 2, 3))
