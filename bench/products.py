"""Products of matrices and vectors: sides from 2 to 2048, layers, batches, long and narrow ones.

Each workload takes the module (PyTorch's or ours) and a size, and returns the call to be timed, as
in `large.py`. What the size is, each group says.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Make = Callable[[Any, int], Callable[[], Any]]


def _tensor(torch: Any, shape: tuple[int, ...], seed: int, dtype: str) -> Any:
    random = np.random.default_rng(seed)
    if dtype.startswith("int"):
        return torch.tensor(random.integers(-9, 9, shape)).to(getattr(torch, dtype))
    values = random.standard_normal(shape)
    if dtype.startswith("complex"):
        values = values + 1j * random.standard_normal(shape)
    return torch.tensor(values).to(getattr(torch, dtype))


Shapes = Callable[[int], tuple[tuple[int, ...], ...]]


def _work(name: str, shapes: Shapes, function: Any, dtype: str = "float32") -> tuple[str, Make]:
    """A workload on tensors of these shapes, which depend on the size."""
    def make(torch: Any, n: int) -> Callable[[], Any]:
        tensors = [_tensor(torch, each, seed, dtype) for seed, each in enumerate(shapes(n))]
        return lambda: function(torch, *tensors)

    return name, make


def _square(name: str, function: Any, dtype: str = "float32", more: int = 0) -> tuple[str, Make]:
    return _work(name, lambda n: ((n, n), (n, n), *((n,) for _ in range(more))), function, dtype)


def _backward(torch: Any, *tensors: Any) -> Any:
    """The gradients of a product with a given gradient of its own."""
    *operands, grad = tensors
    for each in operands:
        each.requires_grad_()
        each.grad = None
    torch.nn.functional.linear(*operands).backward(grad)
    return operands[1].grad


def _mm(torch: Any, a: Any, b: Any) -> Any:
    return a @ b


_layer: Shapes = lambda n: ((n, 784), (512, 784), (512,))  # noqa: E731

SIZES = {
    "products, by the side of square matrices": (2, 16, 64, 256, 1024),
    "vectors, by their length": (16, 256, 1024, 4096),
    "low precision, integers, complex, by the side": (16, 64, 256, 1024),
    "layers of 784 to 512, by rows": (1, 8, 64, 512),
    "batches, by how many": (2, 16, 64),
    "long and narrow, by the long side": (512, 4096, 65536),
    "products, large": (2048,),
}
GROUPS: dict[str, dict[str, Make]] = {
    "products, by the side of square matrices": dict([
        _square("mm", _mm),
        _square("mm float64", _mm, "float64"),
        _square("a @ b.t()", lambda t, a, b: a @ b.t()),
        _square("a.t() @ b", lambda t, a, b: a.t() @ b),
        _square("a.t() @ b.t()", lambda t, a, b: a.t() @ b.t()),
        _square("float64, a @ b.t()", lambda t, a, b: a @ b.t(), "float64"),
        _square("strided", lambda t, a, b: a[::2, ::2] @ b[::2, ::2]),
        _square("expanded", lambda t, a, b: a[:1].expand_as(a) @ b),
        _square("addmm", lambda t, a, b, c: t.addmm(c, a, b), more=1),
        _square("linear", lambda t, a, b, c: t.nn.functional.linear(a, b, c), more=1),
        _square("einsum ij,kj->ik", lambda t, a, b: t.einsum("ij,kj->ik", a, b)),
    ]),
    "vectors, by their length": dict([
        _square("mv", lambda t, a, b, x: a @ x, more=1),
        _square("mv transposed", lambda t, a, b, x: a.t() @ x, more=1),
        _square("mv float64", lambda t, a, b, x: a @ x, "float64", more=1),
        _square("vector @ matrix", lambda t, a, b, x: x @ a, more=1),
        _square("linear, 1 row", lambda t, a, b, x: t.nn.functional.linear(x[None], a), more=1),
        _work("dot", lambda n: ((n * n // 4,), (n * n // 4,)), lambda t, x, y: x.dot(y)),
        _square("outer", lambda t, a, b, x, y: t.outer(x, y), more=2),
    ]),
    "low precision, integers, complex, by the side": dict([
        _square("bfloat16", _mm, "bfloat16"),
        _square("bfloat16, a @ b.t()", lambda t, a, b: a @ b.t(), "bfloat16"),
        _square("float16", _mm, "float16"),
        _square("int64", _mm, "int64"),
        _square("int32", _mm, "int32"),
        _square("int8", _mm, "int8"),
        _square("complex64", _mm, "complex64"),
        _square("complex128", _mm, "complex128"),
    ]),
    "layers of 784 to 512, by rows": dict([
        _work("forward", _layer, lambda t, x, w, b: t.nn.functional.linear(x, w, b)),
        _work("forward bfloat16", _layer, lambda t, x, w, b: t.nn.functional.linear(x, w, b),
              "bfloat16"),
        _work("forward, relu", _layer, lambda t, x, w, b: t.nn.functional.linear(x, w, b).relu()),
        _work("forward, backward", lambda n: (*_layer(n), (n, 512)), _backward),
        _work("to 10", lambda n: ((n, 512), (10, 512), (10,)),
              lambda t, x, w, b: t.nn.functional.linear(x, w, b)),
    ]),
    "batches, by how many": dict([
        _work("bmm 4", lambda n: ((n, 4, 4), (n, 4, 4)), lambda t, a, b: t.bmm(a, b)),
        _work("bmm 16", lambda n: ((n, 16, 16), (n, 16, 16)), lambda t, a, b: t.bmm(a, b)),
        _work("bmm 64", lambda n: ((n, 64, 64), (n, 64, 64)), lambda t, a, b: t.bmm(a, b)),
        _work("queries @ keys.mT", lambda n: ((n, 128, 64), (n, 128, 64)),
              lambda t, a, b: a @ b.mT),
        _work("weights @ values", lambda n: ((n, 128, 128), (n, 128, 64)), _mm),
        _work("float64", lambda n: ((n, 128, 64), (n, 64, 128)), _mm, "float64"),
        _work("broadcast", lambda n: ((n, 1, 64, 64), (4, 64, 64)), _mm),
        _work("one matrix @ batch", lambda n: ((64, 64), (n, 64, 64)), _mm),
        _work("batch @ one matrix", lambda n: ((n, 64, 64), (64, 64)), _mm),
        _work("heads apart", lambda n: ((n, 64, 4, 32), (n, 64, 4, 32)),
              lambda t, a, b: a.transpose(1, 2) @ b.transpose(1, 2).mT),
        _work("einsum bhid,bhjd->bhij", lambda n: ((n, 4, 64, 32), (n, 4, 64, 32)),
              lambda t, a, b: t.einsum("bhid,bhjd->bhij", a, b)),
    ]),
    "long and narrow, by the long side": dict([
        _work("n x 64 @ 64 x 64", lambda n: ((n, 64), (64, 64)), _mm),
        _work("n x 10 @ 10 x 10", lambda n: ((n, 10), (10, 10)), _mm),
        _work("64 x n @ n x 64", lambda n: ((64, n), (n, 64)), _mm),
        _work("10 x n @ n x 10", lambda n: ((10, n), (n, 10)), _mm),
        _work("n x 10, transposed @", lambda n: ((n, 10), (n, 64)), lambda t, a, b: a.t() @ b),
        _work("64 x 64 @ 64 x n", lambda n: ((64, 64), (64, n)), _mm),
        _work("3 x 3 @ 3 x n", lambda n: ((3, 3), (3, n)), _mm),
        _work("n x 3 @ 3 x 3", lambda n: ((n, 3), (3, 3)), _mm),
    ]),
    "products, large": dict([
        _square("mm", _mm),
        _square("mm float64", _mm, "float64"),
        _square("a @ b.t()", lambda t, a, b: a @ b.t()),
        _square("mm bfloat16", _mm, "bfloat16"),
    ]),
}
