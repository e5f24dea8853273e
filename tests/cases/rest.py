"""Ops of no family: covariances, histograms, slopes, segments, numbers taken apart."""

from . import b, c, case, error, f, i, inf, lib, nan
from .reasons import ROUNDED, UNDEFINED

HALVES = ("float16", "bfloat16")
NARROW = (*HALVES, "uint8", "bool")
UNSIGNED = "PyTorch subtracts without a sign, or not at all; it rounds halves on the way"

for name in ("cov", "corrcoef"):
    case(name, f(3, 5)).without(*HALVES, why=ROUNDED)
    case(name, f(5)).without(*HALVES, why=ROUNDED)
error("cov", f(2, 3, 4))
WEIGHTS = f([0.5, 0.25, 1.0, 0.75, 0.5], dtype="float32")
case("cov", f(3, 5), correction=0).without(*HALVES, why=ROUNDED)
case("cov", f(3, 5), fweights=i([1, 2, 1, 3, 1])).without(*HALVES, why=ROUNDED)
case("cov", f(3, 5, dtype="float32"), fweights=i([1, 2, 1, 3, 1]), aweights=WEIGHTS)
error("cov", f(3, 5), fweights=f(5)), error("cov", f(3, 5), aweights=i([1, 2, 1, 3, 1]))
error("cov", f(3, 5), fweights=i([1, 2])), error("cov", f(3, 5), fweights=i([1, 2, 1, 3, -1]))

VALUES = f([0.5, 1.5, 2.5, 0.25, 3.0, 1.0], dtype="float32")
EDGES = f([0.0, 1.0, 2.5, 3.0], dtype="float32")
for density in (False, True):
    case("histogram", VALUES, 4, density=density)
    case("histogram", VALUES, EDGES, density=density)
    case("histogram", VALUES, 3, range=(0.0, 2.0), weight=f(6, dtype="float32"), density=density)
    case("histogramdd", f(6, 2, dtype="float64"), [2, 3], density=density)
    case("histogramdd", f(2, 3, 2, dtype="float32"), 2, range=(-1.0, 1.0, -2.0, 2.0),
         weight=f(2, 3, dtype="float32"), density=density)
case("histogramdd", f(5, 2, dtype="float32"), [EDGES, EDGES])
error("histogram", VALUES, 0), error("histogram", i([1, 2]), 3)
error("histogram", VALUES, 3, range=(2.0, 1.0)), error("histogram", VALUES, 3, weight=f(2))
error("histogramdd", f(6, 2, dtype="float64"), [2, 3, 4])
error("histogramdd", f(6, dtype="float64"), [2])

for order in (1, 2):
    case("gradient", f(4, 5), edge_order=order).without(*NARROW, why=UNSIGNED)
    case("gradient", f(4, 5), spacing=0.5, dim=1, edge_order=order).without(*NARROW, why=UNSIGNED)
    case("gradient", f(4, 5), spacing=(0.5, 2.0), edge_order=order).without(*NARROW, why=UNSIGNED)
    case("gradient", f(4, dtype="float64"), edge_order=order,
         spacing=(f([0.0, 1.0, 3.0, 4.5], dtype="float64"),))
error("gradient", f(4), edge_order=3), error("gradient", f(4), dim=1), error("gradient", f(1))
error("gradient", f(4, 4), spacing=(0.5,)), error("gradient", f(4, 4), dim=(0, 0))

for how in ("sum", "mean", "max", "min", "prod"):
    data = f(5, 2, dtype="float64")
    case("segment_reduce", data, how, lengths=i([2, 0, 3]), axis=0)
    case("segment_reduce", data, how, lengths=i([2, 3]), axis=0, initial=1.0)
    case("segment_reduce", data, how, offsets=i([0, 1, 5]), axis=0)
    case("segment_reduce", f(2, 3, dtype="float32"), how, lengths=i([[1, 2], [3, 0]]), axis=1)
error("segment_reduce", f(5, dtype="float32"), "sum", lengths=i([2, 2]), axis=0)
error("segment_reduce", f(5, dtype="float32"), "sum")

case("frexp", f(3, 4)), case("frexp", f([0.0, 1.0, -8.0, 0.3125]))
error("frexp", i([1, 2])), error("frexp", c(2))
case("hash_tensor", f(3, 4)).without("complex64", why="not defined there")
case("hash_tensor", f(3, 4), 1, keepdim=True).without("complex64", why="not defined there")
case("hash_tensor", i([[3, 5], [6, -1]])), error("hash_tensor", f(3), mode=1)
case("sinc", f(3, 4)).without(*HALVES, why=ROUNDED)
case("sinc", f([0.0, 1.0, -2.0, nan])).without("grad", "gradgrad", *HALVES, why=UNDEFINED)
case("special.sinc", f(4)).without(*HALVES, why=ROUNDED)
for order in (1, 2, inf):
    case("renorm", f(3, 4), order, 0, 1.5).without(*HALVES, why=ROUNDED)
    case("renorm", f(2, 3, 2), order, -1, 0.5).without(*HALVES, why=ROUNDED)
error("renorm", f(3), 2, 0, 1.0), error("renorm", f(3, 2), -1, 0, 1.0)
error("renorm", f(3, 2), 2, 0, -1.0), error("renorm", f(3, 2), 2, 2, 1.0)
case("unravel_index", i([0, 5, 7]), (2, 4)), case("unravel_index", i(3), 5)
error("unravel_index", f(2), (2, 4))

case("_chunk_cat", [f(3, 2), f(4, 5)], 0, 2), case("_chunk_cat", [f(2, 3), f(2, 5)], 1, 4)
error("_chunk_cat", [f(2), f(3)], 0, 0), error("_chunk_cat", [f(2)], 1, 2)
MASK = b([True, False, True])
case("_unsafe_masked_index", f(4), MASK, [i([3, 9, 0])], 0.5)
case("_unsafe_masked_index_put_accumulate", f(4), MASK, [i([3, 9, 3])], f(3))
case("_softmax_backward_data", f(2, 3, dtype="float32"), f(2, 3, dtype="float32"), 1, lib.float32)
