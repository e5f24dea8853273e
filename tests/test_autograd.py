"""How gradients flow: leaves, graphs, hooks, in-place writes, views, Functions, freed graphs."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest

import rushlight as torch
from rushlight.autograd import gradcheck, gradgradcheck


def leaf(*shape, seed=0):
    values = np.random.default_rng(seed).standard_normal(shape)
    return torch.from_numpy(np.asarray(values)).requires_grad_()


class TestBackward:
    def test_accumulates_over_passes_and_uses(self):
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        for _ in range(3):
            (x * x).sum().backward()
        assert x.grad.tolist() == [6.0, 12.0]

    def test_two_leaves_never_share_their_gradients_memory(self):
        x, y = leaf(3), leaf(3)
        (x + y).sum().backward()
        x.grad.add_(1)
        assert y.grad.tolist() == [1, 1, 1]

    def test_the_users_gradient_argument_is_not_kept(self):
        x = leaf(2)
        g = torch.ones(2, dtype=torch.float64)
        (x + 0).backward(g)
        x.grad.mul_(5)
        assert g.tolist() == [1, 1]

    def test_gradient_of_a_diamond_is_summed_before_it_goes_on(self):
        x = leaf(2)
        y = x * 2
        (y * y + y.sin()).sum().backward()
        v = 2 * x.detach().numpy()
        np.testing.assert_allclose(x.grad.numpy(), 2 * (2 * v + np.cos(v)))

    def test_inputs_limit_what_accumulates(self):
        x, y = leaf(2), leaf(2, seed=1)
        (x * y).sum().backward(inputs=[x])
        assert y.grad is None
        np.testing.assert_allclose(x.grad.numpy(), y.detach().numpy())

    def test_create_graph_allows_differentiating_again(self):
        x = leaf(3)
        (g,) = torch.autograd.grad((x**3).sum(), x, create_graph=True)
        (h,) = torch.autograd.grad(g.sum(), x)
        np.testing.assert_allclose(h.numpy(), 6 * x.detach().numpy())

    def test_a_vector_needs_a_gradient_of_its_shape(self):
        x = leaf(3)
        with pytest.raises(RuntimeError, match=r"\[3\]"):
            (x * 2).backward()
        with pytest.raises(RuntimeError, match=r"\[2\].*\[3\]"):
            (x * 2).backward(torch.ones(2, dtype=torch.float64))

    def test_outside_any_graph_is_an_error(self):
        with pytest.raises(RuntimeError, match="requires_grad"):
            torch.ones(1).backward()

    def test_a_freed_graph_says_what_to_do(self):
        x = leaf(2)
        y = (x * x).sum()
        y.backward()
        with pytest.raises(RuntimeError, match="retain_graph"):
            y.backward()

    def test_retain_graph_keeps_it(self):
        x = leaf(2)
        y = (x * x).sum()
        y.backward(retain_graph=True)
        y.backward()
        np.testing.assert_allclose(x.grad.numpy(), 4 * x.detach().numpy())

    def test_a_chain_of_100_000_ops(self):
        x = torch.ones(1, requires_grad=True)
        y = x
        for _ in range(100_000):
            y = y + 1
        y.backward()
        assert x.grad.item() == 1
        del y  # freeing must not recurse either

    def test_grad_modes(self):
        x = leaf(2)
        with torch.no_grad():
            assert not (x * 2).requires_grad
            with torch.enable_grad():
                assert (x * 2).requires_grad
        with torch.inference_mode():
            assert not (x * 2).requires_grad

        @torch.no_grad()
        def quiet():
            return x * 2

        assert not quiet().requires_grad
        assert torch.is_grad_enabled()

    def test_no_grad_around_a_generator_is_only_on_while_it_runs(self):
        @torch.no_grad()
        def steps():
            yield torch.is_grad_enabled()
            yield torch.is_grad_enabled()

        seen = [(inside, torch.is_grad_enabled()) for inside in steps()]
        assert seen == [(False, True), (False, True)]


class TestGrad:
    def test_unused_inputs(self):
        x, y = leaf(2), leaf(2)
        with pytest.raises(RuntimeError, match="allow_unused"):
            torch.autograd.grad(x.sum(), y)
        assert torch.autograd.grad(x.sum(), y, allow_unused=True) == (None,)
        (zeros,) = torch.autograd.grad(x.sum(), y, materialize_grads=True)
        assert zeros.tolist() == [0, 0]

    def test_leaves_are_untouched(self):
        x = leaf(2)
        torch.autograd.grad((x * x).sum(), x)
        assert x.grad is None

    def test_an_inner_tensor_can_be_an_input(self):
        x = leaf(2)
        y = x * 3
        (g,) = torch.autograd.grad((y * y).sum(), y)
        np.testing.assert_allclose(g.numpy(), 2 * y.detach().numpy())

    def test_batched_gradients_give_the_jacobian(self):
        x = leaf(3)
        (j,) = torch.autograd.grad(
            x * x, x, torch.eye(3, dtype=torch.float64), is_grads_batched=True)
        np.testing.assert_allclose(j.numpy(), np.diag(2 * x.detach().numpy()))


class TestGraph:
    def test_names_and_edges_are_pytorchs(self):
        x = torch.ones(2, requires_grad=True)
        y = x * 2
        z = (y + 1).mean()
        assert z.grad_fn.name() == "MeanBackward0"
        (add, number), = z.grad_fn.next_functions
        assert (add.name(), number) == ("AddBackward0", 0)
        (mul, _), _ = add.next_functions
        assert mul is y.grad_fn
        (accumulate, _), other = mul.next_functions
        assert other == (None, 0)
        assert accumulate.name() == "AccumulateGrad" and accumulate.variable is x

    def test_a_result_and_its_node_are_freed_at_once(self):
        x = torch.ones(2, requires_grad=True)
        gc.disable()
        try:
            y = x.exp()
            watched = weakref.ref(y)
            del y
            assert watched() is None
        finally:
            gc.enable()

    def test_detach_shares_memory_and_the_version(self):
        x = leaf(2)
        y = x.detach()
        assert not y.requires_grad and y.data_ptr() == x.data_ptr()
        y.zero_()
        assert x._version == 1

    def test_hooks_see_and_replace_gradients(self):
        x = leaf(2)
        seen = []
        y = x * 2
        handle = y.register_hook(lambda grad: seen.append(grad.tolist()) or grad * 10)
        y.sum().backward()
        assert seen == [[1, 1]] and x.grad.tolist() == [20, 20]
        handle.remove()
        (x * 2).sum().backward()
        assert x.grad.tolist() == [22, 22]

    def test_hooks_on_leaves_and_after_accumulation(self):
        x = leaf(2)
        order = []
        x.register_hook(lambda grad: order.append("hook"))
        x.register_post_accumulate_grad_hook(lambda p: order.append(p.grad.tolist()))
        (x * 3).sum().backward()
        assert order == ["hook", [3, 3]]

    def test_retain_grad(self):
        x = leaf(2)
        y = x * 2
        y.retain_grad()
        (y * 3).sum().backward()
        assert y.grad.tolist() == [3, 3] and x.grad.tolist() == [6, 6]

    def test_grad_assignment_is_checked(self):
        x = leaf(2)
        with pytest.raises(RuntimeError):
            x.grad = torch.ones(3, dtype=torch.float64)
        with pytest.raises(TypeError):
            x.grad = 1
        with pytest.raises(RuntimeError, match="float"):
            torch.ones(2, dtype=torch.long).requires_grad_()


class TestInPlace:
    def test_a_leaf_may_not_be_written(self):
        x = leaf(2)
        before = x.detach().clone()
        for write in (lambda: x.add_(1), lambda: x[0].mul_(2), lambda: x.view(2, 1).zero_()):
            with pytest.raises(RuntimeError, match="leaf"):
                write()
        assert x.tolist() == before.tolist()
        with torch.no_grad():
            x.add_(1)
        np.testing.assert_allclose(x.detach().numpy(), before.numpy() + 1)

    def test_a_saved_tensor_that_was_written_is_noticed(self):
        x = leaf(2)
        y = x * 2
        z = y * y
        y.add_(1)
        with pytest.raises(RuntimeError, match="in place"):
            z.sum().backward()

    def test_a_saved_result_that_was_written_is_noticed(self):
        y = leaf(2).exp()
        z = y.sum()
        y.mul_(2)
        with pytest.raises(RuntimeError, match="in place"):
            (z + y.sum()).backward()

    def test_a_view_of_a_saved_tensor_that_was_written_is_noticed(self):
        x = leaf(4)
        y = x * 2
        z = y * y
        y[1:3].zero_()
        with pytest.raises(RuntimeError, match="in place"):
            z.sum().backward()

    def test_writing_a_view_rewrites_the_bases_history(self):
        x, v = leaf(4), leaf(2, seed=1)
        y = x * 3
        y[1:3] *= v
        y.sum().backward()
        a = x.detach().numpy()
        np.testing.assert_allclose(x.grad.numpy(), 3 * np.array([1, *v.detach().numpy(), 1]))
        np.testing.assert_allclose(v.grad.numpy(), 3 * a[1:3])

    def test_views_made_before_see_the_write(self):
        x = leaf(4)
        y = torch.zeros(4, dtype=torch.float64)
        first, last = y[:2], y[2:]
        first.copy_(x[:2])
        assert y.requires_grad and last.requires_grad and first.requires_grad
        (first * 5 + last).sum().backward()
        assert x.grad.tolist() == [5, 5, 0, 0]

    def test_a_transposed_base(self):
        x = leaf(2, 3)
        y = (x * 1).t()
        y[0] = 7
        (y * y).sum().backward()
        want = 2 * x.detach().numpy()
        want[:, 0] = 0
        np.testing.assert_allclose(x.grad.numpy(), want)

    def test_a_failed_write_changes_nothing(self):
        x = torch.ones(3)
        for write in (
            lambda: x.add_(torch.ones(2)), lambda: x.add_(torch.ones(2, 3)),
            lambda: x.mul_("a"), lambda: x.copy_(torch.ones(4)),
            lambda: torch.ones(3, dtype=torch.long).add_(1.5),
        ):
            with pytest.raises((RuntimeError, TypeError)):
                write()
        assert x.tolist() == [1, 1, 1] and x._version == 0


class Cube(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, scale):
        ctx.save_for_backward(x)
        ctx.scale = scale
        return scale * x**3

    @staticmethod
    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        assert ctx.needs_input_grad == (True, False)
        return grad * 3 * ctx.scale * x**2, None


class TestFunction:
    def test_values_and_both_orders(self):
        assert gradcheck(lambda x: Cube.apply(x, 2.0), leaf(3))
        assert gradgradcheck(lambda x: Cube.apply(x, 2.0), leaf(3))
        assert Cube.apply(leaf(2), 1.0).grad_fn.name() == "CubeBackward"

    def test_several_results_one_unused(self):
        class Split(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x * 2, x * 3

            @staticmethod
            def backward(ctx, a, b):
                return 2 * a + 3 * b

        x = leaf(2)
        Split.apply(x)[1].sum().backward()
        assert x.grad.tolist() == [3, 3]

    def test_a_saved_result(self):
        class Exp(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                y = x.exp()
                ctx.save_for_backward(y)
                return y

            @staticmethod
            def backward(ctx, grad):
                return grad * ctx.saved_tensors[0]

        assert gradcheck(Exp.apply, leaf(3)) and gradgradcheck(Exp.apply, leaf(3))

    def test_the_number_of_gradients_is_checked(self):
        class Wrong(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x, y):
                return x + y

            @staticmethod
            def backward(ctx, grad):
                return grad

        with pytest.raises(RuntimeError, match="1 gradients for 2"):
            Wrong.apply(leaf(1), leaf(1)).backward()


class TestGradcheck:
    def test_finds_a_wrong_derivative(self):
        class Wrong(torch.autograd.Function):
            @staticmethod
            def forward(ctx, x):
                return x * 2

            @staticmethod
            def backward(ctx, grad):
                return grad * 3

        with pytest.raises(RuntimeError, match="finite differences"):
            gradcheck(Wrong.apply, leaf(2))
        assert not gradcheck(Wrong.apply, leaf(2), raise_exception=False)

    def test_complex_functions(self):
        z = torch.tensor([1 + 2j, -0.5 + 0.3j], dtype=torch.complex128, requires_grad=True)
        assert gradcheck(lambda z: z * z.conj() + z.exp(), z)
        assert gradcheck(lambda z: z.abs(), z)
        assert gradgradcheck(lambda z: z * z * z, z)


@pytest.mark.parametrize("count", [3, 40_000])
@pytest.mark.parametrize("create_graph", [False, True])
def test_relu_lets_the_gradient_of_what_is_no_number_through(count, create_graph):
    for value, wanted in ((torch.nan, 1.0), (-torch.inf, 0.0), (-0.0, 0.0), (torch.inf, 1.0)):
        x = torch.full((count,), value, requires_grad=True)
        (grad,) = torch.autograd.grad(x.relu().sum(), x, create_graph=create_graph)
        assert (grad == wanted).all()


def test_a_function_of_a_function_is_differentiated_twice():
    """What one Function saves may be what another one made: it keeps its place in the graph."""
    x = torch.tensor(2.0, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(Cube.apply(Cube.apply(x, 1.0), 1.0), x, create_graph=True)
    (curve,) = torch.autograd.grad(slope, x)
    assert (slope.item(), curve.item()) == (9 * 2**8, 72 * 2**7)
