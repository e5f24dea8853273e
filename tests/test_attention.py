"""Attention by kernels: against float64 formulas, for any heads, masks and layouts."""

import os
import subprocess
import sys

import numpy as np
import pytest

import rushlight as torch
from rushlight.engine import at_hand, native
from rushlight.ops.attention import composed

attend = torch.nn.functional.scaled_dot_product_attention
# Queries, keys, how wide a query is and a value: whole blocks and parts of them, few queries, one
SIZES = [
    (64, 64, 32, 32), (1, 7, 5, 3), (1, 300, 64, 64), (5, 300, 64, 70), (9, 9, 8, 8),
    (16, 40, 20, 33), (100, 130, 64, 64), (130, 100, 64, 24), (70, 70, 1, 1), (33, 500, 128, 128),
    (8, 1, 16, 16), (200, 65, 40, 16),
]


@pytest.fixture(autouse=True)
def kernels_for_all(monkeypatch):
    """Of few numbers too, as in a program that has run for a while."""
    monkeypatch.setattr(at_hand, "_at_hand", True)
    monkeypatch.setattr(at_hand, "FEW", 0)


def expected(q, k, v, grad, mask, causal, scale):
    """The result and the gradients, in float64 with all scores at once."""
    q, k, v, grad = (np.asarray(each, np.float64) for each in (q, k, v, grad))
    scores = q @ np.swapaxes(k, -1, -2) * scale
    if causal:
        scores = np.where(np.tri(*scores.shape[-2:], dtype=bool), scores, -np.inf)
    if mask is not None:
        scores = np.where(mask, scores, -np.inf) if mask.dtype == bool else scores + mask
    top = scores.max(-1, keepdims=True)
    weights = np.exp(scores - np.where(top == -np.inf, 0, top))
    total = weights.sum(-1, keepdims=True)
    weights /= np.where(total == 0, 1, total)
    came = grad @ np.swapaxes(v, -1, -2)
    slopes = weights * (came - (weights * came).sum(-1, keepdims=True)) * scale
    return (weights @ v, slopes @ k, np.swapaxes(slopes, -1, -2) @ q,
            np.swapaxes(weights, -1, -2) @ grad)


def given(queries, keys, width, values, dtype, heads=(2,)):
    rng = np.random.default_rng(0)
    shapes = (queries, width), (keys, width), (keys, values), (queries, values)
    return [rng.standard_normal((*heads, *each)).astype(dtype) for each in shapes]


def found(arrays, **settings):
    *inputs, grad = arrays
    tensors = [torch.tensor(each, requires_grad=True) for each in inputs]
    made = attend(*tensors, **settings)
    made.backward(torch.tensor(grad))
    return [each.detach().numpy() for each in (made, *[each.grad for each in tensors])]


def check(got, want, dtype):
    for a, b in zip(got, want, strict=True):
        assert a.shape == b.shape and a.dtype == dtype
        np.testing.assert_allclose(a, b, rtol=0, atol=3e-5 if dtype == "float32" else 1e-13)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("kind", ["all", "causal", "bool", "numbers"])
