"""Orders: sorting, the extremes in order, searching what is sorted, counting what is not."""

from . import b, case, error, f, i, inf, nan
from .reasons import EMPTY

WITH_NAN = f([2.0, nan, -inf, 1.0, inf])

case("sort", f(3, 4)), case("sort", f(3, 4), 0), case("sort", f(3, 4), dim=1, descending=True)
case("sort", f(2, 3, 2), -2), case("sort", f()), case("sort", f(0, 3))
case("sort", f(3, 4).transposed, 0), case("sort", f(4, 3).sliced, 0, True), case("sort", WITH_NAN)
case("sort", WITH_NAN, descending=True), case("sort", f([2, 1, 2, 1, 2]), stable=True)
case("sort", f([2, 1, 2, 1, 2]), stable=True, dim=0, descending=True)
case("sort", b(5), stable=True)
error("sort", f(3), 1), error("sort", f(), 1)
case("argsort", f(3, 4)), case("argsort", f(3, 4), 0)
case("argsort", f(3, 4), dim=-1, descending=True), case("argsort", f([2, 1, 2, 1]), stable=True)
case("argsort", WITH_NAN), case("argsort", f())
error("argsort", f(3), 1)
case("msort", f(3, 4)), case("msort", f(5)), case("msort", f(0))
case("topk", f(3, 5), 2), case("topk", f(5, 3), 3, 0), case("topk", f(3, 5), 2, largest=False)
case("topk", f(5), 5), case("topk", f(5), 0), case("topk", f(), 1)
case("topk", f(3, 4).transposed, 2, dim=0), case("topk", WITH_NAN, 3)
case("topk", WITH_NAN, 3, largest=False)
error("topk", f(3), 4), error("topk", f(3), 1, 1), error("topk", f(3), -1)
case("kthvalue", f(3, 5), 2), case("kthvalue", f(5, 3), 3, 0)
case("kthvalue", f(3, 5), 1, dim=-1, keepdim=True)
case("kthvalue", f(), 1).without("complex64", "bool", why=EMPTY), case("kthvalue", WITH_NAN, 4)
error("kthvalue", f(3), 0), error("kthvalue", f(3), 4), error("kthvalue", f(3), 1, 1)

SORTED = f([1, 3, 5, 7])
for x in (f([0, 3, 4, 9]), f([[3, 3], [8, 1]]), 3, f(0)):
    for right in (False, True):
        case("searchsorted", SORTED, x, right=right).without("complex64", why=EMPTY)
        case("bucketize", x, SORTED, right=right).without("complex64", why=EMPTY)
case("searchsorted", f([[1, 3, 5], [2, 4, 6]]), f([[3, 6], [3, 6]]))
case("searchsorted", SORTED, f([4]), side="right")
case("searchsorted", SORTED, f([4]), out_int32=True)
case("bucketize", f([4]), SORTED, out_int32=True)
case("searchsorted", SORTED, f([nan, inf, -inf]))
error("searchsorted", f([[1, 3], [2, 4]]), f([1]))
error("searchsorted", SORTED, f([1]), side="middle")
error("searchsorted", SORTED, f([1]), right=True, side="left")
error("bucketize", f(2), f(2, 2))

case("bincount", i([1, 3, 1, 0])), case("bincount", i([1, 3, 1]), f(3))
case("bincount", i([1, 3]), minlength=6), case("bincount", i([]))
error("bincount", i([-1])), error("bincount", f(3)), error("bincount", i([[1]]))
error("bincount", i([1, 2]), f(3)), error("bincount", i([1]), minlength=-1)
case("histc", f(4, 5), 6), case("histc", f(20), bins=4, min=-1, max=1)
case("histc", f(3), 3, 0.0, 0.0), case("histc", f(0), 3), case("histc", f([1.0, 1.0, 1.0]), 3)
error("histc", f(3), 0), error("histc", f(3), 3, 2, 1), error("histc", f([1.0, nan]), 3)
case("isin", f([1, 2, 3]), f([2, 5])), case("isin", f([1, 2]), f([2]), invert=True)