def test_values_and_gradients(sizes, dtype, kind):
    arrays = given(*sizes, dtype)
    rng, mask, settings = np.random.default_rng(1), None, {}
    if kind == "bool":
        mask = rng.random((2, *sizes[:2])) > 0.3
        mask[:, sizes[0] // 2] = False  # a query that may look nowhere takes zeros
    elif kind == "numbers":
        mask = rng.standard_normal((2, *sizes[:2])).astype(dtype)
        mask[:, 0] = -np.inf
    if mask is not None:
        settings["attn_mask"] = torch.tensor(mask)
    scale = sizes[2] ** -0.5
    want = expected(*arrays, mask, kind == "causal", scale)
    check(found(arrays, is_causal=kind == "causal", **settings), want, dtype)


@pytest.mark.parametrize("shape", [(1, 1, 12), (9, 12), (12,), (9, 1), (2, 3, 9, 12), (3, 1, 1)])
def test_masks_broadcast(shape):
    arrays = given(9, 12, 16, 8, "float64", (2, 3))
    mask = np.random.default_rng(1).random(shape) > 0.4
    want = expected(*arrays, np.broadcast_to(mask, (2, 3, 9, 12)), False, 0.5)
    check(found(arrays, attn_mask=torch.tensor(mask), scale=0.5), want, "float64")


def test_what_a_bool_mask_hides_may_be_nan():
    q, k, v, _ = given(20, 30, 16, 16, "float32")
    k[:, 7] = np.nan
    mask = np.arange(30) != 7
    for queries in (q, q[:, :1]):
        made = attend(*map(torch.tensor, (queries, k, v)), torch.tensor(mask))
        assert bool(made.isfinite().all())


@pytest.mark.parametrize("queries", [1, 6, 40])
@pytest.mark.parametrize("kind", ["all", "causal", "mask"])
def test_queries_of_a_group_share_keys(queries, kind):
    rng = np.random.default_rng(0)
    q, grad = (rng.standard_normal((2, 6, queries, 8)) for _ in range(2))
    k, v = (rng.standard_normal((2, 3, queries + 2, 8)) for _ in range(2))
    mask = rng.random((2, 6, queries, queries + 2)) > 0.3 if kind == "mask" else None
    out, to_q, to_k, to_v = expected(
        q, k.repeat(2, 1), v.repeat(2, 1), grad, mask, kind == "causal", 8**-0.5)
    to_k, to_v = (each.reshape(2, 3, 2, -1, 8).sum(2) for each in (to_k, to_v))
    settings = {"attn_mask": torch.tensor(mask)} if mask is not None else {}
    got = found([q, k, v, grad], enable_gqa=True, is_causal=kind == "causal", **settings)
    check(got, (out, to_q, to_k, to_v), "float64")


def test_other_heads_broadcast_and_layouts_are_kept():
    rng = np.random.default_rng(0)
    q, grad = (rng.standard_normal((3, 5, 2, 8)) for _ in range(2))  # batch, queries, heads, width
    k, v = (rng.standard_normal((1, 5, 2, 8)) for _ in range(2))
    x, y, z = (torch.tensor(each, requires_grad=True) for each in (q, k, v))
    made = attend(*[each.transpose(1, 2) for each in (x, y, z)]).transpose(1, 2)
    assert made.is_contiguous() or not native.available()  # as the queries lie
    made.backward(torch.tensor(grad))
    q, k, v, grad = (np.swapaxes(each, 1, 2) for each in (q, k, v, grad))
    out, *grads = expected(q, *[np.broadcast_to(each, q.shape) for each in (k, v)], grad, None,
                           False, 8**-0.5)
    grads = [grads[0], *[each.sum(0, keepdims=True) for each in grads[1:]]]
    check([each.detach().numpy() for each in (made, x.grad, y.grad, z.grad)],
          [np.swapaxes(each, 1, 2) for each in (out, *grads)], "float64")
    columns = np.random.default_rng(1).standard_normal((2, 8, 5))  # numbers of a key apart
    x = torch.tensor(columns).mT
    np.testing.assert_allclose(
        attend(x, x, x).numpy(), attend(*[x.contiguous()] * 3).numpy(), rtol=1e-13)


def test_any_number_of_threads_gives_the_same_bits():
    before, seen = torch.get_num_threads(), []
    try:
        for threads in (1, 2, 3, 4):
            torch.set_num_threads(threads)
            made = [
                each.tobytes() for sizes in ((200, 200, 32, 32), (1, 900, 64, 64))
                for each in found(given(*sizes, "float32", (3,)), is_causal=sizes[0] > 1)]
            seen.append(made)
    finally:
        torch.set_num_threads(before)
    assert all(each == seen[0] for each in seen)


def test_gradients_can_be_differentiated_again():
    torch.manual_seed(0)
    x = [torch.randn(2, 5, 3, dtype=torch.float64, requires_grad=True) for _ in range(3)]
    mask = torch.rand(5, 5) > 0.3
    for settings in ({}, {"is_causal": True}, {"attn_mask": mask}, {"scale": 0.7}):
        def function(*given, settings=settings):
            return attend(*given, **settings)

        assert torch.autograd.gradcheck(function, x)
        assert torch.autograd.gradgradcheck(function, x)


def test_a_mask_that_wants_a_gradient_gets_one():
    torch.manual_seed(0)
    x = torch.randn(2, 5, 3, dtype=torch.float64)
    mask = torch.randn(5, 5, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda given: attend(x, x, x, given), mask)


def test_ops_give_the_same():
    for sizes in ((40, 50, 16, 16), (2, 50, 16, 16)):
        q, k, v, _ = (torch.tensor(each) for each in given(*sizes, "float32"))
        torch.testing.assert_close(
            attend(q, k, v), composed(q, k, v, None, 0.0, False, None, False))
    q, k, v, _ = (torch.tensor(each) for each in given(4, 5, 400, 400, "float32"))  # too wide
    torch.testing.assert_close(attend(q, k, v), composed(q, k, v, None, 0.0, False, None, False))


@pytest.mark.skipif(not native.available(), reason="ops save other tensors")
def test_a_result_changed_in_place_is_refused():
    x = torch.randn(2, 5, 3, requires_grad=True)
    made = attend(x, x, x)
    with torch.no_grad():
        made.mul_(2)
    with pytest.raises(RuntimeError):
        made.sum().backward()


def test_without_llvm():
    """The ops take the kernels' place."""
    text = (
        "import numpy as np, rushlight as torch\n"
        "x = torch.tensor(np.linspace(-1, 1, 240).reshape(2, 20, 6), requires_grad=True)\n"
        "made = torch.nn.functional.scaled_dot_product_attention(x, x, x, is_causal=True)\n"
        "(made * made).sum().backward()\n"
        "print(*made.detach().flatten().tolist(), *x.grad.flatten().tolist())\n")
    made = [
        np.array(subprocess.run(
            [sys.executable, "-c", text], env={**os.environ, "RUSHLIGHT_JIT": jit}, check=True,
            capture_output=True, text=True).stdout.split(), float) for jit in "01"]
    np.testing.assert_allclose(made[0], made[1], rtol=1e-12, atol=1e-14)
